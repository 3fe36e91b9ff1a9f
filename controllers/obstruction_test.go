package controllers

import (
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/intake"
	"tocsin.dev/tocsin/internal/wake"
)

// foreign makes a ConfigMap that was there before Tocsin was installed: admission refuses its name to others since.
func (w *world) foreign(name string, data map[string]string) *corev1.ConfigMap {
	c := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: name}, Data: data}
	w.ExpectWithOffset(1, cluster.manager.Create(w.ctx, c)).To(Succeed())
	return c
}

// talk lets somebody comment on a complaint, so that its timeline grows.
func (w *world) talk(c *v1alpha1.Complaint, times int) {
	for i := range times {
		w.decide(c, amy, v1alpha1.RecordAct{Verb: v1alpha1.RecordComment, Reason: fmt.Sprintf("Comment %d.", i)})
	}
}

// talkAbout lets somebody comment on a task as often as there is room, in one write.
func (w *world) talkAbout(task *v1alpha1.ResponseTask) {
	fresh := read(w, task.Name, &v1alpha1.ResponseTask{})
	for i := range 48 {
		fresh.Spec.Acts = append(fresh.Spec.Acts, v1alpha1.TaskAct{ID: fmt.Sprintf("talk-%d", i), Verb: v1alpha1.TaskComment,
			By: amy, At: metav1.NewTime(w.clock.Now()), Reason: fmt.Sprintf("Comment %d.", i)})
	}
	w.ExpectWithOffset(1, w.as(amy).Update(w.ctx, fresh)).To(Succeed())
}

// rounds reconciles everything a few times: a record that meets an obstruction tries what it needs each time.
func (w *world) rounds() {
	for range 4 {
		w.ExpectWithOffset(1, w.round()).To(Succeed())
	}
}

// A ConfigMap of somebody else that has the name of the next segment: the record says so and goes on, nothing is lost,
// and when the name is free the entries are moved without anybody's help.
func TestSegmentNameIsTaken(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	wheel := wake.New(w.clock)
	w.complaints.Wheel = wheel
	other := w.foreign("kettle-timeline-0", map[string]string{"mine": "yes"})
	c := w.complain("kettle")
	w.settle()
	w.talk(c, 20)
	w.rounds()
	w.talk(c, 1)
	w.rounds()
	got := w.complaint("kettle")
	w.Expect(got.Status.Timeline.Segments).To(BeZero())
	w.Expect(w.told(got, v1alpha1.EventCommented)).To(Equal(21), "the case goes on")
	said := w.condition(got.Status.Conditions, "Obstructed")
	w.Expect(said).To(And(HaveField("Status", metav1.ConditionTrue), HaveField("Reason", "NameTaken"),
		HaveField("Message", And(ContainSubstring("ConfigMap "+w.ns+"/kettle-timeline-0"), ContainSubstring("delete it")))))
	next, waits := wheel.Next()
	w.Expect(waits).To(BeTrue())
	w.Expect(next).To(BeTemporally("<=", w.clock.Now().Add(5*time.Minute)), "it looks again by itself")
	before := w.written()["status Complaint"]
	w.rounds()
	w.Expect(w.written()["status Complaint"]).To(Equal(before), "at rest meanwhile")

	w.Expect(w.admin.Delete(w.ctx, other)).To(Succeed())
	w.pass(5 * time.Minute)
	w.settle()
	got = w.complaint("kettle")
	w.Expect(apimeta.FindStatusCondition(got.Status.Conditions, "Obstructed")).To(BeNil())
	w.Expect(got.Status.Timeline.Segments).To(Equal(int32(1)))
	w.Expect(w.told(got, v1alpha1.EventCommented)).To(Equal(21), "and nothing is lost")
}

// When the status has no room left the record waits, and says so where people look.
func TestRecordWaitsWhenTheTimelineHasNoRoom(t *testing.T) {
	most := mostEntries
	mostEntries = 128
	t.Cleanup(func() { mostEntries = most })
	w := newWorld(t)
	w.furnish()
	other := w.foreign("kettle-timeline-0", nil)
	w.complain("kettle")
	w.settle()
	w.talkAbout(w.task("kettle", "checkFacts"))
	w.rounds()
	w.act(w.task("kettle", "checkFacts"), amy, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete, Outcome: "founded"})
	w.rounds()
	w.talkAbout(w.task("kettle", "settle"))
	w.rounds()
	w.Expect(len(w.complaint("kettle").Status.Timeline.Entries)).To(BeNumerically(">", 96))
	w.act(w.task("kettle", "settle"), amy, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete})
	w.talk(w.complaint("kettle"), 30)
	w.rounds()
	got := w.complaint("kettle")
	w.Expect(w.told(got, v1alpha1.EventCommented)).To(Equal(96))
	w.Expect(got.Status.State).To(Equal(v1alpha1.CaseOpen), "it waits")
	w.Expect(w.condition(got.Status.Conditions, "Obstructed").Status).To(Equal(metav1.ConditionTrue))

	w.Expect(w.admin.Delete(w.ctx, other)).To(Succeed())
	w.settle()
	got = w.complaint("kettle")
	w.Expect(w.told(got, v1alpha1.EventCommented)).To(Equal(126))
	w.Expect(got.Status.State).To(Equal(v1alpha1.CaseClosed))
}

