package controllers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/verify"
)

const (
	// gatherChanges is how long changes of a namespace are gathered before they are judged, on the machine's clock: a pack is
	// applied object by object.
	gatherChanges = 500 * time.Millisecond
	// judgedAgain is after which time a namespace is judged again in which nothing was changed: rotations, leave and holidays
	// look further ahead than that.
	judgedAgain = 28 * 24 * time.Hour
)

// SurroundingsReconciler judges what the playbooks of a namespace find around them, the whole namespace at once and by a worker of
// its own, because that can take seconds. It writes nothing: the controller of playbooks is woken and tells. Requests name a
// namespace.
type SurroundingsReconciler struct {
	Shell
}

// Reconcile judges one namespace.
func (r *SurroundingsReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	p, err := r.packOf(ctx, req.Name)
	if err != nil {
		return ctrl.Result{}, err
	}
	now := r.Clock.Now()
	found, err := r.found(ctx, req.Name, p, now)
	if err != nil && !errors.Is(err, errFault) {
		return ctrl.Result{}, err
	}
	for _, name := range r.Surroundings.put(req.Name, p.Playbooks, found, err) {
		r.wakeAt(KindPlaybook, p.Playbooks[name], now)
	}
	if r.Wheel != nil && len(p.Playbooks) > 0 {
		r.Wheel.At(KindSurroundings, req.NamespacedName, now.Add(judgedAgain))
	}
	return ctrl.Result{}, nil
}

// found is what is found around the playbooks of a namespace.
func (r *SurroundingsReconciler) found(ctx context.Context, namespace string, p *pack.Pack, now time.Time) (map[string][]verify.Finding, error) {
	found, err := r.Proofs.Around(ctx, namespace, p, now)
	if err != nil {
		return nil, err
	}
	takeOvers, _, err := r.Proofs.TakeOvers(ctx, proofTime, true, namespace, p)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	for name, more := range takeOvers {
		found[name] = append(found[name], more...)
	}
	return found, nil
}

// packOf is the policy of a namespace.
func (s *Shell) packOf(ctx context.Context, namespace string) (*pack.Pack, error) {
	p := pack.New()
	var playbooks v1alpha1.PlaybookList
	var policies v1alpha1.TriagePolicyList
	var teams v1alpha1.ResponseTeamList
	var calendars v1alpha1.BusinessCalendarList
	var channels v1alpha1.NoticeChannelList
	for _, list := range []client.ObjectList{&playbooks, &policies, &teams, &calendars, &channels} {
		if err := s.List(ctx, list, client.InNamespace(namespace)); err != nil {
			return nil, fmt.Errorf("list the policy of %s: %w", namespace, err)
		}
	}
	byName(p.Playbooks, playbooks.Items)
	byName(p.Policies, policies.Items)
	byName(p.Teams, teams.Items)
	byName(p.Calendars, calendars.Items)
	byName(p.Channels, channels.Items)
	return p, nil
}

// pointed is an object behind a pointer.
type pointed[T any] interface {
	*T
	client.Object
}

func byName[T any, P pointed[T]](into map[string]P, items []T) {
	for i := range items {
		o := P(&items[i])
		into[o.GetName()] = o
	}
}

// SetupWithManager registers the controller. A namespace is judged again when its policy changes.
func (r *SurroundingsReconciler) SetupWithManager(mgr ctrl.Manager, opts controller.Options) error {
	later := handler.Funcs{
		CreateFunc: func(_ context.Context, e event.CreateEvent, q requestQueue) {
			q.AddAfter(namespaceOf(e.Object), gatherChanges)
		},
		UpdateFunc: func(_ context.Context, e event.UpdateEvent, q requestQueue) {
			q.AddAfter(namespaceOf(e.ObjectNew), gatherChanges)
		},
		DeleteFunc: func(_ context.Context, e event.DeleteEvent, q requestQueue) {
			q.AddAfter(namespaceOf(e.Object), gatherChanges)
		},
		GenericFunc: func(_ context.Context, e event.GenericEvent, q requestQueue) {
			q.AddAfter(namespaceOf(e.Object), gatherChanges)
		},
	}
	b := ctrl.NewControllerManagedBy(mgr).Named(KindSurroundings).WithOptions(opts)
	for _, kind := range []client.Object{&v1alpha1.Playbook{}, &v1alpha1.TriagePolicy{}, &v1alpha1.ResponseTeam{}, &v1alpha1.BusinessCalendar{}, &v1alpha1.NoticeChannel{}} {
		b = b.Watches(kind, later, builder.WithPredicates(predicate.GenerationChangedPredicate{}))
	}
	return b.WatchesRawSource(r.Wheel.Source(KindSurroundings)).Complete(r)
}

func namespaceOf(o client.Object) reconcile.Request {
	return reconcile.Request{NamespacedName: types.NamespacedName{Name: o.GetNamespace()}}
}
