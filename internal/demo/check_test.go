package demo

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice/receivers"
	"tocsin.dev/tocsin/internal/timeline"
)

// whole is a small world in which every promise held.
func whole() *World {
	at := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	c := v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Name: "c", UID: "c-uid"}}
	c.Spec.About = &v1alpha1.ComplainedAbout{Users: []v1alpha1.User{"accused@example.com"}}
	c.Status.Grading = &v1alpha1.Grading{Level: "general"}
	c.Status.CaseNumber = "TS20261123001"
	c.Status.ClosedAt = metav1.NewTime(at)
	timeline.Append(&c.Status.Timeline, at, v1alpha1.EventRunStarted, "", 0, "", "begun", [16]byte{1})
	timeline.Append(&c.Status.Timeline, at, v1alpha1.EventDeadlineMissed, "checkFacts", 0, "", "late", [16]byte{2})
	drill := v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{Name: "d", UID: "d-uid"}}
	drill.Spec.Drill = &v1alpha1.Drill{Schedule: "s"}
	drill.Status.Commander, drill.Status.Spokesperson = "a@example.com", "b@example.com"
	task := v1alpha1.ResponseTask{ObjectMeta: metav1.ObjectMeta{Name: "t"}}
	task.Spec.Record, task.Spec.Step = v1alpha1.RecordReference{UID: "c-uid"}, "checkFacts"
	task.Spec.State = v1alpha1.TaskDone
	task.Spec.Assignment.DueAt, task.Spec.ClosedAt = metav1.NewTime(at), metav1.NewTime(at.Add(time.Hour))
	task.Spec.Assignment.Seats = []v1alpha1.Seat{{Role: "x"}, {Role: "y"}}
	task.Spec.Acts = []v1alpha1.TaskAct{{Verb: v1alpha1.TaskApprove, By: "a@example.com"}, {Verb: v1alpha1.TaskApprove, By: "b@example.com"}}
	task.Spec.Outcome = "approved"
	sent := v1alpha1.Notice{ObjectMeta: metav1.ObjectMeta{Name: "n", UID: types.UID("n-uid")}}
	sent.Status.State = v1alpha1.NoticeDelivered
	sent.Spec.To.Kind, sent.Spec.Record.UID = v1alpha1.RecipientComplainant, "c-uid"
	home, decision, toldOf := oneOfMany(at)
	return &World{
		Complaints: []v1alpha1.Complaint{c, home}, Incidents: []v1alpha1.CrisisIncident{drill, decision}, Tasks: []v1alpha1.ResponseTask{task},
		Notices:   []v1alpha1.Notice{sent, toldOf},
		Secrets:   []corev1.Secret{{ObjectMeta: metav1.ObjectMeta{Name: "c-contact"}, Data: map[string][]byte{"name": []byte("Wanda Complainer")}}},
		Timelines: map[string][]v1alpha1.TimelineEntry{"c-uid": c.Status.Timeline.Entries},
		Mail: []receivers.Received{{Key: "n-uid", Subject: "Case TS20261123001"},
			{Key: "told-uid", Subject: "PD20261123001: you are compensated", At: at.Add(time.Minute)}},
	}
}

// oneOfMany is a household that was raised when a month had passed, the crisis in which it was decided for all, and the
// notice that told it so.
func oneOfMany(at time.Time) (home v1alpha1.Complaint, crisis v1alpha1.CrisisIncident, told v1alpha1.Notice) {
	home = v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Namespace: estate, Name: "home", UID: "home-uid"}}
	home.Spec.Complainant = &v1alpha1.Complainant{Locale: v1alpha1.LocaleEnglish}
	home.Spec.ReceivedAt = metav1.NewTime(at.Add(-month))
	home.Status.Grading = &v1alpha1.Grading{Level: "L2", Rule: monthRule, At: metav1.NewTime(at)}
	home.Status.CaseNumber, home.Status.ClosedAt = "PD20261123001", metav1.NewTime(at)
	home.Status.Incident = &v1alpha1.RecordReference{Name: "many"}
	crisis = v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{Namespace: estate, Name: "many", UID: "many-uid"}}
	crisis.Status.Commander, crisis.Status.Spokesperson = "a@example.com", "b@example.com"
	crisis.Status.Run = &v1alpha1.Run{Steps: []v1alpha1.StepState{{Name: decisionForAll, State: v1alpha1.StepDone, EndedAt: metav1.NewTime(at)}}}
	told = v1alpha1.Notice{ObjectMeta: metav1.ObjectMeta{Name: "told", UID: "told-uid"}}
	told.Status.State = v1alpha1.NoticeDelivered
	told.Spec.To.Kind, told.Spec.Record.UID = v1alpha1.RecipientComplainant, "home-uid"
	return home, crisis, told
}

