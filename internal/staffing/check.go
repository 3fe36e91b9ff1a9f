package staffing

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
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
	// Before are the playbooks it may take over from: who plays a role under one of them goes on playing it.
	Before []*Earlier
}

// Options bound a proof.
type Options struct {
	// Absent is how many people may be away at once.
	Absent int
	// Now is from when rotations are looked at, cut to the second, as all times of cases are.
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
	// Unlooked says what was not looked at; empty where everything was.
	Unlooked string
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

	// when is in which case and when it comes about, roles who plays which then.
	when  moments
	roles string
}

// Check proves of a playbook that people are found for everything it asks, or says for what not.
func Check(c Case, teams *roster.Roster, o Options) Verdict {
	if o.Limit <= 0 {
		o.Limit = DefaultLimit
	}
	o.Now = o.Now.Truncate(time.Second)
	s := newSearch(c, teams, o)
	s.narrow()
	s.findEarlier()
	if len(s.asks) > 0 {
		s.findBefore(map[*Earlier]*search{})
		s.times, s.idle = s.distinct(s.moments(), s.entangled(s.tight), s.teams.OnlyAway()), make([]bool, len(s.asks))
		for n := range o.Absent + 1 {
			s.outs(n, s.tryIfTight)
		}
	}
	s.verdict.Questions, s.verdict.Unlooked = s.questions, s.unlooked()
	return s.verdict
}

func newSearch(c Case, teams *roster.Roster, o Options) *search {
	s := &search{Case: c, teams: teams, o: o, found: map[string]bool{}}
	s.asks = s.known(asksOf(c.Plan))
	s.pools = poolsOf(c.Plan, teams, c.Team)
	return s
}

// unlooked says what was not looked at.
func (s *search) unlooked() string {
	if s.questions >= s.o.Limit {
		last := cmp.Or(strings.TrimSuffix(s.outWords(s.last), ", "), "with nobody out")
		return fmt.Sprintf("%d questions to the engine brought it to who is left %s; it was not looked at who is left with those out who come after them: in the order of user names, with fewer away before more", s.o.Limit, last)
	}
	left := slices.DeleteFunc(slices.Clone(s.unplayed), func(u suspicion) bool { return s.found[u.key] })
	if len(left) == 0 && s.cut {
		return fmt.Sprintf("the playbooks of lower levels leave roles filled in more than %d ways; the rest was not looked at", mostGiven)
	}
	if len(left) == 0 {
		return ""
	}
	return fmt.Sprintf("it could not be played to the end, within %d turns, whether %s", mostPlayed, left[0].text)
}

// known leaves out what asks for roles nobody could ever play, and what calls or tells a team or duties that are not there, or a team
// that is not known: that is told where these are looked at one by one.
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
		if s.calls(a) && len(s.called(a)) == 0 {
			continue
		}
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

// called are those whom an ask could call, deputies too, or tells as a team.
func (s *search) called(a ask) []v1alpha1.User {
	action := s.Plan.Nodes[a.node].Action.AssembleTeam
	if action == nil {
		if s.tellsTeam(a) {
			return s.teams.TeamUsers(s.Team)
		}
		return nil
	}
	var duties []string
	for _, d := range action.Duties {
		duties = append(duties, string(d))
	}
	var out []v1alpha1.User
	for _, m := range s.teams.Members(cmp.Or(action.Team, s.Team), duties) {
		out = append(out, m.User)
		for _, d := range s.teams.OnlyAway().Deputies(m, s.o.Now, nil) {
			out = append(out, d.User)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// calls is whether an ask calls or tells a team.
func (s *search) calls(a ask) bool {
	return s.Plan.Nodes[a.node].Action.AssembleTeam != nil || s.tellsTeam(a)
}

// uncalled is whether an ask calls or tells nobody with some people out. Who is away is told all the same.
func (s *search) uncalled(a ask, o out) bool {
	return s.calls(a) && !slices.ContainsFunc(s.called(a), func(u v1alpha1.User) bool { return u != o.about && (s.tellsTeam(a) || !o.has(u)) })
}

// fewCalled is whether so few are called or told that all of them can be out.
func (s *search) fewCalled(a ask) bool {
	most := 1
	if !s.tellsTeam(a) {
		most += s.o.Absent
	}
	return s.calls(a) && len(s.called(a)) <= most
}

// outs goes through who can be out with n people away: nobody complained about first.
func (s *search) outs(n int, visit func(out)) {
	var choose func(o out, from, left int)
	choose = func(o out, from, left int) {
		if left == 0 {
			visit(out{o.about, slices.Clone(o.away)})
			return
		}
		for k := from; k < len(s.people) && !s.spent(); k++ {
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

// tryIfTight tries who is out where that leaves a role to people whom others could keep from it. Of the asks those are made that
// have to do with these roles, in each case and moment in which they find people in another order.
func (s *search) tryIfTight(o out) {
	var left []demand
	for _, d := range s.tight {
		if !s.found[d.key] && s.left(&d, o) {
			left = append(left, d)
		}
	}
	if len(left) == 0 && !slices.ContainsFunc(s.asks, func(a ask) bool { return s.uncalled(a, o) }) {
		return
	}
	in := s.entangled(left)
	for k, a := range s.asks {
		s.idle[k] = !s.hasToDo(a, in)
	}
	for _, when := range s.distinct(s.times, in, s.teams.OnlyAway(o.away...)) {
		if s.spent() {
			return
		}
		s.last = o
		s.orders(o, when, in)
	}
}

// mostCases is how many cases are tried for teams that spread them, and stretch how far ahead rotations are looked at.
const (
	mostCases = 48
	stretch   = 56 * 24 * time.Hour
)

// moments are those that are looked at.
func (s *search) moments() []moments {
	var out []moments
	for k := range mostCases {
		out = append(out, moments{s.o.Now, strconv.Itoa(k)})
	}
	for at := s.o.Now; at.Before(s.o.Now.Add(stretch)); at = at.Add(6 * time.Hour) {
		out = append(out, moments{at, "0"})
	}
	return out
}

// distinct leaves of some moments those in which some roles find people in another order.
func (s *search) distinct(all []moments, in map[string]bool, teams *roster.Roster) []moments {
	var out []moments
	seen := map[string]bool{}
	roles := slices.Sorted(maps.Keys(in))
	for _, m := range all {
		var key strings.Builder
		for _, role := range roles {
			for _, p := range teams.Candidates(roster.Query{Team: s.pools[role].role.Team, Duty: string(s.pools[role].role.Duty), At: m.at, Seed: m.uid}) {
				key.WriteString(string(p.User) + ",")
			}
			key.WriteByte(';')
		}
		if !seen[key.String()] {
			seen[key.String()] = true
			out = append(out, m)
		}
	}
	return out
}
