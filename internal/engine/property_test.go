package engine_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/roster"
)

// inputs is what Decide is given, to see whether it leaves it alone.
func (w *world) inputs() string {
	acts := 0
	for _, t := range w.facts.Tasks {
		acts += len(t.Acts)
	}
	return fmt.Sprint(w.written(w.run), acts, w.facts.Digests, w.facts.Notices, w.facts.About)
}

// written is a run as it stands in a status.
func (w *world) written(run v1alpha1.Run) string {
	w.t.Helper()
	data, err := json.Marshal(run)
	if err != nil {
		w.t.Fatalf("the run cannot be written: %v", err)
	}
	return string(data)
}

// sameAgain: the same input gives the same output, and deciding again at the same instant changes nothing.
func (w *world) sameAgain(d engine.Decision) {
	w.t.Helper()
	again := engine.Decide(w.plan, w.run, w.facts, w.now)
	if !reflect.DeepEqual(d, again) {
		w.t.Fatalf("the same input gave another output\n%s\n%+v\n%+v", w.story.String(), d, again)
	}
	w.nothingAt(d, w.now)
}

// nothingAt: deciding from d on at a moment finds nothing to do.
func (w *world) nothingAt(d engine.Decision, at time.Time) {
	w.t.Helper()
	next := engine.Decide(w.plan, d.Run, w.facts, at)
	if len(next.Events) > 0 {
		w.t.Fatalf("at %s something happened though nobody did anything since %s, wake %s: %+v\n%s", at, w.now, d.Wake, next.Events, w.story.String())
	}
	if was, is := w.written(d.Run), w.written(next.Run); was != is || !next.Wake.Equal(d.Wake) {
		w.t.Fatalf("at %s the run changed though nothing happened since %s\n%s\n%s\n%s", at, w.now, w.story.String(), was, is)
	}
}

// atRest is what holds whenever a decision was written.
func (w *world) atRest(d engine.Decision) {
	w.t.Helper()
	fail := func(format string, args ...any) {
		w.t.Helper()
		w.t.Fatalf("%s\n%s", fmt.Sprintf(format, args...), w.story.String())
	}
	if !d.Wake.IsZero() && !d.Wake.After(w.now) {
		fail("woken at %s for %s", w.now, d.Wake)
	}
	w.observe()
	if next := engine.Decide(w.plan, w.run, w.facts, w.now); len(next.Effects) > 0 || len(next.Events) > 0 {
		fail("with its own objects in sight it does more: %+v %+v", next.Effects, next.Events)
	}
	if !d.Wake.IsZero() { // nothing happens before it is time
		w.nothingAt(engine.Decision{Run: w.run, Wake: d.Wake}, w.now.Add(d.Wake.Sub(w.now)/2))
		w.nothingAt(engine.Decision{Run: w.run, Wake: d.Wake}, d.Wake.Add(-time.Second))
	}
	roles := map[string]bool{}
	for _, h := range w.run.Roles {
		if roles[h.Name] {
			fail("two hold the role %s", h.Name)
		}
		roles[h.Name] = true
	}
	for _, e := range d.Events {
		if e.Text == "" || len(e.Text) > 1024 {
			fail("an entry of %d characters: %+v", len(e.Text), e)
		}
	}
	waited := map[string]bool{}
	for i := range w.run.Steps {
		s := &w.run.Steps[i]
		if s.State == v1alpha1.StepWaiting {
			for _, name := range s.Tasks {
				waited[string(name)] = true
			}
			if n := w.openTasks(s); n == 0 && len(s.Tasks) == 1 && w.node(i).Action.AssembleTeam == nil {
				fail("%s waits for a task that is closed", s.Name)
			} else if n > 1 && w.node(i).Action.AssembleTeam == nil {
				fail("%s has %d open tasks", s.Name, n)
			}
			if w.run.Result != "" {
				fail("%s waits though the run has ended", s.Name)
			}
			if !s.DueAt.IsZero() && s.PausedAt.IsZero() && !w.now.Before(s.DueAt.Add(time.Second)) && s.OverdueAt.IsZero() {
				fail("the deadline of %s has passed and did not fire", s.Name)
			}
		}
		if w.run.Result != "" && s.State == v1alpha1.StepPending {
			fail("%s never began though the run has ended", s.Name)
		}
		if s.State == v1alpha1.StepDone && s.Outcome == engine.Approved && w.node(i).Action.Approval != nil {
			w.dutiesApart(i)
		}
	}
	w.askedRightly()
	for name, t := range w.tasks {
		if _, written := w.made[name]; written && t.stands() == v1alpha1.TaskOpen && !waited[name] {
			fail("the task of %s is open and nobody waits for it", t.spec.Step)
		}
	}
}

