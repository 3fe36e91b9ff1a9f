package timing

import (
	"time"

	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
)

// Before is what went before a run where its matter got another level on its way. The zero value has the run begin as it comes in.
type Before struct {
	// OpenFor is how long the matter had been open.
	OpenFor time.Duration
	// Books are playbooks of which one was carried out until then; none: none was.
	Books []*playbook.Plan
}

func (b Before) seconds() int64 { return int64(b.OpenFor / time.Second) }

// earlier is a study of what came in so long before what this one is about.
func (s *Study) earlier(by time.Duration) *Study {
	if by == 0 {
		return s
	}
	if s.older == nil {
		s.older = map[time.Duration]*Study{}
	}
	if s.older[by] == nil {
		d, seconds := s.clock.starts, int64(by/time.Second)
		s.older[by] = &Study{clock: newClock(span{d.first - seconds, d.end - seconds}), Calls: s.Calls}
	}
	return s.older[by]
}

// doneBefore are the steps of a plan for which one that was done under another playbook may stand.
func doneBefore(plan *playbook.Plan, books []*playbook.Plan) map[int]bool {
	out := map[int]bool{}
	for _, i := range plan.Roots {
		for _, old := range books {
			for _, k := range old.Roots {
				if engine.MayStandFor(old, k, plan, i) {
					out[i] = true
				}
			}
		}
	}
	return out
}
