package soundness

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

var update = flag.Bool("update", false, "write the stories of the bad playbooks anew")

// told is a verdict as it is kept beside a bad playbook.
func told(v Verdict) string {
	var out strings.Builder
	for _, f := range v.Findings {
		tellOne(&out, f)
	}
	for _, f := range v.Doubts {
		tellOne(&out, f)
	}
	for _, b := range v.Bounds {
		fmt.Fprintf(&out, "bound: %s\n", b)
	}
	return out.String()
}

func tellOne(out *strings.Builder, f Finding) {
	fmt.Fprintf(out, "%s %s\n", f.Reason, f)
	for _, l := range f.Story {
		fmt.Fprintf(out, "  %s\n", l)
	}
}

// Every known mistake is found, and told as it is kept beside it. The playbooks compile: nothing else would find it.
func TestKnownMistakes(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	g := NewWithT(t)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(len(files)).To(BeNumerically(">=", 40))
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			g := NewWithT(t)
			text, err := os.ReadFile(file)
			g.Expect(err).NotTo(HaveOccurred())
			v := Check(compiledText(t, string(text)), Options{})
			g.Expect(append(v.Findings, v.Doubts...)).NotTo(BeEmpty())
			g.Expect(v.Bounds).To(BeEmpty())
			kept := strings.TrimSuffix(file, ".yaml") + ".story"
			if *update {
				g.Expect(os.WriteFile(kept, []byte(told(v)), 0o644)).To(Succeed())
			}
			want, err := os.ReadFile(kept)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(told(v)).To(Equal(string(want)))
		})
	}
}
