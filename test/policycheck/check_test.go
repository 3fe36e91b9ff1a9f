// Package policycheck runs the check for pull requests in real Git repositories, with the real command.
package policycheck

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"
)

const ci = "../../config/ci"

var command string

func TestMain(m *testing.M) {
	code := 1
	defer func() { os.Exit(code) }()
	dir, err := os.MkdirTemp("", "policycheck")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	command = filepath.Join(dir, "kubectl-tocsin")
	if out, err := exec.CommandContext(context.Background(), "go", "build", "-o", command, "tocsin.dev/tocsin/cmd/kubectl-tocsin").CombinedOutput(); err != nil {
		panic(string(out))
	}
	code = m.Run()
}

// repository is a Git repository with the service-recovery pack under policies, and what people did to it.
type repository struct {
	*WithT
	t   *testing.T
	dir string
	env []string
}

func newRepository(t *testing.T) *repository {
	t.Helper()
	r := &repository{NewWithT(t), t, t.TempDir(), nil}
	r.git("init", "-q", "-b", "main")
	r.Expect(os.CopyFS(filepath.Join(r.dir, "policies"), os.DirFS("../../playbooks/service-recovery"))).To(Succeed())
	r.write("readme.md", "Ours.\n")
	r.commit("first")
	r.git("checkout", "-q", "-b", "change")
	return r
}

func (r *repository) git(args ...string) string {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), "git", append([]string{"-C", r.dir, "-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"}, args...)...)
	out, err := cmd.CombinedOutput()
	r.Expect(err).NotTo(HaveOccurred(), string(out))
	return string(out)
}

func (r *repository) commit(message string) {
	r.t.Helper()
	r.git("add", "-A")
	r.git("commit", "-q", "-m", message)
}

func (r *repository) write(file, text string) {
	r.t.Helper()
	path := filepath.Join(r.dir, file)
	r.Expect(os.MkdirAll(filepath.Dir(path), 0o755)).To(Succeed())
	r.Expect(os.WriteFile(path, []byte(text), 0o644)).To(Succeed())
}

func (r *repository) replace(file, before, after string) {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join(r.dir, file))
	r.Expect(err).NotTo(HaveOccurred())
	r.Expect(string(text)).To(ContainSubstring(before))
	r.write(file, strings.Replace(string(text), before, after, 1))
}

// check runs the check between two revisions: its exit code, the comment, and what it complained of.
func (r *repository) check(base, head string) (code int, comment, complaint string) {
	r.t.Helper()
	script, err := filepath.Abs(filepath.Join(ci, "policy-check"))
	r.Expect(err).NotTo(HaveOccurred())
	cmd := exec.CommandContext(r.t.Context(), script, base, head)
	cmd.Dir = r.dir
	cmd.Env = append(append(os.Environ(), "TOCSIN="+command), r.env...)
	var out, wrong bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &wrong
	var exit *exec.ExitError
	if err := cmd.Run(); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		r.Expect(err).NotTo(HaveOccurred())
	}
	r.Expect(r.git("status", "--porcelain")).To(BeEmpty(), "the check leaves nothing behind")
	return code, out.String(), wrong.String()
}

const (
	general = "policies/playbook-general-recovery.yaml"
	marker  = "<!-- tocsin policy check -->\n## Policies: "
	// sound allows for warnings: how far ahead holidays are known depends on the day.
	sound = `\*\*Policy check:\*\* (nothing found|0 errors)`
)

func TestACleanChange(t *testing.T) {
	r := newRepository(t)
	r.replace(general, "within: {working: 5d}", "within: {working: 4d}")
	r.commit("a day less")
	code, comment, _ := r.check("main", "change")
	r.Expect(code).To(Equal(0), comment)
	r.Expect(comment).To(And(HavePrefix(marker+"nothing against it\n"), MatchRegexp("(?s)### `policies`\n\n"+sound),
		ContainSubstring("**Policy tests:** all as expected in "), ContainSubstring("carryOut")))
	r.Expect(comment).NotTo(Or(ContainSubstring(os.TempDir()), ContainSubstring(command)), "paths of this machine mean nothing to anybody")

	r.env = []string{"TOCSIN_HISTORY=policies/examples/complaints.csv", "TOCSIN_MAPPING=examples"}
	code, comment, _ = r.check("main", "change")
	r.Expect(code).To(Equal(0), comment)
	r.Expect(comment).To(And(ContainSubstring("What the change would have done"), ContainSubstring("complaints and 0 incidents of policies/examples/complaints.csv"), Not(ContainSubstring(r.dir))))

	r.env = []string{"TOCSIN_COVERAGE=99"}
	code, comment, _ = r.check("main", "change")
	r.Expect(code).To(Equal(1))
	r.Expect(comment).To(And(HavePrefix(marker+"there is something to mend\n"), ContainSubstring("asks for 99 %")))
}

