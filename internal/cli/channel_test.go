package cli

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// channels makes an e-mail channel that is ready, and one that is not.
func (w *world) channels() {
	w.t.Helper()
	for name, ready := range map[string]metav1.ConditionStatus{"mail": metav1.ConditionTrue, "dead": metav1.ConditionFalse} {
		ch := &v1alpha1.NoticeChannel{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name},
			Spec: v1alpha1.NoticeChannelSpec{Email: &v1alpha1.EmailChannel{Host: "127.0.0.1", From: "tocsin@example.org"}}}
		w.Expect(w.admin.Create(w.ctx, ch)).To(Succeed())
		ch.Status.Conditions = []metav1.Condition{{Type: "Ready", Status: ready, Reason: "SecretMissing", Message: "there is no Secret \"mail\"; create it", ObservedGeneration: ch.Generation, LastTransitionTime: minutes(-90)}}
		w.Expect(w.manager.Status().Update(w.ctx, ch)).To(Succeed())
	}
}

// tests has petra, who owns the policy, test a channel while something happens to the notice.
func (w *world) tests(meanwhile func(n *v1alpha1.Notice), args ...string) result {
	w.t.Helper()
	kubeconfig := w.kubeconfig("petra", "tocsin:policy-owners")
	done := make(chan result, 1)
	go func() { done <- w.run(w.ctx, kubeconfig, append([]string{"channel", "test"}, args...)...) }()
	var list v1alpha1.NoticeList
	w.Eventually(func() []v1alpha1.Notice {
		w.Expect(w.admin.List(w.ctx, &list, client.InNamespace(w.namespace))).To(Succeed())
		return list.Items
	}, "20s", "10ms").Should(HaveLen(1))
	meanwhile(&list.Items[0])
	var r result
	w.Eventually(done, "20s").Should(Receive(&r))
	w.Expect(w.admin.Delete(w.ctx, &list.Items[0])).NotTo(Succeed(), "it is evidence, too")
	return r
}

// becomes has the manager write what became of a notice.
func (w *world) becomes(states ...v1alpha1.NoticeStatus) func(n *v1alpha1.Notice) {
	return func(n *v1alpha1.Notice) {
		for _, status := range states {
			n.Status = status
			w.Expect(w.manager.Status().Update(w.ctx, n)).To(Succeed())
		}
	}
}

func delivery(status metav1.ConditionStatus, reason, message string) []metav1.Condition {
	return []metav1.Condition{{Type: "Delivered", Status: status, Reason: reason, Message: message, LastTransitionTime: minutes(0)}}
}

func TestAChannelIsTested(t *testing.T) {
	sending := v1alpha1.NoticeStatus{State: v1alpha1.NoticeSending, Attempts: 1, Conditions: delivery("False", "Pending", "attempt 1 is under way")}
	for _, c := range []struct {
		name   string
		states []v1alpha1.NoticeStatus
		want   result
	}{
		{"sent", []v1alpha1.NoticeStatus{sending, {State: v1alpha1.NoticeDelivered, Attempts: 1, Receipt: "SMTP 250 queued", Conditions: delivery("True", "Delivered", "the receiver took it")}},
			result{Out: "noticechannel/mail sent the test message, and the receiver took it: SMTP 250 queued\n"}},
		{"failed", []v1alpha1.NoticeStatus{sending, {State: v1alpha1.NoticeFailed, Attempts: 1, Conditions: delivery("False", "Refused", "SMTP 550, no such user")}},
			result{Code: exitRefused, Err: "error: noticechannel/mail could not send the test message: SMTP 550, no such user\n"}},
		{"uncertain", []v1alpha1.NoticeStatus{sending, {State: v1alpha1.NoticeUncertain, EndedAt: minutes(0), Attempts: 1, Conditions: delivery("Unknown", "Uncertain", "nobody knows whether attempt 1 arrived")}},
			result{Code: exitRefused, Err: "error: nobody knows whether the test message of noticechannel/mail arrived (nobody knows whether attempt 1 arrived); ask whoever reads that address\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.channels()
			var asked v1alpha1.NoticeSpec
			r := w.tests(func(n *v1alpha1.Notice) { asked = n.Spec; w.becomes(c.states...)(n) }, "mail", "--to", "duty@example.org", "--locale", "zh-CN")
			w.Expect(r).To(Equal(c.want))
			asked.RequestedAt = metav1.NewTime(asked.RequestedAt.UTC())
			w.Expect(asked).To(Equal(v1alpha1.NoticeSpec{Test: &v1alpha1.ChannelTest{Address: "duty@example.org", Locale: v1alpha1.LocaleChinese}, Channel: "mail", Template: "channelTest", RequestedAt: metav1.NewTime(noon)}))
		})
	}
}

