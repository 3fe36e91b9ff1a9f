package simulation

import (
	"fmt"
	"testing"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/playbooks"
)

func BenchmarkYear(b *testing.B) {
	p := load(b, playbooks.ServiceRecovery)
	kinds := p.Complaints
	year := 365 * 24 * time.Hour
	s := New(p, &Cast{Answers: []Answer{{After: Delay{Median: "2h", Slow: "20h"}}}})
	start := s.Now()
	for i := range b.N {
		c := kinds[i%len(kinds)].DeepCopy()
		c.Name = fmt.Sprintf("c-%06d", i)
		c.Spec.Product = fmt.Sprintf("product %d", i%500)
		c.Spec.Complainant.Pseudonym = fmt.Sprintf("p-%d", i)
		s.Complain(c, start.Add(time.Duration(int64(year)/int64(b.N)*int64(i))))
	}
	b.ResetTimer()
	b.ReportAllocs()
	if _, err := s.Run(start.Add(year + 60*24*time.Hour)); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(s.Turns())/float64(b.N), "turns/op")
	states := map[v1alpha1.CaseState]int{}
	for _, c := range s.world.complaints {
		states[c.Status.State]++
	}
	b.Log(states, len(s.world.notices), len(s.world.incidents))
}
