package simulation

import (
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/playbooks"
)

// storyOf plays one complaint of a pack.
func storyOf(t *testing.T, p *pack.Pack, record string, cast *Cast) []v1alpha1.TimelineEntry {
	t.Helper()
	s := New(p, cast)
	story := s.Tell()
	for _, c := range p.Complaints {
		if c.Name == record {
			s.Complain(c.DeepCopy(), s.Now())
		}
	}
	if _, err := s.Run(s.Now().Add(60 * 24 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	return story.Of(v1alpha1.RecordComplaint, record)
}

// Where those who are asked for an approval do not answer, whoever the ladder was climbed to does; also where they could
// have done so before, as a deputy, and left it to who was asked.
func TestWhoeverTheLadderWasClimbedToApproves(t *testing.T) {
	for _, deputy := range []bool{false, true} {
		g := NewWithT(t)
		p := load(t, playbooks.ServiceRecovery)
		cast := &Cast{Answers: []Answer{{Steps: []string{"approveRemedy"}, Never: true}}}
		for i := range p.Teams["management"].Spec.Members {
			if m := &p.Teams["management"].Spec.Members[i]; slices.Contains(m.Duties, "department-manager") {
				cast.Answers[0].Users = append(cast.Answers[0].Users, m.User)
				if deputy {
					m.Deputies = []v1alpha1.MemberName{"chen-guo", "helen-ward", "tang-yi", "robert-lane"}
				}
			}
		}
		story := storyOf(t, p, "example-hotline", cast)
		of := func(typ v1alpha1.EventType) int {
			return slices.IndexFunc(story, func(e v1alpha1.TimelineEntry) bool { return e.Type == typ && e.Step == "recover/approveRemedy" })
		}
		climbed, acted := of(v1alpha1.EventEscalated), of(v1alpha1.EventActed)
		g.Expect(climbed).To(BeNumerically(">=", 0))
		g.Expect(acted).To(BeNumerically(">", climbed))
		g.Expect(story[acted].Actor).To(Equal(story[climbed].Actor))
		g.Expect(story[acted].At.Sub(story[climbed].At.Time)).To(Equal(usualDelay))
	}
}

// Who approved something approves it anew once it was written anew: what they said of it before is void.
func TestWhatIsWrittenAnewIsDecidedAnew(t *testing.T) {
	g := NewWithT(t)
	s := New(load(t, playbooks.ServiceRecovery), &Cast{})
	d := s.docket(key{v1alpha1.RecordComplaint, "lamp"})
	of := func(digest string) v1alpha1.Assignment {
		seats := []v1alpha1.Seat{{Role: "manager", Users: []v1alpha1.User{"ana"}}, {Role: "executive", Users: []v1alpha1.User{"ana", "bo"}}}
		return v1alpha1.Assignment{Digest: digest, Seats: seats, MayAct: []v1alpha1.User{"ana", "bo"}}
	}
	var decided []string
	s.Done = func(d Deed) { decided = append(decided, string(d.Act.By)+" "+d.Act.Digest) }
	g.Expect(s.apply(d, engine.OpenTask{Name: "approve", Spec: v1alpha1.ResponseTaskSpec{Type: v1alpha1.TaskTypeApproval, Assignment: of("one")}})).To(Succeed())
	_, err := s.Run(s.Now().Add(time.Hour))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(s.apply(d, engine.Reassign{Name: "approve", Assignment: of("two")})).To(Succeed())
	g.Expect(s.apply(d, engine.Reassign{Name: "approve", Assignment: of("two")})).To(Succeed())
	_, err = s.Run(s.Now().Add(time.Hour))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(decided).To(Equal([]string{"ana one", "bo one", "ana two", "bo two"}))
}

// So does who approved it in the very moment in which it was written anew, and closed the task by that.
func TestWhatIsWrittenAnewAtTheSameMomentIsDecidedAnew(t *testing.T) {
	g := NewWithT(t)
	s := New(load(t, playbooks.ServiceRecovery), &Cast{})
	d := s.docket(key{v1alpha1.RecordComplaint, "lamp"})
	of := func(digest string) v1alpha1.Assignment {
		return v1alpha1.Assignment{Digest: digest, Seats: []v1alpha1.Seat{{Role: "manager", Users: []v1alpha1.User{"ana"}}}, MayAct: []v1alpha1.User{"ana"}}
	}
	var decided []string
	s.Done = func(d Deed) { decided = append(decided, string(d.Act.By)+" "+d.Act.Digest) }
	g.Expect(s.apply(d, engine.OpenTask{Name: "approve", Spec: v1alpha1.ResponseTaskSpec{Type: v1alpha1.TaskTypeApproval, Assignment: of("one")}})).To(Succeed())
	_, err := s.Run(s.Now().Add(time.Hour))
	g.Expect(err).NotTo(HaveOccurred())
	task := s.world.tasks["approve"]
	g.Expect(task.Spec.State).To(Equal(v1alpha1.TaskDone))
	g.Expect(s.apply(d, engine.Reassign{Name: "approve", Assignment: of("two")})).To(Succeed())
	g.Expect(s.apply(d, engine.LeaveOut{Name: "approve", Act: task.Spec.Acts[0]})).To(Succeed())
	_, err = s.Run(s.Now().Add(time.Hour))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(decided).To(Equal([]string{"ana one", "ana two"}))
}

// Who was asked and is away by the time they would answer answers once they are back.
func TestNobodyAnswersWhileAway(t *testing.T) {
	p := load(t, playbooks.ServiceRecovery)
	usual := storyOf(t, p, "example-lamp", &Cast{})
	first := slices.IndexFunc(usual, func(e v1alpha1.TimelineEntry) bool { return e.Type == v1alpha1.EventActed })
	who, asked := usual[first].Actor, usual[first].At.Add(-usualDelay)
	moment := func(minutes int) metav1.Time { return metav1.NewTime(asked.Add(time.Duration(minutes) * time.Minute)) }

	story := storyOf(t, p, "example-lamp", &Cast{Away: []Away{{who, moment(40), moment(45)}, {who, moment(20), moment(40)}}})
	for _, e := range story {
		if e.Type == v1alpha1.EventActed && e.Actor == who {
			NewWithT(t).Expect(e.At.UTC()).To(Equal(moment(45).UTC()))
			return
		}
	}
	t.Error("they do not answer at all")
}

// Who is asked for an approval can decline it like every task: somebody else is asked.
func TestAnApprovalIsDeclined(t *testing.T) {
	g := NewWithT(t)
	p := load(t, playbooks.ServiceRecovery)
	usual := storyOf(t, p, "example-hotline", &Cast{})
	of := func(story []v1alpha1.TimelineEntry) (by []v1alpha1.User) {
		for _, e := range story {
			if e.Type == v1alpha1.EventActed && e.Step == "recover/approveRemedy" && e.Text == "approved" {
				by = append(by, e.Actor)
			}
		}
		return by
	}
	g.Expect(of(usual)).NotTo(BeEmpty())
	story := storyOf(t, p, "example-hotline", &Cast{Answers: []Answer{{Steps: []string{"approveRemedy"}, Users: of(usual)[:1], Declines: 100}}})
	g.Expect(of(story)).NotTo(BeEmpty())
	g.Expect(of(story)).NotTo(ContainElement(of(usual)[0]))
}

// What is written again is another text each time, so that an approval of what was there before is void.
func TestWhatIsWrittenAgainIsAnotherText(t *testing.T) {
	g := NewWithT(t)
	texts := []string{"a", ""}
	for text := texts[0]; len(texts) < 6; {
		text = another("a", text)
		g.Expect(texts).NotTo(ContainElement(text))
		texts = append(texts, text)
	}
	g.Expect(another("a (offer of round 2)", "a")).To(Equal("a (offer of round 2)"))
	s := New(load(t, playbooks.ServiceRecovery), &Cast{})
	s.world.complaints["lamp"] = &v1alpha1.Complaint{}
	task := &v1alpha1.ResponseTask{Spec: v1alpha1.ResponseTaskSpec{Record: v1alpha1.RecordReference{Name: "lamp"}}}
	first := s.writeRemedy(task, "ana", nil)
	g.Expect(s.writeRemedy(task, "bo", nil).Reason).NotTo(Equal(first.Reason))
	g.Expect(s.writeRemedy(task, "ana", first).Reason).To(Equal(first.Reason), "what is known of the past stays as it was")
}
