package engine_test

import (
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
		{name: "called from another team", was: "assembleTeam: {team: desk}", is: "assembleTeam: {team: crisis}", ends: "assembled"},
		{name: "waited for the same", was: "wait: {until: complaint.affected > 1}", is: "wait: {until: complaint.affected > 1}", ends: "done", stays: true},
		{name: "waited for something else", was: "wait: {until: complaint.affected > 1}", is: "wait: {until: complaint.affected > 2}", ends: "done"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			head := complaintHead
			g.Expect(head).To(ContainSubstring(boss))
			step := func(action string) string {
				return "\nsteps:\n- {name: it, " + action + ", noDeadline: None.}\n"
			}
			was := compile(t, "minor", head+step(c.was), nil)
			if c.rank != "" {
				head = strings.Replace(head, boss, c.rank, 1)
			}
			is := compile(t, "major", head+step(c.is), nil)
			old := engine.Start(was, &engine.Facts{}, revision, 1, monday)
			old.Steps[0].State, old.Steps[0].Outcome = v1alpha1.StepDone, c.ends
			run := engine.CarryOver(is, engine.Start(is, &engine.Facts{}, revision, 2, monday), was, old)
			if c.stays {
				g.Expect(run.Steps[0]).To(Equal(old.Steps[0]))
			} else {
				g.Expect(run.Steps[0].State).To(Equal(v1alpha1.StepPending))
			}
		})
	}
}
