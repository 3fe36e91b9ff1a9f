package triage

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

const month = 30 * 24 * time.Hour

func TestGrade(t *testing.T) {
	p := compiled(t, developer())
	for _, c := range []struct {
		name  string
		facts Facts
		after time.Duration
		want  Result
	}{
		{"nothing special", Facts{Open: true}, 0,
			Result{Level: "L4", Reason: "no rule matches; this is the default level"}},
		{"the highest of several", Facts{Open: true, Complaint: playbook.ComplaintFacts{Signals: []string{"needs-other-department", "litigation"}, Affected: 10}}, 0,
			Result{Level: "L1", Rule: "group-litigation", Playbook: "crisis-intake", Reason: "a group may go to court (complaint.affected = 10; signals: litigation)"}},
		{"nine households", Facts{Open: true, Complaint: playbook.ComplaintFacts{Signals: []string{"litigation"}, Affected: 9}}, 0,
			Result{Level: "L2", Rule: "exposure", Playbook: "serious", Reason: "a lawsuit or the media may follow (signals: litigation)"}},
		{"the first among equals", Facts{Open: true, Counts: []int64{5, 0}, Complaint: playbook.ComplaintFacts{Signals: []string{"media-exposure"}}}, 0,
			Result{Level: "L2", Rule: "exposure", Playbook: "serious", Reason: "a lawsuit or the media may follow (signals: media-exposure)"}},
		{"three people in a month", Facts{Open: true, Counts: []int64{3, 1}}, 0,
			Result{Level: "L2", Rule: "several-people", Playbook: "serious",
				Reason: "the same complaint from several people (counts.samePeople = 3: 3 different complainants within 30d, same category and place)"}},
		{"two people in a month", Facts{Open: true, Counts: []int64{2, 2}}, 0,
			Result{Level: "L4", Reason: "no rule matches; this is the default level"}},
		{"figures of every kind", Facts{Open: true, Counts: []int64{1, 4}, Complaint: playbook.ComplaintFacts{Reopened: 2}}, 0,
			Result{Level: "L3", Rule: "again", Playbook: "joint",
				Reason: "the same problem after it was handled (counts.sameAgain = 4: 4 complaints within 90d, same complainant and category; complaint.reopened = 2)"}},
		{"counts missing", Facts{Open: true, Counts: nil}, 0,
			Result{Level: "L4", Reason: "no rule matches; this is the default level"}},
		{"a signal that is misspelt", Facts{Open: true, Complaint: playbook.ComplaintFacts{Signals: []string{"on-site", "litigaton"}}}, 0,
			Result{Level: "L4", Reason: "no rule matches; this is the default level; spec.signals[1] is none of the policy's, so no rule sees it: if litigation is meant, correct it and the complaint is graded again"}},
		{"another beside one that is misspelt", Facts{Open: true, Complaint: playbook.ComplaintFacts{Signals: []string{"our-falt", "media-exposure"}}}, 0,
			Result{Level: "L2", Rule: "exposure", Playbook: "serious", Reason: "a lawsuit or the media may follow (signals: media-exposure); spec.signals[0] is none of the policy's, so no rule sees it: if our-fault is meant, correct it and the complaint is graded again"}},
		{"a second before the month is over", Facts{Open: true, Complaint: playbook.ComplaintFacts{Signals: []string{"our-fault"}}}, month - time.Second,
			Result{Level: "L4", Reason: "no rule matches; this is the default level", NextAt: epoch.Add(month)}},
		{"when the month is over", Facts{Open: true, Complaint: playbook.ComplaintFacts{Signals: []string{"our-fault"}}}, month,
			Result{Level: "L2", Rule: "month", Playbook: "serious", Reason: "unresolved for a month through our fault (signals: our-fault; open for 30d)"}},
		{"closed within the month", Facts{Open: false, Complaint: playbook.ComplaintFacts{Signals: []string{"our-fault"}}}, 2 * month,
			Result{Level: "L4", Reason: "no rule matches; this is the default level"}},
		{"not our fault", Facts{Open: true}, 2 * month,
			Result{Level: "L4", Reason: "no rule matches; this is the default level"}},
		{"time cannot raise what is as high already", Facts{Open: true, Counts: []int64{3}, Complaint: playbook.ComplaintFacts{Signals: []string{"our-fault"}}}, 0,
			Result{Level: "L2", Rule: "several-people", Playbook: "serious",
				Reason: "the same complaint from several people (counts.samePeople = 3: 3 different complainants within 30d, same category and place)"}},
		{"lower by rule, higher in force", Facts{Open: true, Current: "L2"}, 0,
			Result{Level: "L2", Playbook: "serious", Kept: true, Reason: "the level stays until a person lowers it; the rules alone would give L4"}},
		{"as in force", Facts{Open: true, Current: "L2", Counts: []int64{3}}, 0,
			Result{Level: "L2", Rule: "several-people", Playbook: "serious",
				Reason: "the same complaint from several people (counts.samePeople = 3: 3 different complainants within 30d, same category and place)"}},
		{"in force is a level of another policy", Facts{Open: true, Current: "major"}, 0,
			Result{Level: "L4", Reason: "no rule matches; this is the default level"}},
		{"a person lowered it", Facts{Open: true, Current: "L4", Overruled: "L2", Counts: []int64{3}, Complaint: playbook.ComplaintFacts{Signals: []string{"our-fault"}}}, 2 * month,
			Result{Level: "L4", Reason: "a person lowered the level; no rule above L2 matches"}},
		{"worse than what a person judged", Facts{Open: true, Current: "L4", Overruled: "L2", Complaint: playbook.ComplaintFacts{Signals: []string{"litigation"}, Affected: 50}}, 0,
			Result{Level: "L1", Rule: "group-litigation", Playbook: "crisis-intake", Reason: "a group may go to court (complaint.affected = 50; signals: litigation)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.facts.ReceivedAt, c.want.Policy = epoch, "developer@7"
			NewWithT(t).Expect(p.Grade(c.facts, epoch.Add(c.after))).To(Equal(c.want))
		})
	}
}

