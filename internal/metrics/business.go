package metrics

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	toolscache "k8s.io/client-go/tools/cache"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

const (
	// mostLevels is how many names of levels get series of their own; the others are counted as one.
	mostLevels = 32
	otherLevel = "other"
	// noticedWithin is how long after a deadline the manager has to have noticed it.
	noticedWithin = time.Minute
)

// business is how records, tasks and notices stand, kept up to date by the events of the caches.
type business struct {
	clock clock.PassiveClock

	mu sync.Mutex
	// levels are the names that have series of their own.
	levels map[string]bool
	// records and tasks hold what is open.
	records map[types.UID]openRecord
	tasks   map[types.UID]openTask
	// notices counts by state and channel; channels says of what kind a channel is.
	notices  map[noticeKey]int
	channels map[types.NamespacedName]string
	// ending are the calendars whose public holidays are not known for long.
	ending map[types.UID]bool
	// policies are playbooks and triage policies: the kind, and what condition Verified says.
	policies map[types.UID][2]string
}

// openRecord is what is told of a record that is open.
type openRecord struct {
	kind, level string
	since       time.Time
	// deadline is the earliest one ahead when the record was looked at last, missed the earliest one that was missed.
	deadline, missed time.Time
	overdue          int32
	stuck            bool
}

// openTask is what is told of a task that waits for somebody.
type openTask struct {
	kind    v1alpha1.TaskType
	due     time.Time
	stopped bool
}

type noticeKey struct {
	state   v1alpha1.NoticeState
	channel types.NamespacedName
}

func newBusiness(c clock.PassiveClock) *business {
	return &business{
		clock: c, levels: map[string]bool{}, records: map[types.UID]openRecord{}, tasks: map[types.UID]openTask{},
		notices: map[noticeKey]int{}, channels: map[types.NamespacedName]string{}, ending: map[types.UID]bool{}, policies: map[types.UID][2]string{},
	}
}

// Watch has the events of a cache keep the standing of the business up to date.
func (m *Metrics) Watch(ctx context.Context, c cache.Cache) error {
	b := m.business
	for _, of := range []struct {
		kind client.Object
		put  func(was, is client.Object)
	}{
		{&v1alpha1.Complaint{}, b.complaint},
		{&v1alpha1.CrisisIncident{}, b.incident},
		{&v1alpha1.ResponseTask{}, b.task},
		{&v1alpha1.Notice{}, b.notice},
		{&v1alpha1.NoticeChannel{}, b.channel},
		{&v1alpha1.BusinessCalendar{}, b.calendar},
		{&v1alpha1.Playbook{}, b.policy},
		{&v1alpha1.TriagePolicy{}, b.policy},
	} {
		informer, err := c.GetInformer(ctx, of.kind, cache.BlockUntilSynced(false))
		if err != nil {
			return fmt.Errorf("watch %T for the metrics: %w", of.kind, err)
		}
		if _, err := informer.AddEventHandler(b.handler(of.put)); err != nil {
			return fmt.Errorf("watch %T for the metrics: %w", of.kind, err)
		}
	}
	return nil
}

// handler calls put with what an object was, nil if it is new, and what it is, nil if it is gone.
func (b *business) handler(put func(was, is client.Object)) toolscache.ResourceEventHandler {
	locked := func(before, after any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		was, _ := before.(client.Object)
		is, _ := after.(client.Object)
		put(was, is)
	}
	return toolscache.ResourceEventHandlerFuncs{
		AddFunc:    func(o any) { locked(nil, o) },
		UpdateFunc: func(before, after any) { locked(before, after) },
		DeleteFunc: func(o any) {
			if gone, ok := o.(toolscache.DeletedFinalStateUnknown); ok {
				o = gone.Obj
			}
			locked(o, nil)
		},
	}
}

func (b *business) complaint(was, is client.Object) {
	c, ok := is.(*v1alpha1.Complaint)
	if !ok || !c.Status.ClosedAt.IsZero() {
		delete(b.records, either(was, is).GetUID())
		return
	}
	level := ""
	if c.Status.Grading != nil {
		level = string(c.Status.Grading.Level)
	}
	since := c.Spec.ReceivedAt.Time
	if since.IsZero() {
		since = c.CreationTimestamp.Time
	}
	b.records[c.UID] = b.open("Complaint", level, since, &c.Status.CaseStatus)
}

func (b *business) incident(was, is client.Object) {
	ci, ok := is.(*v1alpha1.CrisisIncident)
	if !ok || !ci.Status.ClosedAt.IsZero() || ci.Spec.Drill != nil {
		delete(b.records, either(was, is).GetUID())
		return
	}
	b.records[ci.UID] = b.open("CrisisIncident", string(ci.LevelInForce()), ci.CreationTimestamp.Time, &ci.Status.CaseStatus)
}

func (b *business) open(kind, level string, since time.Time, status *v1alpha1.CaseStatus) openRecord {
	r := openRecord{
		kind: kind, level: b.levelled(level), since: since, deadline: status.NextDeadline.Time, overdue: status.Overdue,
		stuck: apimeta.IsStatusConditionFalse(status.Conditions, "Staffed") || apimeta.IsStatusConditionTrue(status.Conditions, "Obstructed"),
	}
	if status.Overdue == 0 || status.Run == nil {
		return r
	}
	for i := range status.Run.Steps {
		step := &status.Run.Steps[i]
		if step.State == v1alpha1.StepWaiting && !step.OverdueAt.IsZero() && (r.missed.IsZero() || step.DueAt.Time.Before(r.missed)) {
			r.missed = step.DueAt.Time
		}
	}
	return r
}

