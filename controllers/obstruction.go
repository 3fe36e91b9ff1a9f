package controllers

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/conditions"
)

// The condition of a record that an object of somebody else is in the way of, and its reasons. It is there only while
// something is. casework.ReasonCaseNumbers is another one.
const (
	conditionObstructed = "Obstructed"
	// reasonNameTaken: an object that does not belong to the record has a name the record needs.
	reasonNameTaken = "NameTaken"
	// reasonStatusRefused: the API server does not take what would have to be written.
	reasonStatusRefused = "StatusRefused"
)

// How long a record waits before it looks whether somebody has cleared its way: as long as it has waited, within bounds.
const (
	clearSoon = 30 * time.Second
	clearLate = 5 * time.Minute
)

// obstruct notes an obstruction that lets the rest of the record go on. It is another error's business when err is none.
func obstruct(f *casework.File, err error) bool { return errors.As(err, &f.Obstruction) }

// sayObstructed brings the condition up to date and has the record look again.
func sayObstructed(f *casework.File) {
	if f.Obstruction == nil {
		meta.RemoveStatusCondition(&f.Status.Conditions, conditionObstructed)
		return
	}
	conditions.Set(&f.Status.Conditions, f.Now, f.Record.GetGeneration(), conditionObstructed, metav1.ConditionTrue, f.Obstruction.Reason, f.Obstruction.Message)
	f.WakeBy(lookWhetherClear(f.Status.Conditions, f.Now))
}

// halted ends a reconcile that could not be carried out. Where an object of somebody else is in the way the record, as it
// was read, says which and looks again by itself; any other error is tried again by the queue.
func (s *Shell) halted(ctx context.Context, kind string, f *casework.File, was []metav1.Condition, err error) (ctrl.Result, error) {
	var o *casework.Obstruction
	if !errors.As(err, &o) {
		return ctrl.Result{}, err
	}
	next := append([]metav1.Condition(nil), was...)
	conditions.Set(&next, f.Now, f.Record.GetGeneration(), conditionObstructed, metav1.ConditionTrue, o.Reason, o.Message)
	s.wakeAt(kind, f.Record, lookWhetherClear(next, f.Now))
	if equality.Semantic.DeepEqual(was, next) {
		return ctrl.Result{}, nil
	}
	log.FromContext(ctx).Error(o, "The record waits until somebody clears its way")
	s.Announce.obstructed(f, o.Reason)
	patch, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"resourceVersion": f.Record.GetResourceVersion()},
		"status":   map[string]any{"conditions": next},
	})
	if err != nil {
		return ctrl.Result{}, err
	}
	target := f.Record.DeepCopyObject().(client.Object)
	return settleWrite(s.Status().Patch(ctx, target, client.RawPatch(types.MergePatchType, patch)))
}

// settleStatus turns the outcome of a record's status write into that of the reconcile. What the API server will never
// take is no matter for the log alone: the record says so.
func (s *Shell) settleStatus(ctx context.Context, kind string, f *casework.File, was []metav1.Condition, err error) (ctrl.Result, error) {
	if !apierrors.IsInvalid(err) && !apierrors.IsRequestEntityTooLargeError(err) {
		return settleWrite(err)
	}
	return s.halted(ctx, kind, f, was, &casework.Obstruction{Reason: reasonStatusRefused, Message: "what is to be written about this record is refused, so it does not go on; " +
		"correct its playbook or its facts, or report this as a fault of Tocsin: " + err.Error()})
}

func lookWhetherClear(said []metav1.Condition, now time.Time) time.Time {
	since := meta.FindStatusCondition(said, conditionObstructed).LastTransitionTime.Time
	return now.Add(min(max(now.Sub(since), clearSoon), clearLate))
}
