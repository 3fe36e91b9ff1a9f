package soundness

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
)

// oracle looks at every run of a playbook there is: the plan as it is written, whole runs as the engine makes them, every
// order of everything, nothing left out and nothing forgotten. It shares no code with the search.
type oracle struct {
	plan *playbook.Plan
	// facts are the values that any moment can have.
	facts []oracleFacts
	// most is after how many worlds it gives up.
	most int

	worlds  []oracleWorld
	index   map[string]int
	stuck   []int
	begun   map[string]bool
	ended   map[string]bool // blocks that were satisfied
	stopped map[string]bool // regions that stopped something
}

// oracleFacts are what people and the world can change at any time; but for reopened and drill, which stay as they are when a run begins.
type oracleFacts struct {
	reopened        int64
	drill           bool
	complaints      int64
	category        string
	affected        int64
	noContact, open bool
}

// oracleWorld is a run with everything around it.
type oracleWorld struct {
	run     v1alpha1.Run
	tasks   map[string]engine.TaskFacts
	specs   map[string]v1alpha1.ResponseTaskSpec
	notices map[string]v1alpha1.NoticeState
	// remedy counts how often it was written; incident is none, open or closed; act is how the incident's step stands.
	remedy        int
	incident, act string
	// reopened is how often it was opened again before the run began.
	reopened int64
	// forIncidents is whether it is the run of an incident, drill whether that is an exercise.
	forIncidents, drill bool
}

var oracleNow = time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC)

// oracleTeams are ten people for every duty that random playbooks ask for.
func oracleTeams() *roster.Roster {
	desk := &v1alpha1.ResponseTeamSpec{}
	for _, duty := range []v1alpha1.Identifier{"agent", "manager"} {
		for k := range 10 {
			name := fmt.Sprintf("%s%d", duty, k)
			desk.Members = append(desk.Members, v1alpha1.Member{Name: name, User: v1alpha1.User(name), Duties: []v1alpha1.Identifier{duty}})
		}
	}
	few := &v1alpha1.ResponseTeamSpec{Members: desk.Members[:1]}
	return roster.New(map[string]*v1alpha1.ResponseTeamSpec{"desk": desk, "few": few})
}

var everyone = oracleTeams()

// newOracle tries the facts that a playbook's text names.
func newOracle(plan *playbook.Plan, text string, most int) *oracle {
	o := &oracle{plan: plan, most: most, index: map[string]int{}, begun: map[string]bool{}, ended: map[string]bool{}, stopped: map[string]bool{}}
	o.facts = []oracleFacts{{affected: 1}}
	vary := func(word string, change func(*oracleFacts)) {
		if strings.Contains(text, word) {
			for _, f := range o.facts {
				change(&f)
				o.facts = append(o.facts, f)
			}
		}
	}
	vary("complaint.category", func(f *oracleFacts) { f.category = "x" })
	vary("complaint.reopened", func(f *oracleFacts) { f.reopened = 1 })
	vary("for: CrisisIncident", func(f *oracleFacts) { f.drill = true })
	vary("incident.complaints", func(f *oracleFacts) { f.complaints = 3 })
	vary("complaint.affected", func(f *oracleFacts) { f.affected = 3 })
	vary("[complainant]", func(f *oracleFacts) { f.noContact = true })
	vary("raiseIncident", func(f *oracleFacts) { f.open = true })
	return o
}

