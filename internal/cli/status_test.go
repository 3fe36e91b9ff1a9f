package cli

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// busy fills a namespace: two levels, old and overdue complaints, a crisis, a drill, notices in every state.
func (w *world) busy() {
	w.t.Helper()
	policy := &v1alpha1.TriagePolicy{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "default"}, Spec: v1alpha1.TriagePolicySpec{
		DefaultLevel: "general", Levels: []v1alpha1.Level{{Name: "major"}, {Name: "serious"}, {Name: "general"}},
	}}
	w.Expect(w.admin.Create(w.ctx, policy)).To(Succeed())
	for i := range 7 {
		status := v1alpha1.ComplaintStatus{CaseNumber: fmt.Sprintf("TS20260302%03d", i+1), Handler: "ana"}
		level := v1alpha1.LevelName("general")
		if i < 2 {
			level = "major"
			status.Overdue = 1
		}
		status.Grading = &v1alpha1.Grading{Level: level, At: minutes(-80)}
		w.complaint(fmt.Sprint("kettle-", i+1), status)
	}
	w.complaint("fresh", v1alpha1.ComplaintStatus{})
	w.complaint("closed", v1alpha1.ComplaintStatus{CaseStatus: v1alpha1.CaseStatus{ClosedAt: minutes(-1)}})
	w.incident("kettle-recall", v1alpha1.CrisisIncidentSpec{Title: "Kettles overheat 电水壶过热，多地用户受伤，媒体已报道", Level: "L1"}, v1alpha1.CrisisIncidentStatus{
		Commander: "li.wei", Spokesperson: "ana", CaseStatus: v1alpha1.CaseStatus{Overdue: 2, NextDeadline: minutes(25)},
	})
	w.incident("exercise", v1alpha1.CrisisIncidentSpec{Title: "Quarterly exercise", Level: "L2", Drill: &v1alpha1.Drill{Schedule: "quarterly"}}, v1alpha1.CrisisIncidentStatus{})
	w.incident("over", v1alpha1.CrisisIncidentSpec{Title: "Long over", Level: "L1"}, v1alpha1.CrisisIncidentStatus{CaseStatus: v1alpha1.CaseStatus{ClosedAt: minutes(-1)}})
	for i, state := range []v1alpha1.NoticeState{"", v1alpha1.NoticePending, v1alpha1.NoticeSending, v1alpha1.NoticeDelivered, v1alpha1.NoticeUncertain, v1alpha1.NoticeFailed} {
		n := &v1alpha1.Notice{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: fmt.Sprint("notice-", i)}, Spec: v1alpha1.NoticeSpec{
			Record: v1alpha1.RecordReference{Kind: v1alpha1.RecordComplaint, Name: "kettle-1"}, To: v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientComplainant},
			Template: "ack", RequestedAt: minutes(-60),
		}}
		w.Expect(w.manager.Create(w.ctx, n)).To(Succeed())
		n.Status.State = state
		w.Expect(w.manager.Status().Update(w.ctx, n)).To(Succeed())
	}
}

func TestStatus(t *testing.T) {
	w := newWorld(t)
	empty := w.as("ana", "status")
	w.Expect(empty.Code).To(Equal(exitOK))
	w.Expect(empty.Out).To(And(ContainSubstring("Open complaints: 0"), ContainSubstring("No open incident")))

	w.busy()
	w.terminal, w.width = true, 60
	r := w.as("ana", "status")
	w.Expect(r).To(And(HaveField("Code", exitOK), HaveField("Err", "")))
	w.golden("status.golden", strings.ReplaceAll(r.Out, w.namespace, "desk"))
	for line := range strings.Lines(r.Out) {
		w.Expect(text.StringWidth(strings.TrimSuffix(line, "\n"))).To(BeNumerically("<=", 60), line)
	}
	w.Expect(r.Out).NotTo(ContainSubstring("\x1b"), "no colour where there is no terminal")
}

