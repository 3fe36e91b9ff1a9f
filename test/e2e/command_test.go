package e2e

import (
	"context"
	"slices"
	"sync"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// watchIncident collects every version of the incidents of the namespace until the returned function is called.
func (w *world) watchIncident() func() []*v1alpha1.CrisisIncident {
	ctx, cancel := context.WithCancel(w.ctx)
	watcher, err := admin.Watch(ctx, &v1alpha1.CrisisIncidentList{}, client.InNamespace(w.ns))
	w.Expect(err).NotTo(HaveOccurred())
	var seen []*v1alpha1.CrisisIncident
	var done sync.WaitGroup
	done.Go(func() {
		for e := range watcher.ResultChan() {
			if ci, ok := e.Object.(*v1alpha1.CrisisIncident); ok {
				seen = append(seen, ci)
			}
		}
	})
	return func() []*v1alpha1.CrisisIncident {
		watcher.Stop()
		cancel()
		done.Wait()
		return seen
	}
}

// At any moment there is one commander and one spokesperson, two people; handing over is recorded.
func TestInvariant4OneCommander(t *testing.T) {
	w := newWorld(t)
	w.manage()
	versions := w.watchIncident()
	w.raise("fire", false)
	ci := w.untilIncident("fire", And(HaveField("Commander", BeEquivalentTo(eve)), HaveField("Spokesperson", BeEquivalentTo(gil))))
	w.Expect(w.task("fire", "contain").Spec.Assignment.Assignee).To(BeEquivalentTo(eve))

	t.Log("handed over: recorded, and the commander's work goes with it")
	w.decide(ci, "fire", eve, v1alpha1.RecordAct{Verb: v1alpha1.RecordHandOver, Role: "commander", To: fay, Reason: "my shift ends"})
	ci = w.untilIncident("fire", HaveField("Commander", BeEquivalentTo(fay)))
	w.Expect(w.happened(ci, v1alpha1.EventRoleHandedOver)).To(ConsistOf(And(HaveField("Actor", BeEquivalentTo(eve)), HaveField("Text", ContainSubstring("commander goes from eve to fay")))))
	w.Eventually(func() v1alpha1.User { return w.task("fire", "contain").Spec.Assignment.Assignee }).Should(BeEquivalentTo(fay))

	t.Log("to the one who speaks it does not go, nor to a stranger")
	w.decide(ci, "fire", fay, v1alpha1.RecordAct{Verb: v1alpha1.RecordHandOver, Role: "commander", To: gil, Reason: "you do it"})
	w.decide(ci, "fire", fay, v1alpha1.RecordAct{Verb: v1alpha1.RecordHandOver, Role: "commander", To: "nobody-we-know", Reason: "you do it"})
	w.Eventually(func() []v1alpha1.TimelineEntry { return w.happened(w.incident("fire"), v1alpha1.EventActIgnored) }).Should(ConsistOf(
		HaveField("Text", ContainSubstring("holds a role that excludes it")), HaveField("Text", ContainSubstring("is in no team"))))
	w.decide(ci, "fire", gil, v1alpha1.RecordAct{Verb: v1alpha1.RecordHandOver, Role: "spokesperson", To: "hal", Reason: "my voice is gone"})
	w.untilIncident("fire", And(HaveField("Commander", BeEquivalentTo(fay)), HaveField("Spokesperson", BeEquivalentTo("hal"))))
	w.do(w.task("fire", "contain"), fay, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete})
	w.untilIncident("fire", state(v1alpha1.CaseClosed))

	var reigns []string
	for _, ci := range versions() {
		if ci.Status.Run == nil {
			continue
		}
		holders := map[string][]v1alpha1.User{}
		for _, h := range ci.Status.Run.Roles {
			holders[h.Name] = append(holders[h.Name], h.User)
		}
		w.Expect(holders["commander"]).To(Equal([]v1alpha1.User{ci.Status.Commander}), "version %s", ci.ResourceVersion)
		w.Expect(holders["spokesperson"]).To(Equal([]v1alpha1.User{ci.Status.Spokesperson}), "version %s", ci.ResourceVersion)
		w.Expect(ci.Status.Commander).NotTo(Equal(ci.Status.Spokesperson))
		reigns = append(reigns, string(ci.Status.Commander)+" and "+string(ci.Status.Spokesperson))
	}
	w.Expect(slices.Compact(reigns)).To(Equal([]string{"eve and gil", "fay and gil", "fay and hal"}))
}
