package soundness

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/triage"
)

// GradingDoubt is what is doubtful about a rule of a triage policy.
type GradingDoubt struct {
	// Rule is its place in the policy, from 0 on.
	Rule int
	// Unanswered is that some facts leave its condition without an answer; else it never decides.
	Unanswered bool
	// Message says what is doubtful, Advice what to do.
	Message, Advice string
}

// Field is the path in the policy's YAML to change.
func (d GradingDoubt) Field() string { return fmt.Sprintf("spec.rules[%d].when", d.Rule) }

// String is the doubt in one sentence.
func (d GradingDoubt) String() string { return d.Field() + ": " + d.Message + "; " + d.Advice }

// Grading says which rules of a triage policy never decide, and whose conditions some facts leave without an answer. That a rule
// never decides is said only where all facts that conditions could tell apart were tried.
func Grading(p *triage.Policy) []GradingDoubt {
	var out []GradingDoubt
	rules := p.Rules()
	matched := make([][]graded, len(rules)) // some facts of which each holds
	for i := range rules {
		expr := rules[i].When.Condition()
		tried, whole := gradingFacts(p, &rules[i])
		var unanswered error
		for _, f := range tried {
			holds, err := f.holds(&rules[i])
			if holds {
				matched[i] = append(matched[i], f)
			}
			if unanswered == nil {
				unanswered = err
			}
		}
		if unanswered != nil {
			why, advice := reasonNoAnswer(unanswered, reckonedWith(expr))
			out = append(out, GradingDoubt{Rule: i, Unanswered: true, Advice: advice,
				Message: "the condition " + quoted(expr.Source()) + " has no answer where " + why + ", and the rule does not match then"})
		}
		if whole && len(matched[i]) == 0 {
			out = append(out, GradingDoubt{Rule: i, Message: fmt.Sprintf("the rule %s never matches: %s holds of no complaint", rules[i].Name, quoted(expr.Source())),
				Advice: "correct its condition, or take the rule out"})
		}
	}
	for i := range rules {
		if first := slices.IndexFunc(rules, func(r triage.Rule) bool { return outdoes(p, &r, &rules[i], matched[i]) }); first >= 0 {
			out = append(out, GradingDoubt{Rule: i, Message: fmt.Sprintf("the rule %s never decides: whenever it matches %s does, too, %s",
				rules[i].Name, rules[first].Name, ahead(&rules[first], &rules[i])), Advice: "take it out, or let one of the two ask for something else"})
		}
	}
	return out
}

// ahead says why a rule is weighed before another.
func ahead(r, other *triage.Rule) string {
	if r.Rank < other.Rank {
		return "which gives a higher level"
	}
	return "which comes first"
}

// outdoes is whether a rule decides wherever another one matches, as some facts do of which that one holds.
func outdoes(p *triage.Policy, r, other *triage.Rule, matched []graded) bool {
	before := r.Rank < other.Rank || r.Rank == other.Rank && r.Place < other.Place
	if !before || r.OpenFor > other.OpenFor || len(matched) == 0 {
		return false
	}
	alone := func(f graded) bool { holds, _ := f.holds(other); return holds }
	both := func(f graded) bool { holds, _ := f.holds(r); return holds }
	if slices.ContainsFunc(matched, func(f graded) bool { return !both(f) }) {
		return false
	}
	tried, whole := gradingFacts(p, r, other)
	return whole && !slices.ContainsFunc(tried, func(f graded) bool { return alone(f) && !both(f) })
}

// graded are facts that rules are asked about.
type graded struct {
	values
	counts []int64
}

func (f *graded) holds(r *triage.Rule) (bool, error) {
	return r.When.Holds(&f.complaint, &f.incident, f.counts)
}

// gradingFacts are the facts that rules could tell apart, and whether those are all.
func gradingFacts(p *triage.Policy, rules ...*triage.Rule) (list []graded, whole bool) {
	l := &lean{written: &playbook.Plan{For: v1alpha1.RecordComplaint}}
	var paths []string
	whole = true
	for _, r := range rules {
		whole = whole && !r.When.Whole
		expr := r.When.Condition()
		l.exprs = append(l.exprs, condition{expr: expr})
		for _, path := range expr.Looks().Paths {
			if !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		}
	}
	first := graded{}
	for c := range p.Counts() {
		first.counts = append(first.counts, leastCount(c))
	}
	first.complaint.Affected = 1
	list = []graded{first}
	for _, path := range paths {
		choices, why := l.gradingChoices(p, path)
		if whole = whole && why == ""; len(list)*len(choices) > mostValues {
			return list, false
		}
		var next []graded
		for _, f := range list {
			for _, choose := range choices {
				chosen := f
				chosen.counts = slices.Clone(f.counts)
				choose(&chosen)
				next = append(next, chosen)
			}
		}
		list = next
	}
	return list, whole
}

// leastCount is the least that can be counted for a complaint: it counts itself, unless only those with a signal count.
func leastCount(c v1alpha1.Count) int64 {
	if c.Signal == "" {
		return 1
	}
	return 0
}

// gradingChoices are the values of one fact that rules could tell apart, and why those are not all of them.
func (l *lean) gradingChoices(p *triage.Policy, path string) (out []func(*graded), why string) {
	if path == "incident.exists" {
		return []func(*graded){func(*graded) {}, func(f *graded) { f.incident.Exists = true }}, ""
	}
	if name, is := strings.CutPrefix(path, "counts."); is {
		counts := slices.Collect(p.Counts())
		at := slices.IndexFunc(counts, func(c v1alpha1.Count) bool { return c.Name == name })
		w := l.wanted(path)
		w.domain = &playbook.Domain{Least: leastCount(counts[at]), Most: math.MaxInt32}
		for _, n := range w.countable() {
			out = append(out, func(f *graded) { f.counts[at] = n })
		}
		if w.loose {
			why = tooMany
		}
		return out, why
	}
	choices, why := l.choices(path)
	for _, choose := range choices {
		out = append(out, func(f *graded) { choose(&f.values) })
	}
	return out, why
}
