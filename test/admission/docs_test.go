package admission

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// A command of the page: who gives it and, if it is one that is refused, what is said then.
var command = regexp.MustCompile("(?s)```sh\n# as ([a-z]+)(?:, refused: ([^\n]*))?\n(.*?)```")

// TestTheCommandsOfThePage runs every command of docs/spec/acts.md, in its order, with kubectl.
func TestTheCommandsOfThePage(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	ns := namespace(t)
	complaint(t, ns, func(o *v1alpha1.Complaint) { o.GenerateName, o.Name = "", "kettle" })
	task(t, ns, withOutcomes, func(o *v1alpha1.ResponseTask) { o.GenerateName, o.Name = "", "check-facts" })
	task(t, ns, asApproval, func(o *v1alpha1.ResponseTask) { o.GenerateName, o.Name = "", "approve-remedy" })

	page, err := os.ReadFile("../../docs/spec/acts.md")
	g.Expect(err).NotTo(HaveOccurred())
	commands := command.FindAllStringSubmatch(string(page), -1)
	g.Expect(commands).To(HaveLen(strings.Count(string(page), "```sh")), "each begins with the user")
	g.Expect(len(commands)).To(BeNumerically(">=", 8))
	for _, c := range commands {
		user, refusal, text := c[1], c[2], c[3]
		kubeconfig := filepath.Join(t.TempDir(), user)
		g.Expect(cluster.WriteKubeconfig(kubeconfig, user, "tocsin:responders")).To(Succeed())
		shell := exec.CommandContext(t.Context(), "sh", "-ec", `kubectl() { "$KUBECTL" -n "$NS" "$@"; }`+"\n"+text)
		shell.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig, "KUBECTL="+cluster.Program("kubectl"), "NS="+ns)
		output, err := shell.CombinedOutput()
		if refusal == "" {
			g.Expect(err).NotTo(HaveOccurred(), "%s\n%s", text, output)
			continue
		}
		g.Expect(err).To(HaveOccurred(), text)
		g.Expect(string(output)).To(ContainSubstring(refusal), text)
	}
}
