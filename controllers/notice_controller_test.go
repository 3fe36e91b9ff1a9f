package controllers

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice"
	"tocsin.dev/tocsin/internal/notice/receivers"
)

const noticeSigningKey = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

// noticeWorld is a namespace with a desk, a complaint, receivers, and the reconciler with the manager's rights.
type noticeWorld struct {
	*GomegaWithT
	ctx   context.Context
	ns    string
	admin client.Client
	clock *clocktesting.FakeClock
	woken map[types.NamespacedName]time.Time
	mail  *receivers.SMTP
	hook  *receivers.Webhook
	r     *NoticeReconciler
	// writes counts the status writes of the reconciler; beforeWrite may refuse one or do something behind its back.
	writes      int
	beforeWrite func(n int) error
	manager     client.WithWatch
}

func newNoticeWorld(t *testing.T) *noticeWorld {
	t.Helper()
	g := NewWithT(t)
	ns := newNamespace(t, "notices-")
	w := &noticeWorld{GomegaWithT: g, ctx: t.Context(), ns: ns, admin: cluster.Admin, woken: map[types.NamespacedName]time.Time{},
		clock: clocktesting.NewFakeClock(time.Date(2026, 5, 21, 12, 0, 0, 0, time.UTC))}
	w.manager = w.counting()
	var err error
	w.mail, err = receivers.StartSMTP("127.0.0.1:0", receivers.SMTPOptions{Clock: w.clock})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { _ = w.mail.Close() })
	w.hook, err = receivers.StartWebhook("127.0.0.1:0", noticeSigningKey)
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { _ = w.hook.Close() })
	w.restart("life-1")
	w.furnish()
	return w
}

func (w *noticeWorld) counting() client.WithWatch {
	return interceptor.NewClient(cluster.manager, interceptor.Funcs{
		SubResourceUpdate: func(ctx context.Context, c client.Client, sub string, obj client.Object, opts ...client.SubResourceUpdateOption) error {
			w.writes++
			if w.beforeWrite != nil {
				if err := w.beforeWrite(w.writes); err != nil {
					return err
				}
			}
			return c.SubResource(sub).Update(ctx, obj, opts...)
		},
	})
}

// restart makes a new process: whatever was in memory is gone.
func (w *noticeWorld) restart(process string) {
	w.r = &NoticeReconciler{Client: w.manager, APIReader: w.manager, Clock: w.clock, Process: process, Senders: notice.NewSenders(),
		Wake: func(key types.NamespacedName, at time.Time) { w.woken[key] = at }}
}

// showOld makes the reconciler's cache show an old version of a notice.
func (w *noticeWorld) showOld(old *v1alpha1.Notice) {
	w.r.Client = interceptor.NewClient(w.manager, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, obj client.Object, opts ...client.GetOption) error {
			if n, ok := obj.(*v1alpha1.Notice); ok {
				old.DeepCopyInto(n)
				return nil
			}
			return c.Get(ctx, key, obj, opts...)
		},
	})
}

func (w *noticeWorld) create(obj client.Object) {
	obj.SetNamespace(w.ns)
	w.ExpectWithOffset(1, w.admin.Create(w.ctx, obj)).To(Succeed())
}

// furnish creates what notices refer to. There is no channel yet.
func (w *noticeWorld) furnish() {
	w.create(&v1alpha1.ResponseTeam{ObjectMeta: metav1.ObjectMeta{Name: "desk"}, Spec: v1alpha1.ResponseTeamSpec{
		Members: []v1alpha1.Member{
			{Name: "lin", User: "lin", Duties: []v1alpha1.Identifier{"agent"}, Locale: v1alpha1.LocaleChinese,
				Contacts: []v1alpha1.Contact{{Kind: v1alpha1.ContactEmail, Address: "lin@example.org"}, {Kind: v1alpha1.ContactWebhook, Address: notice.ChannelAddress}}},
			{Name: "mute", User: "mute", Duties: []v1alpha1.Identifier{"agent"}},
		},
		Stakeholders: []v1alpha1.Stakeholder{{Name: "regulator", Contacts: []v1alpha1.Contact{{Kind: v1alpha1.ContactEmail, Address: "office@regulator.example"}}}},
	}})
	w.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "contact"}, StringData: map[string]string{
		notice.KeyName: "李小龙", notice.KeyEmail: "li@customer.example", notice.KeyPhone: "13800138000"}})
	w.create(&v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Name: "c1"}, Spec: v1alpha1.ComplaintSpec{
		Statement: "it broke", Complainant: &v1alpha1.Complainant{Locale: v1alpha1.LocaleChinese, ContactSecret: "contact"}}})
}

func (w *noticeWorld) emailChannel(name string, spec v1alpha1.NoticeChannelSpec) {
	spec.Email = &v1alpha1.EmailChannel{Host: w.mail.Host(), Port: w.mail.Port(), From: "tocsin@example.org", TLS: v1alpha1.TLSNone}
	spec.Timeout = "2s"
	w.create(&v1alpha1.NoticeChannel{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: spec})
}

