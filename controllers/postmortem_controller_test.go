package controllers

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/history"
	"tocsin.dev/tocsin/internal/install"
	"tocsin.dev/tocsin/internal/names"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/timeline"
)

// postMortemWorld is a namespace with an incident in it, and the reconciler with the manager's rights.
type postMortemWorld struct {
	*GomegaWithT
	ctx      context.Context
	ns       string
	c        client.Client
	admin    client.Client
	clock    *clocktesting.FakeClock
	woken    map[types.NamespacedName]time.Time
	r        *PostMortemReconciler
	incident *v1alpha1.CrisisIncident
	// stored counts how often the reconciler wrote a document.
	stored int
}

func newPostMortemWorld(t *testing.T) *postMortemWorld {
	t.Helper()
	ns := newNamespace(t, "review-")
	w := &postMortemWorld{GomegaWithT: NewWithT(t), ctx: t.Context(), ns: ns, c: cluster.manager, admin: cluster.Admin, woken: map[types.NamespacedName]time.Time{},
		clock: clocktesting.NewFakeClock(time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC))}
	counted := interceptor.NewClient(cluster.manager, interceptor.Funcs{
		Apply: func(ctx context.Context, c client.WithWatch, document runtime.ApplyConfiguration, opts ...client.ApplyOption) error {
			w.stored++
			return c.Apply(ctx, document, opts...)
		},
	})
	w.r = &PostMortemReconciler{Client: counted, Clock: w.clock, Wake: func(key types.NamespacedName, at time.Time) { w.woken[key] = at }}
	w.incident = &v1alpha1.CrisisIncident{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "kettle-recall"},
		Spec:       v1alpha1.CrisisIncidentSpec{Title: "Kettles overheat", Level: "L1", Playbook: "product-recall", Team: "crisis"},
	}
	w.Expect(w.c.Create(w.ctx, w.incident)).To(Succeed())
	return w
}

func (w *postMortemWorld) at(minutes int) metav1.Time {
	return metav1.NewTime(time.Date(2026, 3, 2, 1, minutes, 0, 0, time.UTC))
}

// tell appends to the incident's timeline and writes its status; run may end.
func (w *postMortemWorld) tell(ended bool, texts ...string) {
	w.Expect(w.c.Get(w.ctx, client.ObjectKeyFromObject(w.incident), w.incident)).To(Succeed())
	for _, text := range texts {
		timeline.Append(&w.incident.Status.Timeline, w.at(1).Time, v1alpha1.EventCommented, "", 0, "ana", text, [16]byte{1})
	}
	run := &v1alpha1.Run{Version: 1, ID: 1, Playbook: "product-recall", StartedAt: w.at(0),
		Revision: v1alpha1.RevisionReference{Name: "product-recall-1", Digest: names64}}
	if ended {
		run.EndedAt, run.Result = w.at(50), v1alpha1.RunCompleted
	}
	w.incident.Status.Run = run
	w.Expect(w.c.Status().Update(w.ctx, w.incident)).To(Succeed())
}

// spill moves all entries but the newest into a segment.
func (w *postMortemWorld) spill() {
	data, err := history.Encode(timeline.Spill(&w.incident.Status.Timeline, 1, 2))
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(w.c.Create(w.ctx, &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: names.Segment(w.incident.Name, 0)}, Data: data,
	})).To(Succeed())
	w.Expect(w.c.Status().Update(w.ctx, w.incident)).To(Succeed())
}

// notice puts a notice about the incident into the outbox.
func (w *postMortemWorld) notice(name string) *v1alpha1.Notice {
	n := &v1alpha1.Notice{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: name, Labels: map[string]string{RecordLabel: string(w.incident.UID)}},
		Spec: v1alpha1.NoticeSpec{
			Record:   v1alpha1.RecordReference{Kind: v1alpha1.RecordCrisisIncident, Name: v1alpha1.ObjectName(w.incident.Name)},
			Template: "call", RequestedAt: w.at(1),
			To: v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientStakeholder, Team: "crisis", Name: "regulator"},
		},
	}
	w.Expect(w.c.Create(w.ctx, n)).To(Succeed())
	return n
}

func (w *postMortemWorld) open(uid types.UID, actions ...v1alpha1.CorrectiveAction) *v1alpha1.PostMortem {
	pm := &v1alpha1.PostMortem{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: "kettle-review"},
		Spec: v1alpha1.PostMortemSpec{Owner: "li.wei", Actions: actions, Incident: v1alpha1.RecordReference{
			Kind: v1alpha1.RecordCrisisIncident, Name: v1alpha1.ObjectName(w.incident.Name), UID: string(uid)}},
	}
	w.Expect(w.c.Create(w.ctx, pm)).To(Succeed())
	return pm
}

// reconcile runs once and reads the result back.
func (w *postMortemWorld) reconcile(pm *v1alpha1.PostMortem) {
	_, err := w.r.Reconcile(w.ctx, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(pm)})
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(w.c.Get(w.ctx, client.ObjectKeyFromObject(pm), pm)).To(Succeed())
}

