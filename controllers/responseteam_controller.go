package controllers

import (
	"context"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/conditions"
	"tocsin.dev/tocsin/internal/judge"
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
	parents, err := r.parents(ctx, team.Namespace)
	if err != nil {
		return ctrl.Result{}, err
	}
	if reason, wrong := judge.Team(&team, parents, "namespace "+team.Namespace); len(wrong) > 0 {
		conditions.Set(&st.Conditions, now, team.Generation, "Ready", metav1.ConditionFalse, reason, conditions.Lines(wrong))
	} else {
		conditions.Set(&st.Conditions, now, team.Generation, "Ready", metav1.ConditionTrue, "Complete", "")
	}
	if single := roster.Uncovered(&team.Spec); len(single) > 0 {
		conditions.Set(&st.Conditions, now, team.Generation, "Covered", metav1.ConditionFalse, "SinglePerson",
			"only one person can take: "+conditions.List(single, ", ", conditions.MostMessage-128)+"; add a deputy or a second member with the duty")
	} else {
		conditions.Set(&st.Conditions, now, team.Generation, "Covered", metav1.ConditionTrue, "EveryDutyTwice",
			"every duty has two people; whether two roles that exclude each other hang on the same two says condition Covered of each Playbook")
	}
	if err := r.judgeOnCall(ctx, &team, now); err != nil {
		return ctrl.Result{}, err
	}
	if equality.Semantic.DeepEqual(was, st) {
		return ctrl.Result{}, nil
	}
	return settleWrite(r.Status().Update(ctx, &team))
}

// parents is the parent of each team of a namespace, "" for a team without one.
func (r *ResponseTeamReconciler) parents(ctx context.Context, namespace string) (map[string]string, error) {
	var list v1alpha1.ResponseTeamList
	if err := r.List(ctx, &list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return nil, err
	}
	parents := make(map[string]string, len(list.Items))
	for i := range list.Items {
		parents[list.Items[i].Name] = string(list.Items[i].Spec.Parent)
	}
	return parents, nil
}

// below enqueues the teams that have a team above them, however far up.
func (r *ResponseTeamReconciler) below(ctx context.Context, o client.Object) []reconcile.Request {
	parents, err := r.parents(ctx, o.GetNamespace())
	if err != nil {
		return nil
	}
	var found []reconcile.Request
	for _, name := range roster.Below(parents, o.GetName()) {
		found = append(found, reconcile.Request{NamespacedName: types.NamespacedName{Namespace: o.GetNamespace(), Name: name}})
	}
	return found
}

// SetupWithManager registers the controller. A team is judged again when a team above it comes, changes or goes.
func (r *ResponseTeamReconciler) SetupWithManager(mgr ctrl.Manager, opts controller.Options) error {
	changed := builder.WithPredicates(predicate.GenerationChangedPredicate{})
	return ctrl.NewControllerManagedBy(mgr).Named(KindResponseTeam).WithOptions(opts).
		Watches(&v1alpha1.ResponseTeam{}, &handler.EnqueueRequestForObject{}, changed).
		Watches(&v1alpha1.ResponseTeam{}, handler.EnqueueRequestsFromMapFunc(r.below), changed).
		Watches(&v1alpha1.ResponseTeam{}, handler.EnqueueRequestsFromMapFunc(r.sharing), changed).
		WatchesRawSource(r.Wheel.Source(KindResponseTeam)).
		Complete(r)
}
