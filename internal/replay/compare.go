package replay

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/difference"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/simulation"
	"tocsin.dev/tocsin/internal/triage"
)

// Policy is one of the two policies.
type Policy struct {
	// Name is what it is called in the report.
	Name string
	// Pack is what it says.
	Pack *pack.Pack
}

// Compare replays a history under two policies. cast says what people do where the record does not; nil: they answer half
// an hour later. An error is about the history, and names file and line where there are any.
func Compare(h History, before, after Policy, cast *simulation.Cast) (*Report, error) {
	if err := h.check(); err != nil {
		return nil, err
	}
	conduct := "as the cast says"
	if cast == nil || reflect.DeepEqual(*cast, simulation.Cast{}) {
		cast, conduct = &simulation.Cast{}, ""
	}
	was, err := play(&h, before, cast)
	if err != nil {
		return nil, err
	}
	is, err := play(&h, after, cast)
	if err != nil {
		return nil, err
	}
	r := differences(&h, was, is)
	r.Conduct, r.Notes = conduct, slices.Concat(elsewhere(&h, before, after), unspoken(&h, before, after))
	r.Differences = len(difference.Compare(difference.New(before.Pack, nil), difference.New(after.Pack, nil)).Differences)
	return r, nil
}

// side is what became of the history under one policy.
type side struct {
	policy  Policy
	sum     simulation.Summary
	cases   map[simulation.Named]simulation.Case
	reached map[simulation.Place]bool
	memory  *memory
	// audience is who was told and asked.
	audience *audience
}

func play(h *History, policy Policy, cast *simulation.Cast) (*side, error) {
	first, last := h.span()
	own := *cast
	own.Start = metav1.NewTime(first)
	own.Acts = slices.Concat(cast.Acts, deeds(h))
	s := simulation.New(policy.Pack, &own)
	s.Forget = true
	uids := map[simulation.Named]types.UID{}
	out := &side{policy: policy, cases: map[simulation.Named]simulation.Case{}, memory: newMemory(h), audience: newAudience(policy.Pack, s.Follows)}
	s.Recall = func(task *v1alpha1.ResponseTask, who v1alpha1.User) simulation.Reaction {
		out.audience.wants(task, who)
		return out.memory.recall(task, who)
	}
	s.UID = func(kind v1alpha1.RecordKind, name string) types.UID {
		return uids[simulation.Named{Kind: kind, Name: name}]
	}
	tally := s.Count()
	count := s.Done
	s.Done = func(d simulation.Deed) { count(d); out.memory.done(d) }
	send := s.Sent
	s.Sent = func(n *v1alpha1.Notice) { send(n); out.audience.sent(n) }
	tally.Ended = func(c simulation.Case) { out.cases[simulation.Named{Kind: c.Kind, Name: c.Record}] = c }
	for _, c := range h.inOrder() {
		uids[simulation.Named{Kind: v1alpha1.RecordComplaint, Name: c.Complaint.Name}] = c.Complaint.UID
		s.Complain(asItCame(c.Complaint), received(c.Complaint))
	}
	for _, ci := range h.Incidents {
		uids[simulation.Named{Kind: v1alpha1.RecordCrisisIncident, Name: ci.Name}] = ci.UID
		again := &v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{Name: ci.Name}, Spec: *ci.Spec.DeepCopy()}
		again.Spec.Acts = nil
		s.Alarm(again, ci.CreationTimestamp.Time)
	}
	if _, err := s.Run(last.Add(longest)); err != nil {
		return nil, err
	}
	out.sum, out.reached = tally.Sum(), tally.Reached()
	return out, nil
}

// broken says which playbooks and triage policies of a pack do not compile: a case that needs one waits, as in a cluster.
func broken(p *pack.Pack) (out []string) {
	for _, name := range sortedKeys(p.Playbooks) {
		if _, problems := playbook.Compile(p.Closure(name)); len(problems) > 0 {
			out = append(out, fmt.Sprintf("Playbook %s does not compile: %s", name, problems[0]))
		}
	}
	for _, name := range sortedKeys(p.Policies) {
		if _, problems := triage.Compile(name, 1, p.Policies[name].Spec); len(problems) > 0 {
			out = append(out, fmt.Sprintf("TriagePolicy %s does not compile: %s", name, problems[0]))
		}
	}
	return out
}

