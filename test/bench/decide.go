package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
)

// decisions measures, in processor time, how many turns a core takes of a run of twenty steps in which somebody is waited for and nothing is
// due: what most turns are. Once when the run is young and once when it is a year old.
func decisions(r *report) error {
	young, err := turns(0)
	if err != nil {
		return err
	}
	old, err := turns(365 * 24 * time.Hour)
	if err != nil {
		return err
	}
	r.add("decisions a second on a core", young, "1/s", 200_000, higher)
	r.add("decisions on a run a year old against a young one", old/young, "", 0.9, higher)
	return nil
}

// turns is how many decisions a second a core takes on a run of some age.
func turns(age time.Duration) (float64, error) {
	plan, err := twentySteps()
	if err != nil {
		return 0, err
	}
	begun := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	team := &v1alpha1.ResponseTeamSpec{Members: []v1alpha1.Member{{Name: "amy", User: "amy", Duties: []v1alpha1.Identifier{"agent"}}, {Name: "bob", User: "bob", Duties: []v1alpha1.Identifier{"agent"}}}}
	f := &engine.Facts{
		Record: v1alpha1.RecordReference{Kind: v1alpha1.RecordComplaint, Name: "case", UID: "uid"}, Mode: v1alpha1.ModeLive, Level: "normal",
		ReceivedAt: begun, GradedAt: begun, Complaint: &playbook.ComplaintFacts{Affected: 1}, Incident: &playbook.IncidentFacts{},
		Tasks: map[string]engine.TaskFacts{}, Notices: map[string]v1alpha1.NoticeState{}, Digests: map[v1alpha1.WrittenField]string{},
		Roster: roster.New(map[string]*v1alpha1.ResponseTeamSpec{"desk": team}),
	}
	run := engine.Start(plan, f, v1alpha1.RevisionReference{Name: "r", Digest: strings.Repeat("0", 64)}, 1, begun)
	now := begun
	decide := func() {
		d := engine.Decide(plan, run, f, now)
		for _, e := range d.Effects {
			if open, ok := e.(engine.OpenTask); ok {
				f.Tasks[open.Name] = engine.TaskFacts{Assignment: &open.Spec.Assignment, State: v1alpha1.TaskOpen}
			}
			if again, ok := e.(engine.Reassign); ok {
				task := f.Tasks[again.Name]
				task.Assignment = &again.Assignment
				f.Tasks[again.Name] = task
			}
		}
		run = d.Run
		if age > 0 && !d.Wake.IsZero() && d.Wake.Before(begun.Add(age)) {
			now = d.Wake
		} else {
			now = begun.Add(age)
		}
	}
	decide()
	for now.Before(begun.Add(age)) {
		decide()
	}
	decide()
	const times = 200_000
	before, err := usageOf(os.Getpid())
	if err != nil {
		return 0, err
	}
	for range times {
		engine.Decide(plan, run, f, now)
	}
	after, err := usageOf(os.Getpid())
	return times / (after.cpu - before.cpu).Seconds(), err
}

func twentySteps() (*playbook.Plan, error) {
	steps := []string{"for: Complaint", "roles: [{name: handler, team: desk, duty: agent}]", "ladder: [handler]", "steps:"}
	for i := range 20 {
		needs := ""
		if i > 0 {
			needs = fmt.Sprintf(", needs: [s%d]", i-1)
		}
		if i < 3 {
			needs = ""
		}
		steps = append(steps, fmt.Sprintf("- {name: s%d%s, task: {to: handler, outcomes: [go, drop]}, within: {elapsed: 200h}, remind: [4h], overdue: {climb: Ladder, every: 8h}}", i, needs))
	}
	var spec v1alpha1.PlaybookSpec
	if err := yaml.UnmarshalStrict([]byte(strings.Join(steps, "\n")), &spec); err != nil {
		return nil, err
	}
	plan, problems := playbook.Compile(playbook.Closure{Name: "twenty", Playbook: spec})
	if plan == nil {
		return nil, fmt.Errorf("the playbook of the measurement: %v", problems)
	}
	return plan, nil
}
