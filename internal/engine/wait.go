package engine

import (
	"tocsin.dev/tocsin/api/v1alpha1"
)

// beginWait sets when a wait for time ends.
func (t *turn) beginWait(i int) {
	n, s := &t.plan.Nodes[i], &t.run.Steps[i]
	wait := n.Action.Wait
	if wait.For == nil {
		t.event(v1alpha1.EventStepStarted, i, "", "waits until "+n.WaitUntil.Source())
		return
	}
	end, err := t.counted(i, s.StartedAt.Time, *wait.For)
	if err != nil {
		t.problem(i, "the end of the wait cannot be computed: "+err.Error())
		return
	}
	s.NextAt = stamp(end)
	text := "waits " + spanWords(*wait.For)
	if until := s.HolidaysKnownUntil; until != "" {
		text += ", counted by " + s.Calendar + " as if no public holiday came after " + string(until)
	}
	t.event(v1alpha1.EventStepStarted, i, "", text)
}

func (t *turn) awaitCondition(i int) {
	n, s := &t.plan.Nodes[i], &t.run.Steps[i]
	switch {
	case n.WaitUntil != nil:
		if holds, _ := t.holds(n.WaitUntil, i); holds {
			t.finish(i, done, nil, t.now)
		}
	case s.NextAt.IsZero():
		t.beginWait(i)
	case !s.NextAt.After(t.now):
		t.because(s.NextAt.Time)
		t.finish(i, done, nil, s.NextAt.Time)
	}
}

// sendForm sends the form of a survey to the complainant.
func (t *turn) sendForm(i int) {
	survey := t.plan.Nodes[i].Action.Survey
	if survey.By != v1alpha1.SurveyForm {
		return
	}
	if t.f.NoContact {
		t.event(v1alpha1.EventUndelivered, i, "", noContact)
		return
	}
	template := string(survey.Template)
	if template == "" {
		template = "surveyInvitation"
	}
	t.notice(i, "form", v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientComplainant}, template, "", "")
	t.event(v1alpha1.EventNoticeRequested, i, "", template+" to complainant")
}

// Outcomes of a repeat.
const (
	Satisfied v1alpha1.Identifier = "satisfied"
	Exhausted v1alpha1.Identifier = "exhausted"
)

// beginRound makes the steps of a repeat pending for another round.
func (t *turn) beginRound(i int, round int32) {
	t.run.Steps[i].Round = round
	t.resetChildren(i, round)
	t.event(v1alpha1.EventRoundStarted, i, "", "round "+number(round))
}

// nextRound looks whether the round of a repeat has ended, and ends the repeat or begins the next round.
func (t *turn) nextRound(i int) {
	n, s := &t.plan.Nodes[i], &t.run.Steps[i]
	if !t.allEnded(n.Children) {
		return
	}
	switch holds, known := t.holds(n.Until, i); {
	case !known:
	case holds:
		t.finish(i, Satisfied, nil, t.now)
	case s.Round >= n.Repeat.Max:
		t.finish(i, Exhausted, nil, t.now)
	default:
		t.beginRound(i, s.Round+1)
	}
}
