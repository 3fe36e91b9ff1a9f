package controllers

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// TestWorkBesidesThePlaybook: asked for while the manager is cut off, it is one task; it outlives the playbook it was
// asked for besides, can be given to somebody else, and keeps the complaint open.
func TestWorkBesidesThePlaybook(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.complain("kettle")
	w.settle()
	w.decide(w.complaint("kettle"), amy, v1alpha1.RecordAct{Verb: v1alpha1.RecordAsk, To: "gil", Within: &v1alpha1.Span{Elapsed: "4h"}, Reason: "Call the landlord."})
	w.before = failOnce("status Complaint")
	w.Expect(w.once(w.complaints, "kettle")).NotTo(Succeed())
	w.restart()
	w.settle()
	asked := w.task("kettle", "asked/1")
	w.Expect(asked.Spec).To(And(HaveField("Type", v1alpha1.TaskTypeWork), HaveField("Instructions", "Call the landlord."),
		HaveField("Assignment", And(HaveField("Assignee", BeEquivalentTo("gil")), HaveField("DueAt.Time", BeTemporally("==", start.Add(4*time.Hour)))))))
	w.Expect(w.tasksOf("asked/1")).To(Equal(1))

	t.Log("the level is raised: another playbook takes over, the task goes on, and the act on it counts")
	w.act(asked, "gil", v1alpha1.TaskAct{Verb: v1alpha1.TaskAcknowledge})
	c := w.complaint("kettle")
	c.Spec.Signals = []v1alpha1.Identifier{"agitated"}
	w.Expect(w.admin.Update(w.ctx, c)).To(Succeed())
	w.settle()
	c = w.complaint("kettle")
	w.Expect(c.Status.Run.ID).To(Equal(int32(2)))
	w.Expect(step(c.Status.Run, "asked/1")).To(And(HaveField("State", v1alpha1.StepWaiting), HaveField("ActsSeen", int32(1))))
	w.Expect(w.task("kettle", "asked/1").IsOpen()).To(BeTrue())
	w.Expect(c.Status.NextDeadline.Time).To(BeTemporally("<=", start.Add(4*time.Hour)))

	t.Log("a lead gives it to somebody else; a deadline that passes is told to whoever asked, and the leads")
	w.decide(c, cleo, v1alpha1.RecordAct{Verb: v1alpha1.RecordReassign, Step: "asked/1", To: "hal", Reason: "gil is ill"})
	w.settle()
	w.Expect(w.task("kettle", "asked/1").Spec.Assignment.Assignee).To(BeEquivalentTo("hal"))
	w.pass(4*time.Hour + time.Second)
	w.settle()
	w.Expect(w.complaint("kettle").Status.Overdue).To(BeNumerically(">=", 1))
	told := map[string]bool{}
	for _, n := range w.notices() {
		if n.Spec.Step == "asked/1" && n.Spec.Template == "overdue" {
			told[n.Spec.To.Name] = true
		}
	}
	w.Expect(told).To(And(HaveKey("hal"), HaveKey("amy"), HaveKey("cleo")))

	w.act(w.task("kettle", "asked/1"), "hal", v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete})
	w.settle()
	w.Expect(w.task("kettle", "asked/1").Spec.State).To(Equal(v1alpha1.TaskDone))
	w.decide(w.complaint("kettle"), amy, v1alpha1.RecordAct{Verb: v1alpha1.RecordAsk, To: "gil", Within: &v1alpha1.Span{Elapsed: "4h"}, Reason: "Call once more."})
	w.settle()
	w.decide(w.complaint("kettle"), cleo, v1alpha1.RecordAct{Verb: v1alpha1.RecordAbort, Reason: "a hoax"})
	w.settle()
	w.Expect(w.task("kettle", "asked/2").Spec.State).To(Equal(v1alpha1.TaskCancelled))
	w.Expect(w.story(w.complaint("kettle"))).To(And(ContainSubstring("asks gil for work besides the playbook: Call the landlord."), ContainSubstring("the task goes to hal: gil is ill")))
}

func (w *world) tasksOf(step string) (n int) {
	for _, task := range w.tasks() {
		if task.Spec.Step == step {
			n++
		}
	}
	return n
}
