package cli

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// known is a cluster that only holds what a desk shows.
type known struct {
	complaints []v1alpha1.Complaint
	incidents  []v1alpha1.CrisisIncident
	tasks      []v1alpha1.ResponseTask
}

func (k known) List(_ context.Context, list client.ObjectList, _ ...client.ListOption) error {
	switch l := list.(type) {
	case *v1alpha1.ComplaintList:
		l.Items = k.complaints
	case *v1alpha1.CrisisIncidentList:
		l.Items = k.incidents
	case *v1alpha1.ResponseTaskList:
		l.Items = k.tasks
	}
	return nil
}

func plainly(_, s string) string { return s }

func named(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: "desk", Name: name, ResourceVersion: "1"}
}

func taskOf(name string, due int, change func(*v1alpha1.ResponseTaskSpec)) v1alpha1.ResponseTask {
	t := v1alpha1.ResponseTask{ObjectMeta: named(name), Spec: v1alpha1.ResponseTaskSpec{
		Record: v1alpha1.RecordReference{Kind: v1alpha1.RecordComplaint, Name: "kettle-17"}, Step: "check", Type: v1alpha1.TaskTypeWork,
		Assignment: v1alpha1.Assignment{Assignee: "ana", MayAct: []v1alpha1.User{"ana"}, DueAt: minutes(due)},
	}}
	if change != nil {
		change(&t.Spec)
	}
	return t
}

// morning is a namespace with a crisis, a drill, a late complaint and five tasks, four of which may wait for ana.
func morning() known {
	return known{
		complaints: []v1alpha1.Complaint{
			{ObjectMeta: named("kettle-17"), Status: v1alpha1.ComplaintStatus{Handler: "ana", CaseStatus: v1alpha1.CaseStatus{Overdue: 1, NextDeadline: minutes(25)}}},
			{ObjectMeta: named("kettle-18"), Status: v1alpha1.ComplaintStatus{Handler: "bo", CaseStatus: v1alpha1.CaseStatus{NextDeadline: minutes(3 * 24 * 60)}}},
			{ObjectMeta: named("closed"), Status: v1alpha1.ComplaintStatus{CaseStatus: v1alpha1.CaseStatus{ClosedAt: minutes(-9)}}},
		},
		incidents: []v1alpha1.CrisisIncident{
			{ObjectMeta: named("exercise"), Spec: v1alpha1.CrisisIncidentSpec{Title: "Quarterly exercise", Level: "L2", Drill: &v1alpha1.Drill{Schedule: "quarterly"}}},
			{ObjectMeta: named("kettle-recall"), Spec: v1alpha1.CrisisIncidentSpec{Title: "Kettles overheat 电水壶过热，多地用户受伤，媒体已报道，请尽快处理", Level: "L1"},
				Status: v1alpha1.CrisisIncidentStatus{Commander: "li.wei", Spokesperson: "ana", CaseStatus: v1alpha1.CaseStatus{State: v1alpha1.CaseOpen, Overdue: 2, NextDeadline: minutes(40)}}},
		},
		tasks: []v1alpha1.ResponseTask{
			taskOf("kettle-17-check-facts-0a1b2c3d", 25, func(s *v1alpha1.ResponseTaskSpec) { s.Outcomes = []v1alpha1.Identifier{"founded", "unfounded"} }),
			taskOf("kettle-17-approve-0a1c2c3d", -5, func(s *v1alpha1.ResponseTaskSpec) {
				s.Type, s.Assignment.Assignee, s.Assignment.Digest = v1alpha1.TaskTypeApproval, "", "d1"
				s.Assignment.Seats = []v1alpha1.Seat{{Role: "executive", Users: []v1alpha1.User{"ana"}}}
			}),
			taskOf("kettle-17-visit-0a1f2c3d", 150, func(s *v1alpha1.ResponseTaskSpec) {
				s.Assignment.StoppedAt, s.Assignment.StoppedUntil = minutes(-20), minutes(100)
			}),
			taskOf("kettle-17-plan-0a1e2c3d", 200, func(s *v1alpha1.ResponseTaskSpec) { s.Writes = v1alpha1.WritesRemedy }),
			taskOf("kettle-18-call-0a1d2c3d", 1500, func(s *v1alpha1.ResponseTaskSpec) {
				s.Record.Name, s.Assignment.Assignee, s.Assignment.MayAct = "kettle-18", "bo", []v1alpha1.User{"bo"}
			}),
			taskOf("done-already", 10, func(s *v1alpha1.ResponseTaskSpec) { s.State = v1alpha1.TaskDone }),
		},
	}
}

