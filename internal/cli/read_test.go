package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	. "github.com/onsi/gomega"
	clocktesting "k8s.io/utils/clock/testing"

	"tocsin.dev/tocsin/internal/pack"
)

// silent is a pipe on which nothing ever comes; it says when somebody began to wait.
type silent struct{ waited chan struct{} }

func (s silent) Read([]byte) (int, error) {
	close(s.waited)
	select {}
}

// Ctrl-C ends a command that waits for its input.
func TestWhoWaitsForInputCanBeStopped(t *testing.T) {
	for _, args := range [][]string{{"verify", "-"}, {"test", "-"}, {"draw", "-"}, {"simulate", "-"}, {"cacao", "import", "-"}, {"diff", "-", recoveryPack},
		{"import", "-", "--mapping", "examples", "--dry-run"}, {"simulate", recoveryPack, "--cast", "-"},
		{"replay", "--history", "-", "--mapping", "examples", "--before", recoveryPack, "--after", recoveryPack}} {
		t.Run(strings.Join(args[:2], " "), func(t *testing.T) {
			g := NewWithT(t)
			ctx, stop := context.WithCancel(t.Context())
			in := silent{make(chan struct{})}
			go func() {
				<-in.waited
				stop()
			}()
			var out, errs bytes.Buffer
			env := Env{In: in, Out: &out, Err: &errs, Clock: clocktesting.NewFakeClock(noon), Entropy: bytes.NewReader(nil)}
			g.Expect(Run(ctx, env, append(args, "--kubeconfig", filepath.Join(t.TempDir(), "none")))).To(Equal(exitStopped), errs.String())
			g.Expect(errs.String()).To(HaveSuffix("error: interrupted\n"))
		})
	}
}

// A pipe without another end is waited for until somebody stops.
func TestAPipeIsNotWaitedForWithoutEnd(t *testing.T) {
	g := NewWithT(t)
	pipe := filepath.Join(t.TempDir(), "pipe")
	g.Expect(syscall.Mkfifo(pipe, 0o600)).To(Succeed())
	ctx, stop := context.WithCancel(t.Context())
	opened := make(chan error)
	go func() {
		_, err := (&app{}).open(ctx, pipe)
		opened <- err
	}()
	stop()
	g.Expect(<-opened).To(MatchError(context.Canceled))

	go func() { _ = os.WriteFile(pipe, []byte("seed: 1\n"), 0o600) }()
	text, err := (&app{}).readText(t.Context(), pipe, 100, "too long")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(text)).To(Equal("seed: 1\n"))
}

// Whatever a flag names, it is read to a bound, and what it is not is said.
func TestWhatIsNoFileToReadIsSaid(t *testing.T) {
	dir := t.TempDir()
	long, loop := filepath.Join(dir, "long"), filepath.Join(dir, "loop")
	g := NewWithT(t)
	g.Expect(os.WriteFile(long, bytes.Repeat([]byte("# \n"), pack.MostText/3+1), 0o600)).To(Succeed())
	g.Expect(os.Symlink(loop, loop)).To(Succeed())
	play := []string{"simulate", recoveryPack, recoveryExamples}
	again := []string{"replay", "--before", recoveryPack, "--after", recoveryPack}
	rows := func(more ...string) []string { return append(append(again, "--history", recoveryRows), more...) }
	for name, args := range map[string][]string{
		"policies": {"verify"}, "cacao": {"cacao", "import"}, "cast": append(play, "--cast"), "load": append(play, "--load"),
		"story": append(play, "--record", "example-lamp", "--golden"), "mapping": rows("--mapping"), "cast of a replay": rows("--mapping", "examples", "--cast"),
		"history": append(again, "--mapping", "examples", "--history"), "import": {"import", "--mapping", "examples"},
	} {
		for file, says := range map[string]string{
			dir:         "is a folder; name a file in it",
			"/dev/zero": `more than 8 MiB|longer than \d+ MiB|larger than 1 MiB`,
			long:        `more than 8 MiB|longer than 8 MiB|larger than 1 MiB|no column`,
			loop:        "loop cannot be read: too many levels of symbolic links",
		} {
			if file == dir && name == "policies" {
				says = "is a folder|holds no YAML file"
			}
			t.Run(name+" "+filepath.Base(file), func(t *testing.T) {
				g := NewWithT(t)
				r := piped(t, "", append(args[:len(args):len(args)], file)...)
				if name == "import" && strings.HasPrefix(says, "more") {
					g.Expect(r.Code).To(Equal(exitUsage), "there is no server")
					return
				}
				g.Expect(r.Code).To(Equal(exitUsage), r.Err)
				g.Expect(r.Err).To(MatchRegexp(says))
			})
		}
	}
}

