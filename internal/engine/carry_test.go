package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

// TestWhatWasAskedOfOthersBeginsAnew: a step of the new playbook stays done only where the old one of its name asked those whom
// it asks. A name is not enough: under a higher level the same role can be another rank, and who approves does it by rank.
func TestWhatWasAskedOfOthersBeginsAnew(t *testing.T) {
	const boss = "name: manager, team: management, duty: manager"
	for _, c := range []struct {
		name, was, is string
		rank          string // what the manager is under the new playbook, where it is another rank
		ends          v1alpha1.Identifier
		free          bool // whether under the old playbook the manager could be the handler
		stays         bool
	}{
		{name: "approved by the same", was: "approval: {by: [manager]}", is: "approval: {by: [manager]}", ends: engine.Approved, stays: true},
		{name: "approved by another role", was: "approval: {by: [handler]}", is: "approval: {by: [manager]}", ends: engine.Approved},
		{name: "approved by another rank", was: "approval: {by: [manager]}", is: "approval: {by: [manager]}", ends: engine.Approved, rank: "name: manager, team: management, duty: executive"},
		{name: "approved in another team", was: "approval: {by: [manager]}", is: "approval: {by: [manager]}", ends: engine.Approved, rank: "name: manager, team: desk, duty: manager"},
		{name: "refused by another role", was: "approval: {by: [handler]}", is: "approval: {by: [manager]}", ends: engine.Refused},
		{name: "one more must approve", was: "approval: {by: [manager]}", is: "approval: {by: [manager, handler]}", ends: engine.Approved},
		{name: "in another order", was: "approval: {by: [handler, manager]}", is: "approval: {by: [manager, handler]}", ends: engine.Approved, stays: true},
		{name: "more must approve", was: "approval: {by: [handler, manager], quorum: 1}", is: "approval: {by: [handler, manager]}", ends: engine.Approved},
		{name: "the remedy was not approved", was: "approval: {by: [manager]}", is: "approval: {by: [manager], of: remedy}", ends: engine.Approved},
		{name: "decided by the same", was: "decision: {by: manager, options: [a, b]}", is: "decision: {by: manager, options: [a, c]}", ends: "a", stays: true},
		{name: "decided by another role", was: "decision: {by: handler, options: [a, b]}", is: "decision: {by: manager, options: [a, b]}", ends: "a"},
		{name: "decided by another rank", was: "decision: {by: manager, options: [a, b]}", is: "decision: {by: manager, options: [a, b]}", ends: "a", rank: "name: manager, team: management, duty: executive"},
		{name: "work of the role", was: "task: {to: manager}", is: "task: {to: manager}", ends: "done", rank: "name: manager, team: management, duty: executive", stays: true},
		{name: "work of another role", was: "task: {to: handler}", is: "task: {to: manager}", ends: "done"},
		{name: "nothing was written", was: "task: {to: handler}", is: "task: {to: handler, writes: remedy}", ends: "done"},
		{name: "another kind of step", was: "task: {to: handler, outcomes: [a, approved]}", is: "approval: {by: [manager]}", ends: engine.Approved},
		{name: "told to the same", was: "notify: {to: [handler, manager], template: reminder}", is: "notify: {to: [manager], template: reminder}", ends: "sent", stays: true},
		{name: "told to another", was: "notify: {to: [handler], template: reminder}", is: "notify: {to: [handler, manager], template: reminder}", ends: "sent"},
		{name: "told to another rank of that name", was: "notify: {to: [manager], template: reminder}", is: "notify: {to: [manager], template: reminder}", ends: "sent", rank: "name: manager, team: management, duty: executive"},
		{name: "told by the deadline", was: "notify: {to: [complainant], template: reminder}, within: {elapsed: 1h}", is: "notify: {to: [complainant], template: reminder}, within: {elapsed: 1h}", ends: engine.Delivered, stays: true},
		{name: "sent, and delivery was not waited for", was: "notify: {to: [complainant], template: reminder}", is: "notify: {to: [complainant], template: reminder}, within: {elapsed: 1h}", ends: "sent"},
		{name: "delivered, which is not waited for any more", was: "notify: {to: [complainant], template: reminder}, within: {elapsed: 1h}", is: "notify: {to: [complainant], template: reminder}", ends: engine.Delivered, stays: true},
		{name: "reached nobody", was: "notify: {to: [complainant], template: reminder}, within: {elapsed: 1h}", is: "notify: {to: [complainant], template: reminder}, within: {elapsed: 1h}", ends: engine.Undelivered},
		{name: "may have reached nobody", was: "notify: {to: [complainant], template: reminder}, within: {elapsed: 1h}", is: "notify: {to: [complainant], template: reminder}, within: {elapsed: 1h}", ends: engine.Uncertain},
		{name: "raised the same", was: "raiseIncident: {playbook: crisis, team: crisis}", is: "raiseIncident: {playbook: crisis, team: crisis, level: L1}", ends: "raised", stays: true},
		{name: "raised another one", was: "raiseIncident: {playbook: small, team: crisis}", is: "raiseIncident: {playbook: crisis, team: crisis}", ends: "raised"},
		{name: "another team was to respond", was: "raiseIncident: {playbook: crisis, team: desk}", is: "raiseIncident: {playbook: crisis, team: crisis}", ends: "raised"},
		{name: "approved where it could be the same person", was: "approval: {by: [manager]}", is: "approval: {by: [manager]}", ends: engine.Approved, free: true},
		{name: "called from another team", was: "assembleTeam: {team: desk}", is: "assembleTeam: {team: crisis}", ends: "assembled"},
		{name: "waited for the same", was: "wait: {until: complaint.affected > 1}", is: "wait: {until: complaint.affected > 1}", ends: "done", stays: true},
		{name: "waited for something else", was: "wait: {until: complaint.affected > 1}", is: "wait: {until: complaint.affected > 2}", ends: "done"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			head := complaintHead
			g.Expect(head).To(ContainSubstring(boss))
			step := func(action string) string {
				if !strings.Contains(action, "within:") {
					action += ", noDeadline: None."
				}
				return "\nsteps:\n- {name: it, " + action + "}\n"
			}
			before := head
			if c.free {
				before = strings.Replace(head, boss+", not: [handler]", boss, 1)
				g.Expect(before).NotTo(Equal(head))
			}
			was := compile(t, "minor", before+step(c.was), nil)
			if c.rank != "" {
				head = strings.Replace(head, boss, c.rank, 1)
			}
			is := compile(t, "major", head+step(c.is), nil)
			old := engine.Start(was, &engine.Facts{}, revision, 1, monday)
			old.Steps[0].State, old.Steps[0].Outcome, old.Steps[0].By = v1alpha1.StepDone, c.ends, []v1alpha1.User{"lin"}
			run := engine.CarryOver(is, engine.Start(is, &engine.Facts{}, revision, 2, monday), was, old)
			if c.stays {
				g.Expect(run.Steps[0]).To(Equal(old.Steps[0]))
			} else {
				g.Expect(run.Steps[0].State).To(Equal(v1alpha1.StepPending))
			}
		})
	}
}

