package staffing

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
)

// player plays a playbook with the people who are there. Who is asked answers; a deadline may pass at any moment while its
// step waits, and facts may change at any moment, as in the proof of soundness.
type player struct {
	*search
	out   out
	when  moments
	facts engine.Facts
	// given are the roles that are filled when the run begins.
	given *given
}

// played is a run as it stands after some moves, with what lies around it.
type played struct {
	run      v1alpha1.Run
	tasks    map[string]engine.TaskFacts
	notices  map[string]v1alpha1.NoticeState
	incident playbook.IncidentFacts
	// world is the combination of facts that holds, written whether the remedy is there.
	world   int
	written bool
	// from is the run before, by the move that led here; events are what followed.
	from   *played
	by     move
	events []engine.Event
}

// moveKind is a kind of move.
type moveKind byte

const (
	begins moveKind = iota
	answers
	votes
	signs
	delivers
	fails
	timePasses
	factsChange
	incidentMoves
)

// move is something that happens: to a step, or to the world around.
type move struct {
	kind moveKind
	step int
	// verb and outcome are of an answer, span of time that passes, choice which facts hold or how a step of the incident ends.
	verb    v1alpha1.TaskVerb
	outcome v1alpha1.Identifier
	span    time.Duration
	choice  int
}

// start is the run as its first turn leaves it, once for each combination of facts.
func (p *player) start() []*played {
	var out []*played
	for w := range p.around.Worlds {
		s := &played{run: engine.Start(p.Plan, &p.facts, v1alpha1.RevisionReference{Name: "r"}, 1, p.when.at), world: w}
		if p.given != nil {
			s.run.Roles = slices.Clone(p.given.all)
		}
		out = append(out, p.after(s, move{kind: begins}))
	}
	return out
}

// moves are what can happen next.
func (p *player) moves(s *played) []move {
	if s.run.Result != "" {
		return nil
	}
	var out []move
	for i := range s.run.Steps {
		if p.concerned[i] && s.run.Steps[i].State == v1alpha1.StepWaiting {
			out = append(out, p.movesOf(s, i)...)
		}
	}
	for w := range p.around.Worlds {
		if w != s.world && p.around.Worlds[w].Settled == p.around.Worlds[s.world].Settled {
			out = append(out, move{kind: factsChange, choice: w})
		}
	}
	return append(out, p.incidentMoves(s)...)
}

func (p *player) movesOf(s *played, i int) []move {
	var out []move
	step, action := &s.run.Steps[i], &p.Plan.Nodes[i].Action
	switch {
	case action.Notify != nil && p.Plan.Nodes[i].Head.Within != nil && p.Plan.Nodes[i].Head.Every == nil:
		if len(step.Notices) > 0 && s.notices[string(step.Notices[0])] == "" {
			out = append(out, move{kind: delivers, step: i}, move{kind: fails, step: i})
		}
	case len(step.Tasks) == 0:
	case action.Approval != nil:
		out = append(out, move{kind: votes, step: i, verb: v1alpha1.TaskApprove}, move{kind: votes, step: i, verb: v1alpha1.TaskRefuse})
	case action.AssembleTeam != nil:
		out = append(out, move{kind: signs, step: i})
	case step.Assignee != "":
		for _, outcome := range p.offers(i) {
			out = append(out, move{kind: answers, step: i, outcome: outcome})
		}
	}
	late := time.Duration(0)
	if !step.DueAt.IsZero() && step.OverdueAt.IsZero() {
		late = step.DueAt.Sub(p.when.at) + time.Second
		out = append(out, move{kind: timePasses, step: i, span: late})
	}
	if next := step.NextAt.Sub(p.when.at); !step.NextAt.IsZero() && next != late {
		out = append(out, move{kind: timePasses, step: i, span: next})
	}
	return out
}

