package pack

import (
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// An incident has the level it is raised with, and else that of the complaint.
func TestTheLevelOfAnIncidentLeadsToItsPlaybook(t *testing.T) {
	raising := func(level v1alpha1.LevelName) *playbook.Plan {
		return &playbook.Plan{Nodes: []playbook.Node{{Action: v1alpha1.Action{RaiseIncident: &v1alpha1.RaiseIncident{Playbook: "rescue", Level: level}}}}}
	}
	levels := []v1alpha1.Level{{Name: "green", Playbook: "calm"}, {Name: "amber", Playbook: "wary"}, {Name: "grey", Playbook: "elsewhere"}}
	p := &Pack{Policies: map[string]*v1alpha1.TriagePolicy{"default": {Spec: v1alpha1.TriagePolicySpec{Levels: levels}}}}
	plans := map[string]*playbook.Plan{"calm": raising(""), "wary": raising("red")}
	NewWithT(t).Expect(p.LevelsOf("rescue", plans)).To(Equal([]v1alpha1.LevelName{"green", "red"}))
	NewWithT(t).Expect(p.LevelsOf("wary", plans)).To(Equal([]v1alpha1.LevelName{"amber"}))
	NewWithT(t).Expect(p.LevelsOf("never", plans)).To(BeEmpty())
}

// A playbook may take over from those of every level below its own, also where it stands at several.
func TestPlaybooksOfLevelsBelow(t *testing.T) {
	g := NewWithT(t)
	p := &Pack{Policies: map[string]*v1alpha1.TriagePolicy{
		"default": {Spec: v1alpha1.TriagePolicySpec{Levels: []v1alpha1.Level{{Name: "red", Playbook: "all"}, {Name: "amber", Playbook: "some"}, {Name: "green", Playbook: "all"}, {Name: "grey"}}}},
		"other":   {Spec: v1alpha1.TriagePolicySpec{Levels: []v1alpha1.Level{{Name: "high", Playbook: "some"}, {Name: "low", Playbook: "few"}}}},
	}}
	g.Expect(p.Below("all")).To(Equal([]string{"some"}))
	g.Expect(p.Below("some")).To(Equal([]string{"all", "few"}))
	g.Expect(p.Below("few")).To(BeEmpty())
	g.Expect(p.Below("none")).To(BeEmpty())
	g.Expect(p.Above("all")).To(Equal([]string{"some"}))
	g.Expect(p.Above("few")).To(Equal([]string{"some"}))
	g.Expect(p.Above("none")).To(BeEmpty())
}

// An incident is raised or exercised with a team; a drill that names none is one of the team whose incident planned it.
func TestTheTeamsOfIncidents(t *testing.T) {
	doing := func(actions ...v1alpha1.Action) *v1alpha1.Playbook {
		pb := &v1alpha1.Playbook{}
		for _, a := range actions {
			pb.Spec.Steps = append(pb.Spec.Steps, v1alpha1.Step{Action: a})
		}
		return pb
	}
	p := New()
	p.Playbooks["calm"] = doing(v1alpha1.Action{RaiseIncident: &v1alpha1.RaiseIncident{Playbook: "rescue", Team: "crew"}})
	p.Playbooks["rescue"] = doing(v1alpha1.Action{ScheduleDrill: &v1alpha1.ScheduleDrill{Team: "recruits"}}, v1alpha1.Action{ScheduleDrill: &v1alpha1.ScheduleDrill{Playbook: "evacuate"}})
	p.Playbooks["evacuate"] = doing(v1alpha1.Action{ScheduleDrill: &v1alpha1.ScheduleDrill{Playbook: "rescue"}})
	p.Drills["yearly"] = &v1alpha1.DrillSchedule{Spec: v1alpha1.DrillScheduleSpec{Playbook: "evacuate", Team: "wardens"}}
	g := NewWithT(t)
	g.Expect(p.TeamsOf("rescue")).To(Equal([]string{"crew", "recruits", "wardens"}))
	g.Expect(p.TeamsOf("evacuate")).To(Equal([]string{"crew", "recruits", "wardens"}))
	g.Expect(p.TeamsOf("calm")).To(BeEmpty())
}
