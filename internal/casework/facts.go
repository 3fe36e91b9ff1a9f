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

// readFacts reads what rules and conditions see of the complaint.
func (f *complaintFile) readFacts() {
	c, facts := f.c, &f.facts
	facts.Channel, facts.Category, facts.Product, facts.Place = string(c.Spec.Channel), string(c.Spec.Category), c.Spec.Product, c.Spec.Place
	facts.Order, facts.Affected, facts.Reopened = c.Spec.Order, int64(max(c.Spec.Affected, 1)), int64(c.Status.Reopened)
	facts.Expectation, facts.Signals = words(facts.Expectation, c.Spec.Expectation), words(facts.Signals, c.Spec.Signals)
	if c.Spec.Complainant != nil {
		facts.Class = string(c.Spec.Complainant.Class)
	}
	if c.Status.Grading != nil {
		facts.Level = string(c.Status.Grading.Level)
	}
	if m := c.Spec.Remedy; m != nil {
		facts.Remedy = playbook.RemedyFacts{Kinds: words(facts.Remedy.Kinds, m.Kinds), AmountCents: m.AmountCents, Currency: m.Currency}
	}
}

func incidentFacts(ci *v1alpha1.CrisisIncident) *playbook.IncidentFacts {
	return &playbook.IncidentFacts{
		Exists: true, Closed: !ci.Status.ClosedAt.IsZero(), Drill: ci.Spec.Drill != nil, Level: string(ci.LevelInForce()),
		Signals: words(nil, ci.Spec.Signals), Complaints: int64(ci.ComplaintCount()), Steps: stepsOf(ci),
	}
}

// stepsOf is the step list of an incident's run; nil without one.
func stepsOf(ci *v1alpha1.CrisisIncident) []v1alpha1.StepState {
	if ci.Status.Run == nil {
		return nil
	}
	return ci.Status.Run.Steps
}

// words appends words of the API to a list.
func words[T ~string](list []string, of []T) []string {
	for _, w := range of {
		list = append(list, string(w))
	}
	return list
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
