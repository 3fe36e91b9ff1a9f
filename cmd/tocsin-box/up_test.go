package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
	"golang.org/x/sys/unix"
)

// A second instance on the same data says that one is running, and how to use or stop it.
func TestUpWhenAnotherRuns(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	g.Expect(os.MkdirAll(filepath.Join(dir, "box"), 0o700)).To(Succeed())
	lock, err := os.Create(filepath.Join(dir, "box", "lock"))
	g.Expect(err).NotTo(HaveOccurred())
	defer lock.Close()
	g.Expect(unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)).To(Succeed())
	var out bytes.Buffer
	err = runUp(t.Context(), dir, "", &out)
	g.Expect(err).To(MatchError(And(ContainSubstring("another Tocsin runs on the data in "+dir+" already"), ContainSubstring("KUBECONFIG="+dir+"/admin.kubeconfig"), ContainSubstring("Ctrl-C"))))
	g.Expect(out.String()).NotTo(ContainSubstring("Stopped"))
}
