package controllers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/history"
	"tocsin.dev/tocsin/internal/intake"
	"tocsin.dev/tocsin/internal/triage"
	"tocsin.dev/tocsin/test/platform"
)

// world is a namespace and the reconcilers with the manager's rights, whose writes can be counted and disturbed.
// Nothing runs by itself: a test reconciles.
type world struct {
	*GomegaWithT
	ctx   context.Context
	ns    string
	admin client.Client
	clock *clocktesting.FakeClock

	mu sync.Mutex
	// writes counts what the manager wrote, as "create Notice", "status Complaint"…
	writes map[string]int
	// before and after may refuse a write: before it reaches the server, or after it did, as if the answer was lost.
	before, after func(write string, obj client.Object) error

	shell      Shell
	complaints *ComplaintReconciler
	incidents  *CrisisIncidentReconciler
	playbooks  *PlaybookReconciler
	triage     *TriagePolicyReconciler
	calendars  *BusinessCalendarReconciler
	teams      *ResponseTeamReconciler
	proofs     *ProofReconciler
	around     *SurroundingsReconciler
	drills     *DrillScheduleReconciler
}

// start is when the clock of every world begins; a Monday.
var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func newWorld(t *testing.T) *world {
	t.Helper()
	g := NewWithT(t)
	g.SetDefaultEventuallyTimeout(time.Minute)
	ns := newNamespace(t, "case-")
	w := &world{GomegaWithT: g, ctx: t.Context(), ns: ns, admin: cluster.Admin, writes: map[string]int{}, clock: clocktesting.NewFakeClock(start)}
	w.restart()
	return w
}

// restart makes a new process: whatever was in memory is gone.
func (w *world) restart() {
	c := w.watched(cluster.manager)
	w.shell = Shell{Client: c, APIReader: c, Clock: w.clock, Entropy: zeros{}, Plans: NewPlans(), Proofs: NewProofs(), Surroundings: &Surroundings{}, Fresh: &Fresh{}}
	w.complaints = &ComplaintReconciler{
		Shell: w.shell, Index: &triage.Index{}, Numbers: triage.NewAllocator(intake.NewCaseNumbers(c), 10),
		Policies: &Policies{Client: c, APIReader: c},
	}
	w.incidents = &CrisisIncidentReconciler{Shell: w.shell, Policies: w.complaints.Policies}
	w.playbooks = &PlaybookReconciler{Shell: w.shell}
	w.proofs = &ProofReconciler{Shell: w.shell}
	w.around = &SurroundingsReconciler{Shell: w.shell}
	w.triage = &TriagePolicyReconciler{Shell: w.shell}
	w.calendars = &BusinessCalendarReconciler{Shell: w.shell}
	w.teams = &ResponseTeamReconciler{Shell: w.shell}
	w.drills = &DrillScheduleReconciler{Shell: w.shell}
}

// zeros is entropy that is always the same.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

var _ io.Reader = zeros{}

// watched counts and disturbs the writes of a client and answers lists by index from the server.
func (w *world) watched(c client.WithWatch) client.WithWatch {
	during := func(verb string, obj client.Object, write func() error) error {
		what := verb + " " + kindOf(obj)
		w.mu.Lock()
		w.writes[what]++
		before, after := w.before, w.after
		w.mu.Unlock()
		if before != nil {
			if err := before(what, obj); err != nil {
				return err
			}
		}
		if err := write(); err != nil || after == nil {
			return err
		}
		return after(what, obj)
	}
	return interceptor.NewClient(c, interceptor.Funcs{
		List: listByIndex,
		Create: func(ctx context.Context, c client.WithWatch, obj client.Object, opts ...client.CreateOption) error {
			return during("create", obj, func() error { return c.Create(ctx, obj, opts...) })
		},
		Update: func(ctx context.Context, c client.WithWatch, obj client.Object, opts ...client.UpdateOption) error {
			return during("update", obj, func() error { return c.Update(ctx, obj, opts...) })
		},
		Delete: func(ctx context.Context, c client.WithWatch, obj client.Object, opts ...client.DeleteOption) error {
			return during("delete", obj, func() error { return c.Delete(ctx, obj, opts...) })
		},
		Patch: func(ctx context.Context, c client.WithWatch, obj client.Object, patch client.Patch, opts ...client.PatchOption) error {
			return during("patch", obj, func() error { return c.Patch(ctx, obj, patch, opts...) })
		},
		SubResourceUpdate: func(ctx context.Context, c client.Client, sub string, obj client.Object, opts ...client.SubResourceUpdateOption) error {
			return during(sub, obj, func() error { return c.SubResource(sub).Update(ctx, obj, opts...) })
		},
		SubResourcePatch: func(ctx context.Context, c client.Client, sub string, obj client.Object, patch client.Patch, opts ...client.SubResourcePatchOption) error {
			return during(sub, obj, func() error { return c.SubResource(sub).Patch(ctx, obj, patch, opts...) })
		},
	})
}

