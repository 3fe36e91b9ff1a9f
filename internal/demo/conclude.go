package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// conclude reads the world, checks it, prints what happened and writes the files.
func (p *play) conclude(ctx context.Context) (*Summary, error) {
	admin, err := p.stage.Admin()
	if err != nil {
		return nil, err
	}
	w, err := ReadWorld(ctx, admin, p.stage.Mail.Books.Books(), p.stage.Hook.Books.Books())
	if err != nil {
		return nil, err
	}
	s := w.summarize()
	s.WallSeconds = p.o.Real.Since(p.begun).Seconds()
	s.ClockFactor = p.clock.Now().Sub(p.start).Seconds() / s.WallSeconds
	s.Invariants = w.Check(len(p.cases.List))
	kept, err := keptFromDeletion(ctx, admin, w)
	if err != nil {
		return nil, err
	}
	_, refusals, accepted, errs := p.cast.Results()
	s.Refusals = refusals
	s.Invariants = append(s.Invariants, kept, verdict("4c forbidden acts are refused", accepted,
		"refused: "+refusals.words()))
	slices.SortFunc(s.Invariants, func(a, b Invariant) int { return strings.Compare(a.Name, b.Name) })
	for _, e := range errs {
		p.say.line("an act did not go through: " + e)
	}
	p.showIncident(w, namespace)
	p.showIncident(w, estate)
	p.showRefused()
	if err := p.showPostMortem(w); err != nil {
		return nil, err
	}
	p.showTable(&s)
	data, err := json.MarshalIndent(&s, "", "  ")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(p.o.Dir, "summary.json")
	p.say.line("summary: " + file)
	return &s, os.WriteFile(file, append(data, '\n'), 0o644)
}

// summarize counts.
func (w *World) summarize() Summary {
	var s Summary
	s.Complaints.Created, s.Complaints.ByLevel = len(w.Complaints), map[string]int{}
	for i := range w.Complaints {
		st := &w.Complaints[i].Status
		if st.Grading != nil {
			s.Complaints.Graded++
			s.Complaints.ByLevel[string(st.Grading.Level)]++
		}
		if !st.ClosedAt.IsZero() {
			s.Complaints.Closed++
		}
	}
	for i := range w.Incidents {
		ci := &w.Incidents[i]
		switch {
		case ci.Spec.Drill != nil:
			s.Drills.Run++
		default:
			s.Incidents.Opened++
			if !ci.Status.ClosedAt.IsZero() {
				s.Incidents.Closed++
			}
		}
	}
	w.countNotices(&s)
	s.Tasks.Created = len(w.Tasks)
	for i := range w.Tasks {
		if w.Tasks[i].Spec.State == v1alpha1.TaskDone {
			s.Tasks.Done++
		}
		if w.Tasks[i].Spec.Assignment.Rung > 0 {
			s.Tasks.Escalated++
		}
	}
	b := w.deadlines()
	s.Deadlines.Met, s.Deadlines.Missed, s.Deadlines.FiredTwice, s.Deadlines.NeverFired = b.met, b.missed, b.firedTwice, b.neverFired
	s.Deadlines.Set = b.met + b.missed + w.stoppedBefore()
	s.Drills.ReachedOutside = w.reachedOutside()
	s.Households.InCrisis, s.Households.ToldOnce = w.households()
	s.Households.RaisedByTheMonth = len(w.raisedByTheMonth())
	s.PostMortems = len(w.PostMortems)
	return s
}

// stoppedBefore counts the tasks that were cancelled before they fell due: their deadline was neither met nor missed.
func (w *World) stoppedBefore() int {
	n := 0
	for i := range w.Tasks {
		t := &w.Tasks[i]
		due, closed := t.Spec.Assignment.DueAt, t.ClosedAt()
		if t.Spec.State != v1alpha1.TaskDone && t.Spec.Type != v1alpha1.TaskTypeAcknowledgement && !due.IsZero() && !closed.After(due.Time) {
			n++
		}
	}
	return n
}

func (w *World) countNotices(s *Summary) {
	s.Notices.Created = len(w.Notices)
	for i := range w.Notices {
		switch w.Notices[i].Status.State {
		case v1alpha1.NoticeDelivered:
			s.Notices.Delivered++
		case v1alpha1.NoticeUncertain:
			s.Notices.Uncertain++
		case v1alpha1.NoticeFailed:
			s.Notices.Failed++
		case v1alpha1.NoticeSuppressed:
			s.Notices.Suppressed++
		default:
			s.Notices.Pending++
		}
	}
	s.Notices.ReceivedBySMTP, s.Notices.ReceivedByWebhook = len(w.Mail), len(w.Hooks)
	seen := map[string]bool{}
	for _, m := range slices.Concat(w.Mail, w.Hooks) {
		if seen[m.Key] {
			s.Notices.DuplicatesReceived++
		}
		seen[m.Key] = true
	}
}

