package playbooks

import (
	"fmt"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/intake"
	"tocsin.dev/tocsin/internal/triage"
)

// household is a complaint of one household about the school places of a project, received some days after the first.
func household(pseudonym string, days float64, change ...func(*v1alpha1.ComplaintSpec)) *v1alpha1.Complaint {
	at := monday.Add(time.Duration(days * 24 * float64(time.Hour))).Truncate(time.Second)
	c := &v1alpha1.Complaint{Spec: v1alpha1.ComplaintSpec{
		Channel: "Phone", Category: "sales", Place: "Lakeside", Product: "school places", ReceivedAt: metav1.NewTime(at),
		Complainant: &v1alpha1.Complainant{Pseudonym: pseudonym},
	}}
	for _, f := range change {
		f(&c.Spec)
	}
	return c
}

func signals(words ...v1alpha1.Identifier) func(*v1alpha1.ComplaintSpec) {
	return func(s *v1alpha1.ComplaintSpec) { s.Signals = words }
}

func affected(n int32) func(*v1alpha1.ComplaintSpec) {
	return func(s *v1alpha1.ComplaintSpec) { s.Affected = n }
}

func about(product string) func(*v1alpha1.ComplaintSpec) {
	return func(s *v1alpha1.ComplaintSpec) { s.Product = product }
}

func media(s *v1alpha1.ComplaintSpec) { s.Channel = "Media" }

func TestEveryCriterionOfTheFourLevels(t *testing.T) {
	reopened := func(n int32) *v1alpha1.Complaint {
		c := household("a", 0)
		c.Status.Reopened = n
		return c
	}
	for _, tt := range []struct {
		name        string
		c           *v1alpha1.Complaint
		level, rule string
	}{
		{"nothing special", household("a", 0), "L4", ""},
		{"two complain together", household("a", 0, affected(2)), "L4", ""},
		{"came back twice after it was handled", reopened(2), "L4", ""},
		{"a delay that is not ours", household("a", 0, signals("delay-not-ours")), "L4", ""},
		{"honesty in question, and nobody tells", household("a", 0, signals("honesty")), "L4", ""},
		{"came back three times after it was handled", reopened(3), "L3", "again-after-handling"},
		{"another department has to help", household("a", 0, signals("other-department")), "L3", "other-department"},
		{"three complain together", household("a", 0, affected(3)), "L2", "joint-complaint"},
		{"nine complain together", household("a", 0, affected(9)), "L2", "joint-complaint"},
		{"ten complain together, and nobody threatens", household("a", 0, affected(10)), "L2", "ten-households"},
		{"a hundred complain together, and nobody threatens", household("a", 0, affected(100)), "L2", "ten-households"},
		{"a lawsuit", household("a", 0, signals("litigation")), "L2", "lawsuit"},
		{"a lawsuit of nine households", household("a", 0, affected(9), signals("litigation")), "L2", "lawsuit"},
		{"it may come into the media", household("a", 0, signals("media-exposure")), "L2", "media"},
		{"a reporter asks", household("a", 0, media), "L2", "media"},
		{"a lawsuit of ten households", household("a", 0, affected(10), signals("litigation")), "L1", "group-lawsuit"},
		{"in the media, about honesty", household("a", 0, signals("media-exposure", "honesty")), "L1", "reputation"},
		{"a reporter asks about something that hurts", household("a", 0, media, signals("reputation")), "L1", "reputation"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := gradeAll(t, PropertyDeveloper, []*v1alpha1.Complaint{tt.c})[0]
			NewWithT(t).Expect([]string{got.level, got.rule}).To(Equal([]string{tt.level, tt.rule}))
		})
	}
}

// many are complaints of n households, one every other day.
func many(n int) []*v1alpha1.Complaint {
	var all []*v1alpha1.Complaint
	for i := range n {
		all = append(all, household(fmt.Sprint("household-", i), float64(2*i)))
	}
	return all
}