func TestStatusIsColouredOnlyWhereAskedFor(t *testing.T) {
	w := newWorld(t)
	w.busy()
	var out, errs bytes.Buffer
	env := w.env(&out, &errs)
	env.Terminal, env.Colour = true, true
	w.Expect(Run(w.ctx, env, []string{"--kubeconfig", w.kubeconfig("ana", "tocsin:responders"), "-n", w.namespace, "status"})).To(Equal(exitOK))
	w.Expect(out.String()).To(ContainSubstring(red + "2 overdue" + plain))
}

// A record that does not go on is shown with the reason and what to do, those with the same reason together.
func TestStatusShowsWhatIsStuck(t *testing.T) {
	w := newWorld(t)
	said := func(typ string, status metav1.ConditionStatus, reason, message string) v1alpha1.CaseStatus {
		return v1alpha1.CaseStatus{Conditions: []metav1.Condition{{Type: typ, Status: status, Reason: reason, Message: message, LastTransitionTime: minutes(-9)}}}
	}
	unclassified := said("PolicyInForce", metav1.ConditionFalse, "BuiltIn", "unclassified, so nobody is asked yet: namespace desk has no TriagePolicy; apply one; then it is graded and goes on by itself")
	for i := range 3 {
		w.complaint(fmt.Sprint("lamp-", i), v1alpha1.ComplaintStatus{CaseStatus: unclassified})
	}
	w.complaint("fine", v1alpha1.ComplaintStatus{CaseStatus: said("Staffed", metav1.ConditionTrue, "EverybodyFound", "")})
	w.complaint("taken", v1alpha1.ComplaintStatus{CaseStatus: said("Obstructed", metav1.ConditionTrue, "NameTaken", "the Notice taken-x belongs to somebody else; delete it")})
	w.complaint("alone", v1alpha1.ComplaintStatus{CaseStatus: said("Staffed", metav1.ConditionFalse, "Stuck", "step checkFacts: nobody can be asked\nstep tell: nobody")})
	closed := said("Staffed", metav1.ConditionFalse, "Stuck", "nobody")
	closed.ClosedAt = minutes(-1)
	again := said("Running", metav1.ConditionFalse, "NoPlaybook", "level L4 has no playbook in default@1; give it one, and the complaint goes on")
	again.ClosedAt = minutes(-1)
	w.complaint("again", v1alpha1.ComplaintStatus{CaseStatus: again})
	w.complaint("over", v1alpha1.ComplaintStatus{CaseStatus: closed})
	w.incident("storm", v1alpha1.CrisisIncidentSpec{Title: "Storm", Level: "L1"}, v1alpha1.CrisisIncidentStatus{CaseStatus: said("Running", metav1.ConditionFalse, "PlaybookNotReady", `there is no Playbook "storm"; apply it`)})
	whole := strings.ReplaceAll(w.as("ana", "status").Out, w.namespace, "desk")
	w.Expect(whole).To(And(
		ContainSubstring("  complaint/lamp-0, complaint/lamp-1, complaint/lamp-2 · no policy in force\n    unclassified, so nobody is asked yet: namespace desk has no TriagePolicy; apply one; then it is graded and goes on by itself\n"),
		ContainSubstring("    step checkFacts: nobody can be asked\n    step tell: nobody\n"), Not(ContainSubstring("…")), Not(ContainSubstring("more"))), "without a terminal nothing is left out")
	w.terminal, w.width = true, 60
	out := strings.ReplaceAll(w.as("ana", "status").Out, w.namespace, "desk")
	_, out, _ = strings.Cut(out, "Stuck")
	out, _, _ = strings.Cut(out, "\n\n")
	w.Expect("Stuck" + out).To(Equal(`Stuck: 7
  crisisincident/storm · no playbook
    there is no Playbook "storm"; apply it
  complaint/lamp-0 and 2 more · no policy in force
    unclassified, so nobody is asked yet: namespace desk has
    no TriagePolicy; apply one; then it is graded and goes
    on by itself
  complaint/again · asked to be re-opened, no playbook
    level L4 has no playbook in default@1; give it one, and
    the complaint goes on
  complaint/alone · a step is stuck
    step checkFacts: nobody can be asked (and 1 more)
  complaint/taken · obstructed
    the Notice taken-x belongs to somebody else; delete it
  … all of it: kubectl tocsin status -n desk | less`))

	t.Log("a small screen shows the first and says how many more there are")
	small, err := readSituation(w.ctx, w.admin, w.namespace, noon)
	w.Expect(err).NotTo(HaveOccurred())
	var drawn bytes.Buffer
	(&app{}).printSituation(&drawn, small, noon, 60, 24)
	w.Expect(drawn.String()).To(And(ContainSubstring("crisisincident/storm"), ContainSubstring("  … and 4 more reasons; all of it: kubectl tocsin status |\n    less\n")))
	w.Expect(strings.Count(drawn.String(), "\n")).To(BeNumerically("<=", 24))
}

