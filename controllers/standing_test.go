package controllers

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
)

// TestWhatMayNotHaveArrivedHasAReasonOfItsOwn: nobody is missing then, and the message names the notice. Where somebody
// is missing as well, that comes first.
func TestWhatMayNotHaveArrivedHasAReasonOfItsOwn(t *testing.T) {
	g := NewWithT(t)
	staffed := func(problems ...string) metav1.Condition {
		run := &v1alpha1.Run{Playbook: "p"}
		for i, p := range problems {
			run.Steps = append(run.Steps, v1alpha1.StepState{Name: string(rune('a' + i)), State: v1alpha1.StepWaiting, Problem: p})
		}
		f := &caseFile{obj: &v1alpha1.Complaint{}, status: &v1alpha1.CaseStatus{Run: run, Leads: []v1alpha1.User{amy}}, now: time.Unix(0, 0)}
		f.stand()
		return *meta.FindStatusCondition(f.status.Conditions, "Staffed")
	}
	failed, unknown := "nothing has reached complainant: see notice n-1", "nobody knows whether anything has reached complainant: see notice n-2"
	g.Expect(staffed(failed, unknown)).To(And(HaveField("Status", metav1.ConditionFalse), HaveField("Reason", "NoticeUndelivered"),
		HaveField("Message", "a: "+failed+"\nb: "+unknown)))
	g.Expect(staffed(failed, "nobody can be asked as handler")).To(And(HaveField("Reason", "Stuck"),
		HaveField("Message", And(ContainSubstring("n-1"), ContainSubstring("handler")))))
	g.Expect(staffed("")).To(HaveField("Status", metav1.ConditionTrue))
}

// TestANoticeThatWillBeSentAgainIsUnderWay: nobody is told that its fate is unknown before it has one.
func TestANoticeThatWillBeSentAgainIsUnderWay(t *testing.T) {
	g := NewWithT(t)
	n := &v1alpha1.Notice{Status: v1alpha1.NoticeStatus{State: v1alpha1.NoticeUncertain}}
	g.Expect(fate(n)).To(Equal(v1alpha1.NoticeSending))
	n.Status.EndedAt = metav1.Now()
	g.Expect(fate(n)).To(Equal(v1alpha1.NoticeUncertain))
	n.Status = v1alpha1.NoticeStatus{State: v1alpha1.NoticePending}
	g.Expect(fate(n)).To(Equal(v1alpha1.NoticePending))
}

// TestTheEndOfALeaveWakesARecordThatNobodyLeads.
func TestTheEndOfALeaveWakesARecordThatNobodyLeads(t *testing.T) {
	g := NewWithT(t)
	now := time.Unix(0, 0).UTC()
	back := metav1.NewTime(now.Add(time.Hour))
	away := v1alpha1.Member{Name: "ma", User: "ma", Away: []v1alpha1.Absence{{From: metav1.NewTime(now.Add(-time.Hour)), To: back}}}
	f := &caseFile{obj: &v1alpha1.Complaint{}, status: &v1alpha1.CaseStatus{Run: &v1alpha1.Run{Playbook: "p"}}, now: now, plan: &playbook.Plan{}}
	f.facts = engine.Facts{About: &v1alpha1.ComplainedAbout{Users: []v1alpha1.User{"dana"}},
		Roster: roster.New(map[string]*v1alpha1.ResponseTeamSpec{"desk": {Members: []v1alpha1.Member{away}}})}
	f.stand()
	g.Expect(meta.FindStatusCondition(f.status.Conditions, "Staffed")).To(HaveField("Reason", reasonNobodyLeft))
	g.Expect(f.wake).To(Equal(back.Time))
}

// Who stays anonymous is not written to, and nothing waits for that.
func TestAnonymousComplaintGoesOn(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.complain("kettle", func(s *v1alpha1.ComplaintSpec) { s.Complainant.ContactSecret = "" })
	w.complain("iron", func(s *v1alpha1.ComplaintSpec) { s.Complainant = nil })
	w.settle()
	for _, name := range []string{"kettle", "iron"} {
		c := w.complaint(name)
		w.Expect(step(c.Status.Run, "acknowledge")).To(And(HaveField("State", v1alpha1.StepDone), HaveField("Outcome", BeEquivalentTo("failed"))))
		w.Expect(w.story(c)).To(ContainSubstring("the complainant left no contact"))
	}
	for _, n := range w.notices() {
		w.Expect(n.Spec.To.Kind).NotTo(Equal(v1alpha1.RecipientComplainant))
	}
}
