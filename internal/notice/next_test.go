package notice_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice"
)

const me, other = "manager-a", "manager-b"

func channelSpec(policy v1alpha1.OnUncertain) *v1alpha1.NoticeChannelSpec {
	return &v1alpha1.NoticeChannelSpec{OnUncertain: policy, MaxAttempts: 3, Backoff: "30s", Timeout: "20s"}
}

func at(t time.Time) metav1.Time { return metav1.NewTime(t) }

func TestNext(t *testing.T) {
	hold, resend := channelSpec(v1alpha1.OnUncertainHold), channelSpec(v1alpha1.OnUncertainResend)
	sending := func(by string, attempts int32, ago time.Duration) v1alpha1.NoticeStatus {
		return v1alpha1.NoticeStatus{State: v1alpha1.NoticeSending, ClaimedBy: by, Attempts: attempts, ClaimedAt: at(noon.Add(-ago))}
	}
	lease := 20*time.Second + notice.Grace
	for _, tc := range []struct {
		name   string
		spec   v1alpha1.NoticeSpec
		status v1alpha1.NoticeStatus
		ch     *v1alpha1.NoticeChannelSpec
		want   notice.Action
		at     time.Time
	}{
		{"new", v1alpha1.NoticeSpec{}, v1alpha1.NoticeStatus{}, nil, notice.Claim, time.Time{}},
		{"before the next attempt", v1alpha1.NoticeSpec{}, v1alpha1.NoticeStatus{State: v1alpha1.NoticePending, Attempts: 1, NextAttemptAt: at(noon.Add(time.Second))}, hold, notice.WaitUntil, noon.Add(time.Second)},
		{"at the next attempt", v1alpha1.NoticeSpec{}, v1alpha1.NoticeStatus{State: v1alpha1.NoticePending, Attempts: 1, NextAttemptAt: at(noon)}, hold, notice.Claim, time.Time{}},
		{"the channel allows fewer attempts now", v1alpha1.NoticeSpec{}, v1alpha1.NoticeStatus{State: v1alpha1.NoticePending, Attempts: 3}, hold, notice.GiveUp, time.Time{}},
		{"own claim", v1alpha1.NoticeSpec{}, sending(me, 1, time.Hour), hold, notice.Send, time.Time{}},
		{"fresh claim of another", v1alpha1.NoticeSpec{}, sending(other, 1, lease-time.Second), hold, notice.WaitUntil, noon.Add(time.Second)},
		{"old claim of another, hold", v1alpha1.NoticeSpec{}, sending(other, 1, lease), hold, notice.MarkUncertain, time.Time{}},
		{"old claim of another, resend", v1alpha1.NoticeSpec{}, sending(other, 1, lease), resend, notice.RetryAfterUnknown, time.Time{}},
		{"old claim of another, resend, the last attempt", v1alpha1.NoticeSpec{}, sending(other, 3, lease), resend, notice.MarkUncertain, time.Time{}},
		{"old claim of another, channel gone", v1alpha1.NoticeSpec{}, sending(other, 1, lease), nil, notice.MarkUncertain, time.Time{}},
		{"uncertain, before the next attempt", v1alpha1.NoticeSpec{}, v1alpha1.NoticeStatus{State: v1alpha1.NoticeUncertain, Attempts: 1, NextAttemptAt: at(noon.Add(time.Minute))}, resend, notice.WaitUntil, noon.Add(time.Minute)},
		{"uncertain, at the next attempt", v1alpha1.NoticeSpec{}, v1alpha1.NoticeStatus{State: v1alpha1.NoticeUncertain, Attempts: 1, NextAttemptAt: at(noon)}, resend, notice.RetryAfterUnknown, time.Time{}},
		{"uncertain, the channel holds now", v1alpha1.NoticeSpec{}, v1alpha1.NoticeStatus{State: v1alpha1.NoticeUncertain, Attempts: 1}, hold, notice.MarkUncertain, time.Time{}},
		{"uncertain for good, the channel resends now", v1alpha1.NoticeSpec{}, v1alpha1.NoticeStatus{State: v1alpha1.NoticeUncertain, Attempts: 1, EndedAt: at(noon)}, resend, notice.Nothing, time.Time{}},
		{"delivered", v1alpha1.NoticeSpec{}, v1alpha1.NoticeStatus{State: v1alpha1.NoticeDelivered}, resend, notice.Nothing, time.Time{}},
		{"failed", v1alpha1.NoticeSpec{}, v1alpha1.NoticeStatus{State: v1alpha1.NoticeFailed}, resend, notice.Nothing, time.Time{}},
		{"drill to a complainant", v1alpha1.NoticeSpec{Mode: v1alpha1.ModeDrill, To: v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientComplainant}}, v1alpha1.NoticeStatus{}, nil, notice.Suppress, time.Time{}},
		{"drill to a stakeholder", v1alpha1.NoticeSpec{Mode: v1alpha1.ModeDrill, To: v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientStakeholder}}, v1alpha1.NoticeStatus{}, nil, notice.Suppress, time.Time{}},
		{"drill to a member", v1alpha1.NoticeSpec{Mode: v1alpha1.ModeDrill, To: v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientMember}}, v1alpha1.NoticeStatus{}, nil, notice.Claim, time.Time{}},
		{"live to a stakeholder", v1alpha1.NoticeSpec{To: v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientStakeholder}}, v1alpha1.NoticeStatus{}, nil, notice.Claim, time.Time{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := NewWithT(t)
			step := notice.Next(&v1alpha1.Notice{Spec: tc.spec, Status: tc.status}, tc.ch, me, noon)
			g.Expect(step.Action.String()).To(Equal(tc.want.String()))
			g.Expect(step.At).To(BeTemporally("==", tc.at))
		})
	}
}