func TestAnUnsoundChangeAndABrokenPromise(t *testing.T) {
	r := newRepository(t)
	r.replace(general, "approval: {by: [supervisor], of: remedy}", "approval: {by: [executive], of: remedy}")
	r.replace("policies/triagepolicy.yaml", "playbook: serious-recovery", "playbook: none-such")
	r.commit("unsound")
	code, comment, _ := r.check("main", "change")
	r.Expect(code).To(Equal(1), comment)
	r.Expect(comment).To(And(HavePrefix(marker+"there is something to mend\n"), ContainSubstring("| error | policies/triagepolicy.yaml:"),
		ContainSubstring("none-such"), ContainSubstring("| general-goes-as-promised<br>policies/tests/general.yaml:")))
}

func TestAPackThatCannotBeRead(t *testing.T) {
	r := newRepository(t)
	r.write(general, "kind: Playbook\nspec: [\n")
	r.commit("broken")
	code, comment, _ := r.check("main", "change")
	r.Expect(code).To(Equal(2), comment)
	r.Expect(comment).To(And(HavePrefix(marker+"it could not be checked\n"), ContainSubstring("policies/playbook-general-recovery.yaml:")))
}

func TestNoPackChanged(t *testing.T) {
	r := newRepository(t)
	r.write("readme.md", "Ours, too.\n")
	r.write("policies/examples/notes.md", "None of the pack.\n")
	r.commit("words")
	// What others did to the base meanwhile is none of this change.
	r.git("checkout", "-q", "main")
	r.replace(general, "within: {working: 5d}", "within: {working: 3d}")
	r.commit("meanwhile")
	code, comment, _ := r.check("main", "change")
	r.Expect(code).To(Equal(0))
	r.Expect(comment).To(Equal(marker + "nothing against it\n\nNo policy pack changed.\n"))
}

func TestAPackIsRemovedAndOneIsNew(t *testing.T) {
	r := newRepository(t)
	r.git("mv", "policies", "old policies")
	r.commit("moved")
	r.git("checkout", "-q", "-b", "gone")
	r.git("rm", "-rq", "old policies")
	r.commit("removed")
	code, comment, _ := r.check("main", "change")
	r.Expect(code).To(Equal(0), comment)
	r.Expect(comment).To(And(ContainSubstring("### `policies`\n\nThe pack was removed."), MatchRegexp("(?s)### `old policies`\n\n"+sound), ContainSubstring("The pack is new.")))
	code, comment, _ = r.check("change", "gone")
	r.Expect(code).To(Equal(0))
	r.Expect(comment).To(Equal(marker + "nothing against it\n\n### `old policies`\n\nThe pack was removed. Records keep the revision of the playbook they began with; new ones need another pack.\n\n"))
}

func TestWhatCannotBeCompared(t *testing.T) {
	r := newRepository(t)
	r.git("checkout", "-q", "--orphan", "stranger")
	r.commit("another beginning")
	for name, tt := range map[string]struct{ base, head, says string }{
		"no history in common": {"main", "stranger", "have no history in common"},
		"no such base":         {"nowhere", "change", "there is no revision nowhere"},
		"no such head":         {"main", "nowhere", "there is no revision nowhere"},
		"an option":            {"--help", "change", "there is no revision --help"},
	} {
		code, comment, complaint := r.check(tt.base, tt.head)
		r.Expect(code).To(Equal(2), name)
		r.Expect(comment).To(BeEmpty(), name)
		r.Expect(complaint).To(ContainSubstring(tt.says), name)
	}
}

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

// TestTheWorkflow is read as GitHub reads it: actions are pinned, rights are few, and nothing of a pull request gets into a
// command.
func TestTheWorkflow(t *testing.T) {
	g := NewWithT(t)
	text, err := os.ReadFile(filepath.Join(ci, "policy-check.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	var w struct {
		On          map[string]any    `json:"on"`
		Permissions map[string]string `json:"permissions"`
		Jobs        map[string]struct {
			Steps []struct {
				Uses string            `json:"uses"`
				Run  string            `json:"run"`
				Env  map[string]string `json:"env"`
			} `json:"steps"`
		} `json:"jobs"`
	}
	g.Expect(yaml.Unmarshal([]byte(strings.Replace(string(text), "\non:", "\n\"on\":", 1)), &w)).To(Succeed())
	g.Expect(w.On).To(And(HaveLen(1), HaveKey("pull_request")))
	g.Expect(w.Permissions).To(Equal(map[string]string{"contents": "read", "pull-requests": "write"}))
	g.Expect(w.Jobs).To(HaveKey("policies"))
	for _, step := range w.Jobs["policies"].Steps {
		g.Expect(step.Uses).To(Or(BeEmpty(), MatchRegexp(`^[\w-]+/[\w-]+@[0-9a-f]{40}$`)))
		g.Expect(step.Run).NotTo(ContainSubstring("${{"))
	}
}
