package staffing

import (
	"container/heap"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/soundness"
)

// Earlier is a playbook of a lower level, with those of the levels below that one: a level can be raised several times.
type Earlier struct {
	Plan   *playbook.Plan
	Before []*Earlier
}

// given is who plays which roles when a run begins, because it takes over from one of another playbook.
type given struct {
	// roles are those that are looked at, all those that a run before it really hands over with them.
	roles, all []v1alpha1.RoleHolder
	// from are the ways in which it could come about, by is the one in which it does.
	from []takeover
	by   takeover
	// in are the roles that were looked at for it.
	in map[string]bool
	// played is whether it was tried to play that, comes whether it comes to this, whole whether everything that can be played was.
	played, comes, whole bool
}

// takeover is from whom a run takes over: one of the playbook of a search, which itself began with some roles filled, or with none (nil).
type takeover struct {
	of    *search
	given *given
}

// has is whether a role was filled when the run began.
func (g *given) has(role string) bool {
	return g != nil && slices.ContainsFunc(g.roles, func(h v1alpha1.RoleHolder) bool { return h.Name == role })
}

// findBefore prepares to look at who could play which role under the playbooks before, one search for each.
func (s *search) findBefore(made map[*Earlier]*search) {
	for _, e := range s.Before {
		b := made[e]
		if b == nil {
			b = newSearch(Case{Plan: e.Plan, Team: s.Team, Before: e.Before}, s.teams, s.o)
			b.findEarlier()
			b.findBefore(made)
			made[e] = b
		}
		s.before = append(s.before, b)
	}
}

// mostGiven is in how many ways some roles can be filled when a run takes over that are looked at.
const mostGiven = 1000

// givens are the ways in which some roles can be filled when a run takes over, whoever filled them first: those that come of the
// playbooks before, with the same people out, whatever these began with.
func (s *search) givens(f *engine.Facts, when moments, in map[string]bool) []*given {
	var out []*given
	fresh := engine.Start(s.Plan, f, v1alpha1.RevisionReference{Name: "r"}, 2, when.at)
	known := map[string]*given{}
	for _, b := range s.before {
		for _, w := range b.handsOver(f, when, in) {
			roles := s.keptOf(fresh, w.roles, f, when, in)
			key := (&world{roles: roles}).key()
			switch g := known[key]; {
			case len(roles) == 0:
			case g != nil:
				if way := (takeover{b, w.given}); !slices.Contains(g.from, way) {
					g.from = append(g.from, way)
				}
			case len(out) == mostGiven:
				s.cut = true
			default:
				g = &given{from: []takeover{{b, w.given}}, roles: roles, in: in}
				known[key], out = g, append(out, g)
			}
		}
		s.questions, s.cut = s.questions+b.questions, s.cut || b.cut
		b.questions = 0
	}
	return out
}

// leaves are the worlds that come of a playbook before, as far as some roles go, for some facts.
type leaves struct {
	facts *engine.Facts
	of    map[string][]*world
}

// handsOver are the worlds that this playbook leaves to one that takes over and looks at some roles.
func (s *search) handsOver(f *engine.Facts, when moments, in map[string]bool) []*world {
	if s.leaves.facts != f {
		s.leaves = leaves{f, map[string][]*world{}}
	}
	key := strings.Join(slices.Sorted(maps.Keys(in)), ",")
	all, known := s.leaves.of[key]
	if !known {
		own := s.lookOnlyAt(in)
		all = s.worlds(append([]*given{nil}, s.givens(f, when, own)...), f, when)
		s.suspects = nil
		s.leaves.of[key] = all
	}
	return all
}

// keptOf are those of some roles (nil: of all) that go on under this playbook, of people who play them in a run before it, in the order
// in which they were filled.
func (s *search) keptOf(fresh v1alpha1.Run, roles []v1alpha1.RoleHolder, f *engine.Facts, when moments, in map[string]bool) []v1alpha1.RoleHolder {
	fresh.Roles = roles
	return slices.DeleteFunc(engine.KeptRoles(s.Plan, fresh, f, when.at), func(h v1alpha1.RoleHolder) bool { return in != nil && !in[h.Name] })
}

