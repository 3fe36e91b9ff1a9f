package controllers

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// ProofReconciler works out the proofs that take long, so that the other work on playbooks does not wait for them. It writes
// nothing: the controller of playbooks is woken and tells.
type ProofReconciler struct {
	Shell
}

// Reconcile proves one playbook as it is now.
func (r *ProofReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var pb v1alpha1.Playbook
	if err := r.Get(ctx, req.NamespacedName, &pb); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	closure, err := r.closureOf(ctx, &pb)
	if err != nil {
		return ctrl.Result{}, err
	}
	plan, problems := playbook.Compile(closure)
	if len(problems) > 0 {
		return ctrl.Result{}, nil
	}
	proof, err := proofOf(closure)
	if err != nil {
		return ctrl.Result{}, err
	}
	wanted := func() bool { // not one that was deleted, or written anew, since
		var latest v1alpha1.Playbook
		err := r.Get(ctx, req.NamespacedName, &latest)
		return err != nil && !apierrors.IsNotFound(err) || err == nil && latest.UID == pb.UID && latest.Generation == pb.Generation
	}
	v, whole := r.Proofs.Within(ctx, proofTime, wanted, proof.Digest, plan)
	switch {
	case ctx.Err() != nil:
		return ctrl.Result{}, ctx.Err()
	case !whole && !wanted():
		return ctrl.Result{}, nil // who wrote it anew has asked anew
	case !whole && v.States == 0:
		r.wakeAt(KindProof, &pb, r.Clock.Now())
		return ctrl.Result{}, nil
	case !whole:
		r.Proofs.settle(proof.Digest, v)
	}
	r.wakeAt(KindPlaybook, &pb, r.Clock.Now())
	return ctrl.Result{}, nil
}

// SetupWithManager registers the controller. It proves what it is asked to.
func (r *ProofReconciler) SetupWithManager(mgr ctrl.Manager, opts controller.Options) error {
	return ctrl.NewControllerManagedBy(mgr).Named(KindProof).WithOptions(opts).WatchesRawSource(r.Wheel.Source(KindProof)).Complete(r)
}
