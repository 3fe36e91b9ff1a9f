package controllers

import (
	"context"
	"sync"

	"k8s.io/apimachinery/pkg/api/equality"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/triage"
)

// Indexes of the cache.
const (
	// IndexIncident finds the complaints of an incident.
	IndexIncident = "status.incident.name"
	// IndexCorrelation finds the incidents with a correlation key.
	IndexCorrelation = "spec.correlationKey"
	// IndexMergedInto finds the complaints that were merged into a complaint.
	IndexMergedInto = "status.mergedInto"
	// IndexAttention finds the records that wait for a policy or a team to be mended.
	IndexAttention = "attention"
)

const needsAttention = "yes"

// AddIndexes registers the indexes with the manager's cache.
func AddIndexes(ctx context.Context, mgr ctrl.Manager) error {
	for _, index := range []struct {
		obj   client.Object
		field string
		value func(client.Object) string
	}{
		{&v1alpha1.Complaint{}, IndexIncident, func(o client.Object) string {
			if ref := o.(*v1alpha1.Complaint).Status.Incident; ref != nil {
				return string(ref.Name)
			}
			return ""
		}},
		{&v1alpha1.Complaint{}, IndexMergedInto, func(o client.Object) string { return string(o.(*v1alpha1.Complaint).Status.MergedInto) }},
		{&v1alpha1.CrisisIncident{}, IndexCorrelation, func(o client.Object) string { return o.(*v1alpha1.CrisisIncident).Spec.CorrelationKey }},
		{&v1alpha1.Complaint{}, IndexAttention, func(o client.Object) string { return attention(&o.(*v1alpha1.Complaint).Status.CaseStatus) }},
		{&v1alpha1.CrisisIncident{}, IndexAttention, func(o client.Object) string {
			return attention(&o.(*v1alpha1.CrisisIncident).Status.CaseStatus)
		}},
		{&v1alpha1.ResponseTask{}, IndexOpenTasks, openTaskOf},
	} {
		extract := func(o client.Object) []string {
			if v := index.value(o); v != "" {
				return []string{v}
			}
			return nil
		}
		if err := mgr.GetFieldIndexer().IndexField(ctx, index.obj, index.field, extract); err != nil {
			return err
		}
	}
	return nil
}

func attention(s *v1alpha1.CaseStatus) string {
	if s.Run == nil || s.Run.Result == v1alpha1.RunSuperseded || apimeta.IsStatusConditionFalse(s.Conditions, "Staffed") {
		return needsAttention
	}
	if running := apimeta.FindStatusCondition(s.Conditions, "Running"); running != nil {
		switch running.Reason {
		case casework.ReasonNoPlaybook, casework.ReasonPlaybookNotReady, casework.ReasonTakeOverWaits:
			return needsAttention
		}
	}
	return ""
}

// SetupWithManager registers the controller.
func (r *ComplaintReconciler) SetupWithManager(mgr ctrl.Manager, opts controller.Options) error {
	b := ctrl.NewControllerManagedBy(mgr).Named(KindComplaint).WithOptions(opts).
		Watches(&v1alpha1.Complaint{}, &indexing{index: r.Index, policies: r.Policies}).
		Watches(&v1alpha1.Complaint{}, handler.EnqueueRequestsFromMapFunc(r.mergedWith), builder.WithPredicates(concernsOthers)).
		Watches(&v1alpha1.CrisisIncident{}, handler.EnqueueRequestsFromMapFunc(r.ofIncident), builder.WithPredicates(complaintsSee)).
		Watches(&v1alpha1.CrisisIncident{}, handler.EnqueueRequestsFromMapFunc(r.ofMatter), builder.WithPredicates(opened)).
		Watches(&v1alpha1.TriagePolicy{}, handler.EnqueueRequestsFromMapFunc(r.gradedBy), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&v1alpha1.TriagePolicy{}, r.waiting(&v1alpha1.ComplaintList{})).
		WatchesRawSource(inTime(r.Wheel.Source(KindComplaint)))
	return r.watchWork(b, &v1alpha1.Complaint{}, &v1alpha1.ComplaintList{}).Complete(r)
}

