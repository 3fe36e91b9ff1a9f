package controllers

import (
	"context"

	"k8s.io/apimachinery/pkg/api/equality"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/triage"
)

// ComplaintReconciler grades complaints and carries out their playbooks.
type ComplaintReconciler struct {
	Shell
	// Numbers gives case numbers.
	Numbers *triage.Allocator
	// Index counts complaints around one.
	Index *triage.Index
	// Policies holds compiled triage policies.
	Policies *Policies
}

// Reconcile takes one complaint a step further.
func (r *ComplaintReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var c v1alpha1.Complaint
	if err := r.Get(ctx, req.NamespacedName, &c); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !c.DeletionTimestamp.IsZero() || r.Fresh.Stale(&c) {
		return ctrl.Result{}, nil
	}
	was, read := c.Status.DeepCopy(), c.ResourceVersion
	r.Index.Upsert(string(c.UID), c.Namespace, triage.FieldsOf(&c)) // it counts as it is here, whatever its watch has seen
	world := &clusterWorld{Shell: &r.Shell, ctx: ctx, namespace: c.Namespace, policies: r.Policies, index: r.Index, numbers: r.Numbers}
	f, err := casework.Complaint(world, &c, r.Clock.Now())
	if err != nil {
		return ctrl.Result{}, err
	}
	if err := r.carryOut(ctx, f); err != nil {
		return r.halted(ctx, KindComplaint, f, was.Conditions, err)
	}
	r.wakeAt(KindComplaint, &c, f.Wake)
	if !equality.Semantic.DeepEqual(was, &c.Status) {
		if err := r.Status().Update(ctx, &c); err != nil {
			return r.settleStatus(ctx, KindComplaint, f, was.Conditions, err)
		}
		r.Fresh.Overwrote(c.UID, read)
		r.wrote(f)
		r.Numbers.Settled(string(c.UID))
	}
	r.signEnd(f)
	return ctrl.Result{}, r.closeOrphans(ctx, f)
}
