package soundness

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
)

// replay plays the moves of a story once more in a world with people and a clock, by the plan as it is written but for the
// number of rounds, so that the story has dates and is known to come about.
type replay struct {
	*search
	plan  *playbook.Plan
	run   v1alpha1.Run
	facts *engine.Facts
	now   time.Time
	wake  time.Time
	// open are the open tasks by name, acts how many acts there were.
	open map[string]v1alpha1.ResponseTaskSpec
	acts int
	// writings is how often the remedy was written.
	writings int
	// before is when what happened under the playbooks before this one happened.
	before []moment
	// then are the steps that were skipped or stopped since it was emptied, and why.
	then []string
}

// perDuty is how many people have each duty, so that there is always somebody who may.
const perDuty = 10

// answerTime is how long an answer takes.
const answerTime = time.Minute

func (s *search) newReplay() *replay {
	plan := *s.written
	plan.Nodes = slices.Clone(plan.Nodes)
	for i := range plan.Nodes {
		if plan.Nodes[i].Repeat != nil {
			r := *plan.Nodes[i].Repeat
			r.Max = s.Nodes[i].Repeat.Max
			plan.Nodes[i].Repeat = &r
		}
	}
	return &replay{search: s, plan: &plan, now: now, open: map[string]v1alpha1.ResponseTaskSpec{}, facts: &engine.Facts{
		Record: v1alpha1.RecordReference{Kind: plan.For, Name: "case", UID: "case"}, Mode: v1alpha1.ModeLive, Title: "case",
		Team: everybody, ReceivedAt: now, GradedAt: now, Roster: fullTeams(&plan), Incident: &playbook.IncidentFacts{},
		Digests: map[v1alpha1.WrittenField]string{}, Notices: map[string]v1alpha1.NoticeState{}, Tasks: map[string]engine.TaskFacts{},
	}}
}

// fullTeams are the teams a plan names, with enough people for everything it asks.
func fullTeams(plan *playbook.Plan) *roster.Roster {
	teams := map[string]*v1alpha1.ResponseTeamSpec{}
	team := func(name string) *v1alpha1.ResponseTeamSpec {
		if name == "" {
			name = everybody
		}
		if teams[name] == nil {
			teams[name] = &v1alpha1.ResponseTeamSpec{Members: []v1alpha1.Member{{Name: "member", User: v1alpha1.User(name + "-member")}}}
		}
		return teams[name]
	}
	all := team(everybody)
	for _, role := range plan.Roles {
		t := team(role.Team)
		for k := range perDuty {
			user := v1alpha1.User(string(role.Duty) + "-" + strconv.Itoa(k+1))
			if !slices.ContainsFunc(t.Members, func(m v1alpha1.Member) bool { return m.User == user }) {
				t.Members = append(t.Members, v1alpha1.Member{Name: string(user), User: user, Duties: []v1alpha1.Identifier{role.Duty}})
			}
		}
	}
	for i := range plan.Nodes {
		switch a := &plan.Nodes[i].Action; {
		case a.AssembleTeam != nil:
			t := team(a.AssembleTeam.Team)
			t.Members[0].Duties = append(t.Members[0].Duties, a.AssembleTeam.Duties...)
		case a.Notify != nil:
			for _, to := range a.Notify.To {
				if _, role := plan.Roles[string(to)]; !role {
					all.Stakeholders = append(all.Stakeholders, v1alpha1.Stakeholder{Name: to})
				}
			}
		}
	}
	return roster.New(teams)
}

// moment is when a move happens, and what follows from it that people may not expect.
type moment struct {
	at   time.Time
	then []string
}

// playMoves plays moves and says when each happened; false when they do not happen as the deadlines are written.
func (r *replay) playMoves(moves []move) (when []moment, ok bool) {
	for _, m := range moves {
		r.then = nil
		if !r.move(m) {
			return nil, false
		}
		when = append(when, moment{r.now, r.then})
	}
	return append(r.before, when...), true
}

// play plays the moves that lead to a state in which nothing moves and says when each happened; false when they do not lead there as
// the deadlines are written.
func (s *search) play(at int32) ([]moment, bool) {
	r := s.newReplay()
	when, ok := r.playMoves(s.path(at))
	if !ok {
		return nil, false
	}
	var end look
	s.decode(s.states[at], &end)
	open := func() bool {
		for i := range s.Nodes {
			if ended(&r.run.Steps[i]) != ended(&end.run.Steps[i]) {
				return false
			}
		}
		return r.run.Result == ""
	}
	for range 20 {
		if !open() {
			return nil, false
		}
		if r.wake.IsZero() {
			break
		}
		r.now = r.wake
		r.decide()
	}
	return when, true
}

