package controllers

import (
	"time"

	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice"
	"tocsin.dev/tocsin/internal/notice/receivers"
)

// channelTest is what somebody who owns the policy asks for.
func (w *noticeWorld) channelTest(channel v1alpha1.ObjectName, address string, locale v1alpha1.Locale) *v1alpha1.Notice {
	ch := &v1alpha1.NoticeChannel{ObjectMeta: metav1.ObjectMeta{Name: string(channel)}}
	n := &v1alpha1.Notice{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, GenerateName: "channel-test-", OwnerReferences: []metav1.OwnerReference{{
			APIVersion: v1alpha1.GroupVersion.String(), Kind: "NoticeChannel", Name: ch.Name, UID: "7e57"}}},
		Spec: v1alpha1.NoticeSpec{Test: &v1alpha1.ChannelTest{Address: address, Locale: locale}, Channel: channel,
			Template: v1alpha1.TemplateChannelTest, RequestedAt: metav1.NewTime(w.clock.Now())},
	}
	w.ExpectWithOffset(1, w.admin.Create(w.ctx, n)).To(Succeed())
	return n
}

func channelTests(w *noticeWorld) {
	w.emailChannel("mail", v1alpha1.NoticeChannelSpec{Priority: 7})
	w.hookChannel("drills", v1alpha1.NoticeChannelSpec{Mode: v1alpha1.ModeDrill})
	w.hookSecret()
	n := w.reconcile(w.channelTest("mail", "duty@example.org", ""))
	w.Expect(n.Status).To(And(HaveField("State", v1alpha1.NoticeDelivered), HaveField("Receipt", HavePrefix("SMTP 250"))), messageOf(n))
	got := w.mail.All()
	w.Expect(got).To(HaveLen(1))
	w.Expect(got[0]).To(And(HaveField("Key", string(n.UID)), HaveField("To", []string{"duty@example.org"}), HaveField("Subject", "Test of the channel mail"),
		HaveField("Body", And(ContainSubstring("This is a test of the notice channel mail"), ContainSubstring("sent at 21 May 2026, 12:00 UTC")))))

	w.Expect(w.reconcile(w.channelTest("mail", "duty@example.org", v1alpha1.LocaleChinese)).Status.State).To(Equal(v1alpha1.NoticeDelivered))
	w.Expect(w.mail.All()[1]).To(And(HaveField("Subject", "通知渠道测试：mail"), HaveField("Body", ContainSubstring("您无需处理"))))

	n = w.reconcile(w.channelTest("drills", notice.ChannelAddress, ""))
	w.Expect(n.Status.State).To(Equal(v1alpha1.NoticeDelivered), messageOf(n))
	w.Expect(w.hook.All()[0]).To(And(HaveField("Mode", "Drill"), HaveField("Subject", "Test of the channel drills")))
}

func channelTestsThatFail(w *noticeWorld) {
	w.emailChannel("mail", v1alpha1.NoticeChannelSpec{OnUncertain: v1alpha1.OnUncertainResend})
	w.hookChannel("hook", v1alpha1.NoticeChannelSpec{})
	ends := func(n *v1alpha1.Notice, state v1alpha1.NoticeState, says string) {
		n = w.reconcile(n)
		w.ExpectWithOffset(1, n.Status.State).To(Equal(state), messageOf(n))
		w.ExpectWithOffset(1, messageOf(n)).To(ContainSubstring(says))
		w.ExpectWithOffset(1, notice.Final(&n.Status)).To(BeTrue())
		w.ExpectWithOffset(1, messageOf(n)).NotTo(ContainSubstring("duty"), "the address is not repeated")
	}
	w.mail.Next(receivers.Fault{Reply: 451})
	ends(w.channelTest("mail", "duty@example.org", ""), v1alpha1.NoticeFailed, "the attempt failed: ")
	w.mail.Next(receivers.Fault{Reply: 550})
	ends(w.channelTest("mail", "duty@example.org", ""), v1alpha1.NoticeFailed, "550")
	w.mail.Next(receivers.Fault{DropAfter: true})
	ends(w.channelTest("mail", "duty@example.org", ""), v1alpha1.NoticeUncertain, "nobody knows whether attempt 1 arrived")
	ends(w.channelTest("mail", "https://duty.example.org", ""), v1alpha1.NoticeFailed, "it needs an e-mail address")
	ends(w.channelTest("hook", "duty@example.org", ""), v1alpha1.NoticeFailed, "it needs an http or https URL")
	ends(w.channelTest("hook", notice.ChannelAddress, ""), v1alpha1.NoticeFailed, `Secret "hook"`)
	ends(w.channelTest("none", "duty@example.org", ""), v1alpha1.NoticeFailed, `there is no NoticeChannel "none"`)
	late := w.channelTest("mail", "duty@example.org", "")
	w.clock.Step(11 * time.Minute)
	ends(late, v1alpha1.NoticeFailed, "asked for more than 10m0s ago")
	w.Expect(w.mail.Counts().Duplicates).To(BeZero())
}

// The test of a channel goes a week after its fate is known, whatever it was, and no other notice does.
func channelTestsAreClearedAway(w *noticeWorld) {
	w.emailChannel("mail", v1alpha1.NoticeChannelSpec{})
	n := w.reconcile(w.channelTest("mail", "duty@example.org", ""))
	key := client.ObjectKeyFromObject(n)
	other := w.reconcile(w.notice("to-lin", toLin))
	failed := w.reconcile(w.channelTest("none", "duty@example.org", ""))
	until := n.Status.EndedAt.Add(7 * 24 * time.Hour)
	w.reconcile(n)
	w.Expect(w.woken[key]).To(BeTemporally("==", until))
	w.clock.SetTime(until.Add(-time.Second))
	w.reconcile(n)
	w.restart("life-2")
	w.clock.SetTime(until)
	for _, o := range []*v1alpha1.Notice{n, failed, other, n} { // the last time it is gone already
		_, err := w.r.Reconcile(w.ctx, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(o)})
		w.Expect(err).NotTo(HaveOccurred())
	}
	w.Expect(w.admin.Get(w.ctx, key, &v1alpha1.Notice{})).To(MatchError(apierrors.IsNotFound, "is gone"))
	w.Expect(w.admin.Get(w.ctx, client.ObjectKeyFromObject(failed), &v1alpha1.Notice{})).To(MatchError(apierrors.IsNotFound, "is gone"))
	w.Expect(w.read(other).Status.State).To(Equal(v1alpha1.NoticeDelivered))
	w.Expect(w.woken[key]).To(BeZero())
}
