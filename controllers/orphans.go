package controllers

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/engine"
)

// IndexOpenTasks finds the tasks of a record, by its UID, that still need somebody.
const IndexOpenTasks = "spec.record.uid"

func openTaskOf(o client.Object) string {
	task := o.(*v1alpha1.ResponseTask)
	if !task.IsOpen() {
		return ""
	}
	return task.Spec.Record.UID
}

// closeOrphans closes tasks that no step of the run asked for. A decision opens tasks before it is written; where that was
// cut short, and the facts had changed by the time it was taken again, another task was opened in place of the first. It is
// called once the status is written, and looks whether that is still the newest: a newer run may know of them.
func (s *Shell) closeOrphans(ctx context.Context, f *casework.File) error {
	var open v1alpha1.ResponseTaskList
	err := s.List(ctx, &open, client.InNamespace(f.Record.GetNamespace()), client.MatchingFields{IndexOpenTasks: f.Facts.Record.UID}, client.UnsafeDisableDeepCopy)
	if err != nil {
		return fmt.Errorf("list the open tasks of %s: %w", f.Record.GetName(), err)
	}
	known := knownTasks(f)
	orphans := slices.DeleteFunc(open.Items, func(t v1alpha1.ResponseTask) bool { return known[t.Name] })
	if len(orphans) == 0 {
		return nil
	}
	newest := f.Record.DeepCopyObject().(client.Object)
	if err := s.APIReader.Get(ctx, client.ObjectKeyFromObject(f.Record), newest); err != nil {
		return client.IgnoreNotFound(err)
	}
	if newest.GetResourceVersion() != f.Record.GetResourceVersion() {
		return nil // it is on its way and looked at then
	}
	for i := range orphans {
		name := orphans[i].Name
		var task v1alpha1.ResponseTask // the cache may not show yet that it was closed
		err := s.APIReader.Get(ctx, types.NamespacedName{Namespace: f.Record.GetNamespace(), Name: name}, &task)
		if client.IgnoreNotFound(err) != nil {
			return err
		}
		if err != nil || openTaskOf(&task) == "" {
			continue
		}
		if err := s.closeTask(ctx, f, engine.CloseTask{Name: name, State: v1alpha1.TaskSuperseded, At: f.Now}); err != nil {
			return err
		}
	}
	return nil
}

// knownTasks are the tasks that the run speaks of, or that were opened or closed a moment ago.
func knownTasks(f *casework.File) map[string]bool {
	known := map[string]bool{}
	if f.Status.Run != nil {
		for i := range f.Status.Run.Steps {
			for _, name := range f.Status.Run.Steps[i].Tasks {
				known[string(name)] = true
			}
		}
	}
	for _, e := range f.Effects {
		switch e := e.(type) {
		case engine.OpenTask:
			known[e.Name] = true
		case engine.CloseTask:
			known[e.Name] = true
		}
	}
	return known
}