// A notice whose name is taken halts the record; it says which object, and goes on once it is gone.
func TestNameOfAnEffectIsTaken(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.complain("kettle")
	var taken *v1alpha1.Notice
	w.before = func(what string, obj client.Object) error {
		if what != "create Notice" || taken != nil {
			return nil
		}
		taken = obj.DeepCopyObject().(*v1alpha1.Notice)
		return errCut
	}
	for taken == nil {
		_ = w.once(w.complaints, "kettle")
	}
	taken.OwnerReferences = nil
	w.Expect(cluster.manager.Create(w.ctx, taken)).To(Succeed())
	w.rounds()
	said := w.condition(w.complaint("kettle").Status.Conditions, "Obstructed")
	w.Expect(said).To(And(HaveField("Reason", "NameTaken"), HaveField("Message", ContainSubstring("Notice "+w.ns+"/"+taken.Name))))
	w.Expect(w.complaint("kettle").Status.Run).To(BeNil(), "nothing is written that did not happen")
	collector, err := cluster.As("system:serviceaccount:kube-system:generic-garbage-collector", "system:masters")
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(collector.Delete(w.ctx, taken)).To(Succeed(), "people may not; a notice whose record is gone goes so")
	w.settle()
	c := w.complaint("kettle")
	w.Expect(c.Status.Run).NotTo(BeNil())
	w.Expect(apimeta.FindStatusCondition(c.Status.Conditions, "Obstructed")).To(BeNil())
}

// A ConfigMap of case numbers that cannot be used is named on every complaint that waits for a number.
func TestCaseNumbersCannotBeUsed(t *testing.T) {
	immutable := true
	for name, broken := range map[string]*corev1.ConfigMap{
		"damaged":   {Data: map[string]string{"20260302": "many"}},
		"immutable": {Data: map[string]string{"20260302": "7"}, Immutable: &immutable},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.furnish()
			broken.Namespace, broken.Name = w.ns, intake.CaseNumbersName
			w.Expect(cluster.manager.Create(w.ctx, broken)).To(Succeed())
			w.complain("kettle")
			w.settle()
			c := w.complaint("kettle")
			w.Expect(c.Status.Grading.Level).To(BeEquivalentTo("general"), "it is graded all the same")
			w.Expect(c.Status.CaseNumber).To(BeEmpty())
			w.Expect(w.condition(c.Status.Conditions, "Obstructed")).To(And(HaveField("Reason", "CaseNumbersUnusable"),
				HaveField("Message", ContainSubstring("ConfigMap "+w.ns+"/tocsin-case-numbers"))))
			w.Expect(w.admin.Delete(w.ctx, broken)).To(Succeed())
			w.settle()
			c = w.complaint("kettle")
			w.Expect(c.Status.CaseNumber).To(Equal("TS20260302001"))
			w.Expect(apimeta.FindStatusCondition(c.Status.Conditions, "Obstructed")).To(BeNil())
			w.Expect(c.Status.Run).NotTo(BeNil())
		})
	}
}

// What the API server will not take shows on the record; once it takes it the record goes on by itself.
func TestStatusThatIsRefused(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.complain("kettle")
	w.must(w.complaints, "kettle") // the number
	refused := false
	w.before = func(what string, _ client.Object) error {
		if what != "status Complaint" || refused {
			return nil
		}
		refused = true
		return apierrors.NewInvalid(v1alpha1.GroupVersion.WithKind("Complaint").GroupKind(), "kettle",
			field.ErrorList{field.TooMany(field.NewPath("status", "timeline", "entries"), 2000, 1024)})
	}
	w.must(w.complaints, "kettle")
	w.Expect(w.condition(w.complaint("kettle").Status.Conditions, "Obstructed")).To(And(HaveField("Reason", "StatusRefused"),
		HaveField("Message", ContainSubstring("status.timeline.entries"))))
	w.Expect(w.complaint("kettle").Status.Run).To(BeNil())
	w.pass(time.Minute)
	w.settle()
	c := w.complaint("kettle")
	w.Expect(c.Status.Run).NotTo(BeNil())
	w.Expect(apimeta.FindStatusCondition(c.Status.Conditions, "Obstructed")).To(BeNil())
}

// A playbook whose steps all begin at once is no more than a status takes.
func TestManyStepsAtOnce(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	var steps strings.Builder
	for i := range 64 {
		fmt.Fprintf(&steps, "  - {name: tell%d, notify: {to: [complainant], template: hello}}\n", i)
	}
	before, rest, _ := strings.Cut(generalYAML, "  steps:\n")
	_, templates, _ := strings.Cut(rest, "  templates:\n")
	w.apply(before + "  steps:\n" + steps.String() + "  templates:\n" + templates)
	w.verify()
	w.complain("kettle")
	w.settle()
	w.Expect(w.told(w.complaint("kettle"), v1alpha1.EventNoticeRequested)).To(Equal(64))
}