// What is broken around the records is shown with the reason: policy that cannot be used, notices that do not get away.
func TestStatusShowsBrokenPolicyAndWaitingNotices(t *testing.T) {
	w := newWorld(t)
	said := func(typ, reason, message string) []metav1.Condition {
		return []metav1.Condition{{Type: typ, Status: metav1.ConditionFalse, Reason: reason, Message: message, LastTransitionTime: minutes(-9)}}
	}
	policy := w.levels("major", "general")
	policy.Status.Conditions = append(said("Verified", "DoesNotCompile", "spec.rules[0].when: no such field\nspec.rules[1]: likewise"), said("Ready", "DoesNotCompile", "an earlier one goes on")...)
	w.Expect(w.manager.Status().Update(w.ctx, policy)).To(Succeed())
	channel := &v1alpha1.NoticeChannel{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "mail"}, Spec: v1alpha1.NoticeChannelSpec{
		Email: &v1alpha1.EmailChannel{Host: "mail.example.com", Port: 587, From: "a@example.com", Secret: "login"}}}
	w.Expect(w.admin.Create(w.ctx, channel)).To(Succeed())
	channel.Status.Conditions = said("Ready", "SecretMissing", "there is no Secret login; create it")
	w.Expect(w.manager.Status().Update(w.ctx, channel)).To(Succeed())
	for i, n := range []struct {
		at         int
		state      v1alpha1.NoticeState
		conditions []metav1.Condition
	}{
		{-1, v1alpha1.NoticePending, said("Delivered", "ChannelNotReady", "channel mail is not ready")},
		{-2, v1alpha1.NoticePending, said("Delivered", "ChannelNotReady", "channel mail is not ready")},
		{-6, v1alpha1.NoticePending, said("Delivered", "Pending", "the server is busy")},
		{-4, v1alpha1.NoticePending, said("Delivered", "Pending", "the server was busy a moment ago")},
		{-4, "", nil},
		{-9, "", nil},
		{-9, v1alpha1.NoticeDelivered, nil},
	} {
		o := &v1alpha1.Notice{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: fmt.Sprint("n", i)}, Spec: v1alpha1.NoticeSpec{
			Record: v1alpha1.RecordReference{Kind: v1alpha1.RecordComplaint, Name: "kettle-1"}, To: v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientComplainant},
			Template: "ack", RequestedAt: minutes(n.at),
		}}
		w.Expect(w.manager.Create(w.ctx, o)).To(Succeed())
		o.Status.State, o.Status.Conditions = n.state, n.conditions
		w.Expect(w.manager.Status().Update(w.ctx, o)).To(Succeed())
	}
	w.terminal = true
	out := w.as("ana", "status").Out
	_, out, _ = strings.Cut(out, "Policy")
	out, _, _ = strings.Cut(out, "\n\nNo open")
	w.Expect("Policy" + out).To(Equal(`Policy not in order: 2
  noticechannel/mail · Ready is False, SecretMissing
    there is no Secret login; create it
  triagepolicy/default · Verified is False, DoesNotCompile
    spec.rules[0].when: no such field (and 1 more)
  … all of it: kubectl tocsin status -n ` + w.namespace + ` | less

Notices that wait: 4
  notice/n0 and 1 more · ChannelNotReady
    channel mail is not ready
  notice/n2 · Pending
    the server is busy
  notice/n5 · not taken up
    nothing was done about it; does the manager run?
  … all of it: kubectl tocsin status -n ` + w.namespace + ` | less`))
}

