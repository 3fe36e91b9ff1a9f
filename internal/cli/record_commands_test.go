package cli

import (
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
		{[]string{"raise", "kettle-17", "--level", "major"}, "raised to major", v1alpha1.RecordAct{Verb: v1alpha1.RecordRaise, Level: "major"}},
		{[]string{"lower", "kettle-17", "--level", "general"}, "lowered to general", v1alpha1.RecordAct{Verb: v1alpha1.RecordLower, Level: "general"}},
		{[]string{"skip", "kettle-17", "--step", "recover/planRemedy"}, "goes on without recover/planRemedy", v1alpha1.RecordAct{Verb: v1alpha1.RecordSkip, Step: "recover/planRemedy"}},
		{[]string{"abort", "complaint/kettle-17"}, "aborted", v1alpha1.RecordAct{Verb: v1alpha1.RecordAbort}},
		{[]string{"reopen", "cpl/kettle-17"}, "opened again", v1alpha1.RecordAct{Verb: v1alpha1.RecordReopen}},
		{[]string{"withdraw", "kettle-17"}, "withdrawn", v1alpha1.RecordAct{Verb: v1alpha1.RecordWithdraw}},
		{[]string{"merge", "kettle-17", "--into", "complaint/kettle-18"}, "merged into complaint/kettle-18", v1alpha1.RecordAct{Verb: v1alpha1.RecordMerge, Into: "kettle-18"}},
		{[]string{"comment", "complaint/kettle-17"}, "commented", v1alpha1.RecordAct{Verb: v1alpha1.RecordComment}},
		{[]string{"handover", "kettle-17", "--role", "handler", "--to", "bo"}, "asked to give handler to bo; the timeline says whether that user may take it", v1alpha1.RecordAct{Verb: v1alpha1.RecordHandOver, Role: "handler", To: "bo"}},
		{[]string{"release", "kettle-17"}, "may be deleted", v1alpha1.RecordAct{Verb: v1alpha1.RecordRelease}},
	} {
		t.Run(c.args[0], func(t *testing.T) {
			w := newWorld(t)
			w.worked("kettle-17")
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

func TestAnIncidentIsDecidedAboutToo(t *testing.T) {
	w := newWorld(t)
	status := v1alpha1.CrisisIncidentStatus{CaseStatus: v1alpha1.CaseStatus{Leads: []v1alpha1.User{"ana"}}}
	w.incident("fire", burning, status)
	w.worked("fire")
	w.Expect(w.as("ana", "abort", "fire", "--reason", "false alarm")).To(Equal(result{Code: exitRefused,
		Err: "error: \"fire\" is both a complaint and an incident: write complaint/fire or incident/fire\n"}))
	w.Expect(w.as("ana", "abort", "incident/fire", "--reason", "false alarm")).To(Equal(result{Out: "crisisincident/fire aborted\n"}))
	w.Expect(w.as("ana", "abort", "incident/fire", "--reason", "false alarm")).To(HaveField("Code", exitOK), "a second one changes nothing; the timeline says so")
	w.Expect(w.recordActs("fire")).To(BeEmpty())
}

func TestRecordRefusals(t *testing.T) {
	w := newWorld(t)
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
		{"ana", []string{"withdraw", "fire", "--reason", "enough"}, exitRefused, "\"fire\" not found"},
		{"ana", []string{"merge", "incident/fire", "--into", "kettle-17", "--reason", "enough"}, exitRefused, "Merge is for complaints: an incident is ended by its playbook, or with Abort"},
		{"ana", []string{"merge", "kettle-17", "--into", "Kettle 18", "--reason", "same"}, exitRefused, "spec.acts[0].into"},
	} {
		r := w.as(c.user, c.args...)
		w.Expect(r.Code).To(Equal(c.code), "%v: %s", c.args, r.Err)
		w.Expect(r.Err).To(ContainSubstring(c.says), "%v", c.args)
		w.Expect(r.Out).To(BeEmpty())
	}
	w.Expect(w.recordActs("kettle-17")).To(BeEmpty())
}
