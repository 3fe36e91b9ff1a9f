package playbook

import (
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Whatever a closure holds, reading it back and writing it again gives the same bytes and the same digest.
func TestClosureRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := NewWithT(t)
		c := rapid.Make[Closure]().Draw(t, "closure")
		data, digest, err := c.Encode()
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(digest).To(MatchRegexp("^[0-9a-f]{64}$"))
		again, err := Decode(data)
		g.Expect(err).NotTo(HaveOccurred())
		data2, digest2, err := again.Encode()
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(data2).To(Equal(data))
		g.Expect(digest2).To(Equal(digest))
	})
}

// The digest of a shipped closure is part of every run pinned to it: a change of encoding would make all of them look
// tampered with.
func TestDigestStaysWhatItIs(t *testing.T) {
	g := NewWithT(t)
	_, digest, err := readClosure(t, "crisis").Encode()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(digest).To(Equal("d999b12c2105e591047fba69c996ca3fda52b9a39374e14343de4a08b4af6767"))
}

// An assertion is for whoever proves it: a run pinned before it was written goes on as it did.
func TestAssertionsMakeNoRevision(t *testing.T) {
	g := NewWithT(t)
	c := readClosure(t, "serious-complaint")
	_, before, err := c.Encode()
	g.Expect(err).NotTo(HaveOccurred())
	assertions := []v1alpha1.Assertion{{Name: "soon", Told: "complainant", Within: v1alpha1.Deadline{Elapsed: "24h"}}}
	c.Playbook.Assertions = assertions
	for name, sub := range c.Subs {
		sub.Assertions = assertions
		c.Subs[name] = sub
	}
	_, after, err := c.Encode()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(after).To(Equal(before))
	g.Expect(c.Subs).NotTo(BeEmpty())
	for _, sub := range c.Subs {
		g.Expect(sub.Assertions).To(Equal(assertions), "the closure itself stays as it is")
	}
}

func TestDecodeRefusesWhatItDoesNotKnow(t *testing.T) {
	g := NewWithT(t)
	_, err := Decode([]byte(`{"name": "a", "playbook": {"for": "Complaint", "steps": [{"name": "x", "http": {}}]}}`))
	g.Expect(err).To(MatchError(ContainSubstring("newer release")))
	_, err = Decode([]byte(`{"name": "a"`))
	g.Expect(err).To(HaveOccurred())
}

func TestMissing(t *testing.T) {
	g := NewWithT(t)
	c := readClosure(t, "serious-complaint")
	playbooks, calendars, raised := c.Missing()
	g.Expect(playbooks).To(BeEmpty())
	g.Expect(calendars).To(BeEmpty())
	g.Expect(raised).To(Equal([]string{"crisis"}))
	c.Subs, c.Calendars = nil, nil
	c.Playbook.Steps = append(c.Playbook.Steps, v1alpha1.Step{Action: v1alpha1.Action{RaiseIncident: &v1alpha1.RaiseIncident{Playbook: "storm", Team: "crew"}}})
	playbooks, calendars, raised = c.Missing()
	g.Expect(playbooks).To(Equal([]string{"say-why"}))
	g.Expect(calendars).To(Equal([]string{"office-hours"}))
	g.Expect(raised).To(Equal([]string{"crisis", "storm"}))
	c.Raised = map[string]Endings{"storm": {}, "crisis": EndingsOf(c.Playbook)}
	_, _, raised = c.Missing()
	g.Expect(raised).To(BeEmpty())
}

func TestEndingsAreThoseOfTheStepsAtTheTop(t *testing.T) {
	g := NewWithT(t)
	var spec v1alpha1.PlaybookSpec
	g.Expect(yaml.UnmarshalStrict([]byte(`
for: CrisisIncident
steps:
- {name: decide, decision: {by: commander, options: [pay, refuse]}, within: {elapsed: 1h}, overdue: {outcome: late}}
- {name: agree, repeat: {until: steps.ask.outcome == "approved", max: 2, steps: [{name: ask, approval: {by: [legal]}, within: {elapsed: 1h}}]}}
- {name: nothing}
`), &spec)).To(Succeed())
	g.Expect(EndingsOf(spec)).To(Equal(Endings{"decide": {"pay", "refuse", "late"}, "agree": {"satisfied", "exhausted"}, "nothing": nil}))
}

