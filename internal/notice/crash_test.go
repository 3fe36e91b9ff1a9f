package notice_test

import (
	"fmt"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice"
)

// outbox is a world with one notice, one receiver and manager processes that die at any moment.
type outbox struct {
	t        *rapid.T
	stored   v1alpha1.Notice // what the API server holds; version counts its writes
	version  int
	ch       *v1alpha1.NoticeChannelSpec
	now      time.Time
	lives    int
	accepted int             // how often the receiver took it
	landed   *notice.Result  // result in the memory of the living process
	claimed  int32           // attempt the result belongs to
	stalled  []stalledSender // processes that claimed, lost the lead, and send late
}

type stalledSender struct{ process string }

func (o *outbox) process() string { return fmt.Sprintf("life-%d", o.lives) }

// write stores a status read at a version, as the API server would.
func (o *outbox) write(version int, st v1alpha1.NoticeStatus) bool {
	if version != o.version {
		return false
	}
	if notice.Final(&o.stored.Status) {
		o.t.Fatalf("a final state was written over: %s", o.stored.Status.State)
	}
	// The API keeps full seconds.
	for _, at := range []*metav1.Time{&st.ClaimedAt, &st.NextAttemptAt, &st.EndedAt} {
		if !at.IsZero() {
			*at = metav1.NewTime(at.Truncate(time.Second))
		}
	}
	o.stored.Status = st
	o.version++
	return true
}

func (o *outbox) crash() {
	o.lives++
	o.landed = nil
}

// send is an attempt: what the receiver did and what the sender could see of it.
func (o *outbox) send() notice.Result {
	switch rapid.SampledFrom([]string{"taken", "taken, answer lost", "lost on the way", "busy", "refused"}).Draw(o.t, "attempt") {
	case "taken":
		o.accepted++
		return notice.Result{Fate: notice.Delivered}
	case "taken, answer lost":
		o.accepted++
		return notice.Result{Fate: notice.Unknown}
	case "lost on the way":
		return notice.Result{Fate: notice.Unknown}
	case "busy":
		return notice.Result{Fate: notice.NotSent}
	}
	return notice.Result{Fate: notice.Refused}
}

// reconcile is what the controller does, with a crash drawn before and after every effect.
func (o *outbox) reconcile() {
	crashed := func(where string) bool {
		if rapid.IntRange(0, 9).Draw(o.t, where) == 0 {
			o.crash()
			return true
		}
		return false
	}
	n, version := o.stored.DeepCopy(), o.version
	if o.landed != nil {
		o.receipt(n, version, crashed)
		return
	}
	step := notice.Next(n, o.ch, o.process(), o.now)
	switch step.Action {
	case notice.WaitUntil:
		if !step.At.After(o.now) {
			o.t.Fatalf("waits for a time that has come: %s", step.At)
		}
	case notice.MarkUncertain:
		o.write(version, notice.Uncertain(n, step.Message, o.now))
	case notice.GiveUp:
		o.write(version, notice.Failed(n, notice.ReasonExhausted, step.Message, o.now))
	case notice.Claim, notice.RetryAfterUnknown, notice.Send:
		if !o.write(version, notice.Claimed(n, step.Action, "ch", o.process(), o.now)) {
			return
		}
		if rapid.IntRange(0, 9).Draw(o.t, "stalls") == 0 { // and another one takes the lead
			o.stalled = append(o.stalled, stalledSender{o.process()})
			o.crash()
			return
		}
		if crashed("crash between claim and send") || rapid.IntRange(0, 9).Draw(o.t, "the answer to the claim is lost") == 0 {
			return
		}
		r := o.send()
		o.landed, o.claimed = &r, o.stored.Status.Attempts
		if crashed("crash between send and receipt") {
			return
		}
		o.receipt(o.stored.DeepCopy(), o.version, crashed)
	}
}

func (o *outbox) receipt(n *v1alpha1.Notice, version int, crashed func(string) bool) {
	if rapid.IntRange(0, 4).Draw(o.t, "the API server is away") == 0 {
		return
	}
	if n.Status.State != v1alpha1.NoticeSending || n.Status.ClaimedBy != o.process() || n.Status.Attempts != o.claimed {
		o.landed = nil
		return
	}
	if o.write(version, notice.Settle(n, o.ch, *o.landed, o.now)) {
		o.landed = nil
	}
	crashed("crash after the receipt")
}

func (o *outbox) check() {
	st := &o.stored.Status
	if o.ch.OnUncertain == v1alpha1.OnUncertainHold && o.accepted > 1 {
		o.t.Fatalf("Hold, and it arrived %d times", o.accepted)
	}
	inFlight := 0
	if st.State == v1alpha1.NoticeSending || o.landed != nil {
		inFlight = 1
	}
	if most := int(st.PossibleDuplicates) + 1; o.accepted > most {
		o.t.Fatalf("arrived %d times, at most %d are named (in flight: %d)", o.accepted, most, inFlight)
	}
	switch st.State {
	case v1alpha1.NoticeDelivered:
		if o.accepted == 0 {
			o.t.Fatal("Delivered, and nothing arrived")
		}
	case v1alpha1.NoticeFailed:
		if o.accepted > 0 {
			o.t.Fatal("both sent and forgotten: Failed, and it arrived")
		}
	case v1alpha1.NoticeUncertain:
		if notice.Final(st) && o.ch.OnUncertain == v1alpha1.OnUncertainResend && st.Attempts < o.ch.MaxAttempts && st.Conditions[0].Message == "" {
			o.t.Fatal("uncertain without a word")
		}
	}
	if st.Attempts > o.ch.MaxAttempts {
		o.t.Fatalf("%d attempts, %d allowed", st.Attempts, o.ch.MaxAttempts)
	}
}

// TestInvariant2NothingIsBothSentAndForgotten: every effect happens once, or is visibly uncertain.
func TestInvariant2NothingIsBothSentAndForgotten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := &outbox{t: t, now: noon, ch: &v1alpha1.NoticeChannelSpec{
			OnUncertain: rapid.SampledFrom([]v1alpha1.OnUncertain{v1alpha1.OnUncertainHold, v1alpha1.OnUncertainResend}).Draw(t, "policy"),
			MaxAttempts: int32(rapid.IntRange(1, 5).Draw(t, "attempts")), Backoff: "30s", Timeout: "20s"}}
		for range rapid.IntRange(1, 40).Draw(t, "events") {
			switch rapid.SampledFrom([]string{"reconcile", "reconcile", "reconcile", "time", "time", "crash", "late"}).Draw(t, "event") {
			case "reconcile":
				o.reconcile()
			case "time":
				o.now = o.now.Add(time.Duration(rapid.IntRange(1, 90_000).Draw(t, "ms")) * time.Millisecond)
			case "crash":
				o.crash()
			case "late": // a process that lost the lead wakes up and sends what it had claimed
				if len(o.stalled) > 0 {
					o.stalled = o.stalled[1:]
					o.send()
				}
			}
			o.check()
		}
		// Left alone, it comes to an end; and with a receiver that takes everything, Resend delivers while attempts last.
		for i := 0; !notice.Final(&o.stored.Status); i++ {
			if i > 500 {
				t.Fatalf("never ends: %+v", o.stored.Status)
			}
			o.now = o.now.Add(20 * time.Minute)
			o.reconcile()
			o.check()
		}
	})
}
