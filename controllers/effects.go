package controllers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/engine"
)

// carryOut applies what a turn decided and puts it into the timeline. The status is written after it.
func (s *Shell) carryOut(ctx context.Context, f *casework.File) error {
	if f.Decided {
		s.Metrics.Decided(string(f.Facts.Record.Kind), s.Clock.Since(f.Now))
	}
	if err := s.apply(ctx, f); err != nil {
		return err
	}
	return s.record(ctx, f)
}

// apply carries out the effects of a decision, in order, before the run is written. Each can be carried out any number
// of times.
func (s *Shell) apply(ctx context.Context, f *casework.File) error {
	var obstructed error
	for _, e := range f.Effects {
		err := s.applyOne(ctx, f, e)
		if o := new(casework.Obstruction); errors.As(err, &o) {
			obstructed = errors.Join(obstructed, err) // what is in the way of one effect keeps nobody from being told
		} else if err != nil {
			return err
		}
	}
	return obstructed
}

func (s *Shell) applyOne(ctx context.Context, f *casework.File, e engine.Effect) error {
	switch e := e.(type) {
	case engine.OpenTask:
		return s.createOnce(ctx, &v1alpha1.ResponseTask{ObjectMeta: childMeta(f, e.Name), Spec: e.Spec})
	case engine.Reassign:
		return s.reassign(ctx, f, e)
	case engine.CloseTask:
		return s.closeTask(ctx, f, e)
	case engine.LeaveOut:
		return s.leaveOut(ctx, f, e)
	case engine.SendNotice:
		return s.createOnce(ctx, &v1alpha1.Notice{ObjectMeta: childMeta(f, e.Name), Spec: e.Spec})
	case engine.Raise:
		return s.raise(ctx, f, e)
	case engine.PlanDrill:
		return s.createOnce(ctx, &v1alpha1.DrillSchedule{ObjectMeta: childMeta(f, e.Name), Spec: e.Spec})
	case engine.OpenPostMortem:
		return s.createOnce(ctx, &v1alpha1.PostMortem{ObjectMeta: childMeta(f, e.Name), Spec: e.Spec})
	case engine.Join:
		return nil // the complaint's own status says so
	}
	return fmt.Errorf("unknown effect %T", e)
}

// childMeta is the metadata of an object that belongs to the record.
func childMeta(f *casework.File, name string) metav1.ObjectMeta {
	return childOf(f.Facts.Record, f.Record.GetNamespace(), name)
}

func childOf(record v1alpha1.RecordReference, namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Namespace:       namespace,
		Name:            name,
		Labels:          map[string]string{RecordLabel: record.UID, ManagedByLabel: ManagedBy},
		OwnerReferences: []metav1.OwnerReference{ownedBy(record)},
	}
}

// reassign replaces the assignment of a task. It leaves the acts alone, which people may be writing at this moment.
func (s *Shell) reassign(ctx context.Context, f *casework.File, e engine.Reassign) error {
	a, err := json.Marshal([]map[string]any{{"op": "add", "path": "/spec/assignment", "value": e.Assignment}})
	if err != nil {
		return err
	}
	task := &v1alpha1.ResponseTask{ObjectMeta: metav1.ObjectMeta{Namespace: f.Record.GetNamespace(), Name: e.Name}}
	return client.IgnoreNotFound(s.Patch(ctx, task, client.RawPatch(types.JSONPatchType, a)))
}

// closeTask says in a task that it needs nobody any more.
func (s *Shell) closeTask(ctx context.Context, f *casework.File, e engine.CloseTask) error {
	closed := map[string]any{"state": e.State, "outcome": e.Outcome, "closedAt": metav1.NewTime(e.At.UTC())}
	if e.Outcome == "" {
		closed["outcome"] = nil
	}
	patch, err := json.Marshal(map[string]any{"spec": closed})
	if err != nil {
		return err
	}
	task := &v1alpha1.ResponseTask{ObjectMeta: metav1.ObjectMeta{Namespace: f.Record.GetNamespace(), Name: e.Name}}
	return client.IgnoreNotFound(s.Patch(ctx, task, client.RawPatch(types.MergePatchType, patch)))
}

// raise opens an incident. It belongs to nobody: it must outlive the complaint. One with the same name and correlation
// key is the same incident, raised by another complaint at the same moment.
func (s *Shell) raise(ctx context.Context, f *casework.File, e engine.Raise) error {
	obj := &v1alpha1.CrisisIncident{
		ObjectMeta: metav1.ObjectMeta{Namespace: f.Record.GetNamespace(), Name: e.Name, Labels: map[string]string{ManagedByLabel: ManagedBy}},
		Spec:       e.Spec,
	}
	err := s.Create(ctx, obj)
	if !apierrors.IsAlreadyExists(err) {
		return err
	}
	var found v1alpha1.CrisisIncident
	if err := s.APIReader.Get(ctx, client.ObjectKeyFromObject(obj), &found); err != nil {
		return err
	}
	same := found.Spec.CorrelationKey == e.Spec.CorrelationKey
	if e.Spec.CorrelationKey == "" {
		same = casework.RaisedBy(&found, f.Facts.Record.UID)
	}
	if !same || found.Spec.Drill != nil {
		return &casework.Obstruction{Reason: reasonNameTaken, Message: fmt.Sprintf("the incident of this matter is to be called %s, and another CrisisIncident that has nothing to do with it has that name; release and delete it, then the record goes on by itself", e.Name)}
	}
	if !found.Status.ClosedAt.IsZero() && !casework.RaisedBy(&found, f.Facts.Record.UID) {
		return fmt.Errorf("incident %s was closed a moment ago, which the cache does not show yet; looked at again", e.Name)
	}
	return nil
}
