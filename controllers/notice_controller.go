package controllers

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/metrics"
	"tocsin.dev/tocsin/internal/notice"
)

const (
	// noticeLookSoon and noticeLookLate bound how long a notice that waits for a channel, Secret or team waits if no event
	// comes: as long again as it has waited already. A contact that is created right after its complaint is found soon.
	noticeLookSoon = time.Second
	noticeLookLate = time.Hour
	// noticeReceiptTimeout is how long the writing of a receipt may take before it is tried again.
	noticeReceiptTimeout = 10 * time.Second
)

// NoticeReconciler carries the outbox: the only part of Tocsin that talks to the outside. A claim is written before
// anything is sent and the receipt after it, so a clean notice costs two writes.
type NoticeReconciler struct {
	client.Client
	// APIReader reads past the cache: Secrets with contacts, revisions, and notices whose receipt met a conflict.
	APIReader client.Reader
	// Clock is the time of attempts, receipts and backoff.
	Clock clock.PassiveClock
	// Wake asks for a reconcile at a time of Clock. A zero time takes it back. Nil: nobody wakes.
	Wake func(key types.NamespacedName, at time.Time)
	// Process names this life of this process, e.g. host name and a random part; never used twice.
	Process string
	// Senders make the attempts.
	Senders notice.Senders
	// Metrics counts attempts; may be nil.
	Metrics *metrics.Metrics
	// Announce writes events; may be nil.
	Announce *Announcer
	// Link gives the address of a record or task for people; nil or "" for none.
	Link func(namespace string, record v1alpha1.RecordReference, task string) string
	// WatchSecrets lets what waits for a Secret go on the moment it appears. The manager then needs the right to list and
	// watch Secrets, of which it sees the metadata only; without it, it looks again after a while.
	WatchSecrets bool

	revisions notice.Revisions
	flights   flights
	fresh     Fresh
	secrets   recentSecrets
}

// +kubebuilder:rbac:groups=crisis.tocsin.dev,resources=notices,verbs=get;list;watch;delete
// +kubebuilder:rbac:groups=crisis.tocsin.dev,resources=notices/status,verbs=get;update;patch
// +kubebuilder:rbac:groups=crisis.tocsin.dev,resources=noticechannels;complaints;crisisincidents;responseteams,verbs=get;list;watch
// +kubebuilder:rbac:groups=apps,resources=controllerrevisions,verbs=get
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get

