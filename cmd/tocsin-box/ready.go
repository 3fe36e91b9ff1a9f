package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/operator"
)

const (
	// lookAgain is how long lies between two looks at the policies.
	lookAgain = 200 * time.Millisecond
	// patience is how long the policies are waited for; one that somebody has broken is never ready.
	patience = 30 * time.Second
)

// judgedKinds are the kinds of policy that the manager judges.
var judgedKinds = []string{"BusinessCalendar", "DrillSchedule", "NoticeChannel", "Playbook", "ResponseTeam", "TriagePolicy"}

// awaitReady waits until the manager works: its caches are filled and every policy of the namespaces is ready. It gives
// what is still not ready when its patience is at an end.
func awaitReady(ctx context.Context, op *operator.Operator, c client.Reader, namespaces ...string) (lacking []string, err error) {
	select {
	case <-op.Elected():
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if !op.GetCache().WaitForCacheSync(ctx) {
		return nil, ctx.Err()
	}
	wall := clock.RealClock{}
	for began := wall.Now(); ; {
		lacking, err = notReady(ctx, c, namespaces)
		if err != nil || len(lacking) == 0 || wall.Since(began) > patience {
			return lacking, err
		}
		select {
		case <-wall.After(lookAgain):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// notReady lists the policies of these namespaces whose condition Ready is not True for what their spec says now, with its message.
func notReady(ctx context.Context, c client.Reader, namespaces []string) ([]string, error) {
	var out []string
	for _, kind := range judgedKinds {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(schema.GroupVersionKind{Group: v1alpha1.GroupVersion.Group, Version: v1alpha1.GroupVersion.Version, Kind: kind + "List"})
		if err := c.List(ctx, list); err != nil {
			return nil, fmt.Errorf("look whether every %s is ready: %w", kind, err)
		}
		for i := range list.Items {
			o := &list.Items[i]
			if ready, message := readiness(o); !ready && slices.Contains(namespaces, o.GetNamespace()) {
				out = append(out, fmt.Sprintf("%s %s (namespace %s): %s", kind, o.GetName(), o.GetNamespace(), message))
			}
		}
	}
	slices.Sort(out)
	return out, nil
}

// readiness is what an object's condition Ready says about its newest generation.
func readiness(o *unstructured.Unstructured) (ready bool, message string) {
	conditions, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	for _, c := range conditions {
		c, ok := c.(map[string]any)
		if !ok || c["type"] != "Ready" {
			continue
		}
		if seen, _ := c["observedGeneration"].(int64); seen < o.GetGeneration() {
			break
		}
		message, _ = c["message"].(string)
		return c["status"] == "True", message
	}
	return false, "the manager has not judged it yet"
}
