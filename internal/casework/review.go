package casework

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/conditions"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/names"
	"tocsin.dev/tocsin/internal/roster"
)

// Conditions of a PostMortem that follow from its corrective actions, and their reasons.
const (
	// ConditionOwnersTold: whoever owns the post-mortem or a corrective action was told so.
	ConditionOwnersTold = "OwnersTold"
	// ReasonOwnersTold: they were, or there are none.
	ReasonOwnersTold = "Told"
	// ReasonOwnerUnknown: an owner is in no ResponseTeam, so that nobody knows where to reach them; the message names them.
	ReasonOwnerUnknown = "OwnerUnknown"

	// ConditionActionsVerified: every corrective action was verified.
	ConditionActionsVerified = "ActionsVerified"
	// ReasonActionsVerified: all were.
	ReasonActionsVerified = "Verified"
	// ReasonNoActions: none is listed, so the condition is Unknown.
	ReasonNoActions = "NoActions"
	// ReasonOpenActions: some are not verified and none is past its date.
	ReasonOpenActions = "OpenActions"
	// ReasonActionsOverdue: some are not verified though their date has passed.
	ReasonActionsOverdue = "ActionsOverdue"
)

// Review is one turn of a post-mortem.
type Review struct {
	// PostMortem is the post-mortem. Its status says how the corrective actions stand and by when each is to be done; who was
	// told is said by Tell.
	PostMortem *v1alpha1.PostMortem
	// Record is what it is about, with its UID, as the notices name it.
	Record v1alpha1.RecordReference
	// Wake is the next moment at which time alone changes something; zero: never.
	Wake time.Time

	now    time.Time
	roster *roster.Roster
	mode   v1alpha1.Mode
	// there is whether the record is there: nobody is told of one that is gone.
	there bool
}

// ReviewPostMortem takes a post-mortem one turn further: it notes when each corrective action was listed and by when it is
// to be done, and counts what is open.
func ReviewPostMortem(world World, pm *v1alpha1.PostMortem, now time.Time) (*Review, error) {
	r := &Review{PostMortem: pm, Record: pm.Spec.Incident, now: now, mode: v1alpha1.ModeLive}
	if err := r.date(world); err != nil {
		return nil, err
	}
	r.count()
	var err error
	if r.roster, err = world.Teams(); err != nil {
		return nil, err
	}
	return r, r.find(world)
}

// find looks for the record.
func (r *Review) find(world World) error {
	var record Record
	if r.Record.Kind == v1alpha1.RecordComplaint {
		c, err := world.Complaint(string(r.Record.Name))
		if c == nil || err != nil {
			return err
		}
		record = c
	} else {
		ci, err := world.Incident(string(r.Record.Name))
		if ci == nil || err != nil {
			return err
		}
		if ci.Spec.Drill != nil {
			r.mode = v1alpha1.ModeDrill
		}
		record = ci
	}
	uid := string(record.GetUID())
	r.there = r.Record.UID == "" || r.Record.UID == uid
	r.Record.UID = uid
	return nil
}

// date notes when each corrective action was listed and by when it is to be done. The date of one that names none stays
// in the status: what people write is theirs.
func (r *Review) date(world World) error {
	spec := &r.PostMortem.Spec
	var cal *calendar.Calendar
	if spec.Due != nil && spec.Due.Working != "" {
		var err error
		if cal, err = world.Calendar(string(spec.Revision)); err != nil {
			return err
		}
	}
	listed := metav1.NewTime(r.now.UTC().Truncate(time.Second))
	standings := make([]v1alpha1.CorrectiveStanding, 0, len(spec.Actions))
	for _, a := range spec.Actions {
		is := v1alpha1.CorrectiveStanding{ID: a.ID, ListedAt: listed}
		if was := r.standing(a.ID); was != nil {
			is = *was
		}
		if is.DueAt = a.DueAt; a.DueAt.IsZero() {
			is.DueAt = dueByDefault(spec.Due, cal, is.ListedAt.Time)
		}
		standings = append(standings, is)
	}
	r.PostMortem.Status.Actions = standings
	return nil
}

// dueByDefault is the date of an action that was listed at a moment and names none: zero where the playbook gives none, or
// it cannot be computed because the calendar is gone.
func dueByDefault(span *v1alpha1.Span, cal *calendar.Calendar, listed time.Time) metav1.Time {
	if span == nil {
		return metav1.Time{}
	}
	due, err := calendar.AddSpan(cal, listed, *span)
	if err != nil {
		return metav1.Time{}
	}
	return metav1.NewTime(due.UTC().Truncate(time.Second))
}

// standing is what the status says of an action; nil: nothing yet.
func (r *Review) standing(id string) *v1alpha1.CorrectiveStanding {
	all := r.PostMortem.Status.Actions
	k := slices.IndexFunc(all, func(c v1alpha1.CorrectiveStanding) bool { return c.ID == id })
	if k < 0 {
		return nil
	}
	return &all[k]
}

