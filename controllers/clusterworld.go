package controllers

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
	"tocsin.dev/tocsin/internal/triage"
)

// clusterWorld is what lies around the records of a namespace, as the cache shows it. It serves one reconcile, whose
// context it therefore holds.
type clusterWorld struct {
	*Shell
	ctx       context.Context
	namespace string
	policies  *Policies
	// index and numbers are there for complaints only; nothing is counted around an incident, and it has no number.
	index   *triage.Index
	numbers *triage.Allocator
}

var _ casework.World = (*clusterWorld)(nil)

// Policy implements casework.World.
func (w *clusterWorld) Policy(name string) (casework.Policy, error) {
	return w.policies.For(w.ctx, w.namespace, name)
}

// Counts implements casework.World.
func (w *clusterWorld) Counts(c *v1alpha1.Complaint, p *triage.Policy, figures []int64) []int64 {
	return w.index.Counts(w.namespace, string(c.UID), p, figures)
}

// CaseNumber implements casework.World.
func (w *clusterWorld) CaseNumber(c *v1alpha1.Complaint, prefix string, zone *time.Location, at time.Time) (string, error) {
	return w.numbers.Number(w.ctx, w.namespace, string(c.UID), prefix, zone, at)
}

// Teams implements casework.World.
func (w *clusterWorld) Teams() (*roster.Roster, error) { return w.teams(w.ctx, w.namespace) }

// Playbook implements casework.World.
func (w *clusterWorld) Playbook(name string) (*v1alpha1.Playbook, error) {
	return named(w.ctx, w, w.namespace, name, &v1alpha1.Playbook{})
}

// Plan implements casework.World.
func (w *clusterWorld) Plan(revision v1alpha1.RevisionReference) (*playbook.Plan, error) {
	return w.Plans.Get(w.ctx, w.APIReader, w.namespace, revision)
}

// Calendar implements casework.World.
func (w *clusterWorld) Calendar(revision string) (*calendar.Calendar, error) {
	closure, err := closureOf(w.ctx, w, w.namespace, revision)
	if err != nil || closure == nil {
		return nil, err
	}
	return closure.Calendar(), nil
}

// Task implements casework.World.
func (w *clusterWorld) Task(name string) (*v1alpha1.ResponseTask, error) {
	return named(w.ctx, w, w.namespace, name, &v1alpha1.ResponseTask{})
}

// Notice implements casework.World.
func (w *clusterWorld) Notice(name string) (*v1alpha1.Notice, error) {
	return named(w.ctx, w, w.namespace, name, &v1alpha1.Notice{})
}

// Complaint implements casework.World.
func (w *clusterWorld) Complaint(name string) (*v1alpha1.Complaint, error) {
	return named(w.ctx, w, w.namespace, name, &v1alpha1.Complaint{})
}

// NewestComplaint implements casework.World. It reads past the cache.
func (w *clusterWorld) NewestComplaint(name string) (*v1alpha1.Complaint, error) {
	if len(validation.IsDNS1123Subdomain(name)) > 0 { // a request for anything else is an error for ever
		return nil, nil
	}
	return named(w.ctx, w.APIReader, w.namespace, name, &v1alpha1.Complaint{})
}

// MergedInto implements casework.World.
func (w *clusterWorld) MergedInto(complaint string) ([]*v1alpha1.Complaint, error) {
	return w.complaints(IndexMergedInto, complaint, "complaints merged into")
}

// Incident implements casework.World.
func (w *clusterWorld) Incident(name string) (*v1alpha1.CrisisIncident, error) {
	return named(w.ctx, w, w.namespace, name, &v1alpha1.CrisisIncident{})
}

// IncidentsOf implements casework.World.
func (w *clusterWorld) IncidentsOf(key string) ([]*v1alpha1.CrisisIncident, error) {
	var list v1alpha1.CrisisIncidentList
	if err := w.List(w.ctx, &list, client.InNamespace(w.namespace), client.MatchingFields{IndexCorrelation: key}); err != nil {
		return nil, fmt.Errorf("look for the incidents of a matter: %w", err)
	}
	return each(list.Items), nil
}

// ComplaintsOf implements casework.World.
func (w *clusterWorld) ComplaintsOf(incident string) ([]*v1alpha1.Complaint, error) {
	return w.complaints(IndexIncident, incident, "complaints of incident")
}

func (w *clusterWorld) complaints(index, value, what string) ([]*v1alpha1.Complaint, error) {
	var list v1alpha1.ComplaintList
	if err := w.List(w.ctx, &list, client.InNamespace(w.namespace), client.MatchingFields{index: value}); err != nil {
		return nil, fmt.Errorf("list the %s %s: %w", what, value, err)
	}
	return each(list.Items), nil
}

// named reads an object; nil: there is none of that name.
func named[T client.Object](ctx context.Context, from client.Reader, namespace, name string, into T) (T, error) {
	err := from.Get(ctx, types.NamespacedName{Namespace: namespace, Name: name}, into)
	if err == nil {
		return into, nil
	}
	var none T
	return none, client.IgnoreNotFound(err)
}

func each[T any](items []T) []*T {
	out := make([]*T, len(items))
	for i := range items {
		out[i] = &items[i]
	}
	return out
}

// teams reads the teams of a namespace.
func (s *Shell) teams(ctx context.Context, namespace string) (*roster.Roster, error) {
	return teamsOf(ctx, s, namespace)
}

func teamsOf(ctx context.Context, from client.Reader, namespace string) (*roster.Roster, error) {
	var list v1alpha1.ResponseTeamList
	if err := from.List(ctx, &list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list the teams of %s: %w", namespace, err)
	}
	byName := make(map[string]*v1alpha1.ResponseTeamSpec, len(list.Items))
	for i := range list.Items {
		byName[list.Items[i].Name] = &list.Items[i].Spec
	}
	return roster.New(byName), nil
}

// unready says why no run of a playbook can begin; empty: one can.
func (s *Shell) unready(ctx context.Context, namespace, name string, kind v1alpha1.RecordKind) (string, error) {
	pb, err := named(ctx, s, namespace, name, &v1alpha1.Playbook{})
	if err != nil {
		return "", err
	}
	return casework.Unready(pb, "namespace "+namespace, name, kind), nil
}
