package timing

import (
	"strings"
	"testing"
)

// An approval that somebody may have to give anew, and what needs it, is never proved to come in time: whoever writes anew what was
// approved begins it once more. Where nobody can, it is proved.
func TestAnApprovalThatIsGivenAnewIsNotProved(t *testing.T) {
	const head = `
for: Complaint
roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
steps:
- {name: draft, task: {to: clerk, writes: remedy}, within: {elapsed: 1d}}
- {name: approve, needs: [draft], approval: {by: [boss], of: remedy}, within: {elapsed: 1d}}
- {name: carryOut, needs: [approve], when: steps.approve.outcome == "approved", task: {to: clerk}, within: {elapsed: 1d}}
- {name: look, task: {to: clerk}, within: {elapsed: 1d}}
`
	const promise = "ended: carryOut, within: {elapsed: 3d}, given: DeadlinesKept"
	for name, tt := range map[string]struct{ more, assertion, says string }{
		"nobody writes it again":    {"", promise, "holds"},
		"meanwhile":                 {"- {name: improve, needs: [look], task: {to: clerk, writes: remedy}, within: {elapsed: 1d}}", promise, "approve may have to be given anew whenever improve writes the remedy"},
		"others work beside it":     {"- {name: check, needs: [approve], task: {to: clerk}, within: {elapsed: 1d}}", promise, "holds"},
		"when all of it is over":    {"- {name: improve, needs: [carryOut], task: {to: clerk, writes: remedy}, within: {elapsed: 1d}}", promise, "holds"},
		"after it, beside the rest": {"- {name: improve, needs: [approve], task: {to: clerk, writes: remedy}, within: {elapsed: 1d}}", promise, "is not proved"},
		"that does not need it":     {"- {name: improve, needs: [look], task: {to: clerk, writes: remedy}, within: {elapsed: 1d}}", "ended: improve, within: {elapsed: 2d}, given: DeadlinesKept", "holds"},
		"counted from the approval": {"- {name: improve, needs: [look], task: {to: clerk, writes: remedy}, within: {elapsed: 1d}}", "ended: carryOut, within: {elapsed: 1d, of: approve}, given: DeadlinesKept", "is not proved"},
		"nobody does anything":      {"- {name: improve, needs: [look], task: {to: clerk, writes: remedy}, within: {elapsed: 1d}}", "reached: clerk, within: {elapsed: 1h}, given: Silence", "holds"},
	} {
		t.Run(name, func(t *testing.T) {
			v, problems := judged(t, planOf(t, head+tt.more), tt.assertion)
			if len(problems) > 0 || !strings.Contains(v.Says(), tt.says) {
				t.Errorf("%v %s", problems, v.Says())
			}
		})
	}
}
