package controllers

import (
	"context"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/conditions"
	"tocsin.dev/tocsin/internal/judge"
)

// BusinessCalendarReconciler says whether calendars can be used, and until when their public holidays are known.
type BusinessCalendarReconciler struct {
	Shell
}

// Reconcile judges one calendar, and again when the last day of its public holidays comes near, when it is over, and when the end of
// its working time comes near.
func (r *BusinessCalendarReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var cal v1alpha1.BusinessCalendar
	if err := r.Get(ctx, req.NamespacedName, &cal); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	was, now, st := cal.Status.DeepCopy(), r.Clock.Now(), &cal.Status
	st.ObservedGeneration, st.Version, st.KnownUntil = cal.Generation, "", ""
	var next time.Time
	if made, err := judge.Calendar(cal.Spec, now); err != nil {
		conditions.Set(&st.Conditions, now, cal.Generation, "Ready", metav1.ConditionFalse, calendarReason(err), err.Error())
		meta.RemoveStatusCondition(&st.Conditions, conditionHolidaysKnown)
	} else {
		conditions.Set(&st.Conditions, now, cal.Generation, "Ready", metav1.ConditionTrue, "Usable", "")
		st.Version = made.Version()
		st.KnownUntil, _ = made.KnownUntil()
		holidays := judge.Holidays(made, now)
		conditions.Set(&st.Conditions, now, cal.Generation, conditionHolidaysKnown, conditions.Status(holidays.Known), holidays.Reason, holidays.Message)
		next = sooner(holidays.Next, judge.CalendarAgain(made, now))
	}
	r.wakeAt(KindBusinessCalendar, &cal, next)
	if equality.Semantic.DeepEqual(was, st) {
		return ctrl.Result{}, nil
	}
	return settleWrite(r.Status().Update(ctx, &cal))
}

// conditionHolidaysKnown is the condition that says whether the public holidays of a calendar are known for long enough.
const conditionHolidaysKnown = "HolidaysKnown"

// calendarReason tells by the field a mistake is in what is wrong with a calendar.
func calendarReason(err error) string {
	switch text := err.Error(); {
	case strings.HasPrefix(text, "spec.timeZone"):
		return "UnknownTimeZone"
	case strings.HasPrefix(text, "spec.hours"):
		return "NoWorkingTime"
	case strings.HasPrefix(text, "spec.publicHolidays"):
		return "UnusableSource"
	}
	return "Unusable"
}

// SetupWithManager registers the controller.
func (r *BusinessCalendarReconciler) SetupWithManager(mgr ctrl.Manager, opts controller.Options) error {
	return ctrl.NewControllerManagedBy(mgr).Named(KindBusinessCalendar).WithOptions(opts).
		Watches(&v1alpha1.BusinessCalendar{}, &handler.EnqueueRequestForObject{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		WatchesRawSource(r.Wheel.Source(KindBusinessCalendar)).
		Complete(r)
}