// elsewhere says which policies are written for another namespace than the history is of, or than each other: what is replayed would
// not come to the same cases.
func elsewhere(h *History, before, after Policy) (out []string) {
	of := map[string]string{}
	note := func(what, namespace string) {
		for _, other := range sortedKeys(of) {
			if other != namespace {
				out = append(out, fmt.Sprintf("%s is of namespace %s, %s of namespace %s: in a cluster they do not meet", what, namespace, of[other], other))
				break
			}
		}
		of[namespace] = cmp.Or(of[namespace], what)
	}
	if h.Namespace != "" {
		note("the history", h.Namespace)
	}
	for _, p := range []Policy{before, after} {
		for _, namespace := range p.Pack.Namespaces() {
			note(p.Name, namespace)
		}
	}
	return out
}

// asItCame is a complaint without what people did to it since: acts and remedy are done again when they were done.
func asItCame(c *v1alpha1.Complaint) *v1alpha1.Complaint {
	again := &v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Name: c.Name}, Spec: *c.Spec.DeepCopy()}
	again.Spec.ReceivedAt = metav1.NewTime(received(c))
	again.Spec.Acts, again.Spec.Remedy, again.Spec.ChangedBy = nil, nil, ""
	return again
}

// deeds is what people did to the records as a whole.
func deeds(h *History) []simulation.RecordAct {
	var out []simulation.RecordAct
	add := func(record string, from time.Time, acts []v1alpha1.RecordAct) {
		for _, act := range acts {
			after := max(act.At.Sub(from), 0).Truncate(time.Second)
			out = append(out, simulation.RecordAct{Record: record, After: v1alpha1.Duration(after.String()), Act: act})
		}
	}
	for _, c := range h.Cases {
		add(c.Complaint.Name, received(c.Complaint), c.Complaint.Spec.Acts)
	}
	for _, ci := range h.Incidents {
		add(ci.Name, ci.CreationTimestamp.Time, ci.Spec.Acts)
	}
	return out
}

// differences says what is different.
func differences(h *History, was, is *side) *Report {
	first, last := h.span()
	r := &Report{
		Source: h.Source, First: first.UTC(), Last: last.UTC(), Complaints: len(h.Cases), Incidents: len(h.Incidents),
		Before: Side{was.policy.Name, broken(was.policy.Pack), was.sum, was.memory.assumed},
		After:  Side{is.policy.Name, broken(is.policy.Pack), is.sum, is.memory.assumed},
	}
	r.Regraded, r.Moves = regraded(h, was, is)
	r.Told, r.Shifts = told(was, is)
	r.Reach = reach(was.audience, is.audience)
	r.People = people(was, is)
	r.Late = late(was, is)
	r.Gone = gone(was, is)
	r.Misspelt, r.Unused = unheard(h, was, is)
	return r
}

func regraded(h *History, was, is *side) (list []Regraded, moves []Move) {
	count := map[[2]string]int{}
	for _, c := range h.inOrder() {
		k := simulation.Named{Kind: v1alpha1.RecordComplaint, Name: c.Complaint.Name}
		a, b := was.cases[k], is.cases[k]
		if a.First != b.First || a.Level != b.Level {
			list = append(list, Regraded{Case: c.where(h.Source), Before: graded(a), After: graded(b)})
			count[[2]string{a.Level, b.Level}]++
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(count), func(a, b [2]string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) }) {
		moves = append(moves, Move{k[0], k[1], count[k]})
	}
	return list, moves
}

// graded is how a case was graded: first and last.
func graded(c simulation.Case) string {
	if c.First == c.Level {
		return c.Level
	}
	return c.First + ", then " + c.Level
}

// told compares when each recipient had the first word of each case; all counts every recipient, also where nothing moved.
func told(was, is *side) (out []Told, all Shifts) {
	by := map[v1alpha1.NoticeRecipient]*Told{}
	of := func(to v1alpha1.NoticeRecipient) *Told {
		if by[to] == nil {
			by[to] = &Told{To: recipient(to)}
		}
		return by[to]
	}
	shifts := map[*Told][]time.Duration{}
	for k, a := range was.cases {
		b, there := is.cases[k]
		for to, at := range a.Told {
			t := of(to)
			now, is := b.Told[to]
			if !there || !is {
				t.OnlyBefore++
				continue
			}
			shift := now.Sub(b.Opened) - at.Sub(a.Opened)
			shifts[t] = append(shifts[t], shift)
			t.count(shift)
		}
	}
	for k, b := range is.cases {
		for to := range b.Told {
			if _, is := was.cases[k].Told[to]; !is {
				of(to).OnlyAfter++
			}
		}
	}
	for _, t := range by {
		for k, n := range t.Shifts {
			all[k] += n
		}
		if list := shifts[t]; len(list) > 0 {
			slices.Sort(list)
			t.Median = int64(list[len(list)/2] / time.Second)
		}
		if t.Earlier+t.Later+t.OnlyBefore+t.OnlyAfter > 0 {
			out = append(out, *t)
		}
	}
	slices.SortFunc(out, func(a, b Told) int { return cmp.Compare(a.To, b.To) })
	return out, all
}

