package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// settle is how long changes are gathered before the screen is drawn again.
const settle = 200 * time.Millisecond

// watch keeps the screen up to date until the context ends, which is no error. Changes come from the API server's
// watches; the clock only redraws the times.
func (a *app) watch(ctx context.Context, c *cluster) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var trouble atomic.Pointer[string]
	// Asked once before, so that a missing right or server is an answer and not a silence.
	for _, list := range append([]client.ObjectList{&v1alpha1.ComplaintList{}, &v1alpha1.CrisisIncidentList{}, &v1alpha1.NoticeList{}}, new(policyLists).all()...) {
		if err := c.List(ctx, list, client.InNamespace(c.namespace), client.Limit(1)); err != nil {
			return err
		}
	}
	changed := make(chan struct{}, 1)
	store, err := a.openCache(ctx, c, changed, &trouble)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- store.Start(ctx) }()
	if !store.WaitForCacheSync(ctx) {
		if reason := trouble.Load(); reason != nil {
			return errors.New(*reason)
		}
		return ctx.Err()
	}
	last := ""
	for {
		s, err := readSituation(ctx, store, c.namespace, a.Clock.Now())
		if err != nil {
			return err
		}
		last = a.redraw(s, trouble.Swap(nil), last)
		if err := a.nextChange(ctx, changed); err != nil {
			stop()
			return <-ended
		}
	}
}

// openCache keeps what the screen shows, without what people said and whom it concerns.
func (a *app) openCache(ctx context.Context, c *cluster, changed chan<- struct{}, trouble *atomic.Pointer[string]) (cache.Cache, error) {
	poke := func(any) {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	store, err := cache.New(c.config, cache.Options{
		Scheme: c.scheme, Mapper: c.mapper,
		DefaultNamespaces: map[string]cache.Config{c.namespace: {}},
		DefaultTransform:  slim,
		DefaultWatchErrorHandler: func(_ context.Context, _ *toolscache.Reflector, err error) {
			message := explain(err, c.config.Host)
			trouble.Store(&message)
			poke(nil)
		},
	})
	if err != nil {
		return nil, err
	}
	for _, kind := range []client.Object{
		&v1alpha1.Complaint{}, &v1alpha1.CrisisIncident{}, &v1alpha1.Notice{},
		&v1alpha1.TriagePolicy{}, &v1alpha1.Playbook{}, &v1alpha1.ResponseTeam{}, &v1alpha1.NoticeChannel{},
	} {
		informer, err := store.GetInformer(ctx, kind, cache.BlockUntilSynced(false))
		if err != nil {
			return nil, err
		}
		if _, err := informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
			AddFunc: poke, DeleteFunc: poke, UpdateFunc: func(_, now any) { poke(now) },
		}); err != nil {
			return nil, err
		}
	}
	return store, nil
}

// slim drops what the screen does not show; much of it is personal.
func slim(obj any) (any, error) {
	if m, err := meta.Accessor(obj); err == nil {
		m.SetManagedFields(nil)
		m.SetAnnotations(nil)
	}
	switch o := obj.(type) {
	case *v1alpha1.Complaint:
		o.Spec = v1alpha1.ComplaintSpec{ReceivedAt: o.Spec.ReceivedAt}
		o.Status.Run, o.Status.Timeline = nil, v1alpha1.Timeline{}
	case *v1alpha1.CrisisIncident:
		o.Status.Run, o.Status.Timeline = nil, v1alpha1.Timeline{}
	case *v1alpha1.Playbook:
		o.Spec = v1alpha1.PlaybookSpec{}
	case *v1alpha1.ResponseTeam:
		o.Spec = v1alpha1.ResponseTeamSpec{}
	case *v1alpha1.NoticeChannel:
		o.Spec = v1alpha1.NoticeChannelSpec{}
	}
	return obj, nil
}

// nextChange waits for a change, and a little more so that a burst is drawn once; on a terminal for a minute at most,
// because times on the screen grow old. The error says that the context ended.
func (a *app) nextChange(ctx context.Context, changed <-chan struct{}) error {
	var minute <-chan time.Time
	if a.Terminal {
		timer := a.Clock.NewTimer(time.Minute)
		defer timer.Stop()
		minute = timer.C()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-minute:
		return nil
	case <-changed:
	}
	timer := a.Clock.NewTimer(settle)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C():
		return nil
	}
}

// redraw writes the screen over the one before; where there is no terminal, below it and only when it differs.
func (a *app) redraw(s *situation, trouble *string, last string) string {
	var b bytes.Buffer
	width, height := a.size()
	a.printSituation(&b, s, a.Clock.Now(), width, height)
	if trouble != nil {
		fmt.Fprintln(&b, fit(a.paint(red, "not up to date: ")+*trouble, width))
	}
	drawn := b.String()
	switch {
	case a.Terminal:
		// Home, each line cleared to its end, then everything below.
		fmt.Fprint(a.Out, "\x1b[H"+strings.ReplaceAll(drawn, "\n", "\x1b[K\n")+"\x1b[J")
	case drawn != last:
		if last != "" {
			fmt.Fprintln(a.Out)
		}
		fmt.Fprint(a.Out, drawn)
	}
	return drawn
}