// Nobody waits for ever: the manager may be stopped, or the server may take its time.
func TestAChannelTestEndsInTime(t *testing.T) {
	w := newWorld(t)
	w.channels()
	r := w.tests(func(*v1alpha1.Notice) {
		w.Eventually(w.clock.HasWaiters, "20s", "10ms").Should(BeTrue())
		w.clock.Step(30 * time.Second)
	}, "noticechannel/mail", "--to", "duty@example.org", "--timeout", "30s")
	w.Expect(r.Code).To(Equal(exitRefused))
	w.Expect(r.Err).To(MatchRegexp("^error: nobody took the test message of noticechannel/mail up within 30s: see whether the manager runs; `kubectl get notice channel-test-[a-z0-9]+` tells what becomes of it\n$"))
	w.Expect(w.as("ana", "status").Out).To(ContainSubstring("Notices: 0 pending"), "a test is no notice that waits")
}

func TestChannelTestRefusals(t *testing.T) {
	w := newWorld(t)
	w.channels()
	petra, ana := w.kubeconfig("petra", "tocsin:policy-owners"), w.kubeconfig("ana", "tocsin:responders")
	for _, c := range []struct {
		kubeconfig string
		args       []string
		code       int
		says       string
	}{
		{petra, []string{"mail"}, exitUsage, "error: channel test needs --to: where the message goes\n"},
		{petra, nil, exitUsage, "error: test needs NAME, of a NoticeChannel"},
		{petra, []string{"mail", "--to", "https://example.org"}, exitUsage, "error: --to is no address for noticechannel/mail, which sends e-mail: give one like name@host\n"},
		{petra, []string{"mail", "--to", "a@b.org", "--locale", "tlh"}, exitUsage, `error: --locale "tlh" is not known: it is en or zh-CN`},
		{petra, []string{"mail", "--to", "a@b.org", "--timeout", "0s"}, exitUsage, "error: --timeout must be more than nothing"},
		{petra, []string{"post", "--to", "a@b.org"}, exitRefused, `error: no notice channel "post" in namespace "` + w.namespace + "\"; `kubectl get noticechannels` lists them\n"},
		{petra, []string{"dead", "--to", "a@b.org"}, exitRefused, `error: noticechannel/dead is not ready: there is no Secret "mail"; create it`},
		{ana, []string{"mail", "--to", "a@b.org"}, exitRefused, `User "ana" cannot create resource "notices"`},
	} {
		r := w.run(w.ctx, c.kubeconfig, append([]string{"channel", "test"}, c.args...)...)
		w.Expect(r.Code).To(Equal(c.code), "%v: %s", c.args, r.Err)
		w.Expect(r.Err).To(ContainSubstring(c.says), "%v", c.args)
		w.Expect(r.Out).To(BeEmpty())
	}
	var list v1alpha1.NoticeList
	w.Expect(w.admin.List(w.ctx, &list, client.InNamespace(w.namespace))).To(Succeed())
	w.Expect(list.Items).To(BeEmpty())
}