// given are the facts as the engine is told them.
func (w *oracleWorld) given(v oracleFacts) *engine.Facts {
	f := &engine.Facts{
		Record: v1alpha1.RecordReference{Kind: v1alpha1.RecordComplaint, Name: "c", UID: "c"}, Mode: v1alpha1.ModeLive, Title: "c",
		ReceivedAt: oracleNow, GradedAt: oracleNow, NoContact: v.noContact, Tasks: w.tasks, Notices: w.notices, Roster: everyone,
		Complaint: &playbook.ComplaintFacts{Category: v.category, Affected: v.affected, Reopened: w.reopened},
		Incident:  &playbook.IncidentFacts{Exists: w.incident != "", Closed: w.incident == "closed"},
		Digests:   map[v1alpha1.WrittenField]string{},
	}
	if w.forIncidents {
		f.Record.Kind, f.Complaint = v1alpha1.RecordCrisisIncident, nil
		f.Incident = &playbook.IncidentFacts{Exists: true, Drill: w.drill, Complaints: v.complaints}
		if w.drill {
			f.Incident.Complaints = 0 // nothing real is part of it
		}
	}
	if w.incident != "" {
		f.Incident.Steps = []v1alpha1.StepState{{Name: "act", State: v1alpha1.StepPhase(w.act)}}
		if w.act == string(v1alpha1.StepDone) {
			f.Incident.Steps[0].Outcome = "done"
		}
	}
	if v.open {
		f.OpenIncident = "another"
	}
	if w.remedy > 0 {
		f.Digests[v1alpha1.WritesRemedy] = fmt.Sprintf("remedy %d", w.remedy)
	}
	return f
}

// after is what becomes of a world when something happened in it.
func (o *oracle) after(w oracleWorld, v oracleFacts) oracleWorld {
	before := w.run.Steps
	d := engine.Decide(o.plan, w.run, w.given(v), oracleNow)
	w.run, w.tasks, w.specs, w.notices = d.Run, maps.Clone(w.tasks), maps.Clone(w.specs), maps.Clone(w.notices)
	for _, e := range d.Effects {
		switch e := e.(type) {
		case engine.OpenTask:
			w.specs[e.Name] = e.Spec
			w.tasks[e.Name] = engine.TaskFacts{Seats: e.Spec.Assignment.Seats, Assignment: &e.Spec.Assignment}
		case engine.Reassign:
			spec := w.specs[e.Name]
			spec.Assignment = e.Assignment
			w.specs[e.Name] = spec
			w.tasks[e.Name] = engine.TaskFacts{Seats: e.Assignment.Seats, Assignment: &e.Assignment, Acts: w.tasks[e.Name].Acts}
		case engine.SendNotice:
			if w.notices[e.Name] == "" {
				w.notices[e.Name] = v1alpha1.NoticeSending
			}
		case engine.Join:
			w.incident, w.act = "open", string(v1alpha1.StepPending)
		}
	}
	for i := range d.Run.Steps {
		switch s := &d.Run.Steps[i]; s.State {
		case v1alpha1.StepDone:
			o.begun[s.Name] = o.begun[s.Name] || before[i].State != v1alpha1.StepDone
			o.ended[s.Name] = o.ended[s.Name] || s.Outcome == engine.Satisfied
		case v1alpha1.StepWaiting:
			o.begun[s.Name] = true
		}
	}
	for _, k := range d.Stopped {
		o.stopped[o.plan.Regions[k].Name] = true
	}
	return w
}

