package playbooks

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/roster"
)

// everybody lists the users of all teams, sorted.
func (p *pack) everybody() []v1alpha1.User {
	users := map[v1alpha1.User]bool{}
	for _, team := range p.teams {
		for _, m := range team.Members {
			users[m.User] = true
		}
	}
	return slices.Sorted(maps.Keys(users))
}

func TestEveryRoleHasASecondPersonAndEverybodyADeputy(t *testing.T) {
	for _, name := range packs(t) {
		g := NewWithT(t)
		p := load(t, name)
		people := roster.New(p.teams)
		for team, spec := range p.teams {
			known := map[v1alpha1.MemberName]bool{}
			for _, m := range spec.Members {
				known[v1alpha1.MemberName(m.Name)] = true
			}
			for _, m := range spec.Members {
				g.Expect(m.Deputies).NotTo(BeEmpty(), "%s of %s", m.Name, team)
				for _, deputy := range m.Deputies {
					g.Expect(known).To(HaveKey(deputy), "deputy of %s in %s", m.Name, team)
					g.Expect(string(deputy)).NotTo(Equal(m.Name), "deputy of %s in %s", m.Name, team)
				}
				g.Expect(strings.HasSuffix(string(m.User), "@example.com")).To(BeTrue(), "%s: example people only", m.User)
			}
		}
		for _, role := range p.roles(t) {
			g.Expect(len(people.Members(role.Team, []string{string(role.Duty)}))).To(BeNumerically(">=", 2), "%s in %s", role.Duty, role.Team)
		}
	}
}

// crisisTeams are the teams that incidents of the pack are given.
func (p *pack) crisisTeams(t *testing.T) []string {
	t.Helper()
	teams := map[string]bool{}
	for name := range p.playbooks {
		for _, node := range p.compile(t, name).Nodes {
			if raise := node.Action.RaiseIncident; raise != nil {
				teams[raise.Team] = true
			}
		}
	}
	for _, drill := range p.drills {
		teams[string(drill.Team)] = true
	}
	if len(teams) == 0 {
		t.Fatalf("pack %s has no team for an incident", p.name)
	}
	return slices.Sorted(maps.Keys(teams))
}

// roles are the roles of all playbooks; those without a team are filled from each team that incidents are given.
func (p *pack) roles(t *testing.T) []v1alpha1.Role {
	t.Helper()
	var roles []v1alpha1.Role
	for _, team := range p.crisisTeams(t) {
		for _, playbook := range slices.Sorted(maps.Keys(p.playbooks)) {
			for _, role := range p.playbooks[playbook].Roles {
				role.Team = cmp.Or(role.Team, team)
				roles = append(roles, role)
			}
		}
	}
	return roles
}

// TestNobodyIsIndispensable leaves out each person in turn, as the one complained about, and fills the roles of every
// playbook one after the other as a run does.
func TestNobodyIsIndispensable(t *testing.T) {
	for _, name := range packs(t) {
		p := load(t, name)
		people := roster.New(p.teams)
		for _, team := range p.crisisTeams(t) {
			for _, out := range p.everybody() {
				for name, spec := range p.playbooks {
					if vacant := p.vacant(people, spec, team, out); vacant != "" {
						t.Errorf("%s in the team %s: with %s complained about nobody can be %s", name, team, out, vacant)
					}
				}
			}
		}
	}
}

// vacant is the first role of a playbook that nobody is left for when one person takes no part.
func (p *pack) vacant(people *roster.Roster, spec v1alpha1.PlaybookSpec, team string, out v1alpha1.User) v1alpha1.Identifier {
	at := time.Date(2026, 6, 1, 2, 0, 0, 0, time.UTC)
	holders := map[v1alpha1.User]v1alpha1.Role{}
	for _, role := range spec.Roles {
		candidates := people.Candidates(roster.Query{Team: cmp.Or(role.Team, team), Duty: string(role.Duty), At: at, Exclude: func(u v1alpha1.User) bool {
			held, taken := holders[u]
			return u == out || taken && (slices.Contains(role.Not, held.Name) || slices.Contains(held.Not, role.Name))
		}})
		if len(candidates) == 0 {
			return role.Name
		}
		holders[candidates[0].User] = role
	}
	return ""
}
