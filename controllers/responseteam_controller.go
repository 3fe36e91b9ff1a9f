package controllers

import (
	"context"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/roster"
)

// ResponseTeamReconciler says whether teams can do their work: that references resolve and nobody's day off leaves a
// duty without anybody.
type ResponseTeamReconciler struct {
	Shell
}

// Reconcile judges one team.
func (r *ResponseTeamReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var team v1alpha1.ResponseTeam
	if err := r.Get(ctx, req.NamespacedName, &team); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	was, now, st := team.Status.DeepCopy(), r.Clock.Now(), &team.Status
	st.ObservedGeneration = team.Generation
	st.Members = int32(len(team.Spec.Members))
	if wrong := roster.Dangling(&team.Spec); len(wrong) > 0 {
		setCondition(&st.Conditions, now, team.Generation, "Ready", metav1.ConditionFalse, "UnknownMember", strings.Join(wrong, "\n"))
	} else {
		setCondition(&st.Conditions, now, team.Generation, "Ready", metav1.ConditionTrue, "Complete", "")
	}
	if single := roster.Uncovered(&team.Spec); len(single) > 0 {
		setCondition(&st.Conditions, now, team.Generation, "Covered", metav1.ConditionFalse, "SinglePerson",
			"only one person can take: "+strings.Join(single, ", ")+"; add a deputy or a second member with the duty")
	} else {
		setCondition(&st.Conditions, now, team.Generation, "Covered", metav1.ConditionTrue, "EveryDutyTwice", "")
	}
	if equality.Semantic.DeepEqual(was, st) {
		return ctrl.Result{}, nil
	}
	return settleWrite(r.Status().Update(ctx, &team))
}

// SetupWithManager registers the controller.
func (r *ResponseTeamReconciler) SetupWithManager(mgr ctrl.Manager, opts controller.Options) error {
	return ctrl.NewControllerManagedBy(mgr).Named(KindResponseTeam).WithOptions(opts).
		Watches(&v1alpha1.ResponseTeam{}, &handler.EnqueueRequestForObject{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Complete(r)
}
