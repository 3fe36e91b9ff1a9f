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

// findRecord reads the complaint or incident of a name: of the given kind, of the kind written before the name, else of
// either kind as long as only one exists.
func (c *cluster) findRecord(ctx context.Context, name string, kind v1alpha1.RecordKind) (*record, error) {
	for k, words := range kindsOf {
		if rest := withoutKind(name, words...); rest != name {
			name, kind = rest, k
		}
	}
	if kind != "" {
		return c.readRecord(ctx, kind, name)
	}
	var found []*record
	for _, k := range []v1alpha1.RecordKind{v1alpha1.RecordCrisisIncident, v1alpha1.RecordComplaint} {
		r, err := c.readRecord(ctx, k, name)
		if notInstalled(err) || err != nil && !apierrors.IsNotFound(err) {
			return nil, err
		}
		if err == nil {
			found = append(found, r)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		if err := c.exists(ctx); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("no complaint and no incident %q in namespace %q", name, c.namespace)
	default:
		return nil, fmt.Errorf("%q is both a complaint and an incident: write complaint/%s or incident/%s", name, name, name)
	}
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
