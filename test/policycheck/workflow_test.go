package policycheck

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"
)

// TestTheCommentIsReplaced runs the script that posts with a gh that only writes down what it is asked.
func TestTheCommentIsReplaced(t *testing.T) {
	for name, tt := range map[string]struct{ before, want string }{
		"the first": {"", "api --silent --method POST repos/o/r/issues/7/comments --field body=@c.md\n"},
		"another":   {"42", "api --silent --method PATCH repos/o/r/issues/comments/42 --field body=@c.md\n"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			dir := t.TempDir()
			gh := "#!/bin/sh\ncase \"$*\" in *--paginate*) printf '" + tt.before + "';; *) echo \"$@\" >>" + dir + "/asked;; esac\n"
			g.Expect(os.WriteFile(filepath.Join(dir, "gh"), []byte(gh), 0o755)).To(Succeed())
			cmd := exec.CommandContext(t.Context(), filepath.Join(ci, "policy-comment"), "o/r", "7", "c.md")
			cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
			out, err := cmd.CombinedOutput()
			g.Expect(err).NotTo(HaveOccurred(), string(out))
			asked, err := os.ReadFile(filepath.Join(dir, "asked"))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(string(asked)).To(Equal(tt.want))
		})
	}
}

// workflow is what of a workflow GitHub reads here; any other key is a mistake.
type workflow struct {
	Name        string                    `json:"name"`
	On          map[string]map[string]any `json:"on"`
	Permissions map[string]string         `json:"permissions"`
	Concurrency struct {
		Group            string `json:"group"`
		CancelInProgress bool   `json:"cancel-in-progress"`
	} `json:"concurrency"`
	Jobs map[string]struct {
		RunsOn         string         `json:"runs-on"`
		TimeoutMinutes int            `json:"timeout-minutes"`
		Steps          []workflowStep `json:"steps"`
	} `json:"jobs"`
}

type workflowStep struct {
	Name string            `json:"name"`
	ID   string            `json:"id"`
	If   string            `json:"if"`
	Uses string            `json:"uses"`
	With map[string]any    `json:"with"`
	Run  string            `json:"run"`
	Env  map[string]string `json:"env"`
}