// A rotation with a hole is told of before it comes, with what to do.
func TestStatusShowsWhereNobodyIsOnCall(t *testing.T) {
	w := newWorld(t)
	w.team("desk", "bo")
	w.team("night", "cy")
	var team v1alpha1.ResponseTeam
	w.Expect(w.admin.Get(w.ctx, client.ObjectKey{Namespace: w.namespace, Name: "night"}, &team)).To(Succeed())
	team.Status.Conditions = []metav1.Condition{
		{Type: "Ready", Status: metav1.ConditionTrue, Reason: "Complete", LastTransitionTime: minutes(-9)},
		{Type: "OnCall", Status: metav1.ConditionFalse, Reason: "Hole", LastTransitionTime: minutes(-9),
			Message: "agent: nobody from 2026-12-01 08:00 to 2026-12-01 18:00 (Asia/Shanghai): cy is on call and away, and no deputy is there; name another deputy, or write an override"},
	}
	w.Expect(w.manager.Status().Update(w.ctx, &team)).To(Succeed())
	w.Expect(w.as("ana", "status").Out).To(ContainSubstring(`Policy not in order: 1
  responseteam/night · OnCall is False, Hole
    agent: nobody from 2026-12-01 08:00 to 2026-12-01 18:00 (Asia/Shanghai): cy is on call and away, and no deputy is there; name another deputy, or write an override
`))
}

// What a fault of the product leaves unknown is told; what is unknown for a moment is not.
func TestStatusShowsWhatCouldNotBeJudged(t *testing.T) {
	g := NewWithT(t)
	s := &situation{}
	for name, reason := range map[string]string{"new": "BeingJudged", "odd": "NotJudged"} {
		s.noteUnfit("playbook", &v1alpha1.Playbook{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}}, []metav1.Condition{
			{Type: "Verified", Status: metav1.ConditionTrue, Reason: "Sound"},
			{Type: "Workable", Status: metav1.ConditionUnknown, Reason: reason, Message: "a fault of the product"},
		})
	}
	g.Expect(s.unfit).To(ConsistOf(stuck{what: "Workable is Unknown, NotJudged", message: "a fault of the product", records: []string{"playbook/odd (shop)"}}))
}

// What a message begins with before it comes to the fault is not what is shown of it: the line with the remedy is.
func TestTheLineThatNamesTheFaultIsShown(t *testing.T) {
	g := NewWithT(t)
	const nobody = `spec.roles[0] (baker): there is no ResponseTeam "bakers"; create it or correct the name`
	for said, shown := range map[string]string{
		"new runs take revision bread4-1 and wait where they need these roles\n" + nobody:                                                 nobody,
		"complaints of these levels are graded and then wait\nspec.levels[0].playbook (level a): x\nspec.levels[1].playbook (level b): y": "spec.levels[0].playbook (level a): x (and 1 more)",
		"these are wrong:\n" + nobody:                                     nobody,
		"step a: nobody can be asked\nstep b: nobody can be asked":        "step a: nobody can be asked (and 1 more)",
		"spec.rules[0].when: no such field\nand 3 more, which come later": "spec.rules[0].when: no such field (and 3 more)",
		"nobody can be asked":                                             "nobody can be asked",
		"nobody can be asked\nand nobody told":                            "nobody can be asked (and 1 more)",
		"":                                                                "",
	} {
		g.Expect(inShort(said)).To(Equal(shown))
	}
}