// What was approved or decided stays so only as long as what it stood on does. What is approved by its digest needs nothing else.
func TestWhatWasApprovedOnSomethingElseIsApprovedAnew(t *testing.T) {
	const (
		low = `
steps:
- {name: report, task: {to: manager}, noDeadline: None.}
- {name: check, task: {to: handler}, noDeadline: None.}
- {name: approve, needs: [report], approval: {by: [manager]}, noDeadline: None.}
- {name: decide, needs: [approve], decision: {by: manager, options: [a, b]}, noDeadline: None.}
- {name: tell, needs: [decide], notify: {to: [complainant], template: reminder}}
`
		anew = "- {name: report, task: {to: handler}, noDeadline: None.}"
		kept = "- {name: report, task: {to: manager}, noDeadline: None.}"
	)
	for _, c := range []struct {
		name, is string
		done     []string
	}{
		{"as before", low, []string{"report", "check", "approve", "decide", "tell"}},
		{"the report begins anew", strings.Replace(low, kept, anew, 1), []string{"check", "tell"}},
		{"one of two suffices", strings.NewReplacer(kept, anew, "needs: [report]", "needs: [report, check], quorum: 1").Replace(low), []string{"check", "approve", "decide", "tell"}},
		{"what a remedy's approval needs begins anew", strings.NewReplacer(kept, anew, "by: [manager]", "by: [manager], of: remedy").Replace(low), []string{"check", "tell"}},
		{"one of two does not suffice", strings.NewReplacer(kept, anew, "needs: [report]", "needs: [report, check]").Replace(low), []string{"check", "tell"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			was, is := compile(t, "minor", complaintHead+low, nil), compile(t, "major", complaintHead+c.is, nil)
			old := engine.Start(was, &engine.Facts{}, revision, 1, monday)
			for i, outcome := range []v1alpha1.Identifier{"done", "done", engine.Approved, "a", "sent"} {
				old.Steps[i].State, old.Steps[i].Outcome, old.Steps[i].By = v1alpha1.StepDone, outcome, []v1alpha1.User{v1alpha1.User(fmt.Sprint("user-", i))}
			}
			run := engine.CarryOver(is, engine.Start(is, &engine.Facts{}, revision, 2, monday), was, old)
			g.Expect(engine.DoneAlready(&run)).To(Equal(c.done))
		})
	}
}

