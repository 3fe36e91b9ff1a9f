package operator

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"k8s.io/utils/clock"
)

// mostGarbage is how much garbage may pile up beside what the manager holds, in bytes. Go lets as much garbage pile up as
// there is to hold: little where there is little, so that it collects all the time, and hundreds of megabytes where
// thousands of cases are open.
const mostGarbage = 96 << 20

// Bounds of the garbage in percent of what is held: below, collecting would take too much of the processor.
const (
	leastPercent = 40
	mostPercent  = 400
)

// garbagePercent is how much garbage may pile up, in percent of what is held.
func garbagePercent(held uint64) int {
	return int(min(max(100*mostGarbage/max(held, 1), leastPercent), mostPercent))
}

// Collector keeps the garbage of the process at about mostGarbage. It is a manager.Runnable.
type Collector struct {
	// Clock is the machine's.
	Clock clock.WithTicker
}

// Start adjusts every second until the context ends.
func (c Collector) Start(ctx context.Context) error {
	ticker := c.Clock.NewTicker(time.Second)
	defer ticker.Stop()
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	set := 100
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C():
			metrics.Read(sample)
			if percent := garbagePercent(sample[0].Value.Uint64()); percent != set {
				debug.SetGCPercent(percent)
				set = percent
			}
		}
	}
}

// NeedLeaderElection has every replica do so: who stands by holds as much.
func (Collector) NeedLeaderElection() bool { return false }
