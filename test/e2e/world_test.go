package e2e

import (
	"context"
	"crypto/rand"
	_ "embed"
	"fmt"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/transport"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/history"
	"tocsin.dev/tocsin/internal/install"
	"tocsin.dev/tocsin/internal/notice"
	"tocsin.dev/tocsin/internal/notice/receivers"
	"tocsin.dev/tocsin/internal/operator"
	"tocsin.dev/tocsin/test/platform"
)

//go:embed testdata/policy.yaml
var policy string

// start is when the clock of every test begins; a Monday.
var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// world is a namespace with receivers, and the managers that serve it.
type world struct {
	*GomegaWithT
	t     *testing.T
	ctx   context.Context
	ns    string
	clock *clocktesting.FakeClock
	mail  *receivers.SMTP
	hook  *receivers.Webhook
	lives int
}

const signingKey = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

// newWorld makes a namespace with the policy and the channels of bareWorld. No manager runs yet.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := bareWorld(t)
	w.apply(policy)
	return w
}

// bareWorld makes a namespace with a live channel and a drill channel, and no policy.
func bareWorld(t *testing.T) *world {
	t.Helper()
	g := NewWithT(t)
	g.SetDefaultEventuallyTimeout(time.Minute)
	g.SetDefaultEventuallyPollingInterval(30 * time.Millisecond)
	w := &world{GomegaWithT: g, t: t, ctx: t.Context(), clock: clocktesting.NewFakeClock(start)}
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "e2e-"}}
	g.Expect(admin.Create(w.ctx, ns)).To(Succeed())
	w.ns = ns.Name
	var err error
	w.mail, err = receivers.StartSMTP("127.0.0.1:0", receivers.SMTPOptions{Clock: w.clock})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { _ = w.mail.Close() })
	w.hook, err = receivers.StartWebhook("127.0.0.1:0", signingKey)
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { _ = w.hook.Close() })
	w.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "hook"}, StringData: map[string]string{notice.KeySigningKey: signingKey}})
	w.create(&v1alpha1.NoticeChannel{ObjectMeta: metav1.ObjectMeta{Name: "mail"}, Spec: v1alpha1.NoticeChannelSpec{
		Backoff: "1s", Email: &v1alpha1.EmailChannel{Host: w.mail.Host(), Port: w.mail.Port(), From: "tocsin@example.org", TLS: v1alpha1.TLSNone}}})
	w.create(&v1alpha1.NoticeChannel{ObjectMeta: metav1.ObjectMeta{Name: "drills"}, Spec: v1alpha1.NoticeChannelSpec{
		Mode: v1alpha1.ModeDrill, Webhook: &v1alpha1.WebhookChannel{URL: w.hook.URL, Secret: "hook"}}})
	return w
}

// life is a manager that runs, from its start to its end.
type life struct {
	*operator.Operator
	stop func()
}

// manage starts a manager of the world's namespace, as a new process. It ends with stop, at the latest with the test.
func (w *world) manage(change ...func(*operator.Options)) *life {
	w.t.Helper()
	return w.manageVia(nil, change...)
}

// manageVia is manage with a transport between manager and API server.
func (w *world) manageVia(way transport.WrapperFunc, change ...func(*operator.Options)) *life {
	w.t.Helper()
	w.lives++
	o := operator.Options{
		Clock: w.clock, Entropy: rand.Reader, Process: fmt.Sprintf("%s-life-%d", w.ns, w.lives), SystemNamespace: install.Namespace,
		WatchNamespaces: []string{w.ns}, Senders: notice.NewSenders(), SkipNameValidation: true,
	}
	for _, f := range change {
		f(&o)
	}
	cfg, err := cluster.User(install.ManagerUser)
	w.Expect(err).NotTo(HaveOccurred())
	cfg.Wrap(way)
	ctx, cancel := context.WithCancel(context.Background())
	op, err := operator.New(ctx, cfg, o)
	w.Expect(err).NotTo(HaveOccurred())
	ended := make(chan error, 1)
	go func() { ended <- op.Start(ctx) }()
	l := &life{Operator: op, stop: sync.OnceFunc(func() {
		cancel()
		w.Expect(<-ended).To(Succeed())
	})}
	w.t.Cleanup(l.stop)
	return l
}

func (w *world) create(obj client.Object) {
	obj.SetNamespace(w.ns)
	w.ExpectWithOffset(1, admin.Create(w.ctx, obj)).To(Succeed())
}

