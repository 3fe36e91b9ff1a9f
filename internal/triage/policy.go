package triage

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/playbook"
)

const (
	// BuiltInName is what Result.Policy says when no TriagePolicy graded the complaint.
	BuiltInName = "built-in"
	// Unclassified is the one level of the built-in grading.
	Unclassified v1alpha1.LevelName = "unclassified"
)

// Policy is a compiled TriagePolicy. It is immutable and safe for concurrent use.
type Policy struct {
	title        string // name@generation, or BuiltInName
	levels       []v1alpha1.Level
	ranks        map[v1alpha1.LevelName]int
	defaultLevel v1alpha1.LevelName
	signals      []string
	counts       []v1alpha1.Count
	rules        []rule
	looksAt      looks
	judged       *judged
	correlation  *v1alpha1.Correlation
	prefix       string
	zone         *time.Location
}

// rule is a compiled grading rule.
type rule struct {
	name    string
	rank    int
	when    *playbook.Rule
	timed   bool
	openFor time.Duration
	opening v1alpha1.Duration
	reason  string
}

// Rule is a rule for whoever looks at what all of them say together.
type Rule struct {
	Name string
	// Place is where it stands in the policy, from 0 on, Rank the place of its level, 0 being the highest.
	Place, Rank int
	// OpenFor is how long a complaint must have been open; 0: it need not be.
	OpenFor time.Duration
	// When is its condition.
	When *playbook.Rule
}

// Rules are the rules, in order.
func (p *Policy) Rules() []Rule {
	out := make([]Rule, len(p.rules))
	for i, r := range p.rules {
		out[i] = Rule{r.name, i, r.rank, r.openFor, r.when}
	}
	return out
}

// BuiltIn is the grading of complaints no usable TriagePolicy claims: one level, unclassified, without a playbook. A
// complaint is never left ungraded because a policy is missing or wrong.
func BuiltIn() *Policy {
	return &Policy{
		title:        BuiltInName,
		levels:       []v1alpha1.Level{{Name: Unclassified}},
		ranks:        map[v1alpha1.LevelName]int{Unclassified: 0},
		defaultLevel: Unclassified,
		prefix:       DefaultPrefix,
		zone:         time.UTC,
	}
}

// Counts are the figures Grade needs in Facts.Counts, in this order.
func (p *Policy) Counts() iter.Seq[v1alpha1.Count] { return slices.Values(p.counts) }

// LooksAtIncidents is whether a rule asks if the matter of a complaint is a crisis already.
func (p *Policy) LooksAtIncidents() bool {
	return slices.ContainsFunc(p.rules, func(r rule) bool { return r.when.Incident })
}

// Levels are the levels, the highest first.
func (p *Policy) Levels() []v1alpha1.Level { return slices.Clone(p.levels) }

// Rank is the place of a level, 0 being the highest; -1 for one the policy does not have.
func (p *Policy) Rank(level v1alpha1.LevelName) int {
	if rank, ok := p.ranks[level]; ok {
		return rank
	}
	return -1
}

// Playbook names the playbook complaints of a level follow; empty: none.
func (p *Policy) Playbook(level v1alpha1.LevelName) string {
	if rank := p.Rank(level); rank >= 0 {
		return string(p.levels[rank].Playbook)
	}
	return ""
}

// Title is the policy as gradings name it: name@generation, or BuiltInName.
func (p *Policy) Title() string { return p.title }

// CaseNumbers is what case numbers begin with and the zone whose date counts in them.
func (p *Policy) CaseNumbers() (prefix string, zone *time.Location) { return p.prefix, p.zone }

// Compile checks a TriagePolicy and makes it ready to grade. The policy is nil when there are problems; all of them
// are told at once, in the order of the fields.
func Compile(name string, generation int64, spec v1alpha1.TriagePolicySpec) (*Policy, []playbook.Problem) {
	spec = *spec.DeepCopy()
	c := compiler{
		spec: spec,
		policy: &Policy{
			title:        fmt.Sprintf("%s@%d", name, generation),
			levels:       spec.Levels,
			ranks:        map[v1alpha1.LevelName]int{},
			defaultLevel: spec.DefaultLevel,
			counts:       spec.Counts,
			correlation:  spec.Correlation,
		},
	}
	c.levels()
	c.signals()
	c.counts()
	c.rules()
	c.correlation()
	c.caseNumbers()
	if len(c.problems) > 0 {
		return nil, c.problems
	}
	c.policy.looksAt = looksOf(c.policy.rules)
	if !slices.ContainsFunc(c.policy.rules, func(r rule) bool { return r.when.Whole }) {
		c.policy.judged = &judged{}
	}
	return c.policy, nil
}

// compiler collects the problems of one policy.
type compiler struct {
	spec     v1alpha1.TriagePolicySpec
	policy   *Policy
	problems []playbook.Problem
}

func (c *compiler) problem(field, message, advice string) {
	c.problems = append(c.problems, playbook.Problem{Field: field, Message: message, Advice: advice})
}

// twice reports a name that stands in a list a second time.
func (c *compiler) twice(field, name string) {
	c.problem(field, fmt.Sprintf("%q stands here twice", name), "give each its own name, or remove one")
}

