package controllers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/triage"
)

// ComplaintReconciler grades complaints and carries out their playbooks.
type ComplaintReconciler struct {
	Shell
	// Numbers gives case numbers.
	Numbers *triage.Allocator
	// Index counts complaints around one.
	Index *triage.Index
	// Policies holds compiled triage policies.
	Policies *Policies
}

// complaintFile is one reconcile of a complaint.
type complaintFile struct {
	caseFile
	c *v1alpha1.Complaint
	// policy grades the complaint.
	policy Found
	// levelPlaybook is the playbook of the level in force; empty: none.
	levelPlaybook string
	// levelChanged is whether the level in force became so in this reconcile.
	levelChanged bool
}

// Reconcile takes one complaint a step further.
func (r *ComplaintReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var c v1alpha1.Complaint
	if err := r.Get(ctx, req.NamespacedName, &c); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !c.DeletionTimestamp.IsZero() || r.Fresh.Stale(&c) {
		return ctrl.Result{}, nil
	}
	was, read := c.Status.DeepCopy(), c.ResourceVersion
	f := r.open(&c)
	phases := []func(context.Context, *complaintFile) error{
		r.grade, r.number, r.readIncident, r.gatherMerged, r.gatherFacts, r.choosePlaybook, r.carryOut, r.applyEffects, r.describe,
	}
	if c.Status.CaseNumber == "" {
		// The number is written before anybody is told of the case: every notice quotes it.
		phases = []func(context.Context, *complaintFile) error{r.grade, r.number, r.describe}
	}
	for _, phase := range phases {
		if err := phase(ctx, f); err != nil {
			return r.halted(ctx, KindComplaint, &f.caseFile, was.Conditions, err)
		}
	}
	r.wakeAt(KindComplaint, &c, f.wake)
	if equality.Semantic.DeepEqual(was, &c.Status) {
		r.signEnd(&f.caseFile)
		return ctrl.Result{}, r.closeOrphans(ctx, &f.caseFile)
	}
	err := r.Status().Update(ctx, &c)
	if err == nil {
		r.Fresh.Overwrote(c.UID, read)
		r.wrote(&f.caseFile)
		r.Numbers.Settled(string(c.UID))
		r.signEnd(&f.caseFile)
	}
	if err == nil {
		return ctrl.Result{}, r.closeOrphans(ctx, &f.caseFile)
	}
	return r.settleStatus(ctx, KindComplaint, &f.caseFile, was.Conditions, err)
}

func (r *ComplaintReconciler) open(c *v1alpha1.Complaint) *complaintFile {
	f := &complaintFile{c: c}
	f.caseFile = caseFile{obj: c, status: &c.Status.CaseStatus, acts: c.Spec.Acts, now: r.Clock.Now()}
	f.facts = engine.Facts{
		Record:     v1alpha1.RecordReference{Kind: v1alpha1.RecordComplaint, Name: v1alpha1.ObjectName(c.Name), UID: string(c.UID)},
		Mode:       v1alpha1.ModeLive,
		ReceivedAt: receivedAt(c).Time,
		Complaint:  complaintFacts(c),
		Incident:   &playbook.IncidentFacts{},
		NoContact:  c.Spec.Complainant == nil || c.Spec.Complainant.ContactSecret == "",
		About:      c.Spec.About,
	}
	return f
}