// apply brings the objects of a YAML text up to date.
func (w *world) apply(text string) {
	objects, err := platform.Objects([]byte(text))
	w.ExpectWithOffset(1, err).NotTo(HaveOccurred())
	for _, obj := range objects {
		obj.SetAPIVersion(v1alpha1.GroupVersion.String())
		obj.SetNamespace(w.ns)
		w.ExpectWithOffset(1, admin.Apply(w.ctx, client.ApplyConfigurationFromUnstructured(obj), client.FieldOwner("test"), client.ForceOwnership)).To(Succeed())
	}
}

func get[T client.Object](w *world, name string, into T) T {
	w.ExpectWithOffset(1, admin.Get(w.ctx, types.NamespacedName{Namespace: w.ns, Name: name}, into)).To(Succeed())
	return into
}

func (w *world) complaint(name string) *v1alpha1.Complaint {
	return get(w, name, &v1alpha1.Complaint{})
}

func (w *world) incident(name string) *v1alpha1.CrisisIncident {
	return get(w, name, &v1alpha1.CrisisIncident{})
}

func (w *world) complaints() []v1alpha1.Complaint {
	var list v1alpha1.ComplaintList
	w.ExpectWithOffset(1, admin.List(w.ctx, &list, client.InNamespace(w.ns))).To(Succeed())
	return list.Items
}

func (w *world) notices() []v1alpha1.Notice {
	var list v1alpha1.NoticeList
	w.ExpectWithOffset(1, admin.List(w.ctx, &list, client.InNamespace(w.ns))).To(Succeed())
	return list.Items
}

// told is when no notice is on its way any more.
//
// A manager that is stopped may leave a claim whose fate is known only after the channel's timeout, which this clock does
// not reach by itself: after a while it is moved on.
func (w *world) told() {
	polls := 0
	w.EventuallyWithOffset(1, func(g Gomega) {
		if polls++; polls%200 == 0 {
			w.clock.Step(30 * time.Second)
		}
		for _, n := range w.notices() {
			g.Expect(n.Status.EndedAt.IsZero()).To(BeFalse(), "%s is %q: %v", n.Name, n.Status.State, n.Status.Conditions)
		}
	}).Should(Succeed())
}

// task waits for the open task of a record's step.
func (w *world) task(record, step string) *v1alpha1.ResponseTask {
	var found *v1alpha1.ResponseTask
	w.EventuallyWithOffset(1, func(g Gomega) {
		var list v1alpha1.ResponseTaskList
		g.Expect(admin.List(w.ctx, &list, client.InNamespace(w.ns))).To(Succeed())
		found = nil
		for i := range list.Items {
			if t := &list.Items[i]; string(t.Spec.Record.Name) == record && t.Spec.Step == step && t.IsOpen() {
				found = t
			}
		}
		g.Expect(found).NotTo(BeNil(), "%s has no open task of step %s", record, step)
	}).Should(Succeed())
	return found
}

// until waits for what a complaint is to become.
func (w *world) until(name string, matcher OmegaMatcher) *v1alpha1.Complaint {
	var c *v1alpha1.Complaint
	w.EventuallyWithOffset(1, func(g Gomega) {
		c = get(w, name, &v1alpha1.Complaint{})
		g.Expect(c.Status).To(matcher)
	}).Should(Succeed())
	return c
}

// untilIncident waits for what an incident is to become.
func (w *world) untilIncident(name string, matcher OmegaMatcher) *v1alpha1.CrisisIncident {
	var ci *v1alpha1.CrisisIncident
	w.EventuallyWithOffset(1, func(g Gomega) {
		ci = &v1alpha1.CrisisIncident{}
		g.Expect(admin.Get(w.ctx, types.NamespacedName{Namespace: w.ns, Name: name}, ci)).To(Succeed())
		g.Expect(ci.Status).To(matcher)
	}).Should(Succeed())
	return ci
}

func state(s v1alpha1.CaseState) OmegaMatcher {
	return HaveField("State", s)
}

// happened lists the entries of a type in a record's whole timeline, segments first.
func (w *world) happened(record client.Object, typ v1alpha1.EventType) (entries []v1alpha1.TimelineEntry) {
	var t v1alpha1.Timeline
	switch record := record.(type) {
	case *v1alpha1.Complaint:
		t = record.Status.Timeline
	case *v1alpha1.CrisisIncident:
		t = record.Status.Timeline
	}
	all, err := history.Read(w.ctx, admin, w.ns, record.GetName(), t)
	w.ExpectWithOffset(1, err).NotTo(HaveOccurred())
	for _, e := range all {
		if e.Type == typ {
			entries = append(entries, e)
		}
	}
	return entries
}
