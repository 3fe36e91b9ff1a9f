package cli

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// Of a folder files are read, and links to them. What else has the name of a file could be read for ever.
func TestAFolderIsReadAsFarAsItHoldsFiles(t *testing.T) {
	g := NewWithT(t)
	t.Chdir(t.TempDir()) // the name of a socket must be short
	const dir = "pack"
	g.Expect(os.Mkdir(dir, 0o700)).To(Succeed())
	in := func(name string) string { return filepath.Join(dir, name) }
	g.Expect(os.WriteFile(in("a.yaml"), nil, 0o600)).To(Succeed())
	g.Expect(os.Mkdir(in("folder"), 0o700)).To(Succeed())
	g.Expect(os.Symlink("a.yaml", in("b.yaml"))).To(Succeed())
	g.Expect(os.Symlink("folder", in("c.yaml"))).To(Succeed())
	g.Expect(os.Symlink("nothing", in("d.yaml"))).To(Succeed())
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", in("z.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	defer listener.Close()
	files, passedOver, err := yamlFiles(dir)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(files).To(Equal([]string{in("a.yaml"), in("b.yaml"), in("d.yaml")}), "that a link leads nowhere is told as it is read")
	g.Expect(passedOver).To(Equal([]string{in("c.yaml"), in("z.yaml")}))
}
