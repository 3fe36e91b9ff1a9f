package cli

import (
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// TestWhatCannotBeIsSaidInOneSentence: a command that cannot do what it is asked for says so in one line, which names what
// and where and mostly what to do, leaves with the documented code, and writes nothing. Everybody has just the rights of
// their persona: ana leads the records and bo works on them, both are responders; dana is complained about; vera may only
// read, ines only takes in, petra owns the policy, audrey audits, and nobody knows zed.
func TestWhatCannotBeIsSaidInOneSentence(t *testing.T) {
	w := newWorld(t)
	w.badWorld()
	groups := map[string]string{"ana": "tocsin:responders", "bo": "tocsin:responders", "cy": "tocsin:responders", "dana": "tocsin:responders",
		"vera": "tocsin:viewers", "ines": "tocsin:intake", "petra": "tocsin:policy-owners", "audrey": "tocsin:auditors"}
	kubeconfigs := map[string]string{"zed": w.kubeconfig("zed")}
	for user, group := range groups {
		kubeconfigs[user] = w.kubeconfig(user, group)
	}
	because := []string{"--reason", "because"}
	with := func(args ...string) []string { return append(args, because...) }
	to := func(user string, args ...string) []string { return append(args, "--to", user, "--reason", "because") }
	ask := func(user, due string, more ...string) []string {
		return append([]string{"task", "kettle", "--to", user, "--due", due, "Call the landlord."}, more...)
	}
	for _, c := range []struct {
		name string
		user string
		args []string
		code int
		says string
	}{
		// Misunderstandings.
		{"more time that is no time", "ana", with("extend", "kettle-check", "--by", "2x"), exitUsage, `--by "2x" is no time: write e.g. 30m, 4h or 2d`},
		{"no more time", "ana", with("extend", "kettle-check", "--by", "0h"), exitUsage, `--by "0h" is no time`},
		{"words that are no reason", "ana", []string{"comment", "kettle-check", "called the shop"}, exitUsage, "; words go behind --reason"},
		{"a record where a task is meant", "ana", []string{"show", "flood"}, exitRefused, "\"flood\" is no task but crisisincident/flood, which has no task that begins so; `kubectl tocsin timeline crisisincident/flood` tells its story"},
		{"an incident where a complaint is meant", "ana", with("withdraw", "flood"), exitRefused, "crisisincident/flood is no complaint"},

		// By somebody who may not act.
		{"a stranger to the task", "bo", []string{"done", "kettle-check"}, exitRefused, "refused: 'bo' may not Complete this task now: `kubectl tocsin show` lists who may (ana). Ask one of them to hand it over, or add a Comment"},
		{"whom it is about, on a task", "dana", []string{"done", "kettle-check"}, exitRefused, "refused: 'dana' may not act on this task: is complained about"},
		{"whom it is about, on the record", "dana", with("abort", "kettle"), exitRefused, "refused: 'dana' is complained about (spec.about.users) and may only Comment, not Abort"},
		{"whom it is about asks somebody", "dana", ask("cy", "4h"), exitRefused, "refused: 'dana' is complained about"},
		{"who only works on it ends it", "bo", with("abort", "kettle"), exitRefused, "refused: 'bo' may not Abort this record: only its leads may (status.leads)"},
		{"who only works on it reassigns", "bo", to("cy", "reassign", "kettle-check"), exitRefused, "refused: 'bo' may not Reassign this record: only its leads may"},
		{"who works on something else asks", "cy", ask("bo", "4h"), exitRefused, "refused: 'cy' may not Ask this record: only its responders and leads may"},
		{"who may only read acts", "vera", []string{"ack", "kettle-check"}, exitRefused, `User "vera" cannot patch resource "responsetasks"`},
		{"who may only read decides", "vera", with("abort", "kettle"), exitRefused, `User "vera" cannot patch resource "complaints"`},
		{"who takes in looks at tasks", "ines", []string{"ack", "kettle-check"}, exitRefused, `User "ines" cannot get resource "responsetasks"`},
		{"who owns the policy decides", "petra", with("abort", "kettle"), exitRefused, "refused: 'petra' may not Abort this record"},
		{"who audits decides", "audrey", with("skip", "kettle", "--step", "check"), exitRefused, "refused: 'audrey' may not Skip this record"},
		{"whom nobody knows", "zed", []string{"ack", "kettle-check"}, exitRefused, "check -n and --context, or have somebody who administers the cluster give you a role for it there"},

		// On what is closed.
		{"a closed task", "ana", []string{"done", "kettle-old"}, exitRefused, "refused: the task is closed (Done): only a Comment can be added to it, not Complete"},
		{"a pause of a closed task", "ana", with("pause", "kettle-old"), exitRefused, "refused: the task is closed (Done)"},
		{"a resume of a closed task", "ana", []string{"resume", "kettle-old"}, exitRefused, "refused: the task is closed (Done)"},
		{"a reassign of a closed task", "ana", to("cy", "reassign", "kettle-old"), exitRefused, "task kettle-old is closed (done): there is nothing to give to anybody"},
		{"an abort of a finished incident", "ana", with("abort", "incident/flood"), exitRefused, "crisisincident/flood is closed already (completed): there is nothing to abort"},
		{"a skip on a closed case", "ana", with("skip", "toaster", "--step", "check"), exitRefused, "complaint/toaster is closed (completed): open it again first, with `kubectl tocsin reopen complaint/toaster`"},
		{"work asked on a closed case", "ana", []string{"task", "toaster", "--to", "cy", "--due", "4h", "Call."}, exitRefused, "complaint/toaster is closed (completed): open it again first"},
		{"a withdrawal of a closed case", "ana", with("withdraw", "toaster"), exitRefused, "complaint/toaster is closed already (completed): there is nothing to withdraw"},
		{"a re-opening of an open case", "ana", with("reopen", "kettle"), exitRefused, "complaint/kettle is open: there is nothing to reopen"},
		{"the clock stands still", "ana", with("pause", "kettle-paused"), exitRefused, "the clock of task kettle-paused stands still already, until 2026-03-02 13:00 UTC at most"},
		{"the clock runs", "ana", []string{"resume", "kettle-check"}, exitRefused, "the clock of task kettle-check runs already: there is nothing to resume"},

		// A merge in a circle.
		{"into itself", "ana", with("merge", "kettle", "--into", "kettle"), exitRefused, "complaint/kettle cannot be merged into itself"},
		{"into one that was merged into it", "ana", with("merge", "kettle", "--into", "pot"), exitRefused, "complaint/pot was merged into complaint/kettle itself, or is about to be: a circle would leave the matter to nobody; work on with complaint/kettle"},
		{"into one that is about to be merged into it", "ana", with("merge", "kettle", "--into", "pan"), exitRefused, "complaint/pan was merged into complaint/kettle itself, or is about to be"},
		{"into one that came to it by way of another", "ana", with("merge", "kettle", "--into", "lid"), exitRefused, "complaint/pot was merged into complaint/kettle itself"},
		{"into a closed one", "ana", with("merge", "kettle", "--into", "toaster"), exitRefused, "complaint/toaster is closed: a matter that goes on cannot be merged into it"},
		{"into none", "ana", with("merge", "kettle", "--into", "spoon"), exitRefused, `there is no complaint "spoon" in namespace "` + w.namespace + `" to merge into`},

		// On another namespace.
		{"a task of another namespace", "ana", []string{"-n", "default", "ack", "kettle-check"}, exitRefused, `no task "kettle-check" in namespace "default"`},
		{"a record of another namespace", "ana", with("-n", "default", "abort", "kettle"), exitRefused, `no complaint and no incident "kettle" in namespace "default"`},
		{"no such namespace", "ana", []string{"-n", "nowhere", "ack", "kettle-check"}, exitRefused, `there is no namespace "nowhere" in the cluster at https://`},

		// With a stale digest.
		{"what has changed since", "ana", []string{"approve", "kettle-agree", "--digest", "0123456789ab"}, exitRefused, "what task kettle-agree asks you to decide about has changed since you read it: read it again with `kubectl tocsin show kettle-agree`, then decide"},
		{"refused what has changed since", "ana", with("refuse", "kettle-agree", "--digest", "0123456789ab"), exitRefused, "has changed since you read it"},
		{"too little of it", "ana", []string{"approve", "kettle-agree", "--digest", "ab"}, exitUsage, `--digest "ab" is too short to tell one version from another: give at least 8 characters of it`},

		// A reassign to whom it cannot go to.
		{"to somebody recused", "ana", to("dana", "reassign", "kettle-check"), exitRefused, "task kettle-check cannot be given to dana, who may not act on it: is complained about; name somebody else"},
		{"to whom the record is about", "ana", to("dana", "reassign", "kettle-paused"), exitRefused, "complaint/kettle is about dana, who takes no part in it; name somebody else"},
		{"to the team it is about", "ana", to("tim", "reassign", "kettle-paused"), exitRefused, "complaint/kettle is about team shop, which tim belongs to, who therefore takes no part in it"},
		{"to whoever has it", "ana", to("ana", "reassign", "kettle-check"), exitRefused, "ana has task kettle-check already"},
		{"to somebody in no team", "ana", to("wolf", "reassign", "kettle-check"), exitRefused, "wolf is in no team of namespace " + w.namespace},
		{"an approval", "ana", to("cy", "reassign", "kettle-agree"), exitRefused, "task kettle-agree is an approval, which is for those who have a seat in it; hand the role over: `kubectl tocsin handover complaint/kettle --role ROLE --to cy`"},
		{"a call", "ana", to("cy", "reassign", "kettle-call"), exitRefused, "task kettle-call calls one person to the team; it cannot be given to another"},
		{"a reassign to nobody", "ana", with("reassign", "kettle-check"), exitUsage, "reassign needs --to: the Kubernetes user who takes it"},
		{"a reassign without a reason", "ana", []string{"reassign", "kettle-check", "--to", "cy"}, exitUsage, "reassign needs --reason"},

		// Work that cannot be asked for.
		{"of whom it is about", "bo", ask("dana", "4h"), exitRefused, "complaint/kettle is about dana, who takes no part in it"},
		{"of somebody in no team", "bo", ask("wolf", "4h"), exitRefused, "wolf is in no team of namespace"},
		{"of nobody", "bo", []string{"task", "kettle", "--due", "4h", "Call."}, exitUsage, "task needs --to"},
		{"without a deadline", "bo", []string{"task", "kettle", "--to", "cy", "Call."}, exitUsage, "task needs --due"},
		{"due yesterday", "bo", ask("cy", "-4h"), exitUsage, `--due "-4h" is no time ahead: write e.g. 30m, 4h or 2d`},
		{"due at once", "bo", ask("cy", "0h"), exitUsage, `--due "0h" is no time ahead`},
		{"in working time of no calendar", "bo", ask("cy", "4h", "--working"), exitRefused, "playbook p names no calendar, so it knows no working time; leave out --working"},
		{"for nothing", "bo", []string{"task", "kettle", "--to", "cy", "--due", "4h", " "}, exitUsage, "task needs WHAT is to be done"},
		{"at length", "bo", []string{"task", "kettle", "--to", "cy", "--due", "4h", strings.Repeat("x", 1025)}, exitUsage, "1025 characters long, and at most 1024 are taken"},
		{"in words without quotes", "bo", []string{"task", "kettle", "--to", "cy", "--due", "4h", "Call", "him"}, exitUsage, "task needs two arguments, RECORD, "},

		// A kubeconfig that points nowhere.
		{"no kubeconfig", "ana", to("cy", "reassign", "x", "--kubeconfig", filepath.Join(t.TempDir(), "none")), exitUsage, "no usable kubeconfig: "},
		{"no server", "ana", ask("cy", "4h", "--server", "https://127.0.0.1:1"), exitUsage, "the API server at https://127.0.0.1:1 cannot be reached"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			r := w.run(t.Context(), kubeconfigs[c.user], c.args...)
			g.Expect(r.Code).To(Equal(c.code), r.Err)
			g.Expect(r.Err).To(ContainSubstring(c.says))
			said, _, _ := strings.Cut(strings.TrimSuffix(r.Err, "\n"), "\nSee 'kubectl tocsin ")
			g.Expect(said).To(And(HavePrefix("error: "), Not(ContainSubstring("\n"))))
			g.Expect(r.Out).To(BeEmpty())
		})
	}
	w.nothingWritten()
}

