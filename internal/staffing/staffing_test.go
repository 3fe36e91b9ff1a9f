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

// The people of the shipped packs can do everything whoever is complained about while any one of them is away.
func TestTheShippedPacksAreStaffed(t *testing.T) {
	for _, name := range []string{playbooks.PropertyDeveloper, playbooks.ServiceRecovery} {
		p := packOf(t, name)
		for book := range p.Playbooks {
			plan, problems := playbook.Compile(p.Closure(book))
			if plan == nil {
				t.Fatal(problems)
			}
			for _, c := range Cases(plan, p) {
				v := Check(c, rosterOf(p), Options{Absent: 1, Now: now})
				t.Logf("%s %s: %d questions", book, c.Team, v.Questions)
				if len(v.Findings) > 0 || v.Bounded {
					t.Errorf("%s: %+v", book, v)
				}
			}
		}
	}
}
