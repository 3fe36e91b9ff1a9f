package cli

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/install"
)

// terminal is a real program in a real pseudo-terminal, with a screen that shows what a person would see.
type terminal struct {
	*GomegaWithT
	t      *testing.T
	file   *os.File
	screen *vt.SafeEmulator
	ended  chan error

	mu  sync.Mutex
	raw bytes.Buffer // everything the program wrote
}

// openTerminal starts a program in a terminal of a size.
func openTerminal(t *testing.T, width, height int, cmd *exec.Cmd) *terminal {
	t.Helper()
	term := &terminal{GomegaWithT: NewWithT(t), t: t, screen: vt.NewSafeEmulator(width, height), ended: make(chan error, 1)}
	var err error
	term.file, err = pty.StartWithSize(cmd, &pty.Winsize{Cols: uint16(width), Rows: uint16(height)})
	term.Expect(err).NotTo(HaveOccurred())
	go func() {
		chunk := make([]byte, 4096)
		for {
			n, err := term.file.Read(chunk)
			term.mu.Lock()
			term.raw.Write(chunk[:n])
			term.mu.Unlock()
			_, _ = term.screen.Write(chunk[:n])
			if err != nil { // the program has ended
				term.ended <- cmd.Wait()
				return
			}
		}
	}()
	go func() { _, _ = io.Copy(term.file, term.screen) }() // what a terminal answers when it is asked
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = term.file.Close()
		_ = term.screen.Close()
	})
	return term
}

// shown is the text on the screen.
func (term *terminal) shown() string {
	lines := strings.Split(ansi.Strip(term.screen.Render()), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \r")
	}
	return strings.Join(lines, "\n")
}

// shows waits until the screen shows something.
func (term *terminal) shows(what ...string) {
	term.t.Helper()
	all := make([]types.GomegaMatcher, len(what))
	for i, w := range what {
		all[i] = ContainSubstring(w)
	}
	term.Eventually(term.shown, "2m", "20ms").Should(SatisfyAll(all...))
}

func (term *terminal) press(keys string) {
	term.t.Helper()
	_, err := term.file.WriteString(keys)
	term.Expect(err).NotTo(HaveOccurred())
}

func (term *terminal) resize(width, height int) {
	term.t.Helper()
	term.screen.Resize(width, height)
	term.Expect(pty.Setsize(term.file, &pty.Winsize{Cols: uint16(width), Rows: uint16(height)})).To(Succeed())
}

func (term *terminal) wrote() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.raw.String()
}

// command is the real program in the name of a responder, with an environment of its own.
func (w *world) command(user string, env []string, args ...string) *exec.Cmd {
	w.t.Helper()
	cmd := exec.CommandContext(w.ctx, program(w.t), append([]string{"--kubeconfig", w.kubeconfig(user, "tocsin:responders"), "-n", w.namespace}, args...)...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + w.t.TempDir(), "LANG=C.UTF-8"}, env...)
	return cmd
}

