package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/operator"
)

// more is policy for what the policy of the other tests lacks.
const more = `
kind: BusinessCalendar
metadata: {name: office}
spec:
  timeZone: Europe/London
  hours: [{days: [Mon, Tue, Wed, Thu, Fri], from: "09:00", to: "17:00"}]
---
kind: Playbook
metadata: {name: crisis-response}
spec:
  for: CrisisIncident
  calendar: office
  roles:
  - {name: commander, duty: commander}
  - {name: spokesperson, duty: spokesperson, not: [commander]}
  ladder: [spokesperson, commander]
  steps:
  - name: contain
    task: {to: commander}
    within: {elapsed: 4h}
    overdue: {climb: Ladder}
  - name: again
    needs: [contain]
    scheduleDrill: {after: {elapsed: 30d}}
  - name: review
    needs: [contain]
    postMortem: {owner: commander, due: {elapsed: 30d}, actions: [Look at the cause.]}
`

var errCut = errors.New("cut off by the test")

// halting makes every write of a status fail at its first try, when the effects of the decision are done already.
func halting(o *operator.Options) {
	var mu sync.Mutex
	tried := map[string]bool{}
	first := func(obj client.Object) bool {
		mu.Lock()
		defer mu.Unlock()
		key := fmt.Sprintf("%T %s %s", obj, obj.GetUID(), obj.GetResourceVersion())
		before := tried[key]
		tried[key] = true
		return !before
	}
	o.WrapClient = func(c client.WithWatch) client.WithWatch {
		return interceptor.NewClient(c, interceptor.Funcs{
			SubResourceUpdate: func(ctx context.Context, c client.Client, sub string, obj client.Object, opts ...client.SubResourceUpdateOption) error {
				if first(obj) {
					return errCut
				}
				return c.SubResource(sub).Update(ctx, obj, opts...)
			},
		})
	}
}

// Every decision is carried out twice, because its status was not written the first time: what it made is there already,
// and the world becomes the same.
func TestEveryEffectIsAppliedTwice(t *testing.T) {
	w := newWorld(t)
	w.apply(more)
	w.manage(halting)
	w.complain("hot", hazard("kettle"))
	hot := w.until("hot", HaveField("Incident", Not(BeNil())))
	crisis := string(hot.Status.Incident.Name)
	w.do(w.task(crisis, "contain"), eve, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete})
	w.untilIncident(crisis, state(v1alpha1.CaseClosed))
	w.do(w.task("hot", "close"), amy, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete})
	w.until("hot", state(v1alpha1.CaseClosed))

	w.complain("first")
	w.complain("second")
	w.do(w.task("first", "checkFacts"), amy, v1alpha1.TaskAct{Verb: v1alpha1.TaskPause, Reason: "the playbook does not allow it"})
	w.Eventually(func() []metav1.Condition { return w.task("first", "checkFacts").Status.Conditions }).Should(ContainElement(HaveField("Type", "ActLeftOut")))
	second := w.until("second", HaveField("Run", Not(BeNil())))
	w.decide(second, "second", cleo, v1alpha1.RecordAct{Verb: v1alpha1.RecordMerge, Into: "first", Reason: "the same kettle"})
	w.until("second", state(v1alpha1.CaseMerged))
	w.told()

	var drills v1alpha1.DrillScheduleList
	w.Expect(admin.List(w.ctx, &drills, client.InNamespace(w.ns))).To(Succeed())
	w.Expect(drills.Items).To(HaveLen(1))
	w.clock.Step(31 * 24 * time.Hour)
	w.Eventually(func(g Gomega) {
		var incidents v1alpha1.CrisisIncidentList
		g.Expect(admin.List(w.ctx, &incidents, client.InNamespace(w.ns))).To(Succeed())
		g.Expect(incidents.Items).To(ConsistOf(HaveField("Name", crisis), HaveField("Spec.Drill", Not(BeNil()))))
	}).Should(Succeed())
	var reviews v1alpha1.PostMortemList
	w.Expect(admin.List(w.ctx, &reviews, client.InNamespace(w.ns))).To(Succeed())
	w.Expect(reviews.Items).To(HaveLen(1))
	w.Expect(w.mail.Counts().Duplicates).To(BeZero())
	for _, e := range []v1alpha1.EventType{v1alpha1.EventReceived, v1alpha1.EventRunStarted, v1alpha1.EventRunEnded} {
		w.Expect(w.happened(w.complaint("hot"), e)).To(HaveLen(1), string(e))
	}
	w.Eventually(func() string {
		return get(w, "office", &v1alpha1.BusinessCalendar{}).Status.Conditions[0].Reason
	}).Should(Equal("Usable"))
}

