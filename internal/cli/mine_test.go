package cli

import (
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

func TestMine(t *testing.T) {
	w := newWorld(t)
	w.Expect(w.as("ana", "mine")).To(Equal(result{Out: "Nothing waits for ana in namespace " + w.namespace + ".\n"}))
	w.task("kettle-17-check-facts-0a1b", func(s *v1alpha1.ResponseTaskSpec) {
		s.Outcomes = []v1alpha1.Identifier{"founded", "unfounded"}
		s.Assignment.DueAt = minutes(95)
	})
	w.task("kettle-17-approve-0a1c", func(s *v1alpha1.ResponseTaskSpec) {
		s.Type, s.Assignment.DueAt = v1alpha1.TaskTypeApproval, minutes(-5)
		s.Assignment.MayAct = []v1alpha1.User{"zhao", "ana"}
	})
	w.task("recall-assemble-0a1d", func(s *v1alpha1.ResponseTaskSpec) {
		s.Type, s.Mode, s.Assignment.DueAt = v1alpha1.TaskTypeAcknowledgement, v1alpha1.ModeDrill, metav1.Time{}
		s.Record = v1alpha1.RecordReference{Kind: v1alpha1.RecordCrisisIncident, Name: "recall"}
	})
	w.task("kettle-17-plan-0a1e", func(s *v1alpha1.ResponseTaskSpec) {
		s.Assignment.Assignee, s.Assignment.MayAct, s.Assignment.DueAt = "zhao", []v1alpha1.User{"zhao", "ana"}, minutes(120)
	})
	w.task("kettle-17-visit-0a1f", func(s *v1alpha1.ResponseTaskSpec) {
		s.Assignment.Assignee, s.Assignment.MayAct, s.Assignment.DueAt, s.Assignment.Rung = "zhao", []v1alpha1.User{"zhao", "ana"}, minutes(-65), 1
	})
	w.task("kettle-17-agree-0a20", func(s *v1alpha1.ResponseTaskSpec) {
		s.Type, s.Assignment.Assignee, s.Assignment.DueAt = v1alpha1.TaskTypeApproval, "", minutes(130)
		s.Assignment.Seats = []v1alpha1.Seat{{Role: "legal", Users: []v1alpha1.User{"zhao"}}, {Role: "executive", Users: []v1alpha1.User{"zhao", "ana"}}}
	})
	w.task("kettle-17-offer-0a21", func(s *v1alpha1.ResponseTaskSpec) {
		s.Type, s.Assignment.Assignee, s.Assignment.DueAt = v1alpha1.TaskTypeApproval, "", minutes(140)
		s.Assignment.Seats = []v1alpha1.Seat{{Role: "supervisor", Users: []v1alpha1.User{"zhao", "ana"}}}
	})
	w.task("kettle-17-reach-0a22", func(s *v1alpha1.ResponseTaskSpec) {
		s.Assignment.DueAt, s.Assignment.StoppedAt, s.Assignment.StoppedUntil = minutes(150), minutes(-20), minutes(5*24*60-20)
	})
	w.task("kettle-17-others", func(s *v1alpha1.ResponseTaskSpec) { s.Assignment.MayAct = []v1alpha1.User{"zhao"} })
	w.close(w.task("kettle-17-closed", nil))
	w.Expect(w.as("cy", "mine")).To(Equal(result{Out: "Nothing waits for cy in namespace " + w.namespace + ".\n" +
		"Open tasks: 9. `kubectl get responsetasks -n " + w.namespace + "` shows whom they ask (ASSIGNEE), `kubectl tocsin show TASK -n " + w.namespace + "` who may answer, also for approvals.\n"}))
	w.Expect(w.as("nobody", "mine", "-A").Out).To(MatchRegexp("Nothing waits for nobody in any namespace\\.\nOpen tasks: \\d+\\. `kubectl get responsetasks -A` shows whom they ask \\(ASSIGNEE\\), `kubectl tocsin show TASK -n NAMESPACE` who may answer"))
	w.task("kettle-17-answered", nil)
	w.Expect(w.as("ana", "done", "kettle-17-answered")).To(HaveField("Code", exitOK))
	w.Expect(w.as("ana", "ack", "kettle-17-check-facts")).To(HaveField("Code", exitOK))

	r := w.as("ana", "mine")
	w.Expect(r.Code).To(Equal(exitOK))
	w.golden("mine.golden", r.Out)

	all := w.as("ana", "mine", "-A")
	w.Expect(all.Out).To(And(HavePrefix("NAMESPACE"), MatchRegexp(w.namespace+" +kettle-17-approve-0a1c")))
}

func TestNoClusterIsOneSentence(t *testing.T) {
	w := newWorld(t)
	for want, args := range map[string][]string{
		"^error: no usable kubeconfig: .*/nowhere.*; set --kubeconfig, KUBECONFIG or --context\n$":                                     {"mine", "--kubeconfig", filepath.Join(t.TempDir(), "nowhere")},
		"^error: no usable kubeconfig: context .other. does not exist; .*\n$":                                                          {"mine", "--context", "other"},
		"^error: the API server at https://127.0.0.1:1 cannot be reached: .*refused; check --kubeconfig, --context and the network\n$": {"mine", "--server", "https://127.0.0.1:1"},
	} {
		r := w.as("ana", args...)
		w.Expect(r.Code).To(Equal(exitUsage), r.Err)
		w.Expect(r.Err).To(MatchRegexp(want))
		w.Expect(r.Out).To(BeEmpty())
	}
	for _, command := range [][]string{{"status"}, {"status", "-w"}, {"timeline", "x"}, {"postmortem", "x"}, {"ack", "x"}} {
		r := w.as("ana", append(command, "--server", "https://127.0.0.1:1")...)
		w.Expect(r).To(And(HaveField("Code", exitUsage), HaveField("Err", ContainSubstring("cannot be reached"))), "%v", command)
	}
}