// offers are the answers to a step that something tells apart.
func (p *player) offers(i int) []v1alpha1.Identifier {
	var all []v1alpha1.Identifier
	switch a := &p.Plan.Nodes[i].Action; {
	case a.Task != nil:
		all = a.Task.Outcomes
	case a.Survey != nil:
		all = a.Survey.Scale
	case a.Decision != nil:
		all = a.Decision.Options
	}
	switch {
	case len(all) == 0:
		return []v1alpha1.Identifier{""}
	case !p.around.Outcomes[i]:
		return all[:1]
	}
	return all
}

// incidentMoves are what can happen to the incident of a complaint: it is raised, a step of it ends, it is closed.
func (p *player) incidentMoves(s *played) []move {
	if !p.around.Incident || s.incident.Closed {
		return nil
	}
	if !s.incident.Exists {
		return []move{{kind: incidentMoves, step: -1}}
	}
	out := []move{{kind: incidentMoves, step: -2}}
	for k, step := range p.around.Steps {
		if !slices.ContainsFunc(s.incident.Steps, func(e v1alpha1.StepState) bool { return e.Name == step.Name && e.State != v1alpha1.StepPending }) {
			for choice := range step.Ends {
				out = append(out, move{kind: incidentMoves, step: k, choice: choice})
			}
		}
	}
	return out
}

// after is what follows from a move.
func (p *player) after(from *played, m move) *played {
	p.questions++
	s := &played{run: from.run, tasks: maps.Clone(from.tasks), notices: from.notices, incident: from.incident, world: from.world, written: from.written, from: from, by: m}
	if s.tasks == nil {
		s.tasks = map[string]engine.TaskFacts{}
	}
	switch m.kind {
	case begins:
		s.from = nil
	case answers:
		task := p.Plan.Nodes[m.step].Action.Task
		s.written = s.written || task != nil && task.Writes != ""
		p.act(s, m, s.run.Steps[m.step].Tasks[0], v1alpha1.TaskComplete, s.run.Steps[m.step].Assignee)
	case votes:
		name := s.run.Steps[m.step].Tasks[0]
		seats := s.tasks[string(name)].Seats
		for _, u := range slices.Concat(engine.AskedFirst(seats), usersOf(seats)) {
			p.act(s, m, name, m.verb, u)
		}
	case signs:
		for _, name := range s.run.Steps[m.step].Tasks {
			p.act(s, m, name, v1alpha1.TaskAcknowledge, s.tasks[string(name)].Assignment.Assignee)
		}
	case delivers, fails:
		s.notices = maps.Clone(s.notices)
		if s.notices == nil {
			s.notices = map[string]v1alpha1.NoticeState{}
		}
		for _, name := range s.run.Steps[m.step].Notices {
			s.notices[string(name)] = [...]v1alpha1.NoticeState{v1alpha1.NoticeDelivered, v1alpha1.NoticeFailed}[m.kind-delivers]
		}
	case timePasses:
		letPass(s, m)
	case factsChange:
		s.world = m.choice
	case incidentMoves:
		p.moveIncident(s, m)
	}
	p.decide(s)
	return s
}

// letPass lets time pass for one step alone.
func letPass(s *played, m move) {
	s.run.Steps = slices.Clone(s.run.Steps)
	step := &s.run.Steps[m.step]
	for _, at := range []*metav1.Time{&step.StartedAt, &step.DueAt, &step.NextAt, &step.OverdueAt, &step.AcknowledgeBy} {
		if !at.IsZero() {
			*at = metav1.NewTime(at.Add(-m.span))
		}
	}
}

func usersOf(seats []v1alpha1.Seat) []v1alpha1.User {
	var out []v1alpha1.User
	for _, seat := range seats {
		out = append(out, seat.Users...)
	}
	return out
}

// act has somebody do something to a task.
func (p *player) act(s *played, m move, name v1alpha1.ObjectName, verb v1alpha1.TaskVerb, by v1alpha1.User) {
	task := s.tasks[string(name)]
	act := v1alpha1.TaskAct{ID: fmt.Sprint(len(task.Acts)), Verb: verb, By: by, At: metav1.NewTime(p.when.at), Outcome: m.outcome}
	if ap := p.Plan.Nodes[m.step].Action.Approval; ap != nil && ap.Of != "" && s.written {
		act.Digest = written
	}
	task.Acts = append(slices.Clone(task.Acts), act)
	s.tasks[string(name)] = task
}

