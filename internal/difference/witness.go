package difference

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/triage"
)

// Bounds of the search for complaints that are graded otherwise. A rule that was changed asks for two or three facts.
const (
	mostFacts  = 4 // that a complaint has besides those that are so where nothing is known
	mostTried  = 20_000
	mostTold   = 12
	anyMorning = 1_772_442_000 // a Monday in March 2026; which one makes no difference
)

// grader grades complaints by both policies.
type grader struct {
	before, after *triage.Policy
	facts         []*fact
	tried         int
	found         []witness
}

// witness is a kind of complaint that is graded otherwise: the facts it has, by place, with the index of their value.
type witness struct {
	has     map[int]int
	values  map[int][]int // has, with all values that come to the same
	was, is triage.Result
}

// grading finds the complaints that are graded otherwise, and says which they are.
func (s subject) grading(before, after *triage.Policy, a, b *v1alpha1.TriagePolicySpec) {
	facts := &factsOf{}
	changed := changedRules(a, b)
	if len(changed.a)+len(changed.b) == 0 && a.DefaultLevel == b.DefaultLevel && slices.Equal(levelNames(a.Levels), levelNames(b.Levels)) {
		return
	}
	for _, i := range changed.a {
		facts.rule(&a.Rules[i], a.Counts)
	}
	for _, j := range changed.b {
		facts.rule(&b.Rules[j], b.Counts)
	}
	g := &grader{before: before, after: after, facts: facts.facts}
	// A rule both have that matches where nothing is known hides what the others do, unless what it asks for is tried as well.
	for _, r := range b.Rules {
		if r.When != "" && r.OpenFor == "" && g.matchesNothing(b, r) {
			facts.rule(&r, b.Counts)
		}
	}
	g.facts = facts.facts
	g.search()
	told := g.merged()
	for i, w := range told {
		if i == mostTold {
			s.note("triage policy %s: %d more kinds of complaints are graded otherwise and not listed", s.name, len(told)-i)
			break
		}
		if len(w.has) == 0 && a.DefaultLevel != b.DefaultLevel {
			continue // said of the default level
		}
		s.pair(ruleField(a, w.was.Rule), ruleField(b, w.is.Rule)).say(Grading, "%s are %s, before %s", g.describe(w), w.is.Level, w.was.Level)
	}
	if g.tried >= mostTried {
		s.note("triage policy %s: its rules ask for so many facts that only the first %d combinations were tried; more complaints may be graded otherwise", s.name, mostTried)
	}
	s.rewritten(a, b, changed, func(r *v1alpha1.GradingRule, f *factsOf) bool {
		seen := slices.ContainsFunc(told, func(w witness) bool { return w.was.Rule == r.Name || w.is.Rule == r.Name })
		return f.unread || !seen && (len(f.facts) > mostFacts || g.tried >= mostTried)
	})
}

// ruleField is where the rule stands that decided; where none did, all of them.
func ruleField(spec *v1alpha1.TriagePolicySpec, rule string) string {
	if i := slices.IndexFunc(spec.Rules, func(r v1alpha1.GradingRule) bool { return r.Name == rule }); i >= 0 {
		return fmt.Sprintf("spec.rules[%d]", i)
	}
	return "spec.rules"
}

// rewritten tells of rules that changed, where the search may have missed a complaint that is graded otherwise by them.
func (s subject) rewritten(a, b *v1alpha1.TriagePolicySpec, changed changes, missed func(*v1alpha1.GradingRule, *factsOf) bool) {
	named := func(rules []v1alpha1.GradingRule, name string) int {
		return slices.IndexFunc(rules, func(r v1alpha1.GradingRule) bool { return r.Name == name })
	}
	field := func(i int) string { return fmt.Sprintf("spec.rules[%d]", i) }
	for _, j := range changed.b {
		r := &b.Rules[j]
		i := named(a.Rules, r.Name)
		f := &factsOf{}
		f.rule(r, b.Counts)
		if i >= 0 {
			f.rule(&a.Rules[i], a.Counts)
		}
		if !missed(r, f) {
			continue
		}
		if i < 0 {
			s.at(field(j)).come(Grading, "there is a new rule %s for %s: %s", r.Name, r.Level, asked(r))
			continue
		}
		was, of := &a.Rules[i], s.pair(field(i), field(j))
		switch {
		case was.Level != r.Level:
			of.say(Grading, "the rule %s is for %s and asks %s, before for %s and asked %s", r.Name, r.Level, asked(r), was.Level, asked(was))
		case asked(was) == asked(r):
			of.say(Grading, "the rule %s for %s asks %s, and what it counts is not what it counted", r.Name, r.Level, asked(r))
		default:
			of.say(Grading, "the rule %s for %s asks %s, before %s", r.Name, r.Level, asked(r), asked(was))
		}
	}
	for _, i := range changed.a {
		r, f := &a.Rules[i], &factsOf{}
		f.rule(r, a.Counts)
		if named(b.Rules, r.Name) < 0 && missed(r, f) {
			s.at(field(i)).gone(Grading, "the rule %s for %s is gone: %s", r.Name, r.Level, asked(r))
		}
	}
}