func (w *noticeWorld) hookChannel(name string, spec v1alpha1.NoticeChannelSpec) {
	spec.Webhook = &v1alpha1.WebhookChannel{URL: w.hook.URL, Secret: "hook"}
	spec.Timeout = "2s"
	w.create(&v1alpha1.NoticeChannel{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: spec})
}

func (w *noticeWorld) hookSecret() {
	w.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "hook"}, StringData: map[string]string{notice.KeySigningKey: noticeSigningKey}})
}

var (
	toLin         = v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientMember, Team: "desk", Name: "lin"}
	toMute        = v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientMember, Team: "desk", Name: "mute"}
	toRegulator   = v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientStakeholder, Team: "desk", Name: "regulator"}
	toComplainant = v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientComplainant}
)

func (w *noticeWorld) notice(name string, to v1alpha1.NoticeRecipient, with ...func(*v1alpha1.NoticeSpec)) *v1alpha1.Notice {
	n := &v1alpha1.Notice{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: v1alpha1.NoticeSpec{
		Record: v1alpha1.RecordReference{Kind: v1alpha1.RecordComplaint, Name: "c1"}, To: to, Template: "taskAssigned",
		Step: "checkFacts", RequestedAt: metav1.NewTime(w.clock.Now())}}
	for _, f := range with {
		f(&n.Spec)
	}
	n.Namespace = w.ns
	w.ExpectWithOffset(1, w.manager.Create(w.ctx, n)).To(Succeed()) // admission lets nobody else
	return n
}

func drillMode(s *v1alpha1.NoticeSpec) { s.Mode = v1alpha1.ModeDrill }

// reconcile runs the reconciler once and reads what became of the notice.
func (w *noticeWorld) reconcile(n *v1alpha1.Notice) *v1alpha1.Notice {
	_, err := w.r.Reconcile(w.ctx, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(n)})
	w.ExpectWithOffset(1, err).NotTo(HaveOccurred())
	return w.read(n)
}

func (w *noticeWorld) read(n *v1alpha1.Notice) *v1alpha1.Notice {
	fresh := &v1alpha1.Notice{}
	w.ExpectWithOffset(1, w.admin.Get(w.ctx, client.ObjectKeyFromObject(n), fresh)).To(Succeed())
	return fresh
}

func reasonOf(n *v1alpha1.Notice) string {
	if c := meta.FindStatusCondition(n.Status.Conditions, notice.ConditionDelivered); c != nil {
		return c.Reason
	}
	return ""
}

func messageOf(n *v1alpha1.Notice) string {
	if c := meta.FindStatusCondition(n.Status.Conditions, notice.ConditionDelivered); c != nil {
		return c.Message
	}
	return ""
}

// TestInvariant2NothingIsSentTwiceOrForgotten: also when a process dies at any moment, each notice is sent once, or it is
// Uncertain, and then its channel says what is done.
func TestInvariant2NothingIsSentTwiceOrForgotten(t *testing.T) {
	for name, test := range map[string]func(*noticeWorld){
		"a clean notice costs two writes":                       cleanNotice,
		"the complainant is written to":                         complainantIsWrittenTo,
		"the text comes from the pinned revision":               pinnedText,
		"a corrective action is quoted":                         correctiveActionIsQuoted,
		"without a claim nothing is sent":                       noClaimNothingSent,
		"who was held up after the claim does not send":         heldUpAfterTheClaim,
		"a crash between send and receipt: Hold":                crashHold,
		"a crash between send and receipt: Resend":              crashResend,
		"a receipt that could not be written is not lost":       receiptIsKept,
		"a receipt survives a change of the object":             receiptAfterConflict,
		"an old cache neither loses a receipt nor sends again":  oldCache,
		"two managers, one claim":                               twoManagers,
		"a lost answer to a claim costs no attempt":             lostClaimAnswer,
		"busy, then taken":                                      busyThenTaken,
		"attempts used up":                                      attemptsUsedUp,
		"refused for good":                                      refusedForGood,
		"no answer after the data":                              noAnswerAfterData,
		"a drill reaches nobody outside":                        drillReachesNobodyOutside,
		"a drill uses the drill channel":                        drillChannel,
		"no channel, then one":                                  noChannelThenOne,
		"a missing Secret recovers":                             missingSecretRecovers,
		"a contact Secret that comes late":                      lateContactSecret,
		"no contact":                                            noContactAtAll,
		"an unusable address is not repeated":                   unusableAddress,
		"an unknown template":                                   unknownTemplate,
		"the channel says what it lacks":                        channelSaysWhatItLacks,
		"the test of a channel":                                 channelTests,
		"the test of a channel that cannot be sent":             channelTestsThatFail,
		"the test of a channel a week later":                    channelTestsAreClearedAway,
		"final notices are left alone and nothing is rewritten": finalIsFinal,
	} {
		t.Run(name, func(t *testing.T) { test(newNoticeWorld(t)) })
	}
	t.Run("with a manager", noticesWithManager)
}