// With -A every name says which namespace it is in.
func TestStatusOfAllNamespaces(t *testing.T) {
	w, other := newWorld(t), newWorld(t)
	w.complaint("lamp", v1alpha1.ComplaintStatus{CaseNumber: "A1", CaseStatus: v1alpha1.CaseStatus{Conditions: []metav1.Condition{
		{Type: "Obstructed", Status: metav1.ConditionTrue, Reason: "NameTaken", Message: "the name of " + w.namespace + " is taken", LastTransitionTime: minutes(-9)}}}})
	other.incident("storm", v1alpha1.CrisisIncidentSpec{Title: "Storm", Level: "L1"}, v1alpha1.CrisisIncidentStatus{})
	var out, errs bytes.Buffer
	env := w.env(&out, &errs)
	env.Size = func() (int, int) { return 100, 400 }
	kubeconfig := w.kubeconfig("ana", "tocsin:responders")
	w.Expect(Run(w.ctx, env, []string{"--kubeconfig", kubeconfig, "status", "-A"})).To(Equal(exitOK), errs.String())
	w.Expect(out.String()).To(And(HavePrefix("Tocsin · all namespaces · "), ContainSubstring("complaint/lamp (A1, "+w.namespace+")"), ContainSubstring("L1 "+other.namespace+"/storm · Storm")))
	out.Reset()
	w.Expect(Run(w.ctx, env, []string{"-A", "--kubeconfig", kubeconfig, "status"})).To(Equal(exitOK), errs.String())
	w.Expect(out.String()).To(HavePrefix("Tocsin · all namespaces · "), "in front as well")
	w.Expect(Run(w.ctx, env, []string{"-A", "--kubeconfig", kubeconfig, "show", "x"})).To(Equal(exitUsage))
	w.Expect(errs.String()).To(ContainSubstring("unknown shorthand flag: 'A' in -A"), "where it means nothing")
	out.Reset()
	w.Expect(Run(w.ctx, env, []string{"--kubeconfig", kubeconfig, "-n", w.namespace, "status"})).To(Equal(exitOK), errs.String())
	w.Expect(out.String()).To(And(ContainSubstring("complaint/lamp (A1) ·"), ContainSubstring("  lamp  A1  not graded  nobody"), Not(ContainSubstring("storm"))))
}

// safeBuffer can be read while a command writes.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// The screen follows what happens, without asking again and again, and ends with the context.
func TestStatusWatch(t *testing.T) {
	w := newWorld(t)
	w.busy()
	var out, errs safeBuffer
	ctx, stop := context.WithCancel(w.ctx)
	defer stop()
	ended := make(chan int, 1)
	args := []string{"--kubeconfig", w.kubeconfig("ana", "tocsin:responders"), "-n", w.namespace, "status", "--watch"}
	go func() { ended <- Run(ctx, w.env(&out, &errs), args) }()
	// The clock only moves to end the little wait in which changes are gathered.
	screen := func() string {
		if w.clock.HasWaiters() {
			w.clock.Step(settle)
		}
		return out.String()
	}
	w.Eventually(screen, "5s", "10ms").Should(ContainSubstring("Open complaints: 8, 2 overdue"), errs.String)
	w.complaint("another", v1alpha1.ComplaintStatus{})
	w.Eventually(screen, "5s", "10ms").Should(ContainSubstring("Open complaints: 9, 2 overdue"))
	stop()
	w.Eventually(ended, "5s", "10ms").Should(Receive(Equal(exitOK)))
	w.Expect(errs.String()).To(BeEmpty())
	w.Expect(out.String()).NotTo(ContainSubstring(privateStatement))
}

func TestSlimKeepsNoPersonalData(t *testing.T) {
	g := NewWithT(t)
	c := &v1alpha1.Complaint{Spec: v1alpha1.ComplaintSpec{Statement: privateStatement, Product: "Kettle", ReceivedAt: metav1.NewTime(time.Unix(1, 0)), Complainant: &v1alpha1.Complainant{Pseudonym: "C1"}}}
	slim(c)
	g.Expect(c.Spec).To(Equal(v1alpha1.ComplaintSpec{ReceivedAt: metav1.NewTime(time.Unix(1, 0))}))
	team := &v1alpha1.ResponseTeam{Spec: v1alpha1.ResponseTeamSpec{Parent: "p"}}
	slim(team)
	g.Expect(team.Spec).To(Equal(v1alpha1.ResponseTeamSpec{}))
	done := &v1alpha1.ResponseTask{Spec: v1alpha1.ResponseTaskSpec{State: v1alpha1.TaskDone, Instructions: "Call."}}
	slim(done)
	g.Expect(done.Spec).To(Equal(v1alpha1.ResponseTaskSpec{State: v1alpha1.TaskDone}))
}
