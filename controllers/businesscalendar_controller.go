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
	"tocsin.dev/tocsin/internal/calendar"
)

// BusinessCalendarReconciler says whether calendars can be used.
type BusinessCalendarReconciler struct {
	Shell
}

// Reconcile judges one calendar.
func (r *BusinessCalendarReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var cal v1alpha1.BusinessCalendar
	if err := r.Get(ctx, req.NamespacedName, &cal); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	was, now, st := cal.Status.DeepCopy(), r.Clock.Now(), &cal.Status
	st.ObservedGeneration = cal.Generation
	if _, err := calendar.New(cal.Spec); err != nil {
		setCondition(&st.Conditions, now, cal.Generation, "Ready", metav1.ConditionFalse, calendarReason(err), err.Error())
	} else {
		setCondition(&st.Conditions, now, cal.Generation, "Ready", metav1.ConditionTrue, "Usable", "")
	}
	if equality.Semantic.DeepEqual(was, st) {
		return ctrl.Result{}, nil
	}
	return settleWrite(r.Status().Update(ctx, &cal))
}

// calendarReason tells by the field a mistake is in what is wrong with a calendar.
func calendarReason(err error) string {
	switch text := err.Error(); {
	case strings.HasPrefix(text, "spec.timeZone"):
		return "UnknownTimeZone"
	case strings.HasPrefix(text, "spec.hours"):
		return "NoWorkingTime"
	}
	return "Unusable"
}

// SetupWithManager registers the controller.
func (r *BusinessCalendarReconciler) SetupWithManager(mgr ctrl.Manager, opts controller.Options) error {
	return ctrl.NewControllerManagedBy(mgr).Named(KindBusinessCalendar).WithOptions(opts).
		Watches(&v1alpha1.BusinessCalendar{}, &handler.EnqueueRequestForObject{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Complete(r)
}
