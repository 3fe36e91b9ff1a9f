// Package parity holds the simulation against the real thing: the same pack, the same records, the same deeds at the same
// times, once in memory and once through the operator on a real API server. The stories are the same, line by line.
package parity

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"
	"k8s.io/utils/clock"
	testclock "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/demo"
	"tocsin.dev/tocsin/internal/history"
	"tocsin.dev/tocsin/internal/install"
	"tocsin.dev/tocsin/internal/notice"
	"tocsin.dev/tocsin/internal/operator"
	"tocsin.dev/tocsin/internal/simulation"
	"tocsin.dev/tocsin/playbooks"
)

// start is a Monday morning.
var start = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

// most is how long a story is followed.
const most = 60 * 24 * time.Hour

// theatre is a real control plane with the operator, whose clock jumps when nothing moves any more.
type theatre struct {
	*GomegaWithT
	t     *testing.T
	stage *demo.Stage
	gauge *demo.Gauge
	clock *testclock.FakeClock
	op    *operator.Operator
	admin client.Client
}

var namespaces = map[string]string{playbooks.ServiceRecovery: "service", playbooks.PropertyDeveloper: "homes"}

func TestMain(m *testing.M) {
	ctrl.SetLogger(logr.Discard())
	os.Exit(m.Run())
}

func open(t *testing.T) *theatre {
	th := &theatre{GomegaWithT: NewWithT(t), t: t, clock: testclock.NewFakeClock(start), gauge: demo.NewGauge(clock.RealClock{})}
	ctx, stop := context.WithCancel(t.Context())
	var err error
	th.stage, err = demo.SetUp(ctx, demo.StageOptions{
		TimeLapse: true, Namespace: namespaces[playbooks.ServiceRecovery],
		More:  map[string]string{namespaces[playbooks.PropertyDeveloper]: playbooks.PropertyDeveloper},
		Clock: th.clock, Real: clock.RealClock{}, Entropy: rand.Reader, Wrap: th.gauge.Wrap, Say: func(string) {},
	})
	th.Expect(err).NotTo(HaveOccurred())
	cfg, err := th.stage.Box.User(install.ManagerUser, "system:serviceaccounts", "system:serviceaccounts:"+install.Namespace)
	th.Expect(err).NotTo(HaveOccurred())
	th.op, err = operator.New(ctx, cfg, operator.Options{
		Clock: th.clock, Entropy: rand.Reader, Process: "parity", SystemNamespace: install.Namespace, Senders: notice.NewSenders(),
		NewQueue: th.gauge.NewQueue, WrapClient: th.gauge.Wrap, SkipNameValidation: true,
	})
	th.Expect(err).NotTo(HaveOccurred())
	th.gauge.Looks = 60
	th.gauge.Also = func() string {
		if at, ok := th.op.Wheel.Next(); ok && !at.After(th.clock.Now()) {
			return "wake-ups"
		}
		return ""
	}
	for _, kind := range []client.Object{&v1alpha1.ResponseTask{}, &v1alpha1.Complaint{}, &v1alpha1.CrisisIncident{}, &v1alpha1.Notice{}, &v1alpha1.Playbook{}, &v1alpha1.PostMortem{}, &v1alpha1.DrillSchedule{}} {
		th.Expect(th.gauge.Watch(ctx, th.op.GetCache(), kind)).To(Succeed())
	}
	ended := make(chan error, 1)
	go func() { ended <- th.op.Start(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-ended, th.stage.Close()); err != nil {
			t.Error(err)
		}
	})
	th.admin, err = th.stage.Admin()
	th.Expect(err).NotTo(HaveOccurred())
	th.Expect(th.op.GetCache().WaitForCacheSync(ctx)).To(BeTrue())
	th.Expect(th.gauge.Settle(ctx)).To(Succeed())
	return th
}

// until lets everything happen that time brings by a moment.
func (th *theatre) until(at time.Time) {
	th.t.Helper()
	if at.Equal(th.clock.Now()) {
		return // people do several things at a moment, and the records look at them together
	}
	for {
		th.Expect(th.gauge.Settle(th.t.Context())).To(Succeed())
		next, ok := th.op.Wheel.Next()
		if !ok || next.After(at) {
			break
		}
		th.clock.SetTime(next)
	}
	if at.After(th.clock.Now()) {
		th.clock.SetTime(at)
		th.Expect(th.gauge.Settle(th.t.Context())).To(Succeed())
	}
}

