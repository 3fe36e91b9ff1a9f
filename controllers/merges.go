package controllers

import (
	"context"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/triage"
)

// judgeMerges looks whether the complaints this one is to be merged into can take it: a merge must never leave a matter
// to nobody.
func (r *ComplaintReconciler) judgeMerges(ctx context.Context, f *complaintFile) error {
	for _, act := range newActs(f.c) {
		if act.Verb != v1alpha1.RecordMerge {
			continue
		}
		why, err := r.whyNotMerge(ctx, f, act.Into)
		if err != nil {
			return err
		}
		if why != "" {
			if f.facts.NotMergeable == nil {
				f.facts.NotMergeable = map[string]string{}
			}
			f.facts.NotMergeable[act.Into] = why
		}
	}
	return nil
}

// whyNotMerge says why a complaint cannot take this one; empty if it can.
func (r *ComplaintReconciler) whyNotMerge(ctx context.Context, f *complaintFile, name string) (string, error) {
	into, err := r.newest(ctx, f.c.Namespace, name)
	switch {
	case err != nil:
		return "", err
	case into == nil:
		return "does not exist", nil
	case into.UID == f.c.UID:
		return "is this complaint", nil
	}
	if why, err := r.comesBack(ctx, f.c, into); why != "" || err != nil {
		return why, err
	}
	end, err := r.endOf(ctx, into)
	switch {
	case err != nil:
		return "", err
	case end == nil || !end.Status.ClosedAt.IsZero():
		return "is closed", nil
	}
	return r.whyUnattended(ctx, end)
}

// endOf is where a complaint was merged to in the end, itself where it was not; nil where that is no more.
func (r *ComplaintReconciler) endOf(ctx context.Context, c *v1alpha1.Complaint) (*v1alpha1.Complaint, error) {
	for range mostFollowed {
		if c.Status.MergedInto == "" {
			return c, nil
		}
		next, err := r.newest(ctx, c.Namespace, string(c.Status.MergedInto))
		if next == nil || err != nil {
			return nil, err
		}
		c = next
	}
	return nil, nil
}

// newest reads a complaint past the cache; nil: there is none of that name.
func (r *ComplaintReconciler) newest(ctx context.Context, namespace, name string) (*v1alpha1.Complaint, error) {
	if len(validation.IsDNS1123Subdomain(name)) > 0 { // a request for anything else is an error for ever
		return nil, nil
	}
	c := &v1alpha1.Complaint{}
	err := r.APIReader.Get(ctx, types.NamespacedName{Namespace: namespace, Name: name}, c)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return c, err
}

// mostFollowed is how many complaints are looked at for a way back.
const mostFollowed = 64

// comesBack says whether what is merged into a complaint would come back to this one, over whichever others they are merged
// into or are to be. Of a circle the one whose name comes first goes on and the others are merged, whoever is looked at
// first: so only ways over names after its own are followed.
func (r *ComplaintReconciler) comesBack(ctx context.Context, c, into *v1alpha1.Complaint) (string, error) {
	if into.Name < c.Name {
		return "", nil
	}
	names := []string{into.Name}
	for k := 0; k < len(names); k++ {
		if k == mostFollowed {
			return "is to be merged on over too many others; merge into the one that is to be kept", nil
		}
		at := into
		if k > 0 {
			var err error
			if at, err = r.newest(ctx, c.Namespace, names[k]); err != nil {
				return "", err
			}
		}
		for _, next := range mergeTargets(at) {
			if next == c.Name {
				return "is to be merged into this one, straight or by way of others", nil
			}
			if next > c.Name && !slices.Contains(names, next) {
				names = append(names, next)
			}
		}
	}
	return "", nil
}

// mergeTargets are the complaints that one was merged into, or may be as soon as it is looked at.
func mergeTargets(c *v1alpha1.Complaint) []string {
	if c == nil {
		return nil
	}
	var out []string
	if into := c.Status.MergedInto; into != "" {
		out = append(out, string(into))
	}
	for _, act := range newActs(c) {
		if act.Verb == v1alpha1.RecordMerge {
			out = append(out, act.Into)
		}
	}
	return out
}

// newActs are the acts on a complaint that its run has not taken in yet.
func newActs(c *v1alpha1.Complaint) []v1alpha1.RecordAct {
	seen := 0
	if c.Status.Run != nil {
		seen = int(c.Status.Run.ActsSeen)
	}
	return c.Spec.Acts[min(seen, len(c.Spec.Acts)):]
}

// whyUnattended says why nobody works on a complaint, nor will by itself; empty if somebody does.
func (r *ComplaintReconciler) whyUnattended(ctx context.Context, c *v1alpha1.Complaint) (string, error) {
	if c.Status.Run != nil {
		return "", nil
	}
	policy, err := r.Policies.For(ctx, c.Namespace, c.Spec.Policy)
	switch {
	case err != nil:
		return "", err
	case policy.Title() == triage.BuiltInName:
		return "has nobody who works on it: " + policy.Problem, nil
	case c.Status.Grading == nil: // it was not looked at yet
		return "", nil
	}
	level := c.Status.Grading.Level
	playbook := policy.Playbook(level)
	if playbook == "" {
		return "has nobody who works on it: level " + string(level) + " has no playbook in " + policy.Title(), nil
	}
	_, problem, err := r.ready(ctx, c.Namespace, playbook, v1alpha1.RecordComplaint)
	if problem != "" {
		problem = "has nobody who works on it: " + problem
	}
	return problem, err
}
