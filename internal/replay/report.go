package replay

import (
	"fmt"
	"time"

	"tocsin.dev/tocsin/internal/simulation"
)

// Report is what the other policy would have done.
type Report struct {
	// Source is the history, First and Last when its first and last record came in.
	Source string    `json:"source"`
	First  time.Time `json:"first"`
	Last   time.Time `json:"last"`
	// Complaints and Incidents are how many records were replayed.
	Complaints int `json:"complaints"`
	Incidents  int `json:"incidents"`
	// Before and After are the two policies.
	Before Side `json:"before"`
	After  Side `json:"after"`
	// Conduct is what people do where the record does not say: as the cast says; empty: they answer half an hour later.
	Conduct string `json:"conduct,omitempty"`
	// Differences is in how many points the policies differ, whether or not a case shows it.
	Differences int `json:"differences"`
	// Regraded are the complaints that were graded otherwise, in the order they came in; Moves counts them by level.
	Regraded []Regraded `json:"regraded"`
	Moves    []Move     `json:"moves"`
	// Told are the recipients whose first word of a case came at another time, by name.
	Told []Told `json:"told"`
	// Shifts counts all first words by how far they moved.
	Shifts Shifts `json:"shifts"`
	// Reach is who was told or asked more or less often, or in other words, at which step.
	Reach []Reach `json:"reach"`
	// People is what everybody had to bear.
	People []Person `json:"people"`
	// Late are the steps whose deadline was missed more or less often.
	Late []Late `json:"late"`
	// Misspelt is what is probably misspelt in the script of a CSV file, with a case that has it; Unused are the keys that neither
	// policy asked for.
	Misspelt []string `json:"misspelt,omitempty"`
	Unused   []string `json:"unused,omitempty"`
	// Notes say what else to mind about the two policies and the history.
	Notes []string `json:"notes,omitempty"`
	// Gone is what cases came to before and do not any more.
	Gone []Gone `json:"gone"`
}

// Side is what one policy did.
type Side struct {
	// Name is what the policy is called.
	Name string `json:"name"`
	// Broken are the playbooks and triage policies that do not compile, with the reason. Cases that need one wait.
	Broken []string `json:"broken,omitempty"`
	// Summary is what it amounts to, Assumed what the record did not say.
	Summary simulation.Summary `json:"summary"`
	Assumed Assumed            `json:"assumed"`
}

// Regraded is a complaint that was graded otherwise.
type Regraded struct {
	// Case is where it stands: file and line, or its name.
	Case   string `json:"case"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Move is how many complaints ended at another level.
type Move struct {
	Before string `json:"before"`
	After  string `json:"after"`
	Cases  int    `json:"cases"`
}

// Told is how the first word of cases to one recipient moved.
type Told struct {
	// To is the complainant, or team/name.
	To string `json:"to"`
	// Earlier, Same and Later count cases told of under both; Median is the shift in seconds, less than 0 earlier.
	Earlier int   `json:"earlier"`
	Same    int   `json:"same"`
	Later   int   `json:"later"`
	Median  int64 `json:"medianSeconds"`
	// Shifts are the cases by how far they moved.
	Shifts Shifts `json:"shifts"`
	// OnlyBefore and OnlyAfter count cases they were told of under one policy alone.
	OnlyBefore int `json:"onlyBefore"`
	OnlyAfter  int `json:"onlyAfter"`
}

// Shifts counts first words by how far they moved: more than a day, an hour, less earlier, the same, less, more than an hour,
// more than a day later.
type Shifts [7]int

// shiftNames say how far a first word moved.
var shiftNames = [...]string{"more than 1 d earlier", "1 h to 1 d earlier", "up to 1 h earlier", "the same", "up to 1 h later", "1 h to 1 d later", "more than 1 d later"}

func (t *Told) count(shift time.Duration) {
	const day = 24 * time.Hour
	k := 3
	switch {
	case shift < -day:
		k = 0
	case shift < -time.Hour:
		k = 1
	case shift < 0:
		k = 2
	case shift > day:
		k = 6
	case shift > time.Hour:
		k = 5
	case shift > 0:
		k = 4
	}
	t.Shifts[k]++
	switch {
	case k < 3:
		t.Earlier++
	case k > 3:
		t.Later++
	default:
		t.Same++
	}
}

// Person is what one person had to bear under both policies.
type Person struct {
	Team   string                `json:"team"`
	Name   string                `json:"name"`
	Before simulation.PersonLoad `json:"before"`
	After  simulation.PersonLoad `json:"after"`
}

// changed is whether anything is different for them.
func (p Person) changed() bool {
	a, b := p.Before, p.After
	return a.Tasks != b.Tasks || a.Told != b.Told || a.Nights != b.Nights || a.Weekends != b.Weekends || a.Busiest != b.Busiest
}

// Late is how often a step's deadline was missed.
type Late struct {
	Playbook string `json:"playbook"`
	Step     string `json:"step"`
	Before   int    `json:"before"`
	After    int    `json:"after"`
}

// Gone is what cases came to before and do not any more.
type Gone struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

func placeWords(p simulation.Place) string {
	text := "step " + p.Playbook + "/" + p.Step
	if p.Rung > 0 {
		text = fmt.Sprintf("rung %d of %s", p.Rung, text)
	}
	return text
}

// Same is whether nothing is different in the cases.
func (r *Report) Same() bool {
	for _, p := range r.People {
		if p.changed() {
			return false
		}
	}
	return len(r.Regraded)+len(r.Told)+len(r.Reach)+len(r.Late)+len(r.Gone) == 0 && r.Before.Summary.Incidents == r.After.Summary.Incidents
}
