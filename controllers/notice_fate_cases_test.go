package controllers

import (
	"errors"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice"
	"tocsin.dev/tocsin/internal/notice/receivers"
)

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
