package playbooks

import (
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// turn is a way a case of a pack can go.
type turn struct {
	answers map[string][]string
	setUp   func(*walk)
}

// turns are ways a case can go, so that every step of every playbook is reached in one of them.
var turns = []turn{
	{},
	{answers: map[string][]string{"checkFacts": {"unfounded"}, "onSiteCheck": {"unfounded"}, "assessRisk": {"mayGrow"}}},
	{answers: map[string][]string{"followUp": {"dissatisfied"}, "approveStatement": {"refused"}, "approveRemedy": {"refused"}, "reviewSolution": {"refused"}}},
	{answers: map[string][]string{"followUp": {"dissatisfied"}}},
	{setUp: func(w *walk) { decided(w, "compensate") }},
	{setUp: func(w *walk) { decided(w, "explain") }},
	{setUp: func(w *walk) { w.facts.Incident.Closed = true }},
	{setUp: func(w *walk) { w.facts.Level = "L2" }},
}

// decided tells a case what was decided for all in its crisis.
func decided(w *walk, outcome v1alpha1.Identifier) {
	w.facts.Incident.Exists = true
	w.facts.Incident.Steps = []v1alpha1.StepState{{Name: "decideForAll", State: v1alpha1.StepDone, Outcome: outcome}}
}

// begunWith plays a playbook to where a step has begun, with nobody who answers it; nil when no turn leads there.
func begunWith(t *testing.T, pack, book, step string) *walk {
	t.Helper()
	for _, turn := range turns {
		w := newWalk(t, pack, book, eve, turn.answers)
		if w.facts.Complaint != nil {
			w.facts.Complaint.Product, w.facts.Complaint.Category, w.facts.Complaint.Affected, w.facts.Complaint.Reopened = "kettle", "product-defect", 3, 3
			w.facts.Complaint.Signals = []string{"on-site", "other-department", "litigation"}
		} else {
			w.facts.Incident.Signals = []string{"public-outcry", "reputation"}
		}
		if turn.setUp != nil {
			turn.setUp(w)
		}
		w.silent[step[strings.LastIndexByte(step, '/')+1:]] = true
		// A case that waits for a decision that never comes goes on telling so.
		if w.playUntil(func() bool { return !w.step(step).StartedAt.IsZero() || w.now.After(eve.AddDate(0, 3, 0)) }); !w.step(step).StartedAt.IsZero() {
			return w
		}
	}
	return nil
}

// stepOf is the path of the step that a row of the README speaks of, and what of it; empty for rows about something else.
func stepOf(field string) (path, what string) {
	for _, suffix := range []string{".within", ".every", ".task.acknowledgeWithin"} {
		if steps, is := strings.CutPrefix(field, "steps."); is && strings.HasSuffix(steps, suffix) {
			return strings.ReplaceAll(strings.TrimSuffix(steps, suffix), ".repeat.steps.", "/"), suffix[1:]
		}
	}
	return "", ""
}

// TestEveryDeadlineOfTheReadmeFiresToTheSecond carries each number of time in the READMEs out: the clock starts on the eve of
// a holiday, the step begins, nobody answers, and it is late one second after it fell due and not before.
func TestEveryDeadlineOfTheReadmeFiresToTheSecond(t *testing.T) {
	for _, name := range packs(t) {
		p := load(t, name)
		hours, carriedOut := p.hours(t), 0
		for _, row := range numbers(t, name) {
			path, what := stepOf(row.field)
			if path == "" {
				continue
			}
			carriedOut++
			t.Run(fmt.Sprintf("%s/%s/%s", name, row.object, row.field), func(t *testing.T) {
				g := NewWithT(t)
				w := begunWith(t, name, row.object, path)
				g.Expect(w).NotTo(BeNil(), "no turn of the case leads to it")
				s := w.step(path)
				if what == "task.acknowledgeWithin" {
					g.Expect(s.AcknowledgeBy.Time).To(BeTemporally("==", s.StartedAt.Add(calendar.Elapsed(v1alpha1.Duration(row.value)))), row.rule)
					return
				}
				var span v1alpha1.Deadline
				g.Expect(yaml.UnmarshalStrict([]byte(row.value), &span)).To(Succeed())
				from := s.StartedAt.Time
				if span.Of == "received" {
					from = w.facts.ReceivedAt
				}
				want, err := calendar.AddSpan(hours, from, v1alpha1.Span{Elapsed: span.Elapsed, Working: span.Working})
				g.Expect(err).NotTo(HaveOccurred())
				if what == "every" {
					g.Expect(s.NextAt.Time).To(BeTemporally("==", want), row.rule)
					return
				}
				g.Expect(s.DueAt.Time).To(BeTemporally("==", want), row.rule)
				if s.State != v1alpha1.StepWaiting {
					return // a role that is filled at once is never late
				}
				for _, edge := range []struct {
					at   time.Time
					late bool
				}{{want, false}, {want.Add(time.Second), true}} {
					w.now = edge.at
					w.decide()
					g.Expect(!w.step(path).OverdueAt.IsZero()).To(Equal(edge.late), "at %s", edge.at)
				}
			})
		}
		NewWithT(t).Expect(carriedOut).To(BeNumerically(">=", 20), name)
	}
}
