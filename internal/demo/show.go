package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/box"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/install"
	"tocsin.dev/tocsin/internal/notice"
	"tocsin.dev/tocsin/internal/operator"
	"tocsin.dev/tocsin/playbooks"
)

// Options says what is played.
type Options struct {
	// CSV is an export of the US Consumer Complaint Database; empty: the examples of the pack.
	CSV string
	// Least is how many complaints are played at least.
	Least int
	// Seed makes the play repeatable.
	Seed uint64
	// Dir gets summary.json, the post-mortem, the receivers' books, the manager's log.
	Dir string
	// Assets is where the control plane's programs are; empty: see box.Options.
	Assets string
	// Real is the machine's clock.
	Real clock.Clock
	// Entropy gives keys, salts, names.
	Entropy io.Reader
	// Out gets the live progress.
	Out io.Writer
	// Terminal makes the progress line redraw itself.
	Terminal bool
	// MailSink and HookSink get a line for each message received.
	MailSink, HookSink io.Writer
}

const (
	namespace = "service-desk"
	// estate is where the households complain.
	estate = "homes"
	// drillAfter is when the drill takes place, counted from the first complaint.
	drillAfter = 49 * time.Hour
	// tooLong ends a play that does not come to its end: nothing in the pack takes that long.
	tooLong = 120 * 24 * time.Hour
)

// Play runs the demo and returns what came of it. An error means that it could not be played to its end.
func Play(ctx context.Context, o Options) (*Summary, error) {
	p := &play{o: o, begun: o.Real.Now()}
	p.say = newTeller(o.Out, o.Terminal, o.Real)
	office, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		return nil, err
	}
	p.start = firstMorning(o.Real.Now().In(office))
	if p.cases, err = LoadCases(Source{CSV: o.CSV, Least: o.Least, Seed: o.Seed, Start: p.start}); err != nil {
		return nil, err
	}
	for _, line := range p.cases.Told {
		p.say.line(line)
	}
	for _, line := range p.cases.Broken {
		p.say.line("left out: " + line)
	}
	slices.SortStableFunc(p.cases.List, func(a, b Case) int { return a.receivedAt().Compare(b.receivedAt()) })
	p.clock = clocktesting.NewFakeClock(p.start.Add(-time.Hour))
	p.gauge = NewGauge(o.Real)
	if p.stage, err = SetUp(ctx, p.stageOptions()); err != nil {
		return nil, err
	}
	defer func() { _ = p.stage.Close() }()
	if err := p.run(ctx); err != nil {
		return nil, err
	}
	return p.conclude(ctx)
}

// play is one performance.
type play struct {
	o     Options
	begun time.Time
	start time.Time
	say   *teller
	cases *Cases
	clock *clocktesting.FakeClock
	gauge *Gauge
	stage *Stage
	cast  *Cast
	op    *operator.Operator
	// next is the first case that has not come in yet.
	next int
	// closed and incidents are counted live, for the progress line.
	closed, crises, drills sync.Map
	jumps                  int
}

func size(m *sync.Map) int {
	n := 0
	m.Range(func(any, any) bool { n++; return true })
	return n
}

// firstMorning is nine o'clock of the next Monday.
func firstMorning(now time.Time) time.Time {
	day := time.Date(now.Year(), now.Month(), now.Day(), 9, 0, 0, 0, now.Location())
	for day.Weekday() != time.Monday || !day.After(now) {
		day = day.AddDate(0, 0, 1)
	}
	return day
}

func (p *play) stageOptions() StageOptions {
	return StageOptions{
		Box: box.Options{Assets: p.o.Assets}, TimeLapse: true, Namespace: namespace,
		More: map[string]string{estate: playbooks.PropertyDeveloper}, Clock: p.clock, Real: p.o.Real,
		Entropy: p.o.Entropy, Wrap: p.gauge.Wrap, MailSink: p.o.MailSink, HookSink: p.o.HookSink, Say: p.say.line,
	}
}

// run starts the operator and plays until everything is closed.
func (p *play) run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cfg, err := p.stage.Box.User(install.ManagerUser, "system:serviceaccounts", "system:serviceaccounts:"+install.Namespace)
	if err != nil {
		return err
	}
	p.op, err = operator.New(ctx, cfg, operator.Options{
		Clock: p.clock, Entropy: p.o.Entropy, Process: "demo", SystemNamespace: install.Namespace, Senders: notice.NewSenders(),
		NewQueue: p.gauge.NewQueue, WrapClient: p.gauge.Wrap, SkipNameValidation: true,
	})
	if err != nil {
		return err
	}
	if err := p.castAndWatch(ctx); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- p.op.Start(ctx) }()
	if !p.op.GetCache().WaitForCacheSync(ctx) {
		return errors.Join(errors.New("the operator's caches did not fill"), ctx.Err())
	}
	if err := p.scheduleDrill(ctx); err != nil {
		return err
	}
	p.say.line("the play begins")
	err = p.playOn(ctx)
	p.say.last(p.standing())
	stop()
	return errors.Join(err, <-ended)
}

