package cli

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// outlook is what the terminal view shows of a namespace.
type outlook struct {
	// complaints is how many are open, overdue how many of those are late.
	complaints, overdue int
	// incidents are the open ones, as `status` sorts them.
	incidents []v1alpha1.CrisisIncident
	// deadlines are those ahead and those missed, the soonest first; clocks that stand still come last.
	deadlines []deadline
	// mine are the tasks that wait for the user, the most urgent first.
	mine []v1alpha1.ResponseTask
	// open are all open tasks.
	open map[client.ObjectKey]v1alpha1.ResponseTask
	// trouble is why this is not up to date, in a sentence; empty: it is.
	trouble string
}

// deadline is a moment by which somebody has to have done something.
type deadline struct {
	at      time.Time
	stopped bool
	what    string
	who     string
}

// outlookKinds are the kinds that readOutlook reads.
func outlookKinds() []client.ObjectList {
	return []client.ObjectList{&v1alpha1.ComplaintList{}, &v1alpha1.CrisisIncidentList{}, &v1alpha1.ResponseTaskList{}}
}

// readOutlook reads what the terminal view shows to a user of a namespace, "" for all.
func readOutlook(ctx context.Context, from lister, namespace string, me v1alpha1.User) (outlook, error) {
	var complaints v1alpha1.ComplaintList
	var incidents v1alpha1.CrisisIncidentList
	var tasks v1alpha1.ResponseTaskList
	for _, list := range []client.ObjectList{&complaints, &incidents, &tasks} {
		if err := from.List(ctx, list, client.InNamespace(namespace)); err != nil {
			return outlook{}, err
		}
	}
	o := outlook{open: map[client.ObjectKey]v1alpha1.ResponseTask{}}
	type record struct {
		kind            v1alpha1.RecordKind
		namespace, name string
	}
	due := map[record]time.Time{} // the soonest deadline of a record's tasks
	for _, t := range tasks.Items {
		if !t.IsOpen() {
			continue
		}
		o.open[client.ObjectKeyFromObject(&t)] = t
		if waitsFor(&t, me) {
			o.mine = append(o.mine, t)
		}
		as := &t.Spec.Assignment
		if as.DueAt.IsZero() {
			continue
		}
		of := record{t.Spec.Record.Kind, t.Namespace, string(t.Spec.Record.Name)}
		if first, known := due[of]; !known || as.DueAt.Time.Before(first) {
			due[of] = as.DueAt.Time
		}
		o.deadlines = append(o.deadlines, deadline{at: as.DueAt.Time, stopped: !as.StoppedAt.IsZero(), what: placed(namespace, &t), who: askedFirst(as)})
	}
	// What else a record waits for by some time, a notice or a pause, has no task.
	note := func(kind v1alpha1.RecordKind, o client.Object, s *v1alpha1.CaseStatus) (deadline, bool) {
		first, known := due[record{kind, o.GetNamespace(), o.GetName()}]
		next := s.NextDeadline.Time
		return deadline{at: next, what: placed(namespace, o)}, !next.IsZero() && (!known || next.Before(first))
	}
	for i := range complaints.Items {
		c := &complaints.Items[i]
		if !c.Status.ClosedAt.IsZero() {
			continue
		}
		o.complaints++
		if c.Status.Overdue > 0 {
			o.overdue++
		}
		if d, is := note(v1alpha1.RecordComplaint, c, &c.Status.CaseStatus); is {
			d.who = string(c.Status.Handler)
			o.deadlines = append(o.deadlines, d)
		}
	}
	for i := range incidents.Items {
		ci := &incidents.Items[i]
		if !ci.Status.ClosedAt.IsZero() {
			continue
		}
		o.incidents = append(o.incidents, *ci)
		if d, is := note(v1alpha1.RecordCrisisIncident, ci, &ci.Status.CaseStatus); is {
			d.who = string(ci.Status.Commander)
			o.deadlines = append(o.deadlines, d)
		}
	}
	sortIncidents(o.incidents)
	slices.SortFunc(o.mine, byUrgency)
	slices.SortFunc(o.deadlines, func(a, b deadline) int {
		return cmp.Or(boolOrder(a.stopped, b.stopped), a.at.Compare(b.at), cmp.Compare(a.what, b.what))
	})
	return o, nil
}

// placed names an object, with its namespace where several are shown.
func placed(namespace string, o client.Object) string {
	if namespace == "" {
		return o.GetNamespace() + "/" + o.GetName()
	}
	return o.GetName()
}

// askedFirst is whom a task asks first: one person, or those on the seats of an approval.
func askedFirst(as *v1alpha1.Assignment) string {
	if as.Assignee != "" || len(as.Seats) == 0 {
		return string(as.Assignee)
	}
	roles := make([]string, len(as.Seats))
	for i, s := range as.Seats {
		roles[i] = s.Role
	}
	return strings.Join(roles, ", ")
}
