package casework

import (
	"errors"
	"fmt"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/triage"
)

// complaintFile is one turn of a complaint.
type complaintFile struct {
	File
	c *v1alpha1.Complaint
	// fields are what it can have in common with others.
	fields triage.Fields
	// policy grades the complaint.
	policy Policy
	// levelPlaybook is the playbook of the level in force; empty: none.
	levelPlaybook string
	// levelChanged is whether the level in force became so in this turn.
	levelChanged bool
	// facts are what the engine is told of the complaint, noIncident of one that is part of none, counts what its policy
	// counts: room for what the File points to.
	facts      playbook.ComplaintFacts
	noIncident playbook.IncidentFacts
	counts     []int64
}

// files are turns that are over, for the room their lists and maps have.
var files = sync.Pool{New: func() any { return new(complaintFile) }}

// Reuse gives back the turn of a complaint, for whoever takes a hundred thousand complaints further. Nothing of it may be
// looked at afterwards but the record.
func Reuse(turn *File) {
	f := turn.complaint
	if f == nil {
		return
	}
	clear(f.Effects)
	clear(f.Events)
	clear(f.Facts.Tasks)
	clear(f.Facts.Notices)
	clear(f.Facts.Digests)
	clear(f.Facts.Authors)
	*f = complaintFile{
		File: File{
			Effects: f.Effects[:0], Events: f.Events[:0], responders: f.responders[:0], leads: f.leads[:0],
			Facts: engine.Facts{Tasks: f.Facts.Tasks, Notices: f.Facts.Notices, Digests: f.Facts.Digests, Authors: f.Facts.Authors},
		},
		facts:  playbook.ComplaintFacts{Expectation: f.facts.Expectation[:0], Signals: f.facts.Signals[:0], Remedy: playbook.RemedyFacts{Kinds: f.facts.Remedy.Kinds[:0]}},
		counts: f.counts[:0],
	}
	files.Put(f)
}

// Complaint takes a complaint one turn further. The first turn grades it and gives it its number: the number is written
// before anybody is told of the case, because every notice quotes it.
func Complaint(world World, c *v1alpha1.Complaint, now time.Time) (*File, error) {
	f := openComplaint(world, c, now)
	phases := wholeTurn
	if c.Status.CaseNumber == "" {
		phases = firstTurn
	}
	for _, phase := range phases {
		if err := phase(f); err != nil {
			return nil, err
		}
	}
	f.describe()
	return &f.File, nil
}

// The phases of a turn.
var (
	firstTurn = []func(*complaintFile) error{(*complaintFile).grade, (*complaintFile).number}
	wholeTurn = []func(*complaintFile) error{
		(*complaintFile).grade, (*complaintFile).number, (*complaintFile).readIncident, (*complaintFile).gatherMerged,
		(*complaintFile).gatherFacts, (*complaintFile).choosePlaybook, (*complaintFile).carryOut,
	}
)

func openComplaint(world World, c *v1alpha1.Complaint, now time.Time) *complaintFile {
	f, ok := files.Get().(*complaintFile)
	if !ok {
		f = new(complaintFile)
	}
	f.c, f.fields, f.complaint = c, triage.FieldsOf(c), f
	f.Record, f.Status, f.Now, f.world, f.acts = c, &c.Status.CaseStatus, now, world, c.Spec.Acts
	f.readFacts()
	is := &f.Facts
	is.Record = v1alpha1.RecordReference{Kind: v1alpha1.RecordComplaint, Name: v1alpha1.ObjectName(c.Name), UID: string(c.UID)}
	is.Mode, is.ReceivedAt, is.About = v1alpha1.ModeLive, receivedAt(c).Time, c.Spec.About
	is.Complaint, is.Incident = &f.facts, &f.noIncident
	is.NoContact = c.Spec.Complainant == nil || c.Spec.Complainant.ContactSecret == ""
	return f
}

// grade sets the level: what the policy's rules give, what people decided.
func (f *complaintFile) grade() error {
	if f.specChanged() {
		if err := f.noteFacts(&f.c.Spec, authors(f.c), f.c.Spec.ChangedBy); err != nil {
			return err
		}
	}
	policy, err := f.world.Policy(f.c.Spec.Policy)
	if err != nil {
		return err
	}
	f.policy = policy
	facts := triage.Facts{Complaint: f.facts, ReceivedAt: f.Facts.ReceivedAt, Open: f.Status.ClosedAt.IsZero()}
	if facts.Incident, err = f.crisisOf(); err != nil {
		return err
	}
	f.counts = f.world.Counts(f.c, policy.Policy, f.counts)
	facts.Counts = f.counts
	acts, leftOut := f.levelActs()
	next, verdicts := triage.Regrade(policy.Policy, f.c.Status.Grading, facts, acts, f.Now)
	f.judged(append(leftOut, verdicts...))
	f.noteLevel(&next)
	f.condition("Graded", true, "Graded", next.Reason)
	f.condition("Ready", true, "TakenUp", "")
	switch {
	case policy.Problem == "":
		f.condition("PolicyInForce", true, "NewestGeneration", "")
	case policy.isBuiltIn():
		f.condition("PolicyInForce", false, "BuiltIn", builtInFor(next.Level, policy.Problem))
	default:
		f.condition("PolicyInForce", false, "LastVerified", policy.Problem)
	}
	return nil
}

