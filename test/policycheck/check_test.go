// Package policycheck runs the check for pull requests in real Git repositories, with the real command.
package policycheck

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
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
	r.Expect(comment).To(And(MatchRegexp("^"+regexp.QuoteMeta(marker)+"there is something to mend — `policies`: [1-9][0-9]* errors?; `policies`: [1-9][0-9]* tests? failed; `policies`: coverage "), ContainSubstring("| error | policies/triagepolicy.yaml:"),
		ContainSubstring("none-such"), ContainSubstring("| general-goes-as-promised<br>policies/tests/general.yaml:")))
}

func TestAPackThatCannotBeRead(t *testing.T) {
	r := newRepository(t)
	r.write(general, "kind: Playbook\nspec: [\n")
	r.commit("broken")
	code, comment, _ := r.check("main", "change")
	r.Expect(code).To(Equal(2), comment)
	r.Expect(comment).To(And(HavePrefix(marker+"it could not be checked whole — `policies`: 1 error\n"), ContainSubstring("policies/playbook-general-recovery.yaml:")))
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
	r.Expect(comment).To(And(HavePrefix(marker+"there is something to mind — `policies`: the pack was removed\n"), ContainSubstring("### `policies`\n\n**Mind:** the pack was removed\n"), MatchRegexp("(?s)### `old policies`\n\n"+sound), ContainSubstring("The pack is new.")))
	code, comment, _ = r.check("change", "gone")
	r.Expect(code).To(Equal(0))
	r.Expect(comment).To(Equal(marker + "there is something to mind — `old policies`: the pack was removed\n\n### `old policies`\n\n**Mind:** the pack was removed\n\nRecords keep the revision of the playbook they began with; new ones need another pack.\n\n"))
}

// What is lost without being wrong stands in the title: a deleted test that would fail, coverage, a promise withdrawn, one that
// nothing proves.
func TestWhatIsLostIsInTheTitle(t *testing.T) {
	const serious = "policies/playbook-serious-recovery.yaml"
	for name, tt := range map[string]struct {
		change func(*repository)
		title  string
		says   []string
	}{
		"the test that fails": {func(r *repository) {
			r.replace(general, "approval: {by: [supervisor], of: remedy}", "approval: {by: [executive], of: remedy}")
			r.Expect(os.Remove(filepath.Join(r.dir, "policies/tests/general.yaml"))).To(Succeed())
		}, "there is something to mind — `policies`: \\d+ tests removed, \\d+ of which do not hold any more; coverage \\d+ % → \\d+ %",
			[]string{"| general-goes-as-promised<br>before: policies/tests/general.yaml:2 | removed; fails as it was: ", "\nBefore: "}},
		"what a test asks for": {func(r *repository) {
			r.replace("policies/tests/general.yaml", "- {by: 24h, told: {complainant: true, template: acknowledgement}}", "- {by: 7d, told: {complainant: true}}")
			r.replace("policies/tests/promises.yaml", "level: serious, told: complainant, within: {elapsed: 24h}", "level: serious, told: complainant, within: {elapsed: 3d}")
		}, "there is something to mind — `policies`: 2 tests changed to ask for less", []string{
			"| changed; asks for less: by 24h: the complainant is told by the text acknowledgement → by 7d: the complainant is told; would still hold as it was |",
			"| changed; asks for less: answered: the complainant is told within 24h at serious → answered: the complainant is told within 3d at serious; would still hold as it was |",
		}},
		"all tests": {func(r *repository) {
			r.Expect(os.RemoveAll(filepath.Join(r.dir, "policies/tests"))).To(Succeed())
		}, "there is something to mind — `policies`: \\d+ tests removed; coverage \\d+ % → 0 %", []string{"**Policy tests:** all as expected in 0 tests"}},
		"a promise": {func(r *repository) {
			r.replace(serious, "    told: complainant\n    within: {elapsed: 24h} # regime\n", "    told: complainant\n    within: {elapsed: 48h}\n")
		}, "there is something to mind — `policies`: 1 promise withdrawn, weaker or replaced: serious-recovery/acknowledged", []string{"the complainant is told within 2d; before: the complainant is told within 24h"}},
		"a proof": {func(r *repository) {
			r.replace(serious, "  - name: acknowledged\n", "  - {name: unproved, ended: checkFacts, within: {working: 9999d}}\n  - name: acknowledged\n")
		}, ".* — `policies`: 1 promise not proved", []string{"unproved"}},
		"a link": {func(r *repository) {
			r.Expect(os.Symlink("/etc/passwd", filepath.Join(r.dir, "policies/more.yaml"))).To(Succeed())
		}, "there is something to mind — `policies`: `more.yaml` is a link or a submodule: what it leads to is not looked at", nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRepository(t)
			tt.change(r)
			r.commit(name)
			_, comment, complaint := r.check("main", "change")
			r.Expect(complaint).To(BeEmpty())
			title, _, _ := strings.Cut(strings.TrimPrefix(comment, marker), "\n")
			r.Expect(title).To(MatchRegexp("^" + tt.title + "$"))
			for _, says := range tt.says {
				r.Expect(comment).To(ContainSubstring(says))
			}
		})
	}
}

