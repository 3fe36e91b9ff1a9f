package cli

import (
	"bytes"
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr"
	. "github.com/onsi/gomega"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/install"
	"tocsin.dev/tocsin/test/platform"
)

var update = flag.Bool("update", false, "write the golden files anew")

// shared is the API server of all tests, with CRDs, rights and admission policies; each test has a namespace of its own.
var shared *platform.Platform

func TestMain(m *testing.M) {
	flag.Parse()
	ctrllog.SetLogger(logr.Discard())
	if os.Getenv(withoutRoom) != "" { // an API server needs room
		os.Exit(m.Run())
	}
	os.Exit(platform.Run(&shared, platform.Options{TimeLapse: true}, func() (int, error) { return m.Run(), nil }))
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// minutes is a moment relative to noon, which is now.
func minutes(n int) metav1.Time { return metav1.NewTime(noon.Add(time.Duration(n) * time.Minute)) }

// counter gives a different id each time, the same ones each run.
type counter struct{ n atomic.Uint32 }

func (c *counter) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 0
	}
	binary.BigEndian.PutUint32(p, 0xa0000000+c.n.Add(1))
	return len(p), nil
}

// world is a namespace, the manager's rights in it, and people with kubeconfigs.
type world struct {
	*GomegaWithT
	t         *testing.T
	ctx       context.Context
	manager   client.Client
	admin     client.Client
	namespace string
	clock     *clocktesting.FakeClock
	entropy   counter
	terminal  bool
	width     int
	said      bytes.Buffer // everything any command ever printed
	mu        sync.Mutex
}

var worlds atomic.Int32

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{GomegaWithT: NewWithT(t), t: t, ctx: t.Context(), clock: clocktesting.NewFakeClock(noon),
		namespace: fmt.Sprintf("desk-%d", worlds.Add(1)), width: 100}
	var err error
	w.manager, err = shared.As(install.ManagerUser, "system:masters") // tests write what the manager would, in whatever way
	w.Expect(err).NotTo(HaveOccurred())
	w.admin = shared.Admin
	w.Expect(w.admin.Create(w.ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.namespace}})).To(Succeed())
	return w
}

// result is what a command did.
type result struct {
	Code     int
	Out, Err string
}

// as runs a command in the name of a user, who is on call.
func (w *world) as(user string, args ...string) result {
	w.t.Helper()
	return w.run(w.ctx, w.kubeconfig(user, "tocsin:responders"), args...)
}

func (w *world) kubeconfig(user string, groups ...string) string {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), user+".kubeconfig")
	w.Expect(shared.WriteKubeconfig(path, user, groups...)).To(Succeed())
	return path
}

func (w *world) run(ctx context.Context, kubeconfig string, args ...string) result {
	w.t.Helper()
	var out, errs bytes.Buffer
	r := result{Code: Run(ctx, w.env(&out, &errs), append([]string{"--kubeconfig", kubeconfig, "-n", w.namespace}, args...))}
	r.Out, r.Err = out.String(), errs.String()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said.WriteString(r.Out + r.Err)
	return r
}

func (w *world) env(out, errs interface{ Write([]byte) (int, error) }) Env {
	return Env{
		In: bytes.NewReader(nil), Out: out, Err: errs, Clock: w.clock, Entropy: &w.entropy, Terminal: w.terminal,
		Size: func() (int, int) { return w.width, 40 },
	}
}

// complaint creates a complaint and writes its status as the manager.
func (w *world) complaint(name string, status v1alpha1.ComplaintStatus) {
	w.t.Helper()
	c := &v1alpha1.Complaint{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name},
		Spec: v1alpha1.ComplaintSpec{
			Statement: privateStatement, ReceivedAt: minutes(-90),
			Complainant: &v1alpha1.Complainant{Pseudonym: "C-4711", ContactSecret: name + "-contact"},
		},
	}
	w.Expect(w.admin.Create(w.ctx, c)).To(Succeed())
	c.Status = status
	w.Expect(w.manager.Status().Update(w.ctx, c)).To(Succeed())
}

// privateStatement is what must never be printed.
const privateStatement = "Chen Jia, 138 0000 1234: the kettle burnt me"

func (w *world) incident(name string, spec v1alpha1.CrisisIncidentSpec, status v1alpha1.CrisisIncidentStatus) *v1alpha1.CrisisIncident {
	w.t.Helper()
	spec.Playbook, spec.Team = "product-recall", "crisis"
	i := &v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name}, Spec: spec}
	w.Expect(w.manager.Create(w.ctx, i)).To(Succeed())
	i.Status = status
	w.Expect(w.manager.Status().Update(w.ctx, i)).To(Succeed())
	return i
}

// task creates a task as the manager.
func (w *world) task(name string, change func(*v1alpha1.ResponseTaskSpec)) *v1alpha1.ResponseTask {
	w.t.Helper()
	task := &v1alpha1.ResponseTask{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name},
		Spec: v1alpha1.ResponseTaskSpec{
			Record: v1alpha1.RecordReference{Kind: v1alpha1.RecordComplaint, Name: "kettle-17"},
			Step:   "checkFacts", Type: v1alpha1.TaskTypeWork,
			Assignment: v1alpha1.Assignment{Assignee: "ana", MayAct: []v1alpha1.User{"ana"}, DueAt: minutes(200)},
		},
	}
	if change != nil {
		change(&task.Spec)
	}
	w.Expect(w.manager.Create(w.ctx, task)).To(Succeed())
	return task
}

func (w *world) close(task *v1alpha1.ResponseTask) {
	w.t.Helper()
	task.Spec.State = v1alpha1.TaskDone
	w.Expect(w.manager.Update(w.ctx, task)).To(Succeed())
}

// reopen is what the manager does to a task whose answer did not count.
func (w *world) reopen(task *v1alpha1.ResponseTask) {
	w.t.Helper()
	w.Expect(w.admin.Get(w.ctx, client.ObjectKeyFromObject(task), task)).To(Succeed())
	task.Spec.State = v1alpha1.TaskOpen
	w.Expect(w.manager.Update(w.ctx, task)).To(Succeed())
}

func (w *world) acts(name string) []v1alpha1.TaskAct {
	w.t.Helper()
	var task v1alpha1.ResponseTask
	w.Expect(w.admin.Get(w.ctx, client.ObjectKey{Namespace: w.namespace, Name: name}, &task)).To(Succeed())
	return task.Spec.Acts
}

func (w *world) golden(name, got string) {
	w.t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		w.Expect(os.WriteFile(path, []byte(got), 0o644)).To(Succeed())
	}
	want, err := os.ReadFile(path)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(got).To(Equal(string(want)), "%s differs; run the test with -update and look at the change", path)
}

// grant gives a user a right in the namespace, which RBAC sees at once or soon.
func (w *world) grant(user string, rule rbacv1.PolicyRule) {
	w.t.Helper()
	role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, GenerateName: user + "-"}, Rules: []rbacv1.PolicyRule{rule}}
	w.Expect(w.admin.Create(w.ctx, role)).To(Succeed())
	w.Expect(w.admin.Create(w.ctx, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: role.Name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role.Name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
	})).To(Succeed())
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: user, ResourceAttributes: &authorizationv1.ResourceAttributes{
			Namespace: w.namespace, Group: rule.APIGroups[0], Resource: rule.Resources[0], Verb: rule.Verbs[0],
		},
	}}
	w.Eventually(func() bool {
		fresh := review.DeepCopy()
		w.Expect(w.admin.Create(w.ctx, fresh)).To(Succeed())
		return fresh.Status.Allowed
	}, "10s", "10ms").Should(BeTrue())
}
