package controllers

import (
	"context"
	"time"

	"k8s.io/utils/lru"

	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/soundness"
	"tocsin.dev/tocsin/internal/verify"
)

const (
	// provedAtOnce is how many states are looked at while a reconcile waits: most of what people write has fewer, and is judged
	// with one write.
	provedAtOnce = 200
	// proofTime is how long a proof may take, on the machine's clock; what is not looked at by then is said.
	proofTime = 30 * time.Second
	// proofBytes is about how much memory the states of a proof may take, in the middle of whatever else the manager holds.
	proofBytes = 96 << 20
	// lastWord is how long a proof whose time is over is waited for, to tell what it found until then.
	lastWord = time.Second
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
	judges    judges
	lastWord  time.Duration
}

// judges work out what is asked for.
type judges struct {
	check     func(*playbook.Plan, soundness.Options) soundness.Verdict
	around    func(context.Context, *pack.Pack, time.Time) (map[string][]verify.Finding, error)
	takeOvers func(context.Context, *pack.Pack, int) map[string][]verify.Finding
}

// Proved is what came of a proof.
type Proved struct {
	soundness.Verdict
	// Broken is that the proof broke off by a fault of the product, and nothing is known. The same proof is not tried again by this process.
	Broken bool
}

// NewProofs makes an empty store.
func NewProofs() *Proofs {
	return &Proofs{
		verdicts: lru.New(verdictsKept), takeOvers: lru.New(verdictsKept), turn: make(chan struct{}, 1),
		judges: judges{check: soundness.Check, around: verify.Around, takeOvers: verify.TakeOvers}, lastWord: lastWord,
	}
}

// Now is the verdict over a plan, if it is known or can be worked out at once.
func (p *Proofs) Now(ctx context.Context, digest string, plan *playbook.Plan) (Proved, bool) {
	if v, ok := p.known(digest); ok {
		return v, true
	}
	v := p.check(ctx, plan, soundness.Options{Limit: provedAtOnce, TextAlone: true})
	if v.States >= provedAtOnce {
		return Proved{}, false
	}
	p.verdicts.Add(digest, v)
	return v, true
}

// Within is the verdict over a plan, however large, and whether there was one within so much of the machine's time, and while
// it was wanted (nil: to the end). What was found until then is in the verdict all the same, and a bound says that this was
// not all.
func (p *Proofs) Within(ctx context.Context, most time.Duration, wanted func() bool, digest string, plan *playbook.Plan) (Proved, bool) {
	ctx, done := context.WithTimeout(ctx, most)
	defer done()
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return unproved("not proved, because other proofs were under way"), false
	}
	if v, ok := p.known(digest); ok {
		return v, true
	}
	moves, stopped := 0, false
	v := p.check(ctx, plan, soundness.Options{
		Limit:     min(soundness.DefaultLimit, proofBytes/soundness.StateBytes(plan)),
		TextAlone: true,
		Stop: func() bool {
			moves++
			stopped = stopped || ctx.Err() != nil || wanted != nil && moves%askedEvery == 0 && !wanted()
			return stopped
		},
	})
	if stopped && !v.Broken {
		return v, false
	}
	p.verdicts.Add(digest, v)
	return v, true
}

// check looks at the states of a plan.
func (p *Proofs) check(ctx context.Context, plan *playbook.Plan, o soundness.Options) Proved {
	var v soundness.Verdict
	if !judged(ctx, "playbook "+plan.Name, func() { v = p.judges.check(plan, o) }) {
		broken := unproved(errFault.Error())
		broken.Broken = true
		return broken
	}
	return Proved{Verdict: v}
}

// unproved is the verdict where nothing was looked at.
func unproved(why string) Proved {
	return Proved{Verdict: soundness.Verdict{Bounds: []string{why}}}
}

// settle keeps a verdict that is the best there will be.
func (p *Proofs) settle(digest string, v Proved) { p.verdicts.Add(digest, v) }

func (p *Proofs) known(digest string) (Proved, bool) {
	known, ok := p.verdicts.Get(digest)
	if !ok {
		return Proved{}, false
	}
	return known.(Proved), true
}
