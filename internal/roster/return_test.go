package roster_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/roster"
)

// TestNextReturn: the first to come back of those who are away now, at both edges of a leave.
func TestNextReturn(t *testing.T) {
	g := NewWithT(t)
	day := func(n int) time.Time { return time.Date(2026, 6, n, 0, 0, 0, 0, time.UTC) }
	leave := func(from, to int) v1alpha1.Absence {
		return v1alpha1.Absence{From: metav1.NewTime(day(from)), To: metav1.NewTime(day(to))}
	}
	r := roster.New(map[string]*v1alpha1.ResponseTeamSpec{"desk": {Members: []v1alpha1.Member{
		{Name: "lin", User: "lin", Away: []v1alpha1.Absence{leave(2, 9), leave(12, 13)}},
		{Name: "wang", User: "wang", Away: []v1alpha1.Absence{leave(3, 5)}},
	}}})
	g.Expect(r.NextReturn(day(2).Add(-1))).To(BeZero())
	g.Expect(r.NextReturn(day(2))).To(Equal(day(9)))
	g.Expect(r.NextReturn(day(3))).To(Equal(day(5)))
	g.Expect(r.NextReturn(day(5))).To(Equal(day(9)))
	g.Expect(r.NextReturn(day(9))).To(BeZero())
	g.Expect((*roster.Roster)(nil).NextReturn(day(3))).To(BeZero())
}
