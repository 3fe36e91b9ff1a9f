package casework_test

import (
	"errors"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/engine"
)

// reviewed takes a post-mortem one turn further and gives back who is told what.
func (w *world) reviewed(pm *v1alpha1.PostMortem) (*casework.Review, []string) {
	w.t.Helper()
	w.asked = nil
	review, err := casework.ReviewPostMortem(w, pm, w.now)
	if err != nil {
		w.t.Fatalf("%s: %v", pm.Name, err)
	}
	var told []string
	if err := review.Tell(func(n engine.SendNotice) error {
		told = append(told, string(n.Spec.Template)+" "+n.Spec.Action+" to "+n.Spec.To.Name+" "+string(n.Spec.Mode))
		return nil
	}); err != nil {
		w.t.Fatalf("%s: %v", pm.Name, err)
	}
	return review, told
}

// postMortem is one about an incident that is there.
func (w *world) postMortem(owner v1alpha1.User, actions ...v1alpha1.CorrectiveAction) *v1alpha1.PostMortem {
	w.incidents["recall"] = &v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "recall", UID: "uid-recall"}}
	return &v1alpha1.PostMortem{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "review", UID: "uid-review", Generation: 1}, Spec: v1alpha1.PostMortemSpec{
		Incident: v1alpha1.RecordReference{Kind: v1alpha1.RecordCrisisIncident, Name: "recall"}, Owner: owner, Actions: actions,
	}}
}

func TestOwnersAreToldOnceWhatIsTheirs(t *testing.T) {
	g := NewWithT(t)
	w := newWorld(t)
	users := w.teams.TeamUsers(w.teams.Teams()[0])
	lead, other := users[0], users[1]
	due := metav1.NewTime(start.Add(time.Hour))
	pm := w.postMortem(lead, v1alpha1.CorrectiveAction{ID: "a", Text: "Rehearse", Owner: other, DueAt: due}, v1alpha1.CorrectiveAction{ID: "b", Text: "Thank them", Owner: "stranger"})
	review, told := w.reviewed(pm)
	g.Expect(told).To(HaveExactElements(HavePrefix("postMortemOpened "), HavePrefix("actionAssigned a ")))
	g.Expect(review.Wake).To(Equal(due.Time))
	g.Expect(pm.Status.Conditions).To(ContainElement(And(HaveField("Reason", casework.ReasonOwnerUnknown), HaveField("Message", ContainSubstring("stranger")))))
	_, told = w.reviewed(pm)
	g.Expect(told).To(BeEmpty())

	t.Log("an outbox that cannot be written to is tried again")
	w.now = due.Time
	review, err := casework.ReviewPostMortem(w, pm, w.now)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(review.Tell(func(engine.SendNotice) error { return errors.New("no room") })).NotTo(Succeed())
	w.incidents["recall"].Spec.Drill = &v1alpha1.Drill{Schedule: "quarterly"}
	_, told = w.reviewed(pm)
	g.Expect(told).To(HaveExactElements(And(HavePrefix("actionOverdue a "), HaveSuffix(" Drill"))))
	_, told = w.reviewed(pm)
	g.Expect(told).To(BeEmpty())

	t.Log("nobody is told of a record that is gone, or is another one")
	pm.Status = v1alpha1.PostMortemStatus{}
	pm.Spec.Incident.UID = "uid-before"
	_, told = w.reviewed(pm)
	g.Expect(told).To(BeEmpty())
	delete(w.incidents, "recall")
	_, told = w.reviewed(pm)
	g.Expect(told).To(BeEmpty())
}

func TestAnActionWithoutADateHasThatOfThePlaybook(t *testing.T) {
	g := NewWithT(t)
	w := newWorld(t)
	office, err := calendar.New(v1alpha1.BusinessCalendarSpec{TimeZone: "Asia/Shanghai",
		Hours: []v1alpha1.OpeningHours{{Days: []v1alpha1.Weekday{"Mon", "Tue", "Wed", "Thu", "Fri"}, From: "09:00", To: "17:00"}}})
	g.Expect(err).NotTo(HaveOccurred())
	w.calendars = map[string]*calendar.Calendar{"crisis-1": office}
	pm := w.postMortem("", v1alpha1.CorrectiveAction{ID: "a", Text: "Rehearse"})
	pm.Spec.Due, pm.Spec.Revision = &v1alpha1.Span{Working: "2d"}, "crisis-1"
	w.now = time.Date(2026, 3, 3, 6, 0, 0, 0, time.UTC) // Tuesday two in the afternoon over there
	review, _ := w.reviewed(pm)
	due := time.Date(2026, 3, 5, 6, 0, 0, 0, time.UTC)
	g.Expect(review.DueAt("a").UTC()).To(Equal(due))
	g.Expect(review.Wake.UTC()).To(Equal(due))

	t.Log("a date of its own comes first, and a calendar that is gone gives none")
	pm.Spec.Actions[0].DueAt = metav1.NewTime(due.Add(time.Hour))
	review, _ = w.reviewed(pm)
	g.Expect(review.Wake.UTC()).To(Equal(due.Add(time.Hour)))
	pm.Spec.Actions[0].DueAt, w.calendars = metav1.Time{}, nil
	review, _ = w.reviewed(pm)
	g.Expect(review.Wake).To(BeZero())

	t.Log("whoever names a date in elapsed time needs no calendar")
	pm.Spec.Due = &v1alpha1.Span{Elapsed: "1h"}
	review, _ = w.reviewed(pm)
	g.Expect(w.asked).NotTo(ContainElement(HavePrefix("calendar")))
	g.Expect(review.Wake.UTC()).To(Equal(time.Date(2026, 3, 3, 7, 0, 0, 0, time.UTC)))
}
