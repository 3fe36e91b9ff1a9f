package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

// TestWhatIsAskedBesidesHasANameOfItsOwn: the manager dies after it asked for something, and by the time it is back the
// person who was asked first takes no part any more. What was asked for second is now the first, and yet another task.
func TestWhatIsAskedBesidesHasANameOfItsOwn(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: oneTask}.world(t)
	w.pass(10 * minute)
	for _, u := range []v1alpha1.User{"hua", "zhou"} {
		w.recordAct(v1alpha1.RecordAct{Verb: v1alpha1.RecordAsk, By: "lin", To: u, Within: &fourHours, Reason: "something for " + string(u)})
	}
	w.decideAndCrash()
	w.facts.About = about("hua")
	w.decide()
	g.Expect(w.step("asked/1").Assignee).To(BeEquivalentTo("zhou"))
	task := w.tasks[string(w.step("asked/1").Tasks[0])]
	g.Expect(task.spec.Instructions).To(Equal("something for zhou"))
	g.Expect(task.spec.Assignment.MayAct).To(Equal([]v1alpha1.User{"zhou", "ma"}))
	g.Expect(w.run.Steps).To(HaveLen(2))
}

// TestOnlySoMuchIsAskedBesides: the list ends, whoever let the acts through.
func TestOnlySoMuchIsAskedBesides(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: oneTask}.world(t)
	w.pass(10 * minute)
	for range 40 {
		w.asks("lin", "hua", fourHours, "Call again.")
	}
	g.Expect(w.run.Steps).To(HaveLen(1 + 32))
	g.Expect(w.events[len(w.events)-1].Text).To(ContainSubstring("32 times besides the playbook already"))
}

// TestWhoeverCannotBeAskedBesides is passed over: away, complained about later, in no team any more.
func TestWhoeverCannotBeAskedBesides(t *testing.T) {
	for _, c := range []struct {
		name   string
		before func(w *world)
		after  func(w *world)
		asked  v1alpha1.User
	}{
		{"away when it is asked", func(w *world) { w.away("desk", "sun", monday, monday.Add(day)) }, nil, "qian"},
		{"complained about later", nil, func(w *world) { w.facts.About = about("sun") }, "qian"},
		{"they and their deputy complained about later", nil, func(w *world) { w.facts.About = about("sun", "qian") }, "lin"},
		{"gone from the team", nil, func(w *world) { w.leave("desk", "sun") }, "lin"},
		{"nobody left", nil, func(w *world) { w.facts.About = about("sun", "qian", "lin") }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			w := tale{steps: oneTask}.world(t)
			if c.before != nil {
				c.before(w)
			}
			w.pass(10 * minute)
			w.asks("lin", "sun", fourHours, "Write to the carrier.")
			if c.after != nil {
				c.after(w)
			}
			w.pass(10 * minute)
			s := w.step("asked/1")
			g.Expect(s.State).To(Equal(v1alpha1.StepWaiting))
			g.Expect(s.Assignee).To(Equal(c.asked), w.story.String())
			if c.asked == "" {
				g.Expect(s.Problem).NotTo(BeEmpty())
			} else {
				g.Expect(s.Problem).To(BeEmpty())
			}
		})
	}
}

// TestRolesAreCheckedWhateverIsAskedBesides: a role that another rank plays under the higher level is filled anew, although
// something that was asked for besides has been under way since before.
func TestRolesAreCheckedWhateverIsAskedBesides(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: oneTask}.world(t)
	w.pass(10 * minute)
	w.asks("lin", "hua", fourHours, "Call the landlord.")
	w.observe()
	stopped := engine.Stop(w.plan, w.run, w.facts, v1alpha1.RunSuperseded, "the level rose", w.now, w.now)
	g.Expect(stopped.Run.Steps[1].State).To(Equal(v1alpha1.StepWaiting))
	major := compile(t, "major", strings.Replace(complaintHead, "name: handler, team: desk, duty: agent", "name: handler, team: management, duty: executive", 1)+oneTask, nil)
	run := engine.CarryOver(major, engine.Start(major, w.facts, revision, 2, w.now), w.plan, stopped.Run)
	d := engine.Decide(major, run, w.facts, w.now)
	g.Expect(engine.Holder(&d.Run, "handler")).To(BeEquivalentTo("gao"))
	g.Expect(d.Run.Steps[1].Name).To(Equal("asked/1"))
}

// TestActsOnWhatIsAskedBesidesCountFromWhenTheyWereWritten: it was done while nobody called the engine, then aborted.
func TestActsOnWhatIsAskedBesidesCountFromWhenTheyWereWritten(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: oneTask}.world(t)
	w.pass(10 * minute)
	w.asks("lin", "hua", fourHours, "Call the landlord.")
	w.sleep(3 * hour)
	w.does("hua", v1alpha1.TaskComplete, "asked/1")
	w.sleep(2 * hour)
	w.recordAct(v1alpha1.RecordAct{Verb: v1alpha1.RecordAbort, By: "gao"})
	w.sleep(time.Hour)
	w.decide()
	s := w.step("asked/1")
	g.Expect(s.State).To(Equal(v1alpha1.StepDone))
	g.Expect(s.OverdueAt).To(Equal(metav1.Time{}), fmt.Sprint(w.story.String()))
	g.Expect(w.run.Result).To(Equal(v1alpha1.RunAborted))
}
