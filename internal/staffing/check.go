package staffing

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
)

// Case is what is judged: a playbook and where it runs.
type Case struct {
	Plan *playbook.Plan
	// Team is the incident's team; empty for complaints, and where nobody says which.
	Team string
	// Levels are those that lead to it, for the story.
	Levels []string
}

// Options bound a proof.
type Options struct {
	// Absent is how many people may be away at once.
	Absent int
	// Now is from when rotations are looked at.
	Now time.Time
	// Limit is the greatest number of questions put to the engine; default 50,000.
	Limit int
	// Stop is asked now and then; true ends the proof. Nil: it is never ended.
	Stop func() bool
}

// DefaultLimit is the number of questions after which a proof is given up.
const DefaultLimit = 50_000

// Verdict is what became of a proof.
type Verdict struct {
	// Findings are what nobody is left for, the fewest people out first.
	Findings []Finding
	// Bounded is whether the proof was given up.
	Bounded bool
	// Questions counts what the engine was asked.
	Questions int
}

// Kind is what nobody is left for.
type Kind string

// What nobody may be left for.
const (
	// Role is a role that a step asks for.
	Role Kind = "Role"
	// Approval is an approval that needs more people than can be found.
	Approval Kind = "Approval"
	// Call is a team that is called together.
	Call Kind = "Call"
	// Audience is a role that is told.
	Audience Kind = "Audience"
	// Rung is a role of a ladder that is climbed.
	Rung Kind = "Rung"
)

// Finding is something that nobody is left for.
type Finding struct {
	Kind Kind
	// Book names the sub-playbook the step is in, empty for the playbook itself; Field is the step in its YAML.
	Book, Field string
	// Step is the path of the step, Role the role nobody is left for.
	Step, Role string
	// About is who is complained about, empty: nobody. Away are those who are away.
	About v1alpha1.User
	Away  []v1alpha1.User
	// Message says what is wrong, Advice what to do, Story how it comes about.
	Message, Advice string
	Story           []string
}

// Check proves of a playbook that people are found for everything it asks, or says for what not.
func Check(c Case, teams *roster.Roster, o Options) Verdict {
	if o.Limit <= 0 {
		o.Limit = DefaultLimit
	}
	s := &search{Case: c, teams: teams, o: o, found: map[string]bool{}}
	s.asks = s.known(asksOf(c.Plan))
	s.pools = poolsOf(c.Plan, teams, c.Team)
	s.narrow()
	s.findEarlier()
	if len(s.asks) > 0 {
		s.times = s.moments()
		for n := range o.Absent + 1 {
			s.outs(n, s.tryIfTight)
		}
	}
	s.verdict.Questions = s.questions
	return s.verdict
}

// known leaves out what asks for roles nobody could ever play: that is told where roles are looked at one by one.
func (s *search) known(all []ask) []ask {
	lacking := map[string]bool{}
	for name, role := range s.Plan.Roles {
		team := role.Team
		if team == "" {
			team = s.Team
		}
		lacking[name] = s.teams.Lacking(team, string(role.Duty)) != ""
	}
	keep := make([]int, len(all))
	var out []ask
	for k, a := range all {
		keep[k] = -1
		if !slices.ContainsFunc(append(a.roles(s.Plan, false), a.roles(s.Plan, a.climbs)...), func(r string) bool { return lacking[r] }) {
			keep[k] = len(out)
			out = append(out, a)
		}
	}
	return renumbered(out, keep)
}

// renumbered brings the places of what comes before up to date.
func renumbered(asks []ask, keep []int) []ask {
	for k := range asks {
		var after []int
		for _, b := range asks[k].after {
			if keep[b] >= 0 {
				after = append(after, keep[b])
			}
		}
		asks[k].after = after
	}
	return asks
}

func (s *search) tellsTeam(a ask) bool {
	n := s.Plan.Nodes[a.node].Action.Notify
	return n != nil && slices.Contains(n.To, "team")
}

// called are those whom an ask calls or tells as a team.
func (s *search) called(a ask) []roster.Person {
	action := s.Plan.Nodes[a.node].Action.AssembleTeam
	if action == nil {
		if s.tellsTeam(a) {
			return s.teams.Members(s.Team, nil)
		}
		return nil
	}
	team := action.Team
	if team == "" {
		team = s.Team
	}
	var duties []string
	for _, d := range action.Duties {
		duties = append(duties, string(d))
	}
	return s.teams.Members(team, duties)
}

// outs goes through who can be out with n people away: nobody complained about first.
func (s *search) outs(n int, visit func(out)) {
	var choose func(o out, from, left int)
	choose = func(o out, from, left int) {
		if left == 0 {
			visit(out{o.about, slices.Clone(o.away)})
			return
		}
		for k := from; k < len(s.people) && !s.verdict.Bounded; k++ {
			if s.people[k] != o.about {
				choose(out{o.about, append(slices.Clone(o.away), s.people[k])}, k+1, left-1)
			}
		}
	}
	choose(out{}, 0, n)
	for _, u := range s.people {
		choose(out{about: u}, 0, n)
	}
}

// tryIfTight tries who is out where that leaves a role to people whom others could keep from it.
func (s *search) tryIfTight(o out) {
	leaves := slices.ContainsFunc(s.tight, func(d demand) bool { return !s.found[d.key] && s.left(&d, o) }) ||
		slices.ContainsFunc(s.asks, func(a ask) bool { c := s.called(a); return len(c) == 1 && c[0].User == o.about })
	if leaves {
		s.try(o)
	}
}

// mostCases is how many cases are tried for teams that spread them, and stretch how far ahead rotations are looked at.
const (
	mostCases = 48
	stretch   = 56 * 24 * time.Hour
)

// moments are those in which the roles that are looked at find people in different orders.
func (s *search) moments() []moments {
	var out []moments
	seen := map[string]bool{}
	try := func(m moments) {
		key := ""
		for _, role := range slices.Sorted(maps.Keys(s.in)) {
			for _, p := range s.teams.OnlyAway().Candidates(roster.Query{Team: s.pools[role].role.Team, Duty: string(s.pools[role].role.Duty), At: m.at, Seed: m.uid}) {
				key += string(p.User) + ","
			}
			key += ";"
		}
		if !seen[key] {
			seen[key] = true
			out = append(out, m)
		}
	}
	for k := range mostCases {
		try(moments{s.o.Now, strconv.Itoa(k)})
	}
	for at := s.o.Now; at.Before(s.o.Now.Add(stretch)); at = at.Add(6 * time.Hour) {
		try(moments{at, "0"})
	}
	return out
}
