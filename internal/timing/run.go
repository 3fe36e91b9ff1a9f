package timing

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/soundness"
)

// played is a run that is played.
type played struct {
	q    *question
	c    *course
	plan *playbook.Plan
	// world are the facts it is played with.
	world   *soundness.World
	state   v1alpha1.Run
	facts   *engine.Facts
	now     time.Time
	wake    time.Time
	start   time.Time
	by      time.Time
	ends    map[round]int64
	answers map[int]v1alpha1.Identifier
	open    map[string]v1alpha1.ResponseTaskSpec
	acts    int
	lines   []line
	manner  manner
	// moved are the steps whose deadline those asked have moved as far as they may.
	moved map[round]bool
	// counts is whether the step in question goes on, where its time is counted from its start.
	counts bool
	// happened is when what is asked about happened, idle when one of the steps ended that make it idle; zero: not.
	happened, idle time.Time
	how            string
	// cut is whether it was not played to its end; unkept whether what a step waits for did not come about in time where it is to.
	cut, unkept bool
	// step is the step it happened at, -1: none.
	step int
}

// line is a line of a story.
type line struct {
	at   time.Time
	text string
}

// newPlayed is a run that begins with a doubt; w are its facts, nil: each condition that looks at some is so.
func newPlayed(q *question, d *doubt, ends map[round]int64, answers map[int]v1alpha1.Identifier, w *soundness.World) *played {
	plan := *q.plan
	plan.Nodes = slices.Clone(plan.Nodes)
	taken := func(e *playbook.Expr) bool { return looksAtFacts(e) && (w == nil || !seen(&plan, e)) }
	for i := range plan.Nodes { // what depends on facts is so
		if n := &plan.Nodes[i]; d.c.states[i] != not && taken(n.When) {
			n.When = nil
		}
	}
	plan.Regions = slices.DeleteFunc(slices.Clone(plan.Regions), func(r playbook.Region) bool { return taken(r.When) })
	if w == nil {
		w = &soundness.World{Level: q.level, Complaint: playbook.ComplaintFacts{Level: q.level}}
	}
	received, incident := when(d.start), w.Incident
	begun := received.Add(time.Duration(q.raised) * time.Second)
	incident.Exists, incident.Level = plan.For == v1alpha1.RecordCrisisIncident, cmp.Or(q.level, incident.Level)
	r := &played{q: q, c: d.c, world: w, plan: &plan, now: begun, start: received, by: when(d.by), ends: ends, answers: answers, open: map[string]v1alpha1.ResponseTaskSpec{}, moved: map[round]bool{}, step: -1}
	r.facts = &engine.Facts{
		Record: v1alpha1.RecordReference{Kind: plan.For, Name: "case", UID: "case"}, Mode: v1alpha1.ModeLive, Title: "case", Team: special, Level: cmp.Or(q.level, w.Level),
		ReceivedAt: received, GradedAt: begun, Roster: people(&plan), Incident: &incident,
		Digests: map[v1alpha1.WrittenField]string{}, Notices: map[string]v1alpha1.NoticeState{}, Tasks: map[string]engine.TaskFacts{},
	}
	if plan.For == v1alpha1.RecordComplaint {
		r.facts.Complaint = &w.Complaint
	}
	if q.raised > 0 {
		r.say(begun, fmt.Sprintf("it has been open for %s, and gets the level %s", Took(begun.Sub(received)), q.level))
	}
	return r
}

// mostMoves bounds how long a run is played.
const mostMoves = 4000

// run plays until what is asked about has happened, or long after it should have.
func (r *played) run() {
	r.state = engine.Start(r.plan, r.facts, v1alpha1.RevisionReference{Name: "r"}, 1, r.now)
	for i := range r.q.already {
		at := metav1.NewTime(r.start)
		r.state.Steps[i] = v1alpha1.StepState{Name: r.state.Steps[i].Name, State: v1alpha1.StepDone, Outcome: r.c.outcomes[i], StartedAt: at, EndedAt: at}
	}
	for range mostMoves {
		r.decide()
		for r.moveDeadlines() {
			r.decide()
		}
		if r.state.Result != "" || (!r.happened.IsZero() || !r.idle.IsZero()) && r.premiseHolds() {
			return
		}
		next, answers := r.wake, false
		for i := range r.plan.Nodes {
			if at, is := r.answered(i); is && (next.IsZero() || at.Before(next)) {
				next, answers = at, true
			}
		}
		if next.IsZero() || next.After(r.by) && !answers && r.repeats() {
			return
		}
		r.now = next
		if answers {
			r.answerDue()
		}
	}
	r.cut = true
}

