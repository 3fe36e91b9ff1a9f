package main

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/demo"
)

// Who mistypes the name of a file keeps the results of the play before.
func TestDemoThatCannotBeginLeavesTheLastOne(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	kept := filepath.Join(dir, "summary.json")
	g.Expect(os.WriteFile(kept, []byte("{}"), 0o600)).To(Succeed())
	broken := filepath.Join(dir, "broken.csv")
	g.Expect(os.WriteFile(broken, []byte("a,b\n1,2\n"), 0o600)).To(Succeed())
	for _, csv := range []string{filepath.Join(dir, "nowhere.csv"), broken} {
		g.Expect(runDemo(t.Context(), demo.Options{CSV: csv, Dir: dir})).To(MatchError(ContainSubstring(filepath.Base(csv))))
		g.Expect(kept).To(BeAnExistingFile())
	}
}
