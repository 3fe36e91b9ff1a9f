package cli

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/intake"
	"tocsin.dev/tocsin/playbooks"
)

// A file that never ends a line cannot hold up who stops the import.
func TestImportOfAFileWithoutEndCanBeStopped(t *testing.T) {
	g := NewWithT(t)
	mapping, err := playbooks.FS.Open(shippedMappings["examples"])
	g.Expect(err).NotTo(HaveOccurred())
	m, err := intake.LoadMapping(mapping, "examples")
	g.Expect(err).NotTo(HaveOccurred())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = (&app{}).openCSV(ctx, "/dev/zero", m)
	g.Expect(err).To(MatchError(context.Canceled))
	name := filepath.Join(t.TempDir(), "one.csv")
	g.Expect(os.WriteFile(name, []byte("id,received\n1,2\n"), 0o600)).To(Succeed())
	file, rows, err := (&app{}).openCSV(t.Context(), name, m)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(rows).To(Equal(1))
	g.Expect(file.Close()).To(Succeed())
}
