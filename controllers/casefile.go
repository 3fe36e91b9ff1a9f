package controllers

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/conditions"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
)

// caseFile is one reconcile of a complaint or an incident: what was read, what was decided.
type caseFile struct {
	// obj is the record, with the status as it is to be written.
	obj client.Object
	// status is the part of the status that complaints and incidents share.
	status *v1alpha1.CaseStatus
	// acts are the acts on the record.
	acts []v1alpha1.RecordAct
	// now is the time of this reconcile.
	now time.Time
	// facts is what the engine is told; plan is what the run carries out, nil without a run.
	facts engine.Facts
	plan  *playbook.Plan
	// effects and events are what the engine decided; events of the controller itself come first.
	effects []engine.Effect
	events  []engine.Event
	// wake is the next moment at which time alone changes something.
	wake time.Time
	// holdReason and holdMessage say why no run can begin, for condition Running; empty when none is to or one did.
	holdReason, holdMessage string
	// running is what condition Running says of a run that goes on although it should give way.
	running string
	// stuck is why nobody is called in the incident a complaint is part of; empty: it has begun, or there is none.
	stuck string
	// obstruction is an object of somebody else that is in the record's way; nil: none is.
	obstruction *obstruction
}

// Reasons of condition Running of a record that waits for policy: the level has no playbook; the playbook cannot begin;
// a run goes on that should give way to a playbook that cannot begin.
const (
	reasonNoPlaybook       = "NoPlaybook"
	reasonPlaybookNotReady = "PlaybookNotReady"
	reasonTakeOverWaits    = "TakeOverWaits"
)

// reasonUndelivered is the reason of condition Staffed while steps lack nobody to ask, but notices of theirs may not have
// arrived and a lead has to see to it.
const reasonUndelivered = "NoticeUndelivered"

// hold notes why no run can begin.
func (f *caseFile) hold(reason, message string) { f.holdReason, f.holdMessage = reason, message }

// held says whether a run was to begin and cannot.
func (f *caseFile) held() bool { return f.holdReason != "" }

func (f *caseFile) namespace() string { return f.obj.GetNamespace() }

func (f *caseFile) event(typ v1alpha1.EventType, actor v1alpha1.User, text string) {
	f.events = append(f.events, engine.Event{At: f.now, Type: typ, Actor: actor, Text: text})
}

// wakeBy brings the next wake-up forward.
func (f *caseFile) wakeBy(at time.Time) {
	if !at.IsZero() && (f.wake.IsZero() || at.Before(f.wake)) {
		f.wake = at
	}
}

