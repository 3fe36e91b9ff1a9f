package controllers

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/triage"
)

// Policies finds the triage policy of a complaint and keeps compiled ones. A policy whose newest generation does not
// compile goes on with its last verified revision; without one the built-in grading serves, so that no complaint waits
// for a policy to be mended.
type Policies struct {
	Client    client.Client
	APIReader client.Reader

	mu       sync.Mutex
	compiled map[policyKey]*triage.Policy
}

type policyKey struct {
	uid        types.UID
	generation int64
	revision   string
}

// For is the policy that grades a complaint naming `name` (which may be empty) in the namespace.
func (p *Policies) For(ctx context.Context, namespace, name string) (casework.Policy, error) {
	tp, err := p.find(ctx, namespace, name)
	switch {
	case err != nil:
		return casework.Policy{}, err
	case tp != nil:
		return p.compile(ctx, tp)
	case name != "":
		return builtIn("there is no TriagePolicy %q in namespace %s; apply it, or correct spec.policy", name, namespace), nil
	}
	return builtIn("namespace %s has no TriagePolicy; apply one", namespace), nil
}

func builtIn(format string, args ...any) casework.Policy {
	return casework.BuiltIn(fmt.Sprintf(format, args...))
}

func (p *Policies) find(ctx context.Context, namespace, name string) (*v1alpha1.TriagePolicy, error) {
	if name != "" {
		var tp v1alpha1.TriagePolicy
		err := p.Client.Get(ctx, types.NamespacedName{Namespace: namespace, Name: name}, &tp)
		if apierrors.IsNotFound(err) {
			return nil, nil
		}
		return &tp, err
	}
	var list v1alpha1.TriagePolicyList
	if err := p.Client.List(ctx, &list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list the triage policies of %s: %w", namespace, err)
	}
	return casework.ForUnnamed(list.Items), nil
}

func (p *Policies) compile(ctx context.Context, tp *v1alpha1.TriagePolicy) (casework.Policy, error) {
	key := policyKey{uid: tp.UID, generation: tp.Generation}
	if found := p.cached(key); found != nil {
		return casework.Policy{Policy: found}, nil
	}
	policy, problems := triage.Compile(tp.Name, tp.Generation, tp.Spec)
	if len(problems) == 0 {
		return casework.Policy{Policy: p.keep(key, policy)}, nil
	}
	if tp.Status.Revision == nil {
		return builtIn("TriagePolicy %q does not compile and never did; mend what its condition Verified names", tp.Name), nil
	}
	return p.lastVerified(ctx, tp)
}

// lastVerified compiles the revision that was verified last.
func (p *Policies) lastVerified(ctx context.Context, tp *v1alpha1.TriagePolicy) (casework.Policy, error) {
	name := tp.Status.Revision.Name
	problem := fmt.Sprintf("TriagePolicy %q does not compile, see its condition Verified; graded by its last verified revision %s", tp.Name, name)
	key := policyKey{uid: tp.UID, revision: name}
	if found := p.cached(key); found != nil {
		return casework.Policy{Policy: found, Problem: problem}, nil
	}
	var rev appsv1.ControllerRevision
	if err := p.APIReader.Get(ctx, types.NamespacedName{Namespace: tp.Namespace, Name: name}, &rev); err != nil {
		if apierrors.IsNotFound(err) {
			return builtIn("TriagePolicy %q does not compile and its last verified revision %s is gone; mend what its condition Verified names", tp.Name, name), nil
		}
		return casework.Policy{}, err
	}
	var spec v1alpha1.TriagePolicySpec
	if err := json.Unmarshal(rev.Data.Raw, &spec); err != nil {
		return casework.Policy{}, fmt.Errorf("triage policy revision %s: %w", rev.Name, err)
	}
	policy, problems := triage.Compile(tp.Name, rev.Revision, spec)
	if len(problems) > 0 {
		return builtIn("neither TriagePolicy %q nor its last verified revision %s compiles with this release: %s", tp.Name, name, problems[0]), nil
	}
	return casework.Policy{Policy: p.keep(key, policy), Problem: problem}, nil
}

func (p *Policies) cached(key policyKey) *triage.Policy {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.compiled[key]
}

func (p *Policies) keep(key policyKey, policy *triage.Policy) *triage.Policy {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.compiled == nil {
		p.compiled = map[policyKey]*triage.Policy{}
	}
	for old := range p.compiled {
		if old.uid == key.uid && old.revision == key.revision {
			delete(p.compiled, old)
		}
	}
	p.compiled[key] = policy
	return policy
}