// What does not look the same can be told apart by an expression, and the other way round.
func TestStepsThatLookTheSame(t *testing.T) {
	e, _ := conditions(t, v1alpha1.RecordComplaint)
	var asked []*Expr
	for _, source := range []string{"outcome == \"pay\"", "done", "ended", "skipped", "overdue", "round == 2", "rung == 1"} {
		asked = append(asked, mustExpr(t, e, "incident.steps.decide."+source))
	}
	drawn := rapid.Custom(func(t *rapid.T) v1alpha1.StepState {
		s := v1alpha1.StepState{Name: "decide",
			State:   rapid.SampledFrom([]v1alpha1.StepPhase{v1alpha1.StepPending, v1alpha1.StepWaiting, v1alpha1.StepDone, v1alpha1.StepSkipped, v1alpha1.StepCancelled}).Draw(t, "state"),
			Outcome: rapid.SampledFrom([]v1alpha1.Identifier{"", "pay"}).Draw(t, "outcome"),
			Round:   rapid.SampledFrom([]int32{0, 2}).Draw(t, "round"), Rung: rapid.Int32Range(0, 1).Draw(t, "rung"),
			Problem: rapid.SampledFrom([]string{"", "nobody is there"}).Draw(t, "problem")}
		if rapid.Bool().Draw(t, "overdue") {
			s.OverdueAt.Time = time.Unix(1, 0)
		}
		return s
	})
	rapid.Check(t, func(t *rapid.T) {
		// One field of the other at most, so that no difference hides behind another.
		a, other := drawn.Draw(t, "a"), drawn.Draw(t, "b")
		b := a
		rapid.SampledFrom([]func(){
			func() { b.State = other.State }, func() { b.Outcome = other.Outcome }, func() { b.Round = other.Round },
			func() { b.Rung = other.Rung }, func() { b.Problem = other.Problem }, func() { b.OverdueAt = other.OverdueAt },
		}).Draw(t, "take")()
		same := true
		for _, expr := range asked {
			one, errOne := expr.Holds(&Env{Incident: &IncidentFacts{Steps: []v1alpha1.StepState{a}}})
			two, errTwo := expr.Holds(&Env{Incident: &IncidentFacts{Steps: []v1alpha1.StepState{b}}})
			if errOne != nil || errTwo != nil {
				t.Fatal(errOne, errTwo)
			}
			same = same && one == two
		}
		if LooksTheSame(a, b) != same {
			t.Fatalf("%+v and %+v: LooksTheSame says %v", a, b, !same)
		}
	})
}

// anyPlaybook draws a sound playbook whose step i may need any step before it, with blocks, and the sub-playbooks given.
func anyPlaybook(t *rapid.T, label string, subs []string) v1alpha1.PlaybookSpec {
	spec := v1alpha1.PlaybookSpec{For: v1alpha1.RecordComplaint,
		Roles: []v1alpha1.Role{{Name: "handler", Team: "desk", Duty: "agent"}}}
	var top []v1alpha1.Identifier
	for i := range rapid.IntRange(1, 6).Draw(t, label+" steps") {
		name := fmt.Sprintf("s%d", i)
		s := v1alpha1.Step{StepHead: anyHead(t, label+name, name, top)}
		switch kind := rapid.IntRange(0, 3).Draw(t, label+name+" kind"); {
		case kind == 0 && len(subs) > 0:
			s.Playbook = &v1alpha1.PlaybookAction{Name: rapid.SampledFrom(subs).Draw(t, label+name+" sub")}
		case kind == 1:
			s.Repeat = &v1alpha1.Repeat{Until: v1alpha1.Expression("steps." + name + "a.done"), Max: 2}
			var inside []v1alpha1.Identifier
			for j := range rapid.IntRange(1, 3).Draw(t, label+name+" inside") {
				inner := name + string(rune('a'+j))
				s.Repeat.Steps = append(s.Repeat.Steps, v1alpha1.InnerStep{StepHead: anyHead(t, label+inner, inner, inside), Action: handlerTask()})
				inside = append(inside, v1alpha1.Identifier(inner))
			}
		default:
			s.Action = handlerTask()
		}
		if s.Task == nil {
			s.NoDeadline = ""
		}
		spec.Steps = append(spec.Steps, s)
		top = append(top, v1alpha1.Identifier(name))
	}
	// The order of the list must mean nothing.
	order := rapid.Permutation(spec.Steps).Draw(t, label+" order")
	spec.Steps = order
	return spec
}

func handlerTask() v1alpha1.Action { return v1alpha1.Action{Task: &v1alpha1.Task{To: "handler"}} }

func anyHead(t *rapid.T, label, name string, before []v1alpha1.Identifier) v1alpha1.StepHead {
	head := v1alpha1.StepHead{Name: name, NoDeadline: "It takes as long as it takes."}
	if len(before) == 0 {
		return head
	}
	head.Needs = rapid.SliceOfNDistinct(rapid.SampledFrom(before), 0, len(before), rapid.ID[v1alpha1.Identifier]).Draw(t, label+" needs")
	if rapid.Bool().Draw(t, label+" when") {
		head.When = v1alpha1.Expression("steps." + string(rapid.SampledFrom(before).Draw(t, label+" of")) + ".done")
	}
	return head
}

