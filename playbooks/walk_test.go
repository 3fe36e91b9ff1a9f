package playbooks

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
)

// walk carries a playbook of the pack out in virtual time, with a cast that answers half an hour after it is asked.
type walk struct {
	t     *testing.T
	plan  *playbook.Plan
	run   v1alpha1.Run
	facts *engine.Facts
	now   time.Time
	// answers are the outcomes of a step, one a round, the last for all further rounds; a step without gives its first
	// outcome, an approval is approved.
	answers map[string][]string
	// silent are steps nobody answers.
	silent map[string]bool

	open    map[string]v1alpha1.ResponseTaskSpec
	notices []v1alpha1.NoticeSpec
	effects []engine.Effect
	plans   int
}

// remedyDigest changes with every plan that is written.
func (w *walk) remedyDigest() string { return fmt.Sprintf("plan-%d", w.plans) }

func newWalk(t *testing.T, pack, name string, start time.Time, answers map[string][]string) *walk {
	t.Helper()
	p := load(t, pack)
	w := &walk{t: t, plan: p.compile(t, name), now: start, answers: answers, silent: map[string]bool{}, open: map[string]v1alpha1.ResponseTaskSpec{}}
	w.facts = &engine.Facts{
		Record:     v1alpha1.RecordReference{Kind: w.plan.For, Name: "case", UID: "uid"},
		Mode:       v1alpha1.ModeLive,
		Level:      p.levelOf(name),
		ReceivedAt: start, GradedAt: start,
		Incident: &playbook.IncidentFacts{},
		Tasks:    map[string]engine.TaskFacts{},
		Notices:  map[string]v1alpha1.NoticeState{},
		Digests:  map[v1alpha1.WrittenField]string{},
		Roster:   roster.New(p.teams),
	}
	if w.plan.For == v1alpha1.RecordComplaint {
		w.facts.Complaint = &playbook.ComplaintFacts{Category: "attitude", Affected: 1}
	} else {
		w.facts.Team, w.facts.Incident.Exists = p.crisisTeams(t)[0], true
	}
	w.run = engine.Start(w.plan, w.facts, v1alpha1.RevisionReference{Name: "r", Digest: strings.Repeat("0", 64)}, 1, start)
	return w
}

// play goes on until the run has ended, or nothing is left that would move it.
func (w *walk) play() *walk {
	w.t.Helper()
	return w.playUntil(func() bool { return false })
}

// playUntil plays until something is so, or play would end.
func (w *walk) playUntil(so func() bool) *walk {
	w.t.Helper()
	for range 10_000 {
		d := w.decide()
		if w.run.Result != "" || so() {
			return w
		}
		if w.answer() || len(d.Effects) > 0 {
			continue
		}
		if d.Wake.IsZero() {
			return w
		}
		w.now = d.Wake
	}
	w.t.Fatal("the run does not come to an end")
	return w
}

// decide takes one turn and what follows from it.
func (w *walk) decide() engine.Decision {
	d := engine.Decide(w.plan, w.run, w.facts, w.now)
	w.run = d.Run
	w.effects = append(w.effects, d.Effects...)
	for _, e := range d.Effects {
		w.take(e)
	}
	return d
}

func (w *walk) take(e engine.Effect) {
	engine.TakeTask(e, w.open, w.facts.Tasks)
	if sent, is := e.(engine.SendNotice); is {
		w.notices = append(w.notices, sent.Spec)
		if !w.silent[path.Base(sent.Spec.Step)] {
			w.facts.Notices[sent.Name] = v1alpha1.NoticeDelivered
		}
	}
}

// answer has somebody answer one open task, half an hour later.
func (w *walk) answer() bool {
	names := make([]string, 0, len(w.open))
	for name := range w.open {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		spec, step := w.open[name], path.Base(w.open[name].Step)
		if w.silent[step] || w.silent["everything"] {
			continue
		}
		delete(w.open, name)
		w.now = w.now.Add(30 * time.Minute)
		if spec.Writes == v1alpha1.WritesRemedy {
			w.plans++
			w.facts.Digests[v1alpha1.WritesRemedy] = w.remedyDigest()
		}
		w.act(name, spec, v1alpha1.Identifier(w.choice(step, spec)))
		return true
	}
	return false
}

