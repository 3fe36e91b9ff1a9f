package staffing

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
	"tocsin.dev/tocsin/internal/soundness"
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
	// earlier are the roles that can be filled before each ask, touches those that its answer depends on, requesters the steps
	// whose doers it shuts out.
	earlier    []map[string]bool
	touches    [][]string
	requesters [][]int
	// answers are those the engine gave about who is out now.
	answers map[string]engine.Staffed
	// people are those who could be out, idle the asks that have nothing to do with what those who are out leave open.
	people []v1alpha1.User
	idle   []bool
	// times are the moments and cases in which different people are asked first.
	times []moments
	// suspects are what is to be played; around is what lies around a run that is, concerned are the steps that move in it.
	suspects  []candidate
	around    *soundness.Surroundings
	concerned map[int]bool
	// before are the searches of the playbooks this one may take over from.
	before []*search
	// leaves is what this one leaves to those that take over from it; cut is whether some ways to take over were not looked at.
	leaves leaves
	cut    bool
	// unplayed is what was suspected and not played to the end; last is who was out when the questions ran out.
	unplayed []suspicion
	last     out

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
	// given are the roles that were filled when the run began, nil where it begins by itself.
	given *given
}

func (w *world) key() string {
	var b strings.Builder
	for _, h := range slices.SortedFunc(slices.Values(w.roles), func(a, b v1alpha1.RoleHolder) int { return strings.Compare(a.Name, b.Name) }) {
		b.WriteString(h.Name + "=" + string(h.User) + ";")
		if w.given.has(h.Name) {
			b.WriteByte('*')
		}
	}
	return b.String()
}

func (s *search) spent() bool {
	return s.questions >= s.o.Limit || s.o.Stop != nil && s.o.Stop()
}

// orders goes through the orders in which the asks can be made that have to do with some roles.
func (s *search) orders(o out, when moments, in map[string]bool) {
	f := &engine.Facts{
		Record: v1alpha1.RecordReference{Kind: s.Plan.For, Name: "case", UID: when.uid}, Mode: v1alpha1.ModeLive, Title: "case", Team: s.Team,
		ReceivedAt: when.at, GradedAt: when.at, Roster: s.teams.OnlyAway(o.away...), Incident: &playbook.IncidentFacts{},
	}
	if o.about != "" {
		f.About = &v1alpha1.ComplainedAbout{Users: []v1alpha1.User{o.about}}
	}
	s.worlds(append([]*given{nil}, s.givens(f, when, in)...), f, when)
	s.confirm(o, when, f)
}

// worlds are those that come of runs which begin with some roles filled, or with none (nil).
func (s *search) worlds(begun []*given, f *engine.Facts, when moments) []*world {
	run := engine.Start(s.Plan, f, v1alpha1.RevisionReference{Name: "r"}, 1, when.at)
	s.answers = map[string]engine.Staffed{}
	known := map[string]*world{}
	var all, queue []*world
	for _, g := range begun {
		first := &world{by: map[int][]v1alpha1.User{}, asked: slices.Clone(s.idle), last: -1, given: g}
		if g != nil {
			first.roles = g.roles
		}
		known[first.key()] = first
		queue = append(queue, first)
	}
	all = append(all, queue...)
	for ; len(queue) > 0 && !s.spent(); queue = queue[1:] {
		for _, next := range s.settle(queue[0], run, f, when) {
			was, is := known[next.key()]
			switch {
			case !is:
				known[next.key()] = next
				queue, all = append(queue, next), append(all, next)
			case was.learn(next):
				queue = append(queue, was)
			}
		}
	}
	return all
}

// learn takes over what was asked on another way to the same roles; false when that is nothing new.
func (w *world) learn(other *world) bool {
	more := false
	for k, is := range other.asked {
		if is && !w.asked[k] {
			w.asked[k], more = true, true
		}
	}
	for k, by := range other.by {
		if w.by[k] == nil {
			w.by, more = maps.Clone(w.by), true
			w.by[k] = by
		}
	}
	return more
}