// levelled is the label of a level: its name, as long as there are not too many of them.
func (b *business) levelled(name string) string {
	switch {
	case name == "":
		return "none"
	case b.levels[name]:
	case len(b.levels) < mostLevels:
		b.levels[name] = true
	default:
		return otherLevel
	}
	return name
}

func (b *business) task(was, is client.Object) {
	t, ok := is.(*v1alpha1.ResponseTask)
	if !ok || !t.IsOpen() || t.Spec.Mode == v1alpha1.ModeDrill {
		delete(b.tasks, either(was, is).GetUID())
		return
	}
	b.tasks[t.UID] = openTask{kind: t.Spec.Type, due: t.Spec.Assignment.DueAt.Time, stopped: !t.Spec.Assignment.StoppedAt.IsZero()}
}

func (b *business) notice(was, is client.Object) {
	b.count(was, -1)
	b.count(is, +1)
}

func (b *business) count(o client.Object, by int) {
	n, ok := o.(*v1alpha1.Notice)
	if !ok || n.Spec.Mode == v1alpha1.ModeDrill || n.Spec.Test != nil {
		return
	}
	key := noticeKey{n.Status.State, types.NamespacedName{Namespace: n.Namespace, Name: string(n.Status.Channel)}}
	if key.state == "" {
		key.state = v1alpha1.NoticePending
	}
	if b.notices[key] += by; b.notices[key] == 0 {
		delete(b.notices, key)
	}
}

func (b *business) channel(was, is client.Object) {
	ch, ok := is.(*v1alpha1.NoticeChannel)
	if !ok {
		delete(b.channels, client.ObjectKeyFromObject(was))
		return
	}
	b.channels[client.ObjectKeyFromObject(ch)] = channelKind(ch)
}

func (b *business) calendar(was, is client.Object) {
	cal, ok := is.(*v1alpha1.BusinessCalendar)
	if ok && apimeta.IsStatusConditionFalse(cal.Status.Conditions, "HolidaysKnown") {
		b.ending[cal.UID] = true
		return
	}
	delete(b.ending, either(was, is).GetUID())
}

func (b *business) policy(was, is client.Object) {
	kind, in := "", []metav1.Condition(nil)
	switch p := is.(type) {
	case *v1alpha1.Playbook:
		kind, in = "Playbook", p.Status.Conditions
	case *v1alpha1.TriagePolicy:
		kind, in = "TriagePolicy", p.Status.Conditions
	default:
		delete(b.policies, was.GetUID())
		return
	}
	verified := metav1.ConditionUnknown
	if c := apimeta.FindStatusCondition(in, "Verified"); c != nil {
		verified = c.Status
	}
	b.policies[is.GetUID()] = [2]string{kind, string(verified)}
}

// channelKind is the label of a channel.
func channelKind(ch *v1alpha1.NoticeChannel) string {
	if ch.Spec.Email != nil {
		return "email"
	}
	return "webhook"
}

func either(was, is client.Object) client.Object {
	if is != nil {
		return is
	}
	return was
}

// collect tells how the business stands.
func (b *business) collect(ch chan<- prometheus.Metric) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock.Now()
	b.collectRecords(ch, now)
	b.collectTasks(ch, now)
	gauge(ch, calendars, float64(len(b.ending)))
	verdicts := map[[2]string]int{}
	for _, labels := range b.policies {
		verdicts[labels]++
	}
	for labels, n := range verdicts {
		gauge(ch, policies, float64(n), labels[0], labels[1])
	}
	kinds := map[[2]string]int{}
	for key, n := range b.notices {
		channel := b.channels[key.channel]
		if channel == "" {
			channel = "none"
		}
		kinds[[2]string{string(key.state), channel}] += n
	}
	for labels, n := range kinds {
		gauge(ch, notices, float64(n), labels[0], labels[1])
	}
}

// sums are the figures of a kind of record.
type sums struct {
	overdue, unnoticed, stuck int
	oldest, missed            time.Time
}

func (b *business) collectRecords(ch chan<- prometheus.Metric, now time.Time) {
	byLevel := map[[2]string]int{}
	byKind := map[string]*sums{"Complaint": {}, "CrisisIncident": {}}
	for _, r := range b.records {
		byLevel[[2]string{r.kind, r.level}]++
		s := byKind[r.kind]
		s.overdue += int(r.overdue)
		s.oldest, s.missed = earlier(s.oldest, r.since), earlier(s.missed, r.missed)
		if r.stuck {
			s.stuck++
		}
		if !r.deadline.IsZero() && now.Sub(r.deadline) > noticedWithin {
			s.unnoticed++
		}
	}
	for labels, n := range byLevel {
		gauge(ch, recordsOpen, float64(n), labels[0], labels[1])
	}
	for kind, s := range byKind {
		gauge(ch, recordsStuck, float64(s.stuck), kind)
		gauge(ch, oldestOpen, age(now, s.oldest), kind)
		gauge(ch, stepsOverdue, float64(s.overdue), kind)
		gauge(ch, oldestOverdue, age(now, s.missed), kind)
		gauge(ch, unnoticed, float64(s.unnoticed), kind)
	}
}

func (b *business) collectTasks(ch chan<- prometheus.Metric, now time.Time) {
	open, late := map[v1alpha1.TaskType]int{}, map[v1alpha1.TaskType]int{}
	for _, t := range b.tasks {
		open[t.kind]++
		if !t.stopped && !t.due.IsZero() && t.due.Before(now) {
			late[t.kind]++
		}
	}
	for kind, n := range open {
		gauge(ch, tasksOpen, float64(n), string(kind))
		gauge(ch, tasksOverdue, float64(late[kind]), string(kind))
	}
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func age(now, since time.Time) float64 {
	if since.IsZero() {
		return 0
	}
	return max(now.Sub(since).Seconds(), 0)
}
