package casework

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/conditions"
	"tocsin.dev/tocsin/internal/engine"
)

// Reasons of condition Staffed, besides Stuck.
const (
	// reasonNobodyLeft: recusals, or holidays, leave nobody who leads.
	reasonNobodyLeft = "NobodyLeft"
	// reasonUndelivered: steps lack nobody to ask, but notices of theirs may not have arrived and a lead has to see to it.
	reasonUndelivered = "NoticeUndelivered"
)

// stand brings up to date what the status says at a glance.
func (f *File) stand() {
	run := f.Status.Run
	if run == nil {
		if f.held() {
			f.condition("Running", false, f.holdReason, f.holdMessage)
		}
		return
	}
	s := engine.Stand(run)
	f.Status.NextDeadline = metav1.NewTime(s.NextDeadline)
	if s.NextDeadline.IsZero() {
		f.Status.NextDeadline = metav1.Time{}
	}
	f.Status.Overdue = s.Overdue
	over := run.Result != ""
	f.sayRunning(run, over)
	if over {
		f.condition("Closed", true, string(run.Result), "")
	} else {
		f.condition("Closed", false, "Open", "")
	}
	if s.Overdue > 0 {
		f.condition("Overdue", true, "DeadlineMissed", pastDeadline(s.Overdue))
	} else {
		f.condition("Overdue", false, "InTime", "")
	}
	f.sayStaffed(s, over)
	if over {
		f.Status.ClosedAt = run.EndedAt
	} else {
		f.Status.ClosedAt = metav1.Time{}
	}
}

func (f *File) sayStaffed(s engine.Standing, over bool) {
	switch left := f.nobodyLeft(); {
	case left != "":
		f.condition("Staffed", false, reasonNobodyLeft, left)
		f.WakeBy(f.Facts.Roster.NextReturn(f.Now))
	case f.stuck != "" && !over:
		f.condition("Staffed", false, "Stuck", "nobody is called in incident "+f.Facts.OpenIncident+", of which this is part: "+f.stuck)
	case len(s.Problems) > len(s.Undelivered):
		f.condition("Staffed", false, "Stuck", conditions.List(s.Problems, "\n", conditions.MostOfRecord))
	case len(s.Undelivered) > 0:
		f.condition("Staffed", false, reasonUndelivered, conditions.List(s.Undelivered, "\n", conditions.MostOfRecord))
	default:
		f.condition("Staffed", true, "EverybodyFound", "")
	}
}

// nobodyLeft says what nobody is left for although somebody must be: a role that was given to somebody, or leading a
// record that is about people. Empty: there is somebody for everything.
func (f *File) nobodyLeft() string {
	run := f.Status.Run
	if f.plan == nil || run == nil || run.Result != "" {
		return ""
	}
	if vacant := engine.Vacant(f.plan, run); len(vacant) > 0 {
		return "nobody is left to be " + vacant[0] + ": everybody with that duty is away or may take no part (spec.about, here or of complaints that joined or were merged into it); add somebody to the team, or let a lead or a user with the RBAC verb recuse narrow spec.about"
	}
	if about := f.Facts.About; about != nil && len(about.Users)+len(about.Teams) > 0 && len(f.Status.Leads) == 0 {
		return "spec.about (here or of complaints that joined or were merged into it) leaves nobody who may lead this record: nobody can lower its level, skip a step or abort it; add somebody to the team, or let a user with the RBAC verb recuse narrow spec.about"
	}
	return ""
}

// pastDeadline counts the steps that are late.
func pastDeadline(n int32) string {
	if n == 1 {
		return "1 waiting step is past its deadline"
	}
	return fmt.Sprintf("%d waiting steps are past their deadline", n)
}

func (f *File) sayRunning(run *v1alpha1.Run, over bool) {
	switch {
	case f.held():
		f.condition("Running", false, f.holdReason, f.holdMessage)
	case over:
		f.condition("Running", false, string(run.Result), "playbook "+run.Playbook)
	case f.running != "":
		f.condition("Running", true, ReasonTakeOverWaits, f.running)
	default:
		f.condition("Running", true, "Running", "playbook "+run.Playbook)
	}
}

func (f *File) condition(typ string, ok bool, reason, message string) {
	conditions.Set(&f.Status.Conditions, f.Now, f.Record.GetGeneration(), typ, conditions.Status(ok), reason, message)
}

// stateOf is the one word that people read about a record.
func stateOf(result v1alpha1.RunResult, overdue, crisis bool) v1alpha1.CaseState {
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
