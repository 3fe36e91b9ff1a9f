package roster

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// TestWhoIsAbleIsWhoeverIsACandidate asks at random moments, in random order, and at the very borders of absences.
func TestWhoIsAbleIsWhoeverIsACandidate(t *testing.T) {
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		hour := rapid.IntRange(0, 8)
		at := func(what string) time.Time { return start.Add(time.Duration(hour.Draw(t, what)) * time.Hour) }
		spec := &v1alpha1.ResponseTeamSpec{}
		for _, name := range []string{"amy", "bob", "cai", "dan"} {
			m := v1alpha1.Member{Name: name, User: v1alpha1.User(name)}
			if rapid.Bool().Draw(t, "on duty") {
				m.Duties = []v1alpha1.Identifier{"agent"}
			}
			if rapid.Bool().Draw(t, "deputy") {
				m.Deputies = []v1alpha1.MemberName{"dan"}
			}
			for range rapid.IntRange(0, 2).Draw(t, "absences") {
				m.Away = append(m.Away, v1alpha1.Absence{From: metav1.NewTime(at("from")), To: metav1.NewTime(at("to"))})
			}
			spec.Members = append(spec.Members, m)
		}
		r := New(map[string]*v1alpha1.ResponseTeamSpec{"desk": spec})
		g := NewWithT(t)
		for range 8 {
			now := at("now")
			var want []v1alpha1.User
			for _, c := range r.Candidates(Query{Team: "desk", Duty: "agent", At: now}) {
				want = append(want, c.User)
			}
			g.Expect(r.Able("desk", "agent", now)).To(ConsistOf(want), now.String())
		}
	})
}
