package controllers

import (
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// TestATaskOfADecisionThatWasNeverWrittenIsClosed: the manager dies between the effects and the status, somebody changes
// the facts, and another playbook begins. Nobody is left with work that no step waits for.
func TestATaskOfADecisionThatWasNeverWrittenIsClosed(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.complain("kettle")
	w.must(w.complaints, "kettle")
	w.before = failOnce("status Complaint")
	w.Expect(w.once(w.complaints, "kettle")).To(MatchError(errCut))
	w.Expect(w.tasks()).To(HaveLen(1))
	orphan := w.tasks()[0].Name
	w.restart()
	c := w.complaint("kettle")
	c.Spec.Signals = []v1alpha1.Identifier{"safety-hazard"}
	w.Expect(w.as(amy).Update(w.ctx, c)).To(Succeed())
	w.before = func(what string, obj client.Object) error {
		if what == "patch ResponseTask" {
			return errCut
		}
		return nil
	}
	w.Expect(w.once(w.complaints, "kettle")).To(MatchError(errCut), "it is tried again")
	w.before = nil
	w.settle()

	known := map[string]bool{}
	for _, s := range w.complaint("kettle").Status.Run.Steps {
		for _, name := range s.Tasks {
			known[string(name)] = true
		}
	}
	w.Expect(known).NotTo(HaveKey(orphan))
	for _, task := range w.tasks() {
		if task.Spec.Record.Name != "kettle" {
			continue
		}
		if task.Name == orphan {
			w.Expect(task.Spec.State).To(Equal(v1alpha1.TaskSuperseded))
			continue
		}
		w.Expect(known).To(HaveKey(task.Name))
		w.Expect(task.Spec.State).To(Equal(v1alpha1.TaskOpen))
	}
}
