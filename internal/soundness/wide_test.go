package soundness

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// branches are what 30 hands can do at the same time, X being the hand: the steps of each, and what the playbook has besides.
// LIST is all their steps, ENDS the last of each.
var branches = map[string]struct{ cancel, each, besides string }{
	"tasks":   {each: `- {name: Xend, noDeadline: None., task: {to: handler}}`},
	"time":    {each: `- {name: Xend, wait: {for: {elapsed: 1h}}}`},
	"notices": {each: `- {name: Xend, within: {elapsed: 2h}, notify: {to: [handler], template: reminder}}`},
	"remedy": {
		each: `- {name: Xend, noDeadline: None., task: {to: handler}}`,
		besides: `
  - {name: offer, noDeadline: None., task: {to: handler, writes: remedy}}
  - {name: agree, needs: [offer], noDeadline: None., approval: {by: [manager], of: remedy}}
  - {name: send, needs: [agree, ENDS], noDeadline: None., task: {to: handler}}`,
	},
	"ladders, deadlines, answers": {each: `
  - {name: Xlook, within: {elapsed: 2d}, overdue: {climb: Ladder, every: 4h}, task: {to: handler, outcomes: [good, bad]}}
  - {name: Xmend, needs: [Xlook], when: 'steps.Xlook.outcome == "bad"', within: {elapsed: 4h}, overdue: {outcome: late}, task: {to: handler, outcomes: [good, late]}}
  - {name: Xcall, needs: [Xlook], when: steps.Xlook.overdue, noDeadline: None., task: {to: handler}}
  - {name: Xhelp, needs: [Xlook], when: steps.Xlook.rung > 0, noDeadline: None., task: {to: manager}}
  - {name: Xtell, needs: [Xmend], within: {elapsed: 4h}, notify: {to: [handler], template: reminder}}
  - {name: Xsign, needs: [Xmend], when: 'steps.Xmend.outcome == "late"', noDeadline: None., approval: {by: [manager]}}
  - {name: Xend, needs: [Xlook, Xmend, Xcall, Xhelp, Xtell, Xsign], noDeadline: None., task: {to: handler}}`},
	"a wait for another": {each: `
  - {name: Xlook, noDeadline: None., task: {to: handler, outcomes: [good, bad]}}
  - {name: Xend, within: {elapsed: 2h}, overdue: {outcome: late}, wait: {until: 'steps.Xlook.outcome == "good"'}}`},
	"a wait for a deadline": {each: `
  - {name: Xlook, within: {elapsed: 2h}, overdue: {climb: Ladder, every: 1h}, task: {to: handler, outcomes: [good, bad]}}
  - {name: Xend, noDeadline: None., wait: {until: steps.Xlook.overdue || steps.Xlook.ended}}`},
	"a wait for a fact": {each: `
  - {name: Xlook, wait: {for: {elapsed: 1h}}}
  - {name: Xend, needs: [Xlook], within: {elapsed: 2h}, overdue: {outcome: late}, wait: {until: complaint.affected > 2}}`},
	"a wait for the incident": {each: `
  - {name: Xlook, noDeadline: None., task: {to: handler}}
  - {name: Xend, needs: [Xlook], noDeadline: None., wait: {until: incident.exists}}`},
	"word every hour": {each: `
  - {name: Xlook, noDeadline: None., task: {to: handler, outcomes: [good, bad]}}
  - {name: Xend, every: {elapsed: 1h}, until: steps.Xlook.ended, within: {elapsed: 4h}, overdue: {outcome: late}, notify: {to: [handler], template: reminder}}`},
	"rounds with a deadline": {each: `
  - name: Xend
    within: {elapsed: 9h}
    overdue: {outcome: exhausted}
    repeat:
      max: 3
      until: steps.Xsign.outcome == "approved"
      steps:
      - {name: Xplan, noDeadline: None., task: {to: handler}}
      - {name: Xsign, needs: [Xplan], noDeadline: None., approval: {by: [manager]}}`},
	"a region each": {
		cancel: `- {name: Xstop, when: 'steps.Xlook.outcome == "bad"', steps: [Xend]}`,
		each: `
  - {name: Xlook, noDeadline: None., task: {to: handler, outcomes: [good, bad]}}
  - {name: Xend, noDeadline: None., task: {to: handler}}`,
	},
	"a region around all": {
		cancel: `- {name: stop, when: 'steps.check.outcome == "false-alarm"', steps: [LIST]}`,
		each: `
  - {name: Xlook, noDeadline: None., task: {to: handler}}
  - {name: Xend, needs: [Xlook], noDeadline: None., task: {to: handler}}`,
		besides: `
  - {name: check, noDeadline: None., task: {to: handler, outcomes: [real, false-alarm]}}`,
	},
}

