package notice

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// ConditionDelivered is the one condition of a Notice.
const ConditionDelivered = "Delivered"

// Reasons of the condition Delivered.
const (
	// ReasonDelivered: the receiver took it.
	ReasonDelivered = "Delivered"
	// ReasonPending: an attempt is under way or to come.
	ReasonPending = "Pending"
	// ReasonNoChannel: no NoticeChannel reaches the recipient; goes on when one does.
	ReasonNoChannel = "NoChannel"
	// ReasonNoContact: the recipient has no usable address. Final, except while a Secret or team is not there yet.
	ReasonNoContact = "NoContact"
	// ReasonChannelNotReady: the channel's Secret is missing or incomplete; goes on when it is there.
	ReasonChannelNotReady = "ChannelNotReady"
	// ReasonTemplateInvalid: the text is missing or cannot be filled in. Final.
	ReasonTemplateInvalid = "TemplateInvalid"
	// ReasonRefused: the receiver will not take it. Final.
	ReasonRefused = "Refused"
	// ReasonExhausted: the attempts are used up. Final.
	ReasonExhausted = "Exhausted"
	// ReasonSuppressed: not sent on purpose. Final.
	ReasonSuppressed = "Suppressed"
	// ReasonUncertain: an attempt may have arrived.
	ReasonUncertain = "Uncertain"
)

// Claimed returns the status in which an attempt is claimed: a Claim or RetryAfterUnknown counts a new one, a Send
// renews the one this process holds.
func Claimed(n *v1alpha1.Notice, action Action, channel, process string, now time.Time) v1alpha1.NoticeStatus {
	st := *n.Status.DeepCopy()
	switch action {
	case RetryAfterUnknown:
		st.PossibleDuplicates++
		st.Attempts++
	case Claim:
		st.Attempts++
	}
	st.State = v1alpha1.NoticeSending
	st.Channel = v1alpha1.ObjectName(channel)
	st.ClaimedAt = metav1.NewTime(now)
	st.ClaimedBy = process
	st.NextAttemptAt = metav1.Time{}
	condition(&st, n.Generation, metav1.ConditionFalse, ReasonPending, fmt.Sprintf("attempt %d is under way", st.Attempts), now)
	return st
}

// Settle returns the status after an attempt over ch led to r.
func Settle(n *v1alpha1.Notice, ch *v1alpha1.NoticeChannelSpec, r Result, now time.Time) v1alpha1.NoticeStatus {
	st := *n.Status.DeepCopy()
	st.Receipt = clip(r.Receipt, 256)
	switch r.Fate {
	case Delivered:
		st.State = v1alpha1.NoticeDelivered
		st.EndedAt = metav1.NewTime(now)
		condition(&st, n.Generation, metav1.ConditionTrue, ReasonDelivered, "the receiver took it", now)
	case Refused:
		fail(&st, n.Generation, ReasonRefused, r.Problem, now)
	case NotSent:
		if st.Attempts >= maxAttempts(ch) {
			fail(&st, n.Generation, ReasonExhausted, allFailed(st.Attempts)+": "+r.Problem, now)
			break
		}
		st.State = v1alpha1.NoticePending
		again(&st, ch, now)
		condition(&st, n.Generation, metav1.ConditionFalse, ReasonPending, fmt.Sprintf("attempt %d failed: %s", st.Attempts, r.Problem), now)
	default:
		what := fmt.Sprintf("nobody knows whether attempt %d arrived: %s", st.Attempts, r.Problem)
		step := afterUnknown(&st, ch, what)
		st.State = v1alpha1.NoticeUncertain
		if step.Action == MarkUncertain {
			uncertain(&st, n.Generation, step.Message, now)
			break
		}
		again(&st, ch, now)
		condition(&st, n.Generation, metav1.ConditionUnknown, ReasonUncertain, what+"; it will be sent again under the same key", now)
	}
	return st
}

// Uncertain returns the final status of a notice that may have arrived.
func Uncertain(n *v1alpha1.Notice, message string, now time.Time) v1alpha1.NoticeStatus {
	st := *n.Status.DeepCopy()
	uncertain(&st, n.Generation, message, now)
	return st
}

// Failed returns the final status of a notice that cannot be delivered. If one of its attempts may have arrived, it is
// Uncertain all the same.
func Failed(n *v1alpha1.Notice, reason, message string, now time.Time) v1alpha1.NoticeStatus {
	st := *n.Status.DeepCopy()
	if st.State == v1alpha1.NoticeSending { // a claim nobody settled
		st.State = v1alpha1.NoticeUncertain
	}
	fail(&st, n.Generation, reason, message, now)
	return st
}

// Suppressed returns the final status of a drill's notice to somebody outside.
func Suppressed(n *v1alpha1.Notice, now time.Time) v1alpha1.NoticeStatus {
	st := *n.Status.DeepCopy()
	st.State = v1alpha1.NoticeSuppressed
	st.EndedAt = metav1.NewTime(now)
	condition(&st, n.Generation, metav1.ConditionFalse, ReasonSuppressed, "a drill reaches nobody outside", now)
	return st
}

// Waiting returns the status of a notice that cannot be sent yet and says what it waits for. Its state stays what it
// was: one whose last attempt may have arrived remains Uncertain.
func Waiting(n *v1alpha1.Notice, reason, message string, now time.Time) v1alpha1.NoticeStatus {
	st := *n.Status.DeepCopy()
	if st.State == "" {
		st.State = v1alpha1.NoticePending
	}
	status := metav1.ConditionFalse
	if st.State != v1alpha1.NoticePending {
		status = metav1.ConditionUnknown
	}
	condition(&st, n.Generation, status, reason, message, now)
	return st
}

func fail(st *v1alpha1.NoticeStatus, generation int64, reason, message string, now time.Time) {
	mayHaveArrived := st.PossibleDuplicates > 0 || st.State == v1alpha1.NoticeUncertain
	if mayHaveArrived {
		uncertain(st, generation, "an earlier attempt may have arrived; then: "+message, now)
		return
	}
	st.State = v1alpha1.NoticeFailed
	st.NextAttemptAt = metav1.Time{}
	st.EndedAt = metav1.NewTime(now)
	condition(st, generation, metav1.ConditionFalse, reason, message, now)
}

func uncertain(st *v1alpha1.NoticeStatus, generation int64, message string, now time.Time) {
	st.State = v1alpha1.NoticeUncertain
	st.NextAttemptAt = metav1.Time{}
	st.EndedAt = metav1.NewTime(now)
	condition(st, generation, metav1.ConditionUnknown, ReasonUncertain, message, now)
}

// again plans the next attempt, at a full second because that is all the API keeps.
func again(st *v1alpha1.NoticeStatus, ch *v1alpha1.NoticeChannelSpec, now time.Time) {
	at := now.Add(Backoff(ch, st.Attempts))
	if whole := at.Truncate(time.Second); whole.Before(at) {
		at = whole.Add(time.Second)
	}
	st.NextAttemptAt = metav1.NewTime(at)
}

func condition(st *v1alpha1.NoticeStatus, generation int64, status metav1.ConditionStatus, reason, message string, now time.Time) {
	meta.SetStatusCondition(&st.Conditions, metav1.Condition{
		Type: ConditionDelivered, Status: status, Reason: reason, Message: clip(message, 1024),
		ObservedGeneration: generation, LastTransitionTime: metav1.NewTime(now),
	})
}

// allFailed says that the attempts are used up, before what the last one met.
func allFailed(attempts int32) string {
	if attempts == 1 {
		return "the attempt failed"
	}
	return fmt.Sprintf("all %d attempts failed; the last one", attempts)
}
