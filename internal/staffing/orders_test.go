package staffing

import (
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
)

// judged proves a playbook for complaints with one team, desk.
func judged(t *testing.T, text, members string, absent int) Verdict {
	t.Helper()
	var spec v1alpha1.PlaybookSpec
	team := &v1alpha1.ResponseTeamSpec{}
	for into, from := range map[any]string{&spec: "for: Complaint\n" + text, team: "members:\n" + members} {
		if err := yaml.UnmarshalStrict([]byte(from), into); err != nil {
			t.Fatal(err)
		}
	}
	plan, problems := playbook.Compile(playbook.Closure{Name: "it", Playbook: spec})
	if plan == nil {
		t.Fatal(problems)
	}
	v := Check(Case{Plan: plan}, roster.New(map[string]*v1alpha1.ResponseTeamSpec{"desk": team}), Options{Absent: absent, Now: now})
	if v.Unlooked != "" {
		t.Fatal(v.Unlooked)
	}
	return v
}

// Who writes may not check. Whether the one who could do both is asked to write first depends on whether naming the lead, which
// the check waits for, takes time.
func TestAnOrderThatNeverComesIsNoFinding(t *testing.T) {
	const roles = `
roles:
- {name: writer, team: desk, duty: write}
- {name: checker, team: desk, duty: check, not: [writer]}
- {name: lead, team: desk, duty: lead}
`
	const members = `
- {name: ana, user: ana, duties: [write, check]}
- {name: ben, user: ben, duties: [write, lead]}
- {name: cho, user: cho, duties: [check, lead]}
- {name: dee, user: dee, duties: [write]}
`
	if v := judged(t, roles+`
steps:
- {name: name, assignRole: {role: lead}}
- {name: check, needs: [name], task: {to: checker}, noDeadline: None.}
- {name: write, task: {to: writer}, noDeadline: None.}
`, members, 0); len(v.Findings) > 0 {
		t.Errorf("%+v", v.Findings)
	}
	v := judged(t, roles+`
steps:
- {name: name, task: {to: lead}, noDeadline: None.}
- {name: check, needs: [name], task: {to: checker}, noDeadline: None.}
- {name: write, task: {to: writer}, noDeadline: None.}
`, members, 0)
	if len(v.Findings) != 1 || !slices.Equal(v.Findings[0].Story, []string{"the complaint is about cho", "name: ben is lead", "write: ana is writer", "nobody is left to be asked as checker for check"}) {
		t.Errorf("%+v", v.Findings)
	}
}

// In the second round the role above plays the plan, and whoever did that may not approve what comes of the block.
func TestWhoDidTheLastRoundMayNotApprove(t *testing.T) {
	v := judged(t, `
roles:
- {name: agent, team: desk, duty: agent}
- {name: manager, team: desk, duty: manager}
ladder: [agent, manager]
steps:
- name: recover
  repeat:
    until: steps.plan.outcome == "good"
    max: 2
    climb: Ladder
    steps:
    - {name: plan, task: {to: agent, outcomes: [good, bad]}, noDeadline: None.}
- {name: release, needs: [recover], approval: {by: [manager]}, noDeadline: None.}
`, `
- {name: ana, user: ana, duties: [agent]}
- {name: ben, user: ben, duties: [agent]}
- {name: cho, user: cho, duties: [manager]}
- {name: dee, user: dee, duties: [manager]}
`, 0)
	if len(v.Findings) != 1 || v.Findings[0].Message != "with dee complained about, nobody is left to approve release: cho did recover/plan, dee is complained about" &&
		v.Findings[0].Message != "with cho complained about, nobody is left to approve release: cho is complained about, dee did recover/plan" {
		t.Errorf("%+v", v.Findings)
	}
}

// The role above that plays the second round keeps its holder from approving also where nothing else has to do with that role.
func TestWhoIsClimbedToMayNotApprove(t *testing.T) {
	v := judged(t, `
roles:
- {name: agent, team: desk, duty: agent}
- {name: manager, team: desk, duty: manager}
- {name: checker, team: desk, duty: check}
ladder: [agent, manager]
steps:
- name: recover
  repeat:
    until: steps.plan.outcome == "good"
    max: 2
    climb: Ladder
    steps:
    - {name: plan, task: {to: agent, outcomes: [good, bad]}, noDeadline: None.}
- {name: release, needs: [recover], approval: {by: [checker]}, noDeadline: None.}
`, `
- {name: ana, user: ana, duties: [agent]}
- {name: ben, user: ben, duties: [agent]}
- {name: cho, user: cho, duties: [manager, check]}
- {name: dee, user: dee, duties: [manager]}
- {name: eli, user: eli, duties: [check]}
`, 0)
	if len(v.Findings) != 1 || v.Findings[0].Message != "with eli complained about, nobody is left to approve release: cho did recover/plan, eli is complained about" {
		t.Errorf("%+v", v.Findings)
	}
}

