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

// TakeOvers is what is wrong with the playbooks of a namespace because of those they take over from, and whether that was worked out
// within so much of the machine's time; what was found until then is there all the same, with a finding that says what is lacking.
// final is that nobody will have more time for it. What was found is kept under the digest of all it depends on.
func (p *Proofs) TakeOvers(ctx context.Context, most time.Duration, final bool, policy *pack.Pack) (found map[string][]verify.Finding, whole bool, err error) {
	digest, err := levelsDigest(policy)
	if err != nil {
		return nil, false, err
	}
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return nil, false, nil
	}
	if known, ok := p.takeOvers.Get(digest); ok {
		return known.(map[string][]verify.Finding), true, nil
	}
	ctx, done := context.WithTimeout(ctx, most)
	defer done()
	found = verify.TakeOvers(ctx, policy, proofBytes)
	whole = ctx.Err() == nil
	if whole || final {
		p.takeOvers.Add(digest, found)
	}
	return found, whole, nil
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
		known[name], _ = s.Surroundings.Of(pb)
	}
	change(policy)
	found, whole, err := s.Proofs.TakeOvers(ctx, refusalTime, false, policy)
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