// deskOf is a desk of ana's that has seen a cluster, on a screen of a size.
func deskOf(t interface{ Helper() }, k known, width, height int) desk {
	t.Helper()
	d := newDesk("ana", "desk", noon, plainly)
	d, _ = d.update(tea.WindowSizeMsg{Width: width, Height: height})
	o, _ := readOutlook(context.Background(), k, "desk", "ana")
	d, _ = d.update(looked(o))
	return d
}

// keyed is the message of a key.
func keyed(key string) tea.KeyPressMsg {
	for name, code := range map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "up": tea.KeyUp, "down": tea.KeyDown, "pgdown": tea.KeyPgDown, "pgup": tea.KeyPgUp, "end": tea.KeyEnd, "home": tea.KeyHome, "backspace": tea.KeyBackspace} {
		if key == name {
			return tea.KeyPressMsg{Code: code}
		}
	}
	if key == "ctrl+c" {
		return tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl}
	}
	return tea.KeyPressMsg{Code: []rune(key)[0], Text: key}
}

// press gives the keys to a desk, one after the other, and returns what the last one asks for.
func pressed(d desk, keys ...string) (desk, request) {
	var asked request
	for _, key := range keys {
		d, asked = d.update(keyed(key))
	}
	return d, asked
}

// typing gives a text to a desk key by key, and then enter.
func typing(d desk, words string) (desk, request) {
	for _, r := range words {
		d, _ = d.update(keyed(string(r)))
	}
	return d.update(keyed("enter"))
}

func drawn(d desk) string {
	content, _ := d.view()
	return content
}

func TestDeskShowsCrisesDeadlinesAndOnesTasks(t *testing.T) {
	w := &world{GomegaWithT: NewWithT(t), t: t}
	for _, size := range [][2]int{{60, 24}, {100, 30}} {
		d := deskOf(t, morning(), size[0], size[1])
		w.golden(fmt.Sprintf("watch-%d.golden", size[0]), drawn(d)+"\n")
	}
}

func TestDeskCountsDown(t *testing.T) {
	g := NewWithT(t)
	d := deskOf(t, morning(), 100, 30)
	d, _ = d.update(ticked(noon.Add(24*time.Minute + 59*time.Second + 300*time.Millisecond)))
	g.Expect(drawn(d)).To(And(MatchRegexp(`0:00:01 +kettle-17-check`), MatchRegexp(`OVERDUE 0:29:59 +kettle-17-approve`), ContainSubstring("12:24:59 UTC")))
	d, _ = d.update(ticked(minutes(25).Time))
	g.Expect(drawn(d)).To(MatchRegexp(`0:00:00 +kettle-17-check`), "in the very second it is still in time")
	d, _ = d.update(ticked(minutes(25).Add(time.Second)))
	g.Expect(drawn(d)).To(MatchRegexp(`OVERDUE 0:00:01 +kettle-17-check`))
	g.Expect(counted(51*time.Hour + 4*time.Second)).To(Equal("2d 03:00:04"))
}

