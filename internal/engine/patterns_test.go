package engine_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// pattern is a small playbook that shows one of the control-flow patterns of docs/patterns.md.
type pattern struct {
	// name begins with the number of the pattern.
	name  string
	steps string
	// moves is who completes which step with what, one a line; a line that is a length of time lets it pass.
	moves string
	// stands is how the steps stand in the end.
	stands string
}

const twoWork = `
- {name: a, task: {to: handler}, within: {elapsed: 4h}}
- {name: b, task: {to: supervisor}, within: {elapsed: 4h}}
`

const threeWork = twoWork + `
- {name: c, task: {to: legal}, within: {elapsed: 4h}}
`

const nextOf = `
- {name: next, needs: [a, b], task: {to: manager}, within: {elapsed: 4h}}
`

const choice = `
- {name: ask, decision: {by: handler, options: [left, right, both]}, within: {elapsed: 4h}}
- {name: left, needs: [ask], when: 'steps.ask.outcome in ["left", "both"]', task: {to: handler}, within: {elapsed: 4h}}
- {name: right, needs: [ask], when: 'steps.ask.outcome in ["right", "both"]', task: {to: supervisor}, within: {elapsed: 4h}}
- {name: after, needs: [left, right], task: {to: manager}, within: {elapsed: 4h}}
`

const seats = `
- {name: seal, approval: {by: [manager, legal]}, within: {elapsed: 4h}}
- {name: next, needs: [seal], task: {to: handler}, within: {elapsed: 4h}}
`

