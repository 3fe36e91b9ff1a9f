package timing

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

func (r *played) say(at time.Time, text string) { r.lines = append(r.lines, line{at, text}) }

// asked is who a step asks, for people, and what they do: one of them, or several.
func (r *played) asked(n *playbook.Node, one, several string) string {
	if len(n.Asks) == 0 {
		return "the team " + one
	}
	asks := slices.Compact(slices.Sorted(slices.Values(n.Asks)))
	if len(asks) > 1 {
		one = several
	}
	return "the " + strings.Join(asks, " and the ") + " " + one
}

// told looks whether a notice tells somebody in question.
func (r *played) told(n *v1alpha1.NoticeSpec) {
	if !r.happened.IsZero() || !r.concerns(n) {
		return
	}
	r.happened, r.how = r.now, r.whom()+" is told"
	if n.Step != "" {
		r.how += " of " + n.Step
		r.step = slices.IndexFunc(r.plan.Nodes, func(node playbook.Node) bool { return node.Path == n.Step })
	}
}

func (r *played) concerns(n *v1alpha1.NoticeSpec) bool {
	notifies := false
	for i := range r.plan.Nodes {
		if r.plan.Nodes[i].Path == n.Step && r.plan.Nodes[i].Action.Notify != nil {
			notifies = n.Template == r.plan.Nodes[i].Action.Notify.Template
		}
	}
	plays := func(role string) bool {
		def, is := r.plan.Roles[role]
		return is && n.To.Kind == v1alpha1.RecipientMember && strings.HasPrefix(n.To.Name, def.Team+"."+string(def.Duty)+".")
	}
	if slices.ContainsFunc(r.q.target.roles, plays) {
		return true
	}
	to := r.q.target.audience
	switch {
	case to == "" || !notifies:
		return false
	case to == "complainant":
		return n.To.Kind == v1alpha1.RecipientComplainant
	case to == "team":
		return n.To.Kind == v1alpha1.RecipientMember
	}
	return plays(to) || n.To.Kind == v1alpha1.RecipientStakeholder && n.To.Name == to
}

// whom names who is asked about.
func (r *played) whom() string {
	if r.q.ended >= 0 {
		return r.plan.Nodes[r.q.ended].Path
	}
	if r.q.target.audience != "" {
		return "the " + r.q.target.audience
	}
	return "the " + r.q.rank
}

// premiseHolds is whether it is so what is so in the runs that are asked about.
func (r *played) premiseHolds() bool {
	if r.q.given == nil {
		return true
	}
	holds, err := r.q.given.when.Holds(envOf(r.plan, r.world, r.state.Steps))
	return err == nil && holds
}

// limit is when it should have happened, without the second in which somebody is told of a deadline.
func (r *played) limit() time.Time {
	if r.q.ended < 0 {
		return r.by.Add(-missedAfter * time.Second)
	}
	return r.by
}

// late is how many seconds after it should have happened it happened.
func (r *played) late() int64 {
	if r.happened.IsZero() {
		return never
	}
	return r.happened.Unix() - r.by.Unix()
}

// broken is whether the run breaks what was asked.
func (r *played) broken() bool {
	if r.cut || r.unkept || !r.premiseHolds() {
		return false
	}
	if r.q.ended >= 0 {
		return !r.happened.IsZero() || r.state.Result == "" && r.outstanding(r.q.ended)
	}
	inTime := func(at time.Time) bool { return !at.IsZero() && !at.After(r.by) }
	return !inTime(r.happened) && !inTime(r.idle)
}

// outstanding is whether a step has still to end where nothing else happens: it goes on, or waits for one that does.
func (r *played) outstanding(i int) bool {
	s := &r.state.Steps[i]
	waits := s.State == v1alpha1.StepPending && r.c.states[i] != not && !r.q.fromStart // else its time does not run yet
	if s.State != v1alpha1.StepWaiting && !waits {
		return false
	}
	parent := r.plan.Nodes[i].Parent
	return parent < 0 || r.outstanding(parent)
}

// Bounds of a story: more is cut out of its middle.
const (
	mostFirst = 8
	mostLast  = 14
)

