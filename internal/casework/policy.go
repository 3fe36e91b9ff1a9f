package casework

import (
	"cmp"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/triage"
)

// DefaultPolicy is the name of the TriagePolicy that serves complaints that name none, where there are several. Without
// one it is the oldest, so that another policy beside it changes nothing for them.
const DefaultPolicy = "default"

// Policy is the policy that grades a complaint.
type Policy struct {
	*triage.Policy
	// Problem says why it is not the newest generation of a TriagePolicy; empty when it is.
	Problem string
}

// BuiltIn is the policy of complaints that no TriagePolicy grades, and why none does.
func BuiltIn(problem string) Policy { return Policy{triage.BuiltIn(), problem} }

func (p Policy) isBuiltIn() bool { return p.Title() == triage.BuiltInName }

// builtInFor says of a complaint why no TriagePolicy grades it, what that means for it, and what to do.
func builtInFor(level v1alpha1.LevelName, problem string) string {
	if level != triage.Unclassified {
		return "the level stays as it is, and no rule raises it: " + problem
	}
	return "unclassified, so nobody is asked yet: " + problem + "; then it is graded and goes on by itself"
}

// ForUnnamed is, of the policies of a namespace, the one of complaints that name none; nil: there is no policy.
func ForUnnamed(policies []v1alpha1.TriagePolicy) *v1alpha1.TriagePolicy {
	if len(policies) == 0 {
		return nil
	}
	first := slices.MinFunc(policies, func(a, b v1alpha1.TriagePolicy) int {
		return cmp.Or(cmp.Compare(precedence(a.Name), precedence(b.Name)), a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name))
	})
	return &first
}

func precedence(name string) int {
	if name == DefaultPolicy {
		return 0
	}
	return 1
}