// Names, links and attributes of a branch are names and nothing else.
func TestABranchThatMeansHarm(t *testing.T) {
	r := newRepository(t)
	const little = "apiVersion: crisis.tocsin.dev/v1alpha1\nkind: BusinessCalendar\nmetadata: {name: c}\nspec: {timeZone: Asia/Shanghai, hours: [{days: [Mon], from: \"09:00\", to: \"18:00\"}]}\n"
	harm := []string{"-o", "--help", "a b", "new\nline", "`tick`", "*", "semi;colon", "$(touch pwned)", "HEAD:policies", "über", "tests"}
	for _, name := range harm {
		r.write("deep/"+name+"/-calendar.yaml", little)
	}
	r.write("-/--help.YML", strings.ReplaceAll(little, "\n", "\r\n"))
	// A file that git archive would leave out, a pack in JSON, and a folder called as the policies were before.
	r.write(".gitattributes", "policies/playbook-general-recovery.yaml export-ignore\n*.yaml binary\n")
	r.replace("policies/triagepolicy.yaml", "playbook: serious-recovery", "playbook: none-such")
	r.write("json/policy.json", `{"apiVersion": "crisis.tocsin.dev/v1alpha1", "kind": "BusinessCalendar", "metadata": {"name": "c"}, "spec": {"timeZone": "Nowhere/City", "hours": [{"days": ["Mon"], "from": "09:00", "to": "12:00"}]}}`)
	base := strings.TrimSpace(r.git("rev-parse", "main"))
	r.Expect(os.CopyFS(filepath.Join(r.dir, base+":policies"), os.DirFS(filepath.Join(r.dir, "policies")))).To(Succeed())
	r.commit("harm")
	code, comment, complaint := r.check("main", "change")
	r.Expect(complaint).To(BeEmpty())
	r.Expect(code).To(Equal(2), comment) // a calendar in a zone that does not exist
	for _, name := range []string{"deep/-o", "deep/--help", "deep/a b", "deep/new?line", "deep/?tick?", "deep/*", "deep/semi;colon", "deep/$(touch pwned)", "deep/HEAD:policies", "deep/über", "deep/tests", "-", "json"} {
		r.Expect(comment).To(ContainSubstring("### `"+name+"`\n"), name)
	}
	r.Expect(comment).To(And(ContainSubstring("none-such"), ContainSubstring("Nowhere/City"), ContainSubstring("serious follows the playbook none-such, before serious-recovery")))
	for _, made := range []string{"pwned", "deep/pwned"} {
		r.Expect(filepath.Join(r.dir, made)).NotTo(BeAnExistingFile())
	}
}

// A history of the branch that is a link does not show what it leads to.
func TestAHistoryThatIsALink(t *testing.T) {
	r := newRepository(t)
	r.replace(general, "within: {working: 5d}", "within: {working: 4d}")
	r.Expect(os.Symlink("/etc/passwd", filepath.Join(r.dir, "history.csv"))).To(Succeed())
	r.commit("a link")
	r.env = []string{"TOCSIN_HISTORY=history.csv", "TOCSIN_MAPPING=examples"}
	code, comment, complaint := r.check("main", "change")
	r.Expect(code).To(Equal(2))
	r.Expect(comment).To(BeEmpty())
	r.Expect(complaint).To(ContainSubstring("history.csv is a link"))
}

