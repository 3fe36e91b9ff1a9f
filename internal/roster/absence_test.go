package roster_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/roster"
)

func TestBlockedFindsWhatOneAbsenceStops(t *testing.T) {
	anna := member("anna", duties("owner"), deputies("ben"))
	ben := member("ben", duties("agent"), deputies("cai"))
	cai := member("cai", duties("chief"), deputies("dan"))
	dan := member("dan", duties("clerk"))
	handler := v1alpha1.Role{Name: "handler", Team: "desk", Duty: "agent"}
	owner := v1alpha1.Role{Name: "owner", Team: "desk", Duty: "owner", Not: []v1alpha1.Identifier{"handler"}}
	chief := v1alpha1.Role{Name: "chief", Team: "desk", Duty: "chief"}
	roles := []v1alpha1.Role{handler, owner, chief}
	backwards := []v1alpha1.Role{handler, owner, chief}
	backwards[0].Not, backwards[1].Not = []v1alpha1.Identifier{"owner"}, nil
	another := anna
	another.Deputies = []v1alpha1.MemberName{"ben", "dan"}
	twice := member("eva", duties("owner"))
	colleague := member("bob", duties("agent"))

	for name, tt := range map[string]struct {
		members   []v1alpha1.Member
		selection v1alpha1.Selection
		roles     []v1alpha1.Role
		ladder    []v1alpha1.Identifier
		want      string
	}{
		"the deputy is the handler":           {members: []v1alpha1.Member{anna, ben, cai, dan}, roles: roles, want: "spec.roles[1] (owner): with anna away and ben as handler, nobody is left; give the duty to somebody else, or anna another deputy"},
		"said by the other role":              {members: []v1alpha1.Member{anna, ben, cai, dan}, roles: backwards, want: "with anna away and ben as handler"},
		"another deputy":                      {members: []v1alpha1.Member{another, ben, cai, dan}, roles: roles},
		"another owner":                       {members: []v1alpha1.Member{anna, twice, ben, cai, dan}, roles: roles},
		"the role above stands in":            {members: []v1alpha1.Member{anna, ben, cai, dan}, roles: roles, ladder: []v1alpha1.Identifier{"handler", "owner", "chief"}},
		"nobody is above":                     {members: []v1alpha1.Member{anna, ben, cai, dan}, roles: roles, ladder: []v1alpha1.Identifier{"handler", "chief", "owner"}, want: "anna away"},
		"the deputy is asked second":          {members: []v1alpha1.Member{colleague, anna, ben, cai, dan}, roles: roles},
		"the deputy is asked in other cases":  {members: []v1alpha1.Member{colleague, anna, ben, cai, dan}, selection: v1alpha1.SelectionSpread, roles: roles, want: "ben as handler"},
		"nothing excludes anything":           {members: []v1alpha1.Member{anna, ben, cai, dan}, roles: []v1alpha1.Role{handler, {Name: "owner", Team: "desk", Duty: "owner"}}},
		"one person alone is Uncovered's":     {members: []v1alpha1.Member{member("anna", duties("owner")), ben, cai, dan}, roles: roles},
		"a role the incident gives a team to": {members: []v1alpha1.Member{anna, ben, cai, dan}, roles: []v1alpha1.Role{handler, {Name: "owner", Duty: "owner", Not: []v1alpha1.Identifier{"handler"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			r := roster.New(map[string]*v1alpha1.ResponseTeamSpec{"desk": {Members: tt.members, Selection: tt.selection}})
			got := r.Blocked(tt.roles, tt.ladder)
			if tt.want == "" {
				g.Expect(got).To(BeEmpty())
				return
			}
			g.Expect(got).To(ConsistOf(ContainSubstring(tt.want)))
		})
	}
}
