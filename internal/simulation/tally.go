package simulation

import (
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/roster"
)

// Tally counts what happens in a play without keeping it: of a year of complaints a page of figures remains.
type Tally struct {
	// Ended is called with each case when it was closed, and at the end with those still open; nil: nobody listens.
	Ended func(Case)

	play *Play
	// from is when counting began, last when something was told last.
	from, last time.Time
	// open are the cases that are not closed, levels the figures by level, people those by user, steps what was missed.
	open    map[key]*Case
	levels  map[string]*levelCount
	people  map[v1alpha1.User]*personCount
	members map[member]v1alpha1.User
	missed  map[Place]int
	places  map[Place]bool
	// incidents, drills, notices, lost and nobody count incidents, exercises, notices delivered and not, and moments at which
	// nobody was there to ask.
	complaints, incidents, drills, notices, lost, nobody int
}

// Case is what became of one record.
type Case struct {
	// Kind and Record name it.
	Kind   v1alpha1.RecordKind
	Record string
	// Level is the level in force last, First the one it was graded first.
	First, Level string
	// Incident is whether it joined or raised an incident.
	Incident bool
	// Opened is when it was taken in, Closed when it was closed; zero: it is open.
	Opened, Closed time.Time
	// Missed is how many deadlines passed before an answer came.
	Missed int
	// Told is when the first notice reached each recipient.
	Told map[v1alpha1.NoticeRecipient]time.Time

	playbook string
}

// Named is a record by kind and name.
type Named struct {
	Kind v1alpha1.RecordKind
	Name string
}

// Place is a step of a playbook, or a rung of its ladder.
type Place struct {
	// Playbook and Step are its name and path.
	Playbook string `json:"playbook"`
	Step     string `json:"step"`
	// Rung is the rung of the ladder that was climbed to, from 1; 0: the step itself.
	Rung int32 `json:"rung,omitempty"`
}

type levelCount struct {
	cases  int
	closed []int32 // seconds from taken in to closed
}

type personCount struct {
	member
	zone *time.Location
	// weeks are the tasks they answered, and the corrective actions they carried out or verified, in each week.
	weeks                         []int32
	tasks, told, nights, weekends int
}

type member struct{ team, name string }

// week is a week from the start of the play.
const week = 7 * 24 * time.Hour

// Count has everything counted that happens in the play from now on. It takes the place of whoever listened before.
func (s *Play) Count() *Tally {
	t := &Tally{
		play: s, from: s.now, last: s.now, open: map[key]*Case{}, levels: map[string]*levelCount{}, people: map[v1alpha1.User]*personCount{},
		members: map[member]v1alpha1.User{}, missed: map[Place]int{}, places: map[Place]bool{},
	}
	for team, spec := range s.world.pack.Teams {
		for i := range spec.Spec.Members {
			m := &spec.Spec.Members[i]
			who := member{team, m.Name}
			t.members[who] = m.User
			if t.people[m.User] == nil || who.team < t.people[m.User].team {
				t.people[m.User] = &personCount{member: who, zone: zoneOf(m.TimeZone, spec.Spec.TimeZone)}
			}
		}
	}
	s.Told, s.Done, s.Sent, s.Closed = t.told, t.done, t.sent, t.closed
	return t
}

// zoneOf is the first zone that exists; UTC without one.
func zoneOf(names ...string) *time.Location {
	for _, name := range names {
		if zone, err := time.LoadLocation(name); name != "" && err == nil {
			return zone
		}
	}
	return time.UTC
}

// of is a case that is open; it is one from the first word about it on.
func (t *Tally) of(k key) *Case {
	c := t.open[k]
	if c == nil {
		c = &Case{Kind: k.kind, Record: k.name, Opened: t.play.now, Told: map[v1alpha1.NoticeRecipient]time.Time{}}
		t.open[k] = c
	}
	return c
}

func (t *Tally) told(record casework.Record, e engine.Event) {
	t.last = t.play.now
	if isDrill(record) {
		if e.Type == v1alpha1.EventReceived {
			t.drills++
		}
		return
	}
	k := kindOf(record)
	c := t.of(k)
	status := t.play.status(k)
	switch e.Type {
	case v1alpha1.EventReceived:
		if k.kind == v1alpha1.RecordComplaint {
			t.complaints++
		} else {
			t.incidents++
		}
	case v1alpha1.EventGraded:
		if c.First == "" {
			c.First = levelOf(record)
		}
	case v1alpha1.EventRunStarted:
		c.playbook = status.Run.Playbook
	case v1alpha1.EventIncidentRaised:
		c.Incident = true
	case v1alpha1.EventNobody:
		t.nobody++
	case v1alpha1.EventDeadlineMissed:
		c.Missed++
		t.missed[Place{Playbook: c.playbook, Step: e.Step}]++
	case v1alpha1.EventStepStarted, v1alpha1.EventStepDone, v1alpha1.EventAsked, v1alpha1.EventNoticeRequested, v1alpha1.EventEscalated:
		t.reached(c, status.Run, e.Step)
	}
}

