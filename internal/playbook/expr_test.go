package playbook

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// conditions makes an environment with the steps a, b and a block c with the step d, and facts that fit it.
func conditions(t testing.TB, kind v1alpha1.RecordKind) (*environment, *Env) {
	t.Helper()
	heads := []string{"a", "b", "c", "d"}
	var steps []*step
	for i, name := range heads {
		steps = append(steps, &step{head: &v1alpha1.StepHead{Name: name}, offset: i})
	}
	e, err := newEnvironment(kind, steps, Endings{"decide": {"pay", "refuse"}, "unknown": nil}, Endings{"decide": {"stay"}, "unknown": {"x"}})
	if err != nil {
		t.Fatal(err)
	}
	env := &Env{
		Steps: []v1alpha1.StepState{
			{Name: "a", State: v1alpha1.StepDone, Outcome: "founded"},
			{Name: "b", State: v1alpha1.StepSkipped},
			{Name: "c", State: v1alpha1.StepWaiting, Round: 2},
			{Name: "c/d", State: v1alpha1.StepCancelled, Round: 2, Rung: 1},
		},
		Incident: &IncidentFacts{Exists: true, Level: "major", Signals: []string{"injury"}, Complaints: 12,
			Steps: []v1alpha1.StepState{{Name: "decide", State: v1alpha1.StepDone, Outcome: "pay"}}},
		Round: 2, Level: "serious",
	}
	env.Steps[3].OverdueAt.Time = env.Steps[3].OverdueAt.AddDate(2000, 0, 0)
	if kind == v1alpha1.RecordComplaint {
		env.Complaint = &ComplaintFacts{
			Channel: "Phone", Category: "service", Product: "boiler", Class: "VIP", Level: "serious",
			Expectation: []string{"refund", "apology"}, Signals: []string{"agitated"}, Affected: 3, Reopened: 1,
			Remedy: RemedyFacts{Kinds: []string{"Refund"}, AmountCents: 120_000, Currency: "CNY"},
		}
	}
	return e, env
}

func mustExpr(t testing.TB, e *environment, source string) *Expr {
	t.Helper()
	expr, message, advice := e.compile(v1alpha1.Expression(source))
	if message != "" {
		t.Fatalf("%s: %s; %s", source, message, advice)
	}
	return expr
}

// Whoever waits for a step of an incident that does not have it waits until the incident is closed, as for one that is never done.
func TestStepsThatTheIncidentDoesNotHave(t *testing.T) {
	e, env := conditions(t, v1alpha1.RecordComplaint)
	for source, want := range map[string][2]bool{ // open, closed
		`incident.steps.unknown.ended`:                                    {false, true},
		`incident.steps.unknown.done`:                                     {false, false},
		`incident.steps.unknown.skipped`:                                  {false, false},
		`incident.steps.unknown.outcome != ""`:                            {false, false},
		`incident.steps.unknown.round + incident.steps.unknown.rung == 0`: {true, true},
	} {
		expr := mustExpr(t, e, source)
		for k, closed := range []bool{false, true} {
			env.Incident.Closed = closed
			if got, err := expr.Holds(env); err != nil || got != want[k] {
				t.Errorf("%s, closed %v: %v, %v", source, closed, got, err)
			}
		}
	}
}

func TestExpressionsHold(t *testing.T) {
	e, env := conditions(t, v1alpha1.RecordComplaint)
	for source, want := range map[string]bool{
		`steps.a.outcome == "founded"`:                      true,
		`steps.a.done && steps.a.ended && !steps.a.skipped`: true,
		`steps.b.done`:                                                          false,
		`steps.b.ended && steps.b.skipped`:                                      true,
		`steps.c.round == 2 && !steps.c.ended`:                                  true,
		`steps.d.ended && !steps.d.done && !steps.d.skipped`:                    true,
		`steps.d.overdue && steps.d.rung == 1 && !steps.a.overdue`:              true,
		`has(steps.b.outcome)`:                                                  false,
		`has(steps.a.outcome)`:                                                  true,
		`[steps.a, steps.b].exists(s, s.skipped)`:                               true,
		`[steps.a, steps.b].all(s, s.done)`:                                     false,
		`complaint.channel in ["Phone", "Counter"]`:                             true,
		`complaint.remedy.amountCents > 100000`:                                 true,
		`complaint.remedy.currency == "CNY"`:                                    true,
		`"Refund" in complaint.remedy.kinds`:                                    true,
		`has(complaint.place)`:                                                  false,
		`has(complaint.expectation) && size(complaint.expectation) == 2`:        true,
		`sets.intersects(complaint.signals, ["agitated", "media-exposure"])`:    true,
		`complaint.signals.exists(s, s.startsWith("agit"))`:                     true,
		`complaint.affected + complaint.reopened == 4`:                          true,
		`complaint.product.upperAscii() == "BOILER"`:                            true,
		`complaint.product.matches("^b[a-z]+$")`:                                true,
		`incident.exists && !incident.closed && incident.level == "major"`:      true,
		`incident.drill`:                                                        false,
		`incident.complaints >= 12`:                                             true,
		`incident.steps.decide.outcome == "pay"`:                                true,
		`incident.steps.decide.outcome in ["refuse", "stay"]`:                   false,
		`incident.steps.unknown.outcome == "whatever"`:                          false,
		`incident.steps.unknown.ended || has(incident.steps.unknown.outcome)`:   false,
		`[steps.a, incident.steps.decide].all(s, s.done)`:                       true,
		`run.round == 2 && run.level == complaint.level`:                        true,
		`complaint.class == "VIP" ? steps.a.done : false`:                       true,
		`steps.a == steps.a && steps.a != steps.b`:                              true,
		`complaint.order == "" && complaint.category == "service"`:              true,
		`complaint.expectation.filter(x, x != "refund").map(x, size(x))[0] > 3`: true,
	} {
		got, err := mustExpr(t, e, source).Holds(env)
		NewWithT(t).Expect(err).NotTo(HaveOccurred(), source)
		NewWithT(t).Expect(got).To(Equal(want), source)
	}
}

