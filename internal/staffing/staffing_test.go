package staffing

import (
	"testing"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
	"tocsin.dev/tocsin/playbooks"
)

var now = time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)

func packOf(t testing.TB, name string) *pack.Pack {
	t.Helper()
	documents, err := playbooks.Documents(name)
	if err != nil {
		t.Fatal(err)
	}
	p := pack.New()
	for _, d := range documents {
		if err := p.Add(name, d.YAML); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func rosterOf(p *pack.Pack) *roster.Roster {
	teams := map[string]*v1alpha1.ResponseTeamSpec{}
	for name, team := range p.Teams {
		teams[name] = &team.Spec
	}
	return roster.New(teams)
}

func TestShipped(t *testing.T) {
	for _, name := range []string{"property-developer", "service-recovery"} {
		p := packOf(t, name)
		teams := rosterOf(p)
		for book := range p.Playbooks {
			plan, problems := playbook.Compile(p.Closure(book))
			if plan == nil {
				t.Fatal(problems)
			}
			for _, c := range Cases(plan, p) {
				for _, n := range []int{1} {
					start := time.Now()
					v := Check(c, teams, Options{Absent: n, Now: now})
					t.Logf("%s %s %s, %d away: %d questions, %v, bounded %v, %s", name, book, c.Team, n, v.Questions, len(v.Findings), v.Bounded, time.Since(start))
					for _, f := range v.Findings {
						t.Log("  ", f.Kind, f.Field, f.Message, ";", f.Advice)
						for _, l := range f.Story {
							t.Log("       ", l)
						}
					}
				}
			}
		}
	}
}
