package casework_test

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
	"tocsin.dev/tocsin/internal/triage"
)

// tb is what a world needs of a test or a benchmark.
type tb interface {
	Helper()
	Fatalf(format string, args ...any)
}

// start is when the clock of every world begins; a Monday.
var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// world is a namespace in memory. Notices arrive at once.
type world struct {
	t   tb
	now time.Time
	// asked is what was asked for in the last turn, in order.
	asked []string
	// careful worlds look after each turn whether anything but the record was changed.
	careful bool

	policy    casework.Policy
	teams     *roster.Roster
	playbooks map[string]*v1alpha1.Playbook
	plans     map[string]*playbook.Plan
	calendars map[string]*calendar.Calendar

	index      triage.Index
	complaints map[string]*v1alpha1.Complaint
	incidents  map[string]*v1alpha1.CrisisIncident
	tasks      map[string]*v1alpha1.ResponseTask
	notices    map[string]*v1alpha1.Notice
}

// newWorld is a namespace with the policy, teams and playbooks of the tests.
func newWorld(t tb) *world {
	t.Helper()
	var from policies
	read(t, teamsYAML, &from.teams)
	read(t, triageYAML, &from.triage)
	read(t, playbooksYAML, &from.playbooks)
	return from.world(t)
}

func read(t tb, text string, into any) {
	t.Helper()
	if err := yaml.UnmarshalStrict([]byte(text), into); err != nil {
		t.Fatalf("%v", err)
	}
}

// policies is what a world is furnished with.
type policies struct {
	teams     map[string]*v1alpha1.ResponseTeamSpec
	triage    v1alpha1.TriagePolicySpec
	playbooks map[string]v1alpha1.PlaybookSpec
	calendars map[string]v1alpha1.BusinessCalendarSpec
}

func (p policies) world(t tb) *world {
	t.Helper()
	w := &world{
		t: t, now: start, careful: true, teams: roster.New(p.teams), playbooks: map[string]*v1alpha1.Playbook{}, plans: map[string]*playbook.Plan{},
		complaints: map[string]*v1alpha1.Complaint{}, incidents: map[string]*v1alpha1.CrisisIncident{},
		tasks: map[string]*v1alpha1.ResponseTask{}, notices: map[string]*v1alpha1.Notice{},
	}
	compiled, problems := triage.Compile("default", 1, p.triage)
	if len(problems) > 0 {
		t.Fatalf("the policy does not compile: %v", problems)
	}
	w.policy = casework.Policy{Policy: compiled}
	endings := map[string]playbook.Endings{}
	for name, spec := range p.playbooks {
		endings[name] = playbook.EndingsOf(spec)
	}
	for name, spec := range p.playbooks {
		plan, problems := playbook.Compile(playbook.Closure{Name: name, Playbook: spec, Subs: p.playbooks, Calendars: p.calendars, Raised: endings})
		if len(problems) > 0 {
			t.Fatalf("%s does not compile: %v", name, problems)
		}
		revision := v1alpha1.RevisionReference{Name: name + "-1", Digest: strings.Repeat("0", 64)}
		w.plans[revision.Name] = plan
		w.playbooks[name] = &v1alpha1.Playbook{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: spec, Status: v1alpha1.PlaybookStatus{Revision: &revision}}
	}
	return w
}

func (w *world) note(format string, args ...any) {
	if w.careful {
		w.asked = append(w.asked, fmt.Sprintf(format, args...))
	}
}

var _ casework.World = (*world)(nil)

func (w *world) Policy(name string) (casework.Policy, error) {
	w.note("policy %s", name)
	return w.policy, nil
}

func (w *world) Counts(c *v1alpha1.Complaint, p *triage.Policy, figures []int64) []int64 {
	for count := range p.Counts() {
		w.note("count %s", count.Name)
	}
	return w.index.Counts(c.Namespace, string(c.UID), p, figures)
}

func (w *world) CaseNumber(c *v1alpha1.Complaint, prefix string, zone *time.Location, at time.Time) (string, error) {
	w.note("number")
	return triage.CaseNumber(prefix, zone, at, int64(len(w.complaints))), nil
}

