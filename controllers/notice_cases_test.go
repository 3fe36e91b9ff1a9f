package controllers

import (
	"strings"
	"time"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice"
	"tocsin.dev/tocsin/internal/notice/receivers"
	"tocsin.dev/tocsin/internal/playbook"
)

func cleanNotice(w *noticeWorld) {
	w.emailChannel("mail", v1alpha1.NoticeChannelSpec{})
	n := w.reconcile(w.notice("n", toLin))
	w.Expect(n.Status.State).To(Equal(v1alpha1.NoticeDelivered))
	w.Expect(n.Status.Attempts).To(BeEquivalentTo(1))
	w.Expect(n.Status.Receipt).To(HavePrefix("SMTP 250"))
	w.Expect(n.Status.EndedAt.Time).To(BeTemporally("==", w.clock.Now()))
	w.Expect(reasonOf(n)).To(Equal(notice.ReasonDelivered))
	w.Expect(w.writes).To(Equal(2))
	got := w.mail.All()
	w.Expect(got).To(HaveLen(1))
	w.Expect(got[0].Key).To(Equal(string(n.UID)))
	w.Expect(got[0].To).To(Equal([]string{"lin@example.org"}))
	w.Expect(got[0].Body).To(ContainSubstring("您好")) // lin reads Chinese
}

func complainantIsWrittenTo(w *noticeWorld) {
	w.emailChannel("mail", v1alpha1.NoticeChannelSpec{})
	n := w.reconcile(w.notice("n", toComplainant, func(s *v1alpha1.NoticeSpec) { s.Template = "surveyInvitation" }))
	w.Expect(n.Status.State).To(Equal(v1alpha1.NoticeDelivered), messageOf(n))
	w.Expect(w.mail.All()[0].To).To(Equal([]string{"li@customer.example"}))
	w.Expect(w.mail.All()[0].Body).NotTo(Or(ContainSubstring("李小龙"), ContainSubstring("13800138000")))
}

func pinnedText(w *noticeWorld) {
	w.emailChannel("mail", v1alpha1.NoticeChannelSpec{})
	data, _, err := playbook.Closure{Name: "p", Playbook: v1alpha1.PlaybookSpec{
		Steps: []v1alpha1.Step{{StepHead: v1alpha1.StepHead{Name: "checkFacts", Description: "Check the facts"}}},
		Templates: []v1alpha1.Template{{Name: "acknowledgement", PersonalData: v1alpha1.PersonalDataClear, Texts: []v1alpha1.TemplateText{
			{Locale: v1alpha1.LocaleEnglish, Subject: "{{.Case}}", Body: "Dear {{.Complainant}}, {{.StepTitle}} {{.Contact}}"}}}},
	}}.Encode()
	w.Expect(err).NotTo(HaveOccurred())
	w.create(&appsv1.ControllerRevision{ObjectMeta: metav1.ObjectMeta{Name: "p-1"}, Data: runtime.RawExtension{Raw: data}, Revision: 1})
	pinned := func(s *v1alpha1.NoticeSpec) { s.Template, s.Revision = "acknowledgement", "p-1" }

	w.Expect(w.reconcile(w.notice("n", toComplainant, pinned)).Status.State).To(Equal(v1alpha1.NoticeDelivered))
	w.Expect(w.reconcile(w.notice("m", toLin, pinned)).Status.State).To(Equal(v1alpha1.NoticeDelivered))

	w.Expect(w.mail.All()[0].Body).To(Equal("Dear 李小龙, Check the facts 13800138000\n"))
	w.Expect(w.mail.All()[1].Body).To(Equal("Dear 李**, Check the facts 138****8000\n"))
}

// correctiveActionIsQuoted: whoever is told of a corrective action reads what it is.
func correctiveActionIsQuoted(w *noticeWorld) {
	w.emailChannel("mail", v1alpha1.NoticeChannelSpec{})
	w.create(&v1alpha1.PostMortem{ObjectMeta: metav1.ObjectMeta{Name: "review"}, Spec: v1alpha1.PostMortemSpec{
		Incident: v1alpha1.RecordReference{Kind: v1alpha1.RecordComplaint, Name: "hotline-1"},
		Actions:  []v1alpha1.CorrectiveAction{{ID: "a", Text: "Rehearse."}, {ID: "b", Text: "Test every batch."}},
	}})
	about := func(action string) func(*v1alpha1.NoticeSpec) {
		return func(s *v1alpha1.NoticeSpec) { s.Template, s.PostMortem, s.Action = "actionOverdue", "review", action }
	}
	w.Expect(w.reconcile(w.notice("n", toLin, about("b"))).Status.State).To(Equal(v1alpha1.NoticeDelivered))
	w.Expect(w.reconcile(w.notice("m", toLin, about("gone"))).Status.State).To(Equal(v1alpha1.NoticeDelivered))
	w.Expect(w.mail.All()[0].Body).To(And(ContainSubstring("Test every batch."), Not(ContainSubstring("Rehearse."))))
}