func TestKeysActOnTheChosenTask(t *testing.T) {
	g := NewWithT(t)
	d := deskOf(t, morning(), 100, 30)
	g.Expect(d.chosen.Name).To(HavePrefix("kettle-17-approve"), "the most urgent first")

	d, _ = pressed(d, "down")
	_, asked := pressed(d, "a")
	g.Expect(asked.act.task.Name).To(HavePrefix("kettle-17-check"))
	g.Expect(asked.act.act).To(Equal(v1alpha1.TaskAct{Verb: v1alpha1.TaskAcknowledge}))

	t.Log("done asks for the outcome")
	f, asked := pressed(d, "d")
	g.Expect(asked).To(Equal(request{}))
	g.Expect(drawn(f)).To(ContainSubstring("> founded\n  unfounded\n"))
	f, asked = pressed(f, "down", "enter")
	g.Expect(asked.act.act.Outcome).To(BeEquivalentTo("unfounded"))
	g.Expect(f.page).To(Equal(pageDesk))
	g.Expect(drawn(f)).To(ContainSubstring("done kettle-17-check-facts-0a1b2c3d …"))
	_, twice := pressed(f, "a")
	g.Expect(twice.act).To(BeNil(), "one at a time")
	f, _ = f.update(wasSaid{text: "refused: 'ana' may not Complete this task now.", bad: true})
	g.Expect(drawn(f)).To(ContainSubstring("\nrefused: 'ana' may not Complete this task now.\n"))

	t.Log("what needs words asks for them")
	for _, c := range []struct {
		keys  string
		words []string
		act   v1alpha1.TaskAct
	}{
		{"x", []string{"病假，请找别人"}, v1alpha1.TaskAct{Verb: v1alpha1.TaskDecline, Reason: "病假，请找别人"}},
		{"e", []string{"4h", "parts are late"}, v1alpha1.TaskAct{Verb: v1alpha1.TaskExtend, Extension: "4h", Reason: "parts are late"}},
		{"c", []string{"called the shop? q"}, v1alpha1.TaskAct{Verb: v1alpha1.TaskComment, Reason: "called the shop? q"}},
	} {
		f, asked := pressed(d, c.keys)
		f, none := pressed(f, "enter")
		g.Expect(none).To(Equal(request{}))
		g.Expect(drawn(f)).To(ContainSubstring("needs an answer; esc leaves it"))
		for _, words := range c.words {
			f, asked = typing(f, words)
		}
		g.Expect(asked.act).NotTo(BeNil(), c.keys)
		g.Expect(asked.act.act).To(Equal(c.act))
	}

	t.Log("esc leaves it")
	f, _ = pressed(d, "x", "n", "o")
	f, asked = pressed(f, "esc")
	g.Expect(asked).To(Equal(request{}))
	g.Expect(drawn(f)).To(ContainSubstring("decline kettle-17-check-facts-0a1b2c3d: left, nothing was written"))
}

func TestARemedyIsComposed(t *testing.T) {
	g := NewWithT(t)
	d := deskOf(t, morning(), 60, 24)
	d, _ = pressed(d, "end")
	g.Expect(d.chosen.Name).To(HavePrefix("kettle-17-plan"))
	d, _ = pressed(d, "d")
	whole := d
	d, _ = typing(d, "Refund, Apology")
	d, _ = typing(d, "100.50 CNY")
	d, _ = typing(d, "the full price")
	_, asked := pressed(d, "enter")
	remedy, err := asked.act.offer.remedy()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(remedy).To(Equal(&v1alpha1.Remedy{Kinds: []v1alpha1.RemedyKind{"Refund", "Apology"}, AmountCents: 10050, Currency: "CNY", Reason: "the full price"}))

	d, _ = pressed(whole, "enter")
	_, asked = pressed(d, "enter")
	g.Expect(asked.act.offer).To(Equal(remedyFlags{}), "what is written already may stay")
}

func TestWhatIsApprovedIsShownAndBound(t *testing.T) {
	g := NewWithT(t)
	k := morning()
	d := deskOf(t, k, 60, 24)
	d, asked := pressed(d, "y")
	g.Expect(asked.read).To(Equal(&reading{of: client.ObjectKey{Namespace: "desk", Name: "kettle-17-approve-0a1c2c3d"}, verb: "approve"}))
	task := k.tasks[1]
	read := wasRead{reading: *asked.read, task: &task, text: "Approve  Refund · 100.00 CNY · written by bo\n" + strings.Repeat("and more\n", 40) + "digest d1\n"}
	d, _ = d.update(read)
	g.Expect(drawn(d)).To(And(ContainSubstring("Refund · 100.00 CNY"), ContainSubstring("Approve exactly this?"), ContainSubstring("enter reads on"), Not(ContainSubstring("digest d1"))))
	d, asked = pressed(d, "enter")
	g.Expect(asked).To(Equal(request{}), "nothing is approved that was not on the screen")
	d, asked = pressed(d, "enter")
	g.Expect(asked).To(Equal(request{}))
	g.Expect(drawn(d)).To(And(ContainSubstring("digest d1"), ContainSubstring("enter answer")))
	_, asked = pressed(d, "enter")
	g.Expect(asked.act.task.Spec.Assignment.Digest).To(Equal("d1"), "what was read is what is approved")

	t.Log("what changes meanwhile is not approved")
	k.tasks[1].Spec.Assignment.Digest = "d2"
	o, _ := readOutlook(t.Context(), k, "desk", "ana")
	changed, _ := d.update(looked(o))
	g.Expect(changed.page).To(Equal(pageDesk))
	g.Expect(strings.ReplaceAll(drawn(changed), "\n", " ")).To(ContainSubstring("asks you to decide about changed at this moment: read it again, then decide"))

	t.Log("nor what is not there any more")
	read.void, read.text = true, remedyChanged
	void, _ := d.update(read)
	void, asked = pressed(void, "enter")
	g.Expect(asked).To(Equal(request{}))
	g.Expect(void.said).To(HavePrefix("nothing can be decided"))

	t.Log("a refusal shows the same and asks why")
	refusing, _ := deskOf(t, morning(), 60, 40).update(wasRead{reading: reading{of: read.of, verb: "refuse"}, task: &task, text: "Refund"})
	g.Expect(drawn(refusing)).To(ContainSubstring("Refund"))
	_, asked = typing(refusing, "too much")
	g.Expect(asked.act.act).To(Equal(v1alpha1.TaskAct{Verb: v1alpha1.TaskRefuse, Reason: "too much"}))

	t.Log("what asks for no approval is told so")
	d, _ = pressed(deskOf(t, morning(), 60, 24), "down", "y")
	g.Expect(d.said).To(HaveSuffix("asks for no approval: d says that it is done, x declines it"))
}

