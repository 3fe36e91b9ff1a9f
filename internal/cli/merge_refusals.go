package cli

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// mostFollowed is how many complaints are looked at to see where one was merged to in the end.
const mostFollowed = 64

// mergeLeftOut says that a complaint cannot be merged into the one that is named: it would leave the matter to nobody.
func (c *cluster) mergeLeftOut(ctx context.Context, r *record, into string) error {
	if r.kind != v1alpha1.RecordComplaint {
		return nil // for the API server to say
	}
	if run := r.status.Run; run != nil && run.Result != "" && r.upToDate() {
		return r.isClosedFor(v1alpha1.RecordMerge)
	}
	if into == r.object.GetName() {
		return fmt.Errorf("%s cannot be merged into itself", r)
	}
	other, err := c.readRecord(ctx, v1alpha1.RecordComplaint, into)
	switch {
	case apierrors.IsNotFound(err) && !notInstalled(err):
		return fmt.Errorf("there is no complaint %q in namespace %q to merge into; `kubectl get complaints` lists them", into, c.namespace)
	case err != nil:
		return err
	}
	return c.mergedRound(ctx, r, other)
}

// mergedRound follows where a complaint was merged to: not to the one that is to be merged into it, and to one that is open.
func (c *cluster) mergedRound(ctx context.Context, r, other *record) error {
	end := other
	for range mostFollowed {
		next := end.mergedInto()
		switch {
		case next == r.object.GetName():
			return fmt.Errorf("%s was merged into %s itself, or is about to be: a circle would leave the matter to nobody; work on with %s", end, r, r)
		case next == "" && !end.status.ClosedAt.IsZero() && end.upToDate():
			return fmt.Errorf("%s is closed: a matter that goes on cannot be merged into it", end)
		case next == "":
			return nil
		}
		var err error
		if end, err = c.readRecord(ctx, v1alpha1.RecordComplaint, next); err != nil {
			return nil // whether that can take it is for the operator to say
		}
	}
	return nil
}

// mergedInto names the complaint that this one was merged into, or is to be as soon as the operator looks; empty: none.
func (r *record) mergedInto() string {
	complaint, ok := r.object.(*v1alpha1.Complaint)
	if !ok {
		return ""
	}
	seen := 0
	if r.status.Run != nil {
		seen = min(int(r.status.Run.ActsSeen), len(complaint.Spec.Acts))
	}
	for _, act := range complaint.Spec.Acts[seen:] {
		if act.Verb == v1alpha1.RecordMerge {
			return act.Into
		}
	}
	return string(complaint.Status.MergedInto)
}