// settle makes all asks that can be made and change no role, suspects what they lack, and returns the worlds that come of those
// that do. What asks nobody new makes no difference to what comes after, so its order makes none.
func (s *search) settle(w *world, run v1alpha1.Run, f *engine.Facts, when moments) []*world {
	next := map[int]engine.Staffed{}
	tried := map[int]bool{}
	for more := true; more; {
		more = false
		for k := range s.asks {
			if tried[k] || s.idle[k] || !s.can(w, k) {
				continue
			}
			tried[k] = true
			got := s.staff(run, f, when, w, k)
			s.note(w, k, got)
			switch {
			case w.asked[k]:
			case len(got.Roles) > len(w.roles):
				next[k] = got
			default:
				w.by, w.asked[k], more = s.did(w.by, k, got), true, true
			}
		}
	}
	var out []*world
	for _, k := range slices.Sorted(maps.Keys(next)) {
		then := &world{roles: next[k].Roles, by: s.did(w.by, k, next[k]), asked: slices.Clone(w.asked), from: w, last: k, given: w.given}
		then.asked[k] = true
		out = append(out, then)
	}
	return out
}

// sameRound is whether what was done when another ask was made counts for an ask: in their block it is that of the same round,
// from outside that of any, because any can be the last.
func (s *search) sameRound(a, other ask) bool {
	block := climbing(s.Plan, other.node)
	return block < 0 || climbing(s.Plan, a.node) != block || a.round == other.round
}

// did adds who did the step of an ask, where that shuts them out of an approval.
func (s *search) did(by map[int][]v1alpha1.User, k int, got engine.Staffed) map[int][]v1alpha1.User {
	users := slices.DeleteFunc(slices.Clone(got.Asked), func(u v1alpha1.User) bool { return u == "" })
	if len(users) == 0 || !s.requests(k) {
		return by
	}
	out := maps.Clone(by)
	out[k] = users
	return out
}

// can is whether an ask can be made in a world: what certainly comes before has been asked, and every role that somebody has
// could have been filled before, or was when the run began.
func (s *search) can(w *world, k int) bool {
	if slices.ContainsFunc(s.asks[k].after, func(b int) bool { return !w.asked[b] }) {
		return false
	}
	return !slices.ContainsFunc(w.roles, func(h v1alpha1.RoleHolder) bool { return !s.earlier[k][h.Name] && !w.given.has(h.Name) })
}

// findEarlier finds the roles that could be filled before each ask, or while an approval waits, and those it depends on.
func (s *search) findEarlier() {
	s.earlier, s.touches, s.requesters = make([]map[string]bool, len(s.asks)), make([][]string, len(s.asks)), make([][]int, len(s.asks))
	for k, a := range s.asks {
		s.requesters[k] = a.requesters(s.Plan)
		for _, role := range append(a.roles(s.Plan, false), a.roles(s.Plan, true)...) {
			s.touches[k] = append(append(s.touches[k], role), s.pools[role].rivals...)
		}
		slices.Sort(s.touches[k])
		s.touches[k] = slices.Compact(s.touches[k])
		s.earlier[k] = map[string]bool{}
		for j, other := range s.asks {
			own := s.approves(k) && other.node == a.node
			if (own || j != k && !slices.Contains(other.after, k)) && !s.laterRound(other, a) {
				for _, role := range append(other.roles(s.Plan, false), other.roles(s.Plan, true)...) {
					s.earlier[k][role] = true
				}
			}
		}
	}
}

// approves is whether an ask is for approval, whose seats are looked at as long as it waits.
func (s *search) approves(k int) bool {
	return s.Plan.Nodes[s.asks[k].node].Action.Approval != nil && !s.asks[k].climbs
}

// requests is whether who answers an ask is shut out of an approval by it.
func (s *search) requests(k int) bool {
	approves := s.Plan.Nodes[s.asks[k].node].Action.Approval != nil // there whoever is climbed to has a seat
	return (approves || !s.asks[k].climbs) && slices.ContainsFunc(s.requesters, func(of []int) bool { return slices.Contains(of, s.asks[k].node) })
}