func TestDetailsShowPersonalDataOnlyWhenAskedFor(t *testing.T) {
	g := NewWithT(t)
	d := deskOf(t, morning(), 60, 24)
	d, asked := pressed(d, "enter")
	g.Expect(asked.read.with).To(Equal(privacy{}))
	d, _ = d.update(wasRead{reading: *asked.read, text: "Task  kettle\n"})
	g.Expect(d.page).To(Equal(pageCard))
	_, asked = pressed(d, "s")
	g.Expect(asked.read.with).To(Equal(privacy{statement: true}))
	_, asked = pressed(d, "p")
	g.Expect(asked.read.with).To(Equal(privacy{contacts: true}))
	refused, _ := d.update(wasRead{reading: *asked.read, problem: "you may not read who complained"})
	g.Expect(drawn(refused)).To(And(ContainSubstring("Task  kettle"), ContainSubstring("\nyou may not read who complained\n")))

	t.Log("what is open is read again when it changes, in the same way")
	k := morning()
	k.tasks[1].ResourceVersion = "2"
	o, _ := readOutlook(t.Context(), k, "desk", "ana")
	_, asked = d.update(looked(o))
	g.Expect(asked.read.of.Name).To(HavePrefix("kettle-17-approve"))
	d, _ = pressed(d, "esc")
	g.Expect(d.page).To(Equal(pageDesk))
}

func TestFilter(t *testing.T) {
	g := NewWithT(t)
	d := deskOf(t, morning(), 100, 30)
	d, _ = pressed(d, "/", "v", "i", "s", "i", "t")
	g.Expect(drawn(d)).To(And(ContainSubstring("1 hold \"visit\""), ContainSubstring("\n/visit"), Not(ContainSubstring("kettle-17-check"))))
	d, _ = pressed(d, "enter")
	g.Expect(d.chosen.Name).To(HavePrefix("kettle-17-visit"))
	_, asked := pressed(d, "a")
	g.Expect(asked.act.task.Name).To(HavePrefix("kettle-17-visit"))
	d, _ = pressed(d, "/", "q")
	g.Expect(d.filter.Value()).To(Equal("visitq"), "q is a letter here")
	d, _ = pressed(d, "enter")
	g.Expect(drawn(d)).To(ContainSubstring("My tasks: 4 · 0 hold"))
	_, asked = pressed(d, "a")
	g.Expect(asked.act).To(BeNil())
	d, _ = pressed(d, "esc")
	g.Expect(drawn(d)).To(ContainSubstring("kettle-17-check"))
}

func TestTheChosenTaskStaysChosen(t *testing.T) {
	g := NewWithT(t)
	k := morning()
	d := deskOf(t, k, 100, 30)
	d, _ = pressed(d, "down")
	again := func(k known) {
		o, _ := readOutlook(t.Context(), k, "desk", "ana")
		d, _ = d.update(looked(o))
	}
	k.tasks = append(k.tasks, taskOf("urgent", -60, nil))
	again(k)
	g.Expect(d.chosen.Name).To(HavePrefix("kettle-17-check"), "another one came in before it")
	k.tasks[0].Spec.State = v1alpha1.TaskDone
	again(k)
	g.Expect(d.chosen.Name).To(HavePrefix("kettle-17-visit"), "it is gone: the one in its place")
	again(known{})
	g.Expect(drawn(d)).To(ContainSubstring("Nothing waits for you."))
	d, asked := pressed(d, "d")
	g.Expect(asked).To(Equal(request{}))
	g.Expect(drawn(d)).To(ContainSubstring("no open task is chosen"))
}

