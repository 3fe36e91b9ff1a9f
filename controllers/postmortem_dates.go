package controllers

import (
	"context"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// date notes when each corrective action was listed and by when it is to be done. The date of one that names none stays
// in the status: what people write is theirs.
func (s *postMortemScope) date(ctx context.Context, now time.Time) error {
	listed := metav1.NewTime(now.UTC().Truncate(time.Second))
	var err error
	standings := make([]v1alpha1.CorrectiveStanding, 0, len(s.pm.Spec.Actions))
	for _, a := range s.pm.Spec.Actions {
		is := v1alpha1.CorrectiveStanding{ID: a.ID, ListedAt: listed}
		if was := s.standing(a.ID); was != nil {
			is = *was
		}
		is.DueAt = a.DueAt
		if a.DueAt.IsZero() {
			due, failed := s.byDefault(ctx, is.ListedAt.Time)
			if failed != nil {
				due, err = s.dueAt(a), failed
			}
			is.DueAt = due
		}
		standings = append(standings, is)
	}
	s.pm.Status.Actions = standings
	return err
}

// standing is what the status says of an action; nil: nothing yet.
func (s *postMortemScope) standing(id string) *v1alpha1.CorrectiveStanding {
	k := slices.IndexFunc(s.pm.Status.Actions, func(c v1alpha1.CorrectiveStanding) bool { return c.ID == id })
	if k < 0 {
		return nil
	}
	return &s.pm.Status.Actions[k]
}

// dueAt is the date of an action in force.
func (s *postMortemScope) dueAt(a v1alpha1.CorrectiveAction) metav1.Time {
	if is := s.standing(a.ID); is != nil && a.DueAt.IsZero() {
		return is.DueAt
	}
	return a.DueAt
}

// byDefault is the date of an action that was listed at a moment and names none: zero where the playbook gives none, or it
// cannot be computed because the calendar is gone.
func (s *postMortemScope) byDefault(ctx context.Context, listed time.Time) (metav1.Time, error) {
	if s.pm.Spec.Due == nil {
		return metav1.Time{}, nil
	}
	cal, err := s.calendar(ctx)
	if err != nil {
		return metav1.Time{}, err
	}
	due, err := calendar.AddSpan(cal, listed, *s.pm.Spec.Due)
	if err != nil {
		return metav1.Time{}, nil
	}
	return metav1.NewTime(due.UTC().Truncate(time.Second)), nil
}

// calendar is the calendar of the playbook that opened the post-mortem; nil where it names none or is gone.
func (s *postMortemScope) calendar(ctx context.Context) (*calendar.Calendar, error) {
	if s.pm.Spec.Due.Working == "" {
		return nil, nil
	}
	closure, err := closureOf(ctx, s.Client, s.pm.Namespace, string(s.pm.Spec.Revision))
	if err != nil || closure == nil {
		return nil, err
	}
	spec, ok := closure.Calendars[closure.Playbook.Calendar]
	if !ok {
		return nil, nil
	}
	cal, err := calendar.New(spec)
	if err != nil {
		return nil, nil
	}
	return cal, nil
}