// TestTheLastOfSeveral grades complaints that come in one after the other and looks at the last one.
func TestTheLastOfSeveral(t *testing.T) {
	month := 30.0
	second := 1.0 / 24 / 3600
	threat := func(all []*v1alpha1.Complaint, i int) []*v1alpha1.Complaint {
		signals("litigation")(&all[i].Spec)
		return all
	}
	for _, tt := range []struct {
		name        string
		all         []*v1alpha1.Complaint
		level, rule string
	}{
		{"two households", many(2), "L4", ""},
		{"three households", many(3), "L2", "same-complaint"},
		{"one household three times", []*v1alpha1.Complaint{household("a", 0), household("a", 1), household("a", 2)}, "L4", ""},
		{"one household twice and another", []*v1alpha1.Complaint{household("a", 0), household("a", 1), household("b", 2)}, "L4", ""},
		{"three households, three subjects", []*v1alpha1.Complaint{household("a", 0), household("b", 1, about("lift")), household("c", 2, about("garage"))}, "L4", ""},
		{"the first a month before", []*v1alpha1.Complaint{household("a", 0), household("b", 1), household("c", month)}, "L4", ""},
		{"the first a second less than a month before", []*v1alpha1.Complaint{household("a", 0), household("b", 1), household("c", month-second)}, "L2", "same-complaint"},
		{"ten households, and nobody threatens", many(10), "L2", "same-complaint"},
		{"ten households, the third threatens", threat(many(10), 2), "L1", "many-households-lawsuit"},
		{"ten households, the tenth threatens", threat(many(10), 9), "L1", "many-households-lawsuit"},
		{"nine households, the third threatens", threat(many(9), 2), "L2", "same-complaint"},
		{"an eleventh one of the crisis, about the same", append(threat(many(10), 2), household("late", 25)), "L1", "many-households-lawsuit"},
		{"one of the crisis half a year later", append(threat(many(10), 2), household("late", 200)), "L1", "part-of-a-crisis"},
		{"another project's", append(threat(many(10), 2), household("late", 25, about("lift"))), "L4", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			all := gradeAll(t, PropertyDeveloper, tt.all)
			last := all[len(all)-1]
			NewWithT(t).Expect([]string{last.level, last.rule}).To(Equal([]string{tt.level, tt.rule}))
		})
	}
}

func TestTheMonthIsOverByItself(t *testing.T) {
	policy := load(t, PropertyDeveloper).policy(t, PropertyDeveloper)
	month := monday.Add(30 * 24 * time.Hour)
	for _, tt := range []struct {
		name  string
		c     *v1alpha1.Complaint
		open  bool
		at    time.Time
		level v1alpha1.LevelName
		next  time.Time
	}{
		{"when it comes in", household("a", 0), true, monday, "L4", month},
		{"a second before the month is over", household("a", 0), true, month.Add(-time.Second), "L4", month},
		{"when it is over", household("a", 0), true, month, "L2", time.Time{}},
		{"closed before", household("a", 0), false, month, "L4", time.Time{}},
		{"a delay that is not ours", household("a", 0, signals("delay-not-ours")), true, month, "L4", time.Time{}},
		{"higher already", household("a", 0, affected(3)), true, monday, "L2", time.Time{}},
		{"L3 until then", household("a", 0, signals("other-department")), true, monday, "L3", month},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := NewWithT(t)
			result := policy.Grade(triage.Facts{Complaint: factsOf(tt.c), ReceivedAt: monday, Open: tt.open}, tt.at)
			g.Expect(result.Level).To(Equal(tt.level))
			g.Expect(result.NextAt).To(BeTemporally("==", tt.next))
		})
	}
}

