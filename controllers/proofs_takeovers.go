package controllers

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/verify"
)

// Around is what is found around the playbooks of a namespace; an error is the end of ctx, or a fault of the product.
func (p *Proofs) Around(ctx context.Context, namespace string, policy *pack.Pack, now time.Time) (found map[string][]verify.Finding, err error) {
	if !judged(ctx, "namespace "+namespace, func() { found, err = p.judges.around(ctx, policy, now) }) {
		return nil, errFault
	}
	return found, err
}

// TakeOvers is what is wrong with the playbooks of a namespace because of those they take over from, and whether that was worked out
// within so much of the machine's time; what was found until then is there all the same, with a finding that says what is lacking.
// final is that nobody will have more time for it. What was found is kept under the digest of all it depends on. Nobody waits longer
// than ctx and a last word: a proof that goes on all the same keeps its turn, and with it the memory, to itself.
func (p *Proofs) TakeOvers(ctx context.Context, most time.Duration, final bool, namespace string, policy *pack.Pack) (found map[string][]verify.Finding, whole bool, err error) {
	digest, err := levelsDigest(policy)
	if err != nil {
		return nil, false, err
	}
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, false, nil
	}
	type outcome struct {
		found map[string][]verify.Finding
		whole bool
		err   error
	}
	came := make(chan outcome, 1)
	go func() {
		defer func() { <-p.turn }()
		if known, ok := p.takeOvers.Get(digest); ok {
			came <- outcome{found: known.(map[string][]verify.Finding), whole: true}
			return
		}
		within, done := context.WithTimeout(ctx, most)
		defer done()
		var out outcome
		if !judged(ctx, "levels of namespace "+namespace, func() { out.found = p.judges.takeOvers(within, policy, proofBytes) }) {
			came <- outcome{err: errFault}
			return
		}
		if out.whole = within.Err() == nil; out.whole || final && ctx.Err() == nil {
			p.takeOvers.Add(digest, out.found)
		}
		came <- out
	}()
	select {
	case out := <-came:
		return out.found, out.whole, out.err
	case <-ctx.Done():
	}
	last, done := context.WithTimeout(context.WithoutCancel(ctx), p.lastWord)
	defer done()
	select {
	case out := <-came:
		return out.found, out.whole, out.err
	case <-last.Done():
		return nil, false, nil
	}
}

// takeOvers are warnings of what a change of the policy of a namespace would bring about in runs that take over from another playbook,
// and what is not told there yet. What was written may be the first of several objects, so none of it is refused.
func (s *Shell) takeOvers(ctx context.Context, namespace string, change func(*pack.Pack)) []string {
	policy, err := s.packOf(ctx, namespace)
	if err != nil {
		return unjudged(err)
	}
	known := map[string][]verify.Finding{}
	for name, pb := range policy.Playbooks {
		is, _ := s.Surroundings.of(pb)
		known[name] = is.findings
	}
	change(policy)
	found, whole, err := s.Proofs.TakeOvers(ctx, refusalTime, false, namespace, policy)
	if err != nil {
		return unjudged(err)
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(found)) {
		for _, f := range found[name] {
			if f.Rule != verify.ProofBounded && !slices.ContainsFunc(known[name], func(k verify.Finding) bool { return k.Text() == f.Text() }) {
				out = append(out, fmt.Sprintf("playbook %s: %s: %s (condition Workable will tell how)", name, f.Field, f.Message))
			}
		}
	}
	if !whole {
		out = append(out, "what comes of raised levels takes longer to work out; condition Workable will tell")
	}
	return out
}

// levelsDigest changes with whatever it depends on which playbooks take over from which, and what comes of it.
func levelsDigest(policy *pack.Pack) (string, error) {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(policy.Playbooks)) {
		proof, err := proofOf(policy.Closure(name))
		if err != nil {
			return "", err
		}
		parts = append(parts, name, proof.Digest)
	}
	for _, name := range slices.Sorted(maps.Keys(policy.Policies)) {
		for _, level := range policy.Policies[name].Spec.Levels {
			parts = append(parts, name, string(level.Playbook))
		}
	}
	data, err := json.Marshal(parts)
	sum := sha256.Sum256(data)
	return string(sum[:]), err
}