// SetupWithManager registers the controller.
func (r *CrisisIncidentReconciler) SetupWithManager(mgr ctrl.Manager, opts controller.Options) error {
	b := ctrl.NewControllerManagedBy(mgr).Named(KindCrisisIncident).WithOptions(opts).
		Watches(&v1alpha1.CrisisIncident{}, &handler.EnqueueRequestForObject{}).
		Watches(&v1alpha1.Complaint{}, handler.EnqueueRequestsFromMapFunc(r.incidentsOf), builder.WithPredicates(concernsOthers)).
		WatchesRawSource(r.Wheel.Source(KindCrisisIncident))
	return r.watchWork(b, &v1alpha1.CrisisIncident{}, &v1alpha1.CrisisIncidentList{}).Complete(r)
}

// watchWork watches what the runs of a kind of record wait for: acts on tasks, the fate of notices, verified playbooks,
// changed teams.
func (s *Shell) watchWork(b *ctrl.Builder, record client.Object, list client.ObjectList) *ctrl.Builder {
	owner := func() handler.EventHandler {
		return goesOn(handler.EnqueueRequestForOwner(s.Scheme(), s.RESTMapper(), record, handler.OnlyControllerOwner()))
	}
	return b.
		Watches(&v1alpha1.ResponseTask{}, owner(), builder.WithPredicates(actsChanged)).
		Watches(&v1alpha1.Notice{}, owner(), builder.WithPredicates(fateKnown)).
		Watches(&v1alpha1.Playbook{}, s.waiting(list)).
		Watches(&v1alpha1.ResponseTeam{}, s.waiting(list), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&v1alpha1.ResponseTeam{}, s.running(list), builder.WithPredicates(predicate.GenerationChangedPredicate{}))
}

// waiting enqueues the records of the namespace that wait for a policy or a team to be mended.
func (s *Shell) waiting(list client.ObjectList) handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(ctx context.Context, o client.Object) []reconcile.Request {
		found := list.DeepCopyObject().(client.ObjectList)
		if err := s.List(ctx, found, client.InNamespace(o.GetNamespace()), client.MatchingFields{IndexAttention: needsAttention}); err != nil {
			return nil
		}
		return requests(found)
	})
}

// running enqueues the records of the namespace that are worked on: whoever left a team holds nothing in them any more.
func (s *Shell) running(list client.ObjectList) handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(ctx context.Context, o client.Object) []reconcile.Request {
		found := list.DeepCopyObject().(client.ObjectList)
		if err := s.List(ctx, found, client.InNamespace(o.GetNamespace()), client.UnsafeDisableDeepCopy); err != nil {
			return nil
		}
		var out []reconcile.Request
		_ = apimeta.EachListItem(found, func(o runtime.Object) error {
			if run := runOf(o); run != nil && run.Result == "" {
				out = append(out, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(o.(client.Object))})
			}
			return nil
		})
		return out
	})
}

// runOf is the run of a complaint or an incident; nil: none has begun.
func runOf(o runtime.Object) *v1alpha1.Run {
	switch record := o.(type) {
	case *v1alpha1.Complaint:
		return record.Status.Run
	case *v1alpha1.CrisisIncident:
		return record.Status.Run
	}
	return nil
}

func requests(list client.ObjectList) []reconcile.Request {
	var out []reconcile.Request
	_ = apimeta.EachListItem(list, func(o runtime.Object) error {
		out = append(out, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(o.(client.Object))})
		return nil
	})
	return out
}

// gradedBy enqueues the open complaints that a triage policy grades, or graded before it went.
func (r *ComplaintReconciler) gradedBy(ctx context.Context, o client.Object) []reconcile.Request {
	var list v1alpha1.ComplaintList
	if err := r.List(ctx, &list, client.InNamespace(o.GetNamespace()), client.UnsafeDisableDeepCopy); err != nil {
		return nil
	}
	var out []reconcile.Request
	for i := range list.Items {
		c := &list.Items[i]
		if named := c.Spec.Policy; c.Status.ClosedAt.IsZero() && (named == "" || named == o.GetName()) {
			out = append(out, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(c)})
		}
	}
	return out
}

