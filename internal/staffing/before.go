package staffing

import (
	"container/heap"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/soundness"
)

// given is who plays which roles when a run begins, because it takes over from one of another playbook.
type given struct {
	// roles are those that are looked at, all those that a run before it really hands over with them.
	roles, all []v1alpha1.RoleHolder
	// of is the search of the playbook before.
	of *search
	// played is whether it was tried to play that, comes whether it comes to this, whole whether everything that can be played was.
	played, comes, whole bool
}

// has is whether a role was filled when the run began.
func (g *given) has(role string) bool {
	return g != nil && slices.ContainsFunc(g.roles, func(h v1alpha1.RoleHolder) bool { return h.Name == role })
}

// findBefore prepares to look at who could play which role under the playbooks before.
func (s *search) findBefore() {
	for _, plan := range s.Before {
		b := newSearch(Case{Plan: plan, Team: s.Team}, s.teams, s.o)
		b.findEarlier()
		s.before = append(s.before, b)
	}
}

// givens are the ways in which some roles can be filled when a run takes over, whoever filled them first: those that come of the
// playbooks before, with the same people out.
func (s *search) givens(f *engine.Facts, when moments, in map[string]bool) []*given {
	var out []*given
	fresh := engine.Start(s.Plan, f, v1alpha1.RevisionReference{Name: "r"}, 2, when.at)
	seen := map[string]bool{}
	for _, b := range s.before {
		b.lookOnlyAt(in)
		for _, w := range b.worlds([]*given{nil}, f, when) {
			g := &given{of: b, roles: s.keptOf(fresh, w.roles, f, when, in)}
			key := (&world{roles: g.roles}).key()
			if len(g.roles) > 0 && !seen[key] {
				seen[key] = true
				out = append(out, g)
			}
		}
		s.questions, b.questions, b.suspects = s.questions+b.questions, 0, nil
	}
	return out
}

// keptOf are those of some roles (nil: of all) that go on under this playbook, of people who play them in a run before it.
func (s *search) keptOf(fresh v1alpha1.Run, roles []v1alpha1.RoleHolder, f *engine.Facts, when moments, in map[string]bool) []v1alpha1.RoleHolder {
	fresh.Roles = roles
	return slices.DeleteFunc(engine.KeptRoles(s.Plan, fresh, f, when.at), func(h v1alpha1.RoleHolder) bool { return in != nil && !in[h.Name] })
}

// comesTo plays the playbook before to see whether a run of it really hands over what is given, and says whether it does, and whether
// everything was played that can be.
func (s *search) comesTo(g *given, o out, when moments, f *engine.Facts, in map[string]bool) (comes, whole bool) {
	if g.played {
		return g.comes, g.whole
	}
	g.played = true
	b := g.of
	if b.around == nil {
		around := soundness.Around(b.Plan)
		b.around, b.concerned = &around, b.concernedBy()
	}
	fresh := engine.Start(s.Plan, f, v1alpha1.RevisionReference{Name: "r"}, 2, when.at)
	want := (&world{roles: g.roles}).key()
	p := &player{search: b, out: o, when: when, facts: *f}
	seen, q := map[string]bool{}, &frontier{}
	add := func(then *played) {
		kept := s.keptOf(fresh, then.run.Roles, f, when, in)
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
	g.whole = q.Len() == 0 && b.around.Whole
	s.questions, b.questions = s.questions+b.questions, 0
	return g.comes, g.whole
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

// lookOnlyAt leaves the asks that look for roles which some others keep people from.
func (s *search) lookOnlyAt(roles map[string]bool) {
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
}
