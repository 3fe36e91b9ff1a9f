package playbook

import (
	"os"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// readClosure reads a closure from testdata.
func readClosure(t testing.TB, name string) Closure {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var c Closure
	if err := yaml.UnmarshalStrict(data, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// mustCompile compiles what is known to be good.
func mustCompile(t testing.TB, c Closure) *Plan {
	t.Helper()
	plan, problems := Compile(c)
	for _, p := range problems {
		t.Error(p)
	}
	if plan == nil {
		t.Fatal("no plan")
	}
	return plan
}

func index(t testing.TB, plan *Plan, path string) int {
	t.Helper()
	for i, n := range plan.Nodes {
		if n.Path == path {
			return i
		}
	}
	t.Fatalf("no step %s", path)
	return -1
}

func TestCompileInlinesBlocksAndSubPlaybooks(t *testing.T) {
	g := NewWithT(t)
	plan := mustCompile(t, readClosure(t, "serious-complaint"))

	var paths []string
	for _, n := range plan.Nodes {
		paths = append(paths, n.Path)
	}
	g.Expect(paths).To(Equal([]string{
		"acknowledge", "checkFacts", "raise",
		"recover", "recover/planRemedy", "recover/approveRemedy", "recover/carryOut", "recover/progress", "recover/followUp",
		"explain", "explain/write", "explain/send", "either",
	}))
	g.Expect(plan.Roots).To(Equal([]int{0, 1, 2, 3, 9, 12}))
	g.Expect(plan.Nodes[3].Children).To(Equal([]int{4, 5, 6, 7, 8}))
	g.Expect(plan.Nodes[9].Children).To(Equal([]int{10, 11}))
	g.Expect(plan.Nodes[11].Parent).To(Equal(9))
	g.Expect(plan.Nodes[11].Scope).To(Equal(10))
	g.Expect(plan.Nodes[8].Scope).To(Equal(0))
	g.Expect(plan.Nodes[12].Needs).To(Equal([]int{3, 9}))
	g.Expect(plan.Nodes[1].NeededBy).To(Equal([]int{2, 3, 9}))
	g.Expect(plan.Nodes[11].Needs).To(Equal([]int{10}))
	g.Expect(plan.Nodes[1].OfStep).To(Equal(-1))
	g.Expect(plan.Nodes[1].Ladder).To(Equal([]string{"handler", "supervisor", "approver", "executive"}))
	g.Expect(plan.Nodes[11].Ladder).To(BeEmpty())
	g.Expect(plan.Nodes[11].Calendar).NotTo(BeNil())
	g.Expect(plan.Roles).To(HaveLen(4))
	g.Expect(plan.Regions).To(HaveLen(1))
	g.Expect(plan.Regions[0].Nodes).To(Equal([]int{3, 4, 5, 6, 7, 8}))
}

func TestCompileIncident(t *testing.T) {
	g := NewWithT(t)
	plan := mustCompile(t, readClosure(t, "crisis"))
	g.Expect(plan.Nodes[index(t, plan, "statement")].OfStep).To(Equal(index(t, plan, "assemble")))
	g.Expect(plan.Nodes[index(t, plan, "calm")].WaitUntil.Source()).To(Equal("incident.complaints < 10"))
	_, own := plan.Template("statement")
	g.Expect(own).To(BeTrue())
	builtIn, ok := plan.Template("assemble")
	g.Expect(ok).To(BeTrue())
	g.Expect(builtIn.Texts).To(HaveLen(2))
	_, ok = plan.Template("nowhere")
	g.Expect(ok).To(BeFalse())
}

// The second instance of a sub-playbook must read its own steps, not those of the first.
func TestExpressionsReadTheirOwnNameSpace(t *testing.T) {
	g := NewWithT(t)
	plan := mustCompile(t, readClosure(t, "serious-complaint"))
	steps := make([]v1alpha1.StepState, len(plan.Nodes))
	send := plan.Nodes[index(t, plan, "explain/send")]
	holds, err := send.When.Holds(&Env{Complaint: &ComplaintFacts{}, Steps: steps, Scope: send.Scope})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(holds).To(BeFalse())
	steps[index(t, plan, "explain/write")].State = v1alpha1.StepDone
	holds, err = send.When.Holds(&Env{Complaint: &ComplaintFacts{}, Steps: steps, Scope: send.Scope})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(holds).To(BeTrue())
}

func BenchmarkCompile(b *testing.B) {
	c := readClosure(b, "serious-complaint")
	b.ReportAllocs()
	for b.Loop() {
		if _, problems := Compile(c); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}

// TestWhoClimbsFromTheTopIsNamed: it compiles, because those asked and the leads are told, but somebody should know.
func TestWhoClimbsFromTheTopIsNamed(t *testing.T) {
	g := NewWithT(t)
	sound := func(steps string) Closure {
		var c Closure
		text := strings.NewReplacer("#STEPS", steps, "#MORE", "").Replace(soundBase)
		g.Expect(yaml.UnmarshalStrict([]byte(text), &c)).To(Succeed(), text)
		return c
	}
	plan := mustCompile(t, sound(`
  - {name: low, task: {to: handler}, within: {elapsed: 4h}, overdue: {climb: Ladder, every: 1h}}
  - {name: told, notify: {to: [boss], template: reminder}, within: {elapsed: 4h}, overdue: {climb: Ladder, every: 1h}}
  - {name: quiet, task: {to: boss}, within: {elapsed: 4h}}
`))
	g.Expect(plan.Climbless).To(BeEmpty())
	for _, asks := range []string{"task: {to: boss}", "decision: {by: boss, options: [a, b]}", "approval: {by: [handler, boss]}",
		"survey: {asks: boss, scale: [good, bad]}", "assignRole: {role: boss}"} {
		plan := mustCompile(t, sound("\n  - {name: top, "+asks+", within: {elapsed: 4h}, overdue: {climb: Ladder, every: 1h}}\n"))
		g.Expect(plan.Climbless).To(HaveLen(1), asks)
		g.Expect(plan.Climbless[0].String()).To(And(HavePrefix("spec.steps[1].overdue.climb: the step top asks boss, which is at the top of the ladder"),
			HaveSuffix("put a role above boss on spec.ladder, or leave overdue out")))
	}
}
