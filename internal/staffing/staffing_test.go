package staffing

import (
	"fmt"
	"maps"
	"slices"
	"strings"
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

// proved judges every playbook of a pack, each in every way it comes to run.
func proved(t *testing.T, p *pack.Pack, o Options, visit func(book string, v Verdict)) {
	t.Helper()
	plans := map[string]*playbook.Plan{}
	for book := range p.Playbooks {
		plans[book] = planOf(t, p, book)
	}
	for _, book := range slices.Sorted(maps.Keys(p.Playbooks)) {
		for _, c := range Cases(plans[book], p, plans) {
			v := Check(c, rosterOf(p), o)
			t.Logf("%s %s: %d questions", book, c.Team, v.Questions)
			visit(book, v)
		}
	}
}

// The people of the shipped packs can do everything whoever is complained about while any one of them is away.
func TestTheShippedPacksAreStaffed(t *testing.T) {
	for _, name := range []string{playbooks.PropertyDeveloper, playbooks.ServiceRecovery} {
		proved(t, packOf(t, name), Options{Absent: 1, Now: now}, func(book string, v Verdict) {
			if len(v.Findings) > 0 || v.Unlooked != "" {
				t.Errorf("%s: %+v", book, v)
			}
		})
	}
}

// A team of eighty, of whom most do the everyday work, is proved within the questions there are.
func TestATeamOfEighty(t *testing.T) {
	p := packOf(t, playbooks.ServiceRecovery)
	grown := ""
	for name, team := range p.Teams {
		if n := len(team.Spec.Members); grown == "" || n > len(p.Teams[grown].Spec.Members) || n == len(p.Teams[grown].Spec.Members) && name < grown {
			grown = name
		}
	}
	team := &p.Teams[grown].Spec
	for k := 0; len(team.Members) < 80; k++ {
		m := team.Members[k]
		m.Name, m.User = fmt.Sprint(m.Name, "-", k), v1alpha1.User(fmt.Sprint(m.User, "-", k))
		team.Members = append(team.Members, m)
	}
	proved(t, p, Options{Absent: 1, Now: now}, func(book string, v Verdict) {
		if len(v.Findings) > 0 || v.Unlooked != "" {
			t.Errorf("%s: %+v", book, v)
		}
	})
}

// A proof that is given up says so, and where.
func TestABoundSaysWhatWasNotLookedAt(t *testing.T) {
	proved(t, packOf(t, playbooks.ServiceRecovery), Options{Absent: 1, Now: now, Limit: 500}, func(book string, v Verdict) {
		said := strings.Contains(v.Unlooked, "500 questions to the engine brought it to who is left with") && strings.Contains(v.Unlooked, "away; it was not looked at")
		if v.Questions >= 500 != said {
			t.Errorf("%s: %d questions, unlooked: %s", book, v.Questions, v.Unlooked)
		}
	})
}

func planOf(t testing.TB, p *pack.Pack, book string) *playbook.Plan {
	t.Helper()
	plan, problems := playbook.Compile(p.Closure(book))
	if plan == nil {
		t.Fatal(problems)
	}
	return plan
}
