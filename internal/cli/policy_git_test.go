package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/verify"
)

// repository is a Git repository in the working folder of the test with one commit, v1, that holds a folder policies.
func repository(t *testing.T) {
	t.Helper()
	g := NewWithT(t)
	t.Chdir(t.TempDir())
	run := func(args ...string) {
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
			"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
		out, err := cmd.CombinedOutput()
		g.Expect(err).NotTo(HaveOccurred(), "git %v: %s", args, out)
	}
	g.Expect(os.MkdirAll("policies/deeper", 0o755)).To(Succeed())
	for name, text := range map[string]string{"b.yaml": "b: 1\n", "a.yml": "a: 1", "c.txt": "no", "deeper/d.yaml": "d: 1\n", "Ä ö.yaml": ""} {
		g.Expect(os.WriteFile(filepath.Join("policies", name), []byte(text), 0o600)).To(Succeed())
	}
	g.Expect(os.Symlink("b.yaml", "policies/link.yaml")).To(Succeed())
	run("init", "-q")
	run("add", ".")
	run("commit", "-q", "-m", "first")
	run("tag", "v1")
	g.Expect(os.WriteFile("policies/b.yaml", []byte("b: 2\n"), 0o600)).To(Succeed())
}

func TestPoliciesAreReadFromAGitRevision(t *testing.T) {
	repository(t)
	g := NewWithT(t)
	var said bytes.Buffer
	a := &app{Env: Env{Err: &said}}
	files, err := a.readFiles(t.Context(), []string{"v1:policies/"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(files).To(Equal([]verify.File{{Name: "v1:policies/a.yml", Text: []byte("a: 1")}, {Name: "v1:policies/b.yaml", Text: []byte("b: 1\n")}, {Name: "v1:policies/Ä ö.yaml", Text: []byte{}}}))
	g.Expect(said.String()).To(Equal("v1:policies/link.yaml: links are not followed in a revision, so what they lead to is left out; name it besides\n"))

	files, err = a.readFiles(t.Context(), []string{"policies/b.yaml"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(files).To(Equal([]verify.File{{Name: "policies/b.yaml", Text: []byte("b: 2\n")}}), "without a revision it is the file that is there")

	t.Chdir("policies")
	files, err = a.readFiles(t.Context(), []string{"HEAD:./b.yaml"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(files).To(Equal([]verify.File{{Name: "HEAD:b.yaml", Text: []byte("b: 1\n")}}))
	files, err = a.readFiles(t.Context(), []string{"HEAD:./"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(files[0].Name).To(Equal("HEAD:a.yml"))
}

// Whatever Git may answer, files are named by where they are, or it is said what is missing.
func FuzzRevision(f *testing.F) {
	f.Add("v1:policies", "100644 blob 11\tb.yaml\x00120000 blob 22\tl.yaml\x00", "4\nb: 1\n")
	f.Add("HEAD:", "100644 blob 11\ta\nb.yml\x00100755 blob 12\tc.json\x00", "2\nab\n-1\n")
	f.Add("x:y", "100644 blob 1\t.yaml", "11 missing\n")
	f.Fuzz(func(t *testing.T, folder, listing, answer string) {
		blobs, _ := yamlBlobs(folder, listing)
		files, err := texts(blobs, []byte(answer))
		if err == nil && len(files) != len(blobs) {
			t.Errorf("%d files of %d", len(files), len(blobs))
		}
		for i, file := range files {
			if !isYAML(blobs[i].name) || file.Name != printable(blobs[i].name) || len(file.Text) > len(answer) {
				t.Errorf("%q of %q", file.Name, blobs[i].name)
			}
		}
	})
}

func TestWhatARevisionDoesNotHoldIsSaid(t *testing.T) {
	repository(t)
	a := &app{}
	for where, says := range map[string]string{
		"v1:nothing":        "revision v1 holds no file or folder nothing; the path counts from the top of the repository",
		"v2:policies":       `no revision "v2" in the Git repository; name a commit, branch or tag`,
		"--help:policies":   `no revision "--help"`,
		"v1:policies/deepe": "revision v1 holds no file or folder policies/deepe",
		"nowhere":           "there is no file or folder nowhere",
		":policies":         "there is no file or folder :policies",
	} {
		_, err := a.readFiles(t.Context(), []string{where})
		NewWithT(t).Expect(err).To(MatchError(ContainSubstring(says)), where)
	}
	t.Chdir(t.TempDir())
	_, err := a.readFiles(t.Context(), []string{"v1:policies"})
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring("the working folder must be in a Git repository")))
	t.Setenv("PATH", "")
	_, err = a.readFiles(t.Context(), []string{"v1:policies"})
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring("the program git is needed and not installed")))
}
