package cli

import (
	"os"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Every command of docs/cli.md works as it stands there, in that order, for somebody with the rights it names.
func TestDocs(t *testing.T) {
	w := newWorld(t)
	commands := documented(t)
	w.Expect(len(commands)).To(BeNumerically(">=", 10))
	for _, verb := range []string{"import", "status", "mine", "ack", "done", "approve", "comment", "timeline", "postmortem"} {
		w.Expect(commands).To(ContainElement(WithTransform(first, Equal(verb))), "docs/cli.md shows no %s", verb)
	}

	csv := w.csv(csvRow("A1", "2026-03-01T09:00:00+08:00"))
	w.complaint("kettle-17", v1alpha1.ComplaintStatus{CaseStatus: v1alpha1.CaseStatus{Responders: []v1alpha1.User{"ana"}}})
	w.task("kettle-17-check-facts-1a2b3c4d", func(s *v1alpha1.ResponseTaskSpec) { s.Outcomes = []v1alpha1.Identifier{"founded", "unfounded"} })
	w.task("kettle-17-plan-remedy-1a2b3c4d", func(s *v1alpha1.ResponseTaskSpec) { s.Writes = v1alpha1.WritesRemedy })
	w.task("kettle-17-approve-remedy-1a2b3c4d", func(s *v1alpha1.ResponseTaskSpec) {
		s.Type, s.Assignment.Digest = v1alpha1.TaskTypeApproval, "d1"
	})
	w.task("kettle-17-carry-out-1a2b3c4d", nil)
	incident := w.told("kettle-recall")
	incident.Status.PostMortem = "kettle-recall-review"
	w.Expect(w.manager.Status().Update(w.ctx, incident)).To(Succeed())
	w.review("kettle-recall-review", "kettle-recall", "kettle-recall-review-document")

	kubeconfig := w.kubeconfig("ana", "tocsin:responders", "tocsin:intake", "tocsin:auditors")
	for _, args := range commands {
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "complaints.csv", csv)
		}
		r := w.run(w.ctx, kubeconfig, args...)
		w.Expect(r.Code).To(Equal(exitOK), "%v: %s", args, r.Err)
	}
	for _, private := range []string{privateStatement, "Chen Jia", "138 0000", "C-4711"} {
		w.Expect(w.said.String()).NotTo(ContainSubstring(private))
	}
}

func first(list []string) string { return list[0] }

// documented reads the commands from the page, without comments and redirections.
func documented(t *testing.T) [][]string {
	t.Helper()
	page, err := os.ReadFile("../../docs/cli.md")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	var commands [][]string
	for line := range strings.Lines(string(page)) {
		if rest, ok := strings.CutPrefix(line, "kubectl tocsin "); ok {
			commands = append(commands, words(rest))
		}
	}
	return commands
}

// words splits a line as a shell would, as far as the page needs it.
func words(line string) []string {
	var list []string
	for i, part := range strings.Split(strings.TrimSpace(line), `"`) {
		if i%2 == 1 {
			list = append(list, part)
			continue
		}
		for _, word := range strings.Fields(part) {
			if word == "#" || word == ">" {
				return list
			}
			list = append(list, word)
		}
	}
	return list
}