// staff asks the engine, once for each way in which the roles an answer depends on are filled.
func (s *search) staff(run v1alpha1.Run, f *engine.Facts, when moments, w *world, k int) engine.Staffed {
	key := s.keyFor(w, k)
	got, known := s.answers[key]
	if !known {
		got = s.ask(run, f, when, w, k)
		got.Asked = slices.Clone(got.Asked)
		for _, fewer := range s.fewer(w, k, got.Problem != "") {
			for _, u := range s.ask(run, f, when, fewer, k).Asked {
				if !slices.Contains(got.Asked, u) {
					got.Asked = append(got.Asked, u)
				}
			}
		}
		got.Roles = got.Roles[len(w.roles):]
		s.answers[key] = got
	}
	got.Roles = append(w.roles[:len(w.roles):len(w.roles)], got.Roles...)
	return got
}

// mostDoers is of how many people every choice is tried of who did what is approved; of more each alone and all but each.
const mostDoers = 4

// fewer are the worlds in which not all of those who were asked did what an ask approves: an approval with several seats is done by
// some of them where it is refused, or where a quorum suffices. Where nobody is left (none), also the one in which nobody did.
func (s *search) fewer(w *world, k int, none bool) []*world {
	var doers []v1alpha1.User
	shared := func(j int) bool {
		return len(w.by[j]) > 1 && s.approves(j) && slices.Contains(s.requesters[k], s.asks[j].node)
	}
	for j, by := range w.by {
		if shared(j) {
			doers = append(doers, by...)
		}
	}
	var out []*world
	without := func(left func(v1alpha1.User) bool) {
		fewer := &world{roles: w.roles, by: map[int][]v1alpha1.User{}}
		for j, by := range w.by {
			if fewer.by[j] = by; shared(j) {
				fewer.by[j] = slices.DeleteFunc(slices.Clone(by), left)
			}
		}
		out = append(out, fewer)
	}
	slices.Sort(doers)
	doers = slices.Compact(doers)
	switch {
	case len(doers) > mostDoers:
		for _, u := range doers {
			without(func(v v1alpha1.User) bool { return v == u })
			without(func(v v1alpha1.User) bool { return v != u })
		}
	case len(doers) > 0:
		for set := 1; set < 1<<len(doers)-1; set++ {
			without(func(v v1alpha1.User) bool { return set&(1<<slices.Index(doers, v)) != 0 })
		}
	}
	if none && len(s.requesters[k]) > 0 {
		out = append(out, &world{roles: w.roles})
	}
	return out
}

// keyFor tells apart the worlds in which an ask is answered differently: by who plays what it touches, and of an approval by
// who did what is approved.
func (s *search) keyFor(w *world, k int) string {
	b := strconv.AppendInt(nil, int64(k), 10)
	for _, role := range s.touches[k] {
		b = append(b, ';')
		for _, h := range w.roles {
			if h.Name == role {
				b = append(b, h.User...)
			}
		}
	}
	for _, i := range s.requesters[k] {
		for j := range s.asks {
			if by := w.by[j]; by != nil && s.asks[j].node == i {
				b = fmt.Append(b, ";", j, by)
			}
		}
	}
	return string(b)
}

func (s *search) ask(run v1alpha1.Run, f *engine.Facts, when moments, w *world, k int) engine.Staffed {
	s.questions++
	a := s.asks[k]
	s.steps = append(s.steps[:0], run.Steps...)
	run.Roles, run.Steps = w.roles, s.steps
	for j := range s.asks {
		if other := s.asks[j]; w.by[j] != nil && other.node != a.node && s.sameRound(a, other) {
			step := &run.Steps[other.node]
			step.State, step.By = v1alpha1.StepDone, append(step.By[:len(step.By):len(step.By)], w.by[j]...)
		}
	}
	run.Steps[a.node].Round = a.round
	return engine.Staff(s.Plan, run, f, when.at, a.node, a.climbs)
}

// note suspects what an ask lacks.
func (s *search) note(w *world, k int, got engine.Staffed) {
	for _, role := range got.Empty {
		s.suspect(w, k, role)
	}
	if got.Problem != "" && !s.asks[k].climbs {
		s.suspect(w, k, got.Nobody)
	}
}

// laterRound is whether an ask is made in a later round of a block than another.
func (s *search) laterRound(a, than ask) bool {
	return a.round > than.round && rounds(s.Plan, than.node) > 1 && s.Plan.Nodes[a.node].Parent == s.Plan.Nodes[than.node].Parent
}