var patterns = []pattern{
	{name: "1 Sequence", steps: "- {name: a, task: {to: handler}, within: {elapsed: 4h}}\n- {name: next, needs: [a], task: {to: manager}, within: {elapsed: 4h}}",
		moves: "lin a", stands: "a Done, next Waiting"},
	{name: "2 Parallel Split", steps: "- {name: ask, task: {to: manager}, within: {elapsed: 4h}}\n- {name: a, needs: [ask], task: {to: handler}, within: {elapsed: 4h}}\n- {name: b, needs: [ask], task: {to: supervisor}, within: {elapsed: 4h}}",
		moves: "ma ask", stands: "a Waiting, b Waiting"},
	{name: "3 Synchronization", steps: twoWork + nextOf, moves: "lin a", stands: "a Done, b Waiting, next Pending"},
	{name: "4 Exclusive Choice", steps: choice, moves: "lin ask left", stands: "left Waiting, right Skipped"},
	{name: "5 Simple Merge", steps: choice, moves: "lin ask right\nsun right", stands: "left Skipped, right Done, after Waiting"},
	{name: "6 Multi-Choice", steps: choice, moves: "lin ask both", stands: "left Waiting, right Waiting"},
	{name: "7 Structured Synchronizing Merge", steps: choice, moves: "lin ask both\nsun right", stands: "left Waiting, after Pending"},
	{name: "9 Structured Discriminator", steps: twoWork + "- {name: next, needs: [a, b], quorum: 1, task: {to: manager}, within: {elapsed: 4h}}",
		moves: "lin a", stands: "b Waiting, next Waiting"},
	{name: "11 Implicit Termination", steps: twoWork, moves: "lin a\nsun b", stands: "a Done, b Done, the run Completed"},
	{name: "13 Multiple Instances with a priori Design-Time Knowledge", steps: seats, moves: "ma seal approved", stands: "seal Waiting, next Pending"},
	{name: "14 Multiple Instances with a priori Run-Time Knowledge", steps: "- {name: call, assembleTeam: {team: crisis}, within: {elapsed: 4h}}",
		moves: "ma call\npei call\nren call", stands: "call Waiting, the run open"},
	{name: "16 Deferred Choice", steps: twoWork + `
- {name: nextA, needs: [a], task: {to: manager}, within: {elapsed: 4h}}
- {name: nextB, needs: [b], task: {to: manager}, within: {elapsed: 4h}}
cancel:
- {name: chosen, when: steps.a.done || steps.b.done, steps: [a, b]}
`, moves: "sun b", stands: "a Cancelled, nextA Skipped, nextB Waiting"},
	{name: "18 Milestone", steps: twoWork + `
- {name: amend, needs: [a], task: {to: manager}, within: {elapsed: 4h}}
cancel:
- {name: closed, when: steps.b.done, steps: [amend]}
`, moves: "lin a\nsun b", stands: "amend Cancelled"},
	{name: "19 Cancel Activity", steps: twoWork + "cancel:\n- {name: stop, when: steps.a.done, steps: [b]}\n", moves: "lin a", stands: "a Done, b Cancelled"},
	{name: "21 Structured Loop", steps: `
- name: loop
  repeat:
    until: steps.try.outcome == "good"
    max: 3
    steps: [{name: try, task: {to: handler, outcomes: [good, bad]}, within: {elapsed: 4h}}]
`, moves: "lin loop/try bad\nlin loop/try bad", stands: "loop Waiting, loop/try Waiting, round 3"},
	{name: "24 Persistent Trigger", steps: "- {name: a, task: {to: handler}, within: {elapsed: 4h}}\n- {name: heard, needs: [a], wait: {until: complaint.affected > 0}, within: {elapsed: 4h}}",
		moves: "lin a", stands: "heard Done"},
	{name: "25 Cancel Region", steps: threeWork + "cancel:\n- {name: stop, when: steps.a.done, steps: [b, c]}\n", moves: "lin a", stands: "b Cancelled, c Cancelled, the run Completed"},
	{name: "26 Cancel Multiple Instance Activity", steps: seats + "- {name: a, task: {to: handler}, within: {elapsed: 4h}}\ncancel:\n- {name: stop, when: steps.a.done, steps: [seal]}\n",
		moves: "ma seal approved\nlin a", stands: "seal Cancelled, next Skipped, the run Completed"},
	{name: "27 Complete Multiple Instance Activity", steps: strings.Replace(seats, "within: {elapsed: 4h}}", "within: {elapsed: 4h}, overdue: {outcome: approved}}", 1),
		moves: "ma seal approved\n5h", stands: "seal Done, next Waiting"},
	{name: "28 Blocking Discriminator", steps: blocking("next, needs: [a, b], quorum: 1, "), moves: "lin loop/a\nma loop/next", stands: "loop/b Waiting, round 1"},
	{name: "29 Cancelling Discriminator", steps: twoWork + `
- {name: next, needs: [a, b], quorum: 1, task: {to: manager}, within: {elapsed: 4h}}
cancel:
- {name: first, when: steps.a.done || steps.b.done, steps: [a, b]}
`, moves: "lin a", stands: "a Done, b Cancelled, next Waiting"},
	{name: "30 Structured Partial Join", steps: threeWork + "- {name: next, needs: [a, b, c], quorum: 2, task: {to: manager}, within: {elapsed: 4h}}",
		moves: "lin a\nhua c", stands: "b Waiting, next Waiting"},
	{name: "31 Blocking Partial Join", steps: blocking("next, needs: [a, b, c], quorum: 2, ", "{name: c, task: {to: legal}, within: {elapsed: 4h}}"),
		moves: "lin loop/a\nhua loop/c\nma loop/next", stands: "loop/b Waiting, round 1"},
	{name: "32 Cancelling Partial Join", steps: threeWork + `
- {name: next, needs: [a, b, c], quorum: 2, task: {to: manager}, within: {elapsed: 4h}}
cancel:
- {name: enough, when: '(steps.a.done ? 1 : 0) + (steps.b.done ? 1 : 0) + (steps.c.done ? 1 : 0) >= 2', steps: [a, b, c]}
`, moves: "lin a\nhua c", stands: "b Cancelled, next Waiting"},
	{name: "35 Cancelling Partial Join for Multiple Instances", steps: strings.Replace(seats, "[manager, legal]", "[manager, legal], quorum: 1", 1),
		moves: "ma seal approved", stands: "seal Done, next Waiting, 1 task open"},
	{name: "37 Local Synchronizing Merge", steps: choice + `
- {name: side, needs: [ask], task: {to: legal}, within: {elapsed: 4h}}
- {name: late, needs: [left, side], task: {to: manager}, within: {elapsed: 4h}}
`, moves: "lin ask right\nhua side", stands: "left Skipped, side Done, late Waiting, after Pending"},
	{name: "43 Explicit Termination", steps: twoWork + "cancel:\n- {name: over, when: steps.a.done, steps: [a, b]}\n", moves: "lin a", stands: "b Cancelled, the run Completed, 0 tasks open"},
}

