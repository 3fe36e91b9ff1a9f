package simulation

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/engine"
)

// ask plans what people are going to do about a task that was opened, or whose assignment changed. before is the assignment
// until now; nil: there was none.
func (s *Play) ask(w *work, before *v1alpha1.Assignment) {
	if !w.IsOpen() {
		return
	}
	now := &w.Spec.Assignment
	if before != nil && before.Digest != now.Digest { // what was decided before is void: everybody decides anew
		s.forget(w)
	}
	w.moves = slices.DeleteFunc(w.moves, func(m move) bool {
		out := !slices.Contains(now.MayAct, m.who)
		if out {
			s.agenda.drop(m.item)
		}
		return out
	})
	for _, who := range asked(&w.Spec) {
		s.expect(w, who)
	}
}

// expect plans what somebody is going to do about a task, unless that is settled.
func (s *Play) expect(w *work, who v1alpha1.User) {
	if !w.isMoved(who) {
		w.moves = append(w.moves, move{who, s.planAnswer(w, who)})
	}
}

// asked are the people who are expected to act: on an approval one for each seat, else the assignee.
func asked(spec *v1alpha1.ResponseTaskSpec) []v1alpha1.User {
	may := spec.Assignment.MayAct
	switch who := spec.Assignment.Assignee; {
	case spec.Type == v1alpha1.TaskTypeApproval:
		return slices.DeleteFunc(engine.AskedFirst(spec.Assignment.Seats), func(who v1alpha1.User) bool { return who == "" })
	case slices.Contains(may, who):
		return []v1alpha1.User{who}
	default:
		return may[:min(len(may), 1)]
	}
}

// climb plans what somebody is going to do to whom the ladder was climbed, as a line of the timeline says.
func (s *Play) climb(run *v1alpha1.Run, e engine.Event) {
	for i := range run.Steps {
		if run.Steps[i].Name != e.Step {
			continue
		}
		for _, name := range run.Steps[i].Tasks {
			task := s.world.tasks[string(name)]
			if task == nil || !task.IsOpen() || !slices.Contains(task.Spec.Assignment.MayAct, e.Actor) {
				continue
			}
			s.expect(task, e.Actor)
		}
	}
}

// manner is what the cast says about how somebody answers a task; nil: nothing.
func (c *Cast) manner(spec *v1alpha1.ResponseTaskSpec, who v1alpha1.User) *Answer {
	for i := range c.Answers {
		a := &c.Answers[i]
		if (len(a.Users) == 0 || slices.Contains(a.Users, who)) && fits(a.Steps, path.Base(spec.Step)) && fits(a.Records, string(spec.Record.Name)) {
			return a
		}
	}
	return nil
}

// fits says whether a word is one of the patterns; no patterns fit everything.
func fits(patterns []string, word string) bool {
	for _, p := range patterns {
		if ok, err := path.Match(p, word); ok && err == nil {
			return true
		}
	}
	return len(patterns) == 0
}

// Reaction is what is known of how somebody reacted to a task. The zero value: nothing.
type Reaction struct {
	// Never is that they did nothing.
	Never bool
	// By is who acted in their place; empty: they did.
	By v1alpha1.User
	// After is how long after the task was opened they acted; nil: not known.
	After *time.Duration
	// Declined is that they declined it.
	Declined bool
	// Outcome is their answer; of an approval approved or refused. Empty: not known.
	Outcome v1alpha1.Identifier
	// Remedy is what they wrote, where the task asks for one; nil: not known.
	Remedy *v1alpha1.Remedy
}