func recipient(to v1alpha1.NoticeRecipient) string {
	if to.Kind == v1alpha1.RecipientComplainant {
		return "the complainant"
	}
	return string(to.Team) + "/" + to.Name
}

func people(was, is *side) []Person {
	by := map[string]*Person{}
	of := func(l simulation.PersonLoad) *Person {
		k := l.Team + "/" + l.Name
		if by[k] == nil {
			by[k] = &Person{Team: l.Team, Name: l.Name}
		}
		return by[k]
	}
	for _, l := range was.sum.People {
		of(l).Before = l
	}
	for _, l := range is.sum.People {
		of(l).After = l
	}
	var out []Person
	for _, k := range sortedKeys(by) {
		out = append(out, *by[k])
	}
	return out
}

func late(was, is *side) []Late {
	by := map[string]*Late{}
	note := func(list []simulation.LateStep, add func(*Late, int)) {
		for _, s := range list {
			k := s.Playbook + "/" + s.Step
			if by[k] == nil {
				by[k] = &Late{Playbook: s.Playbook, Step: s.Step}
			}
			add(by[k], s.Missed)
		}
	}
	note(was.sum.Late, func(l *Late, n int) { l.Before = n })
	note(is.sum.Late, func(l *Late, n int) { l.After = n })
	var out []Late
	for _, k := range sortedKeys(by) {
		if by[k].Before != by[k].After {
			out = append(out, *by[k])
		}
	}
	return out
}

// gone is what the cases came to before and do not any more, and why.
func gone(was, is *side) []Gone {
	plans := map[string]*playbook.Plan{}
	for name := range is.policy.Pack.Playbooks {
		if plan, problems := playbook.Compile(is.policy.Pack.Closure(name)); len(problems) == 0 {
			plans[name] = plan
		}
	}
	var out []Gone
	for p := range was.reached {
		if !is.reached[p] {
			out = append(out, Gone{What: placeWords(p), Why: whyGone(p, plans[p.Playbook], is)})
		}
	}
	heard := map[string]bool{}
	for _, l := range is.sum.People {
		heard[l.Team+"/"+l.Name] = true
	}
	for _, l := range was.sum.People {
		who := l.Team + "/" + l.Name
		if heard[who] {
			continue
		}
		why := "no case comes to them any more"
		if !slices.ContainsFunc(is.teamMembers(l.Team), func(name string) bool { return name == l.Name }) {
			why = "they are not in the team any more"
		}
		out = append(out, Gone{What: "person " + who, Why: why})
	}
	slices.SortFunc(out, func(a, b Gone) int { return cmp.Compare(a.What, b.What) })
	return out
}

func (s *side) teamMembers(team string) (names []string) {
	if t := s.policy.Pack.Teams[team]; t != nil {
		for i := range t.Spec.Members {
			names = append(names, t.Spec.Members[i].Name)
		}
	}
	return names
}

func whyGone(p simulation.Place, plan *playbook.Plan, is *side) string {
	switch {
	case is.policy.Pack.Playbooks[p.Playbook] == nil:
		return "there is no such playbook any more"
	case plan == nil:
		return "the playbook does not compile"
	}
	i := slices.IndexFunc(plan.Nodes, func(n playbook.Node) bool { return n.Path == p.Step })
	switch {
	case i < 0:
		return "there is no such step any more"
	case int(p.Rung) > above(&plan.Nodes[i]):
		return "the ladder has no such rung any more"
	}
	return "no case comes to it any more"
}

// above is how many rungs of its ladder are above those a step asks.
func above(n *playbook.Node) int {
	base := -1
	for _, role := range n.Asks {
		base = max(base, slices.Index(n.Ladder, role))
	}
	return len(n.Ladder) - 1 - base
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
