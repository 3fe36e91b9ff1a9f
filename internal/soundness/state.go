package soundness

import (
	"encoding/binary"
	"slices"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
)

// state is a run and what is known of the world, as far as anything still depends on it: stepBytes for each step, then what
// lastBytes says, then a byte for each step of the incident that is looked at. Two runs with the same state can become the
// same things.
type state string

// The bytes of a step: phase, overdue, fate of its notices and what its approval is bound to; outcome; round; rung and clock.
const stepBytes = 4

// The bytes behind the steps: whether the remedy is written, where the incident stands, whether the run has ended; and two that
// say in which world it goes on.
const lastBytes = 5

// worldAt is where behind the steps the world is.
const worldAt = 3

func putWorld(last []byte, world uint16) { binary.BigEndian.PutUint16(last[worldAt:], world) }

// StateBytes is about how much memory a search takes for each state of a plan.
func StateBytes(plan *playbook.Plan) int { return len(plan.Nodes)*stepBytes + 100 }

const (
	phaseBits   = 7
	overdueBit  = 1 << 3
	fateShift   = 4
	digestShift = 6
	rungBits    = 15
	clockBit    = 1 << 4
)

// What an approval is bound to.
const (
	boundToNothing = iota
	boundToCurrent
	boundToOld
)

var phases = []v1alpha1.StepPhase{v1alpha1.StepPending, v1alpha1.StepWaiting, v1alpha1.StepDone, v1alpha1.StepSkipped, v1alpha1.StepCancelled}

// phaseSkipped is the place of a skipped step in phases.
const phaseSkipped = 3

var fates = []v1alpha1.NoticeState{v1alpha1.NoticeSending, v1alpha1.NoticeDelivered, v1alpha1.NoticeFailed, v1alpha1.NoticeUncertain}

// Every state is looked at at the same moment; what has begun did so long ago, and what is due is so much later that it
// does not come by itself. A move that lets a clock run out puts its end to now.
var (
	now   = time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)
	long  = 10_000 * time.Hour
	later = metav1.NewTime(now.Add(long))
	ago   = metav1.NewTime(now.Add(-long))
	today = metav1.NewTime(now)
)

const (
	current = "current"
	former  = "former"
	renewed = "renewed"
)

// somebody does everything that one person is asked for. Who is there is not what is looked at here.
const somebody v1alpha1.User = "somebody"

func seatUser(k int) v1alpha1.User { return v1alpha1.User("approver-" + strconv.Itoa(k+1)) }

// oneTeam is a roster in which there is somebody for everything.
func oneTeam() *roster.Roster {
	member := func(user v1alpha1.User) v1alpha1.Member {
		return v1alpha1.Member{Name: string(user), User: user, Duties: []v1alpha1.Identifier{everybody}}
	}
	all := &v1alpha1.ResponseTeamSpec{Members: []v1alpha1.Member{member(somebody)}, Stakeholders: []v1alpha1.Stakeholder{{Name: anybody}}}
	for k := range 8 {
		all.Members = append(all.Members, member(seatUser(k)))
	}
	called := &v1alpha1.ResponseTeamSpec{Members: []v1alpha1.Member{member(somebody)}}
	return roster.New(map[string]*v1alpha1.ResponseTeamSpec{everybody: all, calledIn: called})
}

// codec turns runs into states and back.
type codec struct {
	*lean
	roster *roster.Roster
	roles  []v1alpha1.RoleHolder
	// tasks and notices are the names of the objects of each step.
	tasks, notices []v1alpha1.ObjectName
	// outcomes are those seen of each step so far; the first is none.
	outcomes [][]v1alpha1.Identifier
}