// planAnswer plans what somebody does about a task; nil: nothing.
func (s *Play) planAnswer(task *work, who v1alpha1.User) *item {
	spec := &task.Spec
	var known Reaction
	if s.Recall != nil {
		known = s.Recall(&task.ResponseTask, who)
	}
	manner := s.cast.manner(spec, who)
	if manner == nil {
		manner = &Answer{}
	}
	if known.Never || manner.Never && known.After == nil {
		return nil
	}
	chance := s.cast.chance(string(spec.Record.Name), spec.Step, spec.Round, string(who))
	at := s.there(who, s.now.Add(manner.After.draw(chance)), spec)
	if known.After != nil {
		at = s.notBefore(task.CreationTimestamp.Add(*known.After))
	}
	by := cmp.Or(known.By, who)
	declines := chance.IntN(100) < manner.Declines && known.Outcome == "" && known.After == nil
	if declines || known.Declined {
		return s.agenda.planDeed(at, func() error {
			s.act(task, v1alpha1.TaskAct{Verb: v1alpha1.TaskDecline, By: by, Reason: "somebody else is better placed for it"}, nil)
			return nil
		})
	}
	outcome := cmp.Or(known.Outcome, manner.outcome(spec.Round, chance))
	return s.agenda.planDeed(at, func() error {
		s.answer(task, by, outcome, known.Remedy)
		return nil
	})
}

// there is the moment itself, or the first after it at which somebody is not away, in the hours that people keep.
func (s *Play) there(who v1alpha1.User, at time.Time, spec *v1alpha1.ResponseTaskSpec) time.Time {
	for {
		at = s.inHours(at, spec)
		back := s.world.teams.Back(who, at)
		if back.IsZero() {
			return at
		}
		at = back
	}
}

// inHours is the moment itself, or when the hours begin that people keep outside a crisis.
func (s *Play) inHours(at time.Time, spec *v1alpha1.ResponseTaskSpec) time.Time {
	if spec.Record.Kind == v1alpha1.RecordCrisisIncident {
		return at
	}
	return s.officeHours(at)
}

// answer completes a task, in the way its type asks for.
func (s *Play) answer(task *work, who v1alpha1.User, outcome v1alpha1.Identifier, remedy *v1alpha1.Remedy) {
	spec := &task.Spec
	act := v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete, By: who}
	switch {
	case spec.Type == v1alpha1.TaskTypeApproval && outcome == v1alpha1.OutcomeRefused:
		act.Verb, act.Digest, act.Reason = v1alpha1.TaskRefuse, spec.Assignment.Digest, "not in this form"
	case spec.Type == v1alpha1.TaskTypeApproval:
		act.Verb, act.Digest = v1alpha1.TaskApprove, spec.Assignment.Digest
	case spec.Type == v1alpha1.TaskTypeAcknowledgement:
		act.Verb = v1alpha1.TaskAcknowledge
	case slices.Contains(spec.Outcomes, outcome):
		act.Outcome = outcome
	case len(spec.Outcomes) > 0:
		act.Outcome = spec.Outcomes[0]
	}
	s.act(task, act, remedy)
}

// act writes an act into a task, as admission lets it pass: with name and time, and the task closed where the act alone
// closes it. remedy is what is written where the task asks for one; nil: what the cast writes.
func (s *Play) act(task *work, act v1alpha1.TaskAct, remedy *v1alpha1.Remedy) {
	if !task.IsOpen() {
		return
	}
	deed := Deed{At: s.now, Task: &task.ResponseTask, Act: act, Kind: task.Spec.Record.Kind, Record: string(task.Spec.Record.Name)}
	if task.Spec.Writes == v1alpha1.WritesRemedy && act.Verb == v1alpha1.TaskComplete {
		deed.Remedy = s.writeRemedy(&task.ResponseTask, act.By, remedy)
	}
	if s.Done != nil {
		s.Done(deed)
	}
	act.ID, act.At = fmt.Sprintf("%s-%d", strings.ToLower(string(act.Verb)), len(task.Spec.Acts)+1), metav1.NewTime(s.now)
	if outcome, closes := task.Spec.Closes(&act); closes {
		task.Spec.State, task.Spec.Outcome = v1alpha1.TaskDone, outcome
	}
	task.Spec.Acts = append(slices.Clip(task.Spec.Acts), act)
	s.mark(key{task.Spec.Record.Kind, string(task.Spec.Record.Name)})
}

