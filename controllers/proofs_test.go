package controllers

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/gomega"
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