// A whole shift in a small terminal without colour: look, acknowledge, answer, approve, be refused, lose the API server.
func TestWatchWithRealKeys(t *testing.T) {
	w := newWorld(t)
	now := time.Now().UTC().Truncate(time.Second)
	in := func(m int) metav1.Time { return metav1.NewTime(now.Add(time.Duration(m) * time.Minute)) }
	w.complaint("kettle-17", v1alpha1.ComplaintStatus{CaseNumber: "TS20260302001", CaseStatus: v1alpha1.CaseStatus{Responders: []v1alpha1.User{"bo"}, Overdue: 1, NextDeadline: in(25)}})
	w.Expect(w.as("bo", "done", w.task("kettle-17-plan", func(s *v1alpha1.ResponseTaskSpec) {
		s.Writes, s.Assignment.MayAct, s.Assignment.DueAt = v1alpha1.WritesRemedy, []v1alpha1.User{"bo"}, metav1.Time{}
	}).Name, "--remedy-kind", "Refund", "--amount", "100", "--currency", "CNY", "--remedy-reason", "全额退款，因为无法修理")).To(HaveField("Code", exitOK))
	var kettle v1alpha1.Complaint
	w.Expect(w.admin.Get(w.ctx, client.ObjectKey{Namespace: w.namespace, Name: "kettle-17"}, &kettle)).To(Succeed())
	digest := engine.RemedyDigest(kettle.Spec.Remedy)
	w.incident("kettle-recall", v1alpha1.CrisisIncidentSpec{Title: "电水壶过热，多地用户受伤，媒体已报道，请尽快处理", Level: "L1"}, v1alpha1.CrisisIncidentStatus{
		Commander: "li.wei", Spokesperson: "ana", CaseStatus: v1alpha1.CaseStatus{State: v1alpha1.CaseOpen, Overdue: 2, NextDeadline: in(40)}})
	approval := func(s *v1alpha1.ResponseTaskSpec) {
		s.Type, s.Assignment.Assignee, s.Assignment.Digest, s.Assignment.DueAt = v1alpha1.TaskTypeApproval, "", digest, in(-5)
		s.Assignment.Seats = []v1alpha1.Seat{{Role: "executive", Users: []v1alpha1.User{"ana"}}}
	}
	w.task("kettle-17-approve-0a1b2c3d", approval)
	w.task("kettle-17-check-0a1c2c3d", func(s *v1alpha1.ResponseTaskSpec) {
		s.Outcomes, s.Assignment.DueAt = []v1alpha1.Identifier{"founded", "unfounded"}, in(25)
	})
	w.task("kettle-17-visit-0a1d2c3d", func(s *v1alpha1.ResponseTaskSpec) { s.Assignment.DueAt = in(90) })

	term := openTerminal(t, 60, 24, w.command("ana", []string{"TERM=xterm-256color", "NO_COLOR=1"}, "watch"))
	term.shows("Open complaints: 1, 1 overdue", "L1 kettle-recall · 电水壶过热，多地用户受伤，媒体已报道，…", "open · cmd li.wei · voice ana · 2 overdue",
		"Deadlines: 4, 1 overdue", "My tasks: 3", "> OVERDUE 0:0", "  0:2")

	t.Log("time goes by without a key")
	first := strings.Split(term.shown(), "\n")[0]
	term.Eventually(func() string { return strings.Split(term.shown(), "\n")[0] }, "1m", "20ms").ShouldNot(Equal(first))

	t.Log("approve exactly what is shown")
	term.press("y")
	term.shows("approve kettle-17-approve-0a1b2c3d", "Refund · 100.00 CNY · written by bo", "全额退款，因为无法修理")
	w.Expect(w.acts("kettle-17-approve-0a1b2c3d")).To(BeEmpty())
	for !strings.Contains(term.shown(), "enter answer") { // the rest of it first
		before := term.shown()
		term.press("\r")
		term.Eventually(term.shown, "1m", "20ms").ShouldNot(Equal(before))
	}
	term.shows("digest", "> approve")
	term.press("\r")
	term.shows("responsetask/kettle-17-approve-0a1b2c3d approved", "My tasks: 2")
	w.Expect(w.acts("kettle-17-approve-0a1b2c3d")).To(ConsistOf(And(HaveField("Verb", v1alpha1.TaskApprove), HaveField("By", v1alpha1.User("ana")), HaveField("Digest", digest))))

	t.Log("acknowledge and answer with an outcome")
	term.press("a")
	term.shows("acknowledged")
	term.press("d")
	term.shows("> founded", "  unfounded")
	term.press("\x1b[B\r")
	term.shows("done (unfounded)", "My tasks: 1")
	w.Expect(w.acts("kettle-17-check-0a1c2c3d")).To(HaveExactElements(HaveField("Verb", v1alpha1.TaskAcknowledge), And(HaveField("Verb", v1alpha1.TaskComplete), HaveField("Outcome", v1alpha1.Identifier("unfounded")))))

	t.Log("a comment in Chinese; what is open shows it")
	term.press("c")
	term.shows("comment kettle-17-visit-0a1d2c3d")
	term.press("店里没人，明天再去\r")
	term.shows("commented")
	term.press("\r")
	term.shows("Asked", "店里没人，明天再去")

	t.Log("personal data when asked for, as far as it is allowed")
	term.Expect(term.wrote()).NotTo(ContainSubstring("burnt me"))
	term.press("s")
	term.Eventually(func() string { term.press("\x1b[F"); return term.shown() }, "1m", "100ms").Should(ContainSubstring(privateStatement))
	term.press("p")
	term.shows("you may not read who complained")
	term.press("\x1b")
	term.shows("My tasks: 1")

	t.Log("what may not be done is refused in one sentence: the task goes to somebody else while its outcome is chosen")
	term.press("d")
	term.shows("> done")
	w.giveTo("kettle-17-visit-0a1d2c3d", "bo")
	term.press("\r")
	term.shows("refused: 'ana' may not Complete this task now", "My tasks: 0", "Nothing waits for you.")

	t.Log("a wider terminal shows more")
	w.task("kettle-17-a-task-with-a-long-name-0a1e2c3d", func(s *v1alpha1.ResponseTaskSpec) { s.Assignment.DueAt = in(95) })
	term.shows("My tasks: 1")
	term.Expect(term.shown()).NotTo(MatchRegexp(`> .*0a1e2c3d`))
	term.resize(110, 30)
	term.shows("> 1:34:", "kettle-17-a-task-with-a-long-name-0a1e2c3d  work  you", "e extend")
	term.resize(60, 24)
	term.shows("kettle-17-a-task")

	t.Log("the API server goes away and comes back")
	w.Expect(shared.StopAPIServer()).To(Succeed())
	term.shows("NOT UP TO DATE since", "cannot be", "kettle-17-a-task")
	term.press("a")
	term.shows("\nthe API server at")
	ctx, cancel := context.WithTimeout(w.ctx, 2*time.Minute)
	defer cancel()
	w.Expect(shared.StartAPIServer(ctx)).To(Succeed())
	w.Expect(install.WaitForAdmission(ctx, shared.Config())).To(Succeed())
	w.Expect(install.WaitForFilling(ctx, shared.Config())).To(Succeed())
	term.Eventually(term.shown, "2m", "50ms").ShouldNot(ContainSubstring("NOT UP TO DATE"))
	w.task("kettle-17-news", nil)
	term.shows("My tasks: 2")
	term.Eventually(func() string { term.press("a"); return term.shown() }, "2m", "500ms").Should(ContainSubstring("acknowledged"))

	t.Log("the keys, and the end")
	term.press("?")
	term.shows("approve: shows exactly what, then asks", "quit")
	term.press(" ")
	term.shows("My tasks: 2")
	term.press("q")
	w.Eventually(term.ended, "1m").Should(Receive(BeNil()))
	w.Expect(term.wrote()).NotTo(MatchRegexp("\x1b\\[[0-9;]*3[0-7][;m]"), "no colour")
	w.Expect(term.screen.IsAltScreen()).To(BeFalse(), "the terminal is left as it was")
}

