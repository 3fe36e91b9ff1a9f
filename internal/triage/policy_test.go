package triage

import (
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// developer is the four levels of a property developer, with their windowed counts and the one-month rule.
func developer() v1alpha1.TriagePolicySpec {
	return v1alpha1.TriagePolicySpec{
		Levels: []v1alpha1.Level{
			{Name: "L1", Playbook: "crisis-intake"}, {Name: "L2", Playbook: "serious"}, {Name: "L3", Playbook: "joint"}, {Name: "L4"},
		},
		DefaultLevel: "L4",
		Signals:      []v1alpha1.Identifier{"media-exposure", "litigation", "honesty", "our-fault", "needs-other-department"},
		Counts: []v1alpha1.Count{
			{Name: "samePeople", Window: "30d", By: []v1alpha1.CountField{"category", "place"}, Of: v1alpha1.CountedComplainants},
			{Name: "sameAgain", Window: "90d", By: []v1alpha1.CountField{"complainant", "category"}},
		},
		Rules: []v1alpha1.GradingRule{
			{Name: "group-litigation", Level: "L1", When: `'litigation' in complaint.signals && complaint.affected >= 10`, Reason: "a group may go to court"},
			{Name: "exposure", Level: "L2", When: `complaint.signals.exists(s, s in ['media-exposure', 'litigation'])`, Reason: "a lawsuit or the media may follow"},
			{Name: "several-people", Level: "L2", When: `counts.samePeople >= 3`, Reason: "the same complaint from several people"},
			{Name: "month", Level: "L2", OpenFor: "30d", When: `'our-fault' in complaint.signals`, Reason: "unresolved for a month through our fault"},
			{Name: "again", Level: "L3", When: `counts.sameAgain > 3 && complaint.reopened > 0`, Reason: "the same problem after it was handled"},
			{Name: "other-department", Level: "L3", When: `'needs-other-department' in complaint.signals`, Reason: "another department is needed"},
		},
		Correlation: &v1alpha1.Correlation{By: []v1alpha1.CountField{"place", "category"}, Levels: []v1alpha1.LevelName{"L1", "L2"}},
		CaseNumbers: &v1alpha1.CaseNumbers{TimeZone: "Asia/Shanghai"},
	}
}

func compiled(t testing.TB, spec v1alpha1.TriagePolicySpec) *Policy {
	t.Helper()
	policy, problems := Compile("developer", 7, spec)
	NewWithT(t).Expect(problems).To(BeEmpty())
	return policy
}

func TestCompileTellsWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*v1alpha1.TriagePolicySpec)
		want   []string // field: part of the message
	}{
		{"no levels", func(s *v1alpha1.TriagePolicySpec) { s.Levels, s.Rules, s.Correlation = nil, nil, nil },
			[]string{"spec.levels: there is no level; name at least one"}},
		{"unknown default", func(s *v1alpha1.TriagePolicySpec) { s.DefaultLevel = "L9" },
			[]string{`spec.defaultLevel: there is no level "L9"; the levels are: L1, L2, L3, L4`}},
		{"level twice", func(s *v1alpha1.TriagePolicySpec) { s.Levels[1].Name = "L4" },
			[]string{`spec.levels[3].name: "L4" stands here twice`, `spec.rules[1].level: there is no level "L2"`, `spec.rules[2].level: there is`,
				`spec.rules[3].level: there is`, `spec.correlation.levels[1]: there is`}},
		{"signal twice", func(s *v1alpha1.TriagePolicySpec) { s.Signals = append(s.Signals, "honesty") },
			[]string{`spec.signals[5]: "honesty" stands here twice`}},
		{"count twice", func(s *v1alpha1.TriagePolicySpec) { s.Counts[1].Name = "samePeople"; s.Rules[4].When = "true" },
			[]string{`spec.counts[1].name: "samePeople" stands here twice`}},
		{"no window", func(s *v1alpha1.TriagePolicySpec) { s.Counts[0].Window = "0d" },
			[]string{`spec.counts[0].window: "0d" is no time at all`}},
		{"bad window", func(s *v1alpha1.TriagePolicySpec) { s.Counts[0].Window = "a month" },
			[]string{`spec.counts[0].window: "a month" is not a duration`}},
		{"unknown field", func(s *v1alpha1.TriagePolicySpec) { s.Counts[0].By[1] = "weather" },
			[]string{`spec.counts[0].by[1]: complaints cannot be compared by "weather"; use category, product`}},
		{"no field", func(s *v1alpha1.TriagePolicySpec) { s.Correlation.By = nil },
			[]string{`spec.correlation.by: no field is named`}},
		{"rule twice", func(s *v1alpha1.TriagePolicySpec) { s.Rules[1].Name = "again" },
			[]string{`spec.rules[4].name: "again" stands here twice`}},
		{"zero openFor", func(s *v1alpha1.TriagePolicySpec) { s.Rules[3].OpenFor = "0h" },
			[]string{`spec.rules[3].openFor: "0h" is no time at all`}},
		{"not CEL", func(s *v1alpha1.TriagePolicySpec) { s.Rules[0].When = "complaint.affected >" },
			[]string{`spec.rules[0].when: the expression cannot be read`}},
		{"wrong type", func(s *v1alpha1.TriagePolicySpec) { s.Rules[0].When = "complaint.affected == 'many'" },
			[]string{`spec.rules[0].when: the expression does not type-check`}},
		{"not a condition", func(s *v1alpha1.TriagePolicySpec) { s.Rules[0].When = "complaint.affected + 1" },
			[]string{`spec.rules[0].when: the expression gives int, not true or false`}},
		{"unknown count", func(s *v1alpha1.TriagePolicySpec) { s.Rules[2].When = "counts.sameDog > 1" },
			[]string{`spec.rules[2].when: there is no count sameDog; the counts of the policy are: samePeople, sameAgain; declare another one under spec.counts`}},
		{"misspelt count", func(s *v1alpha1.TriagePolicySpec) { s.Rules[2].When = "counts.samePeopel > 1" },
			[]string{`spec.rules[2].when: there is no count samePeopel; did you mean samePeople?`}},
		{"no counts", func(s *v1alpha1.TriagePolicySpec) { s.Counts, s.Rules = nil, s.Rules[2:3] },
			[]string{`spec.rules[0].when: the policy declares no counts; declare the count under spec.counts`}},
		{"single =", func(s *v1alpha1.TriagePolicySpec) { s.Rules[0].When = "complaint.affected = 10" },
			[]string{`spec.rules[0].when: the expression cannot be read: column 20: a single = compares nothing; write == to compare`}},
		{"too large a pattern", func(s *v1alpha1.TriagePolicySpec) { s.Rules[0].When = "complaint.product.matches('(a{500}){3}')" },
			[]string{`spec.rules[0].when: the pattern of matches is too large: "{3}"`}},
		{"its own level", func(s *v1alpha1.TriagePolicySpec) { s.Rules[0].When = "complaint.level == 'L1'" },
			[]string{`spec.rules[0].when: there is no field level`}},
		{"too dear", func(s *v1alpha1.TriagePolicySpec) {
			s.Rules[0].When = "complaint.signals.all(a, complaint.signals.all(b, complaint.signals.all(c, complaint.signals.all(d, a + b + c + d != ''))))"
		}, []string{`spec.rules[0].when: the expression may cost more than`}},
		{"unknown signal", func(s *v1alpha1.TriagePolicySpec) { s.Rules[0].When = "'litigaton' in complaint.signals" },
			[]string{`spec.rules[0].when: signal "litigaton" is not declared; add it to spec.signals, or use one of: media-exposure, litigation`}},
		{"unknown signal of a count", func(s *v1alpha1.TriagePolicySpec) { s.Counts[0].Signal = "litigaton" },
			[]string{`spec.counts[0].signal: signal "litigaton" is not declared`}},
		{"too much of the incident", func(s *v1alpha1.TriagePolicySpec) { s.Rules[0].When = "incident.closed" },
			[]string{`spec.rules[0].when: there is no field closed in incident facts; the fields are: exists`}},
		{"unknown signals in other forms", func(s *v1alpha1.TriagePolicySpec) {
			s.Rules[0].When = "complaint.signals.exists(s, s == 'a' || s in ['b', 'honesty']) || !sets.intersects(complaint.signals, ['c']) || complaint.product == 'd'"
		}, []string{`spec.rules[0].when: signal "a" is`, `spec.rules[0].when: signal "b" is`, `spec.rules[0].when: signal "c" is`}},
		{"unknown correlated level", func(s *v1alpha1.TriagePolicySpec) { s.Correlation.Levels = []v1alpha1.LevelName{"L7"} },
			[]string{`spec.correlation.levels[0]: there is no level "L7"`}},
		{"unknown zone", func(s *v1alpha1.TriagePolicySpec) { s.CaseNumbers.TimeZone = "Mars/Olympus" },
			[]string{`spec.caseNumbers.timeZone: there is no time zone "Mars/Olympus"; use an IANA name`}},
		{"local zone", func(s *v1alpha1.TriagePolicySpec) { s.CaseNumbers.TimeZone = "Local" },
			[]string{`spec.caseNumbers.timeZone: "Local" means another zone on every machine`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			spec := developer()
			c.change(&spec)
			policy, problems := Compile("developer", 7, spec)
			g.Expect(policy).To(BeNil())
			g.Expect(names(problems, playbook.Problem.String)).To(HaveLen(len(c.want)), "%v", problems)
			for i, want := range c.want {
				g.Expect(problems[i].String()).To(HavePrefix(want))
			}
		})
	}
}