func TestEveryStoryOfAHouseholdComesToItsEnd(t *testing.T) {
	type words = map[string][]string
	levels := []string{"l4-everyday", "l3-joint-work", "l2-serious"}
	for _, story := range []struct {
		name    string
		in      []string
		answers words
		setUp   func(*walk)
		want    map[string]string
	}{
		{"founded and put right", levels, nil, nil, map[string]string{"acknowledge": "delivered", "putRight": "done", "explain": "skipped"}},
		{"unfounded", levels, words{"checkFacts": {"unfounded"}}, nil, map[string]string{"putRight": "skipped", "explain": "done"}},
		{"never satisfied", levels, words{"followUp": {"dissatisfied"}}, nil, map[string]string{"putRight": "done"}},
		{"the plan is refused", levels, words{"approveRemedy": {"refused", "approved"}, "approveSerious": {"refused", "approved"}}, nil, map[string]string{"putRight": "done"}},
		{"another department", levels[1:2], nil, func(w *walk) { w.facts.Complaint.Signals = []string{"other-department"} },
			map[string]string{"departmentHelps": "done", "findWhyAgain": "skipped", "putRight": "done"}},
		{"came back three times", levels[1:2], nil, func(w *walk) { w.facts.Complaint.Reopened = 3 },
			map[string]string{"departmentHelps": "skipped", "findWhyAgain": "done", "putRight": "done"}},
		{"it may grow, six sign", levels[2:], words{"assessRisk": {"mayGrow"}}, func(w *walk) { w.facts.Complaint.Affected = 6 },
			map[string]string{"tellManagement": "sent", "watchPublic": "done", "meetHouseholds": "done", "putRight": "done"}},
		{"compensated like all", []string{"l1-household"}, nil, func(w *walk) { decided(w, "compensate") },
			map[string]string{"tellTogether": "sent", "tellCompensation": "sent", "tellRepair": "skipped", "checkFacts": "skipped", "putRight": "done", "explain": "skipped"}},
		{"put right like all", []string{"l1-household"}, nil, func(w *walk) { decided(w, "repair") },
			map[string]string{"tellCompensation": "skipped", "tellRepair": "sent", "putRight": "done", "explain": "skipped"}},
		{"nothing owed to anybody", []string{"l1-household"}, nil, func(w *walk) { decided(w, "explain") },
			map[string]string{"tellCompensation": "skipped", "tellRepair": "skipped", "checkFacts": "skipped", "putRight": "skipped", "explain": "done"}},
		{"no crisis after all, founded", []string{"l1-household"}, nil, func(w *walk) { w.facts.Incident.Exists, w.facts.Incident.Closed = true, true },
			map[string]string{"tellCompensation": "skipped", "checkFacts": "founded", "putRight": "done", "explain": "skipped"}},
		{"no crisis after all, unfounded", []string{"l1-household"}, words{"checkFacts": {"unfounded"}}, func(w *walk) {
			w.facts.Incident.Exists = true
			w.facts.Incident.Steps = []v1alpha1.StepState{{Name: "confirm", State: v1alpha1.StepDone, Outcome: "standDown"}}
		}, map[string]string{"putRight": "skipped", "explain": "done"}},
	} {
		for _, name := range story.in {
			t.Run(name+"/"+story.name, func(t *testing.T) {
				w := newWalk(t, PropertyDeveloper, name, monday, story.answers)
				if story.setUp != nil {
					story.setUp(w)
				}
				w.play()
				checkStory(t, w, story.want)
			})
		}
	}
}

func TestEveryStoryOfAMatterOfManyHouseholdsComesToItsEnd(t *testing.T) {
	type words = map[string][]string
	for _, story := range []struct {
		name    string
		answers words
		want    map[string]string
	}{
		{"compensated", nil, map[string]string{"callLeadingGroup": "assembled", "callWorkingGroup": "assembled", "firstStatement": "sent", "tellAuthority": "delivered",
			"decideForAll": "compensate", "carryOutForAll": "done", "tellSettled": "sent", "lookBack": "done", "planDrill": "done", "tellStandDown": "skipped"}},
		{"explained", words{"decideForAll": {"explain"}}, map[string]string{"carryOutForAll": "skipped", "tellSettled": "sent", "lookBack": "done"}},
		{"no agreement on the solution", words{"reviewSolution": {"refused"}}, map[string]string{"solution": "exhausted", "decideForAll": "compensate"}},
		{"no agreement on the statement", words{"approveStatement": {"refused"}}, map[string]string{"settleStatement": "release", "firstStatement": "sent"}},
		{"stood down", words{"confirm": {"standDown"}}, map[string]string{"decideForAll": "skipped", "tellAuthority": "skipped", "lookBack": "skipped", "tellStandDown": "sent"}},
	} {
		t.Run(story.name, func(t *testing.T) {
			w := newWalk(t, PropertyDeveloper, "l1-crisis", monday, story.answers)
			stood := story.answers["confirm"] != nil
			w.silent["callLeadingGroup"], w.silent["callWorkingGroup"] = stood, stood
			checkStory(t, w.play(), story.want)
		})
	}
}

