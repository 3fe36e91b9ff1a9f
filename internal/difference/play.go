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

// aligned is a pack with the steps, and the answers to each, in the order another has them. The order means nothing; but people in a
// simulation give the first answer, and of what happens in one second something comes first.
func aligned(p, like *pack.Pack) *pack.Pack {
	out := *p
	out.Playbooks = map[string]*v1alpha1.Playbook{}
	for name, pb := range p.Playbooks {
		pb = pb.DeepCopy()
		out.Playbooks[name] = pb
		if like.Playbooks[name] == nil {
			continue
		}
		others := stepsOf(&like.Playbooks[name].Spec)
		place := func(step string) int {
			if i := slices.IndexFunc(others, func(w written) bool { return w.head.Name == step }); i >= 0 {
				return i
			}
			return len(others)
		}
		slices.SortStableFunc(pb.Spec.Steps, func(a, b v1alpha1.Step) int { return cmp.Compare(place(a.Name), place(b.Name)) })
		for i := range pb.Spec.Steps {
			if r := pb.Spec.Steps[i].Repeat; r != nil {
				slices.SortStableFunc(r.Steps, func(a, b v1alpha1.InnerStep) int { return cmp.Compare(place(a.Name), place(b.Name)) })
			}
		}
		for _, w := range stepsOf(&pb.Spec) {
			other := named(others, w.head.Name)
			switch {
			case other == nil:
			case w.action.Task != nil && other.action.Task != nil:
				w.action.Task.Outcomes = inOrderOf(w.action.Task.Outcomes, other.action.Task.Outcomes)
			case w.action.Decision != nil && other.action.Decision != nil:
				w.action.Decision.Options = inOrderOf(w.action.Decision.Options, other.action.Decision.Options)
			}
		}
	}
	return &out
}

func inOrderOf[T comparable](list, order []T) []T {
	return append(keep(order, list), without(list, order)...)
}

// play plays every level and every crisis of a side. What was played of the pack itself is kept.
func (s *Side) play(d *differ, p *pack.Pack) tellings {
	// Where neither side has channels for real cases, they are kept elsewhere, and what waits for one counts as told.
	elsewhere := !d.a.sends() && !d.b.sends()
	if s.tellings[elsewhere] != nil && p == s.pack {
		return s.tellings[elsewhere]
	}
	t := tellings{}
	for cast := range casts {
		if err := s.playWith(t, p, cast, elsewhere); err != nil {
			d.note("who is told when could not be played: %v", err)
		}
	}
	if p == s.pack {
		s.tellings[elsewhere] = t
	}
	return t
}

// sends is whether a side has a channel for real cases.
func (s *Side) sends() bool {
	for _, c := range s.pack.Channels {
		if c.Spec.Mode != v1alpha1.ModeDrill {
			return true
		}
	}
	return false
}

func (s *Side) playWith(t tellings, of *pack.Pack, cast int, elsewhere bool) error {
	p := *of
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
		t[c] = map[string]time.Duration{}
	}
	for _, n := range play.Notices() {
		told := n.Status.State == v1alpha1.NoticeDelivered || elsewhere && n.Status.State == v1alpha1.NoticePending
		if c, at := caseOf(play, cases, n); told && c != (course{}) {
			s.first(t[c], n, at)
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
func (s *Side) first(t map[string]time.Duration, n *v1alpha1.Notice, at time.Time) {
	after := n.Spec.RequestedAt.Sub(at).Truncate(time.Minute)
	for _, who := range s.ranks(n.Spec.To) {
		if was, told := t[who]; !told || after < was {
			t[who] = after
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
