package simulation

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/playbooks"
)

// exercised plays the crisis of the pack from the second of March 2026 on.
func exercised(t *testing.T, cast *Cast, drills bool) (*Play, *[]*v1alpha1.Notice) {
	t.Helper()
	p := load(t, playbooks.ServiceRecovery)
	s := New(p, cast)
	var sent []*v1alpha1.Notice
	s.Sent = func(n *v1alpha1.Notice) { sent = append(sent, n) }
	if drills {
		s.Exercise()
	}
	for _, ci := range p.Incidents {
		s.Alarm(ci.DeepCopy(), s.Now())
	}
	if _, err := s.Run(s.Now().Add(60 * 24 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	return s, &sent
}

func TestDrillsAreCalledWhereTheyAreAskedFor(t *testing.T) {
	g := NewWithT(t)
	s, _ := exercised(t, &Cast{}, false)
	g.Expect(s.Incidents()).To(HaveLen(1))

	s, sent := exercised(t, &Cast{}, true)
	var crisis *v1alpha1.CrisisIncident
	begun := map[string]time.Time{}
	for _, ci := range s.Incidents() {
		if ci.Spec.Drill == nil {
			crisis = ci
			continue
		}
		begun[ci.Spec.Drill.Schedule] = ci.CreationTimestamp.UTC()
		g.Expect(ci.Status.State).To(Equal(v1alpha1.CaseClosed))
	}
	g.Expect(begun).To(HaveLen(2), "the one of the quarter, and the one that the crisis planned")
	g.Expect(begun).To(HaveKeyWithValue("quarterly-drill", time.Date(2026, 3, 24, 2, 0, 0, 0, time.UTC)))
	delete(begun, "quarterly-drill")
	for schedule, at := range begun {
		ds := s.world.drills[schedule]
		g.Expect(metav1.IsControlledBy(ds, crisis)).To(BeTrue())
		g.Expect(at).To(Equal(ds.Spec.At.UTC()))
	}
	outside := 0
	for _, n := range *sent {
		if n.Spec.Mode == v1alpha1.ModeDrill && n.Spec.To.Kind != v1alpha1.RecipientMember {
			g.Expect(n.Status.State).To(Equal(v1alpha1.NoticeSuppressed))
			outside++
		}
	}
	g.Expect(outside).To(BeNumerically(">", 0))
}

// Corrective actions are carried out by their owners and verified by somebody else; who does not is told when they are late.
func TestPostMortemsAreWorkedOn(t *testing.T) {
	g := NewWithT(t)
	about := func(sent []*v1alpha1.Notice) map[v1alpha1.Identifier]int {
		out := map[v1alpha1.Identifier]int{}
		for _, n := range sent {
			if n.Spec.PostMortem != "" {
				out[n.Spec.Template]++
			}
		}
		return out
	}
	s, sent := exercised(t, &Cast{}, false)
	g.Expect(s.Learned()).To(ConsistOf(And(HaveField("Record", "example-crisis"), HaveField("Owner", Not(BeEmpty())), HaveField("Actions", 3), HaveField("Verified", 3))))
	g.Expect(about(*sent)).To(Equal(map[v1alpha1.Identifier]int{"postMortemOpened": 1}))

	s, sent = exercised(t, &Cast{Answers: []Answer{{Steps: []string{stepVerify}, Never: true}}}, false)
	g.Expect(s.Learned()).To(ConsistOf(And(HaveField("Verified", 0), HaveField("Overdue", 3))))
	g.Expect(s.PostMortems()[0].Spec.Actions).To(HaveEach(HaveField("State", v1alpha1.CorrectiveDone)))
	g.Expect(about(*sent)).To(Equal(map[v1alpha1.Identifier]int{"postMortemOpened": 1}), "what is done is nobody's debt")

	s, sent = exercised(t, &Cast{Answers: []Answer{{Steps: []string{stepCorrect}, Never: true}}}, false)
	g.Expect(s.Learned()).To(ConsistOf(And(HaveField("Verified", 0), HaveField("Overdue", 3))))
	g.Expect(about(*sent)).To(Equal(map[v1alpha1.Identifier]int{"postMortemOpened": 1, "actionOverdue": 3}))
}