// count says how the corrective actions stand, and when the next one is due.
func (r *Review) count() {
	status, all := &r.PostMortem.Status, len(r.PostMortem.Spec.Actions)
	status.OpenActions, status.NextDueAt = 0, metav1.Time{}
	overdue := 0
	for k, a := range r.PostMortem.Spec.Actions {
		if a.State == v1alpha1.CorrectiveVerified {
			continue
		}
		status.OpenActions++
		due := status.Actions[k].DueAt
		if due.IsZero() {
			continue
		}
		if status.NextDueAt.IsZero() || due.Before(&status.NextDueAt) {
			status.NextDueAt = due
		}
		if !due.After(r.now) {
			overdue++
		} else if r.Wake.IsZero() || due.Time.Before(r.Wake) {
			r.Wake = due.Time
		}
	}
	switch {
	case overdue > 0:
		r.set(ConditionActionsVerified, metav1.ConditionFalse, ReasonActionsOverdue,
			fmt.Sprintf("%d of %d corrective actions are not verified, %d of them past their date", status.OpenActions, all, overdue))
	case status.OpenActions > 0:
		r.set(ConditionActionsVerified, metav1.ConditionFalse, ReasonOpenActions,
			fmt.Sprintf("%d of %d corrective actions are not verified", status.OpenActions, all))
	case all == 0:
		r.set(ConditionActionsVerified, metav1.ConditionUnknown, ReasonNoActions, "no corrective action is listed in spec.actions, so there was nothing to verify")
	default:
		r.set(ConditionActionsVerified, metav1.ConditionTrue, ReasonActionsVerified, "every corrective action was verified")
	}
}

func (r *Review) set(typ string, status metav1.ConditionStatus, reason, message string) {
	conditions.Set(&r.PostMortem.Status.Conditions, r.now, r.PostMortem.Generation, typ, status, reason, message)
}

// Tell tells whoever owns the post-mortem that it is theirs, and of each corrective action who it was given to, and once
// more when its date has passed. Somebody else it is given to later is told as well, and of a date that was moved and
// passed too. The status says who was told once send has put it into the outbox, so that each is asked for once; an error
// of send ends it, and the rest is for the next turn.
func (r *Review) Tell(send func(engine.SendNotice) error) error {
	if !r.there {
		return nil
	}
	pm := r.PostMortem
	var unknown []string
	tell := func(user v1alpha1.User, template v1alpha1.Identifier, action string, due metav1.Time) (bool, error) {
		p, ok := r.roster.Find(user)
		if !ok {
			if !slices.Contains(unknown, string(user)) {
				unknown = append(unknown, string(user))
			}
			return false, nil
		}
		return true, send(r.notice(p, template, action, due))
	}
	if owner := pm.Spec.Owner; owner != "" && owner != pm.Status.OwnerTold {
		told, err := tell(owner, "postMortemOpened", "", metav1.Time{})
		if err != nil {
			return err
		}
		if told {
			pm.Status.OwnerTold = owner
		}
	}
	for _, a := range pm.Spec.Actions {
		if err := r.tellOf(a, tell); err != nil {
			return err
		}
	}
	if len(unknown) > 0 {
		r.set(ConditionOwnersTold, metav1.ConditionFalse, ReasonOwnerUnknown, "in no ResponseTeam of the namespace, so that nobody knows where to reach them: "+
			strings.Join(unknown, ", ")+"; name owners that a team lists")
	} else {
		r.set(ConditionOwnersTold, metav1.ConditionTrue, ReasonOwnersTold, "")
	}
	return nil
}

// tellOf tells of one corrective action. Who owns the post-mortem is told of that, not of each action they give themselves.
func (r *Review) tellOf(a v1alpha1.CorrectiveAction, tell func(v1alpha1.User, v1alpha1.Identifier, string, metav1.Time) (bool, error)) error {
	if a.State != v1alpha1.CorrectiveOpen && a.State != "" {
		return nil
	}
	is, lead := r.standing(a.ID), r.PostMortem.Spec.Owner
	if a.Owner != "" && a.Owner != lead && a.Owner != is.Told {
		told, err := tell(a.Owner, "actionAssigned", a.ID, is.DueAt)
		if err != nil {
			return err
		}
		if told {
			is.Told = a.Owner
		}
	}
	owner := cmp.Or(a.Owner, lead)
	if is.DueAt.IsZero() || is.DueAt.After(r.now) || is.ToldOverdue.Equal(&is.DueAt) || owner == "" {
		return nil
	}
	told, err := tell(owner, "actionOverdue", a.ID, is.DueAt)
	if told && err == nil {
		is.ToldOverdue = is.DueAt
	}
	return err
}

// notice is what somebody is told. Its name follows from whom what was given to, and until when.
func (r *Review) notice(p roster.Person, template v1alpha1.Identifier, action string, due metav1.Time) engine.SendNotice {
	pm := r.PostMortem
	parts := []string{string(pm.UID), string(template), action, string(p.User)}
	if template == "actionOverdue" {
		parts = append(parts, due.UTC().Format(time.RFC3339))
	}
	return engine.SendNotice{
		Name: names.Child(pm.Name, "notice", parts...),
		Spec: v1alpha1.NoticeSpec{
			Record: r.Record, To: v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientMember, Team: v1alpha1.ObjectName(p.Team), Name: p.Name},
			Template: template, Revision: pm.Spec.Revision, Mode: r.mode,
			PostMortem: v1alpha1.ObjectName(pm.Name), Action: action, DueAt: due, RequestedAt: metav1.NewTime(r.now.UTC().Truncate(time.Second)),
		},
	}
}

// DueAt is the date of an action in force.
func (r *Review) DueAt(id string) metav1.Time {
	if is := r.standing(id); is != nil {
		return is.DueAt
	}
	return metav1.Time{}
}