func TestSettle(t *testing.T) {
	hold, resend := channelSpec(v1alpha1.OnUncertainHold), channelSpec(v1alpha1.OnUncertainResend)
	for _, tc := range []struct {
		name       string
		attempts   int32
		duplicates int32
		ch         *v1alpha1.NoticeChannelSpec
		fate       notice.Fate
		state      v1alpha1.NoticeState
		reason     string
		status     metav1.ConditionStatus
		final      bool
		next       time.Duration
	}{
		{"delivered", 1, 0, hold, notice.Delivered, v1alpha1.NoticeDelivered, "Delivered", metav1.ConditionTrue, true, 0},
		{"refused", 1, 0, hold, notice.Refused, v1alpha1.NoticeFailed, "Refused", metav1.ConditionFalse, true, 0},
		{"refused, but an earlier attempt may have arrived", 2, 1, resend, notice.Refused, v1alpha1.NoticeUncertain, "Uncertain", metav1.ConditionUnknown, true, 0},
		{"not sent", 1, 0, hold, notice.NotSent, v1alpha1.NoticePending, "Pending", metav1.ConditionFalse, false, 30 * time.Second},
		{"not sent again", 2, 0, hold, notice.NotSent, v1alpha1.NoticePending, "Pending", metav1.ConditionFalse, false, time.Minute},
		{"not sent at last", 3, 0, hold, notice.NotSent, v1alpha1.NoticeFailed, "Exhausted", metav1.ConditionFalse, true, 0},
		{"not sent at last, but an earlier attempt may have arrived", 3, 1, resend, notice.NotSent, v1alpha1.NoticeUncertain, "Uncertain", metav1.ConditionUnknown, true, 0},
		{"unknown, hold", 1, 0, hold, notice.Unknown, v1alpha1.NoticeUncertain, "Uncertain", metav1.ConditionUnknown, true, 0},
		{"unknown, resend", 1, 0, resend, notice.Unknown, v1alpha1.NoticeUncertain, "Uncertain", metav1.ConditionUnknown, false, 30 * time.Second},
		{"unknown, resend, the last attempt", 3, 0, resend, notice.Unknown, v1alpha1.NoticeUncertain, "Uncertain", metav1.ConditionUnknown, true, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := NewWithT(t)
			n := &v1alpha1.Notice{Status: v1alpha1.NoticeStatus{State: v1alpha1.NoticeSending, ClaimedBy: me, Attempts: tc.attempts, PossibleDuplicates: tc.duplicates}}
			n.Generation = 1
			got := notice.Settle(n, tc.ch, notice.Result{Fate: tc.fate, Receipt: "r", Problem: "p"}, noon)
			g.Expect(got.State).To(Equal(tc.state))
			g.Expect(got.Receipt).To(Equal("r"))
			g.Expect(notice.Final(&got)).To(Equal(tc.final))
			g.Expect(got.EndedAt.IsZero()).To(Equal(!tc.final))
			g.Expect(got.PossibleDuplicates).To(Equal(tc.duplicates))
			if tc.next == 0 {
				g.Expect(got.NextAttemptAt.IsZero()).To(BeTrue())
			} else {
				g.Expect(got.NextAttemptAt.Time).To(Equal(noon.Add(tc.next)))
			}
			g.Expect(got.Conditions).To(HaveLen(1))
			g.Expect(got.Conditions[0]).To(And(HaveField("Type", "Delivered"), HaveField("Reason", tc.reason), HaveField("Status", tc.status),
				HaveField("ObservedGeneration", int64(1)), HaveField("LastTransitionTime", at(noon))))
		})
	}
}

func TestBackoffDoublesUpToAnHour(t *testing.T) {
	g := NewWithT(t)
	ch := &v1alpha1.NoticeChannelSpec{Backoff: "10m"}
	for attempt, want := range map[int32]time.Duration{1: 10 * time.Minute, 2: 20 * time.Minute, 3: 40 * time.Minute, 4: time.Hour, 50: time.Hour} {
		g.Expect(notice.Backoff(ch, attempt)).To(Equal(want), "attempt %d", attempt)
	}
	g.Expect(notice.Backoff(nil, 1)).To(Equal(30 * time.Second))
}