func theWorkflow(t *testing.T) workflow {
	t.Helper()
	g := NewWithT(t)
	text, err := os.ReadFile(filepath.Join(ci, "policy-check.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	var w workflow
	g.Expect(yaml.UnmarshalStrict([]byte(strings.Replace(string(text), "\non:", "\n\"on\":", 1)), &w)).To(Succeed())
	return w
}

// TestTheWorkflow is read as GitHub reads it: actions are pinned, rights are few, and nothing of a pull request gets into a
// command.
func TestTheWorkflow(t *testing.T) {
	g := NewWithT(t)
	w := theWorkflow(t)
	g.Expect(w.On).To(And(HaveLen(1), HaveKey("pull_request")))
	g.Expect(w.Permissions).To(Equal(map[string]string{"contents": "read", "pull-requests": "write"}))
	g.Expect(w.Jobs).To(And(HaveLen(1), HaveKey("policies")))
	for _, step := range w.Jobs["policies"].Steps {
		g.Expect([]string{step.Uses, step.Run}).To(ContainElement(BeEmpty()), "a step uses an action or runs a command")
		g.Expect(step.Uses).To(Or(BeEmpty(), MatchRegexp(`^[\w-]+/[\w-]+@[0-9a-f]{40}$`)))
		g.Expect(step.Run).NotTo(ContainSubstring("${{"))
		for _, value := range append([]string{step.If}, slices.Collect(maps.Values(step.Env))...) {
			for _, name := range regexp.MustCompile(`(github|vars|secrets|env|steps|inputs)\.[\w.]+`).FindAllString(value, -1) {
				g.Expect(name).To(BeElementOf("github.event.pull_request.base.sha", "github.event.pull_request.head.sha", "github.event.pull_request.number",
					"github.event.pull_request.head.repo.full_name", "github.repository", "github.token", "vars.TOCSIN_VERSION"))
			}
		}
	}
}

// The commands of the workflow do what they are for, as GitHub runs them: each as a file of bash -e, in a repository that was
// set up as docs/pull-requests.md says.
func TestTheCommandsOfTheWorkflow(t *testing.T) {
	r := newRepository(t)
	r.git("checkout", "-q", "main")
	for from, to := range map[string]string{"policy-check": ".github/policy-check", "policy-comment": ".github/policy-comment", "policy-check.yaml": ".github/workflows/policy-check.yaml"} {
		text, err := os.ReadFile(filepath.Join(ci, from))
		r.Expect(err).NotTo(HaveOccurred())
		r.write(to, string(text))
		r.Expect(os.Chmod(filepath.Join(r.dir, to), 0o755)).To(Succeed())
	}
	r.commit("the check")
	base := strings.TrimSpace(r.git("rev-parse", "HEAD"))
	r.git("checkout", "-q", "-b", "asked")
	r.replace("policies/triagepolicy.yaml", "playbook: serious-recovery", "playbook: none-such")
	r.commit("a change")
	head := strings.TrimSpace(r.git("rev-parse", "HEAD"))
	// GitHub checks out what a merge would give.
	r.git("checkout", "-q", "--detach", "main")
	r.git("merge", "-q", "--no-ff", "-m", "merged", "asked")

	bin, summary, asked := t.TempDir(), filepath.Join(t.TempDir(), "summary.md"), filepath.Join(t.TempDir(), "asked")
	r.Expect(os.Symlink(command, filepath.Join(bin, "kubectl-tocsin"))).To(Succeed())
	for _, name := range []string{"gh", "go"} {
		r.Expect(os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\necho "+name+" \"$@\" >>"+asked+"\n"), 0o755)).To(Succeed())
	}
	known := strings.NewReplacer("${{ github.event.pull_request.base.sha }}", base, "${{ github.event.pull_request.head.sha }}", head,
		"${{ github.event.pull_request.number }}", "7", "${{ github.token }}", "t", "${{ vars.TOCSIN_VERSION }}", "v1.4.0")
	codes := map[string]int{}
	for _, step := range theWorkflow(t).Jobs["policies"].Steps {
		if step.Run == "" {
			continue
		}
		file := filepath.Join(t.TempDir(), "step.sh")
		r.Expect(os.WriteFile(file, []byte(step.Run), 0o600)).To(Succeed())
		cmd := exec.CommandContext(t.Context(), "bash", "-e", file)
		cmd.Dir = r.dir
		cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "GITHUB_STEP_SUMMARY="+summary, "GITHUB_REPOSITORY=o/r")
		for name, value := range step.Env {
			value = known.Replace(value)
			r.Expect(value).NotTo(ContainSubstring("${{"))
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if err != nil {
			r.Expect(errors.As(err, &exit)).To(BeTrue(), string(out))
		}
		codes[step.Name] = cmd.ProcessState.ExitCode()
	}
	r.Expect(codes).To(Equal(map[string]int{"Install kubectl-tocsin": 0, "Check": 1, "Comment": 0}))
	for _, file := range []string{summary, filepath.Join(r.dir, "comment.md")} {
		text, err := os.ReadFile(file)
		r.Expect(err).NotTo(HaveOccurred())
		r.Expect(string(text)).To(And(HavePrefix(marker+"there is something to mend"), ContainSubstring("none-such")))
	}
	text, err := os.ReadFile(asked)
	r.Expect(err).NotTo(HaveOccurred())
	r.Expect(string(text)).To(And(HavePrefix("go install tocsin.dev/tocsin/cmd/kubectl-tocsin@v1.4.0\n"), HaveSuffix("gh api --silent --method POST repos/o/r/issues/7/comments --field body=@comment.md\n")))
}
