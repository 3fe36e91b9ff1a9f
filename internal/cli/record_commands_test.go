package cli

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/spf13/pflag"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// worked is a complaint that ana leads and bo works on.
func (w *world) worked(name string) {
	w.complaint(name, v1alpha1.ComplaintStatus{CaseStatus: v1alpha1.CaseStatus{Leads: []v1alpha1.User{"ana"}, Responders: []v1alpha1.User{"bo"}}})
}

var burning = v1alpha1.CrisisIncidentSpec{Title: "fire", Level: "major"}

func (w *world) recordActs(name string) []v1alpha1.RecordAct {
	w.t.Helper()
	var c v1alpha1.Complaint
	w.Expect(w.admin.Get(w.ctx, client.ObjectKey{Namespace: w.namespace, Name: name}, &c)).To(Succeed())
	return c.Spec.Acts
}

func TestEveryVerbOfARecord(t *testing.T) {
	for _, c := range []struct {
		args []string
		says string
		act  v1alpha1.RecordAct
	}{
		{[]string{"raise", "kettle-17", "--level", "major"}, "asked to raise to major" + whetherItDid, v1alpha1.RecordAct{Verb: v1alpha1.RecordRaise, Level: "major"}},
		{[]string{"lower", "kettle-17", "--level", "general"}, "asked to lower to general" + whetherItDid, v1alpha1.RecordAct{Verb: v1alpha1.RecordLower, Level: "general"}},
		{[]string{"skip", "kettle-17", "--step", "recover/planRemedy"}, "asked to go on without recover/planRemedy" + whetherItDid, v1alpha1.RecordAct{Verb: v1alpha1.RecordSkip, Step: "recover/planRemedy"}},
		{[]string{"abort", "complaint/kettle-17"}, "asked to abort" + whetherItDid, v1alpha1.RecordAct{Verb: v1alpha1.RecordAbort}},
		{[]string{"reopen", "cpl/kettle-17"}, "asked to open again" + whetherItDid, v1alpha1.RecordAct{Verb: v1alpha1.RecordReopen}},
		{[]string{"withdraw", "kettle-17"}, "asked to withdraw" + whetherItDid, v1alpha1.RecordAct{Verb: v1alpha1.RecordWithdraw}},
		{[]string{"merge", "kettle-17", "--into", "complaint/kettle-18"}, "asked to merge into complaint/kettle-18" + whetherItDid, v1alpha1.RecordAct{Verb: v1alpha1.RecordMerge, Into: "kettle-18"}},
		{[]string{"comment", "complaint/kettle-17"}, "commented", v1alpha1.RecordAct{Verb: v1alpha1.RecordComment}},
		{[]string{"handover", "kettle-17", "--role", "handler", "--to", "bo"}, "asked to give handler to bo; the timeline says whether that user may take it", v1alpha1.RecordAct{Verb: v1alpha1.RecordHandOver, Role: "handler", To: "bo"}},
		{[]string{"release", "kettle-17"}, "may be deleted", v1alpha1.RecordAct{Verb: v1alpha1.RecordRelease}},
	} {
		t.Run(c.args[0], func(t *testing.T) {
			w := newWorld(t)
			w.worked("kettle-17")
			w.worked("kettle-18")
			w.levels("serious", "major", "general") // nobody verified it yet, so what it knows is not held against the act
			w.Expect(w.as("ana", append(c.args, "--reason", "because")...)).To(Equal(result{Out: "complaint/kettle-17 " + c.says + "\n"}))
			acts := w.recordActs("kettle-17")
			w.Expect(acts).To(HaveLen(1))
			w.Expect(acts[0].ID).To(MatchRegexp(`^[0-9a-f]{8}$`))
			c.act.ID, c.act.By, c.act.At, c.act.Reason = acts[0].ID, "ana", metav1.NewTime(acts[0].At.UTC()), "because"
			acts[0].At = c.act.At
			w.Expect(acts[0]).To(Equal(c.act))
			w.Expect(c.act.At.Time).To(BeTemporally("==", noon))
		})
	}
}