// Standard input can be named once: for the second there is nothing left.
func TestStandardInputIsReadOnce(t *testing.T) {
	for _, args := range [][]string{{"diff", "-", "-"}, {"simulate", "-", "--cast", "-"}} {
		NewWithT(t).Expect(piped(t, drawable, args...)).To(And(HaveField("Code", exitUsage), HaveField("Err", ContainSubstring("can be read only once"))), "%v", args)
	}
}

// What a file is called or says moves no cursor, turns no line and makes no lines of its own.
func TestWhatIsPrintedIsClean(t *testing.T) {
	const evil = "a\x1b[2J\u202eb\u009bc\nerror: d"
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		NewWithT(t).Expect(os.WriteFile(path, []byte(text), 0o600)).To(Succeed())
		return path
	}
	quoted := `"a\e[2J\u202eb\u009bc\nerror: d"`
	named := strings.Replace(drawable, "small", quoted, 1)
	crook := strings.Replace(drawable, "to: handler", "to: "+quoted, 1)
	for name, args := range map[string][]string{
		"no file":            {"verify", filepath.Join(dir, "none"+evil)},
		"no YAML":            {"verify", write("x"+evil+".yaml", "a: [")},
		"a name":             {"verify", write("name.yaml", named)},
		"a role":             {"verify", write("role.yaml", crook)},
		"drawn":              {"draw", write("drawn.yaml", crook)},
		"compared":           {"diff", write("before.yaml", drawable), write("after.yaml", strings.Replace(drawable, "for: Complaint", "for: Complaint\n  description: "+quoted, 1))},
		"not there to test":  {"test", filepath.Join(dir, evil)},
		"a test":             {"test", recoveryPack, write("test.yaml", strings.Replace(testHead, "name: lamp}]", "name: lamp, product: "+quoted+"}]", 1)+"- {level: "+quoted+"}\n")},
		"a cast":             {"simulate", recoveryPack, "--cast", write("cast.yaml", "hours: x\n"+quoted+": 1\n")},
		"a story":            {"simulate", recoveryPack, recoveryExamples, "--cast", write("act.yaml", "acts: [{record: example-lamp, after: 1h, act: {verb: Comment, by: "+quoted+", reason: "+quoted+"}}]\n")},
		"a history":          {"replay", "--history", write("h"+evil+".csv", "id,received,statement\n1,soon,x\n"), "--mapping", "examples", "--before", recoveryPack, "--after", recoveryPack},
		"a lost extension":   {"cacao", "import", write("c"+evil+".json", "{}")},
		"an unknown command": {evil},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			r := piped(t, "", args...)
			said := r.Out + r.Err
			g.Expect(said).NotTo(BeEmpty())
			g.Expect(said).NotTo(MatchRegexp(`[\x00-\x08\x0b-\x1f\x7f-\x9f\x{061c}\x{200e}\x{200f}\x{2028}-\x{202e}\x{2066}-\x{2069}]`))
			g.Expect(said).NotTo(MatchRegexp("(?m)^error: d"))
		})
	}
}
