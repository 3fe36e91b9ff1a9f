package admission

import (
	"testing"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/install"
)

const (
	taskWriter   = "tocsin-task-writer"
	statusWriter = "tocsin-status-writer"
	noticeWriter = "tocsin-notice-writer"
	revisions    = "tocsin-revisions"
)

func TestOnlyTheManagerCreatesTasks(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	g.Expect(manager(t).Create(t.Context(), newTask("default"))).To(Succeed())
	g.Expect(admin(t).Create(t.Context(), newTask("default"))).To(BeRefusedBy(taskWriter, "only the manager creates tasks"))
	g.Expect(as(t, amy).Create(t.Context(), newTask("default"))).NotTo(Succeed())

	answered := newTask("default")
	answered.Spec.Acts = []v1alpha1.TaskAct{{ID: "1", Verb: v1alpha1.TaskComplete, By: amy}}
	g.Expect(manager(t).Create(t.Context(), answered.DeepCopy())).To(BeRefusedBy(taskWriter, "created already answered"))
	g.Expect(admin(t).Create(t.Context(), answered)).To(BeRefusedBy(taskWriter, "created already answered"))
}

func TestOnlyTheManagerAssigns(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	o := task(t, "default")
	change := func(c client.Client, f func(*v1alpha1.ResponseTask)) error {
		changed := o.DeepCopy()
		f(changed)
		return c.Update(t.Context(), changed, client.DryRunAll)
	}
	for field, f := range map[string]func(*v1alpha1.ResponseTask){
		"spec.assignment":   func(o *v1alpha1.ResponseTask) { o.Spec.Assignment.MayAct = append(o.Spec.Assignment.MayAct, cai) },
		"spec.instructions": func(o *v1alpha1.ResponseTask) { o.Spec.Instructions = "Nothing to do." },
		"spec.outcomes":     withOutcomes,
		"labels":            func(o *v1alpha1.ResponseTask) { o.Labels = map[string]string{"a": "b"} },
		"owners":            func(o *v1alpha1.ResponseTask) { o.OwnerReferences = owners() },
		"finalizers":        func(o *v1alpha1.ResponseTask) { o.Finalizers = []string{"example.com/keep"} },
	} {
		g.Expect(change(manager(t), f)).To(Succeed(), field)
		g.Expect(change(as(t, cai), f)).To(BeRefusedBy(taskWriter, field, "changed by the manager only"))
		g.Expect(change(as(t, amy), f)).To(BeRefusedBy(taskWriter, field))
		g.Expect(change(admin(t), f)).To(BeRefusedBy(taskWriter, field))
	}
	g.Expect(change(as(t, cai), func(o *v1alpha1.ResponseTask) {
		o.Annotations = map[string]string{"example.com/colour": "red"}
	})).To(Succeed(), "annotations are free: nothing is decided by them")

	// Somebody who writes themselves in and acts in the same breath is held by what stood there before.
	both := o.DeepCopy()
	both.Spec.Assignment.MayAct = append(both.Spec.Assignment.MayAct, cai)
	both.Spec.Acts = []v1alpha1.TaskAct{{ID: "1", Verb: v1alpha1.TaskComplete}}
	g.Expect(as(t, cai).Update(t.Context(), both)).NotTo(Succeed())
	g.Expect(as(t, amy).Patch(t.Context(), o.DeepCopy(), client.RawPatch(types.JSONPatchType,
		[]byte(`[{"op":"remove","path":"/spec/assignment/recused"}]`)))).To(BeRefusedBy(taskWriter, "spec.assignment"))
}

func owners() []metav1.OwnerReference {
	return []metav1.OwnerReference{{APIVersion: "v1", Kind: "ConfigMap", Name: "gone", UID: "7e57"}}
}

func TestOnlyTheManagerDeletesTasks(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	o := task(t, "default")
	g.Expect(admin(t).Delete(t.Context(), o, client.DryRunAll)).To(BeRefusedBy(taskWriter, "goes with its record, not before it"))
	g.Expect(admin(t).DeleteAllOf(t.Context(), o, client.InNamespace("default"), client.DryRunAll)).To(BeRefusedBy(taskWriter, "goes with its record"))
	collector := as(t, "system:serviceaccount:kube-system:generic-garbage-collector", "system:masters")
	g.Expect(collector.Delete(t.Context(), o, client.DryRunAll)).To(Succeed())
	namespaces := as(t, "system:serviceaccount:kube-system:namespace-controller", "system:masters")
	g.Expect(namespaces.Delete(t.Context(), o, client.DryRunAll)).To(Succeed(), "a task of no record")
	owned := task(t, "default", func(o *v1alpha1.ResponseTask) { o.OwnerReferences = ownedBy(complaint(t, "default")) })
	g.Expect(namespaces.Delete(t.Context(), owned, client.DryRunAll)).To(BeRefusedBy(taskWriter, "goes with its record"))
}