// levels makes a TriagePolicy with levels, the highest first.
func (w *world) levels(names ...v1alpha1.LevelName) *v1alpha1.TriagePolicy {
	w.t.Helper()
	p := &v1alpha1.TriagePolicy{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "default"}, Spec: v1alpha1.TriagePolicySpec{DefaultLevel: names[0]}}
	for _, name := range names {
		p.Spec.Levels = append(p.Spec.Levels, v1alpha1.Level{Name: name})
	}
	w.Expect(w.admin.Create(w.ctx, p)).To(Succeed())
	return p
}

// running is a complaint at level serious with a run that has taken in no acts and ended with `result`.
func (w *world) running(name string, result v1alpha1.RunResult) {
	w.t.Helper()
	status := v1alpha1.ComplaintStatus{Grading: &v1alpha1.Grading{Level: "serious", At: minutes(-80)}, CaseStatus: v1alpha1.CaseStatus{
		Leads: []v1alpha1.User{"ana"},
		Run: &v1alpha1.Run{Version: v1alpha1.RunVersion, ID: 1, Playbook: "p", Revision: v1alpha1.RevisionReference{Name: "p-1", Digest: strings.Repeat("d", 64)}, StartedAt: minutes(-80), Result: result,
			Steps: []v1alpha1.StepState{{Name: "check", State: v1alpha1.StepWaiting}, {Name: "tell", State: v1alpha1.StepPending, Problem: "its condition has no answer"}, {Name: "thanks", State: v1alpha1.StepPending}}},
	}}
	if result != "" {
		status.ClosedAt = minutes(-10)
	}
	w.complaint(name, status)
}

// What the operator would certainly leave out is refused with the reason, and nothing is written.
func TestActsThatWouldBeLeftOutAreRefused(t *testing.T) {
	w := newWorld(t)
	policy := w.levels("major", "serious", "general")
	policy.Status.Conditions = []metav1.Condition{{Type: "Verified", Status: metav1.ConditionTrue, Reason: "Compiled", ObservedGeneration: policy.Generation, LastTransitionTime: minutes(-90)}}
	w.Expect(w.manager.Status().Update(w.ctx, policy)).To(Succeed())
	w.running("kettle-17", "")
	w.running("kettle-18", v1alpha1.RunCompleted)
	w.worked("kettle-19")
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"raise", "kettle-17", "--level", "terrible"}, `no TriagePolicy of namespace ` + w.namespace + ` has the level "terrible"; its levels, the highest first: major, serious, general`},
		{[]string{"raise", "kettle-17", "--level", "serious"}, "serious is not above serious, the level of complaint/kettle-17; the levels, the highest first: major, serious, general"},
		{[]string{"raise", "kettle-17", "--level", "general"}, "general is not above serious, the level of complaint/kettle-17"},
		{[]string{"lower", "kettle-17", "--level", "major"}, "major is not below serious, the level of complaint/kettle-17"},
		{[]string{"lower", "kettle-19", "--level", "general"}, "general is not below none, the level of complaint/kettle-19"},
		{[]string{"skip", "kettle-17", "--step", "thanks"}, "step thanks of complaint/kettle-17 does not wait (it is pending); what waits now: check, tell"},
		{[]string{"skip", "kettle-17", "--step", "cheque"}, `complaint/kettle-17 has no step "cheque"; what waits now: check, tell`},
		{[]string{"handover", "kettle-17", "--role", "nope", "--to", "bo"}, `nobody holds the role "nope" of complaint/kettle-17; roles that are held: `},
		{[]string{"merge", "kettle-17", "--into", "nonsense"}, `there is no complaint "nonsense" in namespace "` + w.namespace + `" to merge into`},
		{[]string{"merge", "kettle-17", "--into", "kettle-17"}, "complaint/kettle-17 cannot be merged into itself"},
		{[]string{"merge", "kettle-17", "--into", "kettle-18"}, "complaint/kettle-18 is closed: a matter that goes on cannot be merged into it"},
		{[]string{"merge", "kettle-18", "--into", "kettle-17"}, "complaint/kettle-18 is closed already (completed): there is nothing to merge"},
		{[]string{"reopen", "kettle-17"}, "complaint/kettle-17 is open: there is nothing to reopen"},
		{[]string{"abort", "kettle-18"}, "complaint/kettle-18 is closed already (completed): there is nothing to abort"},
		{[]string{"withdraw", "kettle-18"}, "complaint/kettle-18 is closed already (completed): there is nothing to withdraw"},
		{[]string{"skip", "kettle-18", "--step", "check"}, "complaint/kettle-18 is closed (completed)"},
		{[]string{"raise", "kettle-18", "--level", "major"}, "complaint/kettle-18 is closed (completed): open it again first"},
		{[]string{"lower", "kettle-18", "--level", "general"}, "complaint/kettle-18 is closed (completed)"},
		{[]string{"handover", "kettle-18", "--role", "handler", "--to", "bo"}, "complaint/kettle-18 is closed (completed)"},
	} {
		r := w.as("ana", append(c.args, "--reason", "because")...)
		w.Expect(r).To(And(HaveField("Code", exitRefused), HaveField("Out", ""), HaveField("Err", HavePrefix("error: "+c.says))), "%v", c.args)
	}
	for _, name := range []string{"kettle-17", "kettle-18", "kettle-19"} {
		w.Expect(w.recordActs(name)).To(BeEmpty())
	}

	t.Log("what may take effect is written")
	for _, args := range [][]string{
		{"raise", "kettle-17", "--level", "major"}, {"reopen", "kettle-18"}, {"raise", "kettle-19", "--level", "general"},
	} {
		r := w.as("ana", append(args, "--reason", "because")...)
		w.Expect(r.Code).To(Equal(exitOK), "%v: %s", args, r.Err)
	}

	t.Log("so is whatever follows an act that the operator has not seen yet: by then the record may stand differently")
	for _, args := range [][]string{
		{"raise", "kettle-17", "--level", "serious"}, {"skip", "kettle-17", "--step", "thanks"}, {"reopen", "kettle-17"}, {"abort", "kettle-18"}, {"merge", "kettle-17", "--into", "kettle-18"},
	} {
		r := w.as("ana", append(args, "--reason", "because")...)
		w.Expect(r.Code).To(Equal(exitOK), "%v: %s", args, r.Err)
	}
}