// reassign gives a task to somebody else, as the manager.
func (w *world) giveTo(name string, to v1alpha1.User) {
	w.t.Helper()
	var task v1alpha1.ResponseTask
	w.Expect(w.admin.Get(w.ctx, client.ObjectKey{Namespace: w.namespace, Name: name}, &task)).To(Succeed())
	task.Spec.Assignment.Assignee, task.Spec.Assignment.MayAct = to, []v1alpha1.User{to}
	w.Expect(w.manager.Update(w.ctx, &task)).To(Succeed())
}

// What cannot be drawn on says so, and what to use instead.
func TestWatchNeedsATerminal(t *testing.T) {
	w := newWorld(t)
	says := "error: watch needs a terminal to draw on and to read keys from; `kubectl tocsin status -w` follows what happens without one"
	w.Expect(w.as("ana", "watch")).To(Equal(result{Code: exitUsage, Err: says + "\n"}))
	term := openTerminal(t, 100, 24, w.command("ana", []string{"TERM=dumb"}, "watch"))
	var failed *exec.ExitError
	w.Eventually(term.ended, "1m").Should(Receive(BeAssignableToTypeOf(failed)))
	w.Expect(strings.ReplaceAll(term.wrote(), "\r\n", "\n")).To(Equal(says + "\n"))

	t.Log("a terminal with colours gets them")
	w.incident("fire", burning, v1alpha1.CrisisIncidentStatus{CaseStatus: v1alpha1.CaseStatus{Overdue: 1}})
	term = openTerminal(t, 80, 24, w.command("ana", []string{"TERM=xterm-256color"}, "watch"))
	term.shows("major fire", "1 overdue")
	w.Expect(term.wrote()).To(MatchRegexp("\x1b\\[[0-9;]*31m"))
	term.press("\x03")
	w.Eventually(term.ended, "1m").Should(Receive(BeNil()))
}
