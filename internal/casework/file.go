package casework

import (
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
)

// Record is a complaint or an incident.
type Record interface {
	metav1.Object
	runtime.Object
}

// File is one turn of a complaint or an incident: what was read, what was decided.
type File struct {
	// Record is the record, with the status as it is to be written, but for the timeline and an obstruction.
	Record Record
	// Status is the part of its status that complaints and incidents share.
	Status *v1alpha1.CaseStatus
	// Now is the time of this turn.
	Now time.Time
	// Facts is what the engine was told.
	Facts engine.Facts
	// Effects are to be applied, in this order, before anything is written.
	Effects []engine.Effect
	// Events go into the timeline, in this order.
	Events []engine.Event
	// Wake is the next moment at which time alone changes something; zero: never.
	Wake time.Time
	// Obstruction is what somebody has to clear out of the record's way; nil: nothing.
	Obstruction *Obstruction
	// Decided is whether the engine was asked: there is a run, or one began.
	Decided bool

	world World
	// complaint is the whole turn of a complaint, nil of an incident.
	complaint *complaintFile
	// responders and leads are room for who may act on the record.
	responders, leads []v1alpha1.User
	// acts are the acts on the record.
	acts []v1alpha1.RecordAct
	// plan is what the run carries out, nil without a run.
	plan *playbook.Plan
	// holdReason and holdMessage say why no run can begin, for condition Running; empty when none is to or one did.
	holdReason, holdMessage string
	// running is what condition Running says of a run that goes on although it should give way.
	running string
	// stuck is why nobody is called in the incident a complaint is part of; empty: it has begun, or there is none.
	stuck string
}

// Obstruction is why a record cannot go on before somebody removes or mends an object.
type Obstruction struct {
	// Reason and Message are those of condition Obstructed; the message names the object and says what to do.
	Reason, Message string
}

// Error is the message.
func (o *Obstruction) Error() string { return o.Message }

// ReasonCaseNumbers is the reason of an obstruction: what case numbers come from cannot be used.
const ReasonCaseNumbers = "CaseNumbersUnusable"

// Reasons of condition Running of a record that waits for policy.
const (
	// ReasonNoPlaybook: the level has no playbook.
	ReasonNoPlaybook = "NoPlaybook"
	// ReasonPlaybookNotReady: the playbook cannot begin.
	ReasonPlaybookNotReady = "PlaybookNotReady"
	// ReasonTakeOverWaits: a run goes on that should give way to a playbook that cannot begin.
	ReasonTakeOverWaits = "TakeOverWaits"
)

// hold notes why no run can begin.
func (f *File) hold(reason, message string) { f.holdReason, f.holdMessage = reason, message }

// held says whether a run was to begin and cannot.
func (f *File) held() bool { return f.holdReason != "" }

func (f *File) event(typ v1alpha1.EventType, actor v1alpha1.User, text string) {
	f.Events = append(f.Events, engine.Event{At: f.Now, Type: typ, Actor: actor, Text: text})
}

// WakeBy brings the next wake-up forward.
func (f *File) WakeBy(at time.Time) {
	if !at.IsZero() && (f.Wake.IsZero() || at.Before(f.Wake)) {
		f.Wake = at
	}
}

// reopened says whether somebody re-opened the record since its run ended.
func (f *File) reopened() bool {
	for i := min(int(f.Status.Run.ActsSeen), len(f.acts)); i < len(f.acts); i++ {
		if f.acts[i].Verb == v1alpha1.RecordReopen {
			return true
		}
	}
	return false
}

