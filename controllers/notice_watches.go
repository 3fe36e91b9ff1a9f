package controllers

import (
	"context"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice"
)

// indexNoticeWaiting holds the notices that wait for another object, under the value "true".
const indexNoticeWaiting = "notice.waiting"

// SetupWithManager watches notices, and what they may wait for: channels, teams and, if asked for, Secrets without their
// content. wake is where the wake-ups come from.
func (r *NoticeReconciler) SetupWithManager(mgr ctrl.Manager, opts controller.Options, wake ...source.Source) error {
	err := mgr.GetFieldIndexer().IndexField(context.Background(), &v1alpha1.Notice{}, indexNoticeWaiting, noticeWaiting)
	if err != nil {
		return err
	}
	wakeWaiting := handler.EnqueueRequestsFromMapFunc(r.waitingNotices)
	b := ctrl.NewControllerManagedBy(mgr).Named(KindNotice).WithOptions(opts).
		Watches(&v1alpha1.Notice{}, ranked()).
		Watches(&v1alpha1.NoticeChannel{}, wakeWaiting, builder.WithPredicates(channelTurned)).
		Watches(&v1alpha1.ResponseTeam{}, wakeWaiting, builder.WithPredicates(predicate.GenerationChangedPredicate{}))
	if r.WatchSecrets {
		b = b.WatchesMetadata(secretMetadata(), wakeWaiting)
	}
	for _, s := range wake {
		b = b.WatchesRawSource(inTime(s))
	}
	return b.Complete(r)
}

// channelTurned lets through channels whose spec changed and those that became ready.
var channelTurned = predicate.Or[client.Object](predicate.GenerationChangedPredicate{}, predicate.Funcs{
	UpdateFunc: func(e event.UpdateEvent) bool { return readiness(e.ObjectOld) != readiness(e.ObjectNew) },
})

func readiness(obj client.Object) bool {
	ch, ok := obj.(*v1alpha1.NoticeChannel)
	return ok && meta.IsStatusConditionTrue(ch.Status.Conditions, channelReady)
}

// noticeWaiting indexes a notice that goes on when another object changes.
func noticeWaiting(obj client.Object) []string {
	n, ok := obj.(*v1alpha1.Notice)
	if !ok || notice.Final(&n.Status) {
		return nil
	}
	c := meta.FindStatusCondition(n.Status.Conditions, notice.ConditionDelivered)
	if c == nil {
		return nil
	}
	switch c.Reason {
	case notice.ReasonNoChannel, notice.ReasonNoContact, notice.ReasonChannelNotReady:
		return []string{"true"}
	}
	return nil
}

// waitingNotices are the notices in the namespace of a changed object that wait; there are few at any time.
func (r *NoticeReconciler) waitingNotices(ctx context.Context, obj client.Object) []reconcile.Request {
	list := &v1alpha1.NoticeList{}
	if err := r.List(ctx, list, client.InNamespace(obj.GetNamespace()), client.MatchingFields{indexNoticeWaiting: "true"}); err != nil {
		log.FromContext(ctx).Error(err, "list waiting notices; they are looked at again in a while")
		return nil
	}
	requests := make([]reconcile.Request, len(list.Items))
	for i := range list.Items {
		requests[i].NamespacedName = types.NamespacedName{Namespace: list.Items[i].Namespace, Name: list.Items[i].Name}
	}
	return requests
}