// ofIncident enqueues the complaints of an incident.
func (r *ComplaintReconciler) ofIncident(ctx context.Context, o client.Object) []reconcile.Request {
	var list v1alpha1.ComplaintList
	if err := r.List(ctx, &list, client.InNamespace(o.GetNamespace()), client.MatchingFields{IndexIncident: o.GetName()}); err != nil {
		return nil
	}
	return requests(&list)
}

// ofMatter enqueues the open complaints with the matter of an incident, where their policy asks whether there is one.
func (r *ComplaintReconciler) ofMatter(ctx context.Context, o client.Object) []reconcile.Request {
	ci := o.(*v1alpha1.CrisisIncident)
	if ci.Spec.CorrelationKey == "" {
		return nil
	}
	var list v1alpha1.ComplaintList
	if err := r.List(ctx, &list, client.InNamespace(ci.Namespace), client.UnsafeDisableDeepCopy); err != nil {
		return nil
	}
	var out []reconcile.Request
	for i := range list.Items {
		c := &list.Items[i]
		if !c.Status.ClosedAt.IsZero() || c.Status.Incident != nil {
			continue
		}
		policy, err := r.Policies.For(ctx, c.Namespace, c.Spec.Policy)
		if err == nil && policy.LooksAtIncidents() && policy.Matter(triage.FieldsOf(c)) == ci.Spec.CorrelationKey {
			out = append(out, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(c)})
		}
	}
	return out
}

// mergedWith enqueues the complaints that one was merged into, straight or by way of others.
func (s *Shell) mergedWith(ctx context.Context, o client.Object) []reconcile.Request {
	var out []reconcile.Request
	for _, c := range s.whereTo(ctx, o.(*v1alpha1.Complaint))[1:] {
		out = append(out, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(c)})
	}
	return out
}

// incidentsOf enqueues the incident a complaint is part of, and those of the complaints it was merged into.
func (s *Shell) incidentsOf(ctx context.Context, o client.Object) []reconcile.Request {
	var out []reconcile.Request
	for _, c := range s.whereTo(ctx, o.(*v1alpha1.Complaint)) {
		if c.Status.Incident != nil {
			out = append(out, reconcile.Request{NamespacedName: types.NamespacedName{Namespace: c.Namespace, Name: string(c.Status.Incident.Name)}})
		}
	}
	return out
}

// whereTo is a complaint and the complaints it was merged into, one after the other.
func (s *Shell) whereTo(ctx context.Context, c *v1alpha1.Complaint) []*v1alpha1.Complaint {
	out := []*v1alpha1.Complaint{c}
	for len(out) < casework.MostFollowed && c.Status.MergedInto != "" {
		next := &v1alpha1.Complaint{}
		if err := s.Get(ctx, types.NamespacedName{Namespace: c.Namespace, Name: string(c.Status.MergedInto)}, next); err != nil {
			break
		}
		out = append(out, next)
		c = next
	}
	return out
}