func (w *postMortemWorld) condition(pm *v1alpha1.PostMortem, typ string) metav1.Condition {
	c := meta.FindStatusCondition(pm.Status.Conditions, typ)
	w.Expect(c).NotTo(BeNil(), typ)
	return *c
}

func (w *postMortemWorld) document(pm *v1alpha1.PostMortem) (*corev1.ConfigMap, error) {
	var cm corev1.ConfigMap
	return &cm, w.c.Get(w.ctx, client.ObjectKey{Namespace: w.ns, Name: names.Document(pm.Name)}, &cm)
}

const names64 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestPostMortem(t *testing.T) {
	w := newPostMortemWorld(t)
	w.notice("n1")
	pm := w.open(w.incident.UID,
		v1alpha1.CorrectiveAction{ID: "a", Text: "Test every batch", Owner: "zhao.min", DueAt: metav1.NewTime(w.clock.Now().Add(time.Hour))},
		v1alpha1.CorrectiveAction{ID: "b", Text: "Rehearse", State: v1alpha1.CorrectiveVerified})

	t.Log("while the run goes on there is no document")
	w.tell(false, "The first call")
	w.reconcile(pm)
	w.Expect(w.condition(pm, ConditionWritten)).To(And(HaveField("Status", metav1.ConditionFalse), HaveField("Reason", ReasonRunNotEnded)))
	w.Expect(w.condition(pm, "Ready").Status).To(Equal(metav1.ConditionFalse))
	_, err := w.document(pm)
	w.Expect(apierrors.IsNotFound(err)).To(BeTrue())
	w.Expect(pm.Status.OpenActions).To(Equal(int32(1)))
	w.Expect(pm.Status.NextDueAt.Time).To(BeTemporally("==", w.clock.Now().Add(time.Hour)))
	w.Expect(w.condition(pm, casework.ConditionActionsVerified).Reason).To(Equal(casework.ReasonOpenActions))

	t.Log("when it has ended the document tells it all, older entries included")
	w.tell(true, "The second call", "The last call")
	w.spill()
	w.reconcile(pm)
	w.Expect(w.condition(pm, ConditionWritten)).To(And(HaveField("Status", metav1.ConditionTrue), HaveField("ObservedGeneration", pm.Generation)))
	w.Expect(w.stored).To(Equal(1))
	w.Expect(w.condition(pm, "Ready").Status).To(Equal(metav1.ConditionTrue))
	w.Expect(pm.Status.TimelineHead).To(Equal(w.incident.Status.Timeline.Head))
	cm, err := w.document(pm)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(string(pm.Status.Document)).To(Equal(cm.Name))
	w.Expect(metav1.IsControlledBy(cm, pm)).To(BeTrue())
	w.Expect(cm.Data).To(HaveLen(3))
	w.Expect(cm.Data[DocumentMarkdown]).To(And(ContainSubstring("The first call"), ContainSubstring("The last call"), ContainSubstring("| regulator | 1 |"), ContainSubstring("- [ ] Test every batch")))
	w.Expect(cm.Data[DocumentHTML]).To(ContainSubstring("<svg "))
	w.Expect(cm.Data[DocumentTimeline]).To(ContainSubstring("<svg "))

	t.Log("nothing new: nothing is written")
	before := pm.ResourceVersion
	w.reconcile(pm)
	w.Expect(pm.ResourceVersion).To(Equal(before))
	w.Expect(w.stored).To(Equal(1), "the same document is not written again")

	w.Expect(cm.Data[DocumentMarkdown]).To(ContainSubstring("| When (UTC) |"), "the revision is gone, so nobody knows the zone")

	t.Log("times are in the zone of the calendar the run counted in")
	closure := playbook.Closure{Name: "product-recall", Playbook: v1alpha1.PlaybookSpec{Calendar: "office"},
		Calendars: map[string]v1alpha1.BusinessCalendarSpec{"office": {TimeZone: "Asia/Shanghai"}}}
	data, _, err := closure.Encode()
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(w.c.Create(w.ctx, &appsv1.ControllerRevision{ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: "product-recall-1",
		Labels: map[string]string{ManagedByLabel: ManagedBy, PolicyLabel: policyPlaybook}}, Data: runtime.RawExtension{Raw: data}, Revision: 1})).To(Succeed())

	t.Log("a later entry, or a word of the owner, brings a new document")
	w.tell(true, "An afterthought")
	pm.Spec.Summary = "A thermostat switched too late."
	w.Expect(w.c.Update(w.ctx, pm)).To(MatchError(ContainSubstring("forbidden")), "the manager does not write what people write")
	w.reconcile(pm)
	w.Expect(pm.Status.TimelineHead).To(Equal(w.incident.Status.Timeline.Head))
	cm, err = w.document(pm)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(cm.Data[DocumentMarkdown]).To(And(ContainSubstring("An afterthought"), ContainSubstring("| When (Asia/Shanghai) |"), ContainSubstring("| From (Asia/Shanghai) | 2026-03-02 09:00:00 |")))

	w.Expect(w.stored).To(Equal(2))
	w.reconcile(pm)
	w.Expect(w.stored).To(Equal(2), "once a change of what it tells")

	t.Log("an action that is due and not verified is overdue, from that moment on")
	due := w.woken[client.ObjectKeyFromObject(pm)]
	w.Expect(due).To(BeTemporally("==", pm.Status.NextDueAt.Time))
	w.clock.SetTime(due.Add(-time.Second))
	w.reconcile(pm)
	w.Expect(w.condition(pm, casework.ConditionActionsVerified).Reason).To(Equal(casework.ReasonOpenActions))
	w.clock.SetTime(due)
	w.reconcile(pm)
	w.Expect(w.condition(pm, casework.ConditionActionsVerified).Reason).To(Equal(casework.ReasonActionsOverdue))
	w.Expect(w.woken[client.ObjectKeyFromObject(pm)]).To(BeZero())

	t.Log("a segment that is gone is named")
	w.Expect(w.incident.Status.Timeline.Segments).To(Equal(int32(1)))
	w.incident.Status.Timeline.Segments = 2
	w.Expect(w.c.Status().Update(w.ctx, w.incident)).To(Succeed())
	w.reconcile(pm)
	w.Expect(w.condition(pm, ConditionWritten)).To(And(HaveField("Reason", ReasonRecordNotFound), HaveField("Message", ContainSubstring("kettle-recall-timeline-1"))))

	t.Log("an incident of the same name is another incident")
	other := pm.DeepCopy()
	other.ObjectMeta = metav1.ObjectMeta{Namespace: w.ns, Name: "another-review"}
	other.Spec.Incident.UID = "another"
	w.Expect(w.c.Create(w.ctx, other)).To(Succeed())
	w.reconcile(other)
	w.Expect(w.condition(other, ConditionWritten).Reason).To(Equal(ReasonRecordReplaced))
	w.Expect(w.condition(other, casework.ConditionActionsVerified).Status).To(Equal(metav1.ConditionFalse))

	t.Log("where no action is listed none was verified")
	none := pm.DeepCopy()
	none.ObjectMeta = metav1.ObjectMeta{Namespace: w.ns, Name: "review-without-actions"}
	none.Spec.Actions = nil
	w.Expect(w.c.Create(w.ctx, none)).To(Succeed())
	w.reconcile(none)
	w.Expect(w.condition(none, casework.ConditionActionsVerified)).To(And(HaveField("Status", metav1.ConditionUnknown), HaveField("Reason", casework.ReasonNoActions)))

	w.followsTheRecordAndItsNotices(t)
}