// asked is what a rule asks, in words.
func asked(r *v1alpha1.GradingRule) string {
	if r.OpenFor != "" {
		return "whether it is open for " + duration(r.OpenFor)
	}
	return yes(r.When)
}

// changes are the rules of each side that the other does not have.
type changes struct{ a, b []int }

// changedRules compares rules by what they say, whatever they are called and wherever they stand: of rules for one level the
// order only tells which is named.
func changedRules(a, b *v1alpha1.TriagePolicySpec) changes {
	saysA, saysB := ruleKeys(a), ruleKeys(b)
	var c changes
	for i, text := range saysA {
		if !slices.Contains(saysB, text) {
			c.a = append(c.a, i)
		}
	}
	for j, text := range saysB {
		if !slices.Contains(saysA, text) {
			c.b = append(c.b, j)
		}
	}
	return c
}

// ruleKeys are what each rule says, whatever it is called.
func ruleKeys(spec *v1alpha1.TriagePolicySpec) []string {
	counts := map[string]string{}
	for i := range spec.Counts {
		counts["counts."+spec.Counts[i].Name] = countKey(&spec.Counts[i])
	}
	out := make([]string, len(spec.Rules))
	for i, r := range spec.Rules {
		when := string(condition(r.When))
		for _, name := range slices.SortedFunc(maps.Keys(counts), func(x, y string) int { return cmp.Compare(len(y), len(x)) }) {
			when = strings.ReplaceAll(when, name, counts[name])
		}
		out[i] = fmt.Sprintf("%s|%s|%s", r.Level, spelled(r.OpenFor), when)
	}
	return out
}

// matchesNothing is whether a rule matches a complaint of which nothing is known.
func (g *grader) matchesNothing(spec *v1alpha1.TriagePolicySpec, r v1alpha1.GradingRule) bool {
	names := make([]string, len(spec.Counts))
	for i, c := range spec.Counts {
		names[i] = c.Name
	}
	env, err := playbook.NewRuleEnvironment(names)
	if err != nil {
		return false
	}
	rule, message, _ := env.Compile(r.When)
	if message != "" {
		return false
	}
	ones := make([]int64, len(names))
	for i := range ones {
		ones[i] = 1
	}
	holds, err := rule.Holds(&playbook.ComplaintFacts{Affected: 1}, nil, ones)
	return holds && err == nil
}

// search tries complaints with ever more facts.
func (g *grader) search() {
	for n := 0; n <= min(mostFacts, len(g.facts)) && g.tried < mostTried; n++ {
		g.with(map[int]int{}, 0, n)
	}
}

// with tries complaints with n more facts, from a place on.
func (g *grader) with(has map[int]int, from, n int) {
	if n == 0 {
		g.try(has)
		return
	}
	for i := from; i < len(g.facts); i++ {
		for v := 1; v < len(g.facts[i].values); v++ {
			if g.tried >= mostTried {
				return
			}
			has[i] = v
			g.with(has, i+1, n-1)
			delete(has, i)
		}
	}
}

func (g *grader) try(has map[int]int) {
	g.tried++
	c, possible := g.complaint(has)
	if !possible {
		return
	}
	was, is := grade(g.before, c), grade(g.after, c)
	if was.Level == is.Level {
		return
	}
	for _, w := range g.found {
		if within(w.has, has) && g.follows(w, has, was.Level, is.Level) {
			return
		}
	}
	g.found = append(g.found, witness{has: maps.Clone(has), was: was, is: is})
}

// follows is whether the levels of a complaint follow from one with fewer facts that was found already: they are the same, or
// those that the further facts alone give where these are higher, as with rules that know nothing of each other.
func (g *grader) follows(w witness, has map[int]int, was, is v1alpha1.LevelName) bool {
	if w.was.Level == was && w.is.Level == is {
		return true
	}
	further := maps.Clone(has)
	for k := range w.has {
		delete(further, k)
	}
	c, possible := g.complaint(further)
	if len(w.has) == 0 || !possible {
		return false
	}
	return higher(g.before, w.was.Level, grade(g.before, c).Level) == was && higher(g.after, w.is.Level, grade(g.after, c).Level) == is
}

