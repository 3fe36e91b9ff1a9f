package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Person is somebody who took part.
type Person struct {
	// User is the Kubernetes user name.
	User v1alpha1.User
	// Roles are the roles held, in the order of the run.
	Roles []string
	// Did are phrases such as "completed checkFacts (founded)", in the order of the verbs below, then of time.
	Did []string
}

// verbs are what people do, in the order in which a contribution is told.
var verbs = []struct {
	verb   v1alpha1.TaskVerb
	phrase string
}{
	{v1alpha1.TaskAcknowledge, "acknowledged"},
	{v1alpha1.TaskComplete, "completed"},
	{v1alpha1.TaskApprove, "approved"},
	{v1alpha1.TaskRefuse, "refused"},
	{v1alpha1.TaskDecline, "passed on"},
	{v1alpha1.TaskHandOver, "handed over"},
	{v1alpha1.TaskExtend, "asked for more time for"},
	{v1alpha1.TaskPause, "paused"},
	{v1alpha1.TaskResume, "resumed"},
	{v1alpha1.TaskComment, "commented on"},
}

// recordPhrases say what people do to the record as a whole.
var recordPhrases = map[v1alpha1.RecordVerb]string{
	v1alpha1.RecordRaise:    "raised the level",
	v1alpha1.RecordLower:    "lowered the level",
	v1alpha1.RecordAbort:    "ended the run",
	v1alpha1.RecordReopen:   "opened the matter again",
	v1alpha1.RecordComment:  "commented on the matter",
	v1alpha1.RecordSkip:     "skipped",
	v1alpha1.RecordWithdraw: "recorded the withdrawal",
	v1alpha1.RecordMerge:    "merged the matter",
	v1alpha1.RecordHandOver: "handed over the role of",
	v1alpha1.RecordRelease:  "released the record",
	v1alpha1.RecordReassign: "gave to somebody else:",
	v1alpha1.RecordAsk:      "asked for work besides the playbook:",
}

// taskAct is an act and what it was about.
type taskAct struct {
	v1alpha1.TaskAct
	step string
}

// people gathers the acts of everybody, and names those who held a role even if they left no act.
func people(in Input, run *v1alpha1.Run) []Person {
	found := map[v1alpha1.User]*Person{}
	of := func(user v1alpha1.User) *Person {
		if found[user] == nil {
			found[user] = &Person{User: user}
		}
		return found[user]
	}
	if run != nil {
		for _, h := range run.Roles {
			p := of(h.User)
			p.Roles = append(p.Roles, h.Name)
		}
	}
	acts := taskActs(in.Tasks)
	for _, v := range verbs {
		for user, steps := range byUser(acts, v.verb) {
			p := of(user)
			p.Did = append(p.Did, v.phrase+" "+strings.Join(steps, ", "))
		}
	}
	for _, a := range recordActs(in) {
		if a.By != "" {
			p := of(a.By)
			p.Did = append(p.Did, recordPhrase(a))
		}
	}
	var list []Person
	for _, p := range found {
		list = append(list, *p)
	}
	slices.SortFunc(list, func(a, b Person) int { return cmp.Compare(a.User, b.User) })
	return list
}

// taskActs lists all acts on tasks by time, then task name, then position.
func taskActs(tasks []v1alpha1.ResponseTask) []taskAct {
	tasks = slices.Clone(tasks)
	slices.SortFunc(tasks, func(a, b v1alpha1.ResponseTask) int { return cmp.Compare(a.Name, b.Name) })
	var acts []taskAct
	for _, t := range tasks {
		for _, a := range t.Spec.Acts {
			acts = append(acts, taskAct{a, stepName(t.Spec.Step, t.Spec.Round)})
		}
	}
	slices.SortStableFunc(acts, func(a, b taskAct) int { return a.At.Compare(b.At.Time) })
	return acts
}

// byUser lists, for each user, the steps the verb was used on; several times the same becomes "step (3 times)".
func byUser(acts []taskAct, verb v1alpha1.TaskVerb) map[v1alpha1.User][]string {
	steps := map[v1alpha1.User][]string{}
	times := map[string]int{}
	for _, a := range acts {
		if a.Verb != verb || a.By == "" {
			continue
		}
		step := a.step
		if a.Outcome != "" {
			step = fmt.Sprintf("%s (%s)", step, a.Outcome)
		}
		id := string(a.By) + "\x00" + step
		if times[id]++; times[id] == 1 {
			steps[a.By] = append(steps[a.By], step)
		}
	}
	for user, list := range steps {
		for i, step := range list {
			if n := times[string(user)+"\x00"+step]; n > 1 {
				list[i] = fmt.Sprintf("%s (%d times)", step, n)
			}
		}
	}
	return steps
}

func recordActs(in Input) []v1alpha1.RecordAct {
	switch {
	case in.Incident != nil:
		return in.Incident.Spec.Acts
	case in.Complaint != nil:
		return in.Complaint.Spec.Acts
	}
	return nil
}

func recordPhrase(a v1alpha1.RecordAct) string {
	phrase := recordPhrases[a.Verb]
	switch a.Verb {
	case v1alpha1.RecordRaise, v1alpha1.RecordLower:
		return phrase + " to " + string(a.Level)
	case v1alpha1.RecordSkip, v1alpha1.RecordReassign:
		return phrase + " " + a.Step
	case v1alpha1.RecordAsk:
		return phrase + " " + string(a.To)
	case v1alpha1.RecordHandOver:
		return phrase + " " + string(a.Role)
	}
	return phrase
}

// stepName is how a step is called in the report.
func stepName(step string, round int32) string {
	if round > 0 {
		return fmt.Sprintf("%s (round %d)", step, round)
	}
	return step
}
