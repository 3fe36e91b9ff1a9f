package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// feed keeps objects of some kinds up to date from the API server's watches. It is read like a client, as far as lists go,
// and goes on by itself when the server was away.
type feed struct {
	cluster *cluster
	// only is the name of the one object of each kind that is followed; empty: all are.
	only    string
	shelves map[schema.GroupVersionKind]*shelf
	// changed gets a value after a change, several for one, and when the server goes away or comes back.
	changed chan struct{}

	mu      sync.Mutex
	trouble map[schema.GroupVersionKind]error // why a kind is not up to date
}

// retrying is how soon a watch that ended is tried again: a minute's outage is over for people when it is over.
var retrying = wait.Backoff{Duration: 500 * time.Millisecond, Factor: 1.5, Jitter: 0.2, Steps: 20, Cap: 4 * time.Second}

// openFeed reads everything of these kinds in the namespace of the cluster, "" for all, or only what has a name, and follows
// it until the context ends. slim drops what is not needed from an object before it is kept. It returns once everything was read.
func openFeed(ctx context.Context, c *cluster, only string, slim func(client.Object), kinds ...client.ObjectList) (*feed, error) {
	f := &feed{cluster: c, only: only, shelves: map[schema.GroupVersionKind]*shelf{}, changed: make(chan struct{}, 1), trouble: map[schema.GroupVersionKind]error{}}
	config := rest.CopyConfig(c.config)
	config.Timeout = 0 // --request-timeout is for requests that end
	following, err := client.NewWithWatch(config, client.Options{Scheme: c.scheme, Mapper: c.mapper})
	if err != nil {
		return nil, err
	}
	for _, list := range kinds {
		// Asked once before, so that a missing right or server is an answer and not a silence.
		if err := c.List(ctx, list, client.InNamespace(c.namespace), client.Limit(1)); err != nil {
			return nil, err
		}
		kind, err := c.GroupVersionKindFor(list)
		if err != nil {
			return nil, err
		}
		f.shelves[kind] = &shelf{Store: toolscache.NewStore(toolscache.MetaNamespaceKeyFunc), slim: slim, poke: f.poke, full: make(chan struct{})}
	}
	for kind, shelf := range f.shelves {
		backoff := retrying
		go toolscache.NewReflectorWithOptions(f.source(following, kind), nil, shelf, toolscache.ReflectorOptions{Backoff: &backoff}).RunWithContext(ctx)
	}
	for _, shelf := range f.shelves {
		if err := f.wait(ctx, shelf.full); err != nil {
			return nil, err
		}
	}
	f.poke()
	return f, nil
}

// wait returns when something was read for the first time, or why it cannot be.
func (f *feed) wait(ctx context.Context, full <-chan struct{}) error {
	for {
		select {
		case <-full:
			return nil
		case <-f.changed:
			if err := f.troubled(); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// source lists and watches one kind, and notes whether that works.
func (f *feed) source(from client.WithWatch, kind schema.GroupVersionKind) *toolscache.ListWatch {
	options := func(o metav1.ListOptions) *client.ListOptions {
		if f.only != "" {
			o.FieldSelector = fields.OneTermEqualSelector("metadata.name", f.only).String()
		}
		return &client.ListOptions{Namespace: f.cluster.namespace, Raw: &o}
	}
	fresh := func() (client.ObjectList, error) {
		o, err := f.cluster.scheme.New(kind)
		if err != nil {
			return nil, err
		}
		list, is := o.(client.ObjectList)
		if !is {
			return nil, fmt.Errorf("%s is no list", kind)
		}
		return list, nil
	}
	return &toolscache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			list, err := fresh()
			if err == nil {
				err = from.List(ctx, list, options(o))
			}
			f.heard(ctx, kind, err)
			return list, err
		},
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			list, err := fresh()
			if err != nil {
				return nil, err
			}
			w, err := from.Watch(ctx, list, options(o))
			f.heard(ctx, kind, err)
			return w, err
		},
	}
}

// heard notes what the server answered about a kind.
func (f *feed) heard(ctx context.Context, kind schema.GroupVersionKind, err error) {
	if ctx.Err() != nil {
		return
	}
	f.mu.Lock()
	was := f.trouble[kind] != nil
	if err == nil {
		delete(f.trouble, kind)
	} else {
		f.trouble[kind] = err
	}
	f.mu.Unlock()
	if was || err != nil {
		f.poke()
	}
}

// troubled is why something is not up to date; nil: everything is.
func (f *feed) troubled() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, kind := range slices.SortedFunc(maps.Keys(f.trouble), func(a, b schema.GroupVersionKind) int {
		return len(a.Kind) - len(b.Kind)
	}) {
		return f.trouble[kind]
	}
	return nil
}

func (f *feed) poke() {
	select {
	case f.changed <- struct{}{}:
	default:
	}
}

// List gives what is known of a kind now. The objects are shared: whoever changes one copies it before.
func (f *feed) List(_ context.Context, list client.ObjectList, _ ...client.ListOption) error {
	kind, err := f.cluster.GroupVersionKindFor(list)
	if err != nil {
		return err
	}
	shelf := f.shelves[kind]
	if shelf == nil {
		return fmt.Errorf("%s is not followed", kind)
	}
	kept := shelf.Store.List()
	objects := make([]runtime.Object, 0, len(kept))
	for _, o := range kept {
		if object, is := o.(runtime.Object); is {
			objects = append(objects, object)
		}
	}
	return apimeta.SetList(list, objects)
}

// shelf keeps the objects of one kind.
type shelf struct {
	toolscache.Store
	slim  func(client.Object)
	poke  func()
	full  chan struct{} // closed when everything was read once
	first sync.Once
}

func (s *shelf) kept(o any) any {
	if object, is := o.(client.Object); is {
		object.SetManagedFields(nil)
		object.SetAnnotations(nil)
		s.slim(object)
	}
	return o
}

// Add keeps a new object.
func (s *shelf) Add(o any) error {
	defer s.poke()
	return s.Store.Add(s.kept(o))
}

// Update keeps an object as it is now.
func (s *shelf) Update(o any) error {
	defer s.poke()
	return s.Store.Update(s.kept(o))
}

// Delete lets an object go.
func (s *shelf) Delete(o any) error {
	defer s.poke()
	return s.Store.Delete(o)
}

// Replace keeps these objects and no others.
func (s *shelf) Replace(objects []any, version string) error {
	defer s.poke()
	for _, o := range objects {
		s.kept(o)
	}
	defer s.first.Do(func() { close(s.full) })
	return s.Store.Replace(objects, version)
}
