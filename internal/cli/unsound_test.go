package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// A playbook that can get stuck is an error of verify, with the line to change and the story of how it comes about.
func TestVerifyTellsHowAPlaybookGetsStuck(t *testing.T) {
	files, err := filepath.Glob("../soundness/testdata/bad/*.yaml")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	NewWithT(t).Expect(len(files)).To(BeNumerically(">=", 40))
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			story, err := os.ReadFile(strings.TrimSuffix(file, ".yaml") + ".story")
			g.Expect(err).NotTo(HaveOccurred())
			text, err := os.ReadFile(file)
			g.Expect(err).NotTo(HaveOccurred())
			got := piped(t, string(text), "verify", "-")
			g.Expect(got.Code).To(Equal(exitRefused), got.Out+got.Err)
			for _, line := range strings.Split(strings.TrimSpace(string(story)), "\n") {
				if told, is := strings.CutPrefix(line, "  "); is {
					if strings.HasPrefix(string(story), "Stuck playbook sub: ") { // a story of its own, with the same end
						_, told, _ = strings.Cut(strings.ReplaceAll(told, "run/", ""), "nothing is left")
					}
					g.Expect(got.Out).To(ContainSubstring(told + "\n"))
					continue
				}
				f := kept.FindStringSubmatch(line)
				g.Expect(f).NotTo(BeNil(), line)
				severity, rule, object := "error", "step-happens", "Playbook/it"
				switch f[1] {
				case "Stuck":
					rule = "playbook-sound"
				case "Unanswered":
					severity, rule = "warning", "condition-answered"
				}
				if f[2] != "" { // told of the sub-playbook, without the step that carries it out
					object, f[4] = "Playbook/"+f[2], strings.ReplaceAll(f[4], "run/", "")
				}
				said := regexp.MustCompile(`(?m)^-:(\d+): ` + severity + `: ` + regexp.QuoteMeta(object+": "+f[3]+": "+f[4]) + ` \[` + rule + `\]$`)
				places := said.FindAllStringSubmatch(got.Out, -1)
				g.Expect(places).To(HaveLen(1), "%s\nonce in\n%s", line, got.Out)
				place := places[0]
				g.Expect(holds(string(text), place[1], f[3])).To(BeTrue(), "line %s is not that of %s", place[1], f[3])
			}
		})
	}
}

// kept is a finding as it is kept beside a bad playbook: reason, sub-playbook, field, and what is said.
var kept = regexp.MustCompile(`^(\w+) (?:playbook (\w+): )?([\w.\[\]]+): (.*)$`)

// holds is whether a line of a text is the one on which a field stands, as far as its last name tells.
func holds(text, line, field string) bool {
	n := 0
	for _, digit := range line {
		n = 10*n + int(digit-'0')
	}
	last := field[strings.LastIndex(field, ".")+1:]
	name, _, isStep := strings.Cut(last, "[")
	at := strings.Split(text, "\n")[n-1]
	return strings.Contains(at, name+":") || isStep && strings.HasPrefix(strings.TrimSpace(at), "- ")
}