// castAndWatch sets up the cast and has the gauge watch everything the operator caches.
func (p *play) castAndWatch(ctx context.Context) error {
	admin, err := p.stage.Admin()
	if err != nil {
		return err
	}
	var office v1alpha1.BusinessCalendar
	if err := admin.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "office-hours"}, &office); err != nil {
		return err
	}
	hours, err := calendar.New(office.Spec)
	if err != nil {
		return err
	}
	p.cast = &Cast{Clients: p.stage.Responder, Now: p.clock.Now, Office: hours, Seed: p.o.Seed}
	for _, c := range p.cases.List {
		p.cast.Learn(c.Complaint.Name, c.Script)
	}
	p.gauge.Meanwhile = func() { p.say.progress(p.standing()) }
	p.gauge.Also = func() string {
		if at, ok := p.op.Wheel.Next(); ok && !at.After(p.clock.Now()) {
			return "wake-ups"
		}
		if !p.op.Ledger.Idle() {
			return "checkpoints"
		}
		return ""
	}
	cache := p.op.GetCache()
	return errors.Join(
		p.gauge.Watch(ctx, cache, &v1alpha1.ResponseTask{}, p.cast.See),
		p.gauge.Watch(ctx, cache, &v1alpha1.Complaint{}, p.cast.SeeComplaint, p.countClosed),
		p.gauge.Watch(ctx, cache, &v1alpha1.CrisisIncident{}, p.countIncident),
		p.gauge.Watch(ctx, cache, &v1alpha1.Notice{}),
		p.gauge.Watch(ctx, cache, &v1alpha1.Playbook{}),
		p.gauge.Watch(ctx, cache, &v1alpha1.DrillSchedule{}),
		p.gauge.Watch(ctx, cache, &v1alpha1.PostMortem{}),
	)
}

func (p *play) countClosed(o client.Object) {
	if c := o.(*v1alpha1.Complaint); !c.Status.ClosedAt.IsZero() {
		p.closed.Store(c.UID, true)
	}
}

func (p *play) countIncident(o client.Object) {
	if ci := o.(*v1alpha1.CrisisIncident); ci.Spec.Drill != nil {
		p.drills.Store(ci.UID, true)
	} else {
		p.crises.Store(ci.UID, true)
	}
}

func (p *play) scheduleDrill(ctx context.Context) error {
	admin, err := p.stage.Admin()
	if err != nil {
		return err
	}
	return admin.Create(ctx, &v1alpha1.DrillSchedule{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "demo-drill"},
		Spec:       v1alpha1.DrillScheduleSpec{Playbook: "major-incident", Team: "special-team", At: metav1.NewTime(p.start.Add(drillAfter))},
	})
}

// playOn lets things happen, one moment after the other, until nothing is open any more.
func (p *play) playOn(ctx context.Context) error {
	intake, err := p.stage.Intake()
	if err != nil {
		return err
	}
	for {
		// What comes in now does so while the operator is at work on what the clock has woken; people act after both.
		if err := p.arrive(ctx, intake); err != nil {
			return err
		}
		if err := p.gauge.Settle(ctx); err != nil {
			return err
		}
		if p.cast.Act(ctx) > 0 {
			continue
		}
		p.say.progress(p.standing())
		next, ok, err := p.nextMoment(ctx)
		if err != nil || !ok {
			return err
		}
		if next.Sub(p.start) > tooLong {
			return fmt.Errorf("the play does not end: at %s something is still open; see the records in the namespaces %s and %s", next.Format(time.RFC3339), namespace, estate)
		}
		p.jumps++
		p.clock.SetTime(next)
	}
}

// arrive creates the complaints that are due.
func (p *play) arrive(ctx context.Context, intake client.Client) error {
	for p.next < len(p.cases.List) && !p.cases.List[p.next].comesIn().After(p.clock.Now()) {
		c := &p.cases.List[p.next]
		if err := c.arrive(ctx, intake); err != nil {
			return fmt.Errorf("intake of %s: %w", c.Complaint.Name, err)
		}
		p.next++
	}
	return nil
}

// nextMoment is when anything happens next; false when all is done: everything closed and the drill over.
func (p *play) nextMoment(ctx context.Context) (time.Time, bool, error) {
	var next time.Time
	sooner := func(at time.Time, ok bool) {
		if ok && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	sooner(p.cast.Next())
	if p.next < len(p.cases.List) {
		sooner(p.cases.List[p.next].comesIn(), true)
	} else if next.IsZero() {
		if done, err := p.allClosed(ctx); done || err != nil {
			return time.Time{}, false, err
		}
	}
	sooner(p.op.Wheel.Next())
	if next.IsZero() {
		return next, false, errors.New("nothing is going to happen any more, and something is still open")
	}
	return next, true, nil
}

// allClosed says whether nothing is left to do.
func (p *play) allClosed(ctx context.Context) (bool, error) {
	c := p.op.GetClient()
	var complaints v1alpha1.ComplaintList
	var incidents v1alpha1.CrisisIncidentList
	var notices v1alpha1.NoticeList
	for _, list := range []client.ObjectList{&complaints, &incidents, &notices} {
		if err := c.List(ctx, list, client.UnsafeDisableDeepCopy); err != nil {
			return false, err
		}
	}
	for i := range complaints.Items {
		if complaints.Items[i].Status.ClosedAt.IsZero() {
			return false, nil
		}
	}
	drills := 0
	for i := range incidents.Items {
		if incidents.Items[i].Status.ClosedAt.IsZero() {
			return false, nil
		}
		if incidents.Items[i].Spec.Drill != nil {
			drills++
		}
	}
	for i := range notices.Items {
		if notices.Items[i].Status.EndedAt.IsZero() {
			return false, nil
		}
	}
	return drills > 0, nil
}

// standing is where things stand, in a line.
func (p *play) standing() string {
	return fmt.Sprintf("%s  clock jump %d  received %d/%d  closed %d  crises %d  drills %d  mail %d  webhook %d",
		p.clock.Now().In(p.start.Location()).Format("Mon 2 Jan 15:04"), p.jumps, p.next, len(p.cases.List), size(&p.closed), size(&p.crises), size(&p.drills),
		p.stage.Mail.Counts().Accepted, p.stage.Hook.Counts().Accepted)
}