func (w *world) Teams() (*roster.Roster, error) {
	w.note("teams")
	return w.teams, nil
}

func (w *world) Playbook(name string) (*v1alpha1.Playbook, error) {
	w.note("playbook %s", name)
	return w.playbooks[name], nil
}

func (w *world) Plan(revision v1alpha1.RevisionReference) (*playbook.Plan, error) {
	w.note("plan %s", revision.Name)
	if plan := w.plans[revision.Name]; plan != nil {
		return plan, nil
	}
	return nil, fmt.Errorf("there is no revision %s", revision.Name)
}

func (w *world) Calendar(revision string) (*calendar.Calendar, error) {
	w.note("calendar %s", revision)
	return w.calendars[revision], nil
}

func (w *world) Task(name string) (*v1alpha1.ResponseTask, error) {
	w.note("task")
	return w.tasks[name], nil
}

func (w *world) Notice(name string) (*v1alpha1.Notice, error) {
	w.note("notice")
	return w.notices[name], nil
}

func (w *world) Complaint(name string) (*v1alpha1.Complaint, error) {
	w.note("complaint %s", name)
	return w.complaints[name], nil
}

func (w *world) NewestComplaint(name string) (*v1alpha1.Complaint, error) {
	w.note("newest complaint %s", name)
	return w.complaints[name], nil
}

func (w *world) MergedInto(complaint string) ([]*v1alpha1.Complaint, error) {
	w.note("merged into %s", complaint)
	if !w.careful {
		return nil, nil // a look at every complaint; no benchmark merges any
	}
	return w.complaintsWith(func(c *v1alpha1.Complaint) bool { return string(c.Status.MergedInto) == complaint }), nil
}

func (w *world) Incident(name string) (*v1alpha1.CrisisIncident, error) {
	w.note("incident %s", name)
	return w.incidents[name], nil
}

func (w *world) IncidentsOf(key string) ([]*v1alpha1.CrisisIncident, error) {
	w.note("incidents of %s", key)
	var out []*v1alpha1.CrisisIncident
	for _, ci := range w.incidents {
		if ci.Spec.CorrelationKey == key {
			out = append(out, ci)
		}
	}
	return out, nil
}

func (w *world) ComplaintsOf(incident string) ([]*v1alpha1.Complaint, error) {
	w.note("complaints of %s", incident)
	return w.complaintsWith(func(c *v1alpha1.Complaint) bool {
		return c.Status.Incident != nil && string(c.Status.Incident.Name) == incident
	}), nil
}

func (w *world) complaintsWith(holds func(*v1alpha1.Complaint) bool) []*v1alpha1.Complaint {
	var out []*v1alpha1.Complaint
	for _, c := range w.complaints {
		if holds(c) {
			out = append(out, c)
		}
	}
	return out
}

// complain takes a complaint in.
func (w *world) complain(name string, spec v1alpha1.ComplaintSpec) *v1alpha1.Complaint {
	c := &v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{
		Namespace: "shop", Name: name, UID: types.UID("uid-" + name), Generation: 1, CreationTimestamp: metav1.NewTime(w.now),
	}, Spec: spec}
	w.complaints[name] = c
	w.index.Upsert(string(c.UID), c.Namespace, triage.FieldsOf(c))
	return c
}

// turn takes a record one turn further and applies what comes of it.
func (w *world) turn(record casework.Record) *casework.File {
	w.t.Helper()
	w.asked = nil
	unchanged := w.around(record)
	var f *casework.File
	var err error
	switch record := record.(type) {
	case *v1alpha1.Complaint:
		f, err = casework.Complaint(w, record, w.now)
	case *v1alpha1.CrisisIncident:
		f, err = casework.Incident(w, record, w.now)
	}
	if err != nil {
		w.t.Fatalf("%s: %v", record.GetName(), err)
	}
	unchanged()
	for _, e := range f.Effects {
		w.apply(e)
	}
	f.Status.Timeline.Length += int64(len(f.Events))
	return f
}