// A call finds nobody once everybody who has the duty and everybody who stands in for them is out, and not before.
func TestACallToWhoIsAway(t *testing.T) {
	const book = `
steps:
- {name: call, assembleTeam: {team: desk, duties: [help], quorum: 2}, noDeadline: None.}
`
	const members = `
- {name: ana, user: ana, duties: [help], deputies: [ben]}
- {name: ben, user: ben, deputies: [cho]}
`
	if v := judged(t, book, members+"- {name: cho, user: cho}\n", 0); len(v.Findings) > 0 {
		t.Errorf("%+v", v.Findings)
	}
	v := judged(t, book, members+"- {name: cho, user: cho}\n", 1)
	if len(v.Findings) != 1 || v.Findings[0].Kind != Call || v.Findings[0].Message != "with ana complained about and ben away, nobody is left to be called for call" {
		t.Errorf("%+v", v.Findings)
	}
	if v := judged(t, book, members+"- {name: cho, user: cho, duties: [help]}\n", 1); len(v.Findings) > 0 {
		t.Errorf("%+v", v.Findings)
	}
}

// A complaint that was never opened again does not become one that was while its run goes on: who wrote is not there to check.
func TestFactsThatStayAsTheRunBegan(t *testing.T) {
	const book = `
roles:
- {name: writer, team: desk, duty: work}
- {name: checker, team: desk, duty: work, not: [writer]}
steps:
- {name: write, when: 'THIS', task: {to: writer}, noDeadline: None.}
- {name: rest, needs: [write], wait: {for: {elapsed: 1h}}}
- {name: check, needs: [rest], when: '!(THIS)', task: {to: checker}, noDeadline: None.}
`
	const members = `
- {name: ana, user: ana, duties: [work]}
- {name: ben, user: ben, duties: [work]}
`
	for when, want := range map[string]int{"complaint.reopened > 0": 0, "complaint.affected > 1": 1} {
		if v := judged(t, strings.ReplaceAll(book, "THIS", when), members, 0); len(v.Findings) != want {
			t.Errorf("%s: %+v", when, v.Findings)
		}
	}
}

// An approval that is refused is done by whoever refused it: who would have sat on the other seat may approve next, and then not what
// comes after.
func TestARefusalLeavesTheOtherSeatFree(t *testing.T) {
	v := judged(t, `
roles:
- {name: lead, team: desk, duty: b}
- {name: check, team: desk, duty: c}
steps:
- {name: first, approval: {by: [check, lead]}, noDeadline: None.}
- {name: second, needs: [first], approval: {by: [check]}, noDeadline: None.}
- {name: third, needs: [second], approval: {by: [lead]}, noDeadline: None.}
`, `
- {name: ana, user: ana, duties: [b, c]}
- {name: ben, user: ben, duties: [c]}
- {name: cem, user: cem, duties: [c]}
`, 0)
	for _, f := range v.Findings {
		if f.Step == "third" && f.Message == "nobody is left to approve third: ana did second" {
			return
		}
	}
	t.Errorf("%+v", v.Findings)
}

// What needs two approvals, one by one person and one by two, is refused by some of the two, and by the one only as a whole.
func TestApprovalsOfDifferentSizes(t *testing.T) {
	const book = `
roles:
- {name: boss, team: desk, duty: boss}
- {name: lead, team: desk, duty: lead}
- {name: agent, team: desk, duty: agent}
steps:
- {name: one, approval: {by: [boss]}, noDeadline: None.}
- {name: two, approval: {by: [agent, lead]}, noDeadline: None.}
- {name: both, needs: [one, two], approval: {by: [boss]}, noDeadline: None.}
`
	const members = `
- {name: ana, user: ana, duties: [agent]}
- {name: ben, user: ben, duties: [lead]}
- {name: cem, user: cem, duties: [boss]}
`
	if v := judged(t, book, members+"- {name: dee, user: dee, duties: [boss, lead]}\n", 0); len(v.Findings) == 0 {
		t.Errorf("with cem complained about dee is left for one alone")
	}
	v := judged(t, book, members+"- {name: dee, user: dee, duties: [boss]}\n- {name: eli, user: eli, duties: [boss]}\n"+
		"- {name: fay, user: fay, duties: [agent, lead]}\n- {name: gus, user: gus, duties: [lead]}\n", 0)
	if len(v.Findings) > 0 {
		t.Errorf("%+v", v.Findings)
	}
}
