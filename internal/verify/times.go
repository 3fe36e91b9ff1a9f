package verify

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/timing"
)

// Options say how far proofs look.
type Options struct {
	// Absent is how many people may be away at once; 0: nobody.
	Absent int
	// Horizon is for how many days from now on matters may come in; timing.DefaultDays is what the command looks at.
	Horizon int
	// Times has the report list by when who knows.
	Times bool
}

// study is what times are proved with; nil where nobody asked for it.
func (s *Subject) study() *timing.Study {
	if s.studied == nil {
		study, err := timing.New(s.Now, s.options.Horizon)
		if err != nil {
			return nil
		}
		study.Calls = timing.CallReaches(s.Pack, s.Teams)
		s.studied = study
	}
	return s.studied
}

// times proves the assertions of playbooks, and that deadlines fit what comes before them.
func (s *Subject) times() {
	study := s.study()
	if study == nil {
		return
	}
	for _, name := range sorted(s.Plans) {
		levels := s.Pack.LevelsOf(name, s.Plans)
		s.promises(study, name, levels)
		s.fits(study, name, levels)
		if s.options.Times {
			s.latest(study, name, levels)
			s.raised(study, name)
		}
	}
	s.unknownHolidays()
}

// assertions is where a playbook promises something.
const assertions = "spec.assertions"

// promises proves what a playbook promises.
func (s *Subject) promises(study *timing.Study, name string, levels []v1alpha1.LevelName) {
	pb := s.Pack.Playbooks[name]
	for i := range pb.Spec.Assertions {
		a := &pb.Spec.Assertions[i]
		field := fmt.Sprintf("%s[%d]", assertions, i)
		at := levels
		if len(a.Levels) > 0 {
			s.unknownLevels(name, field, a.Levels)
			if at = s.leading(name, field, a.Levels, levels); len(at) == 0 {
				continue
			}
		}
		verdicts, problems := study.Check(s.Plans[name], a, at)
		for _, p := range problems {
			s.find(AssertionHolds, "Playbook", name, field+"."+p.Field, p.Message, p.Advice)
		}
		for _, v := range verdicts {
			s.unknown = append(s.unknown, unknown{name, v.HolidaysUntil})
		}
		worst, kept := timing.Kept(verdicts)
		if !kept {
			s.unkept(name, field, a, worst)
		} else if why, advice := study.Unsure(s.Pack, s.Plans, name, a, at); why != "" && len(problems) == 0 {
			s.find(ProofBounded, "Playbook", name, field, fmt.Sprintf("%s: %s is not proved: %s", a.Name, timing.Promise(a), why), advice)
		}
	}
}

// unknownLevels says which levels an assertion names that are not there.
func (s *Subject) unknownLevels(name, field string, levels []v1alpha1.LevelName) {
	var known []string
	for _, policy := range sorted(s.Pack.Policies) {
		for _, level := range s.Pack.Policies[policy].Spec.Levels {
			known = append(known, string(level.Name))
		}
	}
	for i, level := range levels {
		if len(known) > 0 && !slices.Contains(known, string(level)) {
			s.find(AssertionHolds, "Playbook", name, fmt.Sprintf("%s.levels[%d]", field, i), fmt.Sprintf("no TriagePolicy has a level %s", level),
				playbook.DidYouMean(string(level), known)+"the levels are: "+strings.Join(known, ", "))
		}
	}
}

// leading are those of some levels that an assertion names which lead to its playbook, and says which do not: it promises nothing there.
// An incident may be raised by hand at any level, and where none is known to lead to a playbook every one may.
func (s *Subject) leading(name, field string, named, levels []v1alpha1.LevelName) (at []v1alpha1.LevelName) {
	for i, level := range named {
		why, advice := timing.Elsewhere(s.Pack, s.Plans[name], level, levels)
		if why == "" {
			at = append(at, level)
			continue
		}
		s.find(AssertionHolds, "Playbook", name, fmt.Sprintf("%s.levels[%d]", field, i), why, advice)
	}
	return at
}

// unkept notes an assertion that does not hold, or that nothing proves.
func (s *Subject) unkept(name, field string, a *v1alpha1.Assertion, v timing.Verdict) {
	message := fmt.Sprintf("%s: %s", a.Name, timing.Promise(a))
	if v.Level != "" {
		message += " at level " + string(v.Level)
	}
	rule, advice := AssertionHolds, "promise less"
	if v.Vacuous {
		advice = "correct `when` or `within.of`"
	} else if !v.Played {
		rule, advice = ProofBounded, "promise less, or say with `when`, `unless` and `given` in which runs it holds"
	} else if v.Step >= 0 {
		n := &s.Plans[name].Nodes[v.Step]
		book := cmp.Or(n.Book, name)
		d := s.documents["Playbook/"+book]
		where := n.Field
		if n.Head.Within != nil {
			where += ".within"
		}
		advice = fmt.Sprintf("shorten the way to %s (%s:%d), or promise less", n.Path, d.File, d.LineOf(where))
	}
	s.find(rule, "Playbook", name, field, message+" "+v.Says(), advice)
	s.findings[len(s.findings)-1].Story = v.Story
}

// unknown is until when the holidays are known that an answer about a playbook depends on; zero: longer than is looked.
type unknown struct {
	playbook string
	until    time.Time
}

// unknownHolidays says of each calendar from when on nothing is proved.
func (s *Subject) unknownHolidays() {
	until := map[string]time.Time{}
	for _, u := range s.unknown {
		calendar := s.Pack.Playbooks[u.playbook].Spec.Calendar
		if u.until.IsZero() || calendar == "" || s.Pack.Calendars[calendar] == nil {
			continue
		}
		if first, is := until[calendar]; !is || u.until.Before(first) {
			until[calendar] = u.until
		}
	}
	for _, calendar := range slices.Sorted(maps.Keys(until)) {
		s.find(HorizonKnown, "BusinessCalendar", calendar, "spec.publicHolidays",
			fmt.Sprintf("what is promised in working time is unknown after %s: no later public holidays are published", until[calendar].Format(time.DateOnly)),
			"prove it again when they are, or look less far with --horizon")
	}
}
