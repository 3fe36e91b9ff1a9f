package crash

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/demo"
	"tocsin.dev/tocsin/internal/install"
	"tocsin.dev/tocsin/internal/notice"
	"tocsin.dev/tocsin/internal/notice/receivers"
	"tocsin.dev/tocsin/internal/operator"
	"tocsin.dev/tocsin/test/platform"
)

//go:embed testdata/policy.yaml
var policy string

// start is when the clock of every world begins that has a clock of its own; a Monday.
var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

const signingKey = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

// world is a namespace in which the scenario is played, with receivers of its own.
type world struct {
	ctx context.Context
	ns  string
	// system is where the manager keeps its own: keys, checkpoints.
	system string
	names  *aliases
	mail   *receivers.SMTP
	hook   *receivers.Webhook
	// now is the time of the world.
	now func() time.Time
	// wrap wraps the clients of the people; nil: as they are.
	wrap func(client.WithWatch) client.WithWatch
}

// pace is how long things take in a scenario.
type pace struct{ missed, drill, timeout string }

// inDays is the pace for a clock that jumps, inSeconds for one that does not.
var (
	inDays    = pace{missed: "4h", drill: "26h", timeout: "2s"}
	inSeconds = pace{missed: "6s", drill: "4s", timeout: "8s"}
)

// newWorld makes a namespace with the policy and its receivers. It ends with the test.
func newWorld(t *testing.T, p pace, c clock.PassiveClock) (*world, error) {
	w := &world{ctx: t.Context(), names: newAliases(), now: c.Now}
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "crash-"}}
	if err := admin.Create(w.ctx, ns); err != nil {
		return nil, err
	}
	w.ns, w.system = ns.Name, install.Namespace
	var err error
	if w.mail, err = receivers.StartSMTP("127.0.0.1:0", receivers.SMTPOptions{}); err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = w.mail.Close() })
	if w.hook, err = receivers.StartWebhook("127.0.0.1:0", signingKey); err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = w.hook.Close() })
	text := strings.NewReplacer("MISSED", p.missed, "DRILL", p.drill, "TIMEOUT", p.timeout, "MAILHOST", w.mail.Host(),
		"MAILPORT", strconv.Itoa(int(w.mail.Port())), "HOOKURL", w.hook.URL).Replace(policy)
	return w, errors.Join(
		w.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "hook"}, StringData: map[string]string{notice.KeySigningKey: signingKey}}),
		w.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "contact"}, StringData: map[string]string{"name": "Ann Other", "email": "ann@example.com"}}),
		w.apply(text))
}

func (w *world) create(obj client.Object) error {
	obj.SetNamespace(w.ns)
	return admin.Create(w.ctx, obj)
}

// apply creates the objects of a YAML text.
func (w *world) apply(text string) error {
	objects, err := platform.Objects([]byte(text))
	if err != nil {
		return err
	}
	for _, obj := range objects {
		obj.SetAPIVersion(v1alpha1.GroupVersion.String())
		if err := w.create(obj); err != nil {
			return fmt.Errorf("%s %s: %w", obj.GetKind(), obj.GetName(), err)
		}
	}
	return nil
}

// as is the client of a responder; hotline is intake.
func (w *world) as(user v1alpha1.User) (client.WithWatch, error) {
	group := "tocsin:responders"
	if user == "hotline" {
		group = "tocsin:intake"
	}
	c, err := cluster.As(string(user), group)
	if err != nil || w.wrap == nil {
		return c, err
	}
	return w.wrap(c), nil
}

// stage is a world with a clock of its own, and a manager in this process, which the knife can cut off.
type stage struct {
	*world
	t     *testing.T
	clock *clocktesting.FakeClock
	knife *knife
	// gated lets one reconcile through at a time, so that the manager's writes have the same numbers in every run.
	gated bool
	lives int
	op    *operator.Operator
	gauge *demo.Gauge
	end   func() error
}

