package simulation

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"
)

// Summary is what a tally amounts to.
type Summary struct {
	// From is when it began, To when the last thing happened.
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// Complaints came in, Open of them are not closed; Incidents were raised. Drills were called, which stand in no other
	// figure than what people had to bear.
	Complaints int `json:"complaints"`
	Open       int `json:"open"`
	Incidents  int `json:"incidents"`
	Drills     int `json:"drills,omitempty"`
	// Notices were delivered, Lost reached nobody.
	Notices int `json:"notices"`
	Lost    int `json:"lost"`
	// Missed is how many deadlines passed before an answer came, Nobody how often nobody was there to ask.
	Missed int `json:"missed"`
	Nobody int `json:"nobody"`
	// Levels are the complaints by the level in force last, by name.
	Levels []LevelSummary `json:"levels"`
	// Late are the steps whose deadline was missed, the most often first.
	Late []LateStep `json:"late,omitempty"`
	// People are those who did something or were told something, by team and name.
	People []PersonLoad `json:"people"`
}

// LevelSummary is the complaints of one level.
type LevelSummary struct {
	// Level is its name; empty: of those never graded.
	Level string `json:"level"`
	// Complaints ended at it, Closed of them were closed.
	Complaints int `json:"complaints"`
	Closed     int `json:"closed"`
	// Half were closed within P50, nine of ten within P90, in seconds from when they were taken in.
	P50 int64 `json:"p50Seconds"`
	P90 int64 `json:"p90Seconds"`
}

// LateStep is how often a step's deadline was missed.
type LateStep struct {
	Place
	Missed int `json:"missed"`
}

// PersonLoad is what one person had to bear.
type PersonLoad struct {
	// Team and Name say who.
	Team string `json:"team"`
	Name string `json:"name"`
	// Tasks are those they answered, corrective actions included: a week on average, and in the busiest one.
	Tasks   int     `json:"tasks"`
	Weekly  float64 `json:"weekly"`
	Busiest int     `json:"busiest"`
	// Told is how many notices reached them, Nights of them between 22:00 and 06:00 where they live, Weekends on a Saturday
	// or Sunday by day.
	Told     int `json:"told"`
	Nights   int `json:"nights"`
	Weekends int `json:"weekends"`
}

// Sum ends the counting: cases that are still open are taken in as they stand.
func (t *Tally) Sum() Summary {
	open := 0
	for _, k := range slices.SortedFunc(maps.Keys(t.open), func(a, b key) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.name, b.name)) }) {
		if record := t.play.record(k); record != nil {
			if t.open[k].Kind == "Complaint" {
				open++
			}
			t.end(t.open[k], record)
		}
	}
	clear(t.open)
	out := Summary{
		From: t.from.UTC(), To: t.last.UTC(), Complaints: t.complaints, Open: open, Incidents: t.incidents, Drills: t.drills,
		Notices: t.notices, Lost: t.lost, Nobody: t.nobody,
	}
	for _, name := range slices.Sorted(maps.Keys(t.levels)) {
		if l := t.levels[name]; l.cases > 0 {
			slices.Sort(l.closed)
			out.Levels = append(out.Levels, LevelSummary{name, l.cases, len(l.closed), share(l.closed, 50), share(l.closed, 90)})
		}
	}
	for place, n := range t.missed {
		out.Missed += n
		out.Late = append(out.Late, LateStep{place, n})
	}
	slices.SortFunc(out.Late, func(a, b LateStep) int {
		return cmp.Or(-cmp.Compare(a.Missed, b.Missed), cmp.Compare(a.Playbook, b.Playbook), cmp.Compare(a.Step, b.Step))
	})
	weeks := max(float64(t.last.Sub(t.from))/float64(week), 1)
	for _, p := range t.people {
		if p.tasks+p.told > 0 {
			out.People = append(out.People, PersonLoad{p.team, p.name, p.tasks, round(float64(p.tasks) / weeks), int(slices.Max(append(p.weeks, 0))), p.told, p.nights, p.weekends})
		}
	}
	slices.SortFunc(out.People, func(a, b PersonLoad) int { return cmp.Or(cmp.Compare(a.Team, b.Team), cmp.Compare(a.Name, b.Name)) })
	return out
}

// share is the smallest of sorted values that p percent of all do not exceed.
func share(sorted []int32, p int) int64 {
	if len(sorted) == 0 {
		return 0
	}
	return int64(sorted[min((len(sorted)*p+99)/100, len(sorted))-1])
}

// round keeps one digit behind the point.
func round(f float64) float64 {
	out, err := strconv.ParseFloat(strconv.FormatFloat(f, 'f', 1, 64), 64)
	if err != nil {
		return f
	}
	return out
}