// hands is how many hands work at the same time.
const hands = 30

// wideBook is a playbook in which so many hands do the same, and more steps at its end.
func wideBook(of, more string) string {
	b := branches[of]
	each := func(text string) string {
		var all []string
		for k := range hands {
			all = append(all, "  "+strings.ReplaceAll(strings.TrimSpace(text), "X", fmt.Sprintf("h%d", k)))
		}
		return strings.Join(slices.Compact(all), "\n") + "\n"
	}
	text := head
	if b.cancel != "" {
		text += "  cancel:\n" + each(b.cancel)
	}
	text += "  steps:\n" + each(b.each) + strings.TrimPrefix(b.besides, "\n") + "\n" + more
	var ends, list []string
	for k := range hands {
		ends = append(ends, fmt.Sprintf("h%dend", k))
		list = append(list, fmt.Sprintf("h%dlook, h%dend", k, k))
	}
	return strings.NewReplacer("ENDS", strings.Join(ends, ", "), "LIST", strings.Join(list, ", ")).Replace(text)
}

// deadEnd comes after what two of the hands do.
const deadEnd = "  - {name: last, needs: [h0end, h29end], noDeadline: None., wait: {until: steps.last.ended}}\n"

// What hands do at the same time costs the sum of it and not the product, as long as they have nothing to do with each other;
// and what lies behind it is found.
func TestManyHandsCostTheirSum(t *testing.T) {
	for _, of := range slices.Sorted(maps.Keys(branches)) {
		if of == "a region around all" {
			continue // what happened before it was stopped can be seen of every hand
		}
		t.Run(of, func(t *testing.T) {
			g := NewWithT(t)
			v := Check(compiledText(t, wideBook(of, "")), Options{})
			dead := Check(compiledText(t, wideBook(of, deadEnd)), Options{})
			t.Logf("%d states, with a dead end %d", v.States, dead.States)
			g.Expect(told(v)).To(BeEmpty())
			g.Expect(v.States).To(BeNumerically("<", 40*hands))
			g.Expect(summary(dead)).To(Equal("Stuck last"))
			g.Expect(dead.Bounds).To(BeEmpty())
			g.Expect(dead.States).To(BeNumerically("<", 100*hands))
		})
	}
}

// Where everything that can happen is too much to look at, what was found so far is told; and what is far ahead is looked for
// by itself: here all hands must be done before somebody answers.
func TestADeadEndBehindTooMuchToLookAt(t *testing.T) {
	for name, end := range map[string]string{
		"near": deadEnd,
		"far":  "  - {name: last, needs: [ENDS], quorum: 30, noDeadline: None., wait: {until: steps.last.ended}}\n",
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			text := wideBook("a region around all", end)
			if name == "far" {
				text = strings.Replace(text, "[real, false-alarm]", "[false-alarm]", 1)
			}
			v := Check(compiledText(t, text), Options{})
			t.Logf("%d states, %d moves", v.States, v.Moves)
			g.Expect(summary(v)).To(Equal("Stuck last"))
			g.Expect(v.Bounds).To(HaveLen(1))
			g.Expect(v.Bounds[0]).To(HaveSuffix("states, because what was found there is to be mended first"))
			g.Expect(v.States).To(BeNumerically("<", 2*diveAfter))
			g.Expect(v.Findings[0].Story).NotTo(BeEmpty())
		})
	}
}
