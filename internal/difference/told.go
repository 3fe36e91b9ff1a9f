package difference

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/simulation"
)

// course is a case that is played under both policies: a level of a triage policy, or a crisis raised by hand, at a moment,
// with people who behave in one way.
type course struct {
	policy string // of a level; empty for a crisis
	name   string // of the level, or of the playbook of the crisis
	team   string // of the crisis
	start  int    // of starts
	cast   int    // of casts
}

// starts are when cases come in.
var starts = []struct {
	at   time.Time
	says string
}{
	{time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC), ""},
	{time.Date(2026, time.March, 6, 17, 30, 0, 0, time.UTC), " and it comes in on a Friday at 17:30"},
}

// casts are how people behave. What is told by people who answer at once is looked at where silence tells nothing.
var casts = []struct {
	cast simulation.Cast
	says string
}{
	{simulation.Cast{Answers: []simulation.Answer{{Never: true}}}, ", if nobody answers"},
	{simulation.Cast{}, ", if everybody answers within half an hour"},
}

// playedFor is how long a case is played.
const playedFor = 60 * 24 * time.Hour

// tellings are, for each course, after how long each rank and each audience was told for the first time.
type tellings map[course]map[string]time.Duration

// told compares who is told when.
func (d *differ) told() {
	if asJSON(played(d.a.pack)) == asJSON(played(d.b.pack)) {
		return
	}
	before, after := d.a.play(d), d.b.play(d)
	for _, c := range courses(before) {
		c.cast, c.start = 0, 0
		if _, both := after[c]; !both || d.broken(c) {
			continue // what came, went or cannot be carried out is told of as such
		}
		s := subject{differ: d, kind: "Playbook", group: "playbook " + c.name, name: c.name, nameA: c.name, fieldA: "spec.steps", fieldB: "spec.steps"}
		if c.policy != "" {
			s.kind, s.group, s.name, s.nameA = kindLevel, fmt.Sprintf("level %s of %s", c.name, c.policy), c.policy, c.policy
			s.fieldA, s.fieldB = levelField(d.a, c), levelField(d.b, c)
		}
		s.reached(c, before, after)
	}
}

// broken is whether what a case follows does not compile on one side.
func (d *differ) broken(c course) bool {
	for _, s := range []*Side{d.a, d.b} {
		name := c.name
		if c.policy != "" {
			levels := s.pack.Policies[c.policy].Spec.Levels
			name = string(levels[slices.Index(levelNames(levels), v1alpha1.LevelName(c.name))].Playbook)
		}
		if s.pack.Playbooks[name] != nil && s.fault(name) != "" {
			return true
		}
	}
	return false
}

// courses are the cases of a telling, each once, in order.
func courses(t tellings) []course {
	var out []course
	for c := range t {
		if c.cast == 0 && c.start == 0 {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b course) int { return cmp.Or(cmp.Compare(a.policy, b.policy), cmp.Compare(a.name, b.name), cmp.Compare(a.team, b.team)) })
	return out
}

func levelField(s *Side, c course) string {
	tp := s.pack.Policies[c.policy]
	if tp == nil {
		return ""
	}
	return fmt.Sprintf("spec.levels[%d]", slices.Index(levelNames(tp.Spec.Levels), v1alpha1.LevelName(c.name)))
}

// reached says of one case who is told earlier, later, no longer or for the first time. Of the ways to play it the first one
// that shows a difference for somebody is told.
func (s subject) reached(c course, before, after tellings) {
	what := c.name
	if c.policy == "" {
		what = "a crisis by " + c.name + " with the team " + c.team
	}
	said := map[string]bool{}
	for cast := range casts {
		for start := range starts {
			c.cast, c.start = cast, start
			was, is := before[c], after[c]
			for _, who := range slices.Sorted(maps.Keys(both(was, is))) {
				a, told := was[who]
				b, tells := is[who]
				if said[who] || told && tells && a == b {
					continue
				}
				said[who] = true
				when := casts[cast].says + starts[start].says
				switch {
				case !told:
					s.say(Told, "%s now reaches %s, %s%s; before it did not", what, who, soon(b), when)
				case !tells:
					s.say(Told, "%s no longer reaches %s, before %s%s", what, who, soon(a), when)
				case b < a:
					s.say(Told, "%s now reaches %s %s earlier: %s, before %s%s", what, who, length(a-b), soon(b), soon(a), when)
				default:
					s.say(Told, "%s now reaches %s %s later: %s, before %s%s", what, who, length(b-a), soon(b), soon(a), when)
				}
			}
		}
	}
}