// gather reads what the run waits for and who is there.
func (f *File) gather() error {
	teams, err := f.world.Teams()
	if err != nil {
		return err
	}
	f.Facts.Roster = teams
	f.Facts.Acts = f.acts
	if f.Status.Run == nil || f.Status.Run.Result != "" {
		return nil
	}
	for i := range f.Status.Run.Steps {
		if f.Status.Run.Steps[i].State == v1alpha1.StepWaiting {
			if err := f.gatherStep(&f.Status.Run.Steps[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// gatherStep reads the tasks and notices a step waits for. One that does not show yet has no acts and no state.
func (f *File) gatherStep(step *v1alpha1.StepState) error {
	for _, name := range step.Tasks {
		task, err := f.world.Task(string(name))
		if err != nil {
			return err
		}
		if task == nil {
			continue
		}
		if f.Facts.Tasks == nil {
			f.Facts.Tasks = map[string]engine.TaskFacts{}
		}
		f.Facts.Tasks[string(name)] = engine.TaskFacts{Seats: task.Spec.Assignment.Seats, Assignment: &task.Spec.Assignment, Acts: task.Spec.Acts, State: task.Spec.State}
	}
	for _, name := range step.Notices {
		notice, err := f.world.Notice(string(name))
		if err != nil {
			return err
		}
		if notice == nil {
			continue
		}
		if f.Facts.Notices == nil {
			f.Facts.Notices = map[string]v1alpha1.NoticeState{}
		}
		f.Facts.Notices[string(name)] = fate(notice)
	}
	return nil
}

// fate is how a notice stands, for whoever waits for it: one of unknown fate that will be sent again is under way.
func fate(n *v1alpha1.Notice) v1alpha1.NoticeState {
	if n.Status.State == v1alpha1.NoticeUncertain && n.Status.EndedAt.IsZero() {
		return v1alpha1.NoticeSending
	}
	return n.Status.State
}

// Unready says why no run of a playbook can begin, for a condition; empty: one can. pb is nil where there is none of that
// name; where says where it was looked for, e.g. namespace shop.
func Unready(pb *v1alpha1.Playbook, where, name string, kind v1alpha1.RecordKind) string {
	switch {
	case pb == nil:
		return fmt.Sprintf("there is no Playbook %q in %s; apply it or name another one", name, where)
	case pb.Status.Revision == nil:
		return fmt.Sprintf("Playbook %q has no verified revision yet; see its condition Verified", name)
	case pb.Spec.For != kind:
		return fmt.Sprintf("Playbook %q is for %s, not for %s; name another one", name, pb.Spec.For, kind)
	}
	return ""
}

// ready looks for a playbook of which a run can begin. It says why there is none.
func (f *File) ready(name string, kind v1alpha1.RecordKind) (*v1alpha1.Playbook, string, error) {
	pb, err := f.world.Playbook(name)
	if err != nil {
		return nil, "", err
	}
	return pb, Unready(pb, "namespace "+f.Record.GetNamespace(), name, kind), nil
}

// begin starts a run of a verified playbook. It says why it cannot, for a condition, when it cannot.
func (f *File) begin(name string, kind v1alpha1.RecordKind, old *v1alpha1.Run) (problem string, err error) {
	pb, problem, err := f.ready(name, kind)
	if err != nil || problem != "" {
		return problem, err
	}
	plan, err := f.world.Plan(*pb.Status.Revision)
	if err != nil {
		return "", err
	}
	id := int32(1)
	if old != nil {
		id = old.ID + 1
	}
	run := engine.Start(plan, &f.Facts, *pb.Status.Revision, id, f.Now)
	run.ActsSeen = 0
	if old != nil {
		run.ActsSeen = old.ActsSeen
		if old.Result == v1alpha1.RunSuperseded {
			was, err := f.world.Plan(old.Revision)
			if err != nil {
				return "", err
			}
			run = engine.CarryOver(plan, run, was, *old)
		}
	}
	f.Status.Run, f.plan = &run, plan
	began := "playbook " + name + ", revision " + pb.Status.Revision.Name
	if before := engine.DoneAlready(&run); len(before) > 0 {
		began += "; done already: " + strings.Join(before, ", ")
	}
	f.event(v1alpha1.EventRunStarted, "", began)
	return "", nil
}

// decide lets the engine move the run on. Where a new run is to begin and cannot, what people did waits for it.
func (f *File) decide() error {
	if f.Status.Run == nil || f.held() {
		return nil
	}
	if f.plan == nil {
		plan, err := f.world.Plan(f.Status.Run.Revision)
		if err != nil {
			return err
		}
		f.plan = plan
	}
	f.take(engine.Decide(f.plan, *f.Status.Run, &f.Facts, f.Now))
	f.Decided = true
	if f.Status.Run.Result == "" {
		f.responders, f.leads = engine.Rights(f.plan, f.Status.Run, &f.Facts, f.Now, f.responders, f.leads)
		f.Status.Responders = replaced(f.Status.Responders, f.responders)
		f.Status.Leads = replaced(f.Status.Leads, f.leads)
	}
	return nil
}

// replaced is a copy of a list, or the old one where it says the same.
func replaced(old, is []v1alpha1.User) []v1alpha1.User {
	if slices.Equal(old, is) {
		return old
	}
	return slices.Clone(is)
}

func (f *File) take(d engine.Decision) {
	run := d.Run
	f.Status.Run = &run
	for _, e := range d.Effects {
		if raise, ok := e.(engine.Raise); ok {
			raise.Spec.About = firstOf(raise.Spec.About)
			e = raise
		}
		f.Effects = append(f.Effects, e)
	}
	f.Events = append(f.Events, d.Events...)
	f.WakeBy(d.Wake)
	engine.Reuse(d)
}
