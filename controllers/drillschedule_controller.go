package controllers

import (
	"context"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/conditions"
	"tocsin.dev/tocsin/internal/judge"
	"tocsin.dev/tocsin/internal/names"
)

// DrillScheduleReconciler calls drills when they are due. A drill missed while the manager was away, or while its playbook
// or team was, is called once, late; several missed ones are called once together. What lay before a change of the
// schedule is never called.
type DrillScheduleReconciler struct {
	Shell
}

// Reconcile calls the drills of one schedule that are due and says when the next one is.
func (r *DrillScheduleReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var ds v1alpha1.DrillSchedule
	if err := r.Get(ctx, req.NamespacedName, &ds); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	was, now, st := ds.Status.DeepCopy(), r.Clock.Now(), &ds.Status
	due, next, wrong := judge.DrillTimes(&ds, now)
	if ds.Spec.Suspend == v1alpha1.SuspendYes {
		due, next = time.Time{}, time.Time{}
	}
	held := false
	if wrong == nil {
		lack, err := r.lack(ctx, &ds)
		if err != nil {
			return ctrl.Result{}, err
		}
		if wrong = lack; lack != nil && !due.IsZero() {
			held = true
			wrong.Message += fmt.Sprintf("\nthe drill of %s is called as soon as that is mended", due.UTC().Format(time.RFC3339))
		}
	}
	st.ObservedGeneration = ds.Generation
	if wrong != nil {
		conditions.Set(&st.Conditions, now, ds.Generation, "Ready", metav1.ConditionFalse, wrong.Reason, wrong.Message)
	} else {
		conditions.Set(&st.Conditions, now, ds.Generation, "Ready", metav1.ConditionTrue, judge.DrillScheduled, "")
	}
	announced := next
	switch {
	case held:
		announced = due
	case !due.IsZero():
		if err := r.call(ctx, &ds, due); err != nil {
			return ctrl.Result{}, err
		}
	}
	st.NextAt = metav1.Time{}
	if !announced.IsZero() {
		st.NextAt = metav1.NewTime(announced.UTC())
	}
	r.wakeAt(KindDrillSchedule, &ds, next)
	if equality.Semantic.DeepEqual(was, st) {
		return ctrl.Result{}, nil
	}
	return settleWrite(r.Status().Update(ctx, &ds))
}

// lack says why a drill could not begin: its playbook or its team is not there. Nil when both are.
func (r *DrillScheduleReconciler) lack(ctx context.Context, ds *v1alpha1.DrillSchedule) (*judge.Defect, error) {
	problem, err := r.unready(ctx, ds.Namespace, string(ds.Spec.Playbook), v1alpha1.RecordCrisisIncident)
	if err != nil {
		return nil, err
	}
	if problem != "" {
		return &judge.Defect{Reason: judge.DrillPlaybook, Message: "spec.playbook: " + problem}, nil
	}
	err = r.Get(ctx, types.NamespacedName{Namespace: ds.Namespace, Name: string(ds.Spec.Team)}, &v1alpha1.ResponseTeam{})
	if apierrors.IsNotFound(err) {
		return &judge.Defect{Reason: judge.DrillUnknownTeam, Message: fmt.Sprintf("spec.team: there is no ResponseTeam %q in namespace %s; apply it or name another one", ds.Spec.Team, ds.Namespace)}, nil
	}
	return nil, err
}

// call opens the drill. Its name follows from when it was due.
func (r *DrillScheduleReconciler) call(ctx context.Context, ds *v1alpha1.DrillSchedule, due time.Time) error {
	level := ds.Spec.Level
	if level == "" {
		level = "drill"
	}
	name := names.Child(ds.Name, "drill", string(ds.UID), due.UTC().Format(time.RFC3339))
	drill := &v1alpha1.CrisisIncident{
		ObjectMeta: metav1.ObjectMeta{Namespace: ds.Namespace, Name: name, Labels: map[string]string{ManagedByLabel: ManagedBy}},
		Spec: v1alpha1.CrisisIncidentSpec{
			Title: "Drill of " + string(ds.Spec.Playbook), Level: level, Playbook: ds.Spec.Playbook, Team: ds.Spec.Team,
			Drill: &v1alpha1.Drill{Schedule: ds.Name},
		},
	}
	err := r.Create(ctx, drill)
	if apierrors.IsAlreadyExists(err) {
		var found v1alpha1.CrisisIncident
		if err := r.APIReader.Get(ctx, client.ObjectKeyFromObject(drill), &found); err != nil {
			return err
		}
		if found.Spec.Drill == nil || found.Spec.Drill.Schedule != ds.Name {
			return fmt.Errorf("the name %s is taken by another CrisisIncident; delete or rename it", name)
		}
	} else if err != nil {
		return err
	}
	if string(ds.Status.LastIncident) != name {
		ds.Status.Drills++
	}
	ds.Status.LastIncident = v1alpha1.ObjectName(name)
	ds.Status.LastAt = metav1.NewTime(due.UTC())
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
