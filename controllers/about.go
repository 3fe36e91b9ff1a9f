package controllers

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// mostMergedFrom is how many complaints a complaint names as merged into it; whom they are about counts of all of them.
const mostMergedFrom = 64

// gatherMerged looks which complaints were merged into this one: whom they are about takes no part here either.
func (r *ComplaintReconciler) gatherMerged(ctx context.Context, f *complaintFile) error {
	merged, err := r.mergedFrom(ctx, f.c.Namespace, f.c.Name)
	if err != nil {
		return err
	}
	for i := range merged {
		f.facts.About = joined(f.facts.About, merged[i].Spec.About)
		name := v1alpha1.ObjectName(merged[i].Name)
		if from := f.c.Status.MergedFrom; len(from) < mostMergedFrom && !slices.Contains(from, name) {
			f.c.Status.MergedFrom = append(from, name)
			f.event(v1alpha1.EventCorrelated, "", "complaint "+caseOf(&merged[i])+" was merged into "+f.intoWhich(&merged[i], merged))
		}
	}
	return nil
}

// intoWhich is what people call the complaint that one was merged into: this one, or another that was merged into it.
func (f *complaintFile) intoWhich(c *v1alpha1.Complaint, merged []v1alpha1.Complaint) string {
	into := string(c.Status.MergedInto)
	if into == f.c.Name {
		return caseOf(f.c)
	}
	for i := range merged {
		if merged[i].Name == into {
			return caseOf(&merged[i])
		}
	}
	return into
}

// caseOf is what people call a complaint: its case number, or its name before it has one.
func caseOf(c *v1alpha1.Complaint) string { return cmp.Or(c.Status.CaseNumber, c.Name) }

// mergedFrom lists the complaints that were merged into one, straight or by way of others, in the order of their names.
func (s *Shell) mergedFrom(ctx context.Context, namespace, name string) ([]v1alpha1.Complaint, error) {
	var out []v1alpha1.Complaint
	for names, k := []string{name}, 0; k < len(names); k++ {
		var list v1alpha1.ComplaintList
		if err := s.List(ctx, &list, client.InNamespace(namespace), client.MatchingFields{IndexMergedInto: names[k]}); err != nil {
			return nil, fmt.Errorf("list the complaints merged into %s: %w", names[k], err)
		}
		for i := range list.Items {
			if c := &list.Items[i]; !slices.Contains(names, c.Name) {
				names = append(names, c.Name)
				out = append(out, *c)
			}
		}
	}
	slices.SortFunc(out, func(a, b v1alpha1.Complaint) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

// joined is whom two records are about together. It changes neither.
func joined(a, b *v1alpha1.ComplainedAbout) *v1alpha1.ComplainedAbout {
	switch {
	case b == nil:
		return a
	case a == nil:
		a = &v1alpha1.ComplainedAbout{}
	}
	return &v1alpha1.ComplainedAbout{Users: together(a.Users, b.Users), Teams: together(a.Teams, b.Teams), Department: a.Department}
}

func together[T comparable](a, b []T) []T {
	out := slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// mostAbout is how many users, and how many teams, spec.about names.
const mostAbout = 16

// firstOf is as much of whom several records are about as one spec takes. What is beyond it counts as soon as the complaint
// that raised an incident is part of it.
func firstOf(about *v1alpha1.ComplainedAbout) *v1alpha1.ComplainedAbout {
	if about == nil {
		return nil
	}
	out := *about
	out.Users, out.Teams = out.Users[:min(len(out.Users), mostAbout)], out.Teams[:min(len(out.Teams), mostAbout)]
	return &out
}
