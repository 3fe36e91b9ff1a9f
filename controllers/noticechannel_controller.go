package controllers

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/conditions"
	"tocsin.dev/tocsin/internal/notice"
)

// The condition Ready of a NoticeChannel and its reasons.
const (
	channelReady = "Ready"
	// ChannelComplete: the channel can be used.
	ChannelComplete = "Complete"
	// ChannelSecretMissing: the Secret it names does not exist.
	ChannelSecretMissing = "SecretMissing"
	// ChannelSecretIncomplete: the Secret lacks a key, or a key has the wrong form.
	ChannelSecretIncomplete = "SecretIncomplete"
	// ChannelAddressInvalid: spec.email.from is not an e-mail address.
	ChannelAddressInvalid = "AddressInvalid"
)

// NoticeChannelReconciler says of each channel whether it can be used. It opens no connection.
type NoticeChannelReconciler struct {
	client.Client
	// APIReader reads Secrets past the cache.
	APIReader client.Reader
	// Clock is the time of conditions.
	Clock clock.PassiveClock
	// Wake asks for a reconcile at a time of Clock. A zero time takes it back. Nil: nobody wakes.
	Wake func(key types.NamespacedName, at time.Time)
	// WatchSecrets makes a channel ready the moment its Secret is complete; see NoticeReconciler.
	WatchSecrets bool
	// Forget closes the connections of a channel that changed or is gone; nil: nothing to close.
	Forget func(namespace, name string)
}

// +kubebuilder:rbac:groups=crisis.tocsin.dev,resources=noticechannels,verbs=get;list;watch
// +kubebuilder:rbac:groups=crisis.tocsin.dev,resources=noticechannels/status,verbs=get;update;patch
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get

// Reconcile checks a channel and writes its condition.
func (r *NoticeChannelReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	ch := &v1alpha1.NoticeChannel{}
	if err := r.Get(ctx, req.NamespacedName, ch); err != nil {
		r.wake(req.NamespacedName, time.Time{})
		if apierrors.IsNotFound(err) && r.Forget != nil {
			r.Forget(req.Namespace, req.Name)
		}
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	reason, message, err := r.check(ctx, ch)
	if err != nil {
		return ctrl.Result{}, err
	}
	now := r.Clock.Now()
	changed := ch.DeepCopy()
	changed.Status.ObservedGeneration = ch.Generation
	conditions.Set(&changed.Status.Conditions, now, ch.Generation, channelReady, conditions.Status(reason == ChannelComplete), reason, message)
	r.wake(req.NamespacedName, nextCheck(changed, now))
	if equality.Semantic.DeepEqual(ch.Status, changed.Status) {
		return ctrl.Result{}, nil
	}
	if r.Forget != nil {
		r.Forget(req.Namespace, req.Name)
	}
	return settleWrite(r.Status().Patch(ctx, changed, client.MergeFromWithOptions(ch, client.MergeFromWithOptimisticLock{})))
}

func (r *NoticeChannelReconciler) wake(key types.NamespacedName, at time.Time) {
	if r.Wake != nil {
		r.Wake(key, at)
	}
}

// nextCheck is when to look at a Secret again that was missing or incomplete; never when the channel is ready.
func nextCheck(ch *v1alpha1.NoticeChannel, now time.Time) time.Time {
	c := meta.FindStatusCondition(ch.Status.Conditions, channelReady)
	if c.Status == metav1.ConditionTrue || c.Reason == ChannelAddressInvalid {
		return time.Time{}
	}
	return lookAgain(c.LastTransitionTime.Time, now)
}

func (r *NoticeChannelReconciler) check(ctx context.Context, ch *v1alpha1.NoticeChannel) (reason, message string, err error) {
	if wrong := notice.CheckSender(&ch.Spec); wrong != "" {
		return ChannelAddressInvalid, wrong, nil
	}
	name := notice.SecretName(&ch.Spec)
	if name == "" {
		return ChannelComplete, "the channel needs no Secret", nil
	}
	secret, err := readCredentials(ctx, r.APIReader, ch.Namespace, name)
	if apierrors.IsNotFound(err) {
		return ChannelSecretMissing, missingSecret(name), nil
	} else if err != nil {
		return "", "", err
	}
	if lack := notice.CheckSecret(&ch.Spec, secret); lack != "" {
		return ChannelSecretIncomplete, lack, nil
	}
	return ChannelComplete, "the channel can be used", nil
}

// SetupWithManager watches channels and, if asked for, Secrets without their content. wake is where the wake-ups come from.
func (r *NoticeChannelReconciler) SetupWithManager(mgr ctrl.Manager, opts controller.Options, wake ...source.Source) error {
	b := ctrl.NewControllerManagedBy(mgr).Named(KindNoticeChannel).WithOptions(opts).
		For(&v1alpha1.NoticeChannel{}, builder.WithPredicates(predicate.GenerationChangedPredicate{}))
	if r.WatchSecrets {
		b = b.WatchesMetadata(secretMetadata(), handler.EnqueueRequestsFromMapFunc(r.channelsOf))
	}
	for _, s := range wake {
		b = b.WatchesRawSource(s)
	}
	return b.Complete(r)
}

// channelsOf are the channels that name a Secret.
func (r *NoticeChannelReconciler) channelsOf(ctx context.Context, secret client.Object) []reconcile.Request {
	list := &v1alpha1.NoticeChannelList{}
	if err := r.List(ctx, list, client.InNamespace(secret.GetNamespace())); err != nil {
		log.FromContext(ctx).Error(err, "list channels")
		return nil
	}
	var requests []reconcile.Request
	for i := range list.Items {
		if notice.SecretName(&list.Items[i].Spec) == secret.GetName() {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
		}
	}
	return requests
}