// badWorld is what those commands are about.
func (w *world) badWorld() {
	w.t.Helper()
	w.team("desk", "ana", "bo", "cy", "dana")
	w.team("shop", "tim")
	pb := &v1alpha1.Playbook{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "p"}, Spec: v1alpha1.PlaybookSpec{For: v1alpha1.RecordComplaint,
		Roles: []v1alpha1.Role{{Name: "handler", Team: "desk", Duty: "agent"}},
		Steps: []v1alpha1.Step{{StepHead: v1alpha1.StepHead{Name: "check", Within: &v1alpha1.Deadline{Elapsed: "4h"}}, Action: v1alpha1.Action{Task: &v1alpha1.Task{To: "handler"}}}}}}
	w.Expect(w.admin.Create(w.ctx, pb)).To(Succeed())
	run := func(result v1alpha1.RunResult) *v1alpha1.Run {
		return &v1alpha1.Run{Version: v1alpha1.RunVersion, ID: 1, Playbook: "p", Revision: v1alpha1.RevisionReference{Name: "p-1", Digest: strings.Repeat("d", 64)}, StartedAt: minutes(-80), Result: result,
			Steps: []v1alpha1.StepState{{Name: "check", State: v1alpha1.StepWaiting}}}
	}
	pb.Status.Revision, pb.Status.ObservedGeneration = &run("").Revision, pb.Generation
	w.Expect(w.manager.Status().Update(w.ctx, pb)).To(Succeed())

	standing := v1alpha1.CaseStatus{Leads: []v1alpha1.User{"ana"}, Responders: []v1alpha1.User{"bo"}}
	open := func(name string, change func(*v1alpha1.ComplaintStatus)) {
		status := v1alpha1.ComplaintStatus{CaseStatus: standing}
		status.Run = run("")
		if change != nil {
			change(&status)
		}
		w.complaintAbout(name, status)
	}
	merged := func(into v1alpha1.ObjectName) func(*v1alpha1.ComplaintStatus) {
		return func(s *v1alpha1.ComplaintStatus) {
			s.Run, s.ClosedAt, s.MergedInto = run(v1alpha1.RunMerged), minutes(-5), into
		}
	}
	open("kettle", nil)
	open("pan", nil)
	open("pot", merged("kettle"))
	open("lid", merged("pot"))
	open("toaster", func(s *v1alpha1.ComplaintStatus) { s.Run, s.ClosedAt = run(v1alpha1.RunCompleted), minutes(-5) })
	w.Expect(w.as("ana", "merge", "pan", "--into", "kettle", "--reason", "the same")).To(HaveField("Code", exitOK))
	incident := v1alpha1.CrisisIncidentStatus{CaseStatus: standing}
	incident.Run, incident.ClosedAt = run(v1alpha1.RunCompleted), minutes(-5)
	w.incident("flood", burning, incident)

	task := func(name string, change func(*v1alpha1.ResponseTaskSpec)) *v1alpha1.ResponseTask {
		return w.task(name, func(s *v1alpha1.ResponseTaskSpec) {
			s.Record.Name, s.Step = "kettle", "check"
			if change != nil {
				change(s)
			}
		})
	}
	task("kettle-check", func(s *v1alpha1.ResponseTaskSpec) {
		s.Assignment.Recused = []v1alpha1.Recusal{{User: "dana", Reason: "is complained about"}}
	})
	task("kettle-paused", func(s *v1alpha1.ResponseTaskSpec) {
		s.Assignment.StoppedAt, s.Assignment.StoppedUntil = minutes(-5), minutes(60)
	})
	task("kettle-agree", func(s *v1alpha1.ResponseTaskSpec) {
		s.Type, s.Assignment.Digest = v1alpha1.TaskTypeApproval, strings.Repeat("ab", 32)
	})
	task("kettle-call", func(s *v1alpha1.ResponseTaskSpec) { s.Type = v1alpha1.TaskTypeAcknowledgement })
	w.close(task("kettle-old", nil))
}

