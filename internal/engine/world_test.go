package engine_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
)

// tb is what a world needs of a test; rapid's T has it too.
type tb interface {
	Helper()
	Fatalf(format string, args ...any)
}

// monday is nine o'clock of a working Monday.
var monday = time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)

// task is a ResponseTask outside.
type task struct {
	spec  v1alpha1.ResponseTaskSpec
	state v1alpha1.TaskState
	// answered is that whoever completed it closed it, as the API server says where it fills in states.
	answered bool
	leftOut  string
	outcome  v1alpha1.Identifier
	closedAt time.Time
	order    int
}

// stands is what the task says of itself.
func (t *task) stands() v1alpha1.TaskState {
	if t.answered && t.state == v1alpha1.TaskOpen {
		return v1alpha1.TaskDone
	}
	return t.state
}

// world is everything outside the engine: the clock, the objects, the people, and the run as it was written last.
type world struct {
	t     tb
	plan  *playbook.Plan
	run   v1alpha1.Run
	facts *engine.Facts
	now   time.Time
	teams map[string]*v1alpha1.ResponseTeamSpec

	tasks    map[string]*task
	notices  map[string]v1alpha1.NoticeSpec
	others   map[string]any
	made     map[string]string
	missed   map[string]bool
	events   []engine.Event
	effects  []engine.Effect
	wake     time.Time
	acted    int
	story    strings.Builder
	deliver  bool
	unfilled bool
	// answersClose is whether completing a task closes it in the same write.
	answersClose bool
}

// newWorld is the world at nine on a Monday, with a record that was received at that moment and no run yet.
func newWorld(t tb, plan *playbook.Plan) *world {
	t.Helper()
	w := &world{t: t, plan: plan, now: monday, tasks: map[string]*task{}, notices: map[string]v1alpha1.NoticeSpec{},
		others: map[string]any{}, made: map[string]string{}, missed: map[string]bool{}, deliver: true}
	yamlInto(t, people, &w.teams)
	w.facts = &engine.Facts{
		Record:     v1alpha1.RecordReference{Kind: plan.For, Name: "case", UID: "uid"},
		Mode:       v1alpha1.ModeLive,
		Title:      "kettles",
		Level:      "serious",
		ReceivedAt: monday, GradedAt: monday,
		Incident: &playbook.IncidentFacts{},
		Notices:  map[string]v1alpha1.NoticeState{},
		Digests:  map[v1alpha1.WrittenField]string{},
		Roster:   roster.New(w.teams),
	}
	if plan.For == v1alpha1.RecordComplaint {
		w.facts.Complaint = &playbook.ComplaintFacts{Category: "delivery", Affected: 1}
	} else {
		w.facts.Team, w.facts.Incident = "crisis", &playbook.IncidentFacts{Exists: true}
	}
	w.begin(1)
	return w
}

func (w *world) begin(id int32) {
	w.run = engine.Start(w.plan, w.facts, revision, id, w.now)
}

var revision = v1alpha1.RevisionReference{Name: "playbook-1", Digest: strings.Repeat("0", 64)}

// observe brings the facts up to date with the objects, as a controller does before it decides.
func (w *world) observe() {
	w.facts.Tasks = map[string]engine.TaskFacts{}
	for name, task := range w.tasks {
		w.facts.Tasks[name] = engine.TaskFacts{Seats: task.spec.Assignment.Seats, Assignment: &task.spec.Assignment, Acts: task.spec.Acts, State: task.stands()}
		if w.unfilled {
			w.facts.Tasks[name] = engine.TaskFacts{Seats: task.spec.Assignment.Seats, Acts: task.spec.Acts}
		}
	}
}

// decide is one reconcile: look, decide, apply, write.
func (w *world) decide() engine.Decision {
	w.t.Helper()
	d := w.decideAndCrash()
	w.write(d)
	return d
}

// decideAndCrash dies after the effects were applied and before the run was written.
func (w *world) decideAndCrash() engine.Decision {
	w.t.Helper()
	w.observe()
	d := engine.Decide(w.plan, w.run, w.facts, w.now)
	for _, e := range d.Effects {
		w.apply(e)
	}
	return d
}

// write keeps the run, as it comes back from the API server.
func (w *world) write(d engine.Decision) {
	w.t.Helper()
	for _, e := range d.Effects {
		w.madeOnce(e)
		if _, is := e.(engine.Join); is {
			w.facts.Incident.Exists = true
		}
	}
	w.tell(d)
	w.effects = append(w.effects, d.Effects...)
	w.events = append(w.events, d.Events...)
	data, err := json.Marshal(d.Run)
	if err != nil {
		w.t.Fatalf("the run cannot be written: %v", err)
	}
	before := w.run
	w.run = v1alpha1.Run{}
	if err := json.Unmarshal(data, &w.run); err != nil {
		w.t.Fatalf("the run cannot be read: %v", err)
	}
	w.wake = d.Wake
	w.firedOnce(d, before)
}

// nameOf is the name of the object an effect creates, and what it is for; "" for an effect that creates nothing.
func nameOf(e engine.Effect) (name, what string) {
	switch e := e.(type) {
	case engine.OpenTask:
		return e.Name, fmt.Sprintf("task %s %d %s", e.Spec.Step, e.Spec.Round, e.Spec.Type)
	case engine.SendNotice:
		return e.Name, fmt.Sprintf("notice %s %d %s %s", e.Spec.Step, e.Spec.Round, e.Spec.Template, e.Spec.Task)
	case engine.Raise:
		return e.Name, "incident"
	case engine.PlanDrill:
		return e.Name, "drill"
	case engine.OpenPostMortem:
		return e.Name, "post-mortem"
	}
	return "", ""
}