func newStage(t *testing.T, plan *cut) (*stage, error) {
	c := clocktesting.NewFakeClock(start)
	w, err := newWorld(t, inDays, c)
	if err != nil {
		return nil, err
	}
	s := &stage{world: w, t: t, clock: c, knife: newKnife(w.names, plan), gated: true}
	return s, s.ownSystem()
}

// ownSystem lets the manager keep in the world's own namespace what it keeps in its own, so that many can be played at a
// time without one writing into the books of another.
func (s *stage) ownSystem() error {
	s.system = s.ns
	var role rbacv1.Role
	var binding rbacv1.RoleBinding
	key := client.ObjectKey{Namespace: install.Namespace, Name: "tocsin-manager"}
	if err := errors.Join(admin.Get(s.ctx, key, &role), admin.Get(s.ctx, key, &binding)); err != nil {
		return err
	}
	role.ObjectMeta = metav1.ObjectMeta{Name: role.Name}
	binding.ObjectMeta = metav1.ObjectMeta{Name: binding.Name}
	return errors.Join(s.create(&role), s.create(&binding))
}

// live starts a manager, as a new process.
func (s *stage) live() error {
	s.lives++
	s.knife.life()
	dead := s.knife.over()
	s.gauge = demo.NewGauge(clock.RealClock{})
	s.wrap = s.gauge.Wrap
	newQueue := s.gauge.NewQueue
	if s.gated {
		newQueue = (&turnstile{gauge: s.gauge, token: make(chan struct{}, 1), dead: dead}).newQueue
	}
	cfg, err := cluster.User(install.ManagerUser)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.op, err = operator.New(ctx, cfg, operator.Options{
		Clock: s.clock, Entropy: rand.Reader, Process: fmt.Sprintf("%s-life-%d", s.ns, s.lives), SystemNamespace: s.system,
		WatchNamespaces: []string{s.ns}, Senders: s.knife.senders(), SkipNameValidation: true, NewQueue: newQueue,
		WrapClient: func(c client.WithWatch) client.WithWatch { return s.gauge.Wrap(s.knife.wrap(c)) },
	})
	if err != nil {
		cancel()
		return err
	}
	op := s.op
	s.gauge.Also = func() string {
		if at, ok := op.Wheel.Next(); ok && !at.After(s.clock.Now()) {
			return "wake-ups"
		}
		if !op.Ledger.Idle() {
			return "checkpoints"
		}
		return ""
	}
	for _, kind := range []client.Object{&v1alpha1.Complaint{}, &v1alpha1.CrisisIncident{}, &v1alpha1.ResponseTask{}, &v1alpha1.Notice{},
		&v1alpha1.PostMortem{}, &v1alpha1.Playbook{}, &v1alpha1.TriagePolicy{}, &v1alpha1.DrillSchedule{}, &v1alpha1.NoticeChannel{}, &v1alpha1.ResponseTeam{}} {
		if err := s.gauge.Watch(ctx, op.GetCache(), kind, func(o client.Object) { s.names.learn(kindOf(o), o) }); err != nil {
			cancel()
			return err
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- op.Start(ctx) }()
	s.end = sync.OnceValue(func() error { cancel(); return <-ended })
	s.t.Cleanup(func() { _ = s.end() })
	select {
	case <-op.Elected(): // its queues hold by then what there is to look at
		return nil
	case err := <-ended:
		ended <- err
		return fmt.Errorf("a life did not begin: %w", err)
	}
}

// settle waits until nothing moves any more; false when the manager died meanwhile, and is a new one now.
func (s *stage) settle() (alive bool, err error) {
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	dead := s.knife.over()
	go func() {
		select {
		case <-dead:
			cancel()
		case <-ctx.Done():
		}
	}()
	err = s.gauge.Settle(ctx)
	if !isOver(dead) {
		return true, err
	}
	if err := s.end(); err != nil && !errors.Is(err, errDead) {
		return false, fmt.Errorf("end of a life: %w", err)
	}
	s.clock.Step(time.Second) // nobody is there again in the same second, so nothing may follow from the time
	return false, s.live()
}