func ownedBy(o *v1alpha1.Complaint) []metav1.OwnerReference {
	return []metav1.OwnerReference{*metav1.NewControllerRef(o, v1alpha1.GroupVersion.WithKind("Complaint"))}
}

// TestOnlyTheManagerWritesStatus: the lists of who may act are not for those who would like to be on them.
func TestOnlyTheManagerWritesStatus(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	c, i, w := complaint(t, "default"), incident(t, "default"), task(t, "default")
	body := client.RawPatch(types.MergePatchType, []byte(`{"status":{"leads":["cai"]}}`))
	state := client.RawPatch(types.MergePatchType, []byte(`{"status":{"state":"Done"}}`))
	g.Expect(admin(t).Status().Patch(t.Context(), c.DeepCopy(), body)).To(BeRefusedBy(statusWriter, "status is written by the manager only"))
	g.Expect(admin(t).Status().Patch(t.Context(), i.DeepCopy(), body)).To(BeRefusedBy(statusWriter))
	g.Expect(admin(t).Status().Patch(t.Context(), w.DeepCopy(), state)).To(BeRefusedBy(statusWriter))
	g.Expect(as(t, cai).Status().Patch(t.Context(), c.DeepCopy(), body)).NotTo(Succeed())
	g.Expect(manager(t).Status().Patch(t.Context(), c.DeepCopy(), body)).To(Succeed())
	g.Expect(manager(t).Status().Patch(t.Context(), w.DeepCopy(), state)).To(Succeed())

	// The main resource takes no status along.
	i.Status.Leads = []v1alpha1.User{cai}
	g.Expect(as(t, cai).Update(t.Context(), i)).To(Succeed())
	g.Expect(i.Status.Leads).To(ConsistOf(v1alpha1.User(amy)))
}

func newNotice() *v1alpha1.Notice {
	return &v1alpha1.Notice{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", GenerateName: "notice-"},
		Spec: v1alpha1.NoticeSpec{
			Record:      v1alpha1.RecordReference{Kind: v1alpha1.RecordComplaint, Name: "case"},
			To:          v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientComplainant},
			Template:    "acknowledgement",
			RequestedAt: metav1.Now(),
		},
	}
}

