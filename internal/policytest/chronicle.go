package policytest

import (
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/simulation"
)

// chronicle is what a played story left behind, in the order it happened.
type chronicle struct {
	lines  []line
	states []state
	asked  []asked
	told   []told
	// acts are what the cast did to records, refused what came to nothing.
	acts    []done
	refused []refusal
	// incidents are the incidents there were, by name.
	incidents map[string]*v1alpha1.CrisisIncident
	play      *simulation.Play
	// stops are the steps that were stopped before they began, of which a line was written.
	stops map[stopping]bool
}

// line is a line of a timeline, with what the record's run says of the step.
type line struct {
	engine.Event
	record   string
	playbook string
	// began and due are when the step began and what its deadline is; zero: it has not, or has none.
	began, due time.Time
	// stays are the steps that a run has done when it begins, because another one did.
	stays []string
	// untold is that it stands in no timeline.
	untold bool
}

// state is how a record stands from a moment on.
type state struct {
	at       time.Time
	record   string
	level    v1alpha1.LevelName
	rule     string
	policy   string
	incident string
	playbook string
	result   v1alpha1.RunResult
}

// asked is a task as it was when it was opened.
type asked struct {
	at     time.Time
	record string
	task   *v1alpha1.ResponseTask
}

// told is a notice that was delivered.
type told struct {
	at     time.Time
	notice *v1alpha1.Notice
	user   v1alpha1.User // of a member
}

// listen has a chronicle written of a story.
func listen(play *simulation.Play) *chronicle {
	c := &chronicle{incidents: map[string]*v1alpha1.CrisisIncident{}, stops: map[stopping]bool{}, play: play}
	play.Changed = func(record casework.Record, e engine.Effect) {
		if open, is := e.(engine.OpenTask); is {
			task := &v1alpha1.ResponseTask{Spec: *open.Spec.DeepCopy()}
			task.Name, task.Namespace, task.Spec.State = open.Name, record.GetNamespace(), v1alpha1.TaskOpen
			c.asked = append(c.asked, asked{play.Now(), record.GetName(), task})
		}
	}
	play.Told = func(record casework.Record, e engine.Event) {
		now := stateOf(record, play.Now())
		l := line{Event: e, record: now.record, playbook: now.playbook}
		if s := stepOf(statusOf(record).Run, e.Step); s != nil {
			l.began, l.due = s.StartedAt.UTC(), s.DueAt.UTC()
		}
		if e.Type == v1alpha1.EventRunStarted {
			l.stays = doneBefore(statusOf(record).Run)
		}
		c.lines = append(c.lines, l)
		c.leftOut(l)
		c.note(now)
	}
	play.Turned = c.lookForStops
	return c
}

// note keeps how a record stands where that has changed.
func (c *chronicle) note(now state) {
	if was, is := c.stateAt(now.record, now.at); is {
		was.at = now.at
		if was == now {
			return
		}
	}
	c.states = append(c.states, now)
}

// close looks up what became of the notices.
func (c *chronicle) close() {
	for _, n := range c.play.Notices() {
		if n.Status.State != v1alpha1.NoticeDelivered {
			continue
		}
		t := told{at: n.Status.EndedAt.UTC(), notice: n}
		if n.Spec.To.Kind == v1alpha1.RecipientMember {
			for _, m := range c.play.Teams().Members(string(n.Spec.To.Team), nil) {
				if m.Name == n.Spec.To.Name {
					t.user = m.User
				}
			}
		}
		c.told = append(c.told, t)
	}
	for _, ci := range c.play.Incidents() {
		c.incidents[ci.Name] = ci
	}
	sortByTime(c.told, func(t told) time.Time { return t.at })
}

func statusOf(record casework.Record) *v1alpha1.CaseStatus {
	if c, is := record.(*v1alpha1.Complaint); is {
		return &c.Status.CaseStatus
	}
	return &record.(*v1alpha1.CrisisIncident).Status.CaseStatus
}

func stateOf(record casework.Record, at time.Time) state {
	s := state{at: at, record: record.GetName()}
	if run := statusOf(record).Run; run != nil {
		s.playbook, s.result = run.Playbook, run.Result
	}
	switch o := record.(type) {
	case *v1alpha1.Complaint:
		if g := o.Status.Grading; g != nil {
			s.level, s.rule, s.policy = g.Level, g.Rule, g.Policy
		}
		if in := o.Status.Incident; in != nil {
			s.incident = string(in.Name)
		}
	case *v1alpha1.CrisisIncident:
		s.level = o.LevelInForce()
	}
	return s
}

func stepOf(run *v1alpha1.Run, name string) *v1alpha1.StepState {
	if run == nil || name == "" {
		return nil
	}
	for i := range run.Steps {
		if run.Steps[i].Name == name {
			return &run.Steps[i]
		}
	}
	return nil
}

// doneBefore are the steps of a run that began before it did.
func doneBefore(run *v1alpha1.Run) []string {
	var out []string
	for i := range run.Steps {
		if s := &run.Steps[i]; !s.StartedAt.IsZero() && s.StartedAt.Before(&run.StartedAt) {
			out = append(out, s.Name)
		}
	}
	return out
}

// stateAt is how a record stood at a moment; false: it was not there yet.
func (c *chronicle) stateAt(record string, at time.Time) (state, bool) {
	for i := len(c.states) - 1; i >= 0; i-- {
		if s := c.states[i]; s.record == record && !s.at.After(at) {
			return s, true
		}
	}
	return state{}, false
}

// resolve is the object that an expectation's record is: of `lamp/incident` the incident that lamp became part of by a
// moment; empty: it is part of none.
func (c *chronicle) resolve(record string, by time.Time) string {
	name, _, ofIt := strings.Cut(record, "/")
	if !ofIt {
		return name
	}
	s, _ := c.stateAt(name, by)
	return s.incident
}
