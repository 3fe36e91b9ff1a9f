package soundness

import (
	"testing"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/internal/playbook"
)

// Playbooks in which only one of several orders comes to what is wrong, or to what is right: a search that leaves that order
// out says something else than one that leaves none out.
func TestOrdersThatMatter(t *testing.T) {
	for name, c := range map[string]struct{ steps, says string }{
		// The first round may be over before somebody listens, and the answer with it.
		"an answer of a round that is over": {`
steps:
- {name: first, noDeadline: None., task: {to: handler}}
- {name: hears, needs: [first], noDeadline: None., wait: {until: steps.say.skipped}}
- name: talk
  repeat:
    max: 2
    until: run.round > 1
    steps:
    - {name: ask, noDeadline: None., task: {to: handler}}
    - {name: say, needs: [ask], when: run.round > 1, noDeadline: None., task: {to: handler}}
`, "Stuck hears"},
		// The block goes through its rounds in one turn, and the last of them sees what the other block did in it.
		"a round that sees what was done in the same turn": {`
steps:
- name: block
  repeat:
    max: 3
    until: steps.ask.outcome == "good"
    steps:
    - {name: ask, when: steps.other.done, noDeadline: None., task: {to: handler, outcomes: [good, bad]}}
- name: other
  repeat:
    max: 1
    until: run.round > 0
    steps:
    - {name: tell, notify: {to: [handler], template: reminder}}
`, ""},
		// What needs only skipped steps is skipped with them, in the same turn, in which facts are asked.
		"a fact that is asked when all before it is skipped": {`
steps:
- {name: look, noDeadline: None., task: {to: handler}}
- name: block
  needs: [look]
  repeat:
    max: 1
    until: run.round > 0
    steps:
    - {name: never, when: run.round > 5, noDeadline: None., task: {to: handler}}
    - {name: nor, needs: [never], noDeadline: None., task: {to: handler}}
- {name: tell, needs: [block], when: 'complaint.category == "x"', noDeadline: None., task: {to: handler}}
`, "NeverHappens block/never"},
		// A quorum of all is given up with the first that is skipped, when the others still go on.
		"a quorum that is given up early": {`
steps:
- {name: look, noDeadline: None., task: {to: handler, outcomes: [good, bad]}}
- {name: one, needs: [look], when: 'steps.look.outcome == "good"', noDeadline: None., task: {to: handler}}
- {name: two, noDeadline: None., task: {to: handler, outcomes: [good, bad]}}
- {name: both, needs: [one, two], quorum: 2, noDeadline: None., task: {to: handler}}
- {name: check, noDeadline: None., task: {to: handler}}
- {name: after, needs: [both, check], when: 'steps.two.outcome == ""', noDeadline: None., task: {to: handler}}
`, ""},
		// Who needs only what was skipped is skipped with it, so that what is around it may end, and a region be stopped.
		"a skip that ends what is around it": {`
cancel:
- {name: stop, when: steps.block.ended, steps: [work]}
steps:
- {name: look, noDeadline: None., task: {to: handler}}
- name: block
  needs: [look]
  repeat:
    max: 1
    until: run.round > 0
    steps:
    - {name: never, when: run.round > 5, noDeadline: None., task: {to: handler}}
    - {name: nor, needs: [never], noDeadline: None., task: {to: handler}}
- {name: work, noDeadline: None., task: {to: handler}}
- {name: after, needs: [work], noDeadline: None., task: {to: handler}}
`, "NeverHappens block/never"},
		// Who comes last has the one skipped and the other asked in the same turn.
		"two that follow in one turn or in two": {`
steps:
- {name: look, noDeadline: None., task: {to: handler}}
- {name: work, noDeadline: None., task: {to: handler}}
- {name: never, needs: [look, work], when: steps.look.skipped, noDeadline: None., task: {to: handler}}
- {name: after, needs: [look], when: steps.never.ended, noDeadline: None., task: {to: handler}}
`, "NeverHappens never"},
		// The deadline of a block stops who waits inside, unless what that waits for has come before.
		"a deadline around a wait": {`
steps:
- {name: out, noDeadline: None., task: {to: handler}}
- name: block
  within: {elapsed: 9h}
  overdue: {outcome: exhausted}
  repeat:
    max: 1
    until: steps.then.done
    steps:
    - {name: first, noDeadline: None., wait: {until: steps.out.done}}
    - {name: then, needs: [first], noDeadline: None., task: {to: handler}}
- {name: late, needs: [block], when: steps.first.done && steps.block.overdue, noDeadline: None., task: {to: handler}}
- {name: early, needs: [block], when: '!steps.first.done', noDeadline: None., task: {to: handler}}
`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			plan := compiled(t, c.steps)
			g.Expect(summary(Check(plan, Options{Plain: true}))).To(Equal(c.says))
			g.Expect(summary(Check(plan, Options{}))).To(Equal(c.says))
		})
	}
}

// mostPlain is how many states the search that follows every order looks at of one playbook.
const mostPlain = 3_000

// Leaving orders out changes nothing, in playbooks that are too large for the oracle too.
func TestNoOrderThatMattersIsLeftOut(t *testing.T) {
	looked, large, states, plain := 0, 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		text := anyBook(t, 4, 10)
		plan, _ := playbook.Compile(closureOf(t, []byte(text), "it"))
		if plan == nil {
			t.Skip("it looks at an incident that it does not raise")
		}
		every := Check(plan, Options{Limit: mostPlain, Plain: true})
		if len(every.Bounds) > 0 {
			large++
			return
		}
		v := Check(plan, Options{Limit: mostPlain})
		if summary(v) != summary(every) {
			t.Fatalf("without the orders that come to the same: %s\nwith them: %s\n%s", summary(v), summary(every), text)
		}
		looked, states, plain = looked+1, states+v.States, plain+every.States
	})
	t.Logf("%d playbooks, %d too large; %d states instead of %d", looked, large, states, plain)
}
