// Package docs holds what is written to what is there.
package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

const root = "../.."

var (
	shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")
	inlineMake = regexp.MustCompile("`make ([a-z-]+)")
	link       = regexp.MustCompile(`\]\(([^)#:]+)\)`)
)

// Every make target the README names exists and can be planned, and every file it links to is there.
func TestReadmeSaysWhatIsThere(t *testing.T) {
	g := NewWithT(t)
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	g.Expect(err).NotTo(HaveOccurred())
	targets := map[string]bool{}
	for _, m := range inlineMake.FindAllSubmatch(text, -1) {
		targets[string(m[1])] = true
	}
	for _, block := range shellBlock.FindAllSubmatch(text, -1) {
		for line := range strings.Lines(string(block[1])) {
			words := strings.Fields(line)
			g.Expect(len(words)).To(BeNumerically(">=", 2), line)
			g.Expect(words[0]).To(Equal("make"), "the README shows make commands only: "+line)
			targets[words[1]] = true
		}
	}
	g.Expect(targets).To(And(HaveKey("demo"), HaveKey("test"), HaveKey("run")))
	for target := range targets {
		cmd := exec.CommandContext(t.Context(), "make", "-n", target)
		cmd.Dir = root
		out, err := cmd.CombinedOutput()
		g.Expect(err).NotTo(HaveOccurred(), "make %s: %s", target, out)
	}
	for _, m := range link.FindAllSubmatch(text, -1) {
		g.Expect(filepath.Join(root, string(m[1]))).To(BeAnExistingFile())
	}
}

// Every page of docs/ links to files that are there.
func TestPagesLinkToWhatIsThere(t *testing.T) {
	g := NewWithT(t)
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".md" {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range link.FindAllSubmatch(text, -1) {
			target := filepath.Join(filepath.Dir(path), string(m[1]))
			_, statErr := os.Stat(target)
			g.Expect(statErr).NotTo(HaveOccurred(), "%s links to %s", path, m[1])
		}
		return err
	})
	g.Expect(err).NotTo(HaveOccurred())
}
