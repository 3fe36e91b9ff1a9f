package notice

import (
	"fmt"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// Action is what to do with a notice.
type Action int

// What to do with a notice.
const (
	// Nothing: its state is final.
	Nothing Action = iota
	// Suppress: a drill's notice to somebody outside; end it without sending.
	Suppress
	// WaitUntil: look again at Step.At.
	WaitUntil
	// Claim: write a claim, then send.
	Claim
	// RetryAfterUnknown: write a claim and count a possible duplicate, then send.
	RetryAfterUnknown
	// Send: the claim is this process's own; send. Whoever read the claim, and did not write it just now, renews it
	// first: what was read may be old.
	Send
	// MarkUncertain: end it, an attempt may have arrived.
	MarkUncertain
	// GiveUp: end it, the attempts are used up.
	GiveUp
)

// String returns the action in one word, for logs.
func (a Action) String() string {
	return [...]string{"Nothing", "Suppress", "WaitUntil", "Claim", "RetryAfterUnknown", "Send", "MarkUncertain", "GiveUp"}[a]
}

// Step is what to do with a notice now, and why.
type Step struct {
	Action Action
	// At is set for WaitUntil.
	At time.Time
	// Message is the reason in words for MarkUncertain and GiveUp.
	Message string
}

// Default values of a channel whose fields were left out.
const (
	defaultMaxAttempts = 6
	defaultBackoff     = 30 * time.Second
	defaultTimeout     = 20 * time.Second
	maxBackoff         = time.Hour
)

// Grace is how long after the end of another process's attempt its claim is left alone: the process may still be
// writing the receipt, and its answer is worth more than a guess.
const Grace = 5 * time.Second

// Next says what to do with a notice. ch is the channel of the attempt under way or the one to come; nil stands for one
// that is gone, which holds what is uncertain. process is the name of this process's life. The caller keeps the results
// of its own attempts until they are written, and asks Next only for notices it holds none of.
func Next(n *v1alpha1.Notice, ch *v1alpha1.NoticeChannelSpec, process string, now time.Time) Step {
	st := &n.Status
	switch {
	case Final(st):
		return Step{Action: Nothing}
	case Outside(n.Spec.To.Kind) && n.Spec.Mode == v1alpha1.ModeDrill:
		return Step{Action: Suppress}
	}
	switch st.State {
	case v1alpha1.NoticeSending:
		if st.ClaimedBy == process {
			return Step{Action: Send}
		}
		if free := st.ClaimedAt.Add(Timeout(ch) + Grace); now.Before(free) {
			return Step{Action: WaitUntil, At: free}
		}
		return afterUnknown(st, ch, fmt.Sprintf("the process that claimed attempt %d ended before it wrote what became of it", st.Attempts))
	case v1alpha1.NoticeUncertain:
		if step := afterUnknown(st, ch, fmt.Sprintf("nobody knows whether attempt %d arrived", st.Attempts)); step.Action == MarkUncertain {
			return step
		}
		if now.Before(st.NextAttemptAt.Time) {
			return Step{Action: WaitUntil, At: st.NextAttemptAt.Time}
		}
		return Step{Action: RetryAfterUnknown}
	}
	switch {
	case st.Attempts >= maxAttempts(ch):
		return Step{Action: GiveUp, Message: fmt.Sprintf("all %d attempts failed", st.Attempts)}
	case now.Before(st.NextAttemptAt.Time):
		return Step{Action: WaitUntil, At: st.NextAttemptAt.Time}
	}
	return Step{Action: Claim}
}

// afterUnknown applies the channel's policy to an attempt of unknown fate.
func afterUnknown(st *v1alpha1.NoticeStatus, ch *v1alpha1.NoticeChannelSpec, what string) Step {
	switch {
	case ch == nil:
		return Step{Action: MarkUncertain, Message: what + "; its channel is gone, so nothing more is sent"}
	case ch.OnUncertain != v1alpha1.OnUncertainResend:
		return Step{Action: MarkUncertain, Message: what + "; the channel's onUncertain is Hold, so nothing more is sent"}
	case st.Attempts >= maxAttempts(ch):
		return Step{Action: MarkUncertain, Message: what + " and it was the last one"}
	}
	return Step{Action: RetryAfterUnknown}
}

// Final says whether nothing more happens to a notice.
func Final(st *v1alpha1.NoticeStatus) bool {
	switch st.State {
	case v1alpha1.NoticeDelivered, v1alpha1.NoticeFailed, v1alpha1.NoticeSuppressed:
		return true
	case v1alpha1.NoticeUncertain:
		return !st.EndedAt.IsZero()
	}
	return false
}

// Outside says whether a recipient does not belong to the organisation.
func Outside(k v1alpha1.RecipientKind) bool { return k != v1alpha1.RecipientMember }

// Backoff is the time between the end of the given attempt (1 is the first) and the next one.
func Backoff(ch *v1alpha1.NoticeChannelSpec, attempt int32) time.Duration {
	d := defaultBackoff
	if ch != nil && ch.Backoff != "" {
		d = calendar.Elapsed(ch.Backoff)
	}
	for ; attempt > 1 && d < maxBackoff; attempt-- {
		d *= 2
	}
	return min(d, maxBackoff)
}

// Timeout is the longest an attempt over the channel may take.
func Timeout(ch *v1alpha1.NoticeChannelSpec) time.Duration {
	if ch == nil || calendar.Elapsed(ch.Timeout) <= 0 {
		return defaultTimeout
	}
	return calendar.Elapsed(ch.Timeout)
}

func maxAttempts(ch *v1alpha1.NoticeChannelSpec) int32 {
	if ch == nil || ch.MaxAttempts == 0 {
		return defaultMaxAttempts
	}
	return ch.MaxAttempts
}