func TestPolicyTellsWhatItIs(t *testing.T) {
	g := NewWithT(t)
	p := compiled(t, developer())
	g.Expect(p.Title()).To(Equal("developer@7"))
	g.Expect(slices.Collect(p.Counts())).To(Equal(developer().Counts))
	g.Expect(p.Levels()).To(HaveLen(4))
	g.Expect(p.Rank("L1")).To(Equal(0))
	g.Expect(p.Rank("L4")).To(Equal(3))
	g.Expect(p.Rank("L5")).To(Equal(-1))
	g.Expect(p.Playbook("L2")).To(Equal("serious"))
	g.Expect(p.Playbook("L5")).To(BeEmpty())
	prefix, zone := p.CaseNumbers()
	g.Expect(prefix).To(Equal("TS"))
	g.Expect(zone.String()).To(Equal("Asia/Shanghai"))
}

// A policy keeps what it was compiled from, whatever happens to the object it came from.
func TestPolicyIsImmutable(t *testing.T) {
	g := NewWithT(t)
	spec := developer()
	p := compiled(t, spec)
	spec.Levels[0].Name, spec.Counts[0].Window, spec.Correlation.By[0] = "X", "1d", "channel"
	p.Levels()[1].Name = "x"
	g.Expect(slices.Collect(p.Counts())).To(Equal(developer().Counts))
	g.Expect(p.Levels()).To(Equal(developer().Levels))
	g.Expect(p.CorrelationKey("L1", Fields{Category: "c", Place: "p"})).To(Equal("category=c,place=p"))
}

