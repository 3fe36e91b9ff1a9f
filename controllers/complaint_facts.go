package controllers

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/triage"
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
	fields := triage.FieldsOf(f.c)
	parts := f.policy.Shared(v1alpha1.LevelName(f.facts.Level), fields)
	if parts == nil {
		parts = slices.DeleteFunc([]string{fields.Category, fields.Product, fields.Place}, func(s string) bool { return s == "" })
	}
	if len(parts) == 0 {
		return "complaint " + cmp.Or(f.c.Status.CaseNumber, f.c.Name)
	}
	return strings.Join(parts, ", ")
}

// crisisOf is the open incident that the complaint is part of, or that has its matter, where the policy asks for it; nil:
// there is none. An exercise is none.
func (r *ComplaintReconciler) crisisOf(ctx context.Context, f *complaintFile) (*playbook.IncidentFacts, error) {
	if !f.policy.LooksAtIncidents() {
		return nil, nil
	}
	key := f.policy.Matter(triage.FieldsOf(f.c))
	var list v1alpha1.CrisisIncidentList
	if ref := f.c.Status.Incident; ref != nil {
		var ci v1alpha1.CrisisIncident
		err := r.Get(ctx, types.NamespacedName{Namespace: f.c.Namespace, Name: string(ref.Name)}, &ci)
		if client.IgnoreNotFound(err) != nil {
			return nil, err
		}
		if err == nil {
			list.Items = append(list.Items, ci)
		}
	} else if key != "" {
		if err := r.List(ctx, &list, client.InNamespace(f.c.Namespace), client.MatchingFields{IndexCorrelation: key}); err != nil {
			return nil, fmt.Errorf("look for an incident of the complaint's matter: %w", err)
		}
	}
	for i := range list.Items {
		if ci := &list.Items[i]; ci.Spec.Drill == nil && ci.Status.ClosedAt.IsZero() {
			return incidentFacts(ci), nil
		}
	}
	return nil, nil
}

// readIncident looks at the incident the complaint is part of, or could join.
func (r *ComplaintReconciler) readIncident(ctx context.Context, f *complaintFile) error {
	if ref := f.c.Status.Incident; ref != nil {
		var ci v1alpha1.CrisisIncident
		err := r.Get(ctx, types.NamespacedName{Namespace: f.c.Namespace, Name: string(ref.Name)}, &ci)
		if client.IgnoreNotFound(err) != nil {
			return err
		}
		f.facts.Incident = incidentFacts(&ci)
		f.facts.Incident.Exists = true
		if ci.Status.ClosedAt.IsZero() {
			f.facts.OpenIncident = string(ref.Name)
			if err == nil {
				f.stuck, err = r.whyUnfit(ctx, &ci)
			}
			return client.IgnoreNotFound(err)
		}
	}
	f.facts.CorrelationKey = f.c.Status.CorrelationKey
	if f.facts.CorrelationKey == "" {
		return nil
	}
	var list v1alpha1.CrisisIncidentList
	if err := r.List(ctx, &list, client.InNamespace(f.c.Namespace), client.MatchingFields{IndexCorrelation: f.facts.CorrelationKey}); err != nil {
		return fmt.Errorf("look for an incident with the same correlation key: %w", err)
	}
	return r.sortIncidents(ctx, f, list.Items)
}

// sortIncidents tells the incident that the complaint could join from those it cannot. Of several the one that runs comes
// first, then the oldest.
func (r *ComplaintReconciler) sortIncidents(ctx context.Context, f *complaintFile, list []v1alpha1.CrisisIncident) error {
	slices.SortFunc(list, func(a, b v1alpha1.CrisisIncident) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name))
	})
	former, runs := []string{}, false
	for i := range list {
		ci := &list[i]
		switch {
		case ci.Spec.Drill != nil:
			continue // a real matter is never part of an exercise
		case f.c.Status.Incident == nil && raisedBy(ci, string(f.c.UID)):
			// This complaint raised it and the manager stopped before it could say so. It is raised once more, under the same
			// name, which changes nothing.
			continue
		case !ci.Status.ClosedAt.IsZero():
			former = append(former, ci.Name)
			continue
		}
		why, err := r.whyUnfit(ctx, ci)
		switch {
		case err != nil:
			return err
		case why != "":
			former = append(former, ci.Name)
			f.facts.UnfitIncidents = append(f.facts.UnfitIncidents, engine.UnfitIncident{Name: ci.Name, Playbook: string(ci.Spec.Playbook), Why: why})
		case f.facts.OpenIncident == "" || !runs && ci.Status.Run != nil:
			f.facts.OpenIncident, runs = ci.Name, ci.Status.Run != nil
		}
	}
	// Somebody may have given one of those the name that the next one would have.
	for n := len(former); ; n++ {
		if !slices.Contains(former, engine.IncidentName(f.facts.CorrelationKey, n)) {
			f.facts.FormerIncidents = n
			return nil
		}
	}
}

// whyUnfit says why an incident has not begun and cannot; empty if it has, or will as soon as it is looked at.
func (r *ComplaintReconciler) whyUnfit(ctx context.Context, ci *v1alpha1.CrisisIncident) (string, error) {
	if ci.Status.Run != nil {
		return "", nil
	}
	_, problem, err := r.ready(ctx, ci.Namespace, string(ci.Spec.Playbook), v1alpha1.RecordCrisisIncident)
	return problem, err
}

func (r *ComplaintReconciler) gatherFacts(ctx context.Context, f *complaintFile) error {
	f.facts.Digests = map[v1alpha1.WrittenField]string{}
	if f.c.Spec.Remedy != nil {
		f.facts.Digests[v1alpha1.WritesRemedy] = engine.RemedyDigest(f.c.Spec.Remedy)
		f.facts.Authors = map[v1alpha1.WrittenField]v1alpha1.User{v1alpha1.WritesRemedy: f.c.Spec.Remedy.By}
	}
	if err := r.judgeMerges(ctx, f); err != nil {
		return err
	}
	return r.gather(ctx, &f.caseFile)
}
