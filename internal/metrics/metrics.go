package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/utils/clock"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/version"
)

// Metrics is every figure of one manager. It is a prometheus.Collector: whoever serves it registers it. Its methods may be
// called on nil, which counts nothing.
type Metrics struct {
	// leads says whether this manager leads; the standing of the business is told by the leader alone, so that a sum over
	// the replicas is right.
	leads func() bool
	// pending is how many wake-ups and how many checkpoints wait.
	pendingWakes, pendingCheckpoints func() int

	business *business

	decisions   *prometheus.HistogramVec
	deadlines   *prometheus.CounterVec
	escalations *prometheus.CounterVec
	actsLeftOut *prometheus.CounterVec
	attempts    *prometheus.CounterVec
	plans       prometheus.Counter
	lateness    prometheus.Histogram
}

// Of is what the figures are taken from.
type Of struct {
	// Clock is the clock of the cases.
	Clock clock.PassiveClock
	// Leads says whether this manager leads.
	Leads func() bool
	// Wakes is how many wake-ups wait, Checkpoints how many heads of timelines were not signed yet.
	Wakes, Checkpoints func() int
}

// New makes the metrics of a manager.
func New(of Of) *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	return &Metrics{
		leads: of.Leads, pendingWakes: of.Wakes, pendingCheckpoints: of.Checkpoints,
		business: newBusiness(of.Clock),
		decisions: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tocsin_decision_duration_seconds", Help: "How long it took to decide what a record needs next, with reading what lies around it, without writing; the count is the number of decisions.",
			Buckets: []float64{.00001, .00003, .0001, .0003, .001, .003, .01, .03, .1},
		}, []string{"kind"}),
		deadlines:   counter("tocsin_deadlines_total", "Deadlines of steps that were met or missed, exercises left out.", "kind", "outcome"),
		escalations: counter("tocsin_escalations_total", "How often somebody further up was told, exercises left out.", "kind"),
		actsLeftOut: counter("tocsin_acts_left_out_total", "Acts of people that changed nothing, because they came too late or did not fit.", "kind"),
		attempts:    counter("tocsin_notice_attempts_total", "Attempts to send a notice, by kind of channel and what is known of them, exercises included.", "channel", "fate"),
		plans: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tocsin_plans_compiled_total", Help: "Pinned revisions of playbooks that were compiled.",
		}),
		lateness: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "tocsin_wake_delay_seconds", Help: "How long after its time a record, notice or post-mortem was woken.",
			Buckets: []float64{.01, .1, 1, 5, 15, 60, 300, 3600, 86400},
		}),
	}
}

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, c := range m.counted() {
		c.Describe(ch)
	}
	for _, d := range standing {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (m *Metrics) Collect(ch chan<- prometheus.Metric) {
	for _, c := range m.counted() {
		c.Collect(ch)
	}
	gauge(ch, buildInfo, 1, version.Version, version.GoVersion())
	leads := m.leads()
	gauge(ch, leader, truth(leads))
	gauge(ch, wakes, float64(m.pendingWakes()))
	gauge(ch, checkpoints, float64(m.pendingCheckpoints()))
	if leads {
		m.business.collect(ch)
	}
}

func (m *Metrics) counted() []prometheus.Collector {
	return []prometheus.Collector{m.decisions, m.deadlines, m.escalations, m.actsLeftOut, m.attempts, m.plans, m.lateness}
}

// Decided notes a turn of a record in which the engine decided, and how long it took with all that was read for it.
func (m *Metrics) Decided(kind string, took time.Duration) {
	if m != nil {
		m.decisions.WithLabelValues(kind).Observe(took.Seconds())
	}
}

// Happened notes what was written into the timeline of a record.
func (m *Metrics) Happened(kind string, drill bool, what v1alpha1.EventType) {
	if m == nil {
		return
	}
	switch {
	case what == v1alpha1.EventActIgnored:
		m.actsLeftOut.WithLabelValues(kind).Inc()
	case drill:
	case what == v1alpha1.EventDeadlineMet:
		m.deadlines.WithLabelValues(kind, "met").Inc()
	case what == v1alpha1.EventDeadlineMissed:
		m.deadlines.WithLabelValues(kind, "missed").Inc()
	case what == v1alpha1.EventEscalated:
		m.escalations.WithLabelValues(kind).Inc()
	}
}

// Attempted notes an attempt to send a notice.
func (m *Metrics) Attempted(ch *v1alpha1.NoticeChannel, fate string) {
	if m != nil {
		m.attempts.WithLabelValues(channelKind(ch), fate).Inc()
	}
}

// Compiled notes that a pinned revision was compiled.
func (m *Metrics) Compiled() {
	if m != nil {
		m.plans.Inc()
	}
}

// Woken notes how late something was woken.
func (m *Metrics) Woken(late time.Duration) {
	if m != nil {
		m.lateness.Observe(max(late, 0).Seconds())
	}
}

func truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
