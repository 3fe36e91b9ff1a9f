package controllers

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/types"
	toolscache "k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Warmer compiles, in a replica that stands by, the revisions that runs are on or would begin with, so that it has them
// when it leads. It is a manager.Runnable.
type Warmer struct {
	Cache     cache.Cache
	APIReader client.Reader
	Plans     *Plans
	// Elected is closed once this replica leads: from then on plans are compiled when they are needed.
	Elected <-chan struct{}
}

// pinned is a revision of a playbook.
type pinned struct {
	namespace string
	revision  v1alpha1.RevisionReference
}

// NeedLeaderElection has it work in whoever does not lead.
func (w *Warmer) NeedLeaderElection() bool { return false }

// Start compiles what it sees until this replica leads or the context ends. What does not compile now says so when it is
// needed.
func (w *Warmer) Start(ctx context.Context) error {
	queue := workqueue.NewTyped[pinned]()
	defer queue.ShutDown()
	for _, kind := range []client.Object{&v1alpha1.Playbook{}, &v1alpha1.Complaint{}, &v1alpha1.CrisisIncident{}} {
		informer, err := w.Cache.GetInformer(ctx, kind)
		if err != nil {
			return fmt.Errorf("watch %T to compile what it runs: %w", kind, err)
		}
		see := func(o any) {
			if p, ok := runs(o); ok {
				queue.Add(p)
			}
		}
		handler, err := informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{AddFunc: see, UpdateFunc: func(_, o any) { see(o) }})
		if err != nil {
			return fmt.Errorf("watch %T to compile what it runs: %w", kind, err)
		}
		defer func() { _ = informer.RemoveEventHandler(handler) }() // an informer that has ended has none
	}
	go func() {
		select {
		case <-w.Elected:
		case <-ctx.Done():
		}
		queue.ShutDown()
	}()
	for {
		p, over := queue.Get()
		if over {
			return nil
		}
		if _, err := w.Plans.Get(ctx, w.APIReader, p.namespace, p.revision); err != nil {
			log.FromContext(ctx).V(1).Info("revision not compiled ahead", "revision", types.NamespacedName{Namespace: p.namespace, Name: p.revision.Name}, "why", err.Error())
		}
		queue.Done(p)
	}
}

// runs is the revision that a playbook would begin with or an open record runs.
func runs(o any) (pinned, bool) {
	switch o := o.(type) {
	case *v1alpha1.Playbook:
		if o.Status.Revision != nil {
			return pinned{o.Namespace, *o.Status.Revision}, true
		}
	case *v1alpha1.Complaint:
		if o.Status.Run != nil && o.Status.Run.Result == "" {
			return pinned{o.Namespace, o.Status.Run.Revision}, true
		}
	case *v1alpha1.CrisisIncident:
		if o.Status.Run != nil && o.Status.Run.Result == "" {
			return pinned{o.Namespace, o.Status.Run.Revision}, true
		}
	}
	return pinned{}, false
}