// complaintAbout is a complaint about dana and the team shop.
func (w *world) complaintAbout(name string, status v1alpha1.ComplaintStatus) {
	w.t.Helper()
	c := &v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name}, Spec: v1alpha1.ComplaintSpec{
		Statement: privateStatement, ReceivedAt: minutes(-90), About: &v1alpha1.ComplainedAbout{Users: []v1alpha1.User{"dana"}, Teams: []v1alpha1.ObjectName{"shop"}}}}
	w.Expect(w.admin.Create(w.ctx, c)).To(Succeed())
	c.Status = status
	w.Expect(w.manager.Status().Update(w.ctx, c)).To(Succeed())
}

func (w *world) nothingWritten() {
	w.t.Helper()
	var tasks v1alpha1.ResponseTaskList
	w.Expect(w.admin.List(w.ctx, &tasks)).To(Succeed())
	for _, task := range tasks.Items {
		if task.Namespace == w.namespace {
			w.Expect(task.Spec.Acts).To(BeEmpty(), task.Name)
		}
	}
	for name, acts := range map[string]int{"kettle": 0, "toaster": 0, "pot": 0, "pan": 1} {
		w.Expect(w.recordActs(name)).To(HaveLen(acts), name)
	}
	w.Expect(w.said.String()).NotTo(ContainSubstring("Chen Jia"))
}
