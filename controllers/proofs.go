package controllers

import (
	"context"
	"time"

	"k8s.io/utils/lru"

	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/soundness"
)

const (
	// provedAtOnce is how many states are looked at while a reconcile waits: most of what people write has fewer, and is judged
	// with one write.
	provedAtOnce = 200
	// proofTime is how long a proof may take, on the machine's clock; what is not looked at by then is said.
	proofTime = 30 * time.Second
	// proofBytes is about how much memory the states of a proof may take, in the middle of whatever else the manager holds.
	proofBytes = 96 << 20
	// askedEvery is after how many moves of a proof it is asked whether anybody still wants it.
	askedEvery = 1000
	// verdictsKept is how many verdicts are remembered; one that was forgotten is worked out again.
	verdictsKept = 256
)

// Proofs proves that runs of playbooks cannot get stuck. Verdicts are kept under the digest of what was proved. Large ones are
// worked out one at a time, for the sake of memory and of the other work.
type Proofs struct {
	verdicts *lru.Cache
	// takeOvers are what was found of namespaces.
	takeOvers *lru.Cache
	turn      chan struct{}
}

// NewProofs makes an empty store.
func NewProofs() *Proofs {
	return &Proofs{verdicts: lru.New(verdictsKept), takeOvers: lru.New(verdictsKept), turn: make(chan struct{}, 1)}
}

// Now is the verdict over a plan, if it is known or can be worked out at once.
func (p *Proofs) Now(digest string, plan *playbook.Plan) (soundness.Verdict, bool) {
	if v, ok := p.known(digest); ok {
		return v, true
	}
	v := soundness.Check(plan, soundness.Options{Limit: provedAtOnce, TextAlone: true})
	if v.States >= provedAtOnce {
		return soundness.Verdict{}, false
	}
	p.verdicts.Add(digest, v)
	return v, true
}

// Within is the verdict over a plan, however large, and whether there was one within so much of the machine's time, and while
// it was wanted (nil: to the end). What was found until then is in the verdict all the same, and a bound says that this was
// not all.
func (p *Proofs) Within(ctx context.Context, most time.Duration, wanted func() bool, digest string, plan *playbook.Plan) (soundness.Verdict, bool) {
	ctx, done := context.WithTimeout(ctx, most)
	defer done()
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return soundness.Verdict{Bounds: []string{"not proved, because other proofs were under way"}}, false
	}
	if v, ok := p.known(digest); ok {
		return v, true
	}
	moves, stopped := 0, false
	v := soundness.Check(plan, soundness.Options{
		Limit:     min(soundness.DefaultLimit, proofBytes/soundness.StateBytes(plan)),
		TextAlone: true,
		Stop: func() bool {
			moves++
			stopped = stopped || ctx.Err() != nil || wanted != nil && moves%askedEvery == 0 && !wanted()
			return stopped
		},
	})
	if stopped {
		return v, false
	}
	p.verdicts.Add(digest, v)
	return v, true
}

// settle keeps a verdict that is the best there will be.
func (p *Proofs) settle(digest string, v soundness.Verdict) { p.verdicts.Add(digest, v) }

func (p *Proofs) known(digest string) (soundness.Verdict, bool) {
	known, ok := p.verdicts.Get(digest)
	if !ok {
		return soundness.Verdict{}, false
	}
	return known.(soundness.Verdict), true
}
