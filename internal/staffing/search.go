package staffing

import (
	"maps"
	"slices"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
)

// search tries who is out and in which order roles are filled.
type search struct {
	Case
	teams *roster.Roster
	o     Options
	asks  []ask
	pools map[string]*pool
	// tight are the demands that could run out of people.
	tight []demand
	// earlier are the roles that can be filled before each ask.
	earlier []map[string]bool
	// in are the roles that are looked at, of the asks those that have to do with them.
	in     map[string]bool
	people []v1alpha1.User
	// times are the moments and cases in which different people are asked first.
	times []moments

	// steps is room for the steps of the run a question is about.
	steps     []v1alpha1.StepState
	questions int
	found     map[string]bool
	verdict   Verdict
}

// moments is when, and in the case of which UID, people are asked: rotations and spreading make a difference.
type moments struct {
	at  time.Time
	uid string
}

// out is who takes no part.
type out struct {
	about v1alpha1.User
	away  []v1alpha1.User
}

func (o out) has(u v1alpha1.User) bool { return u == o.about || slices.Contains(o.away, u) }

// world is who plays which role by now, and who answered which ask.
type world struct {
	roles []v1alpha1.RoleHolder
	by    map[int][]v1alpha1.User
	// asked are the asks made so far.
	asked []bool
	// from is the world before, by the ask it came of.
	from *world
	last int
}

func (w *world) key() string {
	var b strings.Builder
	for _, h := range slices.SortedFunc(slices.Values(w.roles), func(a, b v1alpha1.RoleHolder) int { return strings.Compare(a.Name, b.Name) }) {
		b.WriteString(h.Name + "=" + string(h.User) + ";")
	}
	return b.String()
}

// try looks at every way roles can be filled while somebody is out.
func (s *search) try(o out) {
	for _, when := range s.times {
		s.orders(o, when)
		if s.spent() {
			return
		}
	}
}

func (s *search) spent() bool {
	if s.questions >= s.o.Limit {
		s.verdict.Bounded = true
	}
	return s.verdict.Bounded || s.o.Stop != nil && s.o.Stop()
}

// orders goes through the orders in which the asks can be made.
func (s *search) orders(o out, when moments) {
	f := &engine.Facts{
		Record: v1alpha1.RecordReference{Kind: s.Plan.For, Name: "case", UID: when.uid}, Mode: v1alpha1.ModeLive, Title: "case", Team: s.Team,
		ReceivedAt: when.at, GradedAt: when.at, Roster: s.teams.OnlyAway(o.away...), Incident: &playbook.IncidentFacts{},
	}
	if o.about != "" {
		f.About = &v1alpha1.ComplainedAbout{Users: []v1alpha1.User{o.about}}
	}
	run := engine.Start(s.Plan, f, v1alpha1.RevisionReference{Name: "r"}, 1, when.at)
	first := &world{by: map[int][]v1alpha1.User{}, asked: make([]bool, len(s.asks)), last: -1}
	known := map[string]*world{first.key(): first}
	for queue := []*world{first}; len(queue) > 0 && !s.spent(); queue = queue[1:] {
		for _, next := range s.settle(queue[0], o, run, f, when) {
			was, is := known[next.key()]
			switch {
			case !is:
				known[next.key()] = next
				queue = append(queue, next)
			case was.learn(next):
				queue = append(queue, was)
			}
		}
	}
}

// learn takes over what was asked on another way to the same roles; false when that is nothing new.
func (w *world) learn(other *world) bool {
	more := false
	for k, is := range other.asked {
		if is && !w.asked[k] {
			w.asked[k], more = true, true
		}
	}
	return more
}

// settle makes all asks that can be made and change no role, notes what they lack, and returns the worlds that come of those
// that do. What asks nobody new makes no difference to what comes after, so its order makes none.
func (s *search) settle(w *world, o out, run v1alpha1.Run, f *engine.Facts, when moments) []*world {
	next := map[int]*world{}
	tried := map[int]bool{}
	for more := true; more; {
		more = false
		for k := range s.asks {
			if tried[k] || !s.can(w, k) {
				continue
			}
			tried[k] = true
			got := s.staff(run, f, when, w, k)
			s.note(o, w, k, got)
			if w.asked[k] {
				continue
			}
			if len(got.Roles) > len(w.roles) {
				next[k] = &world{roles: got.Roles, by: s.did(w.by, k, got), from: w, last: k}
				continue
			}
			w.by, w.asked[k], more = s.did(w.by, k, got), true, true
		}
	}
	var out []*world
	for _, k := range slices.Sorted(maps.Keys(next)) {
		next[k].asked = slices.Clone(w.asked)
		next[k].asked[k] = true
		out = append(out, next[k])
	}
	return out
}

// did adds who did the step of an ask, where that shuts them out of an approval.
func (s *search) did(by map[int][]v1alpha1.User, k int, got engine.Staffed) map[int][]v1alpha1.User {
	if len(got.Asked) == 0 || !s.requests(k) {
		return by
	}
	out := maps.Clone(by)
	out[k] = got.Asked
	return out
}

// can is whether an ask can be made in a world: what certainly comes before has been asked, and every role that somebody has
// could have been filled before.
func (s *search) can(w *world, k int) bool {
	if slices.ContainsFunc(s.asks[k].after, func(b int) bool { return !w.asked[b] }) {
		return false
	}
	return !slices.ContainsFunc(w.roles, func(h v1alpha1.RoleHolder) bool { return !s.earlier[k][h.Name] })
}

// findEarlier finds the roles that could be filled before each ask.
func (s *search) findEarlier() {
	s.earlier = make([]map[string]bool, len(s.asks))
	for k := range s.asks {
		s.earlier[k] = map[string]bool{}
		for j, other := range s.asks {
			if j != k && !slices.Contains(other.after, k) && !s.laterRound(other, s.asks[k]) {
				for _, role := range append(other.roles(s.Plan, false), other.roles(s.Plan, true)...) {
					s.earlier[k][role] = true
				}
			}
		}
	}
}

// requests is whether who answers an ask is shut out of an approval by it.
func (s *search) requests(k int) bool {
	return !s.asks[k].climbs && slices.ContainsFunc(s.asks, func(a ask) bool { return slices.Contains(a.requesters(s.Plan), s.asks[k].node) })
}

// staff asks the engine.
func (s *search) staff(run v1alpha1.Run, f *engine.Facts, when moments, w *world, k int) engine.Staffed {
	s.questions++
	a := s.asks[k]
	s.steps = append(s.steps[:0], run.Steps...)
	run.Roles, run.Steps = w.roles, s.steps
	for j, by := range w.by {
		if other := s.asks[j]; other.node != a.node && other.round == min(a.round, rounds(s.Plan, other.node)) {
			run.Steps[other.node].State, run.Steps[other.node].By = v1alpha1.StepDone, by
		}
	}
	run.Steps[a.node].Round = a.round
	return engine.Staff(s.Plan, run, f, when.at, a.node, a.climbs)
}

// note keeps what an ask lacks, the first time each.
func (s *search) note(o out, w *world, k int, got engine.Staffed) {
	for _, role := range got.Empty {
		s.find(o, w, k, role)
	}
	if got.Problem != "" && !s.asks[k].climbs {
		s.find(o, w, k, got.Nobody)
	}
}

// laterRound is whether an ask is made in a later round of a block than another.
func (s *search) laterRound(a, than ask) bool {
	return a.round > than.round && rounds(s.Plan, than.node) > 1 && s.Plan.Nodes[a.node].Parent == s.Plan.Nodes[than.node].Parent
}