func TestAServerThatIsAwayIsSaid(t *testing.T) {
	g := NewWithT(t)
	d := deskOf(t, morning(), 60, 24)
	o := d.outlook
	o.trouble = "the API server at https://127.0.0.1:1 cannot be reached: connect: connection refused; check --kubeconfig, --context and the network"
	d, _ = d.update(ticked(minutes(1).Time))
	d, _ = d.update(looked(o))
	d, _ = d.update(ticked(minutes(2).Time))
	g.Expect(drawn(d)).To(And(ContainSubstring("NOT UP TO DATE since 12:01:00: the API server at"), ContainSubstring("kettle-17-check")))
	o.trouble = ""
	d, _ = d.update(looked(o))
	g.Expect(drawn(d)).NotTo(ContainSubstring("NOT UP TO DATE"))
}

func TestQuitting(t *testing.T) {
	g := NewWithT(t)
	d := deskOf(t, morning(), 60, 24)
	for _, keys := range [][]string{{"q"}, {"ctrl+c"}, {"?", "q"}, {"c", "ctrl+c"}, {"/", "ctrl+c"}} {
		_, asked := pressed(d, keys...)
		g.Expect(asked.quit).To(BeTrue(), "%v", keys)
	}
	d, asked := pressed(d, "c", "q")
	g.Expect(asked.quit).To(BeFalse())
	g.Expect(d.draft.input.Value()).To(Equal("q"))
	help, _ := pressed(deskOf(t, morning(), 60, 30), "?")
	g.Expect(drawn(help)).To(And(ContainSubstring("approve: shows exactly what"), ContainSubstring("quit")))
}

// Whatever is pressed on whatever screen: it fits, and nothing that only kubectl may show is on it.
func TestDeskFitsEveryScreen(t *testing.T) {
	keys := []string{"a", "d", "y", "n", "x", "e", "c", "enter", "esc", "up", "down", "pgdown", "pgup", "end", "/", "?", "s", "p", "电", "k"}
	rapid.Check(t, func(r *rapid.T) {
		d := deskOf(t, morning(), rapid.IntRange(20, 130).Draw(r, "width"), rapid.IntRange(5, 50).Draw(r, "height"))
		o := d.outlook
		for range rapid.IntRange(0, 15).Draw(r, "steps") {
			var asked request
			switch rapid.IntRange(0, 6).Draw(r, "what") {
			case 0:
				d, asked = d.update(tea.WindowSizeMsg{Width: rapid.IntRange(0, 130).Draw(r, "width"), Height: rapid.IntRange(0, 50).Draw(r, "height")})
			case 1:
				o.trouble = rapid.SampledFrom([]string{"", "无法连接到服务器，请检查网络设置，然后再试一次，谢谢，谢谢，谢谢，谢谢"}).Draw(r, "trouble")
				d, asked = d.update(looked(o))
			default:
				d, asked = pressed(d, rapid.SampledFrom(keys).Draw(r, "key"))
			}
			if asked.read != nil {
				task := d.open[asked.read.of]
				d, _ = d.update(wasRead{reading: *asked.read, task: &task, text: strings.Repeat("说明 and 内容 of the matter, at some length, in two languages\n", 20)})
			}
			if asked.act != nil {
				d, _ = d.update(wasSaid{text: strings.Repeat("refused: 不可以 because ", 8), bad: true})
			}
			content, cursor := d.view()
			lines := strings.Split(content, "\n")
			if len(lines) > d.height {
				r.Fatalf("%d lines on a screen of %d:\n%s", len(lines), d.height, content)
			}
			for _, line := range lines {
				if ansi.StringWidth(line) > d.width {
					r.Fatalf("%d columns on a screen of %d:\n%s", ansi.StringWidth(line), d.width, line)
				}
			}
			if cursor != nil && (cursor.Y >= d.height || cursor.X > d.width) {
				r.Fatalf("the cursor is at %d, %d of %d, %d:\n%s", cursor.X, cursor.Y, d.width, d.height, content)
			}
		}
	})
}