// level reports a level that does not exist.
func (c *compiler) level(field string, level v1alpha1.LevelName) {
	if c.policy.Rank(level) >= 0 {
		return
	}
	c.problem(field, fmt.Sprintf("there is no level %q", level), "the levels are: "+joined(c.spec.Levels, func(l v1alpha1.Level) string { return string(l.Name) }))
}

func (c *compiler) levels() {
	if len(c.spec.Levels) == 0 {
		c.problem("spec.levels", "there is no level", "name at least one")
		return
	}
	for i, l := range c.spec.Levels {
		if _, ok := c.policy.ranks[l.Name]; ok {
			c.twice(fmt.Sprintf("spec.levels[%d].name", i), string(l.Name))
			continue
		}
		c.policy.ranks[l.Name] = i
	}
	c.level("spec.defaultLevel", c.spec.DefaultLevel)
}

func (c *compiler) signals() {
	seen := map[v1alpha1.Identifier]bool{}
	for i, s := range c.spec.Signals {
		if seen[s] {
			c.twice(fmt.Sprintf("spec.signals[%d]", i), string(s))
		}
		seen[s] = true
		c.policy.signals = append(c.policy.signals, string(s))
	}
}

func (c *compiler) counts() {
	seen := map[string]bool{}
	for i, count := range c.spec.Counts {
		field := fmt.Sprintf("spec.counts[%d]", i)
		if seen[count.Name] {
			c.twice(field+".name", count.Name)
		}
		seen[count.Name] = true
		c.duration(field+".window", count.Window)
		c.by(field+".by", count.By)
		if count.Signal != "" {
			c.knownSignals(field+".signal", []string{string(count.Signal)})
		}
	}
}

func (c *compiler) by(field string, by []v1alpha1.CountField) {
	if len(by) == 0 {
		c.problem(field, "no field is named", "name at least one of "+countFields())
	}
	for i, f := range by {
		if !slices.Contains(countable, f) {
			c.problem(fmt.Sprintf("%s[%d]", field, i), fmt.Sprintf("complaints cannot be compared by %q", f), "use "+countFields())
		}
	}
}

// duration reports one that cannot be read or is no time at all.
func (c *compiler) duration(field string, d v1alpha1.Duration) {
	if _, _, err := calendar.ParseDuration(d); err != nil {
		c.problem(field, err.Error(), "")
	} else if calendar.Elapsed(d) <= 0 {
		c.problem(field, fmt.Sprintf("%q is no time at all", d), "write a longer one, e.g. 30d")
	}
}

func (c *compiler) rules() {
	env, err := playbook.NewRuleEnvironment(names(c.spec.Counts, func(count v1alpha1.Count) string { return count.Name }))
	if err != nil {
		c.problem("spec.counts", err.Error(), "give each count its own name")
		return
	}
	seen := map[string]bool{}
	for i, r := range c.spec.Rules {
		field := fmt.Sprintf("spec.rules[%d]", i)
		if seen[r.Name] {
			c.twice(field+".name", r.Name)
		}
		seen[r.Name] = true
		c.level(field+".level", r.Level)
		if r.OpenFor != "" {
			c.duration(field+".openFor", r.OpenFor)
		}
		when, message, advice := env.Compile(r.When)
		if message != "" {
			c.problem(field+".when", message, advice)
			continue
		}
		c.knownSignals(field+".when", when.Signals)
		c.policy.rules = append(c.policy.rules, rule{
			name: r.Name, rank: c.policy.Rank(r.Level), when: when, reason: r.Reason,
			timed: r.OpenFor != "", openFor: calendar.Elapsed(r.OpenFor), opening: r.OpenFor,
		})
	}
}

// knownSignals reports a word that no complaint could carry by agreement: it is most likely misspelt, and the rule
// would silently never match.
func (c *compiler) knownSignals(field string, words []string) {
	for _, word := range words {
		if !slices.Contains(c.spec.Signals, v1alpha1.Identifier(word)) {
			c.problem(field, fmt.Sprintf("signal %q is not declared", word), "add it to spec.signals, or use one of: "+
				joined(c.spec.Signals, func(s v1alpha1.Identifier) string { return string(s) }))
		}
	}
}

func (c *compiler) correlation() {
	if c.spec.Correlation == nil {
		return
	}
	c.by("spec.correlation.by", c.spec.Correlation.By)
	for i, level := range c.spec.Correlation.Levels {
		c.level(fmt.Sprintf("spec.correlation.levels[%d]", i), level)
	}
}

func (c *compiler) caseNumbers() {
	c.policy.prefix, c.policy.zone = DefaultPrefix, time.UTC
	if c.spec.CaseNumbers == nil {
		return
	}
	if c.spec.CaseNumbers.Prefix != "" {
		c.policy.prefix = c.spec.CaseNumbers.Prefix
	}
	zone := c.spec.CaseNumbers.TimeZone
	if zone == "Local" {
		c.problem("spec.caseNumbers.timeZone", `"Local" means another zone on every machine`, "name it, e.g. Asia/Shanghai")
		return
	}
	found, err := time.LoadLocation(zone)
	if err != nil {
		c.problem("spec.caseNumbers.timeZone", fmt.Sprintf("there is no time zone %q", zone), "use an IANA name, e.g. Asia/Shanghai or UTC")
		return
	}
	c.policy.zone = found
}
