package verify

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/timing"
)

// What holds in a run of a playbook that begins by itself at one level may not hold where another playbook carries it out, or where
// the level changes on the way: it is not proved, and why is said.
func TestWhereAPromiseIsNotProvedThoughItsPlaybookKeepsIt(t *testing.T) {
	const text = `
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: p}
spec:
  for: Complaint
  roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
  ladder: [clerk, boss]
  steps:
  - {name: check, task: {to: clerk}, within: {elapsed: 1h, of: OF}, overdue: {climb: Ladder}}
  - {name: inside, needs: [check], playbook: {name: q}}
  assertions: [{name: it, reached: boss, within: {elapsed: 1h}, unless: [check]LEVELS}]
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: q}
spec:
  for: Complaint
  roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
  ladder: [clerk, boss]
  steps:
  - {name: look, task: {to: clerk}, within: {elapsed: 1h}, overdue: {climb: Ladder}}
  INSIDE
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: TriagePolicy
metadata: {name: default}
spec: {levels: [{name: top, playbook: p}, {name: mid, playbook: MID}], defaultLevel: mid}
`
	for _, tt := range []struct{ of, levels, inside, mid, says string }{
		{"graded", "", "", "p", ""},                  // its deadline is set as it begins
		{"received", ", levels: [top]", "", "p", ""}, // whatever becomes of its level
		{"received", "", "", "p", ""},
		{"received", "", "assertions: [{name: it, reached: boss, within: {elapsed: 1h}, unless: [look]}]", "p", "q runs only inside p"},
		{"graded", "", "assertions: [{name: it, reached: boss, within: {elapsed: 1h}, unless: [look]}]", "q", ""},
		{"received", ", levels: [mid]", "", "q", "the level mid leads to q, not to p: nothing is promised there"},
		{"received", ", levels: [top, mid]", "", "q", "the level mid leads to q, not to p: nothing is promised there"},
		{"received", ", levels: [top, mid]", "", "p", ""},
		{"received", ", levels: [low]", "", "p}, {name: low, playbook: q", "the level low leads to q, not to p: nothing is promised there"},
		{"received", ", levels: [low]", "", "p}, {name: low", "the level low leads to no playbook: nothing is promised there"},
	} {
		g := NewWithT(t)
		file := strings.NewReplacer("OF", tt.of, "LEVELS", tt.levels, "INSIDE", tt.inside, "MID", tt.mid).Replace(text)
		r, err := Verify(t.Context(), kinds, []File{{"f", []byte(file)}}, now, Options{Horizon: timing.DefaultDays})
		g.Expect(err).NotTo(HaveOccurred())
		var said []string
		for _, f := range r.Findings {
			if f.Rule == ProofBounded || f.Rule == AssertionHolds {
				said = append(said, f.Message)
			}
		}
		if tt.says == "" {
			g.Expect(said).To(BeEmpty(), fmt.Sprint(tt))
			continue
		}
		g.Expect(said).To(ConsistOf(ContainSubstring(tt.says)), r.Text())
	}
}

