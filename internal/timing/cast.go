package timing

import (
	"slices"
	"strconv"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
)

// Names of the people of runs that are played.
const (
	special  = "the-team"
	somebody = "member"
	perRole  = 10
)

// people are teams in which there is somebody for every role, called after their duties.
func people(plan *playbook.Plan) *roster.Roster {
	teams := map[string]*v1alpha1.ResponseTeamSpec{}
	team := func(name string) *v1alpha1.ResponseTeamSpec {
		if name == "" {
			name = special
		}
		if teams[name] == nil {
			teams[name] = &v1alpha1.ResponseTeamSpec{}
		}
		return teams[name]
	}
	have := func(t *v1alpha1.ResponseTeamSpec, name string, duty v1alpha1.Identifier) {
		user := v1alpha1.User(name)
		if !slices.ContainsFunc(t.Members, func(m v1alpha1.Member) bool { return m.Name == name }) {
			t.Members = append(t.Members, v1alpha1.Member{Name: name, User: user, Duties: []v1alpha1.Identifier{duty}})
		}
	}
	have(team(""), somebody, somebody)
	for _, role := range plan.Roles {
		for k := range perRole {
			have(team(role.Team), role.Team+"."+string(role.Duty)+"."+strconv.Itoa(k), role.Duty)
		}
	}
	for i := range plan.Nodes {
		a := &plan.Nodes[i].Action
		if call := a.AssembleTeam; call != nil {
			for _, duty := range append([]v1alpha1.Identifier{somebody}, call.Duties...) {
				have(team(call.Team), call.Team+"."+string(duty)+".called", duty)
			}
		}
		if a.Notify != nil {
			for _, to := range a.Notify.To {
				if _, role := plan.Roles[string(to)]; !role {
					team("").Stakeholders = append(team("").Stakeholders, v1alpha1.Stakeholder{Name: to})
				}
			}
		}
	}
	return roster.New(teams)
}