func soon(d time.Duration) string {
	if d == 0 {
		return "at once"
	}
	return "after " + length(d)
}

// played is what a pack says about who is told when: all but texts.
func played(p *pack.Pack) any {
	bare := pack.New()
	for name, pb := range p.Playbooks {
		spec := normal(&pb.Spec)
		spec.Description, spec.Assertions = "", nil
		for _, w := range stepsOf(spec) {
			w.head.Description = ""
		}
		for i := range spec.Templates {
			spec.Templates[i].Texts = nil
		}
		bare.Playbooks[name] = &v1alpha1.Playbook{Spec: *spec}
	}
	for name, tp := range p.Policies {
		bare.Policies[name] = &v1alpha1.TriagePolicy{Spec: v1alpha1.TriagePolicySpec{Levels: tp.Spec.Levels}}
	}
	return []any{bare.Playbooks, bare.Policies, specs(p.Teams, func(t *v1alpha1.ResponseTeam) any { return t.Spec }),
		specs(p.Calendars, func(c *v1alpha1.BusinessCalendar) any { return c.Spec }), specs(p.Channels, func(c *v1alpha1.NoticeChannel) any { return c.Spec })}
}

func specs[T any](objects map[string]T, spec func(T) any) map[string]any {
	out := map[string]any{}
	for name, o := range objects {
		out[name] = spec(o)
	}
	return out
}

// play plays every level and every crisis of a side, once.
func (s *Side) play(d *differ) tellings {
	if s.tellings != nil {
		return s.tellings
	}
	s.tellings = tellings{}
	for cast := range casts {
		if err := s.playWith(cast); err != nil {
			d.note("who is told when could not be played: %v", err)
		}
	}
	return s.tellings
}

func (s *Side) playWith(cast int) error {
	p := *s.pack
	p.Policies, p.Complaints, p.Incidents = map[string]*v1alpha1.TriagePolicy{}, nil, nil
	cases := map[string]course{} // by the name of the record
	var complaints []*v1alpha1.Complaint
	var incidents []*v1alpha1.CrisisIncident
	for _, name := range slices.Sorted(maps.Keys(s.pack.Policies)) {
		tp := s.pack.Policies[name]
		p.Policies[name] = levelsByOrder(tp)
		for i, l := range tp.Spec.Levels {
			for start := range starts {
				record := fmt.Sprintf("%s-%d-%d", name, i, start)
				cases[record] = course{policy: name, name: string(l.Name), start: start, cast: cast}
				complaints = append(complaints, s.complaint(record, name, l, start))
			}
		}
	}
	for i, c := range s.crises() {
		for start := range starts {
			record := fmt.Sprintf("crisis-%d-%d", i, start)
			c.start, c.cast = start, cast
			cases[record] = c
			incidents = append(incidents, &v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{Name: record},
				Spec: v1alpha1.CrisisIncidentSpec{Title: "crisis", Level: "crisis", Playbook: v1alpha1.ObjectName(c.name), Team: v1alpha1.ObjectName(c.team)}})
		}
	}
	with := casts[cast].cast
	with.Start = metav1.NewTime(starts[0].at.Add(-24 * time.Hour)) // a clock may be ahead of Greenwich
	play := simulation.New(&p, &with)
	for _, c := range complaints {
		play.Complain(c, c.Spec.ReceivedAt.Time)
	}
	for i, ci := range incidents {
		play.Alarm(ci, s.begins(cases[ci.Name].name, i%len(starts)))
	}
	if _, err := play.Run(starts[len(starts)-1].at.Add(playedFor)); err != nil {
		return err
	}
	for _, c := range cases {
		s.tellings[c] = map[string]time.Duration{}
	}
	for _, n := range play.Notices() {
		if c, at := caseOf(play, cases, n); c != (course{}) && n.Status.State != v1alpha1.NoticeFailed && n.Status.State != v1alpha1.NoticeSuppressed {
			s.first(c, n, at)
		}
	}
	return nil
}