// repeats is whether only what recurs is left to happen.
func (r *played) repeats() bool {
	for i := range r.plan.Nodes {
		s := &r.state.Steps[i]
		if s.State == v1alpha1.StepWaiting && r.plan.Nodes[i].Head.Every == nil && !s.NextAt.IsZero() {
			return false
		}
	}
	return true
}

// answered is when a waiting step is answered; false: never.
func (r *played) answered(i int) (time.Time, bool) {
	s, n := &r.state.Steps[i], &r.plan.Nodes[i]
	if s.State != v1alpha1.StepWaiting || !waits(n) || n.Action.Wait != nil || len(s.Tasks)+len(s.Notices) == 0 {
		return time.Time{}, false
	}
	if r.q.fromStart && r.q.conduct == v1alpha1.ConductSilence && asks(n) {
		return time.Time{}, false
	}
	end, planned := r.ends[round{i, r.roundOf(i)}]
	if !planned {
		return r.now, true
	}
	kept := r.q.conduct == v1alpha1.ConductDeadlinesKept && !s.DueAt.IsZero()
	never := end >= never && !kept || slices.Contains(r.q.unless, i) && r.q.conduct != v1alpha1.ConductDeadlinesKept
	if r.manner.early[i] {
		return r.now, true
	}
	if never && (!r.c.owed[i] && !r.manner.late || r.q.conduct == v1alpha1.ConductSilence) {
		return time.Time{}, false
	}
	if never { // it is done in the runs that are asked about, however late
		end = r.by.Unix() + 1
	}
	at := when(end)
	if kept && at.After(s.DueAt.Time) {
		at = s.DueAt.Time // it began earlier than it can at the latest, or nothing is known of how late it can
	}
	if at.Before(r.now) {
		at = r.now
	}
	return at, true
}

// moveDeadlines has those asked move the deadlines of steps that have begun as far as they may, where people do anything.
func (r *played) moveDeadlines() bool {
	moved := false
	for i := range r.plan.Nodes {
		s, head := &r.state.Steps[i], &r.plan.Nodes[i].Head
		key := round{i, r.roundOf(i)}
		if s.State != v1alpha1.StepWaiting || len(s.Tasks) == 0 || r.moved[key] || r.q.conduct != v1alpha1.ConductAnything || head.Extend == nil && head.Pause == nil {
			continue
		}
		if at, answers := r.answered(i); answers && !at.After(r.now) {
			continue
		}
		r.moved[key], moved = true, true
		name := string(s.Tasks[0])
		spec, task := r.open[name], r.facts.Tasks[name]
		who := cmp.Or(spec.Assignment.Assignee, slices.Concat(engine.AskedFirst(spec.Assignment.Seats), []v1alpha1.User{somebody})[0])
		add := func(act v1alpha1.TaskAct) {
			r.acts++
			act.ID, act.By, act.At, act.Reason = strconv.Itoa(r.acts), who, metav1.NewTime(r.now), "it takes longer"
			task.Acts = append(slices.Clone(task.Acts), act)
		}
		text := r.asked(&r.plan.Nodes[i], "has", "have") + " the deadline of " + r.plan.Nodes[i].Path + " moved"
		if head.Extend != nil {
			for range max(head.Extend.Max, 1) {
				add(v1alpha1.TaskAct{Verb: v1alpha1.TaskExtend, Extension: head.Extend.AtMost})
			}
			often := "once"
			if head.Extend.Max > 1 {
				often = fmt.Sprintf("%d times", head.Extend.Max)
			}
			text += fmt.Sprintf(", %s by %s", often, head.Extend.AtMost)
		}
		if head.Pause != nil {
			add(v1alpha1.TaskAct{Verb: v1alpha1.TaskPause})
			text += ", and its clock stopped for " + string(head.Pause.AtMost)
		}
		r.facts.Tasks[name] = task
		r.say(r.now, text)
	}
	return moved
}

func (r *played) roundOf(i int) int {
	for k := r.plan.Nodes[i].Parent; k >= 0; k = r.plan.Nodes[k].Parent {
		if r.plan.Nodes[k].Repeat != nil {
			return int(r.state.Steps[i].Round)
		}
	}
	return 0
}

// answerDue has everybody answer whose time has come.
func (r *played) answerDue() {
	for i := range r.plan.Nodes {
		if at, is := r.answered(i); is && !at.After(r.now) {
			r.answer(i)
		}
	}
}