// A run goes on where its level becomes one that leads to the same playbook, or to none, and an incident keeps its playbook at every
// level: what hangs on the level is not proved there, whatever else is.
func TestALevelMayChangeWhileTheRunGoesOn(t *testing.T) {
	const text = `
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: p}
spec:
  for: Complaint
  roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}, {name: chief, team: desk, duty: chief}]
  ladder: [clerk, boss, chief]
  steps:
  - {name: raise, raiseIncident: {playbook: crisis, team: desk}}
COMPLAINT
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: crisis}
spec:
  for: CrisisIncident
  roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}, {name: chief, team: desk, duty: chief}]
  ladder: [clerk, boss, chief]
  steps:
  - {name: begin, task: {to: clerk}, noDeadline: as long as it takes}
CRISIS
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: TriagePolicy
metadata: {name: default}
spec: {levels: [{name: top, playbook: p}LEVELS], defaultLevel: top}
`
	const (
		none    = ", {name: low}"
		own     = ", {name: low, playbook: p}"
		another = ", {name: low, playbook: q}"
		pause   = "  - {name: pause, wait: {for: {elapsed: 4h}}}\n"
		tell    = pause + "  - {name: do, needs: [pause], when: run.level == \"top\", task: {to: boss}, within: {elapsed: 1h}}\n"
		graded  = pause + "  - {name: do, needs: [pause], task: {to: clerk}, within: {elapsed: 5h, of: graded}, overdue: {climb: Ladder}}\n"
		beside  = tell + "  - {name: also, needs: [pause], task: {to: boss}, within: {elapsed: 1h}}\n"
		within  = "  assertions: [{name: it, reached: boss, within: {elapsed: 5h}"
		it      = within + "}]"
		unless  = within + ", unless: [do]}]"
	)
	for _, tt := range []struct{ complaint, crisis, levels, says string }{
		{tell + it, "", none, "it may come to another of the levels top and low on its way and goes on with p"},
		{tell + within + ", levels: [top]}]", "", own, "it may come to another of the levels top and low on its way"},
		{tell + it, "", "", ""},
		{tell + it, "", another, ""}, // which takes over
		{beside + it, "", none, ""},  // they are told all the same
		{graded + unless, "", none, "or counts from graded, may change then"},
		{graded + unless, "", "", ""},
		{"", tell + it, none, "it may come to another of the levels top and low on its way and goes on with crisis"},
		{"", tell + it, another, "goes on with crisis"},
		{"", tell + within + ", levels: [top]}]", another, "goes on with crisis"},
		{"", tell + within + ", given: Silence}]", another, ""}, // nobody changes it
		{"", tell + it, "", ""},
		{"", beside + within + ", levels: [top]}]", another, ""},
		{"", graded + unless, another, ""}, // from when it was raised
		{"", tell + within + ", when: 'incident.level == \"top\"'}]", another, "goes on with crisis"},
	} {
		g := NewWithT(t)
		file := strings.NewReplacer("COMPLAINT", tt.complaint, "CRISIS", tt.crisis, "LEVELS", tt.levels).Replace(text)
		r, err := Verify(t.Context(), kinds, []File{{"f", []byte(file)}}, now, Options{Horizon: timing.DefaultDays})
		g.Expect(err).NotTo(HaveOccurred())
		var said []string
		for _, f := range r.Findings {
			if f.Field == "spec.assertions[0]" {
				said = append(said, f.Message)
			}
		}
		if tt.says == "" {
			g.Expect(said).To(BeEmpty(), fmt.Sprint(tt))
			continue
		}
		g.Expect(said).To(ConsistOf(ContainSubstring(tt.says)), fmt.Sprint(tt))
	}
}

// The table of times says of whatever people do what is so however they change the level.
func TestTimesWhereTheLevelMayChange(t *testing.T) {
	const text = `
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: p}
spec:
  for: Complaint
  roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
  steps:
  - {name: do, task: {to: clerk}, within: {elapsed: 1h}}
  - {name: tell, when: run.level == "top", task: {to: boss}, within: {elapsed: 1h}}
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: TriagePolicy
metadata: {name: default}
spec: {levels: [{name: top, playbook: p}LEVELS], defaultLevel: top}
`
	for levels, says := range map[string]string{"": "0 s", ", {name: low}": "", ", {name: low, playbook: q}": "0 s"} {
		g := NewWithT(t)
		r, err := Verify(t.Context(), kinds, []File{{"f", []byte(strings.Replace(text, "LEVELS", levels, 1))}}, now, Options{Horizon: timing.DefaultDays, Times: true})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(r.Times[0]).To(HaveField("Role", "boss"))
		g.Expect(r.Times[0].Silence).To(Equal("0 s"))
		g.Expect(r.Times[0].Anything).To(Equal(says), levels)
	}
}
