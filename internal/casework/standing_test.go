package casework

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
		f := &File{Record: &v1alpha1.Complaint{}, Status: &v1alpha1.CaseStatus{Run: run, Leads: []v1alpha1.User{"amy"}}, Now: time.Unix(0, 0)}
		f.stand()
		return *meta.FindStatusCondition(f.Status.Conditions, "Staffed")
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
	n.Status.EndedAt = metav1.NewTime(time.Unix(0, 0))
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
	f := &File{Record: &v1alpha1.Complaint{}, Status: &v1alpha1.CaseStatus{Run: &v1alpha1.Run{Playbook: "p"}}, Now: now, plan: &playbook.Plan{}}
	f.Facts = engine.Facts{About: &v1alpha1.ComplainedAbout{Users: []v1alpha1.User{"dana"}},
		Roster: roster.New(map[string]*v1alpha1.ResponseTeamSpec{"desk": {Members: []v1alpha1.Member{away}}})}
	f.stand()
	g.Expect(meta.FindStatusCondition(f.Status.Conditions, "Staffed")).To(HaveField("Reason", reasonNobodyLeft))
	g.Expect(f.Wake).To(Equal(back.Time))
}

func TestTheNumberOfLateSteps(t *testing.T) {
	g := NewWithT(t)
	g.Expect(pastDeadline(1)).To(Equal("1 waiting step is past its deadline"))
	g.Expect(pastDeadline(2)).To(Equal("2 waiting steps are past their deadline"))
}