// comesTo plays the playbooks before to see whether a run of one of them really hands over what is given, and says whether it does, and
// whether everything was played that can be.
func (s *search) comesTo(g *given, o out, when moments, f *engine.Facts) (comes, whole bool) {
	if g.played {
		return g.comes, g.whole
	}
	g.played, g.whole = true, true
	for _, way := range g.from {
		b := way.of
		if s.spent() {
			return false, false
		}
		if way.given != nil {
			comes, whole := b.comesTo(way.given, o, when, f)
			s.questions, b.questions = s.questions+b.questions, 0
			if !comes {
				g.whole = g.whole && whole
				continue
			}
		}
		whole := s.comesBy(g, way, o, when, f)
		if s.questions, b.questions = s.questions+b.questions, 0; g.comes {
			g.by = way
			break
		}
		g.whole = g.whole && whole
	}
	return g.comes, g.whole
}

// comesBy plays the playbook before as it began one way, and says whether everything was played that can be.
func (s *search) comesBy(g *given, way takeover, o out, when moments, f *engine.Facts) (whole bool) {
	b := way.of
	if b.around == nil {
		around := soundness.Around(b.Plan)
		b.around, b.concerned = &around, b.concernedBy()
	}
	fresh := engine.Start(s.Plan, f, v1alpha1.RevisionReference{Name: "r"}, 2, when.at)
	want := (&world{roles: g.roles}).key()
	p := &player{search: b, out: o, when: when, facts: *f, given: way.given}
	seen, q := map[string]bool{}, &frontier{}
	add := func(then *played) {
		kept := s.keptOf(fresh, then.run.Roles, f, when, g.in)
		if !g.comes && then.run.Result == "" && (&world{roles: kept}).key() == want {
			g.comes, g.all = true, s.keptOf(fresh, then.run.Roles, f, when, nil)
		}
		if key := p.key(then); !seen[key] {
			seen[key] = true
			heap.Push(q, reached{then, apart(kept, g.roles), q.pushed})
			q.pushed++
		}
	}
	for _, then := range p.start() {
		add(then)
	}
	for q.Len() > 0 && !g.comes && b.questions <= mostPlayed {
		next, _ := heap.Pop(q).(reached)
		for _, m := range p.moves(next.played) {
			add(p.after(next.played, m))
		}
	}
	return q.Len() == 0 && b.around.Whole
}

// apart is in how many roles two lists differ.
func apart(a, b []v1alpha1.RoleHolder) int {
	same := 0
	for _, h := range a {
		if slices.ContainsFunc(b, func(o v1alpha1.RoleHolder) bool { return o.Name == h.Name && o.User == h.User }) {
			same++
		}
	}
	return len(a) + len(b) - 2*same
}

// lookOnlyAt leaves the asks that look for roles which some others keep people from, and says which roles these are, with the others.
func (s *search) lookOnlyAt(roles map[string]bool) map[string]bool {
	var looked []demand
	for role := range roles {
		if s.pools[role] != nil {
			looked = append(looked, demand{with: []string{role}})
		}
	}
	in := s.entangled(looked)
	s.idle = make([]bool, len(s.asks))
	for k, a := range s.asks {
		s.idle[k] = !slices.ContainsFunc(append(a.roles(s.Plan, false), a.roles(s.Plan, true)...), func(r string) bool { return in[r] })
	}
	maps.Copy(in, roles)
	return in
}

// story tells each take-over, the first one first, up to that by a playbook.
func (g *given) story(by string) []string {
	if g == nil {
		return nil
	}
	of := g.by.of.Plan.Name
	return append(g.by.given.story(of), fmt.Sprintf("the level changes, and %s takes over from %s, where %s", by, of, rolesOf(&v1alpha1.Run{Roles: g.roles})))
}
