package controllers

import (
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/wake"
)

const watchYAML = `
kind: ResponseTeam
metadata: {name: watch}
spec:
  timeZone: Europe/Berlin
  members:
  - {name: amy, user: amy, duties: [agent], deputies: [bob]}
  - {name: bob, user: bob, duties: [agent], deputies: [amy]}
  rotations:
  - duty: agent
    layers:
    - {name: weekly, members: [amy, bob], start: "2026-03-01"}
    overrides:
    - {member: bob, from: "2026-03-05T09:00:00+01:00", to: "2026-03-06T09:00:00+01:00"}
`

// TestTeamSaysWhereNobodyIsOnCall: the first hole of a duty, told weeks ahead in the rotation's own time, judged anew when
// it begins and ends; a leave written down in another team counts.
func TestTeamSaysWhereNobodyIsOnCall(t *testing.T) {
	w := newWorld(t)
	w.teams.Wheel = wake.New(w.clock)
	onCall := func() metav1.Condition {
		w.must(w.teams, "watch")
		return w.condition(read(w, "watch", &v1alpha1.ResponseTeam{}).Status.Conditions, conditionOnCall)
	}
	wakes := func() time.Time { at, _ := w.teams.Wheel.Next(); return at }
	w.apply(watchYAML)
	w.Expect(onCall()).To(states(metav1.ConditionTrue, "NoHole", 1))
	w.Expect(w.condition(read(w, "watch", &v1alpha1.ResponseTeam{}).Status.Conditions, "Ready")).To(HaveField("Status", metav1.ConditionTrue))
	w.Expect(wakes()).To(BeTemporally("==", start.Add(28*24*time.Hour)), "it looks again while it still has four weeks")

	t.Log("both are away, and each was to stand in for the other")
	const leave = "kind: ResponseTeam\nmetadata: {name: home}\nspec:\n  timeZone: Europe/Berlin\n  members:\n" +
		"  - {name: a, user: amy, duties: [cook], away: [{firstDay: \"2026-04-01\", lastDay: \"2026-04-10\"}]}\n" +
		"  - {name: b, user: bob, duties: [cook], away: [{firstDay: \"2026-04-09\"}]}\n"
	w.apply(leave)
	w.Expect(w.teams.sharing(w.ctx, read(w, "home", &v1alpha1.ResponseTeam{}))).To(ConsistOf(reconcile.Request{NamespacedName: types.NamespacedName{Namespace: w.ns, Name: "watch"}}))
	w.Expect(onCall()).To(And(states(metav1.ConditionFalse, "Hole", 1), HaveField("Message",
		"agent: nobody from 2026-04-09 00:00 to 2026-04-10 00:00 (Europe/Berlin): bob is on call and away, and no deputy is there; name another deputy, or write an override")))
	w.clock.SetTime(time.Date(2026, 4, 8, 22, 0, 0, 0, time.UTC))
	w.Expect(wakes()).To(BeTemporally("<=", w.clock.Now()))
	w.Expect(onCall().Message).To(HavePrefix("agent: nobody until 2026-04-10 00:00 (Europe/Berlin): "))
	w.Expect(wakes()).To(BeTemporally("==", w.clock.Now().Add(24*time.Hour)))
	before := w.written()
	w.clock.Step(time.Hour)
	w.must(w.teams, "watch")
	w.Expect(w.written()).To(Equal(before), "while nothing changes nothing is written")
	w.clock.Step(23 * time.Hour)
	w.Expect(onCall()).To(HaveField("Status", metav1.ConditionTrue))
}

// TestBadRotationsAreNamed: by the API server where the form is wrong, by the condition where a name is.
func TestBadRotationsAreNamed(t *testing.T) {
	w := newWorld(t)
	ready := func() metav1.Condition {
		w.must(w.teams, "watch")
		return w.condition(read(w, "watch", &v1alpha1.ResponseTeam{}).Status.Conditions, "Ready")
	}
	w.apply(strings.Replace(watchYAML, "members: [amy, bob]", "members: [amy, bobby]", 1))
	w.Expect(ready()).To(And(states(metav1.ConditionFalse, "UnknownMember", 1),
		HaveField("Message", `spec.rotations[0].layers[0].members[1]: there is no member "bobby" in the team; did you mean bob? name a member or add one`)))
	w.apply(strings.Replace(watchYAML, "timeZone: Europe/Berlin", "timeZone: Europe/Bonn", 1))
	w.Expect(ready()).To(And(states(metav1.ConditionFalse, "UnusableRotation", 2), HaveField("Message", ContainSubstring(`"Europe/Bonn" is no time zone`))))
	team := read(w, "watch", &v1alpha1.ResponseTeam{})
	for says, spoil := range map[string]func(*v1alpha1.ResponseTeamSpec){
		"layers":                   func(s *v1alpha1.ResponseTeamSpec) { s.Rotations[0].Layers = nil },
		"members":                  func(s *v1alpha1.ResponseTeamSpec) { s.Rotations[0].Layers[0].Members = nil },
		"handOver":                 func(s *v1alpha1.ResponseTeamSpec) { s.Rotations[0].Layers[0].HandOver = "24:00" },
		"everyDays":                func(s *v1alpha1.ResponseTeamSpec) { s.Rotations[0].Layers[0].EveryDays = 400 },
		"start must be before end": func(s *v1alpha1.ResponseTeamSpec) { s.Rotations[0].Layers[0].End = "2026-03-01" },
		"from must be before to":   func(s *v1alpha1.ResponseTeamSpec) { s.Rotations[0].Overrides[0].To = s.Rotations[0].Overrides[0].From },
		"Duplicate value":          func(s *v1alpha1.ResponseTeamSpec) { s.Rotations = append(s.Rotations, s.Rotations[0]) },
		"firstDay must not be": func(s *v1alpha1.ResponseTeamSpec) {
			s.Members[0].Away = []v1alpha1.Absence{{FirstDay: "2026-04-02", LastDay: "2026-04-01"}}
		},
		"write from and to": func(s *v1alpha1.ResponseTeamSpec) { s.Members[0].Away = []v1alpha1.Absence{{LastDay: "2026-04-01"}} },
		"or firstDay with or witho": func(s *v1alpha1.ResponseTeamSpec) {
			s.Members[0].Away = []v1alpha1.Absence{{From: metav1.NewTime(start)}}
		},
	} {
		bad := team.DeepCopy()
		spoil(&bad.Spec)
		w.Expect(w.admin.Update(w.ctx, bad)).To(MatchError(ContainSubstring(says)))
	}
}