func busyThenTaken(w *noticeWorld) {
	w.emailChannel("mail", v1alpha1.NoticeChannelSpec{Backoff: "30s"})
	w.mail.Next(receivers.Fault{Reply: 451}, receivers.Fault{Reply: 451})
	n := w.reconcile(w.notice("n", toLin))
	w.Expect(n.Status.State).To(Equal(v1alpha1.NoticePending))
	w.Expect(n.Status.NextAttemptAt.Time).To(BeTemporally("==", w.clock.Now().Add(30*time.Second)))
	w.Expect(w.woken[client.ObjectKeyFromObject(n)]).To(BeTemporally("==", n.Status.NextAttemptAt.Time))
	w.clock.Step(29 * time.Second)
	w.Expect(w.reconcile(n).Status.Attempts).To(BeEquivalentTo(1))
	w.clock.Step(time.Second)
	n = w.reconcile(n)
	w.Expect(n.Status.NextAttemptAt.Time).To(BeTemporally("==", w.clock.Now().Add(time.Minute)))
	w.clock.Step(time.Minute)
	n = w.reconcile(n)
	w.Expect(n.Status.State).To(Equal(v1alpha1.NoticeDelivered))
	w.Expect(n.Status.Attempts).To(BeEquivalentTo(3))
}

func attemptsUsedUp(w *noticeWorld) {
	w.emailChannel("mail", v1alpha1.NoticeChannelSpec{MaxAttempts: 2, Backoff: "1s"})
	w.mail.Always(&receivers.Fault{Reply: 451})
	n := w.reconcile(w.notice("n", toLin))
	w.clock.Step(time.Second)
	n = w.reconcile(n)
	w.Expect(n.Status.State).To(Equal(v1alpha1.NoticeFailed))
	w.Expect(reasonOf(n)).To(Equal(notice.ReasonExhausted))
	w.Expect(messageOf(n)).NotTo(ContainSubstring("@"))
}

func refusedForGood(w *noticeWorld) {
	w.emailChannel("mail", v1alpha1.NoticeChannelSpec{})
	w.mail.Next(receivers.Fault{Reply: 550})
	n := w.reconcile(w.notice("n", toLin))
	w.Expect(n.Status.State).To(Equal(v1alpha1.NoticeFailed))
	w.Expect(reasonOf(n)).To(Equal(notice.ReasonRefused))
	w.Expect(n.Status.Receipt).To(HavePrefix("SMTP 550"))
}

func noAnswerAfterData(w *noticeWorld) {
	w.emailChannel("mail", v1alpha1.NoticeChannelSpec{OnUncertain: v1alpha1.OnUncertainResend, Backoff: "30s"})
	w.mail.Next(receivers.Fault{DropAfter: true})
	n := w.reconcile(w.notice("n", toLin))
	w.Expect(n.Status.State).To(Equal(v1alpha1.NoticeUncertain))
	w.Expect(n.Status.EndedAt.IsZero()).To(BeTrue())
	w.Expect(n.Status.PossibleDuplicates).To(BeZero(), "nothing was sent after it yet")
	w.clock.Step(30 * time.Second)
	n = w.reconcile(n)
	w.Expect(n.Status.State).To(Equal(v1alpha1.NoticeDelivered))
	w.Expect(n.Status.PossibleDuplicates).To(BeEquivalentTo(1))
	w.Expect(w.mail.Counts().Duplicates).To(Equal(1))
}

func drillReachesNobodyOutside(w *noticeWorld) {
	w.emailChannel("drills", v1alpha1.NoticeChannelSpec{Mode: v1alpha1.ModeDrill})
	for name, to := range map[string]v1alpha1.NoticeRecipient{"a": toComplainant, "b": toRegulator} {
		n := w.reconcile(w.notice(name, to, drillMode))
		w.Expect(n.Status.State).To(Equal(v1alpha1.NoticeSuppressed))
		w.Expect(reasonOf(n)).To(Equal(notice.ReasonSuppressed))
	}
	w.Expect(w.mail.Counts()).To(BeZero())
}

