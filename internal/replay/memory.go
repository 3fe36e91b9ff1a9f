package replay

import (
	"path"
	"slices"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/simulation"
)

// Assumed is how much of what people did is not in the record.
type Assumed struct {
	// Asked is how many tasks there were, Recorded those whose answer and its time are in the record.
	Asked    int `json:"asked"`
	Recorded int `json:"recorded"`
	// Others of the recorded were answered by somebody else then than who is asked now.
	Others int `json:"others"`
	// NoTask were never asked in the record, NoAnswer were asked and the record has no answer, NoTime have an answer and not
	// its time: what is missing is the cast's.
	NoTask   int `json:"noTask"`
	NoAnswer int `json:"noAnswer"`
	NoTime   int `json:"noTime"`
	// Complaints and Incidents are in how many anything was assumed. The incidents that complaints raise are among them.
	Complaints int `json:"complaints"`
	Incidents  int `json:"incidents"`
	// Examples are some of the tasks whose answer was assumed, all or in part.
	Examples []string `json:"examples,omitempty"`
}

// Missing is how many answers were assumed, all or in part.
func (a Assumed) Missing() int { return a.NoTask + a.NoAnswer + a.NoTime }

// place is a step of a record in one of its rounds.
type place struct {
	kind   v1alpha1.RecordKind
	record string
	step   string
	round  int32
}

// memory is what people did.
type memory struct {
	tasks   map[place][]*v1alpha1.ResponseTask
	remedy  map[string]*v1alpha1.Remedy
	scripts map[string]*Case
	heard   map[string]bool // keys of scripts that said something of a task
	offered map[string]bool // outcomes that tasks offered
	source  string
	// counted are the tasks that were counted already.
	counted map[string]bool
	// left is what people left to others then and will do later than those.
	left map[left]bool
	// unsure are the cases in which something was assumed.
	unsure  map[record]bool
	assumed Assumed
}

func newMemory(h *History) *memory {
	m := &memory{tasks: map[place][]*v1alpha1.ResponseTask{}, remedy: map[string]*v1alpha1.Remedy{}, scripts: map[string]*Case{}, heard: map[string]bool{}, offered: map[string]bool{}, source: h.Source, counted: map[string]bool{}, left: map[left]bool{}, unsure: map[record]bool{}}
	for i := range h.Tasks {
		p := placeOf(&h.Tasks[i].Spec)
		m.tasks[p] = append(m.tasks[p], &h.Tasks[i])
	}
	for i := range h.Cases {
		m.scripts[h.Cases[i].Complaint.Name] = &h.Cases[i]
		m.remedy[h.Cases[i].Complaint.Name] = h.Cases[i].Complaint.Spec.Remedy
	}
	return m
}

func placeOf(spec *v1alpha1.ResponseTaskSpec) place {
	return place{spec.Record.Kind, string(spec.Record.Name), spec.Step, max(spec.Round, 1)}
}

// recall says how somebody reacted to a task then.
func (m *memory) recall(task *v1alpha1.ResponseTask, who v1alpha1.User) simulation.Reaction {
	first := !m.counted[task.Name]
	m.counted[task.Name] = true
	note := func(what *int) {
		if first {
			m.assumed.Asked++
			*what++
			if what != &m.assumed.Recorded {
				m.doubt(task)
			}
		}
	}
	then := m.then(task)
	if then == nil {
		return m.scripted(task, note)
	}
	act := actBy(then, func(u v1alpha1.User) bool { return u == who })
	if act == nil {
		act = actBy(then, func(u v1alpha1.User) bool { return inPlaceOf(&task.Spec, who, u) })
	}
	answer := closing(then)
	switch {
	case act != nil:
		note(&m.assumed.Recorded)
		return m.as(act, then, task)
	case answer != nil && !asked(&then.Spec, who): // they are asked now what somebody else was asked then
		note(&m.assumed.Recorded)
		if first {
			m.assumed.Others++
		}
		r := m.as(answer, then, task)
		r.By = who
		return r
	case answer != nil && task.Spec.Type != v1alpha1.TaskTypeApproval: // somebody did it whom nobody may ask now
		note(&m.assumed.Recorded)
		r := m.as(answer, then, task)
		r.By = who
		*r.After += leftFor
		m.left[left{task.Name, who}] = true
		return r
	case then.IsOpen():
		note(&m.assumed.NoAnswer)
		return simulation.Reaction{}
	}
	note(&m.assumed.Recorded) // that they did nothing
	return simulation.Reaction{Never: true}
}

