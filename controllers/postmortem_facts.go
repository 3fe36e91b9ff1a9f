package controllers

import (
	"context"
	"fmt"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/history"
	"tocsin.dev/tocsin/internal/notice"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/report"
)

// notYet is why no document can be written now, which trying again would not change.
type notYet struct{ reason, message string }

func (n *notYet) Error() string { return n.message }

// gatherReport reads everything a document is made from.
func gatherReport(ctx context.Context, from client.Reader, pm *v1alpha1.PostMortem) (report.Input, error) {
	in := report.Input{PostMortem: *pm.Spec.DeepCopy()}
	ref := pm.Spec.Incident
	key := client.ObjectKey{Namespace: pm.Namespace, Name: string(ref.Name)}
	var record client.Object
	var status *v1alpha1.CaseStatus
	if ref.Kind == v1alpha1.RecordComplaint {
		in.Complaint = &v1alpha1.Complaint{}
		record, status = in.Complaint, &in.Complaint.Status.CaseStatus
	} else {
		in.Incident = &v1alpha1.CrisisIncident{}
		record, status = in.Incident, &in.Incident.Status.CaseStatus
	}
	switch err := from.Get(ctx, key, record); {
	case apierrors.IsNotFound(err):
		return in, &notYet{ReasonRecordNotFound, fmt.Sprintf("%s %s, named in spec.incident, does not exist", ref.Kind, ref.Name)}
	case err != nil:
		return in, fmt.Errorf("read %s %s: %w", ref.Kind, ref.Name, err)
	case ref.UID != "" && ref.UID != string(record.GetUID()):
		return in, &notYet{ReasonRecordReplaced, fmt.Sprintf("%s %s is not the one spec.incident means: its UID is another", ref.Kind, ref.Name)}
	case status.Run == nil || status.Run.EndedAt.IsZero():
		return in, &notYet{ReasonRunNotEnded, fmt.Sprintf("the run of %s %s has not ended", ref.Kind, ref.Name)}
	}
	var err error
	if in.Entries, err = history.Read(ctx, from, pm.Namespace, string(ref.Name), status.Timeline); apierrors.IsNotFound(err) {
		return in, &notYet{ReasonRecordNotFound, err.Error()}
	} else if err != nil {
		return in, err
	}
	if in.Zone, err = zoneOf(ctx, from, pm.Namespace, status.Run.Revision.Name); err != nil {
		return in, err
	}
	in.Tasks, in.Notices, err = gatherWork(ctx, from, record)
	return in, err
}

// zoneOf is the time zone of the calendar that a run counted in, which is that of the organisation; nil where its playbook
// names none or the revision is gone.
func zoneOf(ctx context.Context, from client.Reader, namespace, revision string) (*time.Location, error) {
	closure, err := closureOf(ctx, from, namespace, revision)
	if err != nil || closure == nil {
		return nil, err
	}
	return notice.Zone(closure), nil
}

// closureOf is what a pinned revision holds; nil where it is gone or cannot be read: whatever was carried out from it says
// so, and the rest goes on without.
func closureOf(ctx context.Context, from client.Reader, namespace, revision string) (*playbook.Closure, error) {
	var rev appsv1.ControllerRevision
	err := from.Get(ctx, client.ObjectKey{Namespace: namespace, Name: revision}, &rev)
	if apierrors.IsNotFound(err) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("read playbook revision %s: %w", revision, err)
	}
	closure, err := playbook.Decode(rev.Data.Raw)
	if err != nil {
		return nil, nil
	}
	return &closure, nil
}

// gatherWork lists the tasks and notices of a record.
func gatherWork(ctx context.Context, from client.Reader, record client.Object) ([]v1alpha1.ResponseTask, []v1alpha1.Notice, error) {
	of := []client.ListOption{client.InNamespace(record.GetNamespace()), client.MatchingLabels{RecordLabel: string(record.GetUID())}}
	var tasks v1alpha1.ResponseTaskList
	if err := from.List(ctx, &tasks, of...); err != nil {
		return nil, nil, fmt.Errorf("list the tasks of %s: %w", record.GetName(), err)
	}
	var notices v1alpha1.NoticeList
	if err := from.List(ctx, &notices, of...); err != nil {
		return nil, nil, fmt.Errorf("list the notices of %s: %w", record.GetName(), err)
	}
	told := slices.DeleteFunc(notices.Items, func(n v1alpha1.Notice) bool { return n.Spec.PostMortem != "" }) // is about it, not in it
	return tasks.Items, told, nil
}