// TestTheLeadingGroupCommandsAndTheWorkingGroupCarriesOut: whatever the crisis, command, voice and review are the leading
// group's, and the work is that of the group that fits the crisis.
func TestTheLeadingGroupCommandsAndTheWorkingGroupCarriesOut(t *testing.T) {
	p := load(t, PropertyDeveloper)
	for _, team := range p.crisisTeams(t) {
		g := NewWithT(t)
		g.Expect(p.teams[team].Parent).To(BeEquivalentTo("leading-group"))
		w := newWalk(t, PropertyDeveloper, "l1-crisis", monday, nil)
		w.facts.Team = team
		w.play()
		of := map[string]string{}
		for _, role := range w.run.Roles {
			of[role.Name] = role.Team
		}
		for _, role := range []string{"commander", "spokesperson", "legal", "departmentHead"} {
			g.Expect(of).To(HaveKeyWithValue(role, "leading-group"))
		}
		g.Expect(of).To(And(HaveKeyWithValue("lead", team), HaveKeyWithValue("liaison", team)))
	}
}

// TestAHouseholdHearsOfTheDecisionTheMomentItFalls carries the crisis and the case of one household out side by side.
func TestAHouseholdHearsOfTheDecisionTheMomentItFalls(t *testing.T) {
	for outcome, told := range map[string]string{"compensate": "decidedCompensation", "repair": "decidedRepair", "explain": "unfounded"} {
		t.Run(outcome, func(t *testing.T) {
			g := NewWithT(t)
			crisis := newWalk(t, PropertyDeveloper, "l1-crisis", monday, map[string][]string{"decideForAll": {outcome}})
			crisis.playUntil(func() bool { return crisis.step("decideForAll").State == v1alpha1.StepDone })
			decidedAt := crisis.now

			w := newWalk(t, PropertyDeveloper, "l1-household", monday, nil)
			w.facts.Complaint.Signals = []string{"litigation"}
			w.facts.Incident.Exists = true
			w.playUntil(func() bool { return w.now.After(decidedAt) })
			g.Expect(w.sent("together")).To(Equal(1))
			g.Expect(w.sent(told)).To(BeZero())
			w.now, w.facts.Incident.Steps = decidedAt, crisis.run.Steps
			w.play()
			g.Expect(w.run.Result).To(Equal(v1alpha1.RunCompleted))
			g.Expect(w.sent(told)).To(Equal(1))
			g.Expect(w.step("awaitDecision").EndedAt.Time).To(BeTemporally("==", decidedAt))
			for _, other := range []string{"decidedCompensation", "decidedRepair"} {
				g.Expect(w.sent(other)).To(Equal(map[bool]int{true: 1}[other == told]), other)
			}
		})
	}
}

func TestTheHouseholdsOfTheExamplesBecomeOneCrisis(t *testing.T) {
	g := NewWithT(t)
	levels, rules, keys := map[string]int{}, map[string]int{}, map[string]int{}
	for _, result := range grade(t, PropertyDeveloper, examples(t, PropertyDeveloper, "complaints.csv")) {
		levels[result.level]++
		rules[result.rule]++
		keys[result.key]++
	}
	g.Expect(keys).To(Equal(map[string]int{"": 24, "category=sales,place=Lakeside Gardens,product=school places": 2}), "the tenth household and a later one; the others join")
	g.Expect(levels["L4"]).To(BeNumerically(">=", 8))
	for _, rule := range []string{"many-households-lawsuit", "same-complaint", "joint-complaint", "ten-households", "lawsuit", "other-department"} {
		g.Expect(rules).To(HaveKey(rule), "no example shows it")
	}
	stalled := slices.ContainsFunc(examples(t, PropertyDeveloper, "complaints.csv"), func(item intake.Item) bool { return item.Script["speed"] == "stalled" })
	g.Expect(stalled).To(BeTrue(), "nobody waits for the month to be over")
}

func TestTheExamplesToApplyShowEachLevel(t *testing.T) {
	g := NewWithT(t)
	var levels []string
	var key string
	for _, file := range []string{"complaints.yaml", "incident.yaml"} {
		documents, err := Read(PropertyDeveloper + "/examples/" + file)
		g.Expect(err).NotTo(HaveOccurred())
		for _, d := range documents {
			switch o := decode(t, d).(type) {
			case *v1alpha1.Complaint:
				result := gradeAll(t, PropertyDeveloper, []*v1alpha1.Complaint{o})[0]
				levels, key = append(levels, result.level), result.key
			case *v1alpha1.CrisisIncident:
				g.Expect(o.Spec.CorrelationKey).To(Equal(key), "the group matter of the complaints joins it")
			}
		}
	}
	g.Expect(levels).To(Equal([]string{"L4", "L3", "L2", "L1"}))
}