// leftFor is how much later somebody does what they left to others then, where nobody else is asked now.
const leftFor = 24 * time.Hour

// left is a task that somebody was asked, and left to others then.
type left struct {
	task string
	user v1alpha1.User
}

// done notes what was done after all that the record says was left to others.
func (m *memory) done(d simulation.Deed) {
	if d.Task != nil && m.left[left{d.Task.Name, d.Act.By}] {
		m.assumed.Recorded--
		m.assumed.NoAnswer++
		m.doubt(d.Task)
	}
}

// doubt notes that something was assumed of a task.
func (m *memory) doubt(task *v1alpha1.ResponseTask) {
	m.example(task)
	of := record{task.Spec.Record.Kind, string(task.Spec.Record.Name)}
	if m.unsure[of] {
		return
	}
	m.unsure[of] = true
	if of.kind == v1alpha1.RecordComplaint {
		m.assumed.Complaints++
	} else {
		m.assumed.Incidents++
	}
}

// as is an act of the record as a reaction to a task.
func (m *memory) as(act *v1alpha1.TaskAct, then, task *v1alpha1.ResponseTask) simulation.Reaction {
	after := max(act.At.Sub(then.CreationTimestamp.Time), 0)
	r := simulation.Reaction{By: act.By, After: &after, Declined: act.Verb == v1alpha1.TaskDecline, Outcome: outcomeOf(act)}
	if task.Spec.Writes == v1alpha1.WritesRemedy {
		r.Remedy = m.remedy[string(task.Spec.Record.Name)]
	}
	return r
}

// then is the task of the record: of several of one step that whose people it shares.
func (m *memory) then(task *v1alpha1.ResponseTask) *v1alpha1.ResponseTask {
	all := m.tasks[placeOf(&task.Spec)]
	for _, t := range all {
		if t.Name == task.Name || task.Spec.Type == v1alpha1.TaskTypeAcknowledgement && t.Spec.Assignment.Assignee == task.Spec.Assignment.Assignee {
			return t
		}
	}
	if len(all) == 0 || task.Spec.Type == v1alpha1.TaskTypeAcknowledgement {
		return nil
	}
	return all[len(all)-1]
}

// actBy is the last answer, or refusal to give one, of somebody of whom a function is true; nil: there is none.
func actBy(then *v1alpha1.ResponseTask, of func(v1alpha1.User) bool) (act *v1alpha1.TaskAct) {
	for i := range then.Spec.Acts {
		a := &then.Spec.Acts[i]
		switch a.Verb {
		case v1alpha1.TaskComplete, v1alpha1.TaskApprove, v1alpha1.TaskRefuse, v1alpha1.TaskAcknowledge, v1alpha1.TaskDecline:
			if of(a.By) {
				act = a
			}
		}
	}
	return act
}

// closing is the act that answered a task; nil: none did.
func closing(then *v1alpha1.ResponseTask) *v1alpha1.TaskAct {
	if answer := then.Spec.Answer(); answer != nil {
		return answer
	}
	for i := range then.Spec.Acts {
		if then.Spec.Acts[i].Verb == v1alpha1.TaskAcknowledge {
			return &then.Spec.Acts[i]
		}
	}
	return nil
}

// inPlaceOf is whether one user may do a task for another who is asked first: on an approval from the same seat.
func inPlaceOf(spec *v1alpha1.ResponseTaskSpec, who, other v1alpha1.User) bool {
	if spec.Type != v1alpha1.TaskTypeApproval {
		return spec.Assignment.Assignee == who && slices.Contains(spec.Assignment.MayAct, other)
	}
	return slices.ContainsFunc(spec.Assignment.Seats, func(s v1alpha1.Seat) bool {
		return slices.Contains(s.Users, who) && slices.Contains(s.Users, other)
	})
}

