package simulation

import (
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/names"
	"tocsin.dev/tocsin/internal/pack"
)

// Play is one simulation: a pack, a cast, the records there are by now, and what is going to happen.
type Play struct {
	// Told is called with each line of each record's timeline as it is written; nil: nobody listens.
	Told func(record casework.Record, e engine.Event)
	// Changed is called with each effect on the world when it is carried out, before the lines that tell of it; nil: nobody
	// listens.
	Changed func(record casework.Record, e engine.Effect)
	// Turned is called with each record that was looked at, once all that follows is done; nil: nobody listens.
	Turned func(record casework.Record)
	// Done is called with everything people do, when they do it; nil: nobody listens.
	Done func(Deed)
	// May says why the API server refuses what somebody is about to do to a record; empty: it takes it. Nil: it takes everything.
	May func(record casework.Record, act v1alpha1.RecordAct) (why string, err error)
	// Refused is called with what was refused, and why; nil: nobody listens.
	Refused func(record casework.Record, act v1alpha1.RecordAct, why string)
	// UID gives the UID of a record that comes in, by which work is spread over people with the same duty; nil, or an empty
	// one: it follows from kind and name.
	UID func(kind v1alpha1.RecordKind, name string) types.UID
	// Sent is called with every notice once its fate is known; nil: nobody listens.
	Sent func(*v1alpha1.Notice)
	// Recall says what is known of how somebody reacted to a task, from a record of the past; what is not known is the cast's.
	// Nil: nothing is.
	Recall func(task *v1alpha1.ResponseTask, who v1alpha1.User) Reaction
	// Closed is called with every record that was closed, each time; nil: nobody listens.
	Closed func(casework.Record)
	// Forget has closed records leave the play once nothing can ask for them any more, so that memory holds what is open
	// and not a whole year. They are not among Complaints and Results then. Set it before the first record comes in.
	Forget bool

	cast   *Cast
	world  *world
	now    time.Time
	agenda agenda
	// dockets are what is kept about each object that takes turns.
	dockets map[key]*docket
	// dirty are those to look at before time goes on, in this order.
	dirty []*docket
	spare spare
	// leaving are the complaints that may leave the play at a moment, where closed ones are forgotten.
	leaving map[time.Time][]*docket
	// acts are what the cast does to a record or to its incident, by its name, incidentActs those on the incident of a complaint;
	// mergedInto are the records it merges others into.
	acts         map[string][]*RecordAct
	incidentActs []*RecordAct
	mergedInto   map[string]bool
	turns        int
	// received is how many complaints have come in.
	received int
	// drills is whether drills are called.
	drills bool
	// careful has a record looked at again after whatever was written, as a cluster does: for tests, which show that this
	// tells nothing else.
	careful bool
}

// Deed is something somebody did.
type Deed struct {
	// At is when.
	At time.Time
	// Task is the task it was done to, as it is before that; nil where it was done to a record. Whoever keeps it copies it.
	Task *v1alpha1.ResponseTask
	// Act is what was done to the task, Remedy what was written into its complaint just before; nil: nothing.
	Act    v1alpha1.TaskAct
	Remedy *v1alpha1.Remedy
	// Kind and Record name the record, RecordAct is what was done to it.
	Kind      v1alpha1.RecordKind
	Record    string
	RecordAct *v1alpha1.RecordAct
	// Corrective is what was done about a corrective action of a post-mortem; nil: nothing.
	Corrective *CorrectiveDeed
}

// key is a record of the namespace, or another object that takes turns.
type key struct {
	kind v1alpha1.RecordKind
	name string
}

// New prepares a simulation. A playbook or triage policy of the pack that does not compile serves as it would in a cluster
// where it was never verified.
func New(p *pack.Pack, cast *Cast) *Play {
	s := &Play{cast: cast, dockets: map[key]*docket{}, leaving: map[time.Time][]*docket{},
		acts: map[string][]*RecordAct{}, mergedInto: map[string]bool{}}
	for i := range cast.Acts {
		a := &cast.Acts[i]
		name, ofIncident := strings.CutSuffix(a.Record, OfIncident)
		s.acts[name] = append(s.acts[name], a)
		if ofIncident {
			s.incidentActs = append(s.incidentActs, a)
		}
		s.mergedInto[a.Act.Into] = true
	}
	s.world = newWorld(p, cast)
	s.now = cast.Begins()
	return s
}

// Now is the time of the simulation.
func (s *Play) Now() time.Time { return s.now }