func kindOf(obj runtime.Object) string {
	name := fmt.Sprintf("%T", obj)
	return name[strings.LastIndexByte(name, '.')+1:]
}

func listByIndex(ctx context.Context, c client.WithWatch, list client.ObjectList, opts ...client.ListOption) error {
	o := client.ListOptions{}
	o.ApplyOptions(opts)
	selector := o.FieldSelector
	o.FieldSelector = nil
	if err := c.List(ctx, list, &o); err != nil || selector == nil {
		return err
	}
	values := cluster.indexes[fmt.Sprintf("%T", list)]
	var kept []runtime.Object
	_ = meta.EachListItem(list, func(item runtime.Object) error {
		for _, r := range selector.Requirements() {
			if !slices.Contains(values[r.Field](item.(client.Object)), r.Value) {
				return nil
			}
		}
		kept = append(kept, item)
		return nil
	})
	return meta.SetList(list, kept)
}

// apply creates the objects of a YAML text in the namespace, or brings their spec up to date. They get no status.
func (w *world) apply(text string) {
	objects, err := platform.Objects([]byte(text))
	w.ExpectWithOffset(1, err).NotTo(HaveOccurred())
	for _, obj := range objects {
		obj.SetAPIVersion(v1alpha1.GroupVersion.String())
		obj.SetNamespace(w.ns)
		applied := client.ApplyConfigurationFromUnstructured(obj)
		w.ExpectWithOffset(1, w.admin.Apply(w.ctx, applied, client.FieldOwner("test"), client.ForceOwnership)).To(Succeed())
	}
}

func (w *world) create(obj client.Object) {
	obj.SetNamespace(w.ns)
	w.ExpectWithOffset(1, w.admin.Create(w.ctx, obj)).To(Succeed())
}

// read reads an object of the namespace again.
func read[T client.Object](w *world, name string, into T) T {
	w.ExpectWithOffset(1, w.admin.Get(w.ctx, types.NamespacedName{Namespace: w.ns, Name: name}, into)).To(Succeed())
	return into
}

func (w *world) complaint(name string) *v1alpha1.Complaint {
	return read(w, name, &v1alpha1.Complaint{})
}

func (w *world) incident(name string) *v1alpha1.CrisisIncident {
	return read(w, name, &v1alpha1.CrisisIncident{})
}

func (w *world) tasks() []v1alpha1.ResponseTask {
	var list v1alpha1.ResponseTaskList
	w.ExpectWithOffset(1, w.admin.List(w.ctx, &list, client.InNamespace(w.ns))).To(Succeed())
	return list.Items
}

func (w *world) notices() []v1alpha1.Notice {
	var list v1alpha1.NoticeList
	w.ExpectWithOffset(1, w.admin.List(w.ctx, &list, client.InNamespace(w.ns))).To(Succeed())
	return list.Items
}

// task is the newest task of a record's step.
func (w *world) task(record, step string) *v1alpha1.ResponseTask {
	var found *v1alpha1.ResponseTask
	for _, t := range w.tasks() {
		if string(t.Spec.Record.Name) == record && t.Spec.Step == step && (found == nil || t.IsOpen()) {
			found = t.DeepCopy()
		}
	}
	w.ExpectWithOffset(1, found).NotTo(BeNil(), "%s has no task of step %s", record, step)
	return found
}

// once reconciles one object.
func (w *world) once(r reconcile.Reconciler, name string) error {
	_, err := r.Reconcile(w.ctx, ctrl.Request{NamespacedName: types.NamespacedName{Namespace: w.ns, Name: name}})
	return err
}

// must reconciles one object; a playbook that is large is proved and then reconciled again.
func (w *world) must(r reconcile.Reconciler, name string) {
	w.ExpectWithOffset(1, w.once(r, name)).To(Succeed())
	if r != w.playbooks {
		return
	}
	var pb v1alpha1.Playbook
	if err := w.admin.Get(w.ctx, types.NamespacedName{Namespace: w.ns, Name: name}, &pb); err == nil && pb.Status.Proof == nil {
		w.ExpectWithOffset(1, w.once(w.proofs, name)).To(Succeed())
		w.ExpectWithOffset(1, w.once(r, name)).To(Succeed())
	}
}

// verify judges all playbooks and triage policies.
func (w *world) verify() {
	var playbooks v1alpha1.PlaybookList
	var policies v1alpha1.TriagePolicyList
	w.ExpectWithOffset(1, w.admin.List(w.ctx, &playbooks, client.InNamespace(w.ns))).To(Succeed())
	w.ExpectWithOffset(1, w.admin.List(w.ctx, &policies, client.InNamespace(w.ns))).To(Succeed())
	for i := range playbooks.Items {
		w.must(w.playbooks, playbooks.Items[i].Name)
	}
	for i := range policies.Items {
		w.must(w.triage, policies.Items[i].Name)
	}
}

