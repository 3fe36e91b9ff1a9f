package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/history"
)

// followStory tells what has happened to a record and then, line by line, what happens, until the context ends, which is
// no error, or the record is gone.
func (a *app) followStory(ctx context.Context, c *cluster, r *record, wide bool) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	list := client.ObjectList(&v1alpha1.ComplaintList{})
	if r.kind == v1alpha1.RecordCrisisIncident {
		list = &v1alpha1.CrisisIncidentList{}
	}
	f, err := openFeed(ctx, c, r.object.GetName(), storyOnly, list)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	var told int64           // the last entry that was told
	var lines [][]string     // all of them, so that columns stay where they are as long as they are wide enough
	var trouble, said string // what keeps the feed from being up to date, and what was said of it
	for first := true; a.nextChange(ctx, f.changed); first = false {
		now, err := f.record(ctx, r)
		if err != nil {
			return err
		}
		fresh, err := c.since(ctx, now, told)
		if err != nil {
			return err
		}
		if first && now.status.Timeline.Length > int64(len(fresh)) {
			fmt.Fprintln(a.Err, "note: the older entries are in ConfigMaps you may not read")
		}
		if len(fresh) > 0 {
			told = fresh[len(fresh)-1].Seq
			lines = append(lines, storyRows(fresh, wide)...)
			all := slices.Collect(strings.Lines(table(lines, 0)))
			fmt.Fprint(a.Out, strings.Join(all[len(all)-len(fresh):], ""))
		}
		trouble = ""
		if err := f.troubled(); err != nil {
			trouble = "not up to date: " + explain(err, c.config.Host)
		}
		if trouble != said && trouble != "" {
			fmt.Fprintln(a.Err, trouble)
		}
		said = trouble
	}
	return nil
}

// storyOnly drops everything of a record but its timeline.
func storyOnly(obj client.Object) {
	switch o := obj.(type) {
	case *v1alpha1.Complaint:
		o.Spec, o.Status.Run = v1alpha1.ComplaintSpec{}, nil
	case *v1alpha1.CrisisIncident:
		o.Spec, o.Status.Run = v1alpha1.CrisisIncidentSpec{}, nil
	}
}

// record is a record as it is now; an error when it is gone, or another has its name.
func (f *feed) record(ctx context.Context, r *record) (*record, error) {
	var complaints v1alpha1.ComplaintList
	var incidents v1alpha1.CrisisIncidentList
	if r.kind == v1alpha1.RecordComplaint {
		if err := f.List(ctx, &complaints); err != nil {
			return nil, err
		}
	} else if err := f.List(ctx, &incidents); err != nil {
		return nil, err
	}
	for i := range complaints.Items {
		if o := &complaints.Items[i]; o.UID == r.object.GetUID() {
			return &record{r.kind, o, &o.Status.CaseStatus}, nil
		}
	}
	for i := range incidents.Items {
		if o := &incidents.Items[i]; o.UID == r.object.GetUID() {
			return &record{r.kind, o, &o.Status.CaseStatus}, nil
		}
	}
	return nil, errors.New(r.String() + " was deleted")
}

// since are the entries of a record after one of them, 0: all. Older ones are read from where they are kept when the record
// does not hold them any more; who may not read those gets the others.
func (c *cluster) since(ctx context.Context, r *record, told int64) ([]v1alpha1.TimelineEntry, error) {
	t := r.status.Timeline
	entries := t.Entries
	if len(entries) == 0 && t.Length > told || len(entries) > 0 && entries[0].Seq > told+1 {
		whole, err := history.Read(ctx, c, c.namespace, r.object.GetName(), t)
		if err != nil && !apierrors.IsForbidden(err) {
			return nil, err
		}
		if err == nil {
			entries = whole
		}
	}
	at := slices.IndexFunc(entries, func(e v1alpha1.TimelineEntry) bool { return e.Seq > told })
	if at < 0 {
		return nil, nil
	}
	return entries[at:], nil
}