// grade sets the level: what the policy's rules give, what people decided.
func (r *ComplaintReconciler) grade(ctx context.Context, f *complaintFile) error {
	if err := f.noteFacts(f.c.Spec, authors(f.c), f.c.Spec.ChangedBy); err != nil {
		return err
	}
	policy, err := r.Policies.For(ctx, f.namespace(), f.c.Spec.Policy)
	if err != nil {
		return err
	}
	f.policy = policy
	r.Index.Upsert(string(f.c.UID), f.c.Namespace, triage.FieldsOf(f.c))
	facts := triage.Facts{Complaint: *f.facts.Complaint, ReceivedAt: f.facts.ReceivedAt, Open: f.status.ClosedAt.IsZero()}
	if facts.Incident, err = r.crisisOf(ctx, f); err != nil {
		return err
	}
	for _, count := range policy.Counts() {
		facts.Counts = append(facts.Counts, r.Index.Count(f.c.Namespace, string(f.c.UID), count))
	}
	next, verdicts := triage.Regrade(policy.Policy, f.c.Status.Grading, facts, f.levelActs(), f.now)
	f.judged(verdicts)
	f.wakeBy(next.NextAt.Time)
	if old := f.c.Status.Grading; old == nil || old.Level != next.Level {
		if old == nil {
			f.event(v1alpha1.EventReceived, "", f.received())
		}
		f.event(v1alpha1.EventGraded, "", string(next.Level)+": "+next.Reason)
		f.levelChanged = true
	}
	f.c.Status.Grading = &next
	f.facts.Level, f.facts.GradedAt, f.facts.Complaint.Level = string(next.Level), next.At.Time, string(next.Level)
	f.facts.Title = f.title()
	f.levelPlaybook = policy.Playbook(next.Level)
	f.c.Status.CorrelationKey = policy.CorrelationKey(next.Level, triage.FieldsOf(f.c))
	f.condition("Graded", true, "Graded", next.Reason)
	f.condition("Ready", true, "TakenUp", "")
	switch {
	case policy.Problem == "":
		f.condition("PolicyInForce", true, "NewestGeneration", "")
	case policy.Title() == triage.BuiltInName:
		f.condition("PolicyInForce", false, "BuiltIn", builtInFor(next.Level, policy.Problem))
	default:
		f.condition("PolicyInForce", false, "LastVerified", policy.Problem)
	}
	return nil
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
func (r *ComplaintReconciler) number(ctx context.Context, f *complaintFile) error {
	if f.c.Status.CaseNumber != "" {
		return nil
	}
	prefix, zone := f.policy.CaseNumbers()
	number, err := r.Numbers.Number(ctx, f.c.Namespace, string(f.c.UID), prefix, zone, f.facts.ReceivedAt)
	var unusable *triage.Unusable
	if errors.As(err, &unusable) {
		f.obstruction = &obstruction{reasonCaseNumbers, "no case number can be given, so nobody is asked yet: " + unusable.Error()}
		return nil
	}
	if err != nil {
		return fmt.Errorf("reserve a case number: %w", err)
	}
	f.c.Status.CaseNumber = number
	return nil
}

// choosePlaybook begins a run: the first one, one after the record was re-opened, or one that takes over because the
// level was raised.
func (r *ComplaintReconciler) choosePlaybook(ctx context.Context, f *complaintFile) error {
	run := f.status.Run
	switch {
	case f.levelPlaybook == "":
		switch {
		case run != nil && (run.Result == "" || !f.reopened()):
		case f.policy.Title() == triage.BuiltInName:
			f.hold(reasonNoPlaybook, builtInFor(f.c.Status.Grading.Level, f.policy.Problem))
		default:
			f.hold(reasonNoPlaybook, "level "+f.facts.Level+" has no playbook in "+f.policy.Title()+"; give it one, and the complaint goes on")
		}
		return nil
	case run == nil, run.Result == v1alpha1.RunSuperseded:
	case run.Result == "" && run.Playbook != f.levelPlaybook:
		return r.takeOver(ctx, f)
	case run.Result != "" && f.reopened():
		return r.reopen(ctx, f)
	default:
		return nil
	}
	return r.beginRun(ctx, f)
}

// beginRun begins the playbook of the level, or says why it cannot.
func (r *ComplaintReconciler) beginRun(ctx context.Context, f *complaintFile) error {
	problem, err := r.begin(ctx, &f.caseFile, f.levelPlaybook, v1alpha1.RecordComplaint, f.status.Run)
	if problem != "" {
		f.hold(reasonPlaybookNotReady, problem)
	}
	return err
}

// takeOver stops a run whose playbook is not the level's any more and begins the new one; as long as that cannot begin
// the old one goes on.
func (r *ComplaintReconciler) takeOver(ctx context.Context, f *complaintFile) error {
	pb, problem, err := r.ready(ctx, f.namespace(), f.levelPlaybook, v1alpha1.RecordComplaint)
	if err != nil {
		return err
	}
	if problem != "" {
		f.running = "level " + f.facts.Level + " asks for another playbook, which cannot begin: " + problem
		return nil
	}
	old, err := r.Plans.Get(ctx, r.APIReader, f.namespace(), f.status.Run.Revision)
	if err != nil {
		return err
	}
	f.take(engine.Stop(old, *f.status.Run, &f.facts, v1alpha1.RunSuperseded, "level "+f.facts.Level+" has playbook "+pb.Name, f.levelledAt(), f.now))
	return r.beginRun(ctx, f)
}

// levelledAt is when the level became what it is, if that came to light only now; else now: a run that went on, because
// the new playbook could not begin, went on with its deadlines.
func (f *complaintFile) levelledAt() time.Time {
	if f.levelChanged {
		return f.c.Status.Grading.At.Time
	}
	return f.now
}

// reopen begins a new run on a closed complaint. As long as none can begin the act waits.
func (r *ComplaintReconciler) reopen(ctx context.Context, f *complaintFile) error {
	f.facts.Complaint.Reopened++
	f.facts.Reopening = true
	if err := r.beginRun(ctx, f); err != nil || f.held() {
		return err
	}
	f.status.Reopened++
	return nil
}

// reopened says whether somebody re-opened the record since its run ended.
func (f *caseFile) reopened() bool {
	for _, act := range f.acts[min(int(f.status.Run.ActsSeen), len(f.acts)):] {
		if act.Verb == v1alpha1.RecordReopen {
			return true
		}
	}
	return false
}

func (r *ComplaintReconciler) carryOut(ctx context.Context, f *complaintFile) error {
	return r.decide(ctx, &f.caseFile)
}

func (r *ComplaintReconciler) applyEffects(ctx context.Context, f *complaintFile) error {
	for _, e := range f.effects {
		if join, ok := e.(engine.Join); ok {
			f.c.Status.Incident = &v1alpha1.RecordReference{Kind: v1alpha1.RecordCrisisIncident, Name: v1alpha1.ObjectName(join.Incident)}
		}
	}
	return r.apply(ctx, &f.caseFile)
}

// describe brings the rest of the status up to date.
func (r *ComplaintReconciler) describe(ctx context.Context, f *complaintFile) error {
	f.stand()
	st := &f.c.Status
	st.ObservedGeneration = f.c.Generation
	st.State = v1alpha1.CaseOpen
	if !st.ClosedAt.IsZero() {
		st.Grading.NextAt = metav1.Time{} // time criteria hold for open complaints only
	}
	if run := f.status.Run; run != nil {
		if h := engine.Holder(run, "handler"); h != "" {
			st.Handler = h
		}
		st.State = complaintState(run.Result, st.Overdue > 0, st.Incident != nil && !f.facts.Incident.Closed)
		st.MergedInto = ""
		if run.Result == v1alpha1.RunMerged {
			st.MergedInto = mergedInto(f.acts)
		}
	}
	return r.record(ctx, &f.caseFile)
}

func complaintState(result v1alpha1.RunResult, overdue, crisis bool) v1alpha1.CaseState {
	switch result {
	case v1alpha1.RunCompleted:
		return v1alpha1.CaseClosed
	case v1alpha1.RunAborted:
		return v1alpha1.CaseAborted
	case v1alpha1.RunWithdrawn:
		return v1alpha1.CaseWithdrawn
	case v1alpha1.RunMerged:
		return v1alpha1.CaseMerged
	}
	switch {
	case crisis:
		return v1alpha1.CaseCrisis
	case overdue:
		return v1alpha1.CaseOverdue
	}
	return v1alpha1.CaseOpen
}

func mergedInto(acts []v1alpha1.RecordAct) v1alpha1.ObjectName {
	for i := len(acts) - 1; i >= 0; i-- {
		if acts[i].Verb == v1alpha1.RecordMerge {
			return v1alpha1.ObjectName(acts[i].Into)
		}
	}
	return ""
}