// Who did what the new playbook has approved cannot have approved it, though the old one did not ask for it.
func TestNobodyApprovedTheirOwnWorkUnderAnotherPlaybook(t *testing.T) {
	const low = `
steps:
- {name: report, task: {to: handler}, noDeadline: None.}
- {name: approve, approval: {by: [manager]}, noDeadline: None.}
`
	for by, done := range map[v1alpha1.User][]string{"lin": {"report"}, "ma": {"report", "approve"}} {
		g := NewWithT(t)
		was, is := compile(t, "minor", complaintHead+low, nil), compile(t, "major", complaintHead+strings.Replace(low, "approve, ", "approve, needs: [report], ", 1), nil)
		old := engine.Start(was, &engine.Facts{}, revision, 1, monday)
		old.Steps[0].State, old.Steps[0].Outcome, old.Steps[0].By = v1alpha1.StepDone, "done", []v1alpha1.User{"lin"}
		old.Steps[1].State, old.Steps[1].Outcome, old.Steps[1].By = v1alpha1.StepDone, engine.Approved, []v1alpha1.User{by}
		run := engine.CarryOver(is, engine.Start(is, &engine.Facts{}, revision, 2, monday), was, old)
		g.Expect(engine.DoneAlready(&run)).To(Equal(done))
	}
}

// Who played two roles under the old playbook plays one of them where they exclude each other under the new one: the one that was
// filled first. The timeline says why the other is filled anew, and so it does of a role that is another team's now.
func TestRolesThatMayNotGoOn(t *testing.T) {
	steps := `
steps:
- {name: second, task: {to: supervisor}, within: {elapsed: 8h}}
- {name: first, task: {to: handler}, within: {elapsed: 8h}}
`
	for _, c := range []struct{ name, supervisor, stays, told string }{
		{"both may be played", "team: desk, duty: agent", "handler=lin supervisor=lin", ""},
		{"one excludes the other", "team: desk, duty: agent, not: [handler]", "handler=lin supervisor=wang", "supervisor is to be filled anew: lin plays handler, which keeps out of it here"},
		{"another team's", "team: management, duty: manager", "handler=lin supervisor=ma", "supervisor is to be filled anew: lin does not have the duty manager in team management"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			w := tale{steps: oneTask}.world(t)
			w.decide()
			of, old := w.plan, w.run
			g.Expect(old.Roles).To(HaveLen(1))
			g.Expect(old.Roles[0].User).To(BeEquivalentTo("lin"))
			twice := old.Roles[0]
			twice.Name = "supervisor"
			old.Roles = append(old.Roles, twice)
			w.plan = compile(t, "major", strings.Replace(complaintHead, "name: supervisor, team: desk, duty: supervisor", "name: supervisor, "+c.supervisor, 1)+steps, nil)
			w.begin(2)
			w.run = engine.CarryOver(w.plan, w.run, of, old)
			w.decide()
			var plays []string
			for _, h := range w.run.Roles {
				plays = append(plays, h.Name+"="+string(h.User))
			}
			slices.Sort(plays)
			g.Expect(strings.Join(plays, " ")).To(Equal(c.stays))
			if c.told == "" {
				g.Expect(w.story.String()).NotTo(ContainSubstring("filled anew"))
			} else {
				g.Expect(w.story.String()).To(ContainSubstring(c.told))
			}
		})
	}
}

