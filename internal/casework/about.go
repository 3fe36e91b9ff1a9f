package casework

import (
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
)

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
