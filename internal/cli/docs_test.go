package cli

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/names"
	"tocsin.dev/tocsin/playbooks"
)

// Every command of docs/cli.md works as it stands there, in that order, for somebody with the rights it names.
func TestDocs(t *testing.T) {
	w := newWorld(t)
	commands := documented(t)
	w.Expect(len(commands)).To(BeNumerically(">=", 10))
	for _, verb := range []string{"import", "status", "mine", "show", "ack", "done", "approve", "comment", "reassign", "task", "timeline", "postmortem"} {
		w.Expect(commands).To(ContainElement(WithTransform(first, Equal(verb))), "docs/cli.md shows no %s", verb)
	}

	csv := w.csv(csvRow("A1", "2026-03-01T09:00:00+08:00"))
	w.complaint("example-lamp", v1alpha1.ComplaintStatus{CaseStatus: v1alpha1.CaseStatus{Responders: []v1alpha1.User{"ana"}, Leads: []v1alpha1.User{"ana"}}})
	w.team("service-desk", "wang.tao@example.com")
	w.levels("major", "serious", "general")
	w.tasksOfThePack("example-lamp")
	incident := w.told("example-crisis")
	incident.Status.PostMortem = "example-crisis-review"
	w.Expect(w.manager.Status().Update(w.ctx, incident)).To(Succeed())
	w.review("example-crisis-review", "example-crisis", "example-crisis-review-document")
	for _, name := range []string{"example-lamp", "example-crisis"} {
		w.Expect(examples(t)).To(ContainSubstring("  name: "+name+"\n"), "the pack brings it")
	}

	responder := w.kubeconfig("ana", "tocsin:responders", "tocsin:intake", "tocsin:auditors")
	for _, args := range commands {
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "complaints.csv", csv)
			if strings.HasPrefix(args[i], "playbooks/") { // the documents speak of the project's folder
				args[i] = "../../" + args[i]
			}
		}
		kubeconfig := responder
		if slices.Contains(args, "--as") {
			kubeconfig = w.kubeconfig("root", "system:masters")
		}
		r := w.run(w.ctx, kubeconfig, args...)
		w.Expect(r.Code).To(Equal(exitOK), "%v: %s", args, r.Err)
	}
	for _, private := range []string{privateStatement, "Chen Jia", "138 0000", "C-4711"} {
		w.Expect(w.said.String()).NotTo(ContainSubstring(private))
	}
}

// tasksOfThePack makes a task for every step of the general playbook that asks somebody, under the name such a task has.
func (w *world) tasksOfThePack(record string) {
	w.t.Helper()
	data, err := fs.ReadFile(playbooks.FS, "service-recovery/playbook-general-recovery.yaml")
	w.Expect(err).NotTo(HaveOccurred())
	var pb v1alpha1.Playbook
	w.Expect(yaml.UnmarshalStrict(data, &pb)).To(Succeed())
	ask := func(path string, task *v1alpha1.Task, approval *v1alpha1.Approval) {
		w.task(names.Child(record, path, "1"), func(s *v1alpha1.ResponseTaskSpec) {
			s.Record.Name, s.Step = v1alpha1.ObjectName(record), path
			if approval != nil {
				s.Type, s.Assignment.Digest = v1alpha1.TaskTypeApproval, "d1"
			} else {
				s.Outcomes, s.Writes = task.Outcomes, task.Writes
			}
		})
	}
	for _, step := range pb.Spec.Steps {
		if step.Task != nil || step.Approval != nil {
			ask(step.Name, step.Task, step.Approval)
		}
		if step.Repeat == nil {
			continue
		}
		for _, inner := range step.Repeat.Steps {
			if inner.Task != nil || inner.Approval != nil {
				ask(step.Name+"/"+inner.Name, inner.Task, inner.Approval)
			}
		}
	}
}

// examples are the records the pack brings to try it with.
func examples(t *testing.T) string {
	t.Helper()
	var all string
	for _, file := range []string{"complaints.yaml", "incident.yaml"} {
		data, err := fs.ReadFile(playbooks.FS, "service-recovery/examples/"+file)
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		all += string(data)
	}
	return all
}

func first(list []string) string { return list[0] }

// documented reads the commands from the pages, without comments and redirections, each once.
func documented(t *testing.T) [][]string {
	t.Helper()
	var commands [][]string
	seen := map[string]bool{}
	for _, name := range []string{"README.md", "docs/cli.md"} {
		page, err := os.ReadFile("../../" + name)
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		for line := range strings.Lines(string(page)) {
			if rest, ok := strings.CutPrefix(line, "kubectl tocsin "); ok {
				if command := words(rest); !seen[strings.Join(command, " ")] {
					seen[strings.Join(command, " ")] = true
					commands = append(commands, command)
				}
			}
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