// askedRightly: what was asked for besides the playbook was asked for by somebody who takes part, says until when, and
// stands behind the playbook's own steps, each once.
func (w *world) askedRightly() {
	w.t.Helper()
	seen := map[string]bool{}
	for i := range w.run.Steps {
		s := &w.run.Steps[i]
		if is := s.Ask != ""; is != (i >= len(w.plan.Nodes)) || seen[s.Ask] && is {
			w.t.Fatalf("step %d, %s, is of act %q; the playbook has %d\n%s", i, s.Name, s.Ask, len(w.plan.Nodes), w.story.String())
		}
		if seen[s.Ask] = true; s.Ask == "" {
			continue
		}
		at := slices.IndexFunc(w.facts.Acts, func(a v1alpha1.RecordAct) bool { return a.ID == s.Ask })
		if act := w.facts.Acts[at]; act.Verb != v1alpha1.RecordAsk || s.DueAt.IsZero() ||
			w.facts.About != nil && slices.ContainsFunc([]v1alpha1.User{act.By, act.To, s.Assignee}, func(u v1alpha1.User) bool { return slices.Contains(w.facts.About.Users, u) }) {
			w.t.Fatalf("%s is asked of %s, due %s, after %+v\n%s", s.Name, s.Assignee, s.DueAt, act, w.story.String())
		}
	}
}

// openTasks is how many tasks of a step's round are open.
func (w *world) openTasks(s *v1alpha1.StepState) (n int) {
	for _, t := range w.tasks {
		if t.stands() == v1alpha1.TaskOpen && t.spec.Step == s.Name && t.spec.Round == s.Round {
			n++
		}
	}
	return n
}

// dutiesApart: n approvals are given by n different people, none of whom did what is approved or is complained about.
func (w *world) dutiesApart(i int) {
	w.t.Helper()
	s, ap := &w.run.Steps[i], w.plan.Nodes[i].Action.Approval
	need := int(ap.Quorum)
	if need == 0 {
		need = len(ap.By)
	}
	by := slices.Clone(s.By)
	slices.Sort(by)
	if len(slices.Compact(by)) < need || len(s.By) != len(slices.Compact(by)) {
		w.t.Fatalf("%s needs %d approvals and was given them by %v\n%s", s.Name, need, s.By, w.story.String())
	}
	for _, u := range s.By {
		if w.facts.About != nil && slices.Contains(w.facts.About.Users, u) {
			w.t.Fatalf("%s approved %s, and it is about them\n%s", u, s.Name, w.story.String())
		}
		for _, need := range w.plan.Nodes[i].Needs {
			if n := &w.run.Steps[need]; n.State == v1alpha1.StepDone && w.node(need).Action.AssembleTeam == nil && slices.Contains(n.By, u) {
				w.t.Fatalf("%s did %s and approved it in %s\n%s", u, n.Name, s.Name, w.story.String())
			}
		}
		acts := w.actsOn(s.Name)
		if !slices.ContainsFunc(acts, func(a v1alpha1.TaskAct) bool {
			return a.By == u && a.Verb == v1alpha1.TaskApprove && (ap.Of == "" || a.Digest == s.Digest)
		}) {
			w.t.Fatalf("%s never approved this version in %s\n%s", u, s.Name, w.story.String())
		}
	}
}

// actsOn are all acts on the tasks of a step.
func (w *world) actsOn(step string) (acts []v1alpha1.TaskAct) {
	for _, t := range w.tasks {
		if t.spec.Step == step {
			acts = append(acts, t.spec.Acts...)
		}
	}
	return acts
}

// TestWhateverHappens plays random playbooks with random people and a random clock; what must hold always is checked after
// every decision.
func TestWhateverHappens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := anyWorld(t)()
		w.checked()
		for _, h := range anySchedule(t) {
			h.do(w)
			w.checked()
		}
	})
}

// TestInvariant2EffectsOnce: a world in which the manager dies after the effects and before the run is written, and decides
// far too often, ends with the same objects and the same run as one in which all goes well.
func TestInvariant2EffectsOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		begin, schedule := anyWorld(t), anySchedule(t)
		well, ill := begin(), begin()
		well.decide()
		ill.decide()
		for _, h := range schedule {
			h.do(well)
			well.decide()
			h.do(ill)
			for range rapid.IntRange(0, 2).Draw(t, "crashes") {
				ill.decideAndCrash()
			}
			for range rapid.IntRange(1, 2).Draw(t, "decisions") {
				ill.decide()
			}
		}
		for _, w := range []*world{well, ill} {
			w.observe()
			w.decide()
		}
		if a, b := well.objects(), ill.objects(); !slices.Equal(a, b) {
			t.Fatalf("the objects differ\n%s\n%s\n%s", strings.Join(a, "\n"), strings.Join(b, "\n"), ill.story.String())
		}
		if a, b := well.written(well.run), ill.written(ill.run); a != b {
			t.Fatalf("the runs differ\n%s\n%s\n%s", a, b, ill.story.String())
		}
	})
}