// reached notes that a case has come to a step, and how high on the ladder.
func (t *Tally) reached(c *Case, run *v1alpha1.Run, step string) {
	if step == "" {
		return
	}
	t.places[Place{Playbook: c.playbook, Step: step}] = true
	if run == nil {
		return
	}
	for i := range run.Steps {
		if s := &run.Steps[i]; s.Name == step {
			for rung := int32(1); rung <= s.Rung; rung++ {
				t.places[Place{c.playbook, step, rung}] = true
			}
		}
	}
}

// isDrill is whether a record is an exercise: people bear it, but it is no case and stands in no other figure.
func isDrill(record casework.Record) bool {
	ci, is := record.(*v1alpha1.CrisisIncident)
	return is && ci.Spec.Drill != nil
}

func levelOf(record casework.Record) string {
	switch r := record.(type) {
	case *v1alpha1.Complaint:
		if r.Status.Grading != nil {
			return string(r.Status.Grading.Level)
		}
	case *v1alpha1.CrisisIncident:
		return string(r.LevelInForce())
	}
	return ""
}

func (t *Tally) done(d Deed) {
	by := d.Act.By
	switch {
	case d.Corrective != nil:
		by = d.Corrective.By
	case d.Task == nil:
		return
	}
	p := t.person(by)
	p.tasks++
	n := int(d.At.Sub(t.from) / week)
	for len(p.weeks) <= n {
		p.weeks = append(p.weeks, 0)
	}
	p.weeks[n]++
}

func (t *Tally) person(user v1alpha1.User) *personCount {
	p := t.people[user]
	if p == nil { // the cast may speak of people who are in no team
		p = &personCount{member: member{"", string(user)}, zone: time.UTC}
		t.people[user] = p
	}
	return p
}

func (t *Tally) sent(n *v1alpha1.Notice) {
	drill := n.Spec.Mode == v1alpha1.ModeDrill
	if n.Status.State != v1alpha1.NoticeDelivered {
		if n.Status.State == v1alpha1.NoticeFailed && !drill {
			t.lost++
		}
		return
	}
	if !drill {
		t.notices++
	}
	at := n.Status.EndedAt.Time
	k := key{n.Spec.Record.Kind, string(n.Spec.Record.Name)}
	if c := t.open[k]; c != nil { // what is sent as a case ends tells nobody for the first time that matters
		if _, before := c.Told[n.Spec.To]; !before {
			c.Told[n.Spec.To] = at
		}
	}
	if n.Spec.To.Kind != v1alpha1.RecipientMember {
		return
	}
	p := t.person(t.members[member{string(n.Spec.To.Team), n.Spec.To.Name}])
	p.told++
	switch there := at.In(p.zone); {
	case there.Hour() >= 22 || there.Hour() < 6:
		p.nights++
	case there.Weekday() == time.Saturday || there.Weekday() == time.Sunday:
		p.weekends++
	}
}

func (t *Tally) closed(record casework.Record) {
	if isDrill(record) {
		return
	}
	k := kindOf(record)
	c := t.of(k)
	c.Closed = t.play.now
	t.end(c, record)
	delete(t.open, k)
}

// end takes a case into the figures.
func (t *Tally) end(c *Case, record casework.Record) {
	c.Level = levelOf(record)
	l := t.levels[c.Level]
	if l == nil {
		l = &levelCount{}
		t.levels[c.Level] = l
	}
	if c.Kind == v1alpha1.RecordComplaint {
		l.cases++
		if !c.Closed.IsZero() {
			l.closed = append(l.closed, int32(c.Closed.Sub(c.Opened)/time.Second))
		}
	}
	if t.Ended != nil {
		t.Ended(*c)
	}
}

// Reached are the steps and rungs that any case came to.
func (t *Tally) Reached() map[Place]bool { return t.places }

// Teams is who is there, with the absences of the cast.
func (s *Play) Teams() *roster.Roster { return s.world.teams }