// A revision that no run needs is removed once its playbook has another.
func TestSpareRevisionIsRemoved(t *testing.T) {
	w := newWorld(t)
	w.manage()
	spare := func(hours int) {
		w.apply(fmt.Sprintf("kind: Playbook\nmetadata: {name: spare}\nspec: {for: Complaint, steps: [{name: wait, wait: {for: {elapsed: %dh}}}]}", hours))
	}
	revision := func() string { return get(w, "spare", &v1alpha1.Playbook{}).Status.Revision.GetName() }
	spare(1)
	w.Eventually(revision).ShouldNot(BeEmpty())
	first := revision()
	spare(2)
	w.Eventually(revision).ShouldNot(Equal(first))
	w.Eventually(func() bool {
		return apierrors.IsNotFound(admin.Get(w.ctx, client.ObjectKey{Namespace: w.ns, Name: first}, &appsv1.ControllerRevision{}))
	}).Should(BeTrue())
}

// Somebody else's object has the name of a notice: complaint and incident say so, in their conditions and to whoever
// describes them.
func TestANameIsTaken(t *testing.T) {
	w := newWorld(t)
	var mu sync.Mutex
	taken := map[string]bool{}
	w.manage(func(o *operator.Options) {
		o.Announce = true
		o.WrapClient = func(c client.WithWatch) client.WithWatch {
			return interceptor.NewClient(c, interceptor.Funcs{
				Create: func(ctx context.Context, c client.WithWatch, obj client.Object, opts ...client.CreateOption) error {
					n, ok := obj.(*v1alpha1.Notice)
					mu.Lock()
					defer mu.Unlock()
					if ok && !taken[string(n.Spec.Record.Name)] {
						taken[string(n.Spec.Record.Name)] = true
						alien := n.DeepCopy()
						alien.OwnerReferences, alien.Labels = nil, nil
						if err := c.Create(ctx, alien); err != nil {
							return err
						}
					}
					return c.Create(ctx, obj, opts...)
				},
			})
		}
	})
	w.complain("c1")
	w.raise("fire", false)
	obstructed := HaveField("Conditions", ContainElement(And(HaveField("Type", "Obstructed"), HaveField("Status", metav1.ConditionTrue), HaveField("Reason", "NameTaken"))))
	w.until("c1", obstructed)
	w.untilIncident("fire", obstructed)
	for _, name := range []string{"c1", "fire"} {
		w.Eventually(w.events).Should(ContainElement(And(HaveField("Regarding.Name", name), HaveField("Reason", "NameTaken"), HaveField("Type", "Warning"))))
	}
}

// noStreams answers like an API server before Kubernetes 1.34: it cannot stream the objects that exist, so the caches list them.
type noStreams struct{ http.RoundTripper }

func (n noStreams) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Query().Get("sendInitialEvents") == "" {
		return n.RoundTripper.RoundTrip(r)
	}
	answer := httptest.NewRecorder()
	answer.Header().Set("Content-Type", "application/json")
	answer.WriteHeader(http.StatusUnprocessableEntity)
	_, _ = answer.WriteString(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Invalid","code":422,"message":"sendInitialEvents is not there"}`)
	return answer.Result(), nil
}

// The caches fill where the API server cannot stream what exists.
func TestCachesFillOnOlderServers(t *testing.T) {
	w := newWorld(t)
	w.manageVia(func(rt http.RoundTripper) http.RoundTripper { return noStreams{rt} })
	w.complain("c1")
	w.task("c1", "checkFacts")
	w.Expect(logged.String()).To(ContainSubstring("sendInitialEvents is not there"), "the server was one of those")
}
