package timing

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
)

// Who may not hold a role is not reached in it, and a call reaches those of a role only where they are in the team that is called.
func TestWhoIsReached(t *testing.T) {
	const text = `
for: Complaint
roles:
- {name: clerk, team: desk, duty: clerk}
- {name: second, team: desk, duty: clerk, not: [clerk]}
- {name: third, team: desk, duty: clerk}
- {name: boss, team: desk, duty: boss}
steps:
- {name: check, task: {to: clerk}, within: {elapsed: 1h}}
- {name: look, needs: [check], task: {to: second}, within: {elapsed: 1h}}
- {name: other, needs: [check], task: {to: third}, within: {elapsed: 1h}}
- {name: call, assembleTeam: {CALL}, within: {elapsed: 1h}}
- {name: tell, needs: [call], task: {to: boss}, within: {elapsed: 1h}}
`
	for _, tt := range []struct {
		call     string
		role     v1alpha1.Identifier
		inCalled v1alpha1.Identifier
		holds    bool
	}{
		{"team: desk", "second", "none", false},
		{"team: desk", "third", "none", true},
		{"team: desk", "second", "clerk", true},
		{"team: desk", "boss", "clerk", false},
		{"team: desk", "boss", "boss", true},
		{"team: desk, duties: [boss]", "boss", "boss", true},
		{"team: desk, duties: [clerk]", "boss", "boss", false},
		{"team: other", "boss", "boss", false},
	} {
		g := NewWithT(t)
		s, err := New(now, 7)
		g.Expect(err).NotTo(HaveOccurred())
		s.Calls = func(_ *playbook.Plan, _ *v1alpha1.AssembleTeam, duty v1alpha1.Identifier) bool {
			return duty == tt.inCalled
		}
		a := v1alpha1.Assertion{Name: "it", Reached: tt.role}
		g.Expect(yaml.Unmarshal([]byte("{within: {elapsed: 5m}}"), &a)).To(Succeed())
		v, problems := s.Check(planOf(t, strings.Replace(text, "CALL", tt.call, 1)), &a, nil)
		g.Expect(problems).To(BeEmpty())
		g.Expect(v[0].Holds).To(Equal(tt.holds), "%s, where the call is of %s and the team called has %s: %s", tt.role, tt.call, tt.inCalled, v[0].Says())
	}
}

// Who stands above a role is what the playbook that promises says: a sub-playbook may have them in another order.
func TestTheLadderOfASubPlaybookIsItsOwn(t *testing.T) {
	const roles = `
for: Complaint
roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
`
	for _, tt := range []struct {
		sub, within string
		holds       bool
	}{
		{"[boss, clerk]", "10m", false},
		{"[clerk, boss]", "10m", false},
		{"[boss, clerk]", "2h", true},
		{"[clerk, boss]", "2h", true},
	} {
		g := NewWithT(t)
		var spec, sub v1alpha1.PlaybookSpec
		g.Expect(yaml.UnmarshalStrict([]byte(roles+`
ladder: [clerk, boss]
steps:
- {name: do, task: {to: clerk}, within: {elapsed: 2h}, overdue: {climb: Ladder}}
- {name: more, needs: [do], playbook: {name: sub}}
`), &spec)).To(Succeed())
		g.Expect(yaml.UnmarshalStrict([]byte(roles+"ladder: "+tt.sub+"\nsteps: [{name: look, task: {to: clerk}, within: {elapsed: 1h}}]\n"), &sub)).To(Succeed())
		plan, problems := playbook.Compile(playbook.Closure{Name: "it", Playbook: spec, Subs: map[string]v1alpha1.PlaybookSpec{"sub": sub}})
		g.Expect(problems).To(BeEmpty())
		v, problems := judged(t, plan, "reached: boss, given: Silence, within: {elapsed: "+tt.within+"}")
		g.Expect(problems).To(BeEmpty())
		g.Expect(v.Holds).To(Equal(tt.holds), "where the ladder of the sub-playbook is %s: %s", tt.sub, v.Says())
	}
}

// A call without a team is one of the team of the incident, which the playbook does not say: it reaches those of a duty where it does in
// each team that incidents with the playbook are raised or exercised with, and nobody where none is known.
func TestACallOfTheTeamOfTheIncident(t *testing.T) {
	const crisis = `
for: CrisisIncident
roles: [{name: commander, duty: commander}, {name: boss, duty: boss}]
steps:
- {name: call, assembleTeam: {}, within: {elapsed: 1h}}
- {name: do, needs: [call], task: {to: boss}, within: {elapsed: 1h}}
`
	team := func(parent v1alpha1.ObjectName, duty v1alpha1.Identifier) *v1alpha1.ResponseTeam {
		m := v1alpha1.Member{Name: "m" + string(duty), User: "m" + v1alpha1.User(duty), Duties: []v1alpha1.Identifier{duty}}
		return &v1alpha1.ResponseTeam{Spec: v1alpha1.ResponseTeamSpec{Parent: parent, Members: []v1alpha1.Member{m}}}
	}
	for _, tt := range []struct {
		raised, exercised v1alpha1.ObjectName
		holds             bool
	}{
		{"crew", "", false}, // its boss is one of the team above it
		{"desk", "", true},
		{"desk", "crew", false},
		{"", "desk", true},
		{"desk", "elsewhere", true},
		{"", "", false},
	} {
		g := NewWithT(t)
		p := pack.New()
		p.Teams["desk"], p.Teams["crew"] = team("", "boss"), team("desk", "commander")
		if tt.raised != "" {
			raise := v1alpha1.Action{RaiseIncident: &v1alpha1.RaiseIncident{Playbook: "it", Team: string(tt.raised)}}
			p.Playbooks["p"] = &v1alpha1.Playbook{Spec: v1alpha1.PlaybookSpec{Steps: []v1alpha1.Step{{Action: raise}}}}
		}
		if tt.exercised != "" {
			p.Drills["d"] = &v1alpha1.DrillSchedule{Spec: v1alpha1.DrillScheduleSpec{Playbook: "it", Team: tt.exercised}}
		}
		s, err := New(now, 7)
		g.Expect(err).NotTo(HaveOccurred())
		s.Calls = CallReaches(p, p.Roster())
		a := v1alpha1.Assertion{Name: "it", Reached: "boss", Within: v1alpha1.Deadline{Elapsed: "10m"}}
		v, problems := s.Check(planOf(t, crisis), &a, nil)
		g.Expect(problems).To(BeEmpty())
		g.Expect(v[0].Holds).To(Equal(tt.holds), "raised with %q, exercised with %q: %s", tt.raised, tt.exercised, v[0].Says())
	}
}