// Every sound playbook compiles, and its plan hangs together the way the engine relies on.
func TestSoundPlaybooksMakeSoundPlans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Closure{Name: "root", Subs: map[string]v1alpha1.PlaybookSpec{
			"leaf": anyPlaybook(t, "leaf ", nil),
			"mid":  anyPlaybook(t, "mid ", []string{"leaf"}),
		}}
		c.Playbook = anyPlaybook(t, "root ", []string{"leaf", "mid"})
		plan, problems := Compile(c)
		if len(problems) == 1 && strings.Contains(problems[0].Message, "more than 256") {
			t.Skip("too large")
		}
		if plan == nil {
			t.Fatal(problems)
		}
		checkPlan(t, plan)
	})
}

func checkPlan(t *rapid.T, plan *Plan) {
	g := NewWithT(t)
	seen := map[string]bool{}
	done := make([]v1alpha1.StepState, len(plan.Nodes))
	for i, n := range plan.Nodes {
		g.Expect(seen[n.Path]).To(BeFalse(), n.Path)
		seen[n.Path] = true
		g.Expect(n.Parent).To(BeNumerically("<", i))
		siblings := plan.Roots
		if n.Parent >= 0 {
			siblings = plan.Nodes[n.Parent].Children
			g.Expect(n.Path).To(Equal(plan.Nodes[n.Parent].Path + "/" + n.Head.Name))
		}
		g.Expect(siblings).To(ContainElement(i))
		g.Expect(n.Needs).To(HaveLen(len(n.Head.Needs)))
		for k, need := range n.Needs {
			g.Expect(plan.Nodes[need].Head.Name).To(Equal(string(n.Head.Needs[k])))
			g.Expect(plan.Nodes[need].Parent).To(Equal(n.Parent))
			g.Expect(plan.Nodes[need].NeededBy).To(ContainElement(i))
		}
		g.Expect(n.Scope).To(BeNumerically("<=", i))
		done[i] = v1alpha1.StepState{Name: n.Path, State: v1alpha1.StepDone}
	}
	// What an expression asks about is the step of that name beside it, in whichever copy of a sub-playbook it stands.
	for i, n := range plan.Nodes {
		if n.When == nil {
			continue
		}
		name := strings.TrimSuffix(strings.TrimPrefix(n.When.Source(), "steps."), ".done")
		for j := range plan.Nodes {
			steps := append([]v1alpha1.StepState(nil), done...)
			steps[j].State = v1alpha1.StepPending
			holds, err := n.When.Holds(&Env{Complaint: &ComplaintFacts{}, Steps: steps, Scope: n.Scope})
			g.Expect(err).NotTo(HaveOccurred())
			isIt := plan.Nodes[j].Head.Name == name && plan.Nodes[j].Parent == n.Parent
			g.Expect(holds).To(Equal(!isIt), "%s of step %d asked of step %d", n.When.Source(), i, j)
		}
	}
}

// The list order of steps means nothing but the order of the plan; the same input gives the same plan and problems.
func TestCompileIsDeterministic(t *testing.T) {
	g := NewWithT(t)
	bad := badPlaybook{
		edits: []string{"ladder: [handler, boss]", "ladder: [x, y]", "name: boss", "name: chief"},
		steps: `- {name: second, needs: [a, b], when: nothing == nowhere, task: {to: nobody}}`,
	}.closure(t)
	_, first := Compile(bad)
	g.Expect(first).NotTo(BeEmpty())
	for range 20 {
		_, again := Compile(bad)
		g.Expect(again).To(Equal(first))
	}
}

// FuzzCompile feeds any YAML: it compiles or is explained, and what compiles can be asked; nothing panics.
func FuzzCompile(f *testing.F) {
	for _, name := range []string{"serious-complaint", "crisis"} {
		data, _, err := readClosure(f, name).Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(soundBase))
	f.Add([]byte("playbook: {for: Complaint, steps: [{name: a, repeat: {}}, {name: a, within: {of: a}, every: {}, task: {}}]}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var c Closure
		if yaml.Unmarshal(data, &c) != nil {
			return
		}
		plan, problems := Compile(c)
		if (plan == nil) == (len(problems) == 0) {
			t.Fatal("neither a plan nor a problem, or both")
		}
		for _, p := range problems {
			if p.Field == "" || p.Message == "" {
				t.Fatalf("a problem without field or message: %#v", p)
			}
		}
		if plan == nil {
			return
		}
		env := Env{Complaint: &ComplaintFacts{}, Steps: make([]v1alpha1.StepState, len(plan.Nodes))}
		for _, n := range plan.Nodes {
			env.Scope = n.Scope
			for _, expr := range []*Expr{n.When, n.Until, n.WaitUntil} {
				_, _ = expr.Holds(&env)
			}
		}
	})
}
