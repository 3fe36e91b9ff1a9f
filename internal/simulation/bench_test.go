package simulation

import (
	"runtime"
	"testing"
	"time"

	"tocsin.dev/tocsin/playbooks"
)

// BenchmarkYear is one complaint of a year: b.N of them come in over 365 days, and every answer takes its time.
func BenchmarkYear(b *testing.B) {
	p := load(b, playbooks.ServiceRecovery)
	s := New(p, &Cast{Answers: []Answer{{After: Delay{Median: "2h", Slow: "20h"}}}})
	s.Forget = true
	start, tally := s.Now(), s.Count()
	if err := s.Bear(&Load{Complaints: b.N, Kinds: []Kind{{Like: "example-lamp", Products: new(500)}, {Like: "example-hotline", Products: new(500)}}}); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	b.ReportAllocs()
	if _, err := s.Run(start.Add(425 * 24 * time.Hour)); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MB-left")
	b.ReportMetric(float64(s.Turns())/float64(b.N), "turns/op")
	sum := tally.Sum()
	b.Logf("%d complaints, %d open, %d incidents, %d notices, %d missed, %v", sum.Complaints, sum.Open, sum.Incidents, sum.Notices, sum.Missed, sum.Levels)
	runtime.KeepAlive(s)
}