// Turns is how often a record was looked at.
func (s *Play) Turns() int { return s.turns }

// Received is how many complaints have come in.
func (s *Play) Received() int { return s.received }

// Complain has a complaint come in. The play owns it from then on. A time that has passed is now.
func (s *Play) Complain(c *v1alpha1.Complaint, at time.Time) {
	s.agenda.plan(s.notBefore(at), func() error { s.comeIn(c); return nil })
}

func (s *Play) comeIn(c *v1alpha1.Complaint) {
	s.received++
	s.arrive(c, v1alpha1.RecordComplaint)
	s.world.complaints[c.Name] = c
	d := s.docket(key{v1alpha1.RecordComplaint, c.Name})
	d.complaint = c
	s.grown(c)
	s.look(d)
}

// Alarm has somebody raise an incident by hand.
func (s *Play) Alarm(ci *v1alpha1.CrisisIncident, at time.Time) {
	s.agenda.plan(s.notBefore(at), func() error { s.raise(ci); return nil })
}

func (s *Play) notBefore(at time.Time) time.Time {
	if at.Before(s.now) {
		return s.now
	}
	return at
}

// arrive makes a new record one that exists, and plans what people do to it.
func (s *Play) arrive(o casework.Record, kind v1alpha1.RecordKind) {
	s.exist(o, kind)
	s.planActs(o, kind)
}

// exist makes a new object one that exists.
func (s *Play) exist(o metav1.Object, kind v1alpha1.RecordKind) {
	o.SetNamespace(s.world.namespace)
	o.SetUID(s.uid(kind, o.GetName()))
	o.SetGeneration(1)
	o.SetCreationTimestamp(metav1.NewTime(s.now))
}

func (s *Play) uid(kind v1alpha1.RecordKind, name string) types.UID {
	if s.UID != nil {
		if known := s.UID(kind, name); known != "" {
			return known
		}
	}
	return types.UID("simulated-" + names.Hash(string(kind)+"/"+name))
}

func (s *Play) raise(ci *v1alpha1.CrisisIncident) {
	s.arrive(ci, v1alpha1.RecordCrisisIncident)
	s.world.addIncident(ci)
	s.mark(key{v1alpha1.RecordCrisisIncident, ci.Name})
	for _, name := range s.world.openOf(ci.Spec.CorrelationKey) {
		s.mark(key{v1alpha1.RecordComplaint, name})
	}
}

// Run plays until a moment, or until nothing is going to happen any more; zero: until then. It says whether something is
// left to happen.
func (s *Play) Run(until time.Time) (more bool, err error) {
	for {
		if err := s.settle(); err != nil {
			return true, err
		}
		next := s.agenda.next()
		if next == nil {
			return false, nil
		}
		if !until.IsZero() && next.at.After(until) {
			s.now = until
			return true, nil
		}
		if next.at.After(s.now) {
			s.now = next.at
		}
		if err := s.happen(); err != nil {
			return true, err
		}
	}
}

// happen has everything happen that is due and of the same sort: what time does, or else what people do. The records look
// at it together, as they do where many people act at once.
func (s *Play) happen() error {
	people := s.agenda.next().people
	for next := s.agenda.next(); next != nil && !next.at.After(s.now) && next.people == people; next = s.agenda.next() {
		if err := s.agenda.take().do(); err != nil {
			return err
		}
	}
	return nil
}

// mostTurns bounds how often records are looked at in one moment.
const mostTurns = 1_000_000

// settle looks at marked records until none is left.
func (s *Play) settle() error {
	for n := 0; n < len(s.dirty); n++ {
		if n == mostTurns {
			return fmt.Errorf("at %s the records do not come to rest: %s is looked at again and again", s.now.Format(time.RFC3339), s.dirty[n].key.name)
		}
		d := s.dirty[n]
		d.marked = false
		if err := s.turn(d); err != nil {
			return fmt.Errorf("%s %s at %s: %w", d.key.kind, d.key.name, s.now.Format(time.RFC3339), err)
		}
	}
	clear(s.dirty)
	s.dirty = s.dirty[:0]
	return nil
}

// turn looks at one object.
func (s *Play) turn(d *docket) error {
	s.turns++
	switch d.key.kind {
	case v1alpha1.RecordComplaint:
		return s.turnComplaint(d)
	case kindPostMortem:
		return s.turnReview(d)
	case kindDrillSchedule:
		return s.turnDrills(d)
	}
	return s.turnIncident(d)
}

