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

// DefaultPolicy is the name of the TriagePolicy that serves complaints that name none, where there are several.
const DefaultPolicy = "default"

// For is the policy that grades a complaint naming `name` (which may be empty) in the namespace.
func (p *Policies) For(ctx context.Context, namespace, name string) (*triage.Policy, error) {
	tp, err := p.find(ctx, namespace, name)
	if err != nil || tp == nil {
		return triage.BuiltIn(), err
	}
	return p.compile(ctx, tp)
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
	if len(list.Items) == 1 {
		return &list.Items[0], nil
	}
	for i := range list.Items {
		if list.Items[i].Name == DefaultPolicy {
			return &list.Items[i], nil
		}
	}
	return nil, nil
}

func (p *Policies) compile(ctx context.Context, tp *v1alpha1.TriagePolicy) (*triage.Policy, error) {
	key := policyKey{uid: tp.UID, generation: tp.Generation}
	if found := p.cached(key); found != nil {
		return found, nil
	}
	policy, problems := triage.Compile(tp.Name, tp.Generation, tp.Spec)
	if len(problems) == 0 {
		return p.keep(key, policy), nil
	}
	if tp.Status.Revision == nil {
		return triage.BuiltIn(), nil
	}
	return p.lastVerified(ctx, tp)
}

// lastVerified compiles the revision that was verified last.
func (p *Policies) lastVerified(ctx context.Context, tp *v1alpha1.TriagePolicy) (*triage.Policy, error) {
	key := policyKey{uid: tp.UID, revision: tp.Status.Revision.Name}
	if found := p.cached(key); found != nil {
		return found, nil
	}
	var rev appsv1.ControllerRevision
	if err := p.APIReader.Get(ctx, types.NamespacedName{Namespace: tp.Namespace, Name: tp.Status.Revision.Name}, &rev); err != nil {
		if apierrors.IsNotFound(err) {
			return triage.BuiltIn(), nil
		}
		return nil, err
	}
	var spec v1alpha1.TriagePolicySpec
	if err := json.Unmarshal(rev.Data.Raw, &spec); err != nil {
		return nil, fmt.Errorf("triage policy revision %s: %w", rev.Name, err)
	}
	policy, problems := triage.Compile(tp.Name, rev.Revision, spec)
	if len(problems) > 0 {
		return triage.BuiltIn(), nil
	}
	return p.keep(key, policy), nil
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
