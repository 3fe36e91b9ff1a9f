package difference

import (
	"fmt"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/triage"
)

func (d *differ) policies() {
	objects(d, "TriagePolicy", "triage policy", d.a.pack.Policies, d.b.pack.Policies, Grading,
		func(p *v1alpha1.TriagePolicy) string { return ", with " + count(len(p.Spec.Levels), "level") },
		func(s subject, a, b *v1alpha1.TriagePolicy) {
			s.levels(&a.Spec, &b.Spec)
			s.signals(&a.Spec, &b.Spec)
			s.correlation(&a.Spec, &b.Spec)
			s.caseNumbers(&a.Spec, &b.Spec)
			s.reasons(&a.Spec, &b.Spec)
			before, faultsA := triage.Compile(s.nameA, 1, a.Spec)
			after, faultsB := triage.Compile(s.name, 1, b.Spec)
			switch {
			case len(faultsA) == 0 && len(faultsB) == 0:
				s.grading(before, after, &a.Spec, &b.Spec)
			case len(faultsA) == 0:
				s.say(Broken, "it no longer compiles: %s", faultsB[0])
			case len(faultsB) == 0:
				s.say(Broken, "it compiles now; before: %s", faultsA[0])
			default:
				s.note("triage policy %s compiles on neither side, so how it grades is not compared: %s", s.name, faultsB[0])
			}
		})
}

// ofLevel is a level of the policy as a group of its own.
func (s subject) ofLevel(name v1alpha1.LevelName) subject {
	s.kind, s.group = kindLevel, fmt.Sprintf("level %s of %s", name, s.name)
	return s
}

func (s subject) levels(a, b *v1alpha1.TriagePolicySpec) {
	at := func(levels []v1alpha1.Level, name v1alpha1.LevelName) int {
		return slices.IndexFunc(levels, func(l v1alpha1.Level) bool { return l.Name == name })
	}
	field := func(i int) string { return fmt.Sprintf("spec.levels[%d]", i) }
	for j, l := range b.Levels {
		i := at(a.Levels, l.Name)
		if i < 0 {
			s.ofLevel(l.Name).at(field(j)).come(Grading, "there is a new level, %s%s", l.Name, follows(l.Playbook))
			continue
		}
		of := s.ofLevel(l.Name).pair(field(i), field(j))
		of.at("playbook").value(Grading, string(a.Levels[i].Playbook), string(l.Playbook), string(l.Name)+" follows the playbook %s, before %s",
			string(l.Name)+" follows the playbook %s, before none", string(l.Name)+" follows no playbook any more, before %s")
		if words(a.Levels[i].Description) != words(l.Description) {
			of.at("description").say(Words, "the description of %s reads differently", l.Name)
		}
	}
	for i, l := range a.Levels {
		if at(b.Levels, l.Name) < 0 {
			s.ofLevel(l.Name).at(field(i)).gone(Grading, "the level %s is gone%s", l.Name, followed(l.Playbook))
		}
	}
	before, after := levelNames(a.Levels), levelNames(b.Levels)
	if before, after := keep(before, after), keep(after, before); !slices.Equal(before, after) {
		s.at("spec.levels").say(Grading, "the levels have another order, the highest first: %s, before %s", and(after), and(before))
	}
	s.at("spec.defaultLevel").value(Grading, string(a.DefaultLevel), string(b.DefaultLevel), "complaints that no rule matches are %s, before %s", "", "")
}

func levelNames(levels []v1alpha1.Level) []v1alpha1.LevelName {
	out := make([]v1alpha1.LevelName, len(levels))
	for i, l := range levels {
		out[i] = l.Name
	}
	return out
}

func follows(playbook v1alpha1.ObjectName) string {
	if playbook == "" {
		return ""
	}
	return ", which follows the playbook " + string(playbook)
}

func followed(playbook v1alpha1.ObjectName) string {
	if playbook == "" {
		return ""
	}
	return ", which followed the playbook " + string(playbook)
}

func (s subject) signals(a, b *v1alpha1.TriagePolicySpec) {
	if more := without(b.Signals, a.Signals); len(more) > 0 {
		s.at("spec.signals").say(Course, "rules may look for %s", signal(more))
	}
	if less := without(a.Signals, b.Signals); len(less) > 0 {
		s.at("spec.signals").say(Course, "rules no longer look for %s", signal(less))
	}
}

func signal(words []v1alpha1.Identifier) string {
	if len(words) == 1 {
		return "the signal " + string(words[0])
	}
	return "the signals " + and(words)
}

func (s subject) correlation(a, b *v1alpha1.TriagePolicySpec) {
	says := func(spec *v1alpha1.TriagePolicySpec) string {
		c := spec.Correlation
		if c == nil {
			return ""
		}
		levels := slices.Clone(c.Levels)
		if len(levels) == 0 && len(spec.Levels) > 0 {
			levels = []v1alpha1.LevelName{spec.Levels[0].Name}
		}
		slices.Sort(levels)
		return fmt.Sprintf("complaints of %s with the same %s belong to one incident", and(levels), and(sortedFields(c.By)))
	}
	s.at("spec.correlation").value(Grading, says(a), says(b), "%s; before: %s", "%s, before each had its own", "each complaint has an incident of its own; before: %s")
}

func sortedFields(by []v1alpha1.CountField) []v1alpha1.CountField {
	return slices.Sorted(slices.Values(by))
}

func (s subject) caseNumbers(a, b *v1alpha1.TriagePolicySpec) {
	says := func(c *v1alpha1.CaseNumbers) (prefix, zone string) {
		prefix, zone = triage.DefaultPrefix, "UTC"
		if c != nil && c.Prefix != "" {
			prefix = c.Prefix
		}
		if c != nil && c.TimeZone != "" {
			zone = c.TimeZone
		}
		return prefix, zone
	}
	prefixA, zoneA := says(a.CaseNumbers)
	prefixB, zoneB := says(b.CaseNumbers)
	s.at("spec.caseNumbers.prefix").value(Course, prefixA, prefixB, "case numbers begin with %s, before with %s", "", "")
	s.at("spec.caseNumbers.timeZone").value(Course, zoneA, zoneB, "the date in case numbers is that of %s, before of %s", "", "")
}

// reasons compares what rules are called and say of themselves, where they grade the same.
func (s subject) reasons(a, b *v1alpha1.TriagePolicySpec) {
	named := func(rules []v1alpha1.GradingRule, name string) int {
		return slices.IndexFunc(rules, func(x v1alpha1.GradingRule) bool { return x.Name == name })
	}
	was, is := ruleKeys(a), ruleKeys(b)
	for j, r := range b.Rules {
		i := named(a.Rules, r.Name)
		if i < 0 {
			if i = slices.Index(was, is[j]); i < 0 || named(b.Rules, a.Rules[i].Name) >= 0 {
				continue
			}
			s.pair(fmt.Sprintf("spec.rules[%d].name", i), fmt.Sprintf("spec.rules[%d].name", j)).say(Words, "the rule %s is now called %s", a.Rules[i].Name, r.Name)
		}
		if words(a.Rules[i].Reason) != words(r.Reason) {
			s.pair(fmt.Sprintf("spec.rules[%d].reason", i), fmt.Sprintf("spec.rules[%d].reason", j)).say(Words, "the reason of the rule %s reads differently", r.Name)
		}
	}
}
