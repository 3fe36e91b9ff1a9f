package casework

import (
	"cmp"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

func receivedAt(c *v1alpha1.Complaint) metav1.Time {
	if c.Spec.ReceivedAt.IsZero() {
		return c.CreationTimestamp
	}
	return c.Spec.ReceivedAt
}

func complaintFacts(c *v1alpha1.Complaint) *playbook.ComplaintFacts {
	facts := &playbook.ComplaintFacts{
		Channel: string(c.Spec.Channel), Category: string(c.Spec.Category), Product: c.Spec.Product, Place: c.Spec.Place,
		Order: c.Spec.Order, Expectation: words(c.Spec.Expectation), Signals: words(c.Spec.Signals),
		Affected: int64(max(c.Spec.Affected, 1)), Reopened: int64(c.Status.Reopened),
	}
	if c.Spec.Complainant != nil {
		facts.Class = string(c.Spec.Complainant.Class)
	}
	if c.Status.Grading != nil {
		facts.Level = string(c.Status.Grading.Level)
	}
	if m := c.Spec.Remedy; m != nil {
		facts.Remedy = playbook.RemedyFacts{Kinds: words(m.Kinds), AmountCents: m.AmountCents, Currency: m.Currency}
	}
	return facts
}

func incidentFacts(ci *v1alpha1.CrisisIncident) *playbook.IncidentFacts {
	return &playbook.IncidentFacts{
		Exists: true, Closed: !ci.Status.ClosedAt.IsZero(), Drill: ci.Spec.Drill != nil, Level: string(ci.LevelInForce()),
		Signals: words(ci.Spec.Signals), Complaints: int64(ci.ComplaintCount()), Steps: stepsOf(ci),
	}
}

// stepsOf is the step list of an incident's run; nil without one.
func stepsOf(ci *v1alpha1.CrisisIncident) []v1alpha1.StepState {
	if ci.Status.Run == nil {
		return nil
	}
	return ci.Status.Run.Steps
}

func words[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = string(w)
	}
	return out
}

// title names the matter without personal data. An incident that gathers complaints is called by what they have in common:
// whatever else the first of them says need not be true of the others.
func (f *complaintFile) title() string {
	parts := f.policy.Shared(v1alpha1.LevelName(f.Facts.Level), f.fields)
	if parts == nil {
		parts = slices.DeleteFunc([]string{f.fields.Category, f.fields.Product, f.fields.Place}, func(s string) bool { return s == "" })
	}
	if len(parts) == 0 {
		return "complaint " + caseOf(f.c)
	}
	return strings.Join(parts, ", ")
}

// caseOf is what people call a complaint: its case number, or its name before it has one.
func caseOf(c *v1alpha1.Complaint) string { return cmp.Or(c.Status.CaseNumber, c.Name) }

// byAge is a list of objects with the oldest first, and the same list if it is in that order already.
func byAge[T metav1.Object](list []T) []T {
	older := func(a, b T) int {
		x, y := a.GetCreationTimestamp(), b.GetCreationTimestamp()
		return cmp.Or(x.Compare(y.Time), cmp.Compare(a.GetName(), b.GetName()))
	}
	if slices.IsSortedFunc(list, older) {
		return list
	}
	list = slices.Clone(list)
	slices.SortFunc(list, older)
	return list
}