// levelsByOrder is a policy that gives a complaint the level that its order number names.
func levelsByOrder(tp *v1alpha1.TriagePolicy) *v1alpha1.TriagePolicy {
	out := &v1alpha1.TriagePolicy{ObjectMeta: metav1.ObjectMeta{Name: tp.Name}}
	out.Spec = v1alpha1.TriagePolicySpec{Levels: tp.Spec.Levels, DefaultLevel: tp.Spec.DefaultLevel, Correlation: &v1alpha1.Correlation{By: []v1alpha1.CountField{"order"}}}
	for i, l := range tp.Spec.Levels {
		out.Spec.Rules = append(out.Spec.Rules, v1alpha1.GradingRule{Name: fmt.Sprintf("level-%d", i), Level: l.Name, Reason: "it is played",
			When: v1alpha1.Expression(fmt.Sprintf("complaint.order.startsWith('%s/')", l.Name))})
	}
	return out
}

// complaint is a complaint of a level.
func (s *Side) complaint(record, policy string, level v1alpha1.Level, start int) *v1alpha1.Complaint {
	c := &v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Name: record}}
	c.Spec = v1alpha1.ComplaintSpec{
		Policy: policy, Channel: "Phone", Category: "example", Product: "example", Place: "example", Order: fmt.Sprintf("%s/%d", level.Name, start),
		Statement: "an example", ReceivedAt: metav1.NewTime(s.begins(string(level.Playbook), start)), Complainant: &v1alpha1.Complainant{Pseudonym: "example", ContactSecret: "example"},
	}
	return c
}

// begins is when a case comes in: by the clock of the calendar of its playbook.
func (s *Side) begins(playbook string, start int) time.Time {
	at := starts[start].at
	pb := s.pack.Playbooks[playbook]
	if pb == nil || s.pack.Calendars[pb.Spec.Calendar] == nil {
		return at
	}
	where, err := time.LoadLocation(s.pack.Calendars[pb.Spec.Calendar].Spec.TimeZone)
	if err != nil {
		return at
	}
	return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), 0, 0, where)
}

// crises are the playbooks for incidents with each team they are raised for, by a step or a drill schedule.
func (s *Side) crises() []course {
	teams := map[course]bool{}
	for _, pb := range s.pack.Playbooks {
		for _, w := range stepsOf(&pb.Spec) {
			if r := w.action.RaiseIncident; r != nil {
				teams[course{name: r.Playbook, team: r.Team}] = true
			}
		}
	}
	for _, d := range s.pack.Drills {
		teams[course{name: string(d.Spec.Playbook), team: string(d.Spec.Team)}] = true
	}
	return slices.SortedFunc(maps.Keys(teams), func(a, b course) int { return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.team, b.team)) })
}

// caseOf is the case a notice belongs to, and when that came in: a notice of an incident that a complaint raised is the
// complaint's.
func caseOf(play *simulation.Play, cases map[string]course, n *v1alpha1.Notice) (course, time.Time) {
	record := string(n.Spec.Record.Name)
	if n.Spec.Record.Kind == v1alpha1.RecordCrisisIncident {
		for _, ci := range play.Incidents() {
			if ci.Name == record && cases[record] != (course{}) {
				return cases[record], ci.CreationTimestamp.Time
			}
		}
	}
	for _, c := range play.Complaints() {
		if c.Name == record || c.Status.Incident != nil && n.Spec.Record.Kind == v1alpha1.RecordCrisisIncident && string(c.Status.Incident.Name) == record {
			return cases[c.Name], c.Spec.ReceivedAt.Time
		}
	}
	return course{}, time.Time{}
}

// first notes when each rank that a notice reaches was told first.
func (s *Side) first(c course, n *v1alpha1.Notice, at time.Time) {
	after := n.Spec.RequestedAt.Sub(at).Truncate(time.Minute)
	for _, who := range s.ranks(n.Spec.To) {
		if was, told := s.tellings[c][who]; !told || after < was {
			s.tellings[c][who] = after
		}
	}
}

// ranks are the duties of who is told, or what else they are called.
func (s *Side) ranks(to v1alpha1.NoticeRecipient) []string {
	switch to.Kind {
	case v1alpha1.RecipientComplainant:
		return []string{"the complainant"}
	case v1alpha1.RecipientStakeholder:
		return []string{role(to.Name)}
	}
	if team := s.pack.Teams[string(to.Team)]; team != nil {
		for _, m := range team.Spec.Members {
			if m.Name == to.Name && len(m.Duties) > 0 {
				out := make([]string, len(m.Duties))
				for i, d := range m.Duties {
					out[i] = role(d)
				}
				return out
			}
		}
	}
	return []string{to.Name}
}