func (s *Play) turnComplaint(d *docket) error {
	c := d.complaint
	if c == nil {
		return nil
	}
	incident, into, numbered, open, reopened := c.Status.Incident, c.Status.MergedInto, c.Status.CaseNumber != "", c.Status.ClosedAt.IsZero(), c.Status.Reopened
	before := stepsOf(c)
	f, err := casework.Complaint(s.world, c, s.now)
	if err != nil {
		return err
	}
	if err := s.follow(d, f); err != nil {
		return err
	}
	casework.Reuse(f)
	if now := stepsOf(c); s.Forget && len(before) > 0 && (len(now) == 0 || &before[0] != &now[0]) {
		engine.ReuseSteps(before) // of a case that is forgotten nobody keeps the run as it was
	}
	if c.Status.Incident != incident || c.Status.MergedInto != into {
		s.world.joined(c, incident, into)
		s.markAround(c)
	}
	if !numbered && c.Status.CaseNumber != "" || c.Status.Reopened != reopened { // a first turn gives the number, a rule may count re-openings
		s.look(d)
	}
	if open && !c.Status.ClosedAt.IsZero() {
		s.closed(d, c)
	}
	return nil
}

func stepsOf(c *v1alpha1.Complaint) []v1alpha1.StepState {
	if c.Status.Run == nil {
		return nil
	}
	return c.Status.Run.Steps
}

// markAround marks whoever looks at a complaint that joined an incident or was merged: the complaints it was merged into,
// one after the other, and the incidents of all of them.
func (s *Play) markAround(c *v1alpha1.Complaint) {
	for range mostFollowed {
		if c.Status.Incident != nil {
			s.mark(key{v1alpha1.RecordCrisisIncident, string(c.Status.Incident.Name)})
		}
		next := s.world.complaints[string(c.Status.MergedInto)]
		if next == nil {
			return
		}
		c = next
		s.mark(key{v1alpha1.RecordComplaint, c.Name})
	}
}

// mostFollowed is how many merges are followed, as in a cluster.
const mostFollowed = 64

func (s *Play) turnIncident(d *docket) error {
	ci := s.world.incidents[d.key.name]
	if ci == nil {
		return nil
	}
	was := *ci // a run is replaced, never changed in place
	f, err := casework.Incident(s.world, ci, s.now)
	if err != nil {
		return err
	}
	if err := s.follow(d, f); err != nil {
		return err
	}
	if casework.ComplaintsSee(&was, ci) {
		for _, name := range s.world.partOf[d.key.name] {
			s.mark(key{v1alpha1.RecordComplaint, name})
		}
	}
	if was.Status.ClosedAt.IsZero() && !ci.Status.ClosedAt.IsZero() {
		s.closed(d, ci)
	}
	return nil
}

// follow carries out what a turn decided.
func (s *Play) follow(d *docket, f *casework.File) error {
	for _, e := range f.Effects {
		if err := s.apply(d, e); err != nil {
			return err
		}
		if s.Changed != nil {
			s.Changed(f.Record, e)
		}
	}
	for _, e := range f.Events {
		if e.Type == v1alpha1.EventEscalated && e.Rung > 0 {
			s.climb(f.Status.Run, e)
		}
		if s.Told != nil {
			s.Told(f.Record, e)
		}
	}
	if s.Turned != nil {
		s.Turned(f.Record)
	}
	s.wake(d, f.Wake)
	if s.careful && len(f.Events)+len(f.Effects) > 0 || looksAgain(f) {
		s.look(d)
	}
	return nil
}

// looksAgain is whether a second look at the same moment may find more. A cluster looks again at whatever it has written;
// for most turns that says nothing new, because to decide again at the same moment changes nothing. What is new is the
// incident that was raised or joined, the act that was left out, and the acts that wait for another run.
func looksAgain(f *casework.File) bool {
	for _, e := range f.Effects {
		switch e.(type) {
		case engine.Raise, engine.Join, engine.LeaveOut:
			return true
		}
	}
	run := f.Status.Run
	return run != nil && int(run.ActsSeen) < len(f.Facts.Acts) && len(f.Events) > 0
}

// wake plans when time alone changes something about an object; zero: never.
func (s *Play) wake(d *docket, at time.Time) {
	if d.wake.place > 0 && d.wake.at.Equal(at) {
		return
	}
	s.agenda.drop(&d.wake)
	if !at.IsZero() {
		s.agenda.put(&d.wake, s.notBefore(at))
	}
}