// gather reads what the run waits for and who is there.
func (s *Shell) gather(ctx context.Context, f *caseFile) error {
	teams, err := s.teams(ctx, f.namespace())
	if err != nil {
		return err
	}
	f.facts.Roster = teams
	f.facts.Acts = f.acts
	if f.status.Run == nil || f.status.Run.Result != "" {
		return nil
	}
	f.facts.Tasks = map[string]engine.TaskFacts{}
	f.facts.Notices = map[string]v1alpha1.NoticeState{}
	for i := range f.status.Run.Steps {
		if f.status.Run.Steps[i].State == v1alpha1.StepWaiting {
			if err := s.gatherStep(ctx, f, &f.status.Run.Steps[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// gatherStep reads the tasks and notices a step waits for. One the cache does not show yet has no acts and no state.
func (s *Shell) gatherStep(ctx context.Context, f *caseFile, step *v1alpha1.StepState) error {
	for _, name := range step.Tasks {
		var task v1alpha1.ResponseTask
		err := s.Get(ctx, types.NamespacedName{Namespace: f.namespace(), Name: string(name)}, &task)
		if client.IgnoreNotFound(err) != nil {
			return err
		}
		if err == nil {
			f.facts.Tasks[string(name)] = engine.TaskFacts{Seats: task.Spec.Assignment.Seats, Assignment: &task.Spec.Assignment, Acts: task.Spec.Acts, State: task.Spec.State}
		}
	}
	for _, name := range step.Notices {
		var notice v1alpha1.Notice
		err := s.Get(ctx, types.NamespacedName{Namespace: f.namespace(), Name: string(name)}, &notice)
		if client.IgnoreNotFound(err) != nil {
			return err
		}
		if err == nil {
			f.facts.Notices[string(name)] = fate(&notice)
		}
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

// ready looks for a playbook of which a run can begin. It says why there is none, for a condition.
func (s *Shell) ready(ctx context.Context, namespace, name string, kind v1alpha1.RecordKind) (*v1alpha1.Playbook, string, error) {
	var pb v1alpha1.Playbook
	err := s.Get(ctx, types.NamespacedName{Namespace: namespace, Name: name}, &pb)
	switch {
	case apierrors.IsNotFound(err):
		return nil, fmt.Sprintf("there is no Playbook %q in namespace %s; apply it or name another one", name, namespace), nil
	case err != nil:
		return nil, "", err
	case pb.Status.Revision == nil:
		return nil, fmt.Sprintf("Playbook %q has no verified revision yet; see its condition Verified", name), nil
	case pb.Spec.For != kind:
		return nil, fmt.Sprintf("Playbook %q is for %s, not for %s; name another one", name, pb.Spec.For, kind), nil
	}
	return &pb, "", nil
}

// begin starts a run of a verified playbook. It says why it cannot, for a condition, when it cannot.
func (s *Shell) begin(ctx context.Context, f *caseFile, name string, kind v1alpha1.RecordKind, old *v1alpha1.Run) (problem string, err error) {
	pb, problem, err := s.ready(ctx, f.namespace(), name, kind)
	if err != nil || problem != "" {
		return problem, err
	}
	plan, err := s.Plans.Get(ctx, s.APIReader, f.namespace(), *pb.Status.Revision)
	if err != nil {
		return "", err
	}
	id := int32(1)
	if old != nil {
		id = old.ID + 1
	}
	run := engine.Start(plan, &f.facts, *pb.Status.Revision, id, f.now)
	run.ActsSeen = 0
	if old != nil {
		run.ActsSeen = old.ActsSeen
		if old.Result == v1alpha1.RunSuperseded {
			run = engine.CarryOver(plan, run, *old)
		}
	}
	f.status.Run, f.plan = &run, plan
	f.event(v1alpha1.EventRunStarted, "", "playbook "+name+", revision "+pb.Status.Revision.Name)
	return "", nil
}

// decide lets the engine move the run on. Where a new run is to begin and cannot, what people did waits for it.
func (s *Shell) decide(ctx context.Context, f *caseFile) error {
	if f.status.Run == nil || f.held() {
		return nil
	}
	if f.plan == nil {
		plan, err := s.Plans.Get(ctx, s.APIReader, f.namespace(), f.status.Run.Revision)
		if err != nil {
			return err
		}
		f.plan = plan
	}
	began := s.Clock.Now()
	d := engine.Decide(f.plan, *f.status.Run, &f.facts, f.now)
	s.Metrics.Decided(string(f.facts.Record.Kind), s.Clock.Since(began))
	f.take(d)
	if f.status.Run.Result == "" {
		f.status.Responders, f.status.Leads = engine.Rights(f.plan, f.status.Run, &f.facts, f.now)
	}
	return nil
}

func (f *caseFile) take(d engine.Decision) {
	f.status.Run = &d.Run
	f.effects = append(f.effects, d.Effects...)
	f.events = append(f.events, d.Events...)
	f.wakeBy(d.Wake)
}

// stand brings up to date what the status says at a glance.
func (f *caseFile) stand() {
	run := f.status.Run
	if run == nil {
		if f.held() {
			f.condition("Running", false, f.holdReason, f.holdMessage)
		}
		return
	}
	s := engine.Stand(run)
	f.status.NextDeadline = metav1.NewTime(s.NextDeadline)
	if s.NextDeadline.IsZero() {
		f.status.NextDeadline = metav1.Time{}
	}
	f.status.Overdue = s.Overdue
	over := run.Result != ""
	f.sayRunning(run, over)
	f.condition("Closed", over, map[bool]string{true: string(run.Result), false: "Open"}[over], "")
	if s.Overdue > 0 {
		f.condition("Overdue", true, "DeadlineMissed", pastDeadline(s.Overdue))
	} else {
		f.condition("Overdue", false, "InTime", "")
	}
	switch left := f.nobodyLeft(); {
	case left != "":
		f.condition("Staffed", false, reasonNobodyLeft, left)
		f.wakeBy(f.facts.Roster.NextReturn(f.now))
	case f.stuck != "" && !over:
		f.condition("Staffed", false, "Stuck", "nobody is called in incident "+f.facts.OpenIncident+", of which this is part: "+f.stuck)
	case len(s.Problems) > len(s.Undelivered):
		f.condition("Staffed", false, "Stuck", conditions.List(s.Problems, "\n", conditions.MostOfRecord))
	case len(s.Undelivered) > 0:
		f.condition("Staffed", false, reasonUndelivered, conditions.List(s.Undelivered, "\n", conditions.MostOfRecord))
	default:
		f.condition("Staffed", true, "EverybodyFound", "")
	}
	if over {
		f.status.ClosedAt = run.EndedAt
	} else {
		f.status.ClosedAt = metav1.Time{}
	}
}

// pastDeadline counts the steps that are late.
func pastDeadline(n int32) string {
	if n == 1 {
		return "1 waiting step is past its deadline"
	}
	return fmt.Sprintf("%d waiting steps are past their deadline", n)
}

func (f *caseFile) sayRunning(run *v1alpha1.Run, over bool) {
	switch {
	case f.held():
		f.condition("Running", false, f.holdReason, f.holdMessage)
	case over:
		f.condition("Running", false, string(run.Result), "playbook "+run.Playbook)
	case f.running != "":
		f.condition("Running", true, reasonTakeOverWaits, f.running)
	default:
		f.condition("Running", true, "Running", "playbook "+run.Playbook)
	}
}

func (f *caseFile) condition(typ string, ok bool, reason, message string) {
	conditions.Set(&f.status.Conditions, f.now, f.obj.GetGeneration(), typ, conditions.Status(ok), reason, message)
}
