package controllers

import (
	"context"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// What is worked on first when much comes in at once. Grading is short and says how serious a matter is, so it goes before
// everything else. Who acts, and whose deadline has come, waits for an answer. A case that is graded and not begun waits
// longest: it is one that nobody was asked about yet. Among equals, first come, first served.
const (
	urgencyBegin = 0
	urgencyGoOn  = 10
	urgencyGrade = 20
)

// urgencyOf is how urgent a record is as it stands.
func urgencyOf(o client.Object) int {
	switch o := o.(type) {
	case *v1alpha1.Complaint:
		switch {
		case o.Status.Grading == nil:
			return urgencyGrade
		case o.Status.Run == nil:
			return urgencyBegin
		}
	case *v1alpha1.Notice:
		if o.Spec.Record.Kind != v1alpha1.RecordCrisisIncident {
			return urgencyBegin
		}
	}
	return urgencyGoOn
}

// urgentQueue adds to a work queue with a priority, where the queue knows priorities.
type urgentQueue struct {
	requestQueue
	priority int
}

// Add implements workqueue.TypedInterface.
func (q urgentQueue) Add(item reconcile.Request) {
	if ranked, ok := q.requestQueue.(priorityqueue.PriorityQueue[reconcile.Request]); ok {
		ranked.AddWithOpts(priorityqueue.AddOpts{Priority: &q.priority}, item)
		return
	}
	q.requestQueue.Add(item)
}

// goesOn makes what a handler enqueues as urgent as a case that goes on.
func goesOn(h handler.EventHandler) handler.EventHandler {
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, q requestQueue) {
			h.Create(ctx, e, urgentQueue{q, urgencyGoOn})
		},
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, q requestQueue) {
			h.Update(ctx, e, urgentQueue{q, urgencyGoOn})
		},
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, q requestQueue) {
			h.Delete(ctx, e, urgentQueue{q, urgencyGoOn})
		},
		GenericFunc: func(ctx context.Context, e event.GenericEvent, q requestQueue) {
			h.Generic(ctx, e, urgentQueue{q, urgencyGoOn})
		},
	}
}

// ranked enqueues an object as urgent as it is.
func ranked() handler.EventHandler {
	put := func(o client.Object, q requestQueue) {
		urgentQueue{q, urgencyOf(o)}.Add(reconcile.Request{NamespacedName: client.ObjectKeyFromObject(o)})
	}
	return handler.Funcs{
		CreateFunc:  func(_ context.Context, e event.CreateEvent, q requestQueue) { put(e.Object, q) },
		UpdateFunc:  func(_ context.Context, e event.UpdateEvent, q requestQueue) { put(e.ObjectNew, q) },
		DeleteFunc:  func(_ context.Context, e event.DeleteEvent, q requestQueue) { put(e.Object, q) },
		GenericFunc: func(_ context.Context, e event.GenericEvent, q requestQueue) { put(e.Object, q) },
	}
}

// inTime makes what a source of wake-ups enqueues as urgent as a case that goes on.
func inTime(wakes source.Source) source.Source {
	return source.Func(func(ctx context.Context, q workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		return wakes.Start(ctx, urgentQueue{q, urgencyGoOn})
	})
}