func TestNoExpressionHolds(t *testing.T) {
	g := NewWithT(t)
	var none *Expr
	g.Expect(none.Holds(&Env{})).To(BeTrue())
	g.Expect(none.Source()).To(BeEmpty())
}

func TestExpressionsSayWhatIsWrong(t *testing.T) {
	complaint, _ := conditions(t, v1alpha1.RecordComplaint)
	incident, _ := conditions(t, v1alpha1.RecordCrisisIncident)
	for _, tt := range []struct {
		e             *environment
		source        string
		message, hint string
	}{
		{complaint, `steps.x.done`, "there is no step x", "the steps are: a, b, c, d"},
		{complaint, `has(steps.x.done)`, "there is no step x", "a, b, c, d"},
		{complaint, `steps.a.finished`, "there is no field finished in step state", "outcome, done, ended, skipped, overdue, round, rung"},
		{complaint, `complaint.grade == "x"`, "there is no field grade in complaint facts", "channel, category"},
		{complaint, `complaint.remedy.amount > 1`, "there is no field amount in remedy facts", "kinds, amountCents, currency"},
		{complaint, `incident.steps.decied.done`, "the incident has no step decied at the top", "did you mean decide? its steps are: decide, unknown"},
		{complaint, `incident.steps.decide.outcome == "pya"`, `the step decide of the incident never has the outcome "pya"`, "did you mean pay? its outcomes are: pay, refuse, stay"},
		{complaint, `"x" in [incident.steps.decide.outcome] || incident.steps.decide.state == ""`, "there is no field state in step state", "outcome"},
		{complaint, `incident.steps`, "the expression gives steps of the incident", ""},
		{incident, `incident.steps.decide.done`, "there is no field steps in incident facts", "exists"},
		{complaint, `case.level == "x"`, "there is no variable case", "complaint, incident, run, steps"},
		{incident, `complaint.level == "x"`, "there is no complaint in a playbook for incidents", "incident"},
		{complaint, `complaint.level`, "the expression gives string", "compare"},
		{complaint, `steps`, "the expression gives steps of the playbook", ""},
		{complaint, `steps.a.round == "1"`, "does not type-check", ""},
		{complaint, `steps["a"].done`, "does not type-check", ""},
		{complaint, `dyn(steps.a).done`, "there is no function dyn", "size"},
		{complaint, `timestamp("2024-01-01T00:00:00Z") < timestamp("2025-01-01T00:00:00Z")`, "there is no function timestamp", ""},
		{complaint, `complaint.product.replace("b", "bb") == ""`, "there is no function replace", ""},
		{complaint, `complaint.product.matches("(")`, "no regular expression: missing closing ): \"(\"", "re2syntax"},
		{complaint, `complaint.product.matches("a{1001}")`, "the pattern of matches is too large: \"{1001}\"", "at most 1000 times"},
		{complaint, `complaint.product.matches("((a{100}){100}){100}")`, "the pattern of matches is too large", "startsWith"},
		{complaint, `steps.a.round = 2`, "column 15: a single = compares nothing", "write == to compare"},
		{complaint, `complaint.product == "a=b" && complaint.place="x"`, "column 46: a single =", "write =="},
		{complaint, `complaint.product == "产=品" && 'it\'s = ' != "" && complaint.affected=10`, "column 69: a single =", "write =="},
		{complaint, `complaint.product == "a=b" && !`, "cannot be read: column 32", "examples"},
		{complaint, `complaint.affected => 2`, "the expression cannot be read: column 20: there is no =>", "write >= to compare"},
		{complaint, `complaint.affected =< 2`, "there is no =<", "write <= to compare"},
		{complaint, `counts.same > 2`, "there are no counts in a playbook", "TriagePolicy"},
		{complaint, `complaint.produkt == "x"`, "no field produkt", "did you mean product?"},
		{complaint, `[1, "a"] == []`, "does not type-check", ""},
		{complaint, `steps.a.done &&`, "cannot be read: column 16", ""},
		{complaint, `complaint.signals.all(s)`, "all is not used like that", "write complaint.signals.all"},
		{complaint, `size(complaint)`, "does not type-check", ""},
		{complaint, `[][0]`, "not true or false", ""},
		{complaint, strings.Repeat("(", 200) + "true" + strings.Repeat(")", 200), "cannot be read", ""},
		{complaint, `complaint.signals.all(a, complaint.signals.all(b, complaint.signals.all(c, complaint.signals.all(d, a + b + c + d != "x"))))`,
			"may cost more than", "nest fewer"},
	} {
		g := NewWithT(t)
		expr, message, advice := tt.e.compile(v1alpha1.Expression(tt.source))
		g.Expect(expr).To(BeNil(), tt.source)
		g.Expect(message).To(ContainSubstring(tt.message), tt.source)
		g.Expect(advice).To(ContainSubstring(tt.hint), tt.source)
		g.Expect(message).NotTo(ContainSubstring("container"), tt.source)
		g.Expect(message).NotTo(ContainSubstring("\n"), tt.source)
	}
}

