package controllers

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/verify"
)

func TestAProofEndsWhenNobodyWantsIt(t *testing.T) {
	g := NewWithT(t)
	plan, p := planOf(t, manyHands(7)), NewProofs()
	all, whole := p.Within(t.Context(), time.Hour, func() bool { return true }, "whole", plan)
	g.Expect(whole).To(BeTrue())
	g.Expect(all.Sound()).To(BeTrue())
	t.Logf("%d states, %d moves", all.States, all.Moves)
	g.Expect(all.Moves).To(BeNumerically(">", 5*askedEvery))

	v, whole := p.Within(t.Context(), time.Hour, func() bool { return false }, "unwanted", plan)
	g.Expect(whole).To(BeFalse())
	g.Expect(v.Moves).To(BeNumerically("<=", askedEvery))
	g.Expect(v.Bounds).To(HaveLen(1))
	_, known := p.known("unwanted")
	g.Expect(known).To(BeFalse())

	ctx, end := context.WithCancel(t.Context())
	v, whole = p.Within(ctx, time.Hour, func() bool { end(); return true }, "shut down", plan)
	g.Expect(whole).To(BeFalse())
	g.Expect(v.Moves).To(BeNumerically("<=", askedEvery))
}

// Who waits for a proof whose time is over gets what it found, or goes without it; it keeps its turn until it has ended.
func TestNobodyWaitsForAProofThatDoesNotListen(t *testing.T) {
	g := NewWithT(t)
	found := map[string][]verify.Finding{"a": {{Rule: "r", Message: "m"}}}
	p := NewProofs()
	p.lastWord = time.Hour
	ctx, end := context.WithCancel(t.Context())
	p.judges.takeOvers = func(ctx context.Context, _ *pack.Pack, _ int) map[string][]verify.Finding {
		end()
		<-ctx.Done()
		return found
	}
	got, whole, err := p.TakeOvers(ctx, time.Hour, false, "shop", pack.New())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(got).To(Equal(found))
	g.Expect(whole).To(BeFalse())

	p.lastWord = 0
	ctx, end = context.WithCancel(t.Context())
	release, answered := make(chan struct{}), make(chan struct{})
	p.judges.takeOvers = func(context.Context, *pack.Pack, int) map[string][]verify.Finding {
		end()
		<-release
		return found
	}
	go func() {
		defer close(answered)
		got, whole, err = p.TakeOvers(ctx, time.Hour, true, "shop", pack.New())
	}()
	g.Eventually(answered, time.Minute).Should(BeClosed())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(got).To(BeNil())
	g.Expect(whole).To(BeFalse())
	g.Expect(p.turn).To(HaveLen(1), "two would take the memory twice")
	close(release)
	g.Eventually(p.turn, time.Minute).Should(BeEmpty())
	g.Expect(p.takeOvers.Len()).To(BeZero(), "another one may have more time")
}
