package controllers

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/names"
	"tocsin.dev/tocsin/internal/roster"
)

// tellOwners tells whoever owns the post-mortem that it is theirs, and of each corrective action who it was given to, and
// once more when its date has passed. Somebody else it is given to later is told as well, and of a date that was moved and
// passed too. Nobody is told of a record that is gone. The status says who was told, so that each is asked for once.
func (s *postMortemScope) tellOwners(ctx context.Context, now time.Time) error {
	teller, err := s.teller(ctx, now)
	if err != nil || teller == nil {
		return err
	}
	if owner := s.pm.Spec.Owner; owner != "" && owner != s.pm.Status.OwnerTold {
		told, err := teller.tell(ctx, owner, "postMortemOpened", "", metav1.Time{})
		if err != nil {
			return err
		}
		if told {
			s.pm.Status.OwnerTold = owner
		}
	}
	for _, a := range s.pm.Spec.Actions {
		if err := teller.tellOf(ctx, a); err != nil {
			return err
		}
	}
	if len(teller.unknown) > 0 {
		s.set(ConditionOwnersTold, metav1.ConditionFalse, ReasonOwnerUnknown, "in no ResponseTeam of the namespace, so that nobody knows where to reach them: "+
			strings.Join(teller.unknown, ", ")+"; name owners that a team lists")
	} else {
		s.set(ConditionOwnersTold, metav1.ConditionTrue, ReasonOwnersTold, "")
	}
	return nil
}

// postMortemTeller puts notices about one post-mortem into the outbox.
type postMortemTeller struct {
	*postMortemScope
	roster *roster.Roster
	// record is what the post-mortem is about, mode whether that was an exercise.
	record v1alpha1.RecordReference
	mode   v1alpha1.Mode
	now    time.Time
	// unknown are the owners nobody knows, each once.
	unknown []string
}

// teller gathers what notices are made from; nil when the record is gone.
func (s *postMortemScope) teller(ctx context.Context, now time.Time) (*postMortemTeller, error) {
	t := &postMortemTeller{postMortemScope: s, record: s.pm.Spec.Incident, mode: v1alpha1.ModeLive, now: now}
	var record client.Object = &v1alpha1.Complaint{}
	if t.record.Kind == v1alpha1.RecordCrisisIncident {
		record = &v1alpha1.CrisisIncident{}
	}
	err := s.Get(ctx, client.ObjectKey{Namespace: s.pm.Namespace, Name: string(t.record.Name)}, record)
	if apierrors.IsNotFound(err) || err == nil && t.record.UID != "" && t.record.UID != string(record.GetUID()) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("read %s %s: %w", t.record.Kind, t.record.Name, err)
	}
	t.record.UID = string(record.GetUID())
	if ci, ok := record.(*v1alpha1.CrisisIncident); ok && ci.Spec.Drill != nil {
		t.mode = v1alpha1.ModeDrill
	}
	t.roster, err = teamsOf(ctx, s.Client, s.pm.Namespace)
	return t, err
}

// tellOf tells of one corrective action. Who owns the post-mortem is told of that, not of each action they give themselves.
func (t *postMortemTeller) tellOf(ctx context.Context, a v1alpha1.CorrectiveAction) error {
	is := t.standing(a.ID)
	if is == nil || a.State != v1alpha1.CorrectiveOpen && a.State != "" {
		return nil
	}
	if a.Owner != "" && a.Owner != t.pm.Spec.Owner && a.Owner != is.Told {
		told, err := t.tell(ctx, a.Owner, "actionAssigned", a.ID, is.DueAt)
		if err != nil {
			return err
		}
		if told {
			is.Told = a.Owner
		}
	}
	if is.DueAt.IsZero() || is.DueAt.After(t.now) || is.ToldOverdue.Equal(&is.DueAt) {
		return nil
	}
	owner := a.Owner
	if owner == "" {
		owner = t.pm.Spec.Owner
	}
	if owner == "" {
		return nil
	}
	told, err := t.tell(ctx, owner, "actionOverdue", a.ID, is.DueAt)
	if told {
		is.ToldOverdue = is.DueAt
	}
	return err
}

// tell puts a notice into the outbox. It is false when nobody knows who the user is. The name follows from whom what was
// given to, and until when.
func (t *postMortemTeller) tell(ctx context.Context, user v1alpha1.User, template, action string, due metav1.Time) (bool, error) {
	p, ok := t.roster.Find(user)
	if !ok {
		if !slices.Contains(t.unknown, string(user)) {
			t.unknown = append(t.unknown, string(user))
		}
		return false, nil
	}
	parts := []string{string(t.pm.UID), template, action, string(user)}
	if template == "actionOverdue" {
		parts = append(parts, due.UTC().Format(time.RFC3339))
	}
	shell := &Shell{Client: t.Client, APIReader: t.Client}
	return true, shell.createOnce(ctx, &v1alpha1.Notice{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: t.pm.Namespace, Name: names.Child(t.pm.Name, "notice", parts...),
			Labels:          map[string]string{RecordLabel: t.record.UID, ManagedByLabel: ManagedBy},
			OwnerReferences: []metav1.OwnerReference{ownedBy(t.record)},
		},
		Spec: v1alpha1.NoticeSpec{
			Record: t.record, To: v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientMember, Team: v1alpha1.ObjectName(p.Team), Name: p.Name},
			Template: v1alpha1.Identifier(template), Revision: t.pm.Spec.Revision, Mode: t.mode,
			PostMortem: v1alpha1.ObjectName(t.pm.Name), Action: action, DueAt: due, RequestedAt: metav1.NewTime(t.now.UTC().Truncate(time.Second)),
		},
	})
}