// Facts that do not fit the plan are an error, never a panic and never a silent false.
func TestExpressionsReturnErrors(t *testing.T) {
	e, env := conditions(t, v1alpha1.RecordComplaint)
	for source, spoil := range map[string]func(*Env){
		`steps.d.done`:           func(e *Env) { e.Steps = e.Steps[:2] },
		`steps.a.done`:           func(e *Env) { e.Scope = -1 },
		`steps.b.done`:           func(e *Env) { e.Scope = 400 },
		`complaint.level == "x"`: func(e *Env) { e.Complaint = nil },
		`complaint.affected / complaint.reopened == 1`: func(e *Env) { e.Complaint = &ComplaintFacts{} },
		`complaint.signals[3] == "x"`:                  func(*Env) {},
	} {
		spoiled := *env
		spoil(&spoiled)
		_, err := mustExpr(t, e, source).Holds(&spoiled)
		NewWithT(t).Expect(err).To(MatchError(ContainSubstring(source[:5])), source)
		NewWithT(t).Expect(err).NotTo(MatchError(ContainSubstring("internal error")), source)
	}
}

func TestNoIncidentIsAnEmptyOne(t *testing.T) {
	e, env := conditions(t, v1alpha1.RecordComplaint)
	env.Incident = nil
	NewWithT(t).Expect(mustExpr(t, e, `!incident.exists && incident.level == "" && size(incident.signals) == 0 && !incident.steps.decide.ended`).Holds(env)).To(BeTrue())
}

// What is dear by its estimate is also stopped while it runs, should the facts be larger than the API admits.
func TestCostIsLimitedWhileRunning(t *testing.T) {
	g := NewWithT(t)
	e, env := conditions(t, v1alpha1.RecordComplaint)
	expr := mustExpr(t, e, `complaint.signals.all(a, complaint.signals.all(b, a + b != "x"))`)
	g.Expect(expr.Cost()).To(BeNumerically(">", trackedCost))
	g.Expect(expr.Holds(env)).To(BeTrue())
	for range 1000 {
		env.Complaint.Signals = append(env.Complaint.Signals, "one-more")
	}
	_, err := expr.Holds(env)
	g.Expect(err).To(MatchError(ContainSubstring("cost")))
}

// A step may have any name the schema allows, also one that CEL reserves; the four it cannot read are refused.
func TestStepsCanHaveReservedNames(t *testing.T) {
	for _, name := range []string{"as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop",
		"package", "namespace", "return", "var", "void", "while", "all", "has", "map", "size", "sets", "steps", "in", "true", "false", "null"} {
		e, err := newEnvironment(v1alpha1.RecordComplaint, []*step{{head: &v1alpha1.StepHead{Name: name}}})
		if err != nil {
			t.Fatal(err)
		}
		_, message, _ := e.compile(v1alpha1.Expression("steps." + name + ".done"))
		if refused := message != ""; refused != unspellable[name] {
			t.Errorf("%s: %s", name, message)
		}
	}
}

func FuzzExpression(f *testing.F) {
	f.Add(`steps.a.done && complaint.signals.exists(s, s in ["x"]) || run.round > 2`)
	f.Add(`has(complaint.place) ? [steps.a, steps.b].all(s, s.ended) : sets.contains(complaint.signals, [])`)
	f.Fuzz(func(t *testing.T, source string) {
		e, env := conditions(t, v1alpha1.RecordComplaint)
		expr, message, _ := e.compile(v1alpha1.Expression(source))
		if (expr == nil) == (message == "") {
			t.Fatal("neither an expression nor a message, or both")
		}
		if expr != nil {
			_, _ = expr.Holds(env)
		}
	})
}

func BenchmarkHolds(b *testing.B) {
	e, env := conditions(b, v1alpha1.RecordComplaint)
	for _, source := range []string{
		`steps.a.outcome == "founded"`,
		`steps.a.done && !incident.exists || run.round > 2`,
		`complaint.signals.exists(s, s in ["safety-hazard", "agitated"])`,
	} {
		expr := mustExpr(b, e, source)
		b.Run(source, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := expr.Holds(env); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