// noteLevel takes a grading over, and what follows from the level.
func (f *complaintFile) noteLevel(next *v1alpha1.Grading) {
	if old := f.c.Status.Grading; old == nil || old.Level != next.Level {
		if old == nil {
			f.event(v1alpha1.EventReceived, "", f.received())
		}
		f.event(v1alpha1.EventGraded, "", string(next.Level)+": "+next.Reason)
		f.levelChanged = true
	}
	f.c.Status.Grading = next
	f.Facts.Level, f.Facts.GradedAt, f.Facts.Complaint.Level = string(next.Level), next.At.Time, string(next.Level)
	f.Facts.Title = f.title()
	f.levelPlaybook = f.policy.Playbook(next.Level)
	f.c.Status.CorrelationKey = f.policy.CorrelationKey(next.Level, f.fields)
}

// received says how the complaint came in. Who took it is what the record says, so it is not who acted.
func (f *complaintFile) received() string {
	text := "received by " + string(f.c.Spec.Channel)
	if f.c.Spec.TakenBy != "" {
		text += "; the record says that " + string(f.c.Spec.TakenBy) + " took it"
	}
	return text
}

// number gives the case number, once.
func (f *complaintFile) number() error {
	if f.c.Status.CaseNumber != "" {
		return nil
	}
	prefix, zone := f.policy.CaseNumbers()
	number, err := f.world.CaseNumber(f.c, prefix, zone, f.Facts.ReceivedAt)
	var unusable *triage.Unusable
	if errors.As(err, &unusable) {
		f.Obstruction = &Obstruction{ReasonCaseNumbers, "no case number can be given, so nobody is asked yet: " + unusable.Error()}
		return nil
	}
	if err != nil {
		return fmt.Errorf("reserve a case number: %w", err)
	}
	f.c.Status.CaseNumber = number
	return nil
}

func (f *complaintFile) gatherFacts() error {
	if remedy := f.c.Spec.Remedy; remedy != nil {
		if f.Facts.Digests == nil {
			f.Facts.Digests, f.Facts.Authors = map[v1alpha1.WrittenField]string{}, map[v1alpha1.WrittenField]v1alpha1.User{}
		}
		f.Facts.Digests[v1alpha1.WritesRemedy], f.Facts.Authors[v1alpha1.WritesRemedy] = engine.RemedyDigest(remedy), remedy.By
	}
	if err := f.judgeMerges(); err != nil {
		return err
	}
	return f.gather()
}

func (f *complaintFile) carryOut() error {
	if err := f.decide(); err != nil {
		return err
	}
	for _, e := range f.Effects {
		if join, ok := e.(engine.Join); ok {
			f.c.Status.Incident = &v1alpha1.RecordReference{Kind: v1alpha1.RecordCrisisIncident, Name: v1alpha1.ObjectName(join.Incident)}
		}
	}
	return nil
}

// describe brings the rest of the status up to date.
func (f *complaintFile) describe() {
	f.stand()
	st := &f.c.Status
	st.ObservedGeneration = f.c.Generation
	st.State = v1alpha1.CaseOpen
	if !st.ClosedAt.IsZero() {
		st.Grading.NextAt = metav1.Time{} // time criteria hold for open complaints only
	}
	f.WakeBy(st.Grading.NextAt.Time)
	if run := st.Run; run != nil {
		if h := engine.Holder(run, "handler"); h != "" {
			st.Handler = h
		}
		st.State = stateOf(run.Result, st.Overdue > 0, st.Incident != nil && !f.Facts.Incident.Closed)
		st.MergedInto = ""
		if run.Result == v1alpha1.RunMerged {
			st.MergedInto = mergedInto(f.acts)
		}
	}
}

func mergedInto(acts []v1alpha1.RecordAct) v1alpha1.ObjectName {
	for i := len(acts) - 1; i >= 0; i-- {
		if acts[i].Verb == v1alpha1.RecordMerge {
			return v1alpha1.ObjectName(acts[i].Into)
		}
	}
	return ""
}