func TestTheOutboxIsTheManagers(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	o := newNotice()
	g.Expect(manager(t).Create(t.Context(), o)).To(Succeed())
	g.Expect(admin(t).Create(t.Context(), newNotice())).To(BeRefusedBy(noticeWriter, "only the manager puts notices into the outbox"))
	g.Expect(as(t, amy).Create(t.Context(), newNotice())).NotTo(Succeed())
	label := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"a":"b"}}}`))
	g.Expect(admin(t).Patch(t.Context(), o.DeepCopy(), label)).To(BeRefusedBy(noticeWriter, "only the manager changes a notice"))
	mayAll := as(t, install.ManagerUser, "system:masters")
	g.Expect(mayAll.Patch(t.Context(), o.DeepCopy(), label)).To(Succeed())
	g.Expect(mayAll.Patch(t.Context(), o.DeepCopy(), client.RawPatch(types.MergePatchType, []byte(`{"spec":{"template":"closing"}}`)))).
		To(BeRefusedBy(noticeWriter, "cannot be changed once it is in the outbox"))
	g.Expect(admin(t).Delete(t.Context(), o)).To(BeRefusedBy(noticeWriter, "a notice is evidence"))
	g.Expect(manager(t).Delete(t.Context(), o, client.DryRunAll)).To(BeRefusedBy(noticeWriter, "a notice is evidence"), "it may delete the tests of channels only")
	g.Expect(admin(t).Status().Patch(t.Context(), o.DeepCopy(), client.RawPatch(types.MergePatchType, []byte(`{"status":{"state":"Delivered"}}`)))).
		To(BeRefusedBy(statusWriter))
	g.Expect(manager(t).Status().Patch(t.Context(), o.DeepCopy(), client.RawPatch(types.MergePatchType, []byte(`{"status":{"state":"Delivered"}}`)))).
		To(Succeed())
	collector := as(t, "system:serviceaccount:kube-system:generic-garbage-collector", "system:masters")
	g.Expect(collector.Delete(t.Context(), o)).To(Succeed())
}

func TestPinnedRevisionsAreTheManagers(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	revision := func(labels map[string]string) *appsv1.ControllerRevision {
		return &appsv1.ControllerRevision{
			ObjectMeta: metav1.ObjectMeta{Namespace: "default", GenerateName: "playbook-", Labels: labels},
			Data:       runtime.RawExtension{Raw: []byte(`{"name":"playbook"}`)},
		}
	}
	pinned := map[string]string{"crisis.tocsin.dev/policy": "playbook"}
	r := revision(pinned)
	g.Expect(manager(t).Create(t.Context(), r)).To(Succeed())
	g.Expect(admin(t).Create(t.Context(), revision(pinned))).To(BeRefusedBy(revisions, "belong to the manager"))
	g.Expect(admin(t).Create(t.Context(), revision(nil))).To(Succeed(), "those of others are their own")
	unlabelled := r.DeepCopy()
	unlabelled.Labels = nil
	g.Expect(admin(t).Update(t.Context(), unlabelled)).To(BeRefusedBy(revisions))
	g.Expect(admin(t).Delete(t.Context(), r)).To(BeRefusedBy(revisions, "running cases execute them"))
	namespaces := as(t, "system:serviceaccount:kube-system:namespace-controller", "system:masters")
	g.Expect(namespaces.Delete(t.Context(), r, client.DryRunAll)).To(Succeed())
	g.Expect(manager(t).Delete(t.Context(), r)).To(Succeed())
}

// TestOnlyATestOfAChannelIsAskedForByPeople: by whoever owns the policy, in no words of their own, about no record.
func TestOnlyATestOfAChannelIsAskedForByPeople(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	legal := as(t, "legal", "tocsin:policy-owners")
	channel := &v1alpha1.NoticeChannel{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "mail"}} // a notice without one is garbage
	channel.Spec.Email = &v1alpha1.EmailChannel{Host: "mail.example.com", From: "care@example.com"}
	g.Expect(admin(t).Create(t.Context(), channel)).To(Succeed())
	test := func(change ...func(*v1alpha1.Notice)) *v1alpha1.Notice {
		o := newNotice()
		o.GenerateName = "channel-test-"
		o.OwnerReferences = []metav1.OwnerReference{{APIVersion: v1alpha1.GroupVersion.String(), Kind: "NoticeChannel", Name: "mail", UID: channel.UID}}
		o.Spec = v1alpha1.NoticeSpec{Test: &v1alpha1.ChannelTest{Address: "a@b.org"}, Channel: "mail", Template: v1alpha1.TemplateChannelTest, RequestedAt: metav1.Now()}
		for _, f := range change {
			f(o)
		}
		return o
	}
	o := test()
	g.Expect(legal.Create(t.Context(), o)).To(Succeed())
	g.Expect(admin(t).Delete(t.Context(), o, client.DryRunAll)).To(BeRefusedBy(noticeWriter, "a notice is evidence"))
	g.Expect(manager(t).Delete(t.Context(), o, client.DryRunAll)).To(Succeed(), "a week later")
	g.Expect(as(t, amy).Create(t.Context(), test())).NotTo(Succeed(), "responders do not test channels")
	g.Expect(legal.Create(t.Context(), newNotice())).To(BeRefusedBy(noticeWriter, "only the manager puts notices into the outbox"))
	for says, change := range map[string]func(*v1alpha1.Notice){
		"leave out spec.record":    func(o *v1alpha1.Notice) { o.Spec.Record = newNotice().Spec.Record },
		"leave out spec.to":        func(o *v1alpha1.Notice) { o.Spec.To = newNotice().Spec.To },
		"leave out spec.task":      func(o *v1alpha1.Notice) { o.Spec.Task = "t" },
		"leave out spec.step":      func(o *v1alpha1.Notice) { o.Spec.Step = "Transfer the money at once" },
		"leave out spec.mode":      func(o *v1alpha1.Notice) { o.Spec.Mode = v1alpha1.ModeLive },
		"the template channelTest": func(o *v1alpha1.Notice) { o.Spec.Template = "overdue" },
		"names the channel":        func(o *v1alpha1.Notice) { o.Spec.Channel = "" },
		"belongs to that channel":  func(o *v1alpha1.Notice) { o.OwnerReferences = nil },
		"and goes with it":         func(o *v1alpha1.Notice) { o.OwnerReferences[0].Name = "other" },
		"and no labels":            func(o *v1alpha1.Notice) { o.Labels = map[string]string{"crisis.tocsin.dev/record": "uid"} },
	} {
		g.Expect(legal.Create(t.Context(), test(change))).To(BeRefusedBy(noticeWriter, says))
	}
	homeless := newNotice()
	homeless.Spec.Record = v1alpha1.RecordReference{}
	g.Expect(manager(t).Create(t.Context(), homeless)).To(BeRefusedBy(noticeWriter, "needs the record it is about"))
}