// blocking is a block that joins early, round after round.
func blocking(join string, more ...string) string {
	text := "- name: loop\n  repeat:\n    until: run.round >= 2\n    max: 3\n    steps:\n"
	for _, step := range append([]string{
		"{name: a, task: {to: handler}, within: {elapsed: 4h}}", "{name: b, task: {to: supervisor}, within: {elapsed: 4h}}",
		"{name: " + join + "task: {to: manager}, within: {elapsed: 4h}}",
	}, more...) {
		text += "    - " + step + "\n"
	}
	return text
}

// Each pattern that the language is said to have can be played.
func TestPatterns(t *testing.T) {
	for _, p := range patterns {
		t.Run(p.name, func(t *testing.T) {
			g := NewWithT(t)
			steps, cancel, _ := strings.Cut(p.steps, "cancel:\n")
			head := complaintHead
			if cancel != "" {
				head += "cancel:\n" + cancel
			}
			w := newWorld(t, compile(t, "pattern", head+"steps:\n"+steps, nil))
			w.pass(time.Minute)
			for _, line := range strings.Split(p.moves, "\n") {
				w.move(strings.Fields(line))
			}
			for _, want := range strings.Split(p.stands, ", ") {
				g.Expect(w.howStands(want)).To(Equal(want), "%s\n%s", p.stands, w.story.String())
			}
		})
	}
}

// move is one line of a pattern's moves.
func (w *world) move(words []string) {
	w.t.Helper()
	if span, err := time.ParseDuration(words[0]); err == nil {
		w.pass(span)
		return
	}
	user, step := v1alpha1.User(words[0]), words[1]
	switch action := w.node(w.index(step)).Action; {
	case action.AssembleTeam != nil:
		w.does(user, v1alpha1.TaskAcknowledge, step)
	case action.Approval != nil:
		w.does(user, v1alpha1.TaskApprove, step)
	case len(words) > 2:
		w.does(user, v1alpha1.TaskComplete, step, outcome(v1alpha1.Identifier(words[2])))
	default:
		w.does(user, v1alpha1.TaskComplete, step)
	}
	w.pass(time.Minute)
}

// howStands says the same as a word of stands if it is so, else what is.
func (w *world) howStands(want string) string {
	words := strings.Fields(want)
	switch {
	case strings.HasPrefix(want, "the run"):
		if w.run.Result == "" {
			return "the run open"
		}
		return "the run " + string(w.run.Result)
	case words[0] == "round":
		return "round " + string('0'+w.step("loop").Round)
	case strings.HasSuffix(want, "open"):
		return strings.Replace(want, words[0], string(rune('0'+len(w.open()))), 1)
	}
	return words[0] + " " + string(w.step(words[0]).State)
}

var patternRow = regexp.MustCompile(`(?m)^\| (\d+) \| ([^|]+) \| (yes|no) \| (.+) \|$`)

// The page lists all 43 patterns, says yes to those that are played here and no to the others, with the reason.
func TestPatternsPage(t *testing.T) {
	g := NewWithT(t)
	page, err := os.ReadFile("../../docs/patterns.md")
	g.Expect(err).NotTo(HaveOccurred())
	var played []string
	for _, p := range patterns {
		played = append(played, p.name)
	}
	var has []string
	numbers := map[string]bool{}
	for _, row := range patternRow.FindAllStringSubmatch(string(page), -1) {
		g.Expect(numbers).NotTo(HaveKey(row[1]))
		numbers[row[1]] = true
		if row[3] == "yes" {
			has = append(has, row[1]+" "+row[2])
		}
		g.Expect(len(row[4])).To(BeNumerically(">", 5), "%s says how, or why not", row[2])
	}
	g.Expect(numbers).To(HaveLen(43))
	slices.Sort(has)
	slices.Sort(played)
	g.Expect(has).To(Equal(played))
}