// Reconcile takes a notice one step further: look, decide, claim, send, write down.
func (r *NoticeReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	n := &v1alpha1.Notice{}
	if err := r.Get(ctx, req.NamespacedName, n); err != nil {
		r.wake(req.NamespacedName, time.Time{})
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if notice.Final(&n.Status) {
		r.flights.end(n.UID)
		return ctrl.Result{}, r.clearAway(ctx, n)
	}
	if free := r.flights.begin(n.UID); !free {
		return ctrl.Result{}, nil // its worker is at it and reports by itself
	}
	defer r.flights.pause(n.UID)
	if landed := r.flights.landed(n.UID); landed != nil {
		// The cache may be older than the claim, and a result must not be dropped for that.
		if err := r.APIReader.Get(ctx, req.NamespacedName, n); err != nil {
			return ctrl.Result{}, client.IgnoreNotFound(err)
		}
		return ctrl.Result{}, r.writeReceipt(ctx, n, *landed)
	}
	if r.fresh.Stale(n) {
		return ctrl.Result{}, nil // what this process wrote is on its way and brings the notice back
	}
	return ctrl.Result{}, r.advance(ctx, n)
}

// advance does what the state machine says.
func (r *NoticeReconciler) advance(ctx context.Context, n *v1alpha1.Notice) error {
	ch, err := r.lastChannel(ctx, n)
	if err != nil {
		return err
	}
	now := r.Clock.Now()
	switch step := notice.Next(n, ch, r.Process, now); step.Action {
	case notice.Nothing:
		return nil
	case notice.Suppress:
		return r.write(ctx, n, notice.Suppressed(n, now))
	case notice.WaitUntil:
		r.wake(client.ObjectKeyFromObject(n), step.At)
		return nil
	case notice.MarkUncertain:
		log.FromContext(ctx).Info("notice may or may not have arrived", "channel", n.Status.Channel, "attempts", n.Status.Attempts)
		return r.write(ctx, n, notice.Uncertain(n, step.Message, now))
	case notice.GiveUp:
		log.FromContext(ctx).Info("notice given up", "channel", n.Status.Channel, "attempts", n.Status.Attempts)
		return r.write(ctx, n, notice.Failed(n, notice.ReasonExhausted, step.Message, now))
	default:
		return r.attempt(ctx, n, step.Action)
	}
}

// attempt prepares everything, claims, sends and writes the receipt. What cannot be prepared costs no claim.
func (r *NoticeReconciler) attempt(ctx context.Context, n *v1alpha1.Notice, action notice.Action) error {
	ready, block, err := r.prepare(ctx, n)
	if err != nil {
		return err
	}
	now := r.Clock.Now()
	switch {
	case block == nil:
	case block.Final:
		log.FromContext(ctx).Info("notice failed", "reason", block.Reason)
		return r.write(ctx, n, notice.Failed(n, block.Reason, block.Message, now))
	default:
		r.wake(client.ObjectKeyFromObject(n), lookAgain(n.Spec.RequestedAt.Time, now))
		return r.write(ctx, n, notice.Waiting(n, block.Reason, block.Message, now))
	}

	// From here on the attempt is finished even if the manager is told to stop: broken off, its fate would be unknown.
	ctx = context.WithoutCancel(ctx)
	claimed, err := r.patch(ctx, n, notice.Claimed(n, action, ready.channel.Name, r.Process, now))
	if err != nil {
		return ignoreConflict(err)
	}
	result := r.send(ctx, ready, now)
	if n.Spec.Test == nil {
		r.Metrics.Attempted(ready.channel, result.Fate.String())
	}
	log.FromContext(ctx).V(1).Info("attempt", "channel", ready.channel.Name, "attempt", claimed.Status.Attempts, "fate", result.Fate.String())
	landed := landing{attempt: claimed.Status.Attempts, channel: ready.channel.Spec, result: result}
	r.flights.land(n.UID, landed)
	return r.writeReceipt(ctx, claimed, landed)
}

// send makes the attempt within the time its claim stands for. Whoever leads next waits that long and then takes the claim
// for one of unknown fate; so a process that was held up after it claimed, and does not lead any more, sends nothing.
func (r *NoticeReconciler) send(ctx context.Context, ready readyNotice, claimedAt time.Time) notice.Result {
	left := notice.Timeout(&ready.channel.Spec) - r.Clock.Since(claimedAt)
	if left <= 0 {
		return notice.Result{Fate: notice.NotSent, Problem: "the claim was written too late to send within the channel's timeout"}
	}
	ctx, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	return r.Senders.Send(ctx, ready.channel, ready.credentials, ready.message)
}

// writeReceipt writes what became of an attempt, as long as the claim is still ours. The result stays in memory until
// then: lost, it would make a delivered notice uncertain.
func (r *NoticeReconciler) writeReceipt(ctx context.Context, n *v1alpha1.Notice, l landing) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noticeReceiptTimeout)
	defer cancel()
	uid := n.UID
	for {
		if n.Status.State != v1alpha1.NoticeSending || n.Status.ClaimedBy != r.Process || n.Status.Attempts != l.attempt {
			r.flights.end(uid) // somebody else went on with it, and counted this attempt as unknown
			return nil
		}
		settled := notice.Settle(n, &l.channel, l.result, r.Clock.Now())
		_, err := r.patch(ctx, n, settled)
		if err == nil {
			r.flights.end(uid)
			r.wake(client.ObjectKeyFromObject(n), settled.NextAttemptAt.Time)
			return nil
		}
		if apierrors.IsConflict(err) { // somebody wrote something else; look who has the claim
			fresh := &v1alpha1.Notice{}
			err = r.APIReader.Get(ctx, client.ObjectKeyFromObject(n), fresh)
			n = fresh
		}
		if apierrors.IsNotFound(err) {
			r.flights.end(uid)
			return nil
		} else if err != nil {
			return err
		}
	}
}

// write writes a status unless it is what the object has already. Whoever meets a conflict has read something old: the
// newer version is on its way and decides again.
func (r *NoticeReconciler) write(ctx context.Context, n *v1alpha1.Notice, status v1alpha1.NoticeStatus) error {
	if equality.Semantic.DeepEqual(n.Status, status) {
		return nil
	}
	_, err := r.patch(ctx, n, status)
	return ignoreConflict(err)
}

// patch writes a status, only onto the version that was read.
func (r *NoticeReconciler) patch(ctx context.Context, n *v1alpha1.Notice, status v1alpha1.NoticeStatus) (*v1alpha1.Notice, error) {
	changed := n.DeepCopy()
	changed.Status = status
	err := r.Status().Update(ctx, changed)
	if err == nil {
		r.fresh.Overwrote(n.UID, n.ResourceVersion)
		r.announce(n, changed)
	}
	return changed, err
}

// announce tells whoever looks at the record of a notice that has come to a bad end.
func (r *NoticeReconciler) announce(was, is *v1alpha1.Notice) {
	switch {
	case is.Status.EndedAt.IsZero() || !was.Status.EndedAt.IsZero():
	case is.Status.State == v1alpha1.NoticeFailed:
		r.Announce.notice(is, "NoticeFailed", "a notice was not delivered")
	case is.Status.State == v1alpha1.NoticeUncertain:
		r.Announce.notice(is, "NoticeUncertain", "a notice may or may not have arrived")
	}
}

func (r *NoticeReconciler) wake(key types.NamespacedName, at time.Time) {
	if r.Wake != nil {
		r.Wake(key, at)
	}
}

// lookAgain is when to look again at something that waits since a time.
func lookAgain(since, now time.Time) time.Time {
	return now.Add(min(max(now.Sub(since), noticeLookSoon), noticeLookLate))
}

func ignoreConflict(err error) error {
	if apierrors.IsConflict(err) {
		return nil
	}
	return client.IgnoreNotFound(err)
}
