package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	. "github.com/onsi/gomega"
)

// binaries is where the real program is built, once for all tests that need it; it goes with the API server.
func binaries() string { return filepath.Join(shared.Dir(), "bin") }

var build = sync.OnceValues(func() ([]byte, error) {
	said, err := exec.Command("go", "build", "-o", binaries()+"/", "../../cmd/kubectl-tocsin").CombinedOutput()
	if err != nil {
		return said, err
	}
	return nil, os.Symlink("kubectl-tocsin", filepath.Join(binaries(), "kubectl_complete-tocsin"))
})

// program is the path of the program, built as users get it; its directory also holds what kubectl asks for completions.
func program(t *testing.T) string {
	t.Helper()
	said, err := build()
	NewWithT(t).Expect(err).NotTo(HaveOccurred(), string(said))
	return filepath.Join(binaries(), "kubectl-tocsin")
}

// path is PATH with the program and kubectl in front.
func path(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	NewWithT(t).Expect(os.Symlink(shared.Program("kubectl"), filepath.Join(dir, "kubectl"))).To(Succeed())
	return filepath.Dir(program(t)) + string(os.PathListSeparator) + dir + string(os.PathListSeparator) + os.Getenv("PATH")
}