// The judge of the demo must be able to say no: each broken promise is found by the check that is named after it.
func TestCheckFindsBrokenPromises(t *testing.T) {
	for _, i := range whole().Check(2) {
		NewWithT(t).Expect(i.OK).To(BeTrue(), "the whole world: %s: %s", i.Name, i.Detail)
	}
	for name, test := range map[string]struct {
		broken byte
		do     func(*World)
	}{
		"a complaint is missing":          {'1', func(w *World) { w.Complaints = nil }},
		"a case number twice":             {'1', func(w *World) { w.Complaints = append(w.Complaints, w.Complaints[0]) }},
		"a complaint not graded":          {'1', func(w *World) { w.Complaints[0].Status.Grading = nil }},
		"received twice":                  {'2', func(w *World) { w.Mail = append(w.Mail, w.Mail[0]) }},
		"delivered and not received":      {'2', func(w *World) { w.Mail = nil }},
		"received from nowhere":           {'2', func(w *World) { w.Hooks = append(w.Hooks, receivers.Received{Key: "else"}) }},
		"a notice left behind":            {'2', func(w *World) { w.Notices[0].Status.State = v1alpha1.NoticePending }},
		"a deadline that never fired":     {'3', func(w *World) { w.Tasks[0].Spec.Step = "other" }},
		"a deadline that fired twice":     {'3', func(w *World) { e := w.Timelines["c-uid"]; w.Timelines["c-uid"] = append(e, e[1], e[1]) }},
		"no spokesperson":                 {'4', func(w *World) { w.Incidents[0].Status.Spokesperson = "" }},
		"commander is the voice":          {'4', func(w *World) { w.Incidents[0].Status.Spokesperson = "a@example.com" }},
		"the accused acted":               {'4', func(w *World) { w.Tasks[0].Spec.Acts[0].By = "accused@example.com" }},
		"one person on two seats":         {'4', func(w *World) { w.Tasks[0].Spec.Acts[0].By = "b@example.com" }},
		"a changed entry":                 {'5', func(w *World) { w.Timelines["c-uid"][0].Text = "never" }},
		"a name outside the Secret":       {'6', func(w *World) { w.Tasks[0].Spec.Instructions = "Call Wanda Complainer" }},
		"a drill's mail to somebody else": {'8', func(w *World) { w.Mail[0].Mode, w.Mail[0].To = "Drill", []string{"press@example.com"} }},
		"a mail without the number":       {'9', func(w *World) { w.Mail[0].Subject = "Case c" }},
		"a household not told":            {'2', func(w *World) { w.Mail[1].Subject = "PD20261123001: closed" }},
		"a household told twice":          {'2', func(w *World) { w.Mail = append(w.Mail, w.Mail[1]) }},
		"told in another language":        {'2', func(w *World) { w.Complaints[1].Spec.Complainant.Locale = v1alpha1.LocaleChinese }},
		"told too early":                  {'2', func(w *World) { w.Mail[1].At = w.Mail[1].At.Add(-time.Hour) }},
		"the month over and nothing done": {'3', func(w *World) { w.Complaints[1].Status.Grading.Rule = "" }},
		"raised too late": {'3', func(w *World) {
			w.Complaints[1].Status.Grading.At.Time = w.Complaints[1].Status.ClosedAt.Add(time.Second)
		}},
		"raised by somebody": {'3', func(w *World) { w.Complaints[1].Spec.Acts = []v1alpha1.RecordAct{{Verb: v1alpha1.RecordRaise}} }},
		"no drill":           {'8', func(w *World) { w.Incidents = nil }},
	} {
		t.Run(name, func(t *testing.T) {
			w := whole()
			test.do(w)
			var broken []byte
			for _, i := range w.Check(2) {
				if !i.OK {
					broken = append(broken, i.Name[0])
				}
			}
			NewWithT(t).Expect(broken).To(ContainElement(test.broken))
		})
	}
}
