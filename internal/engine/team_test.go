package engine_test

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/roster"
)

// TestACallSaysWhomItDoesNotReach: a step remembers 64 tasks, and whoever is not called does not go unmentioned.
func TestACallSaysWhomItDoesNotReach(t *testing.T) {
	g := NewWithT(t)
	w := tale{head: incidentHead, steps: `
steps:
- {name: rest, wait: {for: {elapsed: 1h}}}
- {name: assemble, needs: [rest], assembleTeam: {team: everybody}, within: {elapsed: 1h}}
`}.world(t)
	everybody := &v1alpha1.ResponseTeamSpec{}
	for i := range 70 {
		everybody.Members = append(everybody.Members, v1alpha1.Member{Name: fmt.Sprintf("p%d", i), User: v1alpha1.User(fmt.Sprintf("p%d", i))})
	}
	w.teams["everybody"] = everybody
	w.facts.Roster = roster.New(w.teams)
	w.pass(hour)
	g.Expect(w.step("assemble").Tasks).To(HaveLen(64))
	g.Expect(w.text(v1alpha1.EventAsked)).To(ContainSubstring("64 people are called together; 64 must acknowledge; 6 more are not called"))
}

// calling is a crisis whose team is called, with whoever a test sends away before that.
func calling(t *testing.T, action string, away ...string) *world {
	w := tale{head: incidentHead, steps: `
steps:
- {name: rest, wait: {for: {elapsed: 1h}}}
- {name: assemble, needs: [rest], assembleTeam: ` + action + `, within: {elapsed: 4h}, remind: [2h]}
`}.world(t)
	for _, name := range away {
		w.away("crisis", name, monday, monday.Add(day))
	}
	w.pass(hour)
	return w
}

// calledBy is who was called, and who may acknowledge for them.
func (w *world) calledBy() map[v1alpha1.User]string {
	out := map[v1alpha1.User]string{}
	for _, name := range w.step("assemble").Tasks {
		a := w.tasks[string(name)].spec.Assignment
		out[a.Assignee] = users(a.MayAct)
	}
	return out
}

// TestWhoIsAwayIsNotCalled: their first deputy is called in their place, once, and they may still acknowledge. Nobody waits for
// whoever is away.
func TestWhoIsAwayIsNotCalled(t *testing.T) {
	for _, c := range []struct {
		name, action string
		away         []string
		called       map[v1alpha1.User]string
		says         string
	}{
		{"nobody is", "{}", nil, map[v1alpha1.User]string{"gao": "gao ma", "ma": "ma gao", "pei": "pei ren", "ren": "ren"}, "4 people are called together; 4 must acknowledge"},
		{"the deputy is called anyway", "{}", []string{"pei"}, map[v1alpha1.User]string{"gao": "gao ma", "ma": "ma gao", "ren": "ren pei"},
			"3 people are called together; 3 must acknowledge; away: pei (ren stands in)"},
		{"nobody stands in", "{quorum: 4}", []string{"ren"}, map[v1alpha1.User]string{"gao": "gao ma", "ma": "ma gao", "pei": "pei"},
			"3 people are called together; 3 must acknowledge: for the 4 asked for too few are there; away: ren (nobody stands in)"},
		{"the deputy has not the duty", "{duties: [executive], quorum: 1}", []string{"gao"}, map[v1alpha1.User]string{"ma": "ma gao"},
			"1 person is called; 1 must acknowledge; away: gao (ma stands in)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			w := calling(t, c.action, c.away...)
			g.Expect(w.calledBy()).To(Equal(c.called))
			g.Expect(w.text(v1alpha1.EventAsked)).To(HaveSuffix(c.says))
			g.Expect(w.sent("assemble")).To(HaveLen(len(c.called)))
			w.pass(2 * hour)
			g.Expect(w.sent("reminder")).To(HaveLen(len(c.called)), "and nobody else is reminded")
			for u := range c.called {
				w.does(u, v1alpha1.TaskAcknowledge, "assemble")
			}
			w.decide()
			g.Expect(w.step("assemble").State).To(Equal(v1alpha1.StepDone))
		})
	}
}

// TestADeputyIsCalledForWhoeverMayTakeNoPart, who does not acknowledge it themselves.
func TestADeputyIsCalledForWhoeverMayTakeNoPart(t *testing.T) {
	g := NewWithT(t)
	w := tale{head: incidentHead, steps: `
steps:
- {name: assemble, assembleTeam: {duties: [executive]}, within: {elapsed: 4h}}
`}.world(t)
	w.facts.About = about("gao")
	w.decide()
	g.Expect(w.calledBy()).To(Equal(map[v1alpha1.User]string{"ma": "ma"}))
}

// TestNobodyIsCalledWhileEverybodyIsAway: the step says so and calls when somebody is back.
func TestNobodyIsCalledWhileEverybodyIsAway(t *testing.T) {
	g := NewWithT(t)
	w := calling(t, "{duties: [press]}", "pei", "ren")
	g.Expect(w.step("assemble").Problem).To(HavePrefix("the team has nobody who can be called: everybody is away"))
	w.pass(day)
	g.Expect(w.step("assemble").Problem).To(BeEmpty())
	g.Expect(w.calledBy()).To(HaveLen(2))
}

// TestAQuorumThatFallsIsSaid: who declines is not waited for, and where too few are left for the quorum the timeline does not read as
// if it had been reached.
func TestAQuorumThatFallsIsSaid(t *testing.T) {
	for quorum, says := range map[int]string{2: "", 3: "2 of 4 called can come, and 3 had to acknowledge: all who can come have"} {
		g := NewWithT(t)
		w := calling(t, fmt.Sprintf("{quorum: %d}", quorum))
		w.does("gao", v1alpha1.TaskDecline, "assemble")
		w.does("pei", v1alpha1.TaskDecline, "assemble")
		w.does("ma", v1alpha1.TaskAcknowledge, "assemble")
		w.does("ren", v1alpha1.TaskAcknowledge, "assemble")
		w.decide()
		g.Expect(w.step("assemble").State).To(Equal(v1alpha1.StepDone))
		said := ""
		for _, e := range w.events {
			if e.Type == v1alpha1.EventActed && e.Actor == "" {
				said += e.Text
			}
		}
		g.Expect(said).To(Equal(says))
	}
}
