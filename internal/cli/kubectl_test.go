package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// kubectlCommand is the real kubectl beside the control plane, with our program on its PATH as plugins are.
func (w *world) kubectlCommand(kubeconfig string, args ...string) *exec.Cmd {
	w.t.Helper()
	cmd := exec.CommandContext(w.ctx, shared.Program("kubectl"), args...)
	cmd.Env = []string{"PATH=" + path(w.t), "HOME=" + filepath.Dir(program(w.t)), "KUBECONFIG=" + kubeconfig, "TERM=dumb", "POD_NAMESPACE=" + w.namespace}
	return cmd
}

// kubectl is what kubectl prints of the world's namespace.
func (w *world) kubectl(kubeconfig string, args ...string) string {
	w.t.Helper()
	var errs strings.Builder
	cmd := w.kubectlCommand(kubeconfig, append(args, "-n", w.namespace)...)
	cmd.Stderr = &errs
	out, err := cmd.Output()
	w.Expect(err).NotTo(HaveOccurred(), "kubectl %v: %s", args, errs.String())
	return string(out)
}

// kubectl finds the plugin, lists it and hands on arguments, streams and exit code.
func TestKubectlRunsThePlugin(t *testing.T) {
	w := newWorld(t)
	w.task("kettle-17-check-1", nil)
	ana := w.kubeconfig("ana", responders)
	out, err := w.kubectlCommand(ana, "plugin", "list").CombinedOutput()
	w.Expect(err).NotTo(HaveOccurred(), string(out))
	w.Expect(string(out)).To(And(ContainSubstring("/kubectl-tocsin\n"), Not(ContainSubstring("warning")), Not(ContainSubstring("complete"))))

	w.Expect(w.kubectl(ana, "tocsin", "mine")).To(ContainSubstring("kettle-17-check-1"))
	w.Expect(w.kubectl(ana, "tocsin", "ack", "kettle-17-check-1")).To(Equal("responsetask/kettle-17-check-1 acknowledged\n"))
	w.Expect(w.kubectl(ana, "tocsin", "mine", "-o", "name")).To(Equal("responsetask.crisis.tocsin.dev/kettle-17-check-1\n"))

	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"tocsin", "done", "toaster", "-n", w.namespace}, exitRefused, "error: no task \"toaster\" in namespace \"" + w.namespace + "\"; `kubectl tocsin mine` lists yours\n"},
		{[]string{"tocsin", "stauts"}, exitUsage, "error: unknown command \"stauts\" for \"kubectl tocsin\"; did you mean status?\nSee 'kubectl tocsin --help'.\n"},
	} {
		cmd := w.kubectlCommand(ana, c.args...)
		var errs strings.Builder
		cmd.Stderr = &errs
		out, err := cmd.Output()
		w.Expect(err).To(HaveOccurred())
		w.Expect(cmd.ProcessState.ExitCode()).To(Equal(c.code))
		w.Expect(string(out)).To(BeEmpty(), "talk goes to stderr")
		w.Expect(errs.String()).To(Equal(c.says))
	}
}