func newCodec(l *lean) *codec {
	c := &codec{lean: l, roster: oneTeam(), outcomes: make([][]v1alpha1.Identifier, len(l.Nodes))}
	for name := range l.Roles {
		c.roles = append(c.roles, v1alpha1.RoleHolder{Name: name, Team: everybody, Person: string(somebody), User: somebody, Since: ago})
	}
	slices.SortFunc(c.roles, func(a, b v1alpha1.RoleHolder) int { return compareText(a.Name, b.Name) })
	for i := range l.Nodes {
		c.tasks = append(c.tasks, v1alpha1.ObjectName("task-"+strconv.Itoa(i)))
		c.notices = append(c.notices, v1alpha1.ObjectName("notice-"+strconv.Itoa(i)))
		c.outcomes[i] = []v1alpha1.Identifier{""}
	}
	return c
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// look is a state taken apart, to be moved on from.
type look struct {
	run   v1alpha1.Run
	fates []byte
	// written is whether the remedy is written; incident where the incident stands, steps how its steps ended.
	written  byte
	incident byte
	steps    []byte
	// world is which of the facts that a run begins with and keeps are so.
	world uint16
}

// decode makes a run of a state; the room of the look is used anew.
func (c *codec) decode(s state, l *look) {
	n := len(c.Nodes)
	if l.run.Steps == nil {
		l.run = v1alpha1.Run{Version: v1alpha1.RunVersion, ID: 1, Playbook: c.Name, StartedAt: ago, Roles: c.roles, Steps: make([]v1alpha1.StepState, n)}
		l.fates = make([]byte, n)
	}
	last := s[n*stepBytes:]
	l.written, l.incident, l.steps = last[0], last[1], []byte(last[lastBytes:])
	l.world = binary.BigEndian.Uint16([]byte(last[worldAt:]))
	for i := range c.Nodes {
		c.decodeStep(s[i*stepBytes:], i, l)
	}
	for i := range c.Nodes {
		c.decodeClock(s[i*stepBytes+3]&clockBit != 0, i, l)
	}
}

func (c *codec) decodeStep(b state, i int, l *look) {
	s := v1alpha1.StepState{
		Name: c.Nodes[i].Path, State: phases[b[0]&phaseBits], Outcome: c.outcomes[i][b[1]],
		Round: int32(b[2]), Rung: int32(b[3] & rungBits),
	}
	if b[0]&overdueBit != 0 {
		s.OverdueAt = ago
	}
	s.Digest = [...]string{"", current, former}[b[0]>>digestShift]
	l.fates[i] = b[0] >> fateShift & 3
	if s.State != v1alpha1.StepPending {
		s.StartedAt = ago
	}
	if ended(&s) {
		s.EndedAt = today // a deadline that counts from it is ahead; that it is over is a move
	}
	if s.State == v1alpha1.StepWaiting {
		a := &c.Nodes[i].Action
		switch {
		case a.Notify != nil && c.Nodes[i].Head.Every == nil:
			s.Notices = []v1alpha1.ObjectName{c.notices[i]}
		case a.Task != nil, a.Survey != nil, a.Decision != nil:
			s.Assignee = somebody
			s.Tasks = []v1alpha1.ObjectName{c.tasks[i]}
		case a.Approval != nil, a.AssembleTeam != nil:
			s.Tasks = []v1alpha1.ObjectName{c.tasks[i]}
		}
		if a.Approval != nil && a.Approval.Of != "" && l.written != 0 {
			s.Digest = current
		}
	}
	l.run.Steps[i] = s
}

// decodeClock sets the times of a waiting step.
func (c *codec) decodeClock(runs bool, i int, l *look) {
	n, s := &c.Nodes[i], &l.run.Steps[i]
	if s.State != v1alpha1.StepWaiting {
		return
	}
	if n.Head.Every != nil || n.Action.Wait != nil && n.Action.Wait.For != nil {
		s.NextAt = later
	}
	if n.Head.Within == nil || n.OfStep >= 0 && !ended(&l.run.Steps[n.OfStep]) {
		return
	}
	s.DueAt = later
	if !s.OverdueAt.IsZero() {
		s.DueAt = metav1.NewTime(now.Add(-time.Second - time.Duration(max(s.Rung-1, 0))*time.Hour))
	}
	if runs && s.NextAt.IsZero() {
		s.NextAt = later
	}
}

// encode writes a run as a state. digest is what the remedy is now.
func (c *codec) encode(run *v1alpha1.Run, fate func(i int) byte, digest string, incident byte, steps []byte, world uint16) state {
	out := make([]byte, 0, len(c.Nodes)*stepBytes+lastBytes+len(steps))
	for i := range c.Nodes {
		b := c.encodeStep(run, i, digest)
		if b[0]&phaseBits == 1 {
			b[0] |= fate(i) << fateShift
		}
		out = append(out, b[:]...)
	}
	var written, over byte
	if digest != "" && c.bindsRemedy() {
		written = 1
	}
	if run.Result != "" {
		over = 1
	}
	out = append(out, written, incident, over)
	out = binary.BigEndian.AppendUint16(out, world)
	return state(append(out, steps...))
}

func (c *codec) bindsRemedy() bool {
	return slices.ContainsFunc(c.Nodes, func(n playbook.Node) bool { return n.Action.Approval != nil && n.Action.Approval.Of != "" })
}

func (c *codec) encodeStep(run *v1alpha1.Run, i int, digest string) (b [stepBytes]byte) {
	n, s, looked := &c.Nodes[i], &run.Steps[i], c.looked[i]
	waits := s.State == v1alpha1.StepWaiting
	b[0] = byte(slices.Index(phases, s.State))
	if !s.OverdueAt.IsZero() && (waits || looked.overdue) {
		b[0] |= overdueBit
	}
	ap := n.Action.Approval
	bound := ap != nil && ap.Of != ""
	if bound && s.State == v1alpha1.StepDone {
		switch s.Digest {
		case "":
			if digest != "" {
				b[0] |= boundToOld << digestShift
			}
		case digest:
			b[0] |= boundToCurrent << digestShift
		default:
			b[0] |= boundToOld << digestShift
		}
	}
	if s.Outcome != "" && (looked.outcome || bound) {
		k := slices.Index(c.outcomes[i], s.Outcome)
		if k < 0 {
			k = len(c.outcomes[i])
			c.outcomes[i] = append(c.outcomes[i], s.Outcome)
		}
		b[1] = byte(k)
	}
	if looked.round || !c.blockEnded(run, i) {
		b[2] = byte(s.Round)
	}
	if waits || looked.rung {
		b[3] = byte(min(s.Rung, rungBits))
	}
	if waits && c.clockRuns(n, s) {
		b[3] |= clockBit
	}
	return b
}

// blockEnded is whether a step is, or is inside, a block that has ended, so that its round counts no more.
func (c *codec) blockEnded(run *v1alpha1.Run, i int) bool {
	for p := i; p >= 0; p = c.Nodes[p].Parent {
		if ended(&run.Steps[p]) && (p != i || c.Nodes[p].Repeat != nil) {
			return true
		}
	}
	return false
}

// clockRuns is whether time alone still does something to a waiting step that matters.
func (c *codec) clockRuns(n *playbook.Node, s *v1alpha1.StepState) bool {
	switch {
	case n.Action.Wait != nil && n.Action.Wait.For != nil:
		return !s.NextAt.IsZero()
	case n.Head.Every != nil:
		return !s.DueAt.IsZero() && s.OverdueAt.IsZero()
	}
	return !s.NextAt.IsZero()
}

// facts are what Decide is told, but for the tasks.
func (c *codec) facts(l *look, v *values) *engine.Facts {
	f := &engine.Facts{
		Record: v1alpha1.RecordReference{Kind: c.For, Name: "case", UID: "case"}, Mode: v1alpha1.ModeLive, Title: "case",
		Team: everybody, Level: v.level, ReceivedAt: now, GradedAt: now, NoContact: v.noContact,
		Digests: map[v1alpha1.WrittenField]string{}, Notices: map[string]v1alpha1.NoticeState{}, Tasks: map[string]engine.TaskFacts{},
		Roster: c.roster,
	}
	if l.written != 0 {
		f.Digests[v1alpha1.WritesRemedy] = current
	}
	if v.open {
		f.OpenIncident = "another"
	}
	incident := v.incident
	f.Incident = &incident
	if c.For == v1alpha1.RecordComplaint {
		f.Complaint = &v.complaint
		if l.incident == noIncident { // its fields are empty then
			incident = playbook.IncidentFacts{}
		}
		incident.Exists, incident.Closed = l.incident != noIncident, l.incident == closedIncident
		incident.Steps = c.incidentSteps(l.steps)
	} else {
		incident.Exists = true
	}
	for i := range c.Nodes {
		if s := &l.run.Steps[i]; s.State == v1alpha1.StepWaiting && len(s.Notices) > 0 {
			f.Notices[string(c.notices[i])] = fates[l.fates[i]]
		}
	}
	return f
}

func ended(s *v1alpha1.StepState) bool {
	return s.State == v1alpha1.StepDone || s.State == v1alpha1.StepSkipped || s.State == v1alpha1.StepCancelled
}
