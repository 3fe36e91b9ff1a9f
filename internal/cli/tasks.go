package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// findTask reads a task by its name, or by the beginning of its name when only one task, or only one open task, has it,
// or only one of those that the caller may act on, or of a step only one that asks the caller.
func (c *cluster) findTask(ctx context.Context, name string) (*v1alpha1.ResponseTask, error) {
	name = withoutKind(name, "responsetask", "responsetasks", "rt")
	var task v1alpha1.ResponseTask
	err := c.Get(ctx, c.key(name), &task)
	if err == nil || !apierrors.IsNotFound(err) || notInstalled(err) {
		return &task, err
	}
	var list v1alpha1.ResponseTaskList
	if err := c.List(ctx, &list, client.InNamespace(c.namespace)); err != nil {
		return nil, err
	}
	all := slices.DeleteFunc(list.Items, func(t v1alpha1.ResponseTask) bool { return !strings.HasPrefix(t.Name, name) })
	candidates := all
	if len(all) > 1 {
		candidates = slices.DeleteFunc(slices.Clone(all), func(t v1alpha1.ResponseTask) bool { return !t.IsOpen() })
	}
	if len(candidates) > 1 {
		me, err := c.me(ctx)
		if err != nil {
			return nil, err
		}
		own := slices.DeleteFunc(slices.Clone(candidates), func(t v1alpha1.ResponseTask) bool { return !slices.Contains(t.Spec.Assignment.MayAct, me) })
		if len(own) > 0 {
			candidates = whereAsked(own, me)
		}
	}
	switch len(candidates) {
	case 1:
		return &candidates[0], nil
	case 0:
		if len(all) > 0 {
			return nil, fmt.Errorf("%d tasks begin with %q and none of them is open: give the whole name", len(all), name)
		}
		if err := c.exists(ctx); err != nil {
			return nil, err
		}
		if found, err := c.recordsNamed(ctx, name, ""); err == nil && len(found) > 0 {
			return nil, fmt.Errorf("%q is no task but %s, which has no task that begins so; `kubectl tocsin timeline %s` tells its story, `kubectl get responsetasks` lists tasks", name, found[0], found[0])
		}
		return nil, fmt.Errorf("no task %q in namespace %q; `kubectl tocsin mine` lists yours", name, c.namespace)
	}
	return nil, fmt.Errorf("%d open tasks begin with %q: %s; give more of the name", len(candidates), name, someNames(candidates))
}

// whereAsked leaves of the tasks of one step those that ask somebody before whoever stands in: each person who is called
// together may also act on the calls of whoever they deputise for. Tasks of several steps stay as they are.
func whereAsked(tasks []v1alpha1.ResponseTask, who v1alpha1.User) []v1alpha1.ResponseTask {
	asked := tasks[:0:0]
	for _, t := range tasks {
		if t.Spec.Record != tasks[0].Spec.Record || t.Spec.Step != tasks[0].Spec.Step {
			return tasks
		}
		if t.Spec.Assignment.Assignee == who {
			asked = append(asked, t)
		}
	}
	if len(asked) == 0 {
		return tasks
	}
	return asked
}

func someNames(tasks []v1alpha1.ResponseTask) string {
	const most = 5
	var names []string
	for _, t := range tasks {
		names = append(names, t.Name)
	}
	slices.Sort(names)
	if len(names) > most {
		names = append(names[:most], "…")
	}
	return strings.Join(names, ", ")
}

// withoutKind drops "kind/" before a name when it is one of the given kinds.
func withoutKind(name string, kinds ...string) string {
	if kind, rest, found := strings.Cut(name, "/"); found && slices.Contains(kinds, withoutGroup(kind)) {
		return rest
	}
	return name
}

// withoutGroup turns ResponseTasks.crisis.tocsin.dev into responsetasks.
func withoutGroup(kind string) string {
	return strings.TrimSuffix(strings.ToLower(kind), "."+v1alpha1.Group)
}