// story is what happened, a dated line each.
func (r *played) story() []string {
	zone := time.UTC
	if r.q.calendar != nil {
		zone = r.q.calendar.Location()
	}
	begins := "the incident is raised"
	if r.plan.For == v1alpha1.RecordComplaint {
		begins = "the complaint comes in"
	}
	if r.q.anchor >= 0 {
		begins += ", and " + r.plan.Nodes[r.q.anchor].Path + " ends at once"
	}
	if len(r.world.Facts) > 0 {
		begins += " (" + strings.Join(r.world.Facts, "; ") + ")"
	}
	lines := append([]line{{r.start, begins + "; times are " + zone.String()}}, r.lines...)
	byThen := line{r.limit(), "by now it should have happened (" + words(r.q.within) + ")"}
	if r.happened.IsZero() {
		last := "nothing else happens: " + r.whom() + " is never told"
		if r.q.ended >= 0 {
			last = "nothing else happens: " + r.whom() + " never ends"
		}
		if r.state.Result != "" {
			last = "the run is over, and " + r.whom() + " was not told"
		}
		lines = append(lines, line{r.now, last})
	} else {
		lines = append(lines, line{r.happened, r.how + ": " + Took(r.happened.Sub(r.start)) + " after the beginning"})
	}
	k := slices.IndexFunc(lines, func(l line) bool { return l.at.After(r.limit()) })
	if k < 0 {
		k = len(lines)
	}
	lines = slices.Insert(lines, k, byThen)
	var out []string
	for i, l := range lines {
		if cut := len(lines) - mostLast; i >= mostFirst && i < cut {
			if i == mostFirst {
				out = append(out, fmt.Sprintf("… %d more lines …", cut-mostFirst))
			}
			continue
		}
		out = append(out, Dated(l.at, zone)+"  "+l.text)
	}
	return out
}

// Dated writes a moment with its day of the week, to the minute where it is a full one.
func Dated(at time.Time, zone *time.Location) string {
	at = at.In(zone)
	if at.Second() == 0 {
		return at.Format("Mon 2006-01-02 15:04")
	}
	return at.Format("Mon 2006-01-02 15:04:05")
}

// Promise writes an assertion as a sentence.
func Promise(a *v1alpha1.Assertion) string {
	text := ""
	switch {
	case a.Reached != "":
		text = "the " + string(a.Reached) + " is reached"
	case a.Told != "":
		text = "the " + string(a.Told) + " is told"
	default:
		text = string(a.Ended) + " has ended"
	}
	text += " within " + words(v1alpha1.Span{Elapsed: a.Within.Elapsed, Working: a.Within.Working})
	switch a.Within.Of {
	case "", "received", "graded":
	case "started":
		text += " of its start"
	default:
		text += " of the end of " + a.Within.Of
	}
	switch a.Given {
	case v1alpha1.ConductSilence:
		text += " where nobody does anything"
	case v1alpha1.ConductDeadlinesKept:
		text += " where everybody keeps their deadlines"
	}
	if len(a.Unless) > 0 {
		steps := make([]string, len(a.Unless))
		for i, name := range a.Unless {
			steps[i] = string(name)
		}
		text += " unless " + strings.Join(steps, " or ") + " is done"
	}
	if a.When != "" {
		text += " where " + string(a.When)
	}
	return text
}

// Says is what became of an assertion, for people: behind its promise, as the rest of the sentence.
func (v Verdict) Says() string {
	late, takes := v.At.Sub(v.By), "takes "+Took(v.At.Sub(v.Start))
	if late > time.Minute {
		late = late.Truncate(time.Minute)
	}
	if v.OfStart {
		takes = "ends " + Took(v.At.Sub(v.Start)) + " after the beginning of the run"
	}
	untold := ""
	if len(v.Untold) > 0 {
		untold = "; " + Untold(v.Untold)
	}
	if len(v.Anew) > 0 {
		untold += "; " + Anew(v.Anew)
	}
	switch {
	case v.Vacuous:
		return "promises nothing: there is no run of which it speaks"
	case v.Holds:
		return "holds"
	case v.Played && v.Never:
		return "does not hold: it may never come about"
	case v.Played && v.Worst:
		return fmt.Sprintf("does not hold: in the worst case it %s, %s too long", takes, Took(late))
	case v.Played:
		return fmt.Sprintf("does not hold: a run was found in which it %s, %s too long, and a later one is not ruled out", takes, Took(late)) + untold
	case v.Far:
		return fmt.Sprintf("is not proved: its time ends more than %d days after all starts that are looked at, and is not counted", (beyond+tooFar)/day)
	case v.Never:
		return "is not proved: a run that never comes to it cannot be ruled out, and none was found" + untold
	}
	return "is not proved: " + Took(v.At.Sub(v.Start)) + " cannot be ruled out, and no run was found that takes so long" + untold
}

// Untold says that it was not told apart how some steps end.
func Untold(steps []string) string {
	return fmt.Sprintf("not told apart was how %s ends, because a run could take more than %d courses", strings.Join(steps, ", "), mostCourses)
}

func words(s v1alpha1.Span) string {
	if s.Working != "" {
		return string(s.Working) + " of working time"
	}
	return string(s.Elapsed)
}

// Took writes a length of time for people.
func Took(d time.Duration) string {
	d = d.Round(time.Second)
	var parts []string
	for _, u := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		n := int64(d / u.size)
		d %= u.size
		if n == 0 {
			continue
		}
		name := u.name
		if name == "day" && n > 1 {
			name = "days"
		}
		parts = append(parts, fmt.Sprintf("%d %s", n, name))
	}
	if len(parts) == 0 {
		return "0 s"
	}
	return strings.Join(parts, " ")
}