// settle reconciles all records until nothing is written any more.
func (w *world) settle() {
	for range 30 {
		before := w.written()
		w.ExpectWithOffset(1, w.round()).To(Succeed())
		if maps.Equal(before, w.written()) {
			return
		}
	}
	w.ExpectWithOffset(1, "the records").To(Equal("at rest"), "after 30 rounds they still write: %v", w.written())
}

// round reconciles every record once.
func (w *world) round() error {
	var complaints v1alpha1.ComplaintList
	var incidents v1alpha1.CrisisIncidentList
	if err := errors.Join(w.admin.List(w.ctx, &complaints, client.InNamespace(w.ns)), w.admin.List(w.ctx, &incidents, client.InNamespace(w.ns))); err != nil {
		return err
	}
	var errs []error
	for i := range complaints.Items {
		errs = append(errs, w.once(w.complaints, complaints.Items[i].Name))
	}
	for i := range incidents.Items {
		errs = append(errs, w.once(w.incidents, incidents.Items[i].Name))
	}
	return errors.Join(errs...)
}

func (w *world) written() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.writes)
}

// pass lets time pass.
func (w *world) pass(d time.Duration) { w.clock.Step(d) }

// as is the client of a responder.
func (w *world) as(user v1alpha1.User) client.Client {
	c, err := cluster.As(string(user), "tocsin:responders")
	w.ExpectWithOffset(2, err).NotTo(HaveOccurred())
	return c
}

// act adds an act to a task in somebody's name.
func (w *world) act(task *v1alpha1.ResponseTask, by v1alpha1.User, act v1alpha1.TaskAct) {
	w.ExpectWithOffset(1, w.tryAct(task, by, act)).To(Succeed())
}

func (w *world) tryAct(task *v1alpha1.ResponseTask, by v1alpha1.User, act v1alpha1.TaskAct) error {
	fresh := read(w, task.Name, &v1alpha1.ResponseTask{})
	act.ID, act.By = fmt.Sprintf("act-%d", len(fresh.Spec.Acts)), by
	if act.At.IsZero() {
		act.At = metav1.NewTime(w.clock.Now())
	}
	fresh.Spec.Acts = append(fresh.Spec.Acts, act)
	return w.as(by).Update(w.ctx, fresh)
}

// decide adds an act to a complaint or an incident in somebody's name.
func (w *world) decide(record client.Object, by v1alpha1.User, act v1alpha1.RecordAct) {
	acts := func(list []v1alpha1.RecordAct) []v1alpha1.RecordAct {
		act.ID, act.By, act.At = fmt.Sprintf("act-%d", len(list)), by, metav1.NewTime(w.clock.Now())
		return append(list, act)
	}
	switch record := record.(type) {
	case *v1alpha1.Complaint:
		fresh := w.complaint(record.Name)
		fresh.Spec.Acts = acts(fresh.Spec.Acts)
		w.ExpectWithOffset(1, w.as(by).Update(w.ctx, fresh)).To(Succeed())
	case *v1alpha1.CrisisIncident:
		fresh := w.incident(record.Name)
		fresh.Spec.Acts = acts(fresh.Spec.Acts)
		w.ExpectWithOffset(1, w.as(by).Update(w.ctx, fresh)).To(Succeed())
	}
}

// condition is a condition that has to be there.
func (w *world) condition(conditions []metav1.Condition, typ string) metav1.Condition {
	c := meta.FindStatusCondition(conditions, typ)
	w.ExpectWithOffset(1, c).NotTo(BeNil(), "there is no condition %s", typ)
	return *c
}

// entries is the whole timeline of a record, segments first.
func (w *world) entries(record client.Object) []v1alpha1.TimelineEntry {
	var t v1alpha1.Timeline
	switch record := record.(type) {
	case *v1alpha1.Complaint:
		t = record.Status.Timeline
	case *v1alpha1.CrisisIncident:
		t = record.Status.Timeline
	}
	all, err := history.Read(w.ctx, w.admin, w.ns, record.GetName(), t)
	w.ExpectWithOffset(2, err).NotTo(HaveOccurred())
	return all
}

// story is what the timeline of a record says, one line an entry.
func (w *world) story(record client.Object) string {
	var b strings.Builder
	for _, e := range w.entries(record) {
		fmt.Fprintf(&b, "%s %s %s: %s\n", e.Type, e.Step, e.Actor, e.Text)
	}
	return b.String()
}

// told counts the entries of a type.
func (w *world) told(record client.Object, typ v1alpha1.EventType) int {
	n := 0
	for _, e := range w.entries(record) {
		if e.Type == typ {
			n++
		}
	}
	return n
}

var errCut = errors.New("the line was cut")

// failOnce refuses the first write of a sort.
func failOnce(write string) func(string, client.Object) error {
	failed := false
	return func(what string, _ client.Object) error {
		if what != write || failed {
			return nil
		}
		failed = true
		return errCut
	}
}
