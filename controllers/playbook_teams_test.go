package controllers

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

func TestPlaybookWhoseRolesNobodyCouldPlay(t *testing.T) {
	w := newWorld(t)
	w.apply(generalYAML)
	w.must(w.playbooks, "general-case")
	pb := read(w, "general-case", &v1alpha1.Playbook{})
	w.Expect(w.condition(pb.Status.Conditions, "Ready")).To(And(states(metav1.ConditionFalse, "NobodyForRole", 1),
		HaveField("Message", ContainSubstring(`spec.roles[0] (handler): there is no ResponseTeam "desk"`))))
	w.apply(strings.ReplaceAll(teamsYAML, "duties: [supervisor]", "duties: [boss]"))
	w.must(w.playbooks, "general-case")
	pb = read(w, "general-case", &v1alpha1.Playbook{})
	w.Expect(w.condition(pb.Status.Conditions, "Ready").Message).To(And(Not(ContainSubstring("handler")),
		ContainSubstring(`(supervisor): nobody in team desk has the duty "supervisor"`)))
}

func TestPlaybookWhoseNoticesReachNobody(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	ready := func() metav1.Condition {
		w.must(w.playbooks, "general-case")
		return w.condition(read(w, "general-case", &v1alpha1.Playbook{}).Status.Conditions, "Ready")
	}
	w.Expect(ready().Status).To(Equal(metav1.ConditionTrue))
	for to, reaches := range map[string]bool{"team": true, "supervisor": true, "regulator": true, "regulators": false} {
		w.apply(strings.Replace(generalYAML, "to: [complainant]", "to: [complainant, "+to+"]", 1))
		if got := ready(); reaches {
			w.Expect(got.Status).To(Equal(metav1.ConditionTrue), to)
		} else {
			w.Expect(got).To(And(HaveField("Reason", "NobodyToTell"),
				HaveField("Message", ContainSubstring(`spec.steps[0].notify.to[1]: "regulators" is no role of the playbook`))))
		}
	}
}

// A team can have every duty twice and one absence still stop a playbook, whose roles exclude each other.
func TestPlaybookThatOneAbsenceStops(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	team := read(w, "desk", &v1alpha1.ResponseTeam{})
	for _, name := range []string{"ida", "joe"} { // one may be complained about and another be away
		team.Spec.Members = append(team.Spec.Members, v1alpha1.Member{Name: name, User: v1alpha1.User(name), Duties: []v1alpha1.Identifier{"agent", "supervisor"}})
	}
	w.Expect(w.admin.Update(w.ctx, team)).To(Succeed())
	w.look()
	pb := read(w, "general-case", &v1alpha1.Playbook{})
	w.Expect(w.condition(pb.Status.Conditions, "Covered").Status).To(Equal(metav1.ConditionTrue))
	team.Spec.Members = []v1alpha1.Member{
		{Name: "anna", User: "anna", Duties: []v1alpha1.Identifier{"supervisor"}, Deputies: []v1alpha1.MemberName{"ben"}},
		{Name: "ben", User: "ben", Duties: []v1alpha1.Identifier{"agent"}, Deputies: []v1alpha1.MemberName{"anna"}},
	}
	w.Expect(w.admin.Update(w.ctx, team)).To(Succeed())
	w.must(w.teams, "desk")
	w.look()
	team = read(w, "desk", &v1alpha1.ResponseTeam{})
	w.Expect(w.condition(team.Status.Conditions, "Covered")).To(And(HaveField("Reason", "EveryDutyTwice"), HaveField("Message", ContainSubstring("condition Covered of each Playbook"))))
	pb = read(w, "general-case", &v1alpha1.Playbook{})
	w.Expect(w.condition(pb.Status.Conditions, "Covered")).To(And(states(metav1.ConditionFalse, "OneAbsenceBlocks", 1),
		HaveField("Message", ContainSubstring("with anna complained about and ben away, nobody is left to be asked as handler"))))
	w.Expect(w.condition(pb.Status.Conditions, "Workable").Message).To(And(ContainSubstring("warning: spec.roles[0]"), ContainSubstring("[absence-covered]")))
}