// A pack that could not be read before is mended without anything to compare it with.
func TestABrokenPackIsMended(t *testing.T) {
	r := newRepository(t)
	text, err := os.ReadFile(filepath.Join(r.dir, general))
	r.Expect(err).NotTo(HaveOccurred())
	r.write(general, "kind: Playbook\nspec: [\n")
	r.commit("broken")
	r.git("checkout", "-q", "-b", "mended")
	r.write(general, string(text))
	r.commit("mended")
	code, comment, _ := r.check("change", "mended")
	r.Expect(code).To(Equal(0), comment)
	r.Expect(comment).To(And(HavePrefix(marker+"nothing against it\n"), ContainSubstring("could not be read before, so nothing is compared with it."), ContainSubstring("**Policy tests:** all as expected")))
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

// What is a pack, and a test, is no question of how it is written: the command judges it, not the look of the text.
func TestPacksHoweverTheyAreWritten(t *testing.T) {
	const calendar = `{"timeZone": "Nowhere/City", "hours": [{"days": ["Mon"], "from": "09:00", "to": "12:00"}]}`
	for name, tt := range map[string]struct{ file, text string }{
		"a list":                   {"new/x.yaml", "apiVersion: v1\nkind: List\nitems:\n- apiVersion: crisis.tocsin.dev/v1alpha1\n  kind: BusinessCalendar\n  metadata: {name: c}\n  spec: " + calendar + "\n"},
		"tabs":                     {"new/x.json", "{\n\t\"apiVersion\": \"crisis.tocsin.dev/v1alpha1\",\n\t\"kind\": \"BusinessCalendar\",\n\t\"metadata\": {\"name\": \"c\"},\n\t\"spec\": " + calendar + "\n}\n"},
		"the value on a line":      {"new/x.yaml", "apiVersion: crisis.tocsin.dev/v1alpha1\nkind:\n  BusinessCalendar\nmetadata: {name: c}\nspec: " + calendar + "\n"},
		"escapes":                  {"new/x.json", `{"api\u0056ersion": "crisis.\u0074ocsin.dev/v1alpha1", "\u006bind": "Business\u0043alendar", "metadata": {"name": "c"}, "spec": ` + calendar + "}"},
		"an unknown version":       {"new/x.yaml", "apiVersion: \"crisis.\\u0074ocsin.dev/v1\"\nkind: BusinessCalendar\nmetadata: {name: c}\nspec: " + calendar + "\n"},
		"nothing that can be read": {"new/x.yaml", "apiVersion: crisis.tocsin.dev/v1alpha1\nkind: [\n"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRepository(t)
			r.write(tt.file, tt.text)
			r.commit(name)
			code, comment, complaint := r.check("main", "change")
			r.Expect(complaint).To(BeEmpty())
			r.Expect(code).To(Equal(2), comment) // none of it can be judged
			r.Expect(comment).To(And(ContainSubstring("### `new`\n"), ContainSubstring(tt.file)))
		})
	}
	// odd writes the whole pack so that no text search finds it.
	odd := func(r *repository) {
		files, err := filepath.Glob(filepath.Join(r.dir, "policies", "*.yaml"))
		r.Expect(err).NotTo(HaveOccurred())
		for _, path := range files {
			text, err := os.ReadFile(path)
			r.Expect(err).NotTo(HaveOccurred())
			r.write("policies/"+filepath.Base(path), strings.NewReplacer("\nkind: ", "\n\"kind\":\n  ", "apiVersion: crisis.", "apiVersion:\n  \"crisis.").Replace(
				strings.ReplaceAll(string(text), "tocsin.dev/v1alpha1\n", "\\u0074ocsin.dev/v1alpha1\"\n")))
		}
		r.commit("another look")
	}
	t.Run("now", func(t *testing.T) {
		r := newRepository(t)
		odd(r)
		r.write("policies/tests/more.yaml", "apiVersion: test.tocsin.dev/v1alpha1\nkind:\n  PolicyTest\nmetadata: {name: lamp}\ngiven: {complaints: [{name: lamp}]}\nthen: [{level: serious}]\n")
		r.commit("a test")
		code, comment, _ := r.check("main", "change")
		r.Expect(code).To(Equal(1), comment)
		r.Expect(comment).To(And(Not(ContainSubstring("removed")), ContainSubstring("**Policy tests:** 1 test failed"), ContainSubstring("| lamp<br>"), ContainSubstring("**What changes:** no difference\n")))
	})
	t.Run("before", func(t *testing.T) {
		r := newRepository(t)
		odd(r)
		r.git("checkout", "-q", "-b", "more")
		r.replace(general, "within: {working: 5d}", "within: {working: 4d}")
		r.commit("a day less")
		code, comment, _ := r.check("change", "more")
		r.Expect(code).To(Equal(0), comment)
		r.Expect(comment).To(And(Not(ContainSubstring("The pack is new")), ContainSubstring("**What changes:** 1 difference\n")))
	})
}

// Other people's files are none of a pack, read or not.
func TestFilesThatAreNoPack(t *testing.T) {
	r := newRepository(t)
	r.write("package.json", `{"name": "x"}`)
	r.write("deploy/secret.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\n")
	r.write("chart/template.yaml", "a: {{ .Values.x }}\n")
	r.commit("others")
	code, comment, complaint := r.check("main", "change")
	r.Expect(complaint).To(BeEmpty())
	r.Expect(code).To(Equal(0))
	r.Expect(comment).To(Equal(marker + "nothing against it\n\nNo policy pack changed.\n\nFolders whose files are no YAML that people and kubectl read alike; nothing in them speaks of Tocsin:\n\n- `chart`\n"))
}