// writeRemedy writes what is offered into the complaint: what is known that it was, else what the cast writes.
func (s *Play) writeRemedy(task *v1alpha1.ResponseTask, who v1alpha1.User, known *v1alpha1.Remedy) *v1alpha1.Remedy {
	c := s.world.complaints[string(task.Spec.Record.Name)]
	if c == nil {
		return nil
	}
	remedy := &v1alpha1.Remedy{Kinds: []v1alpha1.RemedyKind{"Explanation", "Apology"}, Reason: "what was checked shows that this puts it right"}
	switch {
	case known != nil:
		remedy = known.DeepCopy()
	case s.cast.Remedy != nil:
		remedy = s.cast.Remedy.DeepCopy()
	}
	if round := max(task.Spec.Round, 1); round > 1 && known == nil {
		remedy.Reason = fmt.Sprintf("%s (offer of round %d)", remedy.Reason, round)
	}
	if before := c.Spec.Remedy; known == nil && before != nil {
		remedy.Reason = another(remedy.Reason, before.Reason)
	}
	remedy.By = who
	c.Spec.Remedy, c.Spec.ChangedBy = remedy, who
	c.Generation++
	s.mark(key{v1alpha1.RecordComplaint, c.Name})
	return remedy
}

// another is a text that is not the one written before, nor one before that: whoever writes anew writes something else.
func another(text, before string) string {
	rest, same := strings.CutPrefix(before, text)
	if !same {
		return text
	}
	n := 1
	if _, err := fmt.Sscanf(rest, writtenAnew, &n); err != nil {
		n = 1
	}
	return text + fmt.Sprintf(writtenAnew, n+1)
}

// writtenAnew is what is added to a text that is written again.
const writtenAnew = " (version %d)"

// planActs plans what the cast does to a record that has come in.
func (s *Play) planActs(o metav1.Object, kind v1alpha1.RecordKind) {
	for _, a := range s.acts[o.GetName()] {
		name, onIncident := strings.CutSuffix(a.Record, OfIncident)
		if onIncident && kind != v1alpha1.RecordComplaint {
			continue
		}
		s.agenda.planDeed(s.now.Add(calendar.Elapsed(a.After)), func() error {
			if onIncident {
				return s.actOnIncidentOf(name, a.Act)
			}
			return s.actOn(key{kind, name}, a.Act)
		})
	}
}

// OfIncident stands behind the name of a complaint for the incident that it is part of: nobody knows before what an incident will be
// called that is raised in a story.
const OfIncident = "/incident"

// actOnIncidentOf has somebody act on the incident that a complaint is part of by now.
func (s *Play) actOnIncidentOf(complaint string, act v1alpha1.RecordAct) error {
	c := s.world.complaints[complaint]
	if c == nil {
		return nil
	}
	if c.Status.Incident == nil {
		if act.At = metav1.NewTime(s.now); s.Refused != nil {
			s.Refused(c, act, complaint+" is part of no incident")
		}
		return nil
	}
	return s.actOn(key{v1alpha1.RecordCrisisIncident, string(c.Status.Incident.Name)}, act)
}

func (s *Play) actOn(k key, act v1alpha1.RecordAct) error {
	record := s.record(k)
	acts, generation := actsOf(record), record.GetGeneration()
	act.ID, act.At = fmt.Sprintf("%s-%d", strings.ToLower(string(act.Verb)), len(*acts)+1), metav1.NewTime(s.now)
	if s.May != nil {
		why, err := s.May(record, act)
		if err != nil {
			return err
		}
		if why != "" {
			if s.Refused != nil {
				s.Refused(record, act, why)
			}
			return nil
		}
	}
	*acts = append(*acts, act)
	record.SetGeneration(generation + 1)
	if s.Done != nil {
		s.Done(Deed{At: s.now, Kind: k.kind, Record: k.name, RecordAct: &act})
	}
	s.mark(k)
	return nil
}

func actsOf(record casework.Record) *[]v1alpha1.RecordAct {
	if c, is := record.(*v1alpha1.Complaint); is {
		return &c.Spec.Acts
	}
	return &record.(*v1alpha1.CrisisIncident).Spec.Acts
}
