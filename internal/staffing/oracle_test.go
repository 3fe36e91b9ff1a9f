package staffing

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
)

// lived is a run in which everybody who is asked answers, in some order, with whatever answer.
type lived struct {
	run      v1alpha1.Run
	facts    map[string]engine.TaskFacts
	affected int64
}

func (p *lived) key() string {
	var b strings.Builder
	for i := range p.run.Steps {
		s := &p.run.Steps[i]
		fmt.Fprint(&b, s.State, s.Round, s.Rung, s.Assignee, s.By, s.OverdueAt.IsZero(), s.NextAt.IsZero(), s.Problem, s.Outcome, ";")
	}
	fmt.Fprint(&b, p.run.Result, p.affected)
	for _, h := range p.run.Roles {
		fmt.Fprint(&b, h.Name, h.User, ",")
	}
	return b.String()
}

// missed is that nobody was there for something while people held some roles.
type missed struct{ step, text, roles string }

// mostTried is how many of those who could be out are tried for each team, and mostLived how many states of one run are looked at.
const mostTried, mostLived = 12, 1000

// lacks plays every order of answers, deadlines and facts through engine.Decide and tells whenever somebody is missing; also in runs
// that take over from those of lower playbooks, whoever plays which role there. It is false when that is too much.
func (d *drawn) lacks(teams *roster.Roster, o out, when moments) (found []missed, whole bool) {
	begun := [][]v1alpha1.RoleHolder{nil}
	for _, lower := range d.lower {
		_, more, whole := lacks(lower, teams, o, when, begun)
		if !whole {
			return nil, false
		}
		begun = append(begun, more...)
	}
	found, _, whole = lacks(d.plan, teams, o, when, begun)
	return found, whole
}

// lacks plays it of runs of one playbook that begin with some roles filled, and tells as well who played which roles.
func lacks(plan *playbook.Plan, teams *roster.Roster, o out, when moments, begun [][]v1alpha1.RoleHolder) (found []missed, played [][]v1alpha1.RoleHolder, whole bool) {
	f := &engine.Facts{Record: v1alpha1.RecordReference{Kind: plan.For, Name: "c", UID: when.uid}, Mode: v1alpha1.ModeLive, ReceivedAt: when.at, GradedAt: when.at,
		Roster: teams.OnlyAway(o.away...), Complaint: &playbook.ComplaintFacts{}, Incident: &playbook.IncidentFacts{}}
	if o.about != "" {
		f.About = &v1alpha1.ComplainedAbout{Users: []v1alpha1.User{o.about}}
	}
	told := map[missed]bool{}
	decide := func(p lived) lived {
		f.Tasks, f.Complaint.Affected = p.facts, p.affected
		d := engine.Decide(plan, p.run, f, when.at)
		for _, e := range d.Events {
			if e.Type == v1alpha1.EventNobody && !strings.HasPrefix(e.Text, "nobody can be told that") {
				told[missed{e.Step, e.Text, rolesOf(&d.Run)}] = true
			}
		}
		next := lived{run: d.Run, facts: map[string]engine.TaskFacts{}, affected: p.affected}
		for name := range p.facts {
			next.facts[name] = p.facts[name]
		}
		for _, e := range d.Effects {
			switch e := e.(type) {
			case engine.OpenTask:
				next.facts[e.Name] = engine.TaskFacts{Seats: e.Spec.Assignment.Seats, Assignment: &e.Spec.Assignment}
			case engine.Reassign:
				next.facts[e.Name] = engine.TaskFacts{Seats: e.Assignment.Seats, Assignment: &e.Assignment, Acts: next.facts[e.Name].Acts}
			}
		}
		return next
	}
	seen := map[string]bool{}
	var queue []lived
	for _, roles := range begun {
		for _, affected := range []int64{1, 3} {
			run := engine.Start(plan, f, v1alpha1.RevisionReference{Name: "r"}, 1, when.at)
			run.Roles = slices.DeleteFunc(slices.Clone(roles), func(h v1alpha1.RoleHolder) bool { _, is := plan.Roles[h.Name]; return !is })
			queue = append(queue, decide(lived{run: run, affected: affected}))
		}
	}
	known := map[string]bool{}
	for ; len(queue) > 0; queue = queue[1:] {
		p := queue[0]
		if seen[p.key()] || p.run.Result != "" {
			continue
		}
		if seen[p.key()] = true; len(seen) > mostLived {
			return nil, nil, false
		}
		if key := rolesOf(&p.run); !known[key] {
			known[key], played = true, append(played, p.run.Roles)
		}
		other := p
		other.affected = 4 - p.affected
		queue = append(queue, decide(other))
		for i := range p.run.Steps {
			s := &p.run.Steps[i]
			if s.State != v1alpha1.StepWaiting {
				continue
			}
			for _, next := range answered(plan, p, i, when.at) {
				queue = append(queue, decide(next))
			}
			if !s.NextAt.IsZero() {
				queue = append(queue, decide(later(p, i, s.NextAt.Sub(when.at))))
			}
		}
	}
	for m := range told {
		found = append(found, m)
	}
	return found, played, true
}

