package soundness

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// asked is a playbook whose one step has this condition.
func whenOnly(t tb, when string) Verdict {
	t.Helper()
	return Check(compiled(t, "steps:\n- {name: work, when: '"+when+"', noDeadline: None., task: {to: handler}}\n"), Options{})
}

// What is said never to hold holds never: a condition that some fact satisfies is not called so, whatever it does with the fact.
func TestConditionsThatSomeFactSatisfies(t *testing.T) {
	for _, when := range []string{
		`complaint.place.substring(5) == "x"`, `complaint.place.charAt(3) == "b"`, `complaint.order.lowerAscii() == "abc"`,
		`complaint.order.upperAscii() == "ABC"`, `complaint.place.trim() == "here"`, `complaint.order.matches("^TS[0-9]{4}$")`,
		`complaint.place.indexOf("x") == 3`, `complaint.place.lastIndexOf("x") > 2`, `size(complaint.place) == 7`, `complaint.place.size() > 200`,
		`complaint.place > "m"`, `complaint.place.startsWith("a") && complaint.place.endsWith("b")`,
		`complaint.place.startsWith("a") && complaint.place.contains("x") && complaint.place.contains("y") && complaint.place != "axy"`,
		`size(complaint.signals) == 3`, `size(complaint.signals) >= 2 && "x" in complaint.signals`, `complaint.signals.exists(s, s != "x")`,
		`complaint.signals != []`, `complaint.signals.exists(s, s.startsWith("water-"))`, `complaint.signals[0] == "x"`, `complaint.signals[2] != "x"`,
		`complaint.signals.filter(s, s.startsWith("w")).size() == 0`, `size(complaint.remedy.kinds) == 4`,
		`complaint.remedy.amountCents / 100 > 500`, `complaint.affected * 3 == 12`, `complaint.affected % 2 == 0`,
		`complaint.channel != "Phone"`, `complaint.channel.startsWith("Online")`, `complaint.class.lowerAscii() == "vip"`,
		`complaint.remedy.currency != "" && complaint.remedy.currency != "EUR"`, `complaint.category == complaint.product`,
		`run.level == complaint.level`, `complaint.level.lowerAscii() == "l1"`,
	} {
		v := whenOnly(t, when)
		if len(v.Findings) > 0 {
			t.Errorf("%s: %s", when, v.Findings[0])
		}
		waits := Check(compiled(t, "steps:\n- {name: work, noDeadline: None., wait: {until: '"+when+"'}}\n"), Options{})
		if len(waits.Findings) > 0 {
			t.Errorf("%s: %s", when, waits.Findings[0])
		}
	}
}

// Where every answer of a condition was seen nothing is left open, and where not it is said.
func TestWhichValuesWereTried(t *testing.T) {
	g := NewWithT(t)
	for _, when := range []string{`complaint.place.substring(5) == "x"`, `complaint.order.matches("^TS[0-9]{4}$")`, `size(complaint.place) > 200`,
		`complaint.affected % 2 == 0 || complaint.place.charAt(0) == "x"`, `size(complaint.signals) in [3, 4]`} {
		g.Expect(whenOnly(t, when).Bounds).To(BeEmpty(), when)
	}
	for when, of := range map[string]string{
		`complaint.place.charAt(0) == "ab"`:                                       "complaint.place",
		`complaint.category == complaint.product`:                                 "complaint.category",
		`complaint.order.startsWith("A") && complaint.order.matches("^A[0-9]+$")`: "complaint.order",
		`complaint.affected * 1000 > 999 && complaint.affected * 1000 < 1000`:     "complaint.affected",
		`complaint.signals.filter(s, s == "x").size() > 1`:                        "complaint.signals",
	} {
		v := whenOnly(t, when)
		g.Expect(v.Findings).To(BeEmpty(), when)
		g.Expect(strings.Join(v.Bounds, "; ")).To(ContainSubstring("not every value of "+of+" was tried"), when)
	}
}

// What no fact satisfies is told, whatever the words are.
func TestConditionsThatNoFactSatisfies(t *testing.T) {
	for _, when := range []string{
		`complaint.place.startsWith("a") && complaint.place.startsWith("b")`, `complaint.place.endsWith("ab") && !complaint.place.contains("b")`,
		`complaint.affected > 3 && complaint.affected < 4`, `"x" in complaint.signals && complaint.signals == []`,
		`complaint.signals.all(s, s == "x") && size(complaint.signals) > 1`, `complaint.channel.startsWith("Pig")`,
		`complaint.class.lowerAscii() == "pig"`, `run.level == "L1" && complaint.level == "L2"`,
		`incident.level == "L1" && !incident.exists`, `incident.complaints > 1 && incident.level == ""  && !incident.exists`,
	} {
		v := whenOnly(t, when)
		if summary(v) != "NeverHappens work" || len(v.Bounds) > 0 {
			t.Errorf("%s: %q %v", when, summary(v), v.Bounds)
		}
	}
}

// A condition that some facts leave without an answer is a doubt, told with the facts; one that asks before is none.
func TestConditionsWithoutAnAnswer(t *testing.T) {
	g := NewWithT(t)
	for when, want := range map[string]string{
		`complaint.signals[0] == "x"`:                "has no answer where there is nothing at that place; ask before how long the list is, e.g. size(complaint.signals) > 0 && …",
		`complaint.signals[2] == "x"`:                "there is nothing at that place",
		`1000 / complaint.remedy.amountCents > 3`:    "it would divide by 0; ask before whether what it divides by is 0",
		`1000 % (complaint.affected - 3) == 1`:       "it would divide by 0",
		`complaint.place.substring(5) == "x"`:        "the text is too short; ask before how long the text is",
		`complaint.place.charAt(4) == "x"`:           "the text is too short",
		`complaint.remedy.amountCents * 1000 > 5000`: "the number would be too large",
	} {
		v := whenOnly(t, when)
		g.Expect(v.Findings).To(BeEmpty(), when)
		g.Expect(v.Doubts).To(HaveLen(1), when)
		g.Expect(v.Doubts[0].String()).To(And(HavePrefix("spec.steps[0].when: the condition "), ContainSubstring(want)), when)
		g.Expect(v.Doubts[0].Story).NotTo(BeEmpty())
	}
	for _, when := range []string{
		`size(complaint.signals) > 0 && complaint.signals[0] == "x"`, `complaint.reopened > 0 && 1000 / complaint.reopened > 3`,
		`complaint.signals == [] || complaint.signals[0] == "x"`, `complaint.place.size() > 5 && complaint.place.substring(5) == "x"`,
	} {
		g.Expect(whenOnly(t, when).Doubts).To(BeEmpty(), when)
	}
}