func TestAnIncidentIsDecidedAboutToo(t *testing.T) {
	w := newWorld(t)
	status := v1alpha1.CrisisIncidentStatus{CaseStatus: v1alpha1.CaseStatus{Leads: []v1alpha1.User{"ana"}}}
	w.incident("fire", burning, status)
	w.worked("fire")
	w.Expect(w.as("ana", "abort", "fire", "--reason", "false alarm")).To(Equal(result{Code: exitRefused,
		Err: "error: \"fire\" is both a complaint and an incident: write complaint/fire or incident/fire\n"}))
	w.Expect(w.as("ana", "abort", "incident/fire", "--reason", "false alarm")).To(Equal(result{Out: "crisisincident/fire asked to abort; the timeline says whether it took effect\n"}))
	w.Expect(w.as("ana", "abort", "incident/fire", "--reason", "false alarm")).To(HaveField("Code", exitOK), "a second one changes nothing; the timeline says so")
	w.Expect(w.recordActs("fire")).To(BeEmpty())
}

func TestRecordRefusals(t *testing.T) {
	w := newWorld(t)
	w.levels("major", "serious", "general")
	w.worked("kettle-17")
	w.incident("fire", burning, v1alpha1.CrisisIncidentStatus{CaseStatus: v1alpha1.CaseStatus{Leads: []v1alpha1.User{"ana"}}})
	for _, c := range []struct {
		user string
		args []string
		code int
		says string
	}{
		{"ana", []string{"abort", "kettle-17"}, exitUsage, "abort needs --reason: say why in a sentence"},
		{"ana", []string{"raise", "kettle-17", "--reason", "worse"}, exitUsage, "raise needs --level: the new level"},
		{"ana", []string{"merge", "kettle-17", "--reason", "same"}, exitUsage, "merge needs --into: the complaint that goes on"},
		{"ana", []string{"abort", "--reason", "why"}, exitUsage, "abort needs RECORD"},
		{"ana", []string{"withdraw", "--reason", "why"}, exitUsage, "withdraw needs COMPLAINT"},
		{"bo", []string{"abort", "kettle-17", "--reason", "enough"}, exitRefused, "refused: 'bo' may not Abort this record"},
		{"cy", []string{"raise", "kettle-17", "--level", "major", "--reason", "worse"}, exitRefused, "refused: 'cy' may not Raise this record"},
		{"ana", []string{"abort", "kettle-99", "--reason", "enough"}, exitRefused, "no complaint and no incident \"kettle-99\" in namespace"},
		{"ana", []string{"withdraw", "fire", "--reason", "enough"}, exitRefused, "crisisincident/fire is no complaint"},
		{"ana", []string{"merge", "incident/fire", "--into", "kettle-17", "--reason", "enough"}, exitRefused, "Merge is for complaints: an incident is ended by its playbook, or with Abort"},
		{"ana", []string{"merge", "kettle-17", "--into", "Kettle 18", "--reason", "same"}, exitRefused, "there is no complaint \"Kettle 18\" in namespace"},
	} {
		r := w.as(c.user, c.args...)
		w.Expect(r.Code).To(Equal(c.code), "%v: %s", c.args, r.Err)
		w.Expect(r.Err).To(ContainSubstring(c.says), "%v", c.args)
		w.Expect(r.Out).To(BeEmpty())
	}
	w.Expect(w.recordActs("kettle-17")).To(BeEmpty())
}

