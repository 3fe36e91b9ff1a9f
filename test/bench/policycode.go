package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"tocsin.dev/tocsin/config"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/schema"
	"tocsin.dev/tocsin/internal/simulation"
	"tocsin.dev/tocsin/internal/soundness"
	"tocsin.dev/tocsin/internal/timing"
	"tocsin.dev/tocsin/internal/verify"
	"tocsin.dev/tocsin/playbooks"
)

// policyAsCode measures verification, proof and simulation on one core, in processor time.
func policyAsCode(ctx context.Context, r *report, year int) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // as kubectl tocsin has it
	if err := measureLong(ctx, r); err != nil {
		return err
	}
	if err := measureWide(ctx, r); err != nil {
		return err
	}
	if err := measureShipped(ctx, r); err != nil {
		return err
	}
	if year == 0 {
		return nil
	}
	return measureYear(r, year)
}

// seconds is the processor time that something takes.
func seconds(do func() error) (float64, error) {
	before, err := usageOf(os.Getpid())
	if err != nil {
		return 0, err
	}
	if err := do(); err != nil {
		return 0, err
	}
	after, err := usageOf(os.Getpid())
	return (after.cpu - before.cpu).Seconds(), err
}

// verified judges files and says how long that took.
func verified(ctx context.Context, files []verify.File) (float64, error) {
	kinds, err := schema.Load(config.Files, "crd/bases")
	if err != nil {
		return 0, err
	}
	return seconds(func() error {
		report, err := verify.Verify(ctx, kinds, files, time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), verify.Options{Absent: 1, Horizon: timing.DefaultDays})
		if err == nil && report.Count(verify.Error) > 0 {
			err = fmt.Errorf("the policies of the measurement are wrong: %s", report.Text())
		}
		return err
	})
}

// measureShipped verifies the packs as they are shipped, and counts what the proofs look at.
func measureShipped(ctx context.Context, r *report) error {
	var sum float64
	states, plain, reached := 0, 0, ""
	for _, name := range []string{playbooks.ServiceRecovery, playbooks.PropertyDeveloper} {
		files, p, err := shipped(name, "/*.yaml")
		if err != nil {
			return err
		}
		took, err := verified(ctx, files)
		if err != nil {
			return err
		}
		sum += took
		for book := range p.Playbooks {
			plan, problems := playbook.Compile(p.Closure(book))
			if len(problems) > 0 {
				return fmt.Errorf("%s: %s", book, problems[0])
			}
			states += soundness.Check(plan, soundness.Options{}).States
			every := soundness.Check(plan, soundness.Options{Plain: true, Limit: mostPlain}).States
			plain += every
			if every >= mostPlain {
				reached = ", at least"
			}
		}
	}
	r.add("verify every shipped pack, CPU", sum, "s", 2, lower)
	r.add("states explored, shipped playbooks", float64(states), "", 0, lower)
	r.add("states of a plain search against that"+reached, float64(plain)/float64(states), "", 0, higher)
	return nil
}

// mostPlain is after how many states the plain search of a playbook is given up.
const mostPlain = 50_000

// shipped are the files of a pack.
func shipped(name string, patterns ...string) ([]verify.File, *pack.Pack, error) {
	var files []verify.File
	p := pack.New()
	for _, pattern := range patterns {
		matches, err := fs.Glob(playbooks.FS, name+pattern)
		if err != nil {
			return nil, nil, err
		}
		for _, f := range matches {
			text, err := fs.ReadFile(playbooks.FS, f)
			if err != nil {
				return nil, nil, err
			}
			if err := p.Add(f, text); err != nil {
				return nil, nil, err
			}
			files = append(files, verify.File{Name: f, Text: text})
		}
	}
	return files, p, nil
}

