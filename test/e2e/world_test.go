// Package e2e runs the whole operator, as internal/operator puts it together, on a real API server: with caches, watches,
// queues and workers, real mail and real HTTP, stopped and started as a process is. The clock alone is false.
package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr/funcr"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/transport"
	"k8s.io/klog/v2"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/box"
	"tocsin.dev/tocsin/internal/history"
	"tocsin.dev/tocsin/internal/install"
	"tocsin.dev/tocsin/internal/notice"
	"tocsin.dev/tocsin/internal/notice/receivers"
	"tocsin.dev/tocsin/internal/operator"
)

var (
	cluster *box.Box
	mapper  meta.RESTMapper
	admin   client.WithWatch
	// logged is everything the managers of these tests have logged, at every level.
	logged record
)

// record is a text that several write.
type record struct {
	mu   sync.Mutex
	text strings.Builder
}

func (r *record) add(prefix, args string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.text.WriteString(prefix + " " + args + "\n")
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func TestMain(m *testing.M) {
	// From level 8 on client-go writes whole requests; the manager has no flag that takes it there.
	klog.SetLogger(funcr.New(logged.add, funcr.Options{Verbosity: 7}))
	log.SetLogger(funcr.New(logged.add, funcr.Options{Verbosity: 7}))
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp("", "tocsin-e2e-")
	if err != nil {
		return 1, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	audit := filepath.Join(dir, "audit.log")
	if cluster, err = box.Start(ctx, box.Options{ControllerManager: true, AuditLog: audit}); err != nil {
		return 1, err
	}
	defer func() {
		if err := cluster.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err) // its processes end with this one at the latest
		}
	}()
	// One test needs the end of namespaces; the others do without its work.
	if err = cluster.StopControllerManager(); err != nil {
		return 1, err
	}
	if err = install.Install(ctx, cluster.Config(), install.Options{TimeLapse: true, BindGroups: true}); err != nil {
		return 1, err
	}
	if admin, err = client.NewWithWatch(cluster.Config(), client.Options{Scheme: operator.Scheme}); err != nil {
		return 1, err
	}
	mapper = admin.RESTMapper()
	if err = install.WaitForAdmission(ctx, cluster.Config()); err != nil {
		return 1, err
	}
	code = m.Run()
	if code == 0 && wholePackage() {
		return code, checkRights(audit)
	}
	return code, nil
}

//go:embed testdata/policy.yaml
var policy string

// The people of the policy: agents and supervisors of the desk, the crisis team. Everybody has a deputy.
const (
	amy  = "amy"
	bob  = "bob"
	cleo = "cleo"
	eve  = "eve"
	fay  = "fay"
	gil  = "gil"
)

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
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader([]byte(text)), 4096)
	for {
		obj := &unstructured.Unstructured{}
		err := decoder.Decode(&obj.Object)
		if errors.Is(err, io.EOF) {
			return
		}
		w.ExpectWithOffset(1, err).NotTo(HaveOccurred())
		obj.SetAPIVersion(v1alpha1.GroupVersion.String())
		obj.SetNamespace(w.ns)
		w.ExpectWithOffset(1, admin.Apply(w.ctx, client.ApplyConfigurationFromUnstructured(obj), client.FieldOwner("test"), client.ForceOwnership)).To(Succeed())
	}
}

// as is the client of a user in groups; without groups a responder.
func (w *world) as(user string, groups ...string) client.Client {
	if len(groups) == 0 {
		groups = []string{"tocsin:responders"}
	}
	cfg, err := cluster.User(user, groups...)
	w.ExpectWithOffset(1, err).NotTo(HaveOccurred())
	c, err := client.New(cfg, client.Options{Scheme: operator.Scheme, Mapper: mapper})
	w.ExpectWithOffset(1, err).NotTo(HaveOccurred())
	return c
}

// complain creates a complaint received now, as intake does.
func (w *world) complain(name string, change ...func(*v1alpha1.ComplaintSpec)) {
	c := &v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: name}, Spec: v1alpha1.ComplaintSpec{
		Statement: "The kettle broke.", Channel: "Phone", ReceivedAt: metav1.NewTime(w.clock.Now()),
		Complainant: &v1alpha1.Complainant{Pseudonym: "customer-" + name},
	}}
	for _, f := range change {
		f(&c.Spec)
	}
	w.ExpectWithOffset(1, w.as("hotline", "tocsin:intake").Create(w.ctx, c)).To(Succeed())
}

func hazard(product string) func(*v1alpha1.ComplaintSpec) {
	return func(s *v1alpha1.ComplaintSpec) {
		s.Signals, s.Product = []v1alpha1.Identifier{"safety-hazard"}, product
	}
}

// raise opens an incident by hand.
func (w *world) raise(name string, drill bool) {
	ci := &v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: v1alpha1.CrisisIncidentSpec{
		Title: "Kettles overheat", Level: "crisis", Playbook: "crisis-response", Team: "crisis"}}
	if drill {
		ci.Spec.Drill = &v1alpha1.Drill{Schedule: "manual"}
	}
	w.create(ci)
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

// do adds an act to a task in somebody's name. Zero act.At is now.
func (w *world) do(task *v1alpha1.ResponseTask, by v1alpha1.User, act v1alpha1.TaskAct) {
	w.EventuallyWithOffset(1, func() error {
		fresh := get(w, task.Name, &v1alpha1.ResponseTask{})
		act.ID, act.By = fmt.Sprintf("act-%d", len(fresh.Spec.Acts)), by
		if act.At.IsZero() {
			act.At = metav1.NewTime(w.clock.Now())
		}
		fresh.Spec.Acts = append(fresh.Spec.Acts, act)
		return w.as(string(by)).Update(w.ctx, fresh)
	}).Should(Succeed())
}

// decide adds acts to a complaint or an incident in somebody's name.
func (w *world) decide(kind client.Object, name string, by v1alpha1.User, add ...v1alpha1.RecordAct) {
	w.EventuallyWithOffset(1, func() error {
		record := get(w, name, kind.DeepCopyObject().(client.Object))
		acts := &[]v1alpha1.RecordAct{}
		switch record := record.(type) {
		case *v1alpha1.Complaint:
			acts = &record.Spec.Acts
		case *v1alpha1.CrisisIncident:
			acts = &record.Spec.Acts
		}
		for _, act := range add {
			act.ID, act.By, act.At = fmt.Sprintf("act-%d", len(*acts)), by, metav1.NewTime(w.clock.Now())
			*acts = append(*acts, act)
		}
		return w.as(string(by)).Update(w.ctx, record)
	}).Should(Succeed())
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