// keptFromDeletion tries to delete a case as the cluster's administrator.
func keptFromDeletion(ctx context.Context, admin client.Client, w *World) (Invariant, error) {
	const name = "7 a case is not deleted by accident"
	if len(w.Complaints) == 0 {
		return Invariant{Name: name, Detail: "there is no case"}, nil
	}
	err := admin.Delete(ctx, w.Complaints[0].DeepCopy(), client.DryRunAll)
	switch {
	case apierrors.IsForbidden(err) || apierrors.IsInvalid(err):
		return Invariant{Name: name, OK: true, Detail: "the API server refuses it even to the administrator"}, nil
	case err == nil:
		return Invariant{Name: name, Detail: "the administrator could delete " + w.Complaints[0].Name}, nil
	}
	return Invariant{}, err
}

// crisis is the incident of a namespace to show: the one with most complaints.
func (w *World) crisis(namespace string) *v1alpha1.CrisisIncident {
	var best *v1alpha1.CrisisIncident
	for i := range w.Incidents {
		ci := &w.Incidents[i]
		if ci.Namespace == namespace && ci.Spec.Drill == nil && (best == nil || ci.ComplaintCount() > best.ComplaintCount()) {
			best = ci
		}
	}
	return best
}

// showIncident prints the timeline of the crisis of a namespace.
func (p *play) showIncident(w *World, namespace string) {
	ci := w.crisis(namespace)
	if ci == nil {
		return
	}
	fmt.Fprintf(p.o.Out, "\nThe crisis %s: %s (%s), commander %s, spokesperson %s; times are in %s\n", ci.Name, ci.Spec.Title,
		count(int(ci.ComplaintCount()), "complaint"), ci.Status.Commander, ci.Status.Spokesperson, p.start.Location())
	for _, e := range w.Timelines[string(ci.UID)] {
		where := e.Step
		if where == "" {
			where = "-"
		}
		fmt.Fprintf(p.o.Out, "  %s  %-17s %-26s %s%s\n", e.At.In(p.start.Location()).Format(moments), e.Type, where, inZone(e.Text, p.start.Location()), by(e.Actor))
	}
}

func by(actor v1alpha1.User) string {
	if actor == "" {
		return ""
	}
	return " [" + string(actor) + "]"
}

// showPostMortem writes the documents next to the summary and says where.
func (p *play) showPostMortem(w *World) error {
	fmt.Fprintln(p.o.Out)
	for i := range w.PostMortems {
		pm := &w.PostMortems[i]
		for k := range w.ConfigMaps {
			cm := &w.ConfigMaps[k]
			if cm.Name != string(pm.Status.Document) {
				continue
			}
			dir := filepath.Join(p.o.Dir, "postmortems", string(pm.Spec.Incident.Name))
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
			for file, text := range cm.Data {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
					return err
				}
			}
			p.say.line("post-mortem: " + filepath.Join(dir, "postmortem.html"))
		}
	}
	return nil
}

// showTable prints what happened.
func (p *play) showTable(s *Summary) {
	t := table.NewWriter()
	t.SetOutputMirror(p.o.Out)
	t.SetStyle(table.StyleLight)
	row := func(what string, format string, args ...any) {
		t.AppendRow(table.Row{what, fmt.Sprintf(format, args...)})
	}
	levels := ""
	for _, l := range sortedKeys(s.Complaints.ByLevel) {
		levels += fmt.Sprintf("  %s %d", l, s.Complaints.ByLevel[l])
	}
	row("complaints", "%d created, %d graded, %d closed;%s", s.Complaints.Created, s.Complaints.Graded, s.Complaints.Closed, levels)
	row("incidents", "%d opened, %d closed; %s; %s", s.Incidents.Opened, s.Incidents.Closed, count(s.Drills.Run, "drill"), count(s.PostMortems, "post-mortem"))
	row("households", "%d in one crisis, %d of them told the decision once, in their language; %d raised when the month was over", s.Households.InCrisis, s.Households.ToldOnce, s.Households.RaisedByTheMonth)
	row("tasks", "%d created, %d done, %d needed no more; %d escalated", s.Tasks.Created, s.Tasks.Done, s.Tasks.Created-s.Tasks.Done, s.Tasks.Escalated)
	row("deadlines", "%s", s.deadlines())
	row("notices", "%d created, %d delivered, %d failed, %d uncertain, %d suppressed", s.Notices.Created, s.Notices.Delivered, s.Notices.Failed, s.Notices.Uncertain, s.Notices.Suppressed)
	row("received", "%s, %s, %d twice", count(s.Notices.ReceivedBySMTP, "mail"), count(s.Notices.ReceivedByWebhook, "webhook"), s.Notices.DuplicatesReceived)
	row("refused", "%s", s.Refusals.words())
	row("time", "%.0f s for %s of the play, %s of the clock", s.WallSeconds, days(p.clock.Now().Sub(p.start)), count(p.jumps, "jump"))
	t.AppendSeparator()
	for _, i := range s.Invariants {
		held := "held"
		if !i.OK {
			held = "BROKEN"
		}
		row(i.Name, "%s: %s", held, i.Detail)
	}
	fmt.Fprintln(p.o.Out)
	t.Render()
}

func sortedKeys(m map[string]int) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