// bash completes our commands from the cluster, called directly and through kubectl.
func TestBashCompletes(t *testing.T) {
	w := newWorld(t)
	bash, err := exec.LookPath("bash")
	w.Expect(err).NotTo(HaveOccurred(), "make needs it too")
	w.running("kettle-17", "")
	w.task("kettle-17-check-1", func(s *v1alpha1.ResponseTaskSpec) { s.Outcomes = []v1alpha1.Identifier{"founded", "unfounded"} })
	w.task("kettle-17-others", func(s *v1alpha1.ResponseTaskSpec) { s.Assignment.MayAct = []v1alpha1.User{"bo"} })
	w.levels("major", "serious", "general")
	w.team("desk", "ana", "bo")
	ana := w.kubeconfig("ana", responders)

	t.Log("the program itself, which is what bash and kubectl call")
	for _, c := range []struct{ words, answer []string }{
		{[]string{"ack", ""}, []string{"kettle-17-check-1"}},
		{[]string{"done", "kettle-17-check", "--outcome", "f"}, []string{"founded"}},
		{[]string{"skip", "kettle-17", "--step", ""}, []string{"check", "tell"}},
		{[]string{"raise", "kettle-17", "--level", ""}, []string{"general", "major", "serious"}},
		{[]string{"raise", "kettle-17", "--level", "m"}, []string{"major"}},
		{[]string{"handover", "kettle-17-check-1", "--to", ""}, []string{"ana", "bo"}},
		{[]string{"merge", "k"}, []string{"kettle-17"}},
		{[]string{"oncall", ""}, []string{"desk"}},
		{[]string{"timeline", "complaint", ""}, nil},
		{[]string{"mine", "-o", ""}, []string{"wide", "json", "yaml", "name"}},
		{[]string{"completion", "z"}, []string{"zsh"}},
		{[]string{"rea"}, []string{"reassign"}},
		{[]string{"mine", "--context", ""}, []string{"tocsin-box"}},
	} {
		out := w.give(ana, row{}, append([]string{"__completeNoDesc"}, c.words...)...).Out
		lines := strings.Split(strings.TrimSpace(out), "\n")
		w.Expect(lines[:len(lines)-1]).To(ConsistOf(c.answer), "%v", c.words)
	}
	t.Log("a cluster that is not there completes nothing, and says nothing")
	w.Expect(w.give(filepath.Join(t.TempDir(), "nowhere"), row{}, "__completeNoDesc", "ack", "").Out).To(Equal(":4\n"))

	t.Log("bash, with the script of our own and with kubectl's")
	home := t.TempDir()
	script := filepath.Join(home, "complete.bash")
	w.Expect(os.WriteFile(script, []byte(`
source "$HOME/bash_completion"
source <(kubectl-tocsin completion bash)
source <(kubectl completion bash)
complete_line() {
	COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
	read -ra COMP_WORDS <<<"$COMP_LINE"
	[[ $COMP_LINE == *" " ]] && COMP_WORDS+=("")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMPREPLY=() COMP_TYPE=9 COMP_KEY=9
	"$(complete -p "${COMP_WORDS[0]}" | sed 's/.*-F \([^ ]*\).*/\1/')" "${COMP_WORDS[0]}"
	printf '%s\n' "${COMPREPLY[@]}"
}
complete_line "kubectl-tocsin -n $POD_NAMESPACE ack k"
echo --
complete_line "kubectl tocsin -n $POD_NAMESPACE ack k"
echo --
complete_line "kubectl tocsin -n $POD_NAMESPACE done kettle-17-check-1 --outcome u"
`), 0o600)).To(Succeed())
	// What the package bash-completion brings, as far as the scripts need it.
	w.Expect(os.WriteFile(filepath.Join(home, "bash_completion"), []byte(`
_get_comp_words_by_ref() {
	words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
	cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
}
__ltrim_colon_completions() { :; }
compopt() { :; }
`), 0o600)).To(Succeed())
	cmd := exec.CommandContext(w.ctx, bash, "--norc", script)
	cmd.Env = []string{"PATH=" + path(t), "HOME=" + home, "KUBECONFIG=" + ana, "POD_NAMESPACE=" + w.namespace, "TERM=dumb"}
	out, err := cmd.CombinedOutput()
	w.Expect(err).NotTo(HaveOccurred(), string(out))
	words := strings.Fields(string(out))
	w.Expect(words).To(Equal([]string{"kettle-17-check-1", "--", "kettle-17-check-1", "--", "unfounded"}))
}

// The other shells' scripts are there, and each is about our program.
func TestCompletionScripts(t *testing.T) {
	w := newWorld(t)
	for shell, begins := range map[string]string{"zsh": "#compdef kubectl-tocsin", "fish": "# fish completion for kubectl-tocsin", "powershell": "# powershell completion for kubectl-tocsin"} {
		w.Expect(w.as("ana", "completion", shell)).To(And(HaveField("Code", exitOK), HaveField("Out", HavePrefix(begins))))
	}
	w.Expect(w.as("ana", "completion", "tcsh")).To(Equal(result{Code: exitUsage, Err: "error: completion knows no shell \"tcsh\": bash, zsh, fish or powershell is what there is\n"}))
}