// key tells worlds apart: everything in the run and around its open steps, but for moments, names of objects, and what only
// counts up.
func (o *oracle) key(w *oracleWorld) string {
	type step struct {
		State                    v1alpha1.StepPhase
		Round, Rung, Reminded    int32
		Outcome                  v1alpha1.Identifier
		Due, Overdue, Next, Sign bool
		Digest, Problem          string
		Assignee                 v1alpha1.User
		By, Authors, Declined    []v1alpha1.User
		Notices                  []v1alpha1.NoticeState
	}
	var all []step
	for i := range w.run.Steps {
		s := &w.run.Steps[i]
		k := step{State: s.State, Round: s.Round, Rung: s.Rung, Reminded: s.Reminded, Outcome: s.Outcome, Due: !s.DueAt.IsZero(), Overdue: !s.OverdueAt.IsZero(),
			Next: !s.NextAt.IsZero(), Sign: !s.AcknowledgeBy.IsZero(), Problem: s.Problem, Assignee: s.Assignee, By: s.By, Authors: s.Authors, Declined: s.Declined}
		switch {
		case s.Digest == "":
		case s.Digest == fmt.Sprintf("remedy %d", w.remedy):
			k.Digest = "as it is"
		default:
			k.Digest = "as it was"
		}
		if s.State == v1alpha1.StepWaiting && o.plan.Nodes[i].Head.Every == nil {
			for _, name := range s.Notices {
				k.Notices = append(k.Notices, w.notices[string(name)])
			}
		}
		all = append(all, k)
	}
	var roles []string
	for _, h := range w.run.Roles {
		roles = append(roles, h.Name+"="+string(h.User))
	}
	slices.Sort(roles)
	text, err := json.Marshal([]any{all, roles, w.run.Result, w.remedy > 0, w.incident, w.act, w.reopened, w.drill})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// start are the worlds a run can begin with.
func (o *oracle) start() (out []oracleWorld) {
	for _, v := range o.facts {
		out = append(out, o.begin(v))
	}
	return out
}

// begin is the world a run begins with under some facts.
func (o *oracle) begin(v oracleFacts) oracleWorld {
	w := oracleWorld{reopened: v.reopened, forIncidents: o.plan.For == v1alpha1.RecordCrisisIncident, drill: v.drill, tasks: map[string]engine.TaskFacts{}, specs: map[string]v1alpha1.ResponseTaskSpec{}, notices: map[string]v1alpha1.NoticeState{}}
	w.run = engine.Start(o.plan, w.given(v), v1alpha1.RevisionReference{Name: "r"}, 1, oracleNow)
	return o.after(w, v)
}

// run looks at everything that can come of some worlds; false when that is too much.
func (o *oracle) run(from []oracleWorld) bool {
	add := func(w oracleWorld) int {
		key := o.key(&w)
		at, known := o.index[key]
		if !known {
			at = len(o.worlds)
			o.index[key] = at
			o.worlds = append(o.worlds, w)
		}
		return at
	}
	for _, w := range from {
		add(w)
	}
	for at := 0; at < len(o.worlds); at++ {
		if len(o.worlds) > o.most {
			return false
		}
		w := o.worlds[at]
		if w.run.Result != "" {
			continue
		}
		moved := false
		worlds, rewritten := o.next(&w)
		for _, then := range worlds {
			moved = add(then) != at || moved
		}
		for _, then := range rewritten {
			add(then)
		}
		if !moved {
			o.stuck = append(o.stuck, at)
		}
	}
	return true
}

// verdict is what the oracle has seen, as summary says it of a proof.
func (o *oracle) verdict() string {
	said := map[string]bool{}
	for _, at := range o.stuck {
		for _, name := range o.inTheWay(&o.worlds[at]) {
			said[string(Stuck)+" "+name] = true
		}
	}
	for i := range o.plan.Nodes {
		n := &o.plan.Nodes[i]
		first := len(n.Needs) == 0 || slices.ContainsFunc(n.Needs, func(k int) bool { return o.begun[o.plan.Nodes[k].Path] })
		switch {
		case n.Parent >= 0 && !o.begun[o.plan.Nodes[n.Parent].Path]:
		case !o.begun[n.Path] && first:
			said[string(NeverHappens)+" "+n.Path] = true
		case o.begun[n.Path] && n.Repeat != nil && !o.ended[n.Path]:
			said[string(NeverSatisfied)+" "+n.Path] = true
		}
	}
	for _, r := range o.plan.Regions {
		come := r.Parent < 0 || o.begun[o.plan.Nodes[r.Parent].Path]
		some := slices.ContainsFunc(r.Nodes, func(i int) bool { return o.begun[o.plan.Nodes[i].Path] })
		if come && some && !o.stopped[r.Name] {
			said[string(NeverFires)+" "+r.Name] = true
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(said)), ", ")
}

// inTheWay are the steps that keep a stuck run from going on.
func (o *oracle) inTheWay(w *oracleWorld) (out []string) {
	open := func(i int) bool {
		return w.run.Steps[i].State == v1alpha1.StepPending || w.run.Steps[i].State == v1alpha1.StepWaiting
	}
	for i := range w.run.Steps {
		s := &w.run.Steps[i]
		if s.State == v1alpha1.StepWaiting && !slices.ContainsFunc(o.plan.Nodes[i].Children, open) || s.State == v1alpha1.StepPending && s.Problem != "" {
			out = append(out, s.Name)
		}
	}
	return out
}