// objects lists everything outside with what it says, sorted.
func (w *world) objects() []string {
	var out []string
	for name, t := range w.tasks {
		out = append(out, fmt.Sprintf("task %s %s %s %s %+v", name, t.stands(), t.outcome, t.closedAt.UTC(), assignmentText(t.spec.Assignment)))
	}
	for name, n := range w.notices {
		out = append(out, fmt.Sprintf("notice %s %s %+v", name, n.Template, n.To))
	}
	for name := range w.others {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// TestInvariant2CrashAndLater: the manager dies after the effects and comes back at any later time. Objects may come late
// and say other times, but no name means two things, no thing gets two names, and no object of the written run is
// forgotten.
func TestInvariant2CrashAndLater(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := anyWorld(t)()
		for _, h := range anySchedule(t) {
			if rapid.IntRange(0, 3).Draw(t, "crash") == 0 {
				d := w.decideAndCrash()
				w.sleep(rapid.SampledFrom([]time.Duration{time.Second, hour, day}).Draw(t, "away for"))
				w.sameNames(d)
			}
			w.checked()
			h.do(w)
		}
	})
}

// sameNames: where nothing fell due since a decision that was not written, the next life asks for the same things by the
// same names.
func (w *world) sameNames(d engine.Decision) {
	w.t.Helper()
	if !d.Wake.IsZero() && !w.now.Before(d.Wake) {
		return
	}
	w.observe()
	things, was := asked(d)
	again, is := asked(engine.Decide(w.plan, w.run, w.facts, w.now))
	// Of what was due in the very second of the crash, a reminder may be due no more.
	if slices.Equal(things, again) && !slices.Equal(was, is) {
		w.t.Fatalf("at %s the next life gives other names to %v\n%v\n%v\n%s", w.now, things, was, is, w.story.String())
	}
}

// asked lists what a decision creates, and by what names.
func asked(d engine.Decision) (things, called []string) {
	for _, e := range d.Effects {
		name, what := nameOf(e)
		if name == "" {
			continue
		}
		if n, is := e.(engine.SendNotice); is { // without the task, which has a name of its own
			what = fmt.Sprintf("notice %s %d %s to %s", n.Spec.Step, n.Spec.Round, n.Spec.Template, n.Spec.To.Name)
		}
		things, called = append(things, what), append(called, name)
	}
	return things, called
}

// TestNamesDoNotDependOnWhoIsThere: two organisations with other people in the same duties, where nobody ever answers,
// make objects of the same names.
func TestNamesDoNotDependOnWhoIsThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		begin := anyWorld(t)
		here, there := begin(), begin()
		there.teams = map[string]*v1alpha1.ResponseTeamSpec{}
		yamlInto(t, strings.NewReplacer("user: ", "user: other-", "deputies: [wang]", "deputies: [wang, lin]").Replace(people), &there.teams)
		for _, team := range []string{"desk", "management"} {
			slices.Reverse(there.teams[team].Members)
		}
		there.facts.Roster = roster.New(there.teams)
		here.facts.About, there.facts.About = nil, nil
		for _, w := range []*world{here, there} {
			w.pass(5 * day)
		}
		if !slices.Equal(here.madeWhoever(), there.madeWhoever()) {
			t.Fatalf("other names\n%s\n%s", here.story.String(), there.story.String())
		}
	})
}

// madeWhoever lists the names of what was made, without the notices of a missed deadline that had nobody above: how many
// of those there are depends on who plays several parts, because nobody is told twice.
func (w *world) madeWhoever() []string {
	top := map[string]bool{}
	for _, e := range w.events {
		if e.Type == v1alpha1.EventEscalated && strings.HasPrefix(e.Text, "no ladder leads on") {
			top[e.Step] = true
		}
	}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(w.made)), func(name string) bool {
		n, is := w.notices[name]
		return is && n.Template == "overdue" && top[n.Step]
	})
}

// TestARunIsWokenUntilNothingIsLeft: woken whenever it asks to be, a run that nobody answers comes to rest.
func TestARunIsWokenUntilNothingIsLeft(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := anyWorld(t)()
		w.checked()
		recurs := strings.Contains(w.story.String(), "every: {elapsed: 90m}") || strings.Contains(w.story.String(), "every: {working: 2h}")
		for n := 0; !w.wake.IsZero(); n++ {
			if recurs && n > 60 {
				return
			}
			if n > 400 {
				t.Fatalf("it is woken for ever\n%s", w.story.String())
			}
			w.now = w.wake
			if d := w.checked(); len(d.Events) == 0 && len(d.Effects) == 0 && w.wake.Equal(w.now) {
				t.Fatalf("woken for nothing at %s\n%s", w.now, w.story.String())
			}
		}
	})
}