var (
	// complaintsSee is casework.ComplaintsSee.
	complaintsSee = predicate.Funcs{
		UpdateFunc: func(e event.UpdateEvent) bool {
			return casework.ComplaintsSee(e.ObjectOld.(*v1alpha1.CrisisIncident), e.ObjectNew.(*v1alpha1.CrisisIncident))
		},
	}
	// opened is whether an incident has just been opened, or open again, or is seen for the first time.
	opened = predicate.Funcs{
		CreateFunc: func(e event.CreateEvent) bool { return e.Object.(*v1alpha1.CrisisIncident).Status.ClosedAt.IsZero() },
		UpdateFunc: func(e event.UpdateEvent) bool {
			return !e.ObjectOld.(*v1alpha1.CrisisIncident).Status.ClosedAt.IsZero() && e.ObjectNew.(*v1alpha1.CrisisIncident).Status.ClosedAt.IsZero()
		},
		DeleteFunc: func(event.DeleteEvent) bool { return false },
	}
	// concernsOthers is whether a complaint joined an incident, was merged, or is about other people than before.
	concernsOthers = predicate.Funcs{
		UpdateFunc: func(e event.UpdateEvent) bool {
			was, is := e.ObjectOld.(*v1alpha1.Complaint), e.ObjectNew.(*v1alpha1.Complaint)
			return was.Status.MergedInto != is.Status.MergedInto || !equality.Semantic.DeepEqual(was.Status.Incident, is.Status.Incident) ||
				(is.Status.MergedInto != "" || is.Status.Incident != nil) && !equality.Semantic.DeepEqual(was.Spec.About, is.Spec.About)
		},
	}
	actsChanged = predicate.Funcs{
		CreateFunc: func(e event.CreateEvent) bool { return len(e.Object.(*v1alpha1.ResponseTask).Spec.Acts) > 0 },
		UpdateFunc: func(e event.UpdateEvent) bool {
			return len(e.ObjectOld.(*v1alpha1.ResponseTask).Spec.Acts) != len(e.ObjectNew.(*v1alpha1.ResponseTask).Spec.Acts)
		},
	}
	fateKnown = predicate.Funcs{
		CreateFunc: func(e event.CreateEvent) bool { return !e.Object.(*v1alpha1.Notice).Status.EndedAt.IsZero() },
		UpdateFunc: func(e event.UpdateEvent) bool {
			was, is := &e.ObjectOld.(*v1alpha1.Notice).Status, &e.ObjectNew.(*v1alpha1.Notice).Status
			return (was.State != is.State || was.EndedAt.IsZero()) && !is.EndedAt.IsZero()
		},
	}
)

// indexing enqueues a complaint and keeps the counts index up to date, before anything is graded by it. Complaints
// whose counts a new one changes are graded again: they were received later, but seen first.
type indexing struct {
	index    *triage.Index
	policies *Policies
	// keys are the names of complaints by UID.
	keys sync.Map
}

type requestQueue = workqueue.TypedRateLimitingInterface[reconcile.Request]

func (h *indexing) put(ctx context.Context, o client.Object, q requestQueue) {
	c := o.(*v1alpha1.Complaint)
	request := reconcile.Request{NamespacedName: client.ObjectKeyFromObject(c)}
	h.keys.Store(string(c.UID), request)
	if h.index.Upsert(string(c.UID), c.Namespace, triage.FieldsOf(c)) {
		h.gradeAgain(ctx, c, q)
	}
	urgentQueue{q, urgencyOf(c)}.Add(request)
}

// gradeAgain enqueues the complaints whose counts this one changes. A policy that cannot be read is read when the
// complaint itself is graded, which says so.
func (h *indexing) gradeAgain(ctx context.Context, c *v1alpha1.Complaint, q requestQueue) {
	policy, err := h.policies.For(ctx, c.Namespace, c.Spec.Policy)
	if err != nil {
		return
	}
	for count := range policy.Counts() {
		for _, uid := range h.index.Neighbours(c.Namespace, string(c.UID), count) {
			if request, ok := h.keys.Load(uid); ok {
				q.Add(request.(reconcile.Request))
			}
		}
	}
}

// Create implements handler.EventHandler.
func (h *indexing) Create(ctx context.Context, e event.CreateEvent, q requestQueue) {
	h.put(ctx, e.Object, q)
}

// Update implements handler.EventHandler.
func (h *indexing) Update(ctx context.Context, e event.UpdateEvent, q requestQueue) {
	h.put(ctx, e.ObjectNew, q)
}

// Delete implements handler.EventHandler.
func (h *indexing) Delete(_ context.Context, e event.DeleteEvent, q requestQueue) {
	h.index.Remove(string(e.Object.GetUID()))
	h.keys.Delete(string(e.Object.GetUID()))
}

// Generic implements handler.EventHandler.
func (h *indexing) Generic(ctx context.Context, e event.GenericEvent, q requestQueue) {
	h.put(ctx, e.Object, q)
}