func drillChannel(w *noticeWorld) {
	w.emailChannel("mail", v1alpha1.NoticeChannelSpec{})
	w.hookChannel("drills", v1alpha1.NoticeChannelSpec{Mode: v1alpha1.ModeDrill, Priority: 9})
	w.hookSecret()
	n := w.reconcile(w.notice("n", toLin, drillMode))
	w.Expect(n.Status.State).To(Equal(v1alpha1.NoticeDelivered), messageOf(n))
	w.Expect(n.Status.Channel).To(BeEquivalentTo("drills"))
	w.Expect(n.Status.Receipt).To(Equal("HTTP 202 req-1"))
	w.Expect(w.mail.Counts()).To(BeZero())
	w.Expect(w.hook.All()[0]).To(And(HaveField("Key", string(n.UID)), HaveField("Mode", "Drill"), HaveField("Subject", HavePrefix("【演练】"))))
}

func noChannelThenOne(w *noticeWorld) {
	n := w.reconcile(w.notice("n", toLin))
	w.Expect(n.Status.State).To(Equal(v1alpha1.NoticePending))
	w.Expect(reasonOf(n)).To(Equal(notice.ReasonNoChannel))
	w.Expect(w.woken[client.ObjectKeyFromObject(n)]).To(BeTemporally(">", w.clock.Now()))
	w.clock.Step(48 * time.Hour)
	w.reconcile(n)
	w.Expect(w.writes).To(Equal(1), "the same condition is not written again")
	w.emailChannel("mail", v1alpha1.NoticeChannelSpec{})
	w.Expect(w.reconcile(n).Status.State).To(Equal(v1alpha1.NoticeDelivered))
}

func missingSecretRecovers(w *noticeWorld) {
	w.hookChannel("hook", v1alpha1.NoticeChannelSpec{})
	n := w.reconcile(w.notice("n", toLin))
	w.Expect(n.Status.State).To(Equal(v1alpha1.NoticePending))
	w.Expect(n.Status.Attempts).To(BeZero())
	w.Expect(reasonOf(n)).To(Equal(notice.ReasonChannelNotReady))
	w.Expect(messageOf(n)).To(ContainSubstring(`NoticeChannel "hook": there is no Secret "hook"`))
	w.hookSecret()
	w.Expect(w.reconcile(n).Status.State).To(Equal(v1alpha1.NoticeDelivered))
}

func lateContactSecret(w *noticeWorld) {
	w.emailChannel("mail", v1alpha1.NoticeChannelSpec{})
	w.create(&v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Name: "c2"}, Spec: v1alpha1.ComplaintSpec{
		Statement: "it broke", Complainant: &v1alpha1.Complainant{ContactSecret: "late"}}})
	about := func(s *v1alpha1.NoticeSpec) { s.Record.Name = "c2" }
	n, never := w.reconcile(w.notice("n", toComplainant, about)), w.notice("never", toComplainant, about)
	w.Expect(n.Status.State).To(Equal(v1alpha1.NoticePending))
	w.Expect(reasonOf(n)).To(Equal(notice.ReasonNoContact))
	w.Expect(w.woken[client.ObjectKeyFromObject(n)]).To(BeTemporally("==", w.clock.Now().Add(time.Second)), "a Secret that comes right after is found soon")
	w.Expect(w.reconcile(never).Status.State).To(Equal(v1alpha1.NoticePending))
	w.clock.Step(noticeContactWait + time.Second)
	w.Expect(w.reconcile(never).Status.State).To(Equal(v1alpha1.NoticeFailed))

	w.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "late"}, StringData: map[string]string{notice.KeyEmail: "late@customer.example"}})
	w.Expect(w.reconcile(n).Status.State).To(Equal(v1alpha1.NoticeDelivered))
}

func noContactAtAll(w *noticeWorld) {
	w.emailChannel("mail", v1alpha1.NoticeChannelSpec{})
	n := w.reconcile(w.notice("n", toMute))
	w.Expect(n.Status.State).To(Equal(v1alpha1.NoticeFailed))
	w.Expect(reasonOf(n)).To(Equal(notice.ReasonNoContact))
	w.Expect(messageOf(n)).To(ContainSubstring(`ResponseTeam "desk": spec.members[name=mute].contacts is empty`))

	w.create(&v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Name: "c2"}, Spec: v1alpha1.ComplaintSpec{Statement: "x"}})
	n = w.reconcile(w.notice("m", toComplainant, func(s *v1alpha1.NoticeSpec) { s.Record.Name = "c2" }))
	w.Expect(n.Status.State).To(Equal(v1alpha1.NoticeFailed))
	w.Expect(messageOf(n)).To(ContainSubstring(`Complaint "c2": spec.complainant.contactSecret`))
}