// People quote the case number, so every command that takes a record takes it too; a comment also where a task begins so.
func TestARecordIsKnownByItsCaseNumberToo(t *testing.T) {
	w := newWorld(t)
	w.complaint("otto", v1alpha1.ComplaintStatus{CaseNumber: "BK20261122001", CaseStatus: v1alpha1.CaseStatus{Leads: []v1alpha1.User{"ana"}}})
	w.complaint("emma", v1alpha1.ComplaintStatus{CaseNumber: "BK20261122002", CaseStatus: v1alpha1.CaseStatus{Leads: []v1alpha1.User{"ana"}}})
	w.task("otto-check-0a1b", nil)
	for _, args := range [][]string{{"timeline", "BK20261122001"}, {"timeline", "complaint/bk20261122001"}, {"timeline", "BK20261122001", "--complaint"}} {
		r := w.as("ana", args...)
		w.Expect(r.Code).To(Equal(exitOK), "%v: %s", args, r.Err)
	}
	w.Expect(w.as("ana", "timeline", "BK20261122003").Err).To(ContainSubstring("no complaint and no incident \"BK20261122003\" in namespace"))
	w.Expect(w.as("ana", "timeline", "BK20261122001", "--incident").Err).To(ContainSubstring("complaint/otto is no incident"))
	w.Expect(w.as("ana", "merge", "BK20261122001", "--into", "BK20261122002", "--reason", "the same").Out).To(HavePrefix("complaint/otto asked to merge into BK20261122002"))
	w.Expect(w.recordActs("otto")[0].Into).To(Equal("emma"))

	for _, name := range []string{"otto", "BK20261122001"} {
		w.Expect(w.as("ana", "comment", name, "--reason", "called the shop")).To(Equal(result{Out: "complaint/otto commented\n"}))
	}
	w.Expect(w.recordActs("otto")).To(HaveLen(3))
	w.Expect(w.as("ana", "comment", "otto-check", "--reason", "called the shop")).To(Equal(result{Out: "responsetask/otto-check-0a1b commented\n"}))
}

// A word in backquotes in the text of a flag would be taken for the name of its value.
func TestFlagsAreExplainedInPlainWords(t *testing.T) {
	a := &app{flags: genericclioptions.NewConfigFlags(true)}
	for _, cmd := range a.root().Commands() {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			NewWithT(t).Expect(f.Usage).NotTo(ContainSubstring("`"), "--%s of %s", f.Name, cmd.Name())
		})
	}
}
