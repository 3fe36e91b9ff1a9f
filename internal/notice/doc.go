// Package notice brings messages to people, once, or visibly not.
//
// A Notice object is an outbox entry. What happens to it is decided by [Next], a pure function of the object, the
// channel, the process that asks and the time; what an attempt led to is written by [Settle], pure too. Between the two
// stands a sender that tells, with a [Fate], what it knows about the attempt:
//
//	Pending ──claim──▶ Sending ──┬─ Delivered ─────────────▶ Delivered
//	   ▲                         ├─ Refused ───────────────▶ Failed
//	   └────────── backoff ──────┼─ NotSent
//	                             └─ Unknown ───────────────▶ Uncertain ──(channel says Resend)──▶ Sending …
//
// The claim is in the object before anything is sent, so that a process that finds the claim of another one knows that
// the message may have gone out. Channel policy Hold then sends nothing more; Resend sends again under the same key and
// counts a possible duplicate. Nothing that may have arrived is ever called Failed.
package notice
