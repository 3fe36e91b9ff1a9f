package controllers

import (
	"context"

	"k8s.io/apimachinery/pkg/api/equality"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
)

// CrisisIncidentReconciler carries out the playbooks of incidents and drills.
type CrisisIncidentReconciler struct {
	Shell
	// Policies holds compiled triage policies: whose levels an incident can be raised and lowered to.
	Policies *Policies
}

// Reconcile takes one incident a step further.
func (r *CrisisIncidentReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var ci v1alpha1.CrisisIncident
	if err := r.Get(ctx, req.NamespacedName, &ci); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !ci.DeletionTimestamp.IsZero() || r.Fresh.Stale(&ci) {
		return ctrl.Result{}, nil
	}
	was, read := ci.Status.DeepCopy(), ci.ResourceVersion
	world := &clusterWorld{Shell: &r.Shell, ctx: ctx, namespace: ci.Namespace, policies: r.Policies}
	f, err := casework.Incident(world, &ci, r.Clock.Now())
	if err != nil {
		return ctrl.Result{}, err
	}
	if err := r.carryOut(ctx, f); err != nil {
		return r.halted(ctx, KindCrisisIncident, f, was.Conditions, err)
	}
	r.wakeAt(KindCrisisIncident, &ci, f.Wake)
	if !equality.Semantic.DeepEqual(was, &ci.Status) {
		if err := r.Status().Update(ctx, &ci); err != nil {
			return r.settleStatus(ctx, KindCrisisIncident, f, was.Conditions, err)
		}
		r.Fresh.Overwrote(ci.UID, read)
		r.wrote(f)
	}
	r.signEnd(f)
	return ctrl.Result{}, r.closeOrphans(ctx, f)
}
