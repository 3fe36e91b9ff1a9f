package controllers

import (
	"context"
	"fmt"
	"sync"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/metrics"
	"tocsin.dev/tocsin/internal/playbook"
)

// Plans compiles pinned revisions and keeps them: a revision never changes, so a plan is compiled once a process.
type Plans struct {
	// Metrics counts what is compiled; may be nil.
	Metrics *metrics.Metrics

	mu    sync.Mutex
	plans map[types.NamespacedName]*playbook.Plan
}

// NewPlans makes an empty store.
func NewPlans() *Plans { return &Plans{plans: map[types.NamespacedName]*playbook.Plan{}} }

// Get returns the plan of a revision. A revision that is gone, is not what was pinned, or does not compile with this
// release is an error that says so.
func (p *Plans) Get(ctx context.Context, c client.Reader, namespace string, ref v1alpha1.RevisionReference) (*playbook.Plan, error) {
	key := types.NamespacedName{Namespace: namespace, Name: ref.Name}
	p.mu.Lock()
	plan := p.plans[key]
	p.mu.Unlock()
	if plan != nil {
		return plan, nil
	}
	var rev appsv1.ControllerRevision
	if err := c.Get(ctx, key, &rev); err != nil {
		return nil, fmt.Errorf("read playbook revision %s: %w", key.Name, err)
	}
	closure, err := playbook.Decode(rev.Data.Raw)
	if err != nil {
		return nil, fmt.Errorf("playbook revision %s: %w", key.Name, err)
	}
	if _, digest, err := closure.Encode(); err != nil || digest != ref.Digest {
		return nil, fmt.Errorf("playbook revision %s is not the one that was pinned: its digest is %.12s…, pinned was %.12s…; delete it so that it is stored anew", key.Name, digest, ref.Digest)
	}
	plan, problems := playbook.CompilePinned(closure)
	if len(problems) > 0 {
		return nil, fmt.Errorf("playbook revision %s does not compile with this release: %s", key.Name, problems[0])
	}
	p.Metrics.Compiled()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plans[key] = plan
	return plan, nil
}

// Forget drops the plan of a revision that was collected.
func (p *Plans) Forget(key types.NamespacedName) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.plans, key)
}