func unusableAddress(w *noticeWorld) {
	w.emailChannel("mail", v1alpha1.NoticeChannelSpec{})
	secret := &corev1.Secret{}
	w.Expect(w.admin.Get(w.ctx, types.NamespacedName{Namespace: w.ns, Name: "contact"}, secret)).To(Succeed())
	secret.Data[notice.KeyEmail] = []byte("li at customer.example\r\nBcc: x@y")
	w.Expect(w.admin.Update(w.ctx, secret)).To(Succeed())
	n := w.reconcile(w.notice("n", toComplainant))
	w.Expect(n.Status.State).To(Equal(v1alpha1.NoticeFailed))
	w.Expect(reasonOf(n)).To(Equal(notice.ReasonNoContact))
	w.Expect(messageOf(n)).To(ContainSubstring(`Secret "contact"`))
	w.Expect(strings.Contains(messageOf(n), "customer.example")).To(BeFalse())
}

func unknownTemplate(w *noticeWorld) {
	w.emailChannel("mail", v1alpha1.NoticeChannelSpec{})
	n := w.reconcile(w.notice("n", toLin, func(s *v1alpha1.NoticeSpec) { s.Template = "nope" }))
	w.Expect(n.Status.State).To(Equal(v1alpha1.NoticeFailed))
	w.Expect(reasonOf(n)).To(Equal(notice.ReasonTemplateInvalid))
	w.Expect(n.Status.Attempts).To(BeZero())
}

func finalIsFinal(w *noticeWorld) {
	w.emailChannel("mail", v1alpha1.NoticeChannelSpec{})
	n := w.reconcile(w.notice("n", toLin))
	writes := w.writes
	for range 3 {
		w.clock.Step(time.Hour)
		w.reconcile(n)
	}
	w.Expect(w.writes).To(Equal(writes))
	w.Expect(w.mail.Counts().Accepted).To(Equal(1))
}

func channelSaysWhatItLacks(w *noticeWorld) {
	r := &NoticeChannelReconciler{Client: w.manager, APIReader: w.manager, Clock: w.clock,
		Wake: func(key types.NamespacedName, at time.Time) { w.woken[key] = at }}
	key := types.NamespacedName{Namespace: w.ns, Name: "hook"}
	ready := func() *metav1.Condition {
		_, err := r.Reconcile(w.ctx, ctrl.Request{NamespacedName: key})
		w.Expect(err).NotTo(HaveOccurred())
		ch := &v1alpha1.NoticeChannel{}
		w.Expect(w.admin.Get(w.ctx, key, ch)).To(Succeed())
		w.Expect(ch.Status.ObservedGeneration).To(Equal(ch.Generation))
		return meta.FindStatusCondition(ch.Status.Conditions, "Ready")
	}
	w.hookChannel("hook", v1alpha1.NoticeChannelSpec{})
	w.Expect(ready()).To(And(HaveField("Status", metav1.ConditionFalse), HaveField("Reason", ChannelSecretMissing)))
	w.Expect(w.woken[key]).To(BeTemporally("==", w.clock.Now().Add(time.Second)))

	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "hook"}, StringData: map[string]string{notice.KeySigningKey: "hunter2"}}
	w.create(secret)
	w.Expect(ready()).To(And(HaveField("Reason", ChannelSecretIncomplete), HaveField("Message", ContainSubstring("signingKey")), HaveField("Message", Not(ContainSubstring("hunter2")))))

	secret.StringData = map[string]string{notice.KeySigningKey: noticeSigningKey}
	w.Expect(w.admin.Update(w.ctx, secret)).To(Succeed())
	w.Expect(ready()).To(HaveField("Status", metav1.ConditionTrue))
	w.Expect(w.woken[key].IsZero()).To(BeTrue())
	writes := w.writes
	ready()
	w.Expect(w.writes).To(Equal(writes))

	w.create(&v1alpha1.NoticeChannel{ObjectMeta: metav1.ObjectMeta{Name: "mail"}, Spec: v1alpha1.NoticeChannelSpec{
		Email: &v1alpha1.EmailChannel{Host: "mail.example.org", From: "nobody", Secret: "contact"}}})
	key.Name = "mail"
	w.Expect(ready()).To(HaveField("Reason", ChannelAddressInvalid))
}
