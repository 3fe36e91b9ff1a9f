package controllers

import (
	"errors"
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

// noClaimNothingSent: a process that dies before it has claimed has told nobody, or somebody would be told twice.
func noClaimNothingSent(w *noticeWorld) {
	w.emailChannel("mail", v1alpha1.NoticeChannelSpec{OnUncertain: v1alpha1.OnUncertainHold})
	n := w.notice("n", toLin)
	w.beforeWrite = func(int) error { return errors.New("the process is gone") }
	_, err := w.r.Reconcile(w.ctx, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(n)})
	w.Expect(err).To(HaveOccurred())
	w.Expect(w.mail.Counts().Accepted).To(BeZero(), "sent, and nothing written down says so")
	w.beforeWrite = nil
	w.restart("life-2")
	w.Expect(w.reconcile(n).Status.State).To(Equal(v1alpha1.NoticeDelivered))
	w.Expect(w.mail.Counts().Accepted).To(Equal(1))
}

// crash makes the process die after the message was sent and before its receipt is written.
func (w *noticeWorld) crash(n *v1alpha1.Notice) *v1alpha1.Notice {
	w.beforeWrite = func(write int) error {
		if write == 2 {
			return errors.New("the process is gone")
		}
		return nil
	}
	_, err := w.r.Reconcile(w.ctx, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(n)})
	w.ExpectWithOffset(1, err).To(HaveOccurred())
	w.beforeWrite = nil
	w.restart("life-2")
	n = w.read(n)
	w.ExpectWithOffset(1, n.Status.State).To(Equal(v1alpha1.NoticeSending))
	w.ExpectWithOffset(1, n.Status.ClaimedBy).To(Equal("life-1"))
	return n
}

func crashHold(w *noticeWorld) {
	w.emailChannel("mail", v1alpha1.NoticeChannelSpec{OnUncertain: v1alpha1.OnUncertainHold})
	n := w.crash(w.notice("n", toLin))

	w.Expect(w.reconcile(n).Status.State).To(Equal(v1alpha1.NoticeSending), "the other process may be writing its receipt")
	w.Expect(w.woken[client.ObjectKeyFromObject(n)]).To(BeTemporally("==", w.clock.Now().Add(2*time.Second+notice.Grace)))
	w.clock.Step(2*time.Second + notice.Grace)
	n = w.reconcile(n)

	w.Expect(n.Status.State).To(Equal(v1alpha1.NoticeUncertain))
	w.Expect(n.Status.EndedAt.IsZero()).To(BeFalse())
	w.Expect(reasonOf(n)).To(Equal(notice.ReasonUncertain))
	w.Expect(n.Status.PossibleDuplicates).To(BeZero())
	w.Expect(w.mail.Counts().Accepted).To(Equal(1))
	w.clock.Step(24 * time.Hour)
	w.reconcile(n)
	w.Expect(w.mail.Counts().Accepted).To(Equal(1))
}

func crashResend(w *noticeWorld) {
	w.emailChannel("mail", v1alpha1.NoticeChannelSpec{OnUncertain: v1alpha1.OnUncertainResend})
	n := w.crash(w.notice("n", toLin))

	w.clock.Step(2*time.Second + notice.Grace)
	n = w.reconcile(n)

	w.Expect(n.Status.State).To(Equal(v1alpha1.NoticeDelivered))
	w.Expect(n.Status.Attempts).To(BeEquivalentTo(2))
	w.Expect(n.Status.PossibleDuplicates).To(BeEquivalentTo(1))
	w.Expect(w.mail.Counts()).To(Equal(receivers.Counts{Accepted: 2, Keys: 1, Duplicates: 1}))
	w.Expect(w.mail.Duplicates()).To(Equal(map[string]int{string(n.UID): 1}))
}

func receiptIsKept(w *noticeWorld) {
	w.emailChannel("mail", v1alpha1.NoticeChannelSpec{})
	n := w.notice("n", toLin)
	w.beforeWrite = func(write int) error {
		if write == 2 {
			return errors.New("the API server is away")
		}
		return nil
	}
	_, err := w.r.Reconcile(w.ctx, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(n)})
	w.Expect(err).To(HaveOccurred(), "so that it is tried again")
	w.Expect(w.read(n).Status.State).To(Equal(v1alpha1.NoticeSending))
	n = w.reconcile(n)
	w.Expect(n.Status.State).To(Equal(v1alpha1.NoticeDelivered))
	w.Expect(n.Status.Attempts).To(BeEquivalentTo(1))
	w.Expect(w.mail.Counts().Accepted).To(Equal(1))
}