// around remembers everything but a record, and what it gives back says whether that is as it was.
func (w *world) around(record casework.Record) func() {
	w.t.Helper()
	if !w.careful {
		return func() {}
	}
	was := map[any]any{}
	others := func(see func(any, func() any)) {
		for _, o := range w.complaints {
			see(o, func() any { return o.DeepCopy() })
		}
		for _, o := range w.incidents {
			see(o, func() any { return o.DeepCopy() })
		}
		for _, o := range w.tasks {
			see(o, func() any { return o.DeepCopy() })
		}
	}
	others(func(o any, copied func() any) { was[o] = copied() })
	return func() {
		w.t.Helper()
		others(func(o any, _ func() any) {
			if o != record && !reflect.DeepEqual(o, was[o]) {
				w.t.Fatalf("a turn of %s changed another object: %+v", record.GetName(), o)
			}
		})
	}
}

func (w *world) apply(e engine.Effect) {
	w.t.Helper()
	switch e := e.(type) {
	case engine.OpenTask:
		if w.tasks[e.Name] == nil {
			w.tasks[e.Name] = &v1alpha1.ResponseTask{ObjectMeta: metav1.ObjectMeta{Name: e.Name}, Spec: e.Spec}
		}
	case engine.Reassign:
		w.tasks[e.Name].Spec.Assignment = e.Assignment
	case engine.CloseTask:
		task := w.tasks[e.Name]
		task.Spec.State, task.Spec.Outcome, task.Spec.ClosedAt = e.State, e.Outcome, metav1.NewTime(e.At)
	case engine.SendNotice:
		w.notices[e.Name] = &v1alpha1.Notice{Spec: e.Spec, Status: v1alpha1.NoticeStatus{State: v1alpha1.NoticeDelivered, EndedAt: metav1.NewTime(w.now)}}
	case engine.Raise:
		if w.incidents[e.Name] == nil {
			w.incidents[e.Name] = &v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{
				Namespace: "shop", Name: e.Name, UID: types.UID("uid-" + e.Name), Generation: 1, CreationTimestamp: metav1.NewTime(w.now),
			}, Spec: e.Spec}
		}
	case engine.Join, engine.OpenPostMortem:
	default:
		w.t.Fatalf("unexpected effect %T", e)
	}
}

// does answers the open task of a record's step.
func (w *world) does(record casework.Record, step string, by v1alpha1.User, outcome v1alpha1.Identifier) {
	w.t.Helper()
	for _, task := range w.tasks {
		if task.Spec.Record.UID == string(record.GetUID()) && task.Spec.Step == step && task.IsOpen() {
			w.act(task, v1alpha1.TaskComplete, by, outcome)
			return
		}
	}
	w.t.Fatalf("%s has no open task of step %s", record.GetName(), step)
}

// act adds an act to a task; one that answers it closes it, as admission does.
func (w *world) act(task *v1alpha1.ResponseTask, verb v1alpha1.TaskVerb, by v1alpha1.User, outcome v1alpha1.Identifier) {
	task.Spec.Acts = append(task.Spec.Acts, v1alpha1.TaskAct{
		ID: strconv.Itoa(len(task.Spec.Acts)), Verb: verb, By: by, At: metav1.NewTime(w.now), Outcome: outcome, Digest: task.Spec.Assignment.Digest,
	})
	if verb == v1alpha1.TaskComplete {
		task.Spec.State, task.Spec.Outcome, task.Spec.ClosedAt = v1alpha1.TaskDone, outcome, metav1.NewTime(w.now)
	}
}

// story is what a turn put into the timeline, a line an entry.
func story(f *casework.File) string {
	var b strings.Builder
	for _, e := range f.Events {
		fmt.Fprintf(&b, "%s %s %s: %s\n", e.Type, e.Step, e.Actor, e.Text)
	}
	return b.String()
}

// effects are the kinds of what a turn asks for, in order.
func effects(f *casework.File) []string {
	var out []string
	for _, e := range f.Effects {
		out = append(out, strings.TrimPrefix(fmt.Sprintf("%T", e), "engine."))
	}
	return out
}
