package controllers

import (
	"context"
	"fmt"
	"strings"
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
	due, next, wrong := drillTimes(&ds, now)
	st.ObservedGeneration = ds.Generation
	if wrong != nil {
		setCondition(&st.Conditions, now, ds.Generation, "Ready", metav1.ConditionFalse, wrong.reason, wrong.message)
	} else {
		setCondition(&st.Conditions, now, ds.Generation, "Ready", metav1.ConditionTrue, drillScheduled, "")
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

// Reasons of condition Ready.
const (
	drillScheduled       = "Scheduled"
	drillBadCron         = "BadCron"
	drillUnknownTimeZone = "UnknownTimeZone"
)

// unreadable is what is wrong with a schedule.
type unreadable struct{ reason, message string }

// fiveFields reads cron with neither seconds nor words such as @every.
var fiveFields = cron.MustNewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

// drillTimes is the newest time a drill was due and has not been called, and the next time one is.
func drillTimes(ds *v1alpha1.DrillSchedule, now time.Time) (due, next time.Time, wrong *unreadable) {
	if at := ds.Spec.At.Time; !at.IsZero() {
		switch {
		case !ds.Status.LastAt.Time.Before(at):
			return due, next, nil
		case at.After(now):
			return due, at, nil
		}
		return at, next, nil
	}
	zone, err := time.LoadLocation(ds.Spec.TimeZone)
	if err != nil || ds.Spec.TimeZone == "Local" {
		return due, next, &unreadable{drillUnknownTimeZone, fmt.Sprintf("spec.timeZone: %q is no IANA time zone; write one such as Asia/Shanghai", ds.Spec.TimeZone)}
	}
	if strings.Contains(ds.Spec.Cron, "=") {
		return due, next, &unreadable{drillBadCron, "spec.cron: the time zone belongs into spec.timeZone; write five fields such as \"0 10 1 */3 *\""}
	}
	schedule, err := fiveFields.Parse(ds.Spec.Cron)
	if err != nil {
		return due, next, &unreadable{drillBadCron, fmt.Sprintf("spec.cron: %q cannot be read: %v; write five fields such as \"0 10 1 */3 *\"", ds.Spec.Cron, err)}
	}
	due, next = missed(schedule, countFrom(ds, now).In(zone), now)
	return due, next, nil
}

// countFrom is the moment after which drills were not called yet: just before the one that was announced, else the last
// one, else the creation of the schedule.
func countFrom(ds *v1alpha1.DrillSchedule, now time.Time) time.Time {
	st := &ds.Status
	switch {
	case !st.NextAt.IsZero() && st.ObservedGeneration == ds.Generation:
		return st.NextAt.Add(-time.Second)
	case !st.LastAt.IsZero():
		return st.LastAt.Time
	case ds.CreationTimestamp.After(now):
		return now
	}
	return ds.CreationTimestamp.Time
}

// mostMissed bounds the search for missed drills; of more than that the newest is not found, but one is called.
const mostMissed = 10_000

// missed is the newest time of the schedule after from that has passed, and the next one that has not. A time of day that
// comes twice when the clocks go back counts once.
func missed(schedule cron.Schedule, from, now time.Time) (due, next time.Time) {
	next = schedule.Next(from)
	for range mostMissed {
		if next.IsZero() || next.After(now) {
			break
		}
		due = next
		next = schedule.Next(due)
		if !next.IsZero() && next.Format(wallClock) == due.Format(wallClock) {
			next = schedule.Next(next)
		}
	}
	return due, next
}

const wallClock = "200601021504"

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
