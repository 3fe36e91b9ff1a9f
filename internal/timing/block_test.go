package timing

import (
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// around is a block with a look inside; its deadline, and what is done when it passes, stand behind its name.
const around = `
for: Complaint
roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
ladder: [clerk, boss]
steps:
- {name: first, wait: {for: {elapsed: 1m}}}
- name: block
  HEAD
  repeat:
    until: steps.look.done && steps.more.done
    max: 2
    steps:
    - {name: look, task: {to: clerk}, within: {elapsed: 2h}, overdue: {climb: Ladder}}
    - {name: more, needs: [look], task: {to: boss}, within: {elapsed: 2h}}
templates: [{name: hello, texts: [{locale: en, subject: a, body: b}]}]
`

// What is inside a block is stopped when the deadline of the block passes: what it would have told may never be told then.
func TestADeadlineStopsWhatIsInsideABlock(t *testing.T) {
	stops, goesOn := "within: {elapsed: 1h}, overdue: {outcome: exhausted}", "within: {elapsed: 1h}"
	for _, tt := range []struct{ head, assertion, says string }{
		{stops, "reached: boss, within: {elapsed: 2h}, unless: [look]", "does not hold: it may never come about"},
		{stops, "reached: boss, within: {elapsed: 2h}, given: Silence", "does not hold: it may never come about"},
		{stops, "reached: clerk, within: {elapsed: 1m}", "holds"},
		{strings.Replace(stops, "1h", "1h, of: received", 1), "reached: clerk, within: {elapsed: 1m}", "is not proved: a run that never comes to it cannot be ruled out"},
		{strings.Replace(stops, "1h", "1h, of: graded", 1), "reached: clerk, within: {elapsed: 1m}", "is not proved: a run that never comes to it cannot be ruled out"},
		{strings.Replace(stops, "1h", "1h, of: first", 1), "reached: clerk, within: {elapsed: 1m}", "is not proved: a run that never comes to it cannot be ruled out"},
		{stops, "ended: block, within: {elapsed: 61m}", "holds"},
		{stops, "ended: block, within: {elapsed: 1h}, given: DeadlinesKept", "in the worst case it takes 1 h 1 s"},
		{goesOn, "reached: boss, within: {elapsed: 2h}, unless: [look]", "holds"},
	} {
		plan := planOf(t, strings.Replace(around, "HEAD", strings.ReplaceAll(tt.head, ", overdue", "\n  overdue"), 1))
		v, problems := judged(t, plan, tt.assertion)
		NewWithT(t).Expect(problems).To(BeEmpty())
		NewWithT(t).Expect(v.Says()).To(ContainSubstring(tt.says), "%s %s", tt.head, tt.assertion)
	}
}

// What is inside a block is to be over once by its deadline, while everybody keeps theirs.
func TestADeadlineHoldsWhatIsInside(t *testing.T) {
	for _, tt := range []struct {
		head string
		path []Stretch
	}{
		{"within: {elapsed: 3h}", []Stretch{{"block/look", 2 * time.Hour}, {"block/more", 2 * time.Hour}}},
		{"within: {elapsed: 3h}\n  overdue: {outcome: exhausted}", []Stretch{{"block/look", 2 * time.Hour}, {"block/more", 2 * time.Hour}}},
		{"needs: [first]\n  within: {elapsed: 3h}", []Stretch{{"block/look", 2 * time.Hour}, {"block/more", 2 * time.Hour}}},
		{"within: {elapsed: 4h}", nil},
	} {
		g := NewWithT(t)
		plan := planOf(t, strings.Replace(around, "HEAD", tt.head, 1))
		s, err := New(now, 7)
		g.Expect(err).NotTo(HaveOccurred())
		found, bound, err := s.Misfits(plan, v1alpha1.LevelName(""))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(bound).To(BeEmpty())
		if tt.path == nil {
			g.Expect(found).To(BeEmpty())
			continue
		}
		g.Expect(found).To(HaveLen(1))
		g.Expect(found[0].Inside).To(BeTrue())
		g.Expect(found[0].Late).To(Equal(time.Hour))
		g.Expect(found[0].Path).To(Equal(tt.path))
		g.Expect(found[0].Story).NotTo(BeEmpty())
	}
}

// What is stopped in the second in which it would tell somebody tells nobody, and what comes after it begins only then.
func TestABlockThatIsStoppedAsItWouldTell(t *testing.T) {
	plan := planOf(t, `
for: Complaint
roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
ladder: [clerk, boss]
steps:
- name: block
  within: {elapsed: 1h}
  overdue: {outcome: exhausted}
  repeat: {until: steps.look.done, max: 2, steps: [{name: look, task: {to: clerk}, within: {elapsed: 1h}, overdue: {climb: Ladder}}]}
- {name: after, needs: [block], task: {to: clerk}, within: {elapsed: 3h}, overdue: {climb: Ladder}}
`)
	for promise, says := range map[string]string{
		"reached: boss, within: {elapsed: 4h}, unless: [after]":   "does not hold: in the worst case it takes 4 h 2 s",
		"reached: boss, within: {elapsed: 4h1s}, unless: [after]": "holds",
	} {
		v, problems := judged(t, plan, promise)
		NewWithT(t).Expect(problems).To(BeEmpty())
		NewWithT(t).Expect(v.Says()).To(ContainSubstring(says), promise)
	}
}