// move lets something happen.
func (r *replay) move(m move) bool {
	r.setFacts(&r.values[m.facts])
	i := int(m.step)
	switch m.kind {
	case begins:
		if g := r.givenBy(m); g != nil {
			r.incidentStands(g.incident, &r.values[m.facts])
			if !r.takeOver(g) {
				return false
			}
			break
		}
		r.run = engine.Start(r.plan, r.facts, v1alpha1.RevisionReference{Name: "r"}, 1, r.now)
	case answers, approves, refuses, acknowledges:
		if !r.passUntil(r.now.Add(answerTime)) || !r.answer(i, m) {
			return false
		}
	case delivers, loses, doubts:
		for _, name := range r.run.Steps[i].Notices {
			r.facts.Notices[string(name)] = fates[m.kind-delivers+1]
		}
	case runsOut:
		return r.runOut(i)
	case rewrites:
		r.rewrite()
	default:
		r.incidentMoves(m)
	}
	r.decide()
	return true
}

func (r *replay) setFacts(v *values) {
	f := r.facts
	f.Level, f.NoContact, f.OpenIncident = v.level, v.noContact, ""
	if v.open {
		f.OpenIncident = "another"
	}
	incident := v.incident
	if r.For == v1alpha1.RecordComplaint {
		f.Complaint = &v.complaint
		if !f.Incident.Exists {
			incident = playbook.IncidentFacts{}
		}
		incident.Exists, incident.Closed, incident.Steps = f.Incident.Exists, f.Incident.Closed, f.Incident.Steps
	} else {
		incident.Exists = true
	}
	f.Incident = &incident
}

func (r *replay) rewrite() {
	r.writings++
	r.facts.Digests[v1alpha1.WritesRemedy] = "remedy-" + strconv.Itoa(r.writings)
}

func (r *replay) incidentMoves(m move) {
	stands, steps := r.incidentState(r.facts.Incident)
	r.incidentStands(r.incidentFacts(incidentAfter(stands, steps, m)), &r.values[m.facts])
}

// incidentStands sets how the incident stands.
func (r *replay) incidentStands(f playbook.IncidentFacts, v *values) {
	r.facts.Incident = &f
	r.setFacts(v)
}

// decide takes one turn and applies what follows from it.
func (r *replay) decide() {
	d := engine.Decide(r.plan, r.run, r.facts, r.now)
	r.run, r.wake = d.Run, d.Wake
	for _, e := range d.Events {
		switch condition, uncalled := strings.CutPrefix(e.Text, engine.NotCalledFor); {
		case e.Type == v1alpha1.EventStepSkipped && uncalled:
			r.then = append(r.then, e.Step+" is skipped, because "+condition+" does not hold")
		case e.Type == v1alpha1.EventStepSkipped:
			r.then = append(r.then, e.Step+" is skipped, because "+e.Text)
		case e.Type == v1alpha1.EventStepCancelled:
			r.then = append(r.then, e.Step+" is "+e.Text)
		}
	}
	for _, e := range d.Effects {
		engine.TakeTask(e, r.open, r.facts.Tasks)
		if _, joins := e.(engine.Join); joins && r.keepsIncident() {
			r.facts.Incident = &playbook.IncidentFacts{Exists: true}
		}
	}
}

// passUntil lets time pass up to a moment.
func (r *replay) passUntil(at time.Time) bool {
	for range 1000 {
		if r.wake.IsZero() || r.wake.After(at) {
			r.now = at
			return true
		}
		r.now = r.wake
		r.decide()
	}
	return false
}

// runOut lets time pass until the clock of a step has run out once more.
func (r *replay) runOut(i int) bool {
	was := r.run.Steps[i]
	for range 10_000 {
		s := &r.run.Steps[i]
		if s.State != was.State || s.Round != was.Round || s.OverdueAt != was.OverdueAt || s.Rung != was.Rung {
			return true
		}
		if r.wake.IsZero() {
			return false
		}
		r.now = r.wake
		r.decide()
	}
	return false
}

// answer has those asked answer the tasks of a step.
func (r *replay) answer(i int, m move) bool {
	s := &r.run.Steps[i]
	if s.State != v1alpha1.StepWaiting || len(s.Tasks) == 0 {
		return false
	}
	for _, name := range s.Tasks {
		spec, task := r.open[string(name)], r.facts.Tasks[string(name)]
		add := func(verb v1alpha1.TaskVerb, by v1alpha1.User, outcome v1alpha1.Identifier) {
			r.acts++
			task.Acts = append(slices.Clone(task.Acts), v1alpha1.TaskAct{ID: fmt.Sprint(r.acts), Verb: verb, By: by, At: metav1.NewTime(r.now), Outcome: outcome, Digest: spec.Assignment.Digest})
		}
		switch m.kind {
		case approves, refuses:
			verb, people := v1alpha1.TaskApprove, r.mustApprove(i)
			if m.kind == refuses {
				verb, people = v1alpha1.TaskRefuse, len(spec.Assignment.Seats)-people+1
			}
			for _, u := range engine.AskedFirst(spec.Assignment.Seats)[:min(people, len(spec.Assignment.Seats))] {
				add(verb, u, "")
			}
		case acknowledges:
			add(v1alpha1.TaskAcknowledge, spec.Assignment.Assignee, "")
		default:
			if spec.Writes != "" && r.facts.Digests[spec.Writes] == "" {
				r.rewrite()
			}
			add(v1alpha1.TaskComplete, spec.Assignment.Assignee, r.offers(i)[m.choice])
		}
		r.facts.Tasks[string(name)] = task
	}
	return true
}