// followsTheRecordAndItsNotices runs the controller in a manager: it is called when the run ends and when a notice about
// it arrives later.
func (w *postMortemWorld) followsTheRecordAndItsNotices(t *testing.T) {
	t.Log("in a manager it follows the incident and the fate of its notices")
	user, err := cluster.User(install.ManagerUser)
	w.Expect(err).NotTo(HaveOccurred())
	mgr, err := ctrl.NewManager(user, ctrl.Options{Scheme: cluster.Admin.Scheme(), Metrics: metricsserver.Options{BindAddress: "0"},
		Cache: cache.Options{DefaultNamespaces: map[string]cache.Config{w.ns: {}}}})
	w.Expect(err).NotTo(HaveOccurred())
	r := &PostMortemReconciler{Client: mgr.GetClient(), Clock: w.clock, Wake: func(types.NamespacedName, time.Time) {}}
	w.Expect(r.SetupWithManager(mgr, controller.Options{})).To(Succeed())
	ctx, stop := context.WithCancel(w.ctx)
	ended := make(chan error, 1)
	go func() { ended <- mgr.Start(ctx) }()
	defer func() {
		stop()
		w.Eventually(ended, "10s", "10ms").Should(Receive(BeNil()))
	}()

	w.incident = &v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: "second"}, Spec: w.incident.Spec}
	w.Expect(w.c.Create(w.ctx, w.incident)).To(Succeed())
	notice := w.notice("n2")
	pm := &v1alpha1.PostMortem{ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: "second-review"}, Spec: v1alpha1.PostMortemSpec{
		Incident: v1alpha1.RecordReference{Kind: v1alpha1.RecordCrisisIncident, Name: "second"},
	}}
	w.Expect(w.c.Create(w.ctx, pm)).To(Succeed())
	reason := func() string {
		w.Expect(w.c.Get(w.ctx, client.ObjectKeyFromObject(pm), pm)).To(Succeed())
		if c := meta.FindStatusCondition(pm.Status.Conditions, ConditionWritten); c != nil {
			return c.Reason
		}
		return ""
	}
	w.Eventually(reason, "10s", "10ms").Should(Equal(ReasonRunNotEnded))
	w.tell(true, "All is over")
	w.Eventually(reason, "10s", "10ms").Should(Equal(ReasonWritten))
	notice.Status.State = v1alpha1.NoticeDelivered
	w.Expect(w.c.Status().Update(w.ctx, notice)).To(Succeed())
	w.Eventually(func() (string, error) {
		cm, err := w.document(pm)
		return cm.Data[DocumentMarkdown], err
	}, "10s", "10ms").Should(ContainSubstring("| regulator | 1 | 1 | 0 |"))
}