func (r *played) answer(i int) {
	s, n := &r.state.Steps[i], &r.plan.Nodes[i]
	if n.Action.Notify != nil {
		for _, name := range s.Notices {
			r.facts.Notices[string(name)] = v1alpha1.NoticeDelivered
		}
		r.say(r.now, "the notice of "+n.Path+" arrives")
		return
	}
	outcome := r.c.outcomes[i]
	if chosen := r.answers[i]; chosen != "" {
		outcome = chosen
	}
	for _, name := range s.Tasks {
		spec, task := r.open[string(name)], r.facts.Tasks[string(name)]
		add := func(verb v1alpha1.TaskVerb, by v1alpha1.User, outcome v1alpha1.Identifier) {
			r.acts++
			task.Acts = append(slices.Clone(task.Acts), v1alpha1.TaskAct{ID: strconv.Itoa(r.acts), Verb: verb, By: by, At: metav1.NewTime(r.now), Outcome: outcome, Digest: spec.Assignment.Digest})
		}
		switch {
		case n.Action.Approval != nil:
			verb := v1alpha1.TaskApprove
			if outcome == v1alpha1.OutcomeRefused {
				verb = v1alpha1.TaskRefuse
			}
			for _, u := range engine.AskedFirst(spec.Assignment.Seats) {
				add(verb, u, "")
			}
		case n.Action.AssembleTeam != nil:
			add(v1alpha1.TaskAcknowledge, spec.Assignment.Assignee, "")
		default:
			if spec.Writes != "" {
				r.facts.Digests[spec.Writes] = "remedy-" + strconv.Itoa(r.acts)
			}
			if outcome == "" && len(spec.Outcomes) > 0 {
				outcome = spec.Outcomes[0]
			}
			add(v1alpha1.TaskComplete, spec.Assignment.Assignee, outcome)
		}
		r.facts.Tasks[string(name)] = task
	}
	text := r.asked(n, "answers", "answer") + " " + n.Path
	if outcome != "" {
		text += fmt.Sprintf(" with %q", outcome)
	}
	r.say(r.now, text)
}

// decide takes a turn and looks whether somebody in question was told.
func (r *played) decide() {
	if r.q.fromStart {
		r.count()
	}
	d := engine.Decide(r.plan, r.state, r.facts, r.now)
	r.state, r.wake = d.Run, d.Wake
	for _, e := range d.Events {
		r.note(e)
	}
	for _, e := range d.Effects {
		engine.TakeTask(e, r.open, r.facts.Tasks)
		if sent, is := e.(engine.SendNotice); is {
			r.told(&sent.Spec)
		}
	}
}

// count has the time of a promise counted from the beginning of the step it speaks of, where it has begun.
func (r *played) count() {
	s := &r.state.Steps[r.q.ended]
	if r.counts = s.State == v1alpha1.StepWaiting; !r.counts {
		return
	}
	if by, err := calendar.AddSpan(r.q.calendar, s.StartedAt.Time, r.q.within); err == nil && r.happened.IsZero() {
		r.by = by
	}
}

// unfinished says what a step still waits for.
func (r *played) unfinished(i int, step string) string {
	switch {
	case i >= 0 && r.plan.Nodes[i].Action.Notify != nil:
		return "what " + step + " tells has not arrived"
	case i >= 0 && r.plan.Nodes[i].Action.Wait != nil:
		return "what " + step + " waits for has not come about"
	}
	return "nobody has answered " + step
}

// note looks whether an entry of the timeline is the end of a step in question; one that is skipped or cancelled has not come
// about. A step in a repeat begins anew in the same turn.
func (r *played) note(e engine.Event) {
	i := slices.IndexFunc(r.plan.Nodes, func(n playbook.Node) bool { return n.Path == e.Step })
	switch {
	case e.Type == v1alpha1.EventDeadlineMissed:
		r.say(r.now, r.unfinished(i, e.Step)+": its deadline passes")
		r.unkept = r.unkept || i >= 0 && r.plan.Nodes[i].WaitUntil != nil && r.q.conduct == v1alpha1.ConductDeadlinesKept
		return
	case e.Type == v1alpha1.EventNobody:
		r.say(r.now, e.Step+" waits: "+e.Text)
		return
	case i < 0 || e.Type != v1alpha1.EventStepDone:
		return
	}
	if slices.Contains(r.q.unless, i) && r.idle.IsZero() {
		r.idle = r.now
	}
	if i == r.q.ended && r.happened.IsZero() && r.now.After(r.by) && (r.counts || !r.q.fromStart) {
		r.happened, r.how, r.step = r.now, e.Step+" has ended", i
	}
}