// What a deadline decided in silence stays decided only where the new playbook lets its deadline decide so, too.
func TestWhatSilenceDecidedIsAskedAnew(t *testing.T) {
	const (
		low = `
steps:
- {name: agree, approval: {by: [manager]}, within: {elapsed: 1h}, overdue: {outcome: approved}}
- {name: choose, decision: {by: manager, options: [a, b]}, within: {elapsed: 1h}, overdue: {outcome: a}}
- {name: check, task: {to: handler, outcomes: [good, bad]}, within: {elapsed: 1h}, overdue: {outcome: good}}
`
	)
	asks := strings.NewReplacer(", overdue: {outcome: approved}", "", ", overdue: {outcome: a}", "", ", overdue: {outcome: good}", "").Replace(low)
	for _, c := range []struct {
		is   string
		by   []v1alpha1.User
		done []string
	}{
		{low, nil, []string{"agree", "choose", "check"}},
		{asks, nil, nil},
		{asks, []v1alpha1.User{"ma"}, []string{"agree", "choose", "check"}},
		{strings.Replace(low, "{outcome: a}", "{outcome: b}", 1), nil, []string{"agree", "check"}},
	} {
		g := NewWithT(t)
		was, is := compile(t, "minor", complaintHead+low, nil), compile(t, "major", complaintHead+c.is, nil)
		old := engine.Start(was, &engine.Facts{}, revision, 1, monday)
		for i, outcome := range []v1alpha1.Identifier{engine.Approved, "a", "good"} {
			old.Steps[i].State, old.Steps[i].Outcome, old.Steps[i].By = v1alpha1.StepDone, outcome, c.by
		}
		run := engine.CarryOver(is, engine.Start(is, &engine.Facts{}, revision, 2, monday), was, old)
		g.Expect(engine.DoneAlready(&run)).To(Equal(c.done))
	}
}

// A role that the playbook does not name is nobody's any more: under a third one its holder would play it beside what excludes it there.
func TestRolesThatAPlaybookDoesNotNameAreGivenUp(t *testing.T) {
	g := NewWithT(t)
	was := compile(t, "minor", complaintHead+oneTask, nil)
	is := compile(t, "major", strings.Replace(complaintHead, "- {name: legal, team: management, duty: lawyer}\n", "", 1)+oneTask, nil)
	old := engine.Start(was, &engine.Facts{}, revision, 1, monday)
	old.Roles = []v1alpha1.RoleHolder{{Name: "legal", User: "xu"}, {Name: "handler", User: "lin"}}
	run := engine.CarryOver(is, engine.Start(is, &engine.Facts{}, revision, 2, monday), was, old)
	g.Expect(run.Roles).To(Equal(old.Roles[1:]))
}

// Whoever gets a role anew that a step has given is told by that step. Later it is not looked at any more: a role may be handed to
// somebody who stands in.
func TestARoleThatIsFilledAnewIsToldAnew(t *testing.T) {
	g := NewWithT(t)
	const steps = `
steps:
- {name: lead, assignRole: {role: manager}}
- {name: later, when: 'complaint.signals[0] == "x"', task: {to: handler}, noDeadline: None.}
`
	w := tale{steps: steps}.world(t)
	w.decide()
	of, old := w.plan, w.run
	g.Expect(engine.Holder(&old, "manager")).To(BeEquivalentTo("ma"))
	w.sleep(hour)
	w.plan = compile(t, "major", strings.Replace(complaintHead, "name: manager, team: management, duty: manager", "name: manager, team: management, duty: executive", 1)+steps, nil)
	w.begin(2)
	w.run = engine.CarryOver(w.plan, w.run, of, old)
	notices := len(w.notices)
	w.decide()
	g.Expect(engine.Holder(&w.run, "manager")).NotTo(BeEquivalentTo("ma"))
	g.Expect(len(w.notices)).To(BeNumerically(">", notices), "they are told")

	w.sleep(hour)
	w.run.Roles[0].User, w.run.Roles[0].Person = "lin", "lin"
	w.decide()
	g.Expect(engine.Holder(&w.run, "manager")).To(BeEquivalentTo("lin"))
}