// Invariant 1: without a usable policy a complaint is graded all the same.
func TestBuiltInGradesWithoutAnyPolicy(t *testing.T) {
	g := NewWithT(t)
	result := BuiltIn().Grade(Facts{ReceivedAt: epoch, Open: true, Current: "L2"}, epoch.Add(1000*time.Hour))
	g.Expect(result).To(Equal(Result{Level: Unclassified, Policy: BuiltInName, Reason: "no TriagePolicy grades it, so it has neither a level of the organisation nor a playbook"}))
	g.Expect(BuiltIn().CorrelationKey(Unclassified, Fields{Category: "a"})).To(BeEmpty())
	g.Expect(slices.Collect(BuiltIn().Counts())).To(BeEmpty())
}

func TestSharedIsWhatAnIncidentIsCorrelatedBy(t *testing.T) {
	g := NewWithT(t)
	p := compiled(t, developer())
	f := Fields{Category: "leak", Product: "boiler", Place: "Block 3", Complainant: "C1"}
	g.Expect(p.Shared("L1", f)).To(Equal([]string{"leak", "Block 3"}), "not the product, which may be another one's")
	g.Expect(p.Shared("L3", f)).To(BeNil(), "not correlated")
	g.Expect(p.Shared("L1", Fields{Category: "leak"})).To(BeNil(), "the place is not known, so nothing is the same")
	g.Expect(BuiltIn().Shared(Unclassified, f)).To(BeNil())
	spec := developer()
	spec.Correlation.By = []v1alpha1.CountField{"complainant"}
	g.Expect(compiled(t, spec).Shared("L1", f)).To(And(BeEmpty(), Not(BeNil())))
}

func TestCorrelationKey(t *testing.T) {
	p := compiled(t, developer())
	for _, c := range []struct {
		name   string
		level  v1alpha1.LevelName
		fields Fields
		want   string
	}{
		{"same place and category", "L1", Fields{Category: "safety", Place: "Lakeside, block 3", Product: "flat"}, `category=safety,place="Lakeside, block 3"`},
		{"in Chinese", "L2", Fields{Category: "safety", Place: "滨湖花园"}, "category=safety,place=滨湖花园"},
		{"a level that is not correlated", "L3", Fields{Category: "safety", Place: "Lakeside"}, ""},
		{"an unknown level", "L8", Fields{Category: "safety", Place: "Lakeside"}, ""},
		{"a field is missing", "L1", Fields{Category: "safety"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			NewWithT(t).Expect(p.CorrelationKey(c.level, c.fields)).To(Equal(c.want))
		})
	}
}

func TestCorrelationKeyIsBoundedAndStillTellsApart(t *testing.T) {
	g := NewWithT(t)
	spec := developer()
	spec.Correlation.Levels = nil
	p := compiled(t, spec)
	long := make([]rune, 256)
	for i := range long {
		long[i] = '湖'
	}
	one := p.CorrelationKey("L1", Fields{Category: "safety", Place: string(long)})
	long[255] = '海'
	two := p.CorrelationKey("L1", Fields{Category: "safety", Place: string(long)})
	g.Expect([]rune(one)).To(HaveLen(maxKey))
	g.Expect(one).NotTo(Equal(two))
	g.Expect(p.CorrelationKey("L2", Fields{Category: "safety", Place: "x"})).To(BeEmpty(), "by default only the highest level is correlated")
}
