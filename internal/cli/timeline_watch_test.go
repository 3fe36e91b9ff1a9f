package cli

import (
	"context"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/timeline"
)

// A story that is followed is told once, older parts included, and then goes on line by line, also where what came in
// between has been moved out of the record; other records' stories are not in it.
func TestTimelineWatch(t *testing.T) {
	w := newWorld(t)
	incident := w.told("recall")
	w.told("flood")
	var out, errs safeBuffer
	ctx, stop := context.WithCancel(w.ctx)
	defer stop()
	ended := make(chan int, 1)
	args := []string{"--kubeconfig", w.kubeconfig("ana", "tocsin:responders"), "-n", w.namespace, "timeline", "recall", "-w"}
	w.grant("ana", rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"get"}})
	go func() { ended <- Run(ctx, w.env(&out, &errs), args) }()
	lines := func() []string {
		if w.clock.HasWaiters() {
			w.clock.Step(settle)
		}
		return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	}
	w.Eventually(lines, "20s", "10ms").Should(HaveLen(6), errs.String)
	before := lines()
	w.Expect(before[0]).To(ContainSubstring("Raised from complaint kettle-17"))

	timeline.Append(&incident.Status.Timeline, minutes(7).Time, v1alpha1.EventReopened, "", 0, "ana", "It smokes again", [16]byte{7})
	w.Expect(w.manager.Status().Update(w.ctx, incident)).To(Succeed())
	w.Eventually(lines, "20s", "10ms").Should(HaveLen(7), errs.String)
	w.Expect(lines()[:6]).To(Equal(before), "nothing is told twice")
	w.Expect(lines()[6]).To(And(HavePrefix("2026-03-02 12:07:00  Reopened"), ContainSubstring("It smokes again")))
	w.Expect(strings.Index(lines()[6], "It smokes")).To(Equal(strings.Index(before[0], "Raised from")), "in the same column")
	stop()
	w.Eventually(ended, "20s", "10ms").Should(Receive(Equal(exitOK)))
	w.Expect(errs.String()).To(BeEmpty())

	w.Expect(w.as("ana", "timeline", "recall", "-w", "-o", "json")).To(And(HaveField("Code", exitUsage), HaveField("Err", ContainSubstring("leave out -o json"))))
	w.Expect(w.as("ana", "timeline", "recall", "-w", "--verify")).To(HaveField("Code", exitUsage))
	w.Expect(w.as("ana", "timeline", "recal", "-w")).To(And(HaveField("Code", exitRefused), HaveField("Err", ContainSubstring(`no complaint and no incident "recal"`))))
}
