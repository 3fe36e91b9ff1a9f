package cli

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// kindsOf are the ways to write a record's kind before its name.
var kindsOf = map[v1alpha1.RecordKind][]string{
	v1alpha1.RecordComplaint:      {"complaint", "complaints", "cpl"},
	v1alpha1.RecordCrisisIncident: {"crisisincident", "crisisincidents", "ci", "incident"},
}

// record is a complaint or an incident, without what people said.
type record struct {
	kind   v1alpha1.RecordKind
	object client.Object
	status *v1alpha1.CaseStatus
}

func (r *record) String() string { return strings.ToLower(string(r.kind)) + "/" + r.object.GetName() }

// findRecord reads the complaint or incident of a name or case number: of the given kind, of the kind written before the
// name, else of either kind as long as only one exists.
func (c *cluster) findRecord(ctx context.Context, name string, kind v1alpha1.RecordKind) (*record, error) {
	name, kind = kindBefore(name, kind)
	found, err := c.recordsNamed(ctx, name, kind)
	if err != nil {
		return nil, err
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		if err := c.exists(ctx); err != nil {
			return nil, err
		}
		if others, err := c.recordsNamed(ctx, name, ""); err == nil && len(others) > 0 && kind != "" {
			return nil, fmt.Errorf("%s is no %s", others[0], among[kind])
		}
		return nil, fmt.Errorf("no %s %q in namespace %q", among[kind], name, c.namespace)
	default:
		return nil, fmt.Errorf("%q is both a complaint and an incident: write complaint/%s or incident/%s", name, name, name)
	}
}

// kindBefore takes off the kind that is written before a record's name; without one the kind stays as it is.
func kindBefore(name string, kind v1alpha1.RecordKind) (string, v1alpha1.RecordKind) {
	for k, words := range kindsOf {
		if rest := withoutKind(name, words...); rest != name {
			return rest, k
		}
	}
	return name, kind
}

// among is what was looked at in search of a record of a kind; "": of either.
var among = map[v1alpha1.RecordKind]string{
	v1alpha1.RecordComplaint: "complaint", v1alpha1.RecordCrisisIncident: "incident", "": "complaint and no incident",
}

// recordsNamed are the records of a kind, or with "" of either, that have a name; where none has, the complaint with
// that case number.
func (c *cluster) recordsNamed(ctx context.Context, name string, kind v1alpha1.RecordKind) ([]*record, error) {
	var found []*record
	for _, k := range []v1alpha1.RecordKind{v1alpha1.RecordCrisisIncident, v1alpha1.RecordComplaint} {
		if kind != "" && kind != k {
			continue
		}
		r, err := c.readRecord(ctx, k, name)
		if notInstalled(err) || err != nil && !apierrors.IsNotFound(err) {
			return nil, err
		}
		if err == nil {
			found = append(found, r)
		}
	}
	if len(found) > 0 || kind == v1alpha1.RecordCrisisIncident {
		return found, nil
	}
	return c.recordNumbered(ctx, name)
}

// recordNumbered is the complaint with a case number, which only one has. Who may not list complaints finds none.
func (c *cluster) recordNumbered(ctx context.Context, number string) ([]*record, error) {
	var list v1alpha1.ComplaintList
	if err := c.List(ctx, &list, client.InNamespace(c.namespace)); err != nil {
		if apierrors.IsForbidden(err) {
			return nil, nil
		}
		return nil, err
	}
	for i := range list.Items {
		if complaint := &list.Items[i]; strings.EqualFold(complaint.Status.CaseNumber, number) {
			return []*record{{v1alpha1.RecordComplaint, complaint, &complaint.Status.CaseStatus}}, nil
		}
	}
	return nil, nil
}

func (c *cluster) readRecord(ctx context.Context, kind v1alpha1.RecordKind, name string) (*record, error) {
	if kind == v1alpha1.RecordComplaint {
		var complaint v1alpha1.Complaint
		err := c.Get(ctx, c.key(name), &complaint)
		return &record{kind, &complaint, &complaint.Status.CaseStatus}, err
	}
	var incident v1alpha1.CrisisIncident
	err := c.Get(ctx, c.key(name), &incident)
	return &record{kind, &incident, &incident.Status.CaseStatus}, err
}

// namesOnlyARecord is whether a name without a kind is that of a record, or its case number, and of no task.
func (c *cluster) namesOnlyARecord(ctx context.Context, name string) (bool, error) {
	if strings.Contains(name, "/") {
		return false, nil
	}
	err := c.Get(ctx, c.key(name), &v1alpha1.ResponseTask{})
	if err == nil {
		return false, nil
	}
	if notInstalled(err) || !apierrors.IsNotFound(err) {
		return false, err
	}
	found, err := c.recordsNamed(ctx, name, "")
	return len(found) > 0, err
}
