package controllers

import (
	"context"
	"fmt"
	"time"

	cron "github.com/netresearch/go-cron"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/names"
)

// DrillScheduleReconciler calls drills when they are due. A drill missed while the manager was away is called once,
// late; several missed ones are called once together.
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
	st.ObservedGeneration = ds.Generation
	due, next, err := drillTimes(&ds, now)
	if err != nil {
		setCondition(&st.Conditions, now, ds.Generation, "Ready", metav1.ConditionFalse, "Unreadable", err.Error())
	} else {
		setCondition(&st.Conditions, now, ds.Generation, "Ready", metav1.ConditionTrue, "Scheduled", "")
	}
	if ds.Spec.Suspend == v1alpha1.SuspendYes {
		due, next = time.Time{}, time.Time{}
	}
	if !due.IsZero() {
		if err := r.call(ctx, &ds, due); err != nil {
			return ctrl.Result{}, err
		}
	}
	st.NextAt = metav1.Time{}
	if !next.IsZero() {
		st.NextAt = metav1.NewTime(next.UTC())
	}
	r.wakeAt(KindDrillSchedule, &ds, next)
	if equality.Semantic.DeepEqual(was, st) {
		return ctrl.Result{}, nil
	}
	return settleWrite(r.Status().Update(ctx, &ds))
}

// drillTimes is the newest time a drill was due and has not been called, and the next time one is.
func drillTimes(ds *v1alpha1.DrillSchedule, now time.Time) (due, next time.Time, err error) {
	last := ds.Status.LastAt.Time
	if !ds.Spec.At.IsZero() {
		at := ds.Spec.At.Time
		switch {
		case !last.IsZero():
			return due, next, nil
		case at.After(now):
			return due, at, nil
		}
		return at, next, nil
	}
	zone, err := time.LoadLocation(ds.Spec.TimeZone)
	if err != nil {
		return due, next, fmt.Errorf("spec.timeZone: %q is no IANA time zone; write one such as Asia/Shanghai", ds.Spec.TimeZone)
	}
	schedule, err := cron.ParseStandard(ds.Spec.Cron)
	if err != nil {
		return due, next, fmt.Errorf("spec.cron: %q cannot be read: %w; write five fields such as \"0 10 1 */3 *\"", ds.Spec.Cron, err)
	}
	from := last
	if from.IsZero() {
		from = ds.CreationTimestamp.Time
		if from.After(now) || now.Sub(from) > 366*24*time.Hour {
			from = now
		}
	}
	const mostMissed = 10_000
	next = schedule.Next(from.In(zone))
	for range mostMissed {
		if next.IsZero() || next.After(now) {
			break
		}
		due, next = next, schedule.Next(next)
	}
	return due, next, nil
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

// SetupWithManager registers the controller.
func (r *DrillScheduleReconciler) SetupWithManager(mgr ctrl.Manager, opts controller.Options) error {
	return ctrl.NewControllerManagedBy(mgr).Named(KindDrillSchedule).WithOptions(opts).
		Watches(&v1alpha1.DrillSchedule{}, &handler.EnqueueRequestForObject{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		WatchesRawSource(r.Wheel.Source(KindDrillSchedule)).
		Complete(r)
}