func higher(p *triage.Policy, a, b v1alpha1.LevelName) v1alpha1.LevelName {
	if p.Rank(b) < p.Rank(a) {
		return b
	}
	return a
}

func within(small, large map[int]int) bool {
	for k, v := range small {
		if have, is := large[k]; !is || have != v {
			return false
		}
	}
	return true
}

// complaint is one with these facts; possible is false where none can be: a longer window counts what a shorter one does,
// and all complaints are no fewer than those with a signal.
func (g *grader) complaint(has map[int]int) (c *complaint, possible bool) {
	c = &complaint{counts: map[string]int64{}}
	c.Affected = 1
	for i, f := range g.facts {
		f.values[has[i]].set(c)
	}
	for _, x := range g.facts {
		for _, y := range g.facts {
			if x.counted != nil && y.counted != nil && covers(x.counted, y.counted) && c.counts[x.key] < c.counts[y.key] {
				return nil, false
			}
		}
	}
	return c, true
}

// covers is whether whatever one count counts another counts as well.
func covers(large, small *v1alpha1.Count) bool {
	return slices.Equal(sortedFields(large.By), sortedFields(small.By)) && (large.Signal == "" || large.Signal == small.Signal) &&
		cmp.Or(large.Of, v1alpha1.CountedComplaints) == cmp.Or(small.Of, v1alpha1.CountedComplaints) && calendar.Elapsed(large.Window) >= calendar.Elapsed(small.Window)
}

func grade(p *triage.Policy, c *complaint) triage.Result {
	received := time.Unix(anyMorning, 0).UTC()
	f := triage.Facts{Complaint: c.ComplaintFacts, ReceivedAt: received, Open: true}
	if c.incident {
		f.Incident = &playbook.IncidentFacts{Exists: true}
	}
	for count := range p.Counts() {
		f.Counts = append(f.Counts, max(c.counts[countKey(&count)], 1))
	}
	return p.Grade(f, received.Add(c.open))
}

// merged puts together the complaints that differ in one fact only.
func (g *grader) merged() []witness {
	out := g.found
	for i := range out {
		out[i].values = map[int][]int{}
		for k, v := range out[i].has {
			out[i].values[k] = []int{v}
		}
	}
	for i := 0; i < len(out); i++ {
		for j := i + 1; j < len(out); j++ {
			if k, is := mergeable(out[i], out[j]); is {
				out[i].values[k] = append(out[i].values[k], out[j].values[k]...)
				out = slices.Delete(out, j, j+1)
				j--
			}
		}
	}
	return out
}

// mergeable is the one fact in which two differ.
func mergeable(a, b witness) (fact int, is bool) {
	if a.was.Level != b.was.Level || a.is.Level != b.is.Level || len(a.has) != len(b.has) {
		return 0, false
	}
	fact = -1
	for k, v := range a.values {
		w, both := b.values[k]
		switch {
		case !both:
			return 0, false
		case slices.Equal(v, w):
		case fact >= 0:
			return 0, false
		default:
			fact = k
		}
	}
	return fact, fact >= 0
}

// describe says which complaints are meant.
func (g *grader) describe(w witness) string {
	if len(w.has) == 0 {
		return "complaints of which nothing else is known"
	}
	facts := slices.SortedFunc(maps.Keys(w.values), func(i, j int) int {
		return cmp.Or(cmp.Compare(g.facts[i].place(), g.facts[j].place()), cmp.Compare(i, j))
	})
	text, last := "complaints", -1
	for _, k := range facts {
		if g.facts[k].place() == last {
			text += " and"
		}
		last = g.facts[k].place()
		text += " " + g.facts[k].words(w.values[k]) + g.fewer(w, k)
	}
	return text
}

// fewer says how few a narrower count must be, where a count is given whose wider window alone makes the difference.
func (g *grader) fewer(w witness, k int) string {
	x := g.facts[k]
	for i, y := range g.facts {
		if _, given := w.values[i]; given || y.counted == nil || x.counted == nil || i == k || !covers(x.counted, y.counted) {
			continue
		}
		for v := 1; v < len(y.values); v++ {
			has := maps.Clone(w.has)
			has[i] = v
			if c, possible := g.complaint(has); possible && (grade(g.before, c).Level != w.was.Level || grade(g.after, c).Level != w.is.Level) {
				return fmt.Sprintf(", fewer than %d in %s,", y.values[v].number, duration(y.counted.Window))
			}
		}
	}
	return ""
}