// answered has those asked first answer the tasks of a step, in each way they can.
func answered(plan *playbook.Plan, p lived, i int, at time.Time) []lived {
	s, action := &p.run.Steps[i], &plan.Nodes[i].Action
	ways := []v1alpha1.TaskAct{{Verb: v1alpha1.TaskComplete, Outcome: "good"}, {Verb: v1alpha1.TaskComplete, Outcome: "bad"}}
	switch {
	case len(s.Tasks) == 0:
		return nil
	case action.AssembleTeam != nil:
		ways = []v1alpha1.TaskAct{{Verb: v1alpha1.TaskAcknowledge}}
	case action.Approval != nil:
		ways = []v1alpha1.TaskAct{{Verb: v1alpha1.TaskApprove}, {Verb: v1alpha1.TaskRefuse}}
	}
	var out []lived
	for _, act := range ways {
		facts := map[string]engine.TaskFacts{}
		for n, f := range p.facts {
			facts[n] = f
		}
		for _, name := range s.Tasks {
			task := facts[string(name)]
			users := []v1alpha1.User{task.Assignment.Assignee}
			if action.Approval != nil {
				users = engine.AskedFirst(task.Seats)
			}
			task.Acts = slices.Clone(task.Acts)
			for _, u := range users {
				act.ID, act.By, act.At = fmt.Sprint(len(task.Acts)), u, metav1.NewTime(at)
				task.Acts = append(task.Acts, act)
			}
			facts[string(name)] = task
		}
		out = append(out, lived{run: p.run, facts: facts, affected: p.affected})
	}
	return out
}

// later lets time pass for one step alone.
func later(p lived, i int, span time.Duration) lived {
	p.run.Steps = slices.Clone(p.run.Steps)
	s := &p.run.Steps[i]
	for _, at := range []*metav1.Time{&s.StartedAt, &s.DueAt, &s.NextAt, &s.OverdueAt} {
		if !at.IsZero() {
			*at = metav1.NewTime(at.Add(-span))
		}
	}
	return p
}

// outs are all who can be out while so many are away.
func (d *drawn) outs(absent int) []out {
	var all []out
	for _, about := range append([]v1alpha1.User{""}, d.users...) {
		var away func(from int, some []v1alpha1.User)
		away = func(from int, some []v1alpha1.User) {
			all = append(all, out{about: about, away: slices.Clone(some)})
			for k := from; k < len(d.users) && len(some) < absent; k++ {
				if d.users[k] != about {
					away(k+1, append(slices.Clone(some), d.users[k]))
				}
			}
		}
		away(0, nil)
	}
	return all
}

// moments are those the oracle plays: two days where people take turns, some cases where they are spread.
func (d *drawn) moments() []moments {
	all := []moments{{now, "0"}}
	if d.turns {
		all = append(all, moments{now.Add(24 * time.Hour), "0"})
	}
	if d.spread {
		for k := 1; k < 5; k++ {
			all = append(all, moments{now, fmt.Sprint(k)})
		}
	}
	return all
}

// covers is whether a finding tells what was missed.
func (f *Finding) covers(m missed) bool {
	rung := strings.HasPrefix(m.text, "nobody can be told as ")
	if f.Step == m.step && f.Kind != Rung && !rung {
		return true
	}
	return f.Kind != Approval && f.Kind != Call && strings.Contains(m.text, " "+f.Role)
}

// compare says how the proof and playing every order with everybody out in turn differ; empty where they do not.
func compare(d *drawn, absent int) (difference string, lacking bool) {
	teams := d.roster()
	// The clock on a wall shows parts of a second; the times of cases have none.
	c := Case{Plan: d.plan}
	for _, lower := range d.lower {
		c.Before = append(c.Before, &Earlier{Plan: lower, Before: slices.Clone(c.Before)})
	}
	v := Check(c, teams, Options{Absent: absent, Now: now.Add(time.Millisecond)})
	if v.Unlooked != "" {
		d.Skip(v.Unlooked)
	}
	for _, f := range v.Findings {
		found, whole := d.lacks(teams, out{f.About, f.Away}, f.when)
		if !whole {
			d.Skip("too large")
		}
		if !slices.ContainsFunc(found, func(m missed) bool { return f.covers(m) && m.step == f.Step && m.roles == f.roles }) {
			return fmt.Sprintf("the proof says %s\n%s\nplayed, there is only %+v", f.Message, strings.Join(f.Story, "\n"), found), true
		}
	}
	outs, moments := d.outs(absent), d.moments()
	for range min(mostTried, len(outs)*len(moments)) { // of all together some, so that many teams are drawn
		k := rapid.IntRange(0, len(outs)*len(moments)-1).Draw(d.T, "out")
		o, when := outs[k/len(moments)], moments[k%len(moments)]
		{
			found, whole := d.lacks(teams, o, when)
			if !whole {
				d.Skip("too large")
			}
			for _, m := range found {
				if !slices.ContainsFunc(v.Findings, func(f Finding) bool { return f.covers(m) }) {
					return fmt.Sprintf("played with %+v: %+v; the proof finds only %+v", o, m, v.Findings), true
				}
			}
		}
	}
	return "", len(v.Findings) > 0
}

// The proof tells what playing every order with everybody out in turn comes upon, and each of its stories happens.
func TestTheOracleMissesTheSamePeople(t *testing.T) {
	fine, lacking := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		d := anyTeam(t)
		for _, role := range d.plan.Roles {
			if d.roster().Lacking("desk", string(role.Duty)) != "" {
				t.Skip("a duty nobody has is told elsewhere")
			}
		}
		for i := range d.plan.Nodes {
			if call := d.plan.Nodes[i].Action.AssembleTeam; call != nil && len(d.roster().Members("desk", []string{string(call.Duties[0])})) == 0 {
				t.Skip("a call that is for nobody is told elsewhere")
			}
		}
		absent := rapid.SampledFrom([]int{0, 0, 0, 0, 1, 1, 2}).Draw(t, "absent")
		difference, lacks := compare(d, absent)
		switch {
		case difference != "":
			t.Fatalf("%s\n%s", difference, &d.text)
		case lacks:
			lacking++
		default:
			fine++
		}
	})
	t.Logf("%d fine, %d lack somebody", fine, lacking)
}
