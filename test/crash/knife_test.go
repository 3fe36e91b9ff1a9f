package crash

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice"
)

// write is one write of the manager, named so that it is the same in every run: object names follow from UIDs, so the
// object goes by what it is for.
type write struct {
	verb, kind, object string
	nth                int
}

func (w write) String() string { return fmt.Sprintf("%s %s %s #%d", w.verb, w.kind, w.object, w.nth) }

// sort is what the writes of a sort have in common. Claims and receipts are different sorts, by mail and by webhook.
func (w write) sort() string {
	s := w.verb + " " + w.kind
	if s != "update-status Notice" {
		return s
	}
	inside := strings.HasPrefix(w.object, "crisis/") || strings.HasPrefix(w.object, "drill/")
	return fmt.Sprintf("%s #%d, of the crisis: %t", s, w.nth, inside)
}

// cut is where the manager is cut off.
type cut struct {
	at    write
	after bool
}

func (c cut) String() string {
	if c.after {
		return "after " + c.at.String()
	}
	return "before " + c.at.String()
}

var errDead = errors.New("the process is dead")

// knife sees every write of a world's managers, one life after the other, and ends a life at one of them: from that
// instant on nothing is written, read or sent by it.
type knife struct {
	names *aliases

	mu sync.Mutex
	// list are the writes in order, of all lives; count is how many there were of each.
	list  []write
	count map[write]int
	// plan is where to cut; nil: nowhere (any more).
	plan *cut
	// dead is closed when the life of now ends by the knife.
	dead chan struct{}
	// claimed are the notices this life has claimed and not settled; unknown are those at the moment of the cut.
	claimed, unknown map[types.UID]bool
}

func newKnife(names *aliases, plan *cut) *knife {
	return &knife{names: names, count: map[write]int{}, plan: plan, dead: make(chan struct{})}
}

// life begins the next life of the manager.
func (k *knife) life() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.dead, k.claimed = make(chan struct{}), map[types.UID]bool{}
}

// over is closed when the knife has ended this life.
func (k *knife) over() chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.dead
}

func isOver(dead chan struct{}) bool {
	select {
	case <-dead:
		return true
	default:
		return false
	}
}

// begin names a write and says whether it is the one: to be cut off before or after.
func (k *knife) begin(verb, kind, object string) (before, after bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	w := write{verb: verb, kind: kind, object: object}
	k.count[w]++
	w.nth = k.count[w]
	k.list = append(k.list, w)
	if k.plan == nil || k.plan.at != w {
		return false, false
	}
	return !k.plan.after, k.plan.after
}

// strike ends the life.
func (k *knife) strike(dead chan struct{}) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.plan, k.unknown = nil, k.claimed
	close(dead)
}

// writes are the writes so far.
func (k *knife) writes() []write {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]write(nil), k.list...)
}

// struck says whether the planned cut was made, and which notices it left with a fate nobody knows.
func (k *knife) struck() (bool, map[types.UID]bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.plan == nil, k.unknown
}

// settleNotice follows which notices this life has claimed.
func (k *knife) settleNotice(obj client.Object) {
	n, ok := obj.(*v1alpha1.Notice)
	if !ok {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if n.Status.State == v1alpha1.NoticeSending {
		k.claimed[n.UID] = true
	} else {
		delete(k.claimed, n.UID)
	}
}

// wrap puts the knife between a life of the manager and the API server.
func (k *knife) wrap(c client.WithWatch) client.WithWatch {
	dead := k.over()
	alive := func() error {
		if isOver(dead) {
			return errDead
		}
		return nil
	}
	during := func(verb string, obj client.Object, do func() error) error {
		if err := alive(); err != nil {
			return err
		}
		kind := kindOf(obj)
		before, after := k.begin(verb, kind, k.names.learn(kind, obj))
		if before {
			k.strike(dead)
			return errDead
		}
		err := do()
		if err == nil {
			k.settleNotice(obj)
		}
		if after {
			k.strike(dead)
			return errDead
		}
		if isOver(dead) {
			return errDead
		}
		return err
	}
	return interceptor.NewClient(c, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, obj client.Object, opts ...client.GetOption) error {
			if err := alive(); err != nil {
				return err
			}
			return c.Get(ctx, key, obj, opts...)
		},
		Create: func(ctx context.Context, c client.WithWatch, obj client.Object, opts ...client.CreateOption) error {
			return during("create", obj, func() error { return c.Create(ctx, obj, opts...) })
		},
		Delete: func(ctx context.Context, c client.WithWatch, obj client.Object, opts ...client.DeleteOption) error {
			return during("delete", obj, func() error { return c.Delete(ctx, obj, opts...) })
		},
		Update: func(ctx context.Context, c client.WithWatch, obj client.Object, opts ...client.UpdateOption) error {
			return during("update", obj, func() error { return c.Update(ctx, obj, opts...) })
		},
		Patch: func(ctx context.Context, c client.WithWatch, obj client.Object, patch client.Patch, opts ...client.PatchOption) error {
			return during("patch", obj, func() error { return c.Patch(ctx, obj, patch, opts...) })
		},
		Apply: func(ctx context.Context, c client.WithWatch, obj runtime.ApplyConfiguration, opts ...client.ApplyOption) error {
			return during("apply", applied(obj), func() error { return c.Apply(ctx, obj, opts...) })
		},
		SubResourceUpdate: func(ctx context.Context, c client.Client, sub string, obj client.Object, opts ...client.SubResourceUpdateOption) error {
			return during("update-"+sub, obj, func() error { return c.SubResource(sub).Update(ctx, obj, opts...) })
		},
		SubResourcePatch: func(ctx context.Context, c client.Client, sub string, obj client.Object, patch client.Patch, opts ...client.SubResourcePatchOption) error {
			return during("patch-"+sub, obj, func() error { return c.SubResource(sub).Patch(ctx, obj, patch, opts...) })
		},
	})
}

func kindOf(obj client.Object) string {
	return strings.TrimPrefix(reflect.TypeOf(obj).String()[strings.LastIndexByte(reflect.TypeOf(obj).String(), '.')+1:], "*")
}

// senders are the manager's own, which a dead process does not reach.
func (k *knife) senders() notice.Senders {
	dead, own := k.over(), notice.NewSenders()
	return notice.Senders{Email: mortal{own.Email, dead}, Webhook: mortal{own.Webhook, dead}}
}

// mortal is a sender that sends nothing once its process is dead.
type mortal struct {
	notice.Sender
	dead chan struct{}
}

func (m mortal) Send(ctx context.Context, ch *v1alpha1.NoticeChannel, c notice.Credentials, msg notice.Message) notice.Result {
	if isOver(m.dead) {
		return notice.Result{Fate: notice.NotSent, Problem: errDead.Error()}
	}
	return m.Sender.Send(ctx, ch, c, msg)
}
