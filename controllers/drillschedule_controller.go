package controllers

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
	"tocsin.dev/tocsin/internal/engine"
)

// DrillScheduleReconciler calls drills when they are due, as casework.CallDrills says.
type DrillScheduleReconciler struct {
	Shell
}

// Reconcile calls the drills of one schedule that are due and says when the next one is.
func (r *DrillScheduleReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var ds v1alpha1.DrillSchedule
	if err := r.Get(ctx, req.NamespacedName, &ds); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	was := ds.Status.DeepCopy()
	world := &clusterWorld{Shell: &r.Shell, ctx: ctx, namespace: ds.Namespace}
	turn, err := casework.CallDrills(world, &ds, r.Clock.Now())
	if err != nil {
		return ctrl.Result{}, err
	}
	if turn.Call != nil {
		if err := r.call(ctx, &ds, turn.Call); err != nil {
			return ctrl.Result{}, err
		}
	}
	r.wakeAt(KindDrillSchedule, &ds, turn.Wake)
	if equality.Semantic.DeepEqual(was, &ds.Status) {
		return ctrl.Result{}, nil
	}
	return settleWrite(r.Status().Update(ctx, &ds))
}

// call opens the drill.
func (r *DrillScheduleReconciler) call(ctx context.Context, ds *v1alpha1.DrillSchedule, call *engine.Raise) error {
	drill := &v1alpha1.CrisisIncident{
		ObjectMeta: metav1.ObjectMeta{Namespace: ds.Namespace, Name: call.Name, Labels: map[string]string{ManagedByLabel: ManagedBy}},
		Spec:       call.Spec,
	}
	err := r.Create(ctx, drill)
	if !apierrors.IsAlreadyExists(err) {
		return err
	}
	var found v1alpha1.CrisisIncident
	if err := r.APIReader.Get(ctx, client.ObjectKeyFromObject(drill), &found); err != nil {
		return err
	}
	if found.Spec.Drill == nil || found.Spec.Drill.Schedule != ds.Name {
		return fmt.Errorf("the name %s is taken by another CrisisIncident; delete or rename it", call.Name)
	}
	return nil
}

// SetupWithManager registers the controller. A schedule is judged again when its playbook or its team comes, goes or, as
// for a playbook, gets its first revision.
func (r *DrillScheduleReconciler) SetupWithManager(mgr ctrl.Manager, opts controller.Options) error {
	playbook := func(ds *v1alpha1.DrillSchedule) v1alpha1.ObjectName { return ds.Spec.Playbook }
	team := func(ds *v1alpha1.DrillSchedule) v1alpha1.ObjectName { return ds.Spec.Team }
	return ctrl.NewControllerManagedBy(mgr).Named(KindDrillSchedule).WithOptions(opts).
		Watches(&v1alpha1.DrillSchedule{}, &handler.EnqueueRequestForObject{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&v1alpha1.Playbook{}, r.schedulesOf(playbook), builder.WithPredicates(usableChanged)).
		Watches(&v1alpha1.ResponseTeam{}, r.schedulesOf(team), builder.WithPredicates(comesOrGoes)).
		WatchesRawSource(r.Wheel.Source(KindDrillSchedule)).
		Complete(r)
}

// schedulesOf enqueues the schedules of the namespace that refer to an object by its name.
func (r *DrillScheduleReconciler) schedulesOf(ref func(*v1alpha1.DrillSchedule) v1alpha1.ObjectName) handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(ctx context.Context, o client.Object) []reconcile.Request {
		var list v1alpha1.DrillScheduleList
		if err := r.List(ctx, &list, client.InNamespace(o.GetNamespace()), client.UnsafeDisableDeepCopy); err != nil {
			return nil
		}
		list.Items = slices.DeleteFunc(slices.Clone(list.Items), func(ds v1alpha1.DrillSchedule) bool { return string(ref(&ds)) != o.GetName() })
		return requests(&list)
	})
}

var (
	// usableChanged lets through what may change whether a run of a playbook can begin.
	usableChanged = predicate.Funcs{
		UpdateFunc: func(e event.UpdateEvent) bool {
			old, pb := e.ObjectOld.(*v1alpha1.Playbook), e.ObjectNew.(*v1alpha1.Playbook)
			return (old.Status.Revision == nil) != (pb.Status.Revision == nil) || old.Spec.For != pb.Spec.For
		},
	}
	comesOrGoes = predicate.Funcs{UpdateFunc: func(event.UpdateEvent) bool { return false }}
)
