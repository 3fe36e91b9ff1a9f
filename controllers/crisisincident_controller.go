package controllers

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
)

// CrisisIncidentReconciler carries out the playbooks of incidents and drills.
type CrisisIncidentReconciler struct {
	Shell
	// Policies holds compiled triage policies: whose levels an incident can be raised and lowered to.
	Policies *Policies
}

// incidentFile is one reconcile of an incident.
type incidentFile struct {
	caseFile
	ci *v1alpha1.CrisisIncident
}

// Reconcile takes one incident a step further.
func (r *CrisisIncidentReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var ci v1alpha1.CrisisIncident
	if err := r.Get(ctx, req.NamespacedName, &ci); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !ci.DeletionTimestamp.IsZero() || r.Fresh.Stale(&ci) {
		return ctrl.Result{}, nil
	}
	was, read := ci.Status.DeepCopy(), ci.ResourceVersion
	f := r.open(&ci)
	for _, phase := range []func(context.Context, *incidentFile) error{
		r.grade, r.countComplaints, r.gatherFacts, r.choosePlaybook, r.carryOut, r.applyEffects, r.describe,
	} {
		if err := phase(ctx, f); err != nil {
			return r.halted(ctx, KindCrisisIncident, &f.caseFile, was.Conditions, err)
		}
	}
	r.wakeAt(KindCrisisIncident, &ci, f.wake)
	if equality.Semantic.DeepEqual(was, &ci.Status) {
		r.signEnd(&f.caseFile)
		return ctrl.Result{}, r.closeOrphans(ctx, &f.caseFile)
	}
	err := r.Status().Update(ctx, &ci)
	if err == nil {
		r.Fresh.Overwrote(ci.UID, read)
		r.wrote(&f.caseFile)
	}
	if err == nil {
		r.signEnd(&f.caseFile)
		return ctrl.Result{}, r.closeOrphans(ctx, &f.caseFile)
	}
	return r.settleStatus(ctx, KindCrisisIncident, &f.caseFile, was.Conditions, err)
}

func (r *CrisisIncidentReconciler) open(ci *v1alpha1.CrisisIncident) *incidentFile {
	f := &incidentFile{ci: ci}
	f.caseFile = caseFile{obj: ci, status: &ci.Status.CaseStatus, acts: ci.Spec.Acts, now: r.Clock.Now()}
	f.facts = engine.Facts{
		Record:     v1alpha1.RecordReference{Kind: v1alpha1.RecordCrisisIncident, Name: v1alpha1.ObjectName(ci.Name), UID: string(ci.UID)},
		Mode:       v1alpha1.ModeLive,
		Title:      ci.Spec.Title,
		Team:       string(ci.Spec.Team),
		Level:      string(ci.LevelInForce()),
		ReceivedAt: f.now,
		GradedAt:   f.now,
		Incident:   incidentFacts(ci),
		About:      ci.Spec.About,
	}
	if ci.Status.Run != nil {
		f.facts.ReceivedAt, f.facts.GradedAt = ci.Status.Run.StartedAt.Time, ci.Status.Run.StartedAt.Time
	}
	if ci.Spec.Drill != nil {
		f.facts.Mode = v1alpha1.ModeDrill
	}
	return f
}

func incidentFacts(ci *v1alpha1.CrisisIncident) *playbook.IncidentFacts {
	return &playbook.IncidentFacts{
		Exists: true, Closed: !ci.Status.ClosedAt.IsZero(), Drill: ci.Spec.Drill != nil, Level: string(ci.LevelInForce()),
		Signals: words(ci.Spec.Signals), Complaints: int64(ci.ComplaintCount()), Steps: stepsOf(ci),
	}
}

// mostProvenance is how many complaints an incident names; it counts all of them.
const mostProvenance = 64