// written is the digest of a remedy that is there.
const written = "written"

func (p *player) moveIncident(s *played, m move) {
	in := s.incident
	in.Steps = slices.Clone(in.Steps)
	switch m.step {
	case -1:
		in = p.joined()
	case -2:
		in.Closed = true
		for k := range in.Steps {
			if in.Steps[k].State == v1alpha1.StepPending {
				in.Steps[k].State = v1alpha1.StepCancelled
			}
		}
	default:
		step := p.around.Steps[m.step]
		in.Steps = slices.DeleteFunc(in.Steps, func(s v1alpha1.StepState) bool { return s.Name == step.Name })
		in.Steps = append(in.Steps, step.Ends[m.choice])
	}
	s.incident = in
}

// joined is an incident in which nothing has happened yet.
func (p *player) joined() playbook.IncidentFacts {
	in := playbook.IncidentFacts{Exists: true}
	for _, step := range p.around.Steps {
		in.Steps = append(in.Steps, v1alpha1.StepState{Name: step.Name, State: v1alpha1.StepPending})
	}
	return in
}

// known are the facts of a run as it stands.
func (p *player) known(s *played) *engine.Facts {
	f, w := p.facts, &p.around.Worlds[s.world]
	f.Level, f.NoContact, f.OpenIncident = w.Level, w.NoContact, ""
	if w.OpenIncident {
		f.OpenIncident = "another"
	}
	in := w.Incident
	in.Exists = true
	if p.Plan.For == v1alpha1.RecordComplaint {
		f.Complaint = &w.Complaint
		in.Exists, in.Closed, in.Steps = s.incident.Exists, s.incident.Closed, s.incident.Steps
	}
	f.Incident, f.Tasks, f.Notices = &in, s.tasks, s.notices
	if s.written {
		f.Digests = map[v1alpha1.WrittenField]string{v1alpha1.WritesRemedy: written}
	}
	return &f
}

// decide takes a turn.
func (p *player) decide(s *played) {
	d := engine.Decide(p.Plan, s.run, p.known(s), p.when.at)
	s.run, s.events = d.Run, d.Events
	for _, e := range d.Effects {
		switch e := e.(type) {
		case engine.OpenTask:
			a := e.Spec.Assignment
			s.tasks[e.Name] = engine.TaskFacts{Seats: a.Seats, Assignment: &a, State: v1alpha1.TaskOpen}
		case engine.Reassign:
			task := s.tasks[e.Name]
			a := e.Assignment
			task.Seats, task.Assignment = a.Seats, &a
			s.tasks[e.Name] = task
		case engine.CloseTask:
			delete(s.tasks, e.Name)
		case engine.Join:
			if p.around.Incident {
				s.incident = p.joined()
			}
		}
	}
}

// key tells runs apart that can become different things.
func (p *player) key(s *played) string {
	var b strings.Builder
	for i := range s.run.Steps {
		if !p.concerned[i] {
			continue
		}
		step := &s.run.Steps[i]
		fmt.Fprint(&b, step.State, step.Round, step.Rung, step.Assignee, step.By, step.OverdueAt.IsZero(), step.NextAt.IsZero(), step.Problem != "")
		if p.around.Outcomes[i] {
			b.WriteString(string(step.Outcome))
		}
		if len(step.Notices) > 0 {
			b.WriteString(string(s.notices[string(step.Notices[0])]))
		}
		b.WriteByte(';')
	}
	for _, h := range slices.SortedFunc(slices.Values(s.run.Roles), func(a, b v1alpha1.RoleHolder) int { return strings.Compare(a.Name, b.Name) }) {
		b.WriteString(h.Name + "=" + string(h.User) + ",")
	}
	fmt.Fprint(&b, s.run.Result, s.world, s.written, s.incident.Exists, s.incident.Closed)
	for _, step := range s.incident.Steps {
		fmt.Fprint(&b, step.Name, step.State, step.Outcome)
	}
	return b.String()
}