// A rule can ask whether the matter of a complaint is a crisis already, and count only those who carry a signal.
func TestGradeLooksAtTheCrisisOfTheMatter(t *testing.T) {
	g := NewWithT(t)
	spec := developer()
	g.Expect(compiled(t, spec).LooksAtIncidents()).To(BeFalse())
	spec.Counts = append(spec.Counts, v1alpha1.Count{Name: "threats", Window: "30d", By: []v1alpha1.CountField{"place"}, Signal: "litigation"})
	spec.Rules = append(spec.Rules,
		v1alpha1.GradingRule{Name: "same-crisis", Level: "L1", When: "incident.exists", Reason: "the matter is a crisis already"},
		v1alpha1.GradingRule{Name: "group", Level: "L1", When: "counts.samePeople >= 10 && counts.threats >= 1", Reason: "a group may go to court"})
	p := compiled(t, spec)
	g.Expect(p.LooksAtIncidents()).To(BeTrue())
	facts := Facts{ReceivedAt: epoch, Open: true}
	g.Expect(p.Grade(facts, epoch).Level).To(BeEquivalentTo("L4"))
	facts.Incident = &playbook.IncidentFacts{Exists: true}
	g.Expect(p.Grade(facts, epoch)).To(And(HaveField("Level", BeEquivalentTo("L1")), HaveField("Rule", "same-crisis")))
	facts = Facts{ReceivedAt: epoch, Open: true, Counts: []int64{10, 1, 1}}
	g.Expect(p.Grade(facts, epoch).Reason).To(HaveSuffix("counts.threats = 1: 1 complaint with litigation within 30d, same place)"))
	facts.Counts[2] = 0
	g.Expect(p.Grade(facts, epoch).Level).To(BeEquivalentTo("L2"), "ten people, and nobody threatens")
	near := Fields{Place: "Lakeside", Category: "sales"}
	g.Expect(p.Matter(near)).To(And(Equal(p.CorrelationKey("L1", near)), Not(BeEmpty())))
	g.Expect(p.CorrelationKey("L4", near)).To(BeEmpty())
	spec.Correlation = nil
	g.Expect(compiled(t, spec).Matter(near)).To(BeEmpty())
}

// A rule that cannot be carried out is told, and stops nothing.
func TestGradeGoesOnAfterAFailedRule(t *testing.T) {
	g := NewWithT(t)
	spec := developer()
	spec.Rules[0].When = "100 / complaint.affected > 1"
	result := compiled(t, spec).Grade(Facts{Complaint: playbook.ComplaintFacts{Signals: []string{"media-exposure"}}, ReceivedAt: epoch}, epoch)
	g.Expect(result.Level).To(BeEquivalentTo("L2"))
	g.Expect(result.Failed).To(HaveLen(1))
	g.Expect(result.Failed[0].Rule).To(Equal("group-litigation"))
	g.Expect(result.Failed[0].Message).To(ContainSubstring("division by zero"))
}

func TestReasonFitsTheStatus(t *testing.T) {
	g := NewWithT(t)
	spec := developer()
	spec.Rules[0].Reason = strings.Repeat("因", 512)
	when := "complaint.affected > 0"
	for i := range 8 {
		spec.Counts = append(spec.Counts, v1alpha1.Count{Name: fmt.Sprint("aRatherLongNameForSuchASmallCount", i), Window: "30d", By: []v1alpha1.CountField{"category", "product", "place", "order"}})
		when += fmt.Sprint(" || counts.aRatherLongNameForSuchASmallCount", i, " > 0")
	}
	spec.Rules[0].When = v1alpha1.Expression(when)
	result := compiled(t, spec).Grade(Facts{Complaint: playbook.ComplaintFacts{Affected: 1}, ReceivedAt: epoch}, epoch)
	g.Expect(utf8.RuneCountInString(result.Reason)).To(Equal(maxReason))
}