// do carries out what somebody did in the simulation.
func (th *theatre) do(ns string, d simulation.Deed) error {
	if d.RecordAct != nil {
		return th.decide(ns, d)
	}
	if d.Corrective != nil {
		return th.correct(ns, d.Corrective)
	}
	who, err := th.stage.Responder(d.Act.By)
	if err != nil {
		return err
	}
	if d.Remedy != nil {
		err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
			c := &v1alpha1.Complaint{}
			if err := who.Get(th.t.Context(), client.ObjectKey{Namespace: ns, Name: d.Record}, c); err != nil {
				return err
			}
			c.Spec.Remedy = d.Remedy
			return who.Update(th.t.Context(), c)
		})
		if err != nil {
			return fmt.Errorf("write the remedy of %s: %w", d.Record, err)
		}
	}
	task, err := th.taskOf(ns, d)
	if err != nil {
		return err
	}
	act := d.Act
	act.At = metav1.NewTime(d.At)
	return retry.RetryOnConflict(retry.DefaultRetry, func() error {
		if err := who.Get(th.t.Context(), client.ObjectKeyFromObject(task), task); err != nil {
			return err
		}
		act.ID = fmt.Sprintf("%s-%d", strings.ToLower(string(act.Verb)), len(task.Spec.Acts)+1)
		if act.Digest != "" {
			act.Digest = task.Spec.Assignment.Digest
		}
		if outcome, closes := task.Spec.Closes(&act); closes {
			task.Spec.State, task.Spec.Outcome = v1alpha1.TaskDone, outcome
		}
		task.Spec.Acts = append(task.Spec.Acts, act)
		return who.Update(th.t.Context(), task)
	})
}

// taskOf finds the task a deed is about: names hold the UIDs that the API server gave.
func (th *theatre) taskOf(ns string, d simulation.Deed) (*v1alpha1.ResponseTask, error) {
	var list v1alpha1.ResponseTaskList
	if err := th.admin.List(th.t.Context(), &list, client.InNamespace(ns)); err != nil {
		return nil, err
	}
	for i := range list.Items {
		task := &list.Items[i]
		same := string(task.Spec.Record.Name) == d.Record && task.Spec.Step == d.Task.Spec.Step && task.Spec.Round == d.Task.Spec.Round &&
			task.Spec.Assignment.Assignee == d.Task.Spec.Assignment.Assignee // of a call each has a task, and deputies may act on several
		if same && task.IsOpen() && slices.Contains(task.Spec.Assignment.MayAct, d.Act.By) {
			return task, nil
		}
	}
	return nil, fmt.Errorf("at %s nobody is asked for %s of %s (%s, round %d)", d.At.Format(time.RFC3339), d.Task.Spec.Step, d.Record, d.Act.By, d.Task.Spec.Round)
}

// lines are a story in words, without what differs from one run of a cluster to the next: the hashes in names, and the order
// of what happens in one second, where an incident may look at its complaints before or after they have joined it.
func lines(entries []v1alpha1.TimelineEntry) []string {
	var out []string
	for _, e := range entries {
		out = append(out, fmt.Sprintf("%s %s %s#%d %s: %s", e.At.UTC().Format(time.DateTime), e.Type, e.Step, e.Round, e.Actor, withoutHashes(e.Text)))
	}
	slices.Sort(out)
	return out
}

func (th *theatre) timeline(ns string, kind v1alpha1.RecordKind, name string) []v1alpha1.TimelineEntry {
	var t v1alpha1.Timeline
	key := client.ObjectKey{Namespace: ns, Name: name}
	if kind == v1alpha1.RecordComplaint {
		c := &v1alpha1.Complaint{}
		th.Expect(th.admin.Get(th.t.Context(), key, c)).To(Succeed())
		t = c.Status.Timeline
	} else {
		ci := &v1alpha1.CrisisIncident{}
		th.Expect(th.admin.Get(th.t.Context(), key, ci)).To(Succeed())
		t = ci.Status.Timeline
	}
	entries, err := history.Read(th.t.Context(), th.admin, ns, name, t)
	th.Expect(err).NotTo(HaveOccurred())
	return entries
}

// hashes are what an API server's UIDs put into names.
var hashes = regexp.MustCompile(`-[0-9a-f]{8}([0-9a-f]{2})?\b`)

func withoutHashes(text string) string { return hashes.ReplaceAllString(text, "-…") }