// choice is what the cast answers.
func (w *walk) choice(step string, spec v1alpha1.ResponseTaskSpec) string {
	if given := w.answers[step]; len(given) > 0 {
		return given[min(max(int(spec.Round), 1), len(given))-1]
	}
	if len(spec.Outcomes) > 0 {
		return string(spec.Outcomes[0])
	}
	return ""
}

func (w *walk) act(name string, spec v1alpha1.ResponseTaskSpec, outcome v1alpha1.Identifier) {
	task := w.facts.Tasks[name]
	add := func(verb v1alpha1.TaskVerb, by v1alpha1.User, outcome v1alpha1.Identifier) {
		task.Acts = append(task.Acts, v1alpha1.TaskAct{
			ID: fmt.Sprint(len(task.Acts)), Verb: verb, By: by, At: metav1.NewTime(w.now), Outcome: outcome, Digest: spec.Assignment.Digest,
		})
	}
	switch spec.Type {
	case v1alpha1.TaskTypeApproval:
		used := map[v1alpha1.User]bool{}
		for _, seat := range spec.Assignment.Seats {
			i := slices.IndexFunc(seat.Users, func(u v1alpha1.User) bool { return !used[u] })
			if i < 0 {
				w.t.Fatalf("%s: nobody is left for the seat %s", spec.Step, seat.Role)
			}
			used[seat.Users[i]] = true
			if outcome == "refused" {
				add(v1alpha1.TaskRefuse, seat.Users[i], "")
				break
			}
			add(v1alpha1.TaskApprove, seat.Users[i], "")
		}
	case v1alpha1.TaskTypeAcknowledgement:
		add(v1alpha1.TaskAcknowledge, spec.Assignment.Assignee, "")
	default:
		add(v1alpha1.TaskComplete, spec.Assignment.Assignee, outcome)
	}
	w.facts.Tasks[name] = task
}

// states says how each top-level step ended: done, its outcome, or skipped or cancelled.
func (w *walk) states() map[string]string {
	states := map[string]string{}
	for _, i := range w.plan.Roots {
		s := w.run.Steps[i]
		states[s.Name] = strings.ToLower(string(s.State))
		if s.State == v1alpha1.StepDone && s.Outcome != "" {
			states[s.Name] = string(s.Outcome)
		}
	}
	return states
}

// asked lists the roles that were asked by a step, in order, one for each time.
func (w *walk) asked(step string) []string {
	var roles []string
	for _, e := range w.effects {
		open, ok := e.(engine.OpenTask)
		if !ok || path.Base(open.Spec.Step) != step {
			continue
		}
		if seats := open.Spec.Assignment.Seats; len(seats) > 0 {
			for _, seat := range seats {
				roles = append(roles, seat.Role)
			}
			continue
		}
		roles = append(roles, open.Spec.Assignment.Role)
	}
	return roles
}

func (w *walk) sent(template string) (n int) {
	for _, notice := range w.notices {
		if string(notice.Template) == template {
			n++
		}
	}
	return n
}

func (w *walk) due(step string) string {
	for _, s := range w.run.Steps {
		if path.Base(s.Name) == step {
			return s.DueAt.In(shanghai(w.t)).Format("Mon 2006-01-02 15:04")
		}
	}
	return "no such step"
}

// step is the state of a step by its path; nil: there is none.
func (w *walk) step(path string) *v1alpha1.StepState {
	if i := slices.IndexFunc(w.run.Steps, func(s v1alpha1.StepState) bool { return s.Name == path }); i >= 0 {
		return &w.run.Steps[i]
	}
	return nil
}

// checkStory checks that a run was completed, and how its steps ended.
func checkStory(t *testing.T, w *walk, want map[string]string) {
	t.Helper()
	g := NewWithT(t)
	g.Expect(w.run.Result).To(Equal(v1alpha1.RunCompleted))
	for step, state := range want {
		g.Expect(w.states()).To(HaveKeyWithValue(step, state))
	}
}