// madeOnce sees to it that two decisions of one run never mean two things by one name.
func (w *world) madeOnce(e engine.Effect) {
	w.t.Helper()
	name, what := nameOf(e)
	if name == "" {
		return
	}
	if before, twice := w.made[name]; twice {
		w.t.Fatalf("%s was asked for twice: %s, before %s\n%s", name, what, before, w.story.String())
	}
	w.made[name] = what
}

// firedOnce sees to it that a deadline is missed once: one for each round and attempt, and each moment it was moved to.
// A decision can miss the deadline of one attempt and that of the next.
func (w *world) firedOnce(d engine.Decision, before v1alpha1.Run) {
	w.t.Helper()
	for _, e := range d.Events {
		if e.Type != v1alpha1.EventDeadlineMissed {
			continue
		}
		i := w.index(e.Step)
		was, is := w.deadline(before, i, e.Round), w.deadline(d.Run, i, e.Round)
		switch {
		case !w.missed[was]:
			w.missed[was] = true
		case !w.missed[is]:
			w.missed[is] = true
		default:
			w.t.Fatalf("the deadline of %s was missed twice\n%s", e.Step, w.story.String())
		}
	}
}

func (w *world) deadline(run v1alpha1.Run, i int, round int32) string {
	key := fmt.Sprint(run.Steps[i].Name, round, run.Steps[i].DueAt.Unix())
	for ; i >= 0; i = w.node(i).Parent {
		key += fmt.Sprint("/", run.Steps[i].Round, ".", run.Steps[i].Attempt)
	}
	return fmt.Sprint(key, " of ", run.ID)
}

func (w *world) apply(e engine.Effect) {
	w.t.Helper()
	switch e := e.(type) {
	case engine.OpenTask:
		w.nobodyRecused(e.Spec.Step, e.Spec.Assignment)
		if w.tasks[e.Name] == nil {
			w.tasks[e.Name] = &task{spec: e.Spec, state: v1alpha1.TaskOpen, order: len(w.tasks)}
		}
	case engine.Reassign:
		w.known(e.Name)
		w.nobodyRecused(w.tasks[e.Name].spec.Step, e.Assignment)
		w.tasks[e.Name].spec.Assignment = e.Assignment
	case engine.CloseTask:
		w.known(e.Name)
		w.tasks[e.Name].state, w.tasks[e.Name].outcome, w.tasks[e.Name].closedAt = e.State, e.Outcome, e.At
	case engine.LeaveOut:
		w.known(e.Name)
		if answer := w.tasks[e.Name].spec.Answer(); answer != nil && answer.ID == e.Act.ID {
			w.tasks[e.Name].answered = false
		}
		w.tasks[e.Name].leftOut = string(e.Act.By) + " " + string(e.Act.Verb) + ": " + e.Why
	case engine.SendNotice:
		if _, ok := w.notices[e.Name]; !ok {
			w.notices[e.Name] = e.Spec
		}
		if w.deliver {
			w.facts.Notices[e.Name] = v1alpha1.NoticeDelivered
		}
	case engine.Join: // written with the run
	default:
		name, _ := nameOf(e)
		if w.others[name] == nil {
			w.others[name] = e
		}
	}
}

func (w *world) known(name string) {
	w.t.Helper()
	if w.tasks[name] == nil {
		w.t.Fatalf("there is no task %s", name)
	}
}

func (w *world) nobodyRecused(step string, a v1alpha1.Assignment) {
	w.t.Helper()
	if w.facts.About == nil {
		return
	}
	users := slices.Clone(a.MayAct)
	for _, seat := range a.Seats {
		users = append(users, seat.Users...)
	}
	for _, u := range w.facts.About.Users {
		if slices.Contains(users, u) || a.Assignee == u {
			w.t.Fatalf("%s is complained about and may act on %s", u, step)
		}
	}
}

// node is what the playbook says about a step of the run; for one that was asked for besides, that it stands for itself.
func (w *world) node(i int) playbook.Node {
	if i < len(w.plan.Nodes) {
		return w.plan.Nodes[i]
	}
	return playbook.Node{Path: w.run.Steps[i].Name, Parent: -1}
}

func (w *world) index(path string) int {
	w.t.Helper()
	i := slices.IndexFunc(w.run.Steps, func(s v1alpha1.StepState) bool { return s.Name == path })
	if i < 0 {
		w.t.Fatalf("there is no step %s", path)
	}
	return i
}

func (w *world) step(path string) *v1alpha1.StepState {
	w.t.Helper()
	return &w.run.Steps[w.index(path)]
}

// open lists the open tasks in the order they were opened.
func (w *world) open() []string {
	names := slices.Collect(maps.Keys(w.tasks))
	names = slices.DeleteFunc(names, func(n string) bool { return w.tasks[n].stands() != v1alpha1.TaskOpen })
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(w.tasks[a].order, w.tasks[b].order) })
	return names
}

// taskOf is the open task of a step; of a team that was called the one of that user.
func (w *world) taskOf(step string, user v1alpha1.User) string {
	w.t.Helper()
	for _, name := range w.open() {
		spec := w.tasks[name].spec
		if spec.Step == step && (spec.Type != v1alpha1.TaskTypeAcknowledgement || spec.Assignment.Assignee == user) {
			return name
		}
	}
	w.t.Fatalf("%s has no open task\n%s", step, w.story.String())
	return ""
}