// measureLong verifies a playbook of 200 steps, with who is in it.
func measureLong(ctx context.Context, r *report) error {
	text := []byte(measuredTeam + longBook(20, 1))
	took, err := verified(ctx, []verify.File{{Name: "long.yaml", Text: text}})
	if err != nil {
		return err
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	p := pack.New()
	if err := p.Add("long.yaml", text); err != nil {
		return err
	}
	plan, problems := playbook.Compile(p.Closure("long"))
	if plan == nil {
		return fmt.Errorf("the playbook of the measurement: %v", problems)
	}
	r.add(fmt.Sprintf("verify a playbook of %d steps, CPU", len(plan.Nodes)), took, "s", 2, lower)
	r.add("memory of that, taken from the system", float64(m.Sys)/(1<<20), "MB", 512, lower)
	r.add("states explored of it", float64(soundness.Check(plan, soundness.Options{}).States), "", 0, lower)
	return nil
}

// measureWide verifies a playbook in which 30 people do seven steps each at the same time.
func measureWide(ctx context.Context, r *report) error {
	text := []byte(measuredTeam + wideBook(30))
	took, err := verified(ctx, []verify.File{{Name: "wide.yaml", Text: text}})
	if err != nil {
		return err
	}
	p := pack.New()
	if err := p.Add("wide.yaml", text); err != nil {
		return err
	}
	plan, problems := playbook.Compile(p.Closure("wide"))
	if plan == nil {
		return fmt.Errorf("the playbook of the measurement: %v", problems)
	}
	states := soundness.Check(plan, soundness.Options{}).States
	every := soundness.Check(plan, soundness.Options{Plain: true, Limit: mostPlain}).States
	r.add(fmt.Sprintf("verify %d steps in 30 hands at once, CPU", len(plan.Nodes)), took, "s", 2, lower)
	r.add("states explored of that", float64(states), "", 0, lower)
	r.add("states of a plain search against that, at least", float64(every)/float64(states), "", 0, higher)
	return nil
}

// wideBook is a playbook in which so many hands at once look at something, mend it, sign it and are helped, with deadlines,
// a ladder, and conditions on all of it.
func wideBook(hands int) string {
	var b strings.Builder
	b.WriteString(bookHead("wide"))
	var ends []string
	for k := range hands {
		fmt.Fprintf(&b, "  - {name: hand%d, noDeadline: Its steps have them., playbook: {name: hand}}\n", k)
		ends = append(ends, fmt.Sprintf("hand%d", k))
	}
	fmt.Fprintf(&b, "  - {name: last, needs: [%s], notify: {to: [handler], template: reminder}}\n---\n", strings.Join(ends, ", "))
	return b.String() + bookHead("hand") + `  - {name: look, within: {elapsed: 2d}, overdue: {climb: Ladder, every: 4h}, task: {to: handler, outcomes: [good, bad]}}
  - {name: mend, needs: [look], when: 'steps.look.outcome == "bad"', within: {elapsed: 4h}, overdue: {outcome: late}, task: {to: handler, outcomes: [good, late]}}
  - {name: call, needs: [look], when: steps.look.overdue, within: {elapsed: 2d}, overdue: {climb: Ladder}, task: {to: handler}}
  - {name: help, needs: [look], when: steps.look.rung > 0, within: {elapsed: 2d}, overdue: {climb: Ladder}, task: {to: handler}}
  - {name: sign, needs: [mend], when: 'steps.mend.outcome == "late"', within: {elapsed: 2d}, overdue: {climb: Ladder}, approval: {by: [manager]}}
  - {name: tell, needs: [mend], within: {elapsed: 4h}, overdue: {climb: Ladder}, notify: {to: [handler], template: reminder}}
  - {name: done, needs: [look, call, help, sign, tell], within: {elapsed: 2d}, overdue: {climb: Ladder}, task: {to: handler}}
`
}

// longBook is a playbook that goes through another one so many times, which has so many parts of nine steps: something is
// looked at, three people work at the same time, what they did is agreed on in rounds, and somebody is told.
func longBook(times, parts int) string {
	var b strings.Builder
	b.WriteString(bookHead("long"))
	needs := ""
	for k := range times {
		fmt.Fprintf(&b, "  - {name: part%d%s, noDeadline: Its steps have them., playbook: {name: part}}\n", k, needs)
		needs = fmt.Sprintf(", needs: [part%d]", k)
	}
	b.WriteString("---\n")
	b.WriteString(bookHead("part"))
	needs = ""
	for k := range parts {
		fmt.Fprintf(&b, strings.ReplaceAll(`  - {name: Xlook%[1]s, within: {elapsed: 2d}, overdue: {climb: Ladder, every: 4h}, task: {to: handler, outcomes: [founded, unfounded]}}
  - {name: Xone, needs: [Xlook], when: 'steps.Xlook.outcome == "founded"', within: {elapsed: 2d}, overdue: {climb: Ladder}, task: {to: handler}}
  - {name: Xtwo, needs: [Xlook], within: {elapsed: 4h}, overdue: {outcome: late}, task: {to: manager, outcomes: [good, bad, late]}}
  - {name: Xthree, needs: [Xlook], within: {elapsed: 2d}, overdue: {climb: Ladder}, task: {to: handler}}
  - {name: Xtell, needs: [Xlook], within: {elapsed: 4h}, overdue: {climb: Ladder}, notify: {to: [handler], template: reminder}}
  - name: Xagree
    needs: [Xone, Xtwo, Xthree]
    noDeadline: Its steps have them.
    repeat:
      max: 3
      until: steps.Xsign.outcome == "approved"
      steps:
      - {name: Xplan, within: {elapsed: 2d}, overdue: {climb: Ladder}, task: {to: handler}}
      - {name: Xsign, needs: [Xplan], within: {elapsed: 2d}, overdue: {climb: Ladder}, approval: {by: [manager]}}
  - {name: Xdone, needs: [Xagree, Xtell], notify: {to: [handler], template: reminder}}
`, "X", fmt.Sprintf("p%d", k)), needs)
		needs = fmt.Sprintf(", needs: [p%ddone]", k)
	}
	return b.String()
}

// bookHead is a playbook up to its steps.
func bookHead(name string) string {
	return fmt.Sprintf(`kind: Playbook
apiVersion: crisis.tocsin.dev/v1alpha1
metadata: {name: %s}
spec:
  for: Complaint
  roles:
  - {name: handler, team: desk, duty: agent}
  - {name: manager, team: desk, duty: manager, not: [handler]}
  ladder: [handler, manager]
  steps:
`, name)
}

// measuredTeam has three of each duty: one of them may be complained about and another one away.
const measuredTeam = `kind: ResponseTeam
apiVersion: crisis.tocsin.dev/v1alpha1
metadata: {name: desk}
spec:
  members:
  - {name: amy, user: amy, duties: [agent], deputies: [bob], contacts: [{kind: Webhook, address: channel}]}
  - {name: bob, user: bob, duties: [agent], deputies: [amy], contacts: [{kind: Webhook, address: channel}]}
  - {name: cai, user: cai, duties: [manager], deputies: [dan], contacts: [{kind: Webhook, address: channel}]}
  - {name: dan, user: dan, duties: [manager], deputies: [cai], contacts: [{kind: Webhook, address: channel}]}
  - {name: eve, user: eve, duties: [agent], contacts: [{kind: Webhook, address: channel}]}
  - {name: fay, user: fay, duties: [manager], contacts: [{kind: Webhook, address: channel}]}
---
`

// measureYear simulates complaints of a shipped pack that come in over a year: a few, and many.
func measureYear(r *report, many int) error {
	defer debug.SetGCPercent(debug.SetGCPercent(800)) // as kubectl tocsin simulate --load has it
	few := min(1000, many)
	if _, err := simulated(few); err != nil { // warm
		return err
	}
	small, err := simulated(few)
	if err != nil {
		return err
	}
	large, err := simulated(many)
	if err != nil {
		return err
	}
	a, b := small.cpu/float64(few)*1e6, large.cpu/float64(many)*1e6
	r.add(fmt.Sprintf("simulate: CPU a complaint of %d in a year", few), a, "µs", 300, lower)
	r.add(fmt.Sprintf("simulate: CPU a complaint of %d in a year", many), b, "µs", 300, lower)
	r.add(fmt.Sprintf("simulate: cost a complaint at %d against %d, CPU", many, few), b/a, "", 1.15, lower)
	r.add(fmt.Sprintf("simulate: turns a complaint of %d in a year", many), large.turns, "", 0, lower)
	r.add(fmt.Sprintf("simulate: turns a complaint at %d against %d", many, few), large.turns/small.turns, "", 1.15, lower)
	r.add(fmt.Sprintf("simulate: allocations a complaint of %d in a year", many), large.allocations, "", 0, lower)
	r.add(fmt.Sprintf("simulate: allocations a complaint at %d against %d", many, few), large.allocations/small.allocations, "", 1.15, lower)
	r.add(fmt.Sprintf("simulate: a year of %d complaints, CPU", many), large.cpu, "s", 30*float64(many)/100_000, lower)
	return nil
}

// played is what a simulated year took: seconds of a processor, and of each complaint how often it was looked at and how many
// pieces of memory it asked for.
type played struct{ cpu, turns, allocations float64 }

// simulated is what a year with so many complaints takes.
func simulated(n int) (y played, err error) {
	_, p, err := shipped(playbooks.ServiceRecovery, "/*.yaml", "/examples/*.yaml")
	if err != nil {
		return y, err
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	y.cpu, err = seconds(func() error {
		play := simulation.New(p, &simulation.Cast{Answers: []simulation.Answer{{After: simulation.Delay{Median: "2h", Slow: "20h"}}}})
		play.Forget = true
		tally := play.Count()
		kinds := []simulation.Kind{{Like: "example-lamp", Products: new(500)}, {Like: "example-hotline", Products: new(500)}}
		if err := play.Bear(&simulation.Load{Complaints: n, Kinds: kinds}); err != nil {
			return err
		}
		if _, err := play.Run(play.Now().AddDate(0, 14, 0)); err != nil {
			return err
		}
		if sum := tally.Sum(); sum.Complaints != n || sum.Open > 0 {
			return fmt.Errorf("of %d complaints %d came in and %d are open", n, sum.Complaints, sum.Open)
		}
		y.turns = float64(play.Turns()) / float64(n)
		return nil
	})
	runtime.ReadMemStats(&after)
	y.allocations = float64(after.Mallocs-before.Mallocs) / float64(n)
	return y, err
}