// asked is whether a user may act on a task.
func asked(spec *v1alpha1.ResponseTaskSpec, user v1alpha1.User) bool {
	return slices.Contains(spec.Assignment.MayAct, user) ||
		slices.ContainsFunc(spec.Assignment.Seats, func(s v1alpha1.Seat) bool { return slices.Contains(s.Users, user) })
}

func outcomeOf(act *v1alpha1.TaskAct) v1alpha1.Identifier {
	switch act.Verb {
	case v1alpha1.TaskApprove:
		return v1alpha1.OutcomeApproved
	case v1alpha1.TaskRefuse:
		return v1alpha1.OutcomeRefused
	}
	return act.Outcome
}

// scripted is what the script of a case says about a task.
func (m *memory) scripted(task *v1alpha1.ResponseTask, note func(*int)) simulation.Reaction {
	var r simulation.Reaction
	if c := m.scripts[string(task.Spec.Record.Name)]; c != nil && task.Spec.Record.Kind == v1alpha1.RecordComplaint {
		var key string
		offered := offers(&task.Spec)
		for _, word := range offered {
			m.offered[string(word)] = true
		}
		r.Outcome, key = c.outcome(&task.Spec, offered)
		m.heard[key] = true
		key = path.Base(task.Spec.Step) + after
		if text := c.Script[key]; text != "" {
			if _, _, err := calendar.ParseDuration(v1alpha1.Duration(text)); err == nil {
				later := calendar.Elapsed(v1alpha1.Duration(text))
				r.After = &later
				m.heard[key] = true
			}
		}
	}
	switch {
	case r.After != nil && (r.Outcome != "" || len(offers(&task.Spec)) == 0):
		note(&m.assumed.Recorded)
	case r.Outcome != "":
		note(&m.assumed.NoTime)
	case r.After != nil:
		note(&m.assumed.NoAnswer)
	default:
		note(&m.assumed.NoTask)
	}
	return r
}

// outcome is the answer that the script has for a task in its round, and the key it stands under; empty: none.
func (c *Case) outcome(spec *v1alpha1.ResponseTaskSpec, offered []v1alpha1.Identifier) (answer v1alpha1.Identifier, key string) {
	pick := func(text string) v1alpha1.Identifier {
		rounds := strings.Split(text, ">")
		word := v1alpha1.Identifier(strings.TrimSpace(rounds[min(int(max(spec.Round, 1)), len(rounds))-1]))
		if slices.Contains(offered, word) {
			return word
		}
		return ""
	}
	key = path.Base(spec.Step)
	if word := pick(c.Script[key]); word != "" {
		return word, key
	}
	for _, key := range sortedKeys(c.Script) {
		if word := pick(c.Script[key]); word != "" && spec.Type != v1alpha1.TaskTypeApproval {
			return word, key
		}
	}
	return "", ""
}

// offers are the outcomes that a task offers.
func offers(spec *v1alpha1.ResponseTaskSpec) []v1alpha1.Identifier {
	if spec.Type == v1alpha1.TaskTypeApproval {
		return []v1alpha1.Identifier{v1alpha1.OutcomeApproved, v1alpha1.OutcomeRefused}
	}
	return spec.Outcomes
}

// mostExamples is how many tasks are named of which something was assumed.
const mostExamples = 5

func (m *memory) example(task *v1alpha1.ResponseTask) {
	where := string(task.Spec.Record.Name)
	if c := m.scripts[where]; c != nil {
		where = c.where(m.source)
	}
	where += ", " + task.Spec.Step
	if len(m.assumed.Examples) < mostExamples && !slices.Contains(m.assumed.Examples, where) {
		m.assumed.Examples = append(m.assumed.Examples, where)
	}
}

// longest is how long a case is played after the last one came in.
const longest = 120 * 24 * time.Hour