// countComplaints looks which complaints are part of the incident, oldest first. Whom one of them, or one that was merged
// into it, is about takes no part in the incident either.
func (r *CrisisIncidentReconciler) countComplaints(ctx context.Context, f *incidentFile) error {
	var list v1alpha1.ComplaintList
	if err := r.List(ctx, &list, client.InNamespace(f.ci.Namespace), client.MatchingFields{IndexIncident: f.ci.Name}); err != nil {
		return fmt.Errorf("list the complaints of the incident: %w", err)
	}
	slices.SortFunc(list.Items, func(a, b v1alpha1.Complaint) int {
		if d := a.CreationTimestamp.Compare(b.CreationTimestamp.Time); d != 0 {
			return d
		}
		return slices.Compare([]string{a.Name}, []string{b.Name})
	})
	st := &f.ci.Status
	for i := range list.Items {
		merged, err := r.mergedFrom(ctx, f.ci.Namespace, list.Items[i].Name)
		if err != nil {
			return err
		}
		for _, c := range append(merged, list.Items[i]) {
			f.facts.About = joined(f.facts.About, c.Spec.About)
		}
		name := v1alpha1.ObjectName(list.Items[i].Name)
		if len(st.Provenance) < mostProvenance && !slices.Contains(st.Provenance, name) {
			st.Provenance = append(st.Provenance, name)
			f.event(v1alpha1.EventCorrelated, "", "complaint "+caseOf(&list.Items[i])+" is part of the incident")
		}
	}
	count := max(f.ci.ComplaintCount(), int32(len(list.Items)))
	st.Complaints, f.facts.Incident.Complaints = &count, int64(count)
	return nil
}

func (r *CrisisIncidentReconciler) gatherFacts(ctx context.Context, f *incidentFile) error {
	return r.gather(ctx, &f.caseFile)
}

// choosePlaybook begins the run, or a new one after the incident was re-opened.
func (r *CrisisIncidentReconciler) choosePlaybook(ctx context.Context, f *incidentFile) error {
	run := f.status.Run
	reopened := run != nil && run.Result != "" && f.reopened()
	if run != nil && !reopened {
		return nil
	}
	if f.status.Timeline.Length == 0 {
		f.events = append([]engine.Event{{At: f.now, Type: v1alpha1.EventReceived, Text: f.ci.Spec.Title}}, f.events...)
	}
	f.facts.Reopening = reopened
	problem, err := r.begin(ctx, &f.caseFile, string(f.ci.Spec.Playbook), v1alpha1.RecordCrisisIncident, run)
	if err != nil {
		return err
	}
	if problem != "" {
		f.hold(reasonPlaybookNotReady, problem)
		if run == nil {
			f.condition("Staffed", false, "Stuck", "nobody is called: "+problem)
		}
		return nil
	}
	f.facts.Incident.Closed = false
	if reopened {
		f.status.Reopened++
	}
	return nil
}

func (r *CrisisIncidentReconciler) carryOut(ctx context.Context, f *incidentFile) error {
	return r.decide(ctx, &f.caseFile)
}

func (r *CrisisIncidentReconciler) applyEffects(ctx context.Context, f *incidentFile) error {
	for _, e := range f.effects {
		if pm, ok := e.(engine.OpenPostMortem); ok {
			f.ci.Status.PostMortem = v1alpha1.ObjectName(pm.Name)
		}
	}
	return r.apply(ctx, &f.caseFile)
}

// describe brings the rest of the status up to date.
func (r *CrisisIncidentReconciler) describe(ctx context.Context, f *incidentFile) error {
	f.stand()
	st := &f.ci.Status
	st.ObservedGeneration = f.ci.Generation
	st.State = v1alpha1.CaseNew
	f.condition("Ready", st.Run != nil, map[bool]string{true: "TakenUp", false: "Waiting"}[st.Run != nil], "")
	if run := st.Run; run != nil {
		st.Commander = engine.Holder(run, engine.RoleCommander)
		st.Spokesperson = engine.Holder(run, engine.RoleSpokesperson)
		st.State = complaintState(run.Result, st.Overdue > 0, false)
	}
	return r.record(ctx, &f.caseFile)
}
