package controllers

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice"
)

const (
	// channelTestAge is how old the test of a channel gets before it is sent: whoever asked for it waits no longer.
	channelTestAge = 10 * time.Minute
	// channelTestKept is how long the test of a channel is kept once its fate is known: it is about no case, and evidence of
	// nothing.
	channelTestKept = 7 * 24 * time.Hour
)

// clearAway has nothing to do with a notice that has ended, but for the test of a channel: that is removed after a while.
func (r *NoticeReconciler) clearAway(ctx context.Context, n *v1alpha1.Notice) error {
	key := client.ObjectKeyFromObject(n)
	if n.Spec.Test == nil {
		r.wake(key, time.Time{})
		return nil
	}
	if until := n.Status.EndedAt.Add(channelTestKept); r.Clock.Now().Before(until) {
		r.wake(key, until)
		return nil
	}
	r.wake(key, time.Time{})
	return client.IgnoreNotFound(r.Delete(ctx, n, client.Preconditions{UID: &n.UID}))
}

// prepareTest makes the test of a channel ready. What keeps it from being sent ends it: whoever tests wants to know now.
func (r *NoticeReconciler) prepareTest(ctx context.Context, n *v1alpha1.Notice) (readyNotice, *notice.Blocked, error) {
	ready, block, err := r.readyTest(ctx, n)
	if block != nil {
		block.Final = true
	}
	return ready, block, err
}

func (r *NoticeReconciler) readyTest(ctx context.Context, n *v1alpha1.Notice) (readyNotice, *notice.Blocked, error) {
	now := r.Clock.Now()
	if now.After(n.Spec.RequestedAt.Add(channelTestAge)) {
		return readyNotice{}, &notice.Blocked{Reason: notice.ReasonExhausted, Message: fmt.Sprintf("the test was asked for more than %s ago, so it is not sent any more; test the channel again", channelTestAge)}, nil
	}
	ch := &v1alpha1.NoticeChannel{}
	err := r.Get(ctx, types.NamespacedName{Namespace: n.Namespace, Name: string(n.Spec.Channel)}, ch)
	if apierrors.IsNotFound(err) {
		return readyNotice{}, &notice.Blocked{Reason: notice.ReasonNoChannel, Message: fmt.Sprintf("there is no NoticeChannel %q, which spec.channel names; create it", n.Spec.Channel)}, nil
	} else if err != nil {
		return readyNotice{}, nil, err
	}
	address, block := notice.TestAddress(n.Spec.Test, &ch.Spec)
	if block != nil {
		return readyNotice{}, block, nil
	}
	credentials, block, err := r.channelSecret(ctx, ch)
	if block != nil || err != nil {
		return readyNotice{}, block, err
	}
	text := notice.TestText(n, now)
	return readyNotice{channel: triedOnce(ch), credentials: credentials, message: notice.Message{
		Key: string(n.UID), To: address, Subject: text.Subject, Body: text.Body, At: now,
		Type: string(v1alpha1.TemplateChannelTest), Mode: modeOr(ch.Spec.Mode),
	}}, nil, nil
}

// triedOnce is a channel as a test uses it: one attempt, whose fate is told.
func triedOnce(ch *v1alpha1.NoticeChannel) *v1alpha1.NoticeChannel {
	once := ch.DeepCopy()
	once.Spec.MaxAttempts = 1
	return once
}
