package cli

import (
	"bytes"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	. "github.com/onsi/gomega"
)

// A file that a command writes is there as a whole or as it was, and is the file that was meant.
func TestAFileIsWrittenAsAWhole(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	file, link := filepath.Join(dir, "story"), filepath.Join(dir, "link")
	a := &app{}
	read := func() string {
		text, err := os.ReadFile(file)
		g.Expect(err).NotTo(HaveOccurred())
		return string(text)
	}
	g.Expect(os.Symlink("story", link)).To(Succeed())
	g.Expect(a.writeWhole(link, []byte("first"))).To(Succeed(), "a link to what is not there yet")
	g.Expect(read()).To(Equal("first"))
	g.Expect(os.Chmod(file, 0o604)).To(Succeed())
	g.Expect(a.writeWhole(link, []byte("second"))).To(Succeed())
	g.Expect(read()).To(Equal("second"))
	info, err := os.Lstat(link)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(info.Mode().Type()).To(Equal(os.ModeSymlink))
	info, err = os.Stat(file)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(info.Mode().Perm()).To(Equal(os.FileMode(0o604)))

	t.Log("there is no more room")
	self, err := os.Executable()
	g.Expect(err).NotTo(HaveOccurred())
	child := exec.CommandContext(t.Context(), self, "-test.run=^TestWriteWithoutRoom$", "-test.v")
	child.Env = append(os.Environ(), withoutRoom+"="+dir)
	said, err := child.CombinedOutput()
	g.Expect(err).NotTo(HaveOccurred(), string(said))
	g.Expect(string(said)).To(ContainSubstring("--- PASS: TestWriteWithoutRoom"))
	g.Expect(read()).To(Equal("second"))
	left, err := os.ReadDir(dir)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(left).To(HaveLen(2), "the link and the story")

	g.Expect(a.writeWhole("/dev/full", []byte("x"))).To(MatchError(ContainSubstring("/dev/full cannot be written: no space left on device")))
	g.Expect(a.writeWhole(dir, []byte("x"))).To(MatchError(ContainSubstring("is a directory")))
}

// withoutRoom names the folder for a test process that can write no long file.
const withoutRoom = "TOCSIN_TEST_WITHOUT_ROOM"

// The limit is one of a whole process. It is that of a child of the test above, because everything in a process is held to it: what
// go test itself notes of the run as well.
func TestWriteWithoutRoom(t *testing.T) {
	dir := os.Getenv(withoutRoom)
	if dir == "" {
		t.Skip("for a child process")
	}
	g := NewWithT(t)
	signal.Ignore(syscall.SIGXFSZ)
	g.Expect(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 4096, Max: 4096})).To(Succeed())
	a := &app{}
	err := a.writeWhole(filepath.Join(dir, "story"), bytes.Repeat([]byte("x"), 9000))
	g.Expect(err).To(MatchError(HaveSuffix("story cannot be written: file too large; name another file, or make room for it")))
	g.Expect(a.writeWhole(filepath.Join(dir, "away"), bytes.Repeat([]byte("x"), 9000))).NotTo(Succeed())
}

// What standard output goes to may be named as well: nothing that was written to it is written over.
func TestStandardOutputCanBeNamed(t *testing.T) {
	g := NewWithT(t)
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	g.Expect(err).NotTo(HaveOccurred())
	a := &app{Env: Env{Out: &output{Writer: file}}}
	a.say("one\n")
	g.Expect(a.writeWhole(file.Name(), []byte("two\n"))).To(Succeed())
	a.say("three\n")
	g.Expect(file.Close()).To(Succeed())
	text, err := os.ReadFile(file.Name())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(strings.Fields(string(text))).To(Equal([]string{"one", "two", "three"}))
}