func oldCache(w *noticeWorld) {
	w.emailChannel("mail", v1alpha1.NoticeChannelSpec{})
	created := w.notice("n", toLin)
	w.beforeWrite = func(write int) error {
		if write == 2 {
			return errors.New("the API server is away")
		}
		return nil
	}
	_, err := w.r.Reconcile(w.ctx, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(created)})
	w.Expect(err).To(HaveOccurred())
	claimed := w.read(created)

	w.showOld(created)
	w.Expect(w.reconcile(created).Status.State).To(Equal(v1alpha1.NoticeDelivered))
	for _, old := range []*v1alpha1.Notice{created, claimed} {
		w.showOld(old)
		w.Expect(w.reconcile(created).Status.State).To(Equal(v1alpha1.NoticeDelivered))
	}
	w.Expect(w.mail.Counts().Accepted).To(Equal(1))
}

func receiptAfterConflict(w *noticeWorld) {
	w.emailChannel("mail", v1alpha1.NoticeChannelSpec{})
	n := w.notice("n", toLin)
	w.beforeWrite = func(write int) error {
		if write != 2 {
			return nil
		}
		other := w.read(n)
		other.Status.Conditions = append(other.Status.Conditions, metav1.Condition{Type: "Seen", Status: metav1.ConditionTrue, Reason: "Seen",
			LastTransitionTime: metav1.NewTime(w.clock.Now())})
		return w.manager.Status().Update(w.ctx, other)
	}
	n = w.reconcile(n)
	w.Expect(n.Status.State).To(Equal(v1alpha1.NoticeDelivered))
	w.Expect(meta.IsStatusConditionTrue(n.Status.Conditions, "Seen")).To(BeTrue())
	w.Expect(w.mail.Counts().Accepted).To(Equal(1))
}

func twoManagers(w *noticeWorld) {
	w.emailChannel("mail", v1alpha1.NoticeChannelSpec{OnUncertain: v1alpha1.OnUncertainResend})
	n := w.notice("n", toLin)
	w.beforeWrite = func(write int) error {
		if write != 1 {
			return nil
		}
		// While the first one is about to claim, the second one does the whole of it.
		first := w.r
		w.restart("life-2")
		w.Expect(w.reconcile(n).Status.State).To(Equal(v1alpha1.NoticeDelivered))
		w.r = first
		return nil
	}
	n = w.reconcile(n)
	w.Expect(n.Status.ClaimedBy).To(Equal("life-2"))
	w.Expect(n.Status.Attempts).To(BeEquivalentTo(1))
	w.Expect(w.mail.Counts().Accepted).To(Equal(1))
}

func lostClaimAnswer(w *noticeWorld) {
	w.emailChannel("mail", v1alpha1.NoticeChannelSpec{OnUncertain: v1alpha1.OnUncertainHold})
	n := w.notice("n", toLin)
	n.Status = notice.Claimed(n, notice.Claim, "mail", "life-1", w.clock.Now())
	w.Expect(w.manager.Status().Update(w.ctx, n)).To(Succeed()) // written, and life-1 never heard that it was
	n = w.reconcile(n)
	w.Expect(n.Status.State).To(Equal(v1alpha1.NoticeDelivered))
	w.Expect(n.Status.Attempts).To(BeEquivalentTo(1))
	w.Expect(n.Status.PossibleDuplicates).To(BeZero())
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

// The answer to a claim comes when its time is over: somebody else may lead by now and take the notice for one of unknown
// fate.
func heldUpAfterTheClaim(w *noticeWorld) {
	w.emailChannel("mail", v1alpha1.NoticeChannelSpec{})
	n := w.notice("n", toLin)
	w.beforeWrite = func(write int) error {
		if write == 1 {
			w.clock.Step(10 * time.Second)
		}
		return nil
	}
	n = w.reconcile(n)
	w.Expect(w.mail.All()).To(BeEmpty())
	w.Expect(n.Status.State).To(Equal(v1alpha1.NoticePending))
	w.Expect(messageOf(n)).To(ContainSubstring("the claim was written too late"))
	w.clock.Step(time.Minute)
	n = w.reconcile(n)
	w.Expect(n.Status.State).To(Equal(v1alpha1.NoticeDelivered))
	w.Expect(n.Status.PossibleDuplicates).To(BeZero())
	w.Expect(w.mail.All()).To(HaveLen(1))
}