// simple is rules over nothing but the number of people affected and time, so that a test can foresee them.
type simple struct {
	rank, affected int
	openFor        time.Duration // 0: not a time criterion
}

var simpleDrawn = rapid.Custom(func(t *rapid.T) simple {
	return simple{
		rank:     rapid.IntRange(0, 3).Draw(t, "rank"),
		affected: rapid.IntRange(0, 5).Draw(t, "affected"),
		openFor:  time.Duration(rapid.IntRange(0, 5).Draw(t, "hours")) * time.Hour,
	}
})

func (s simple) matches(f Facts, now time.Time) bool {
	return f.Complaint.Affected >= int64(s.affected) && (s.openFor == 0 || f.Open && now.Sub(f.ReceivedAt) >= s.openFor)
}

// The highest level of the rules that match wins, the first among equals; never below the level in force; and time
// alone changes nothing before NextAt.
func TestGradeProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := rapid.SliceOfN(simpleDrawn, 0, 6).Draw(t, "rules")
		spec := v1alpha1.TriagePolicySpec{
			Levels:       []v1alpha1.Level{{Name: "L0"}, {Name: "L1"}, {Name: "L2"}, {Name: "L3"}},
			DefaultLevel: v1alpha1.LevelName(fmt.Sprint("L", rapid.IntRange(0, 3).Draw(t, "default"))),
		}
		for i, r := range rules {
			gr := v1alpha1.GradingRule{
				Name: fmt.Sprint("r", i), Level: v1alpha1.LevelName(fmt.Sprint("L", r.rank)), Reason: "why",
				When: v1alpha1.Expression(fmt.Sprint("complaint.affected >= ", r.affected)),
			}
			if r.openFor > 0 {
				gr.OpenFor = v1alpha1.Duration(fmt.Sprint(r.openFor.Hours(), "h"))
			}
			spec.Rules = append(spec.Rules, gr)
		}
		p, problems := Compile("p", 1, spec)
		if len(problems) > 0 {
			t.Fatalf("%v", problems)
		}
		f := Facts{
			ReceivedAt: epoch,
			Open:       rapid.Bool().Draw(t, "open"),
			Complaint:  playbook.ComplaintFacts{Affected: rapid.Int64Range(0, 5).Draw(t, "affected")},
			Current:    v1alpha1.LevelName(rapid.SampledFrom([]string{"", "L0", "L1", "L2", "L3"}).Draw(t, "current")),
		}
		now := epoch.Add(time.Duration(rapid.IntRange(0, 6*3600).Draw(t, "now")) * time.Second)

		expect := func(now time.Time) (level, rule string) {
			best := -1
			for i, r := range rules {
				if r.matches(f, now) && (best < 0 || r.rank < rules[best].rank) {
					best = i
				}
			}
			level = string(p.defaultLevel)
			if best >= 0 {
				level, rule = fmt.Sprint("L", rules[best].rank), fmt.Sprint("r", best)
			}
			if f.Current != "" && string(f.Current) < level {
				return string(f.Current), ""
			}
			return level, rule
		}
		result := p.Grade(f, now)
		if level, rule := expect(now); string(result.Level) != level || result.Rule != rule {
			t.Fatalf("%s by %q, expected %s by %q", result.Level, result.Rule, level, rule)
		}
		if again := p.Grade(f, now); fmt.Sprint(again) != fmt.Sprint(result) {
			t.Fatalf("asked again: %v, before: %v", again, result)
		}
		checkNextAt(t, p, f, now, result)
	})
}

// checkNextAt: at NextAt the level rises, a second before it does not yet; without NextAt it never does.
func checkNextAt(t *rapid.T, p *Policy, f Facts, now time.Time, result Result) {
	f.Current = result.Level
	if result.NextAt.IsZero() {
		if later := p.Grade(f, now.Add(1000*time.Hour)); later.Level != result.Level {
			t.Fatalf("rises to %s unannounced", later.Level)
		}
		return
	}
	if !result.NextAt.After(now) {
		t.Fatalf("NextAt %s is not after %s", result.NextAt, now)
	}
	if before := p.Grade(f, result.NextAt.Add(-time.Second)); before.Level != result.Level {
		t.Fatalf("rises before NextAt")
	}
	if at := p.Grade(f, result.NextAt); p.Rank(at.Level) >= p.Rank(result.Level) {
		t.Fatalf("does not rise at NextAt: %s, before %s", at.Level, result.Level)
	}
}

func BenchmarkGrade(b *testing.B) {
	p := compiled(b, developer())
	f := Facts{Open: true, Counts: []int64{2, 1}, ReceivedAt: epoch, Complaint: playbook.ComplaintFacts{Signals: []string{"needs-other-department", "our-fault"}, Affected: 3}}
	for b.Loop() {
		p.Grade(f, epoch)
	}
}
