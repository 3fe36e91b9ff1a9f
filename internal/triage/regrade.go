package triage

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Verdict is what became of a person's decision about a level.
type Verdict struct {
	// Act is the decision, a Raise or a Lower.
	Act v1alpha1.RecordAct
	// LeftOut says why it changed nothing; empty: it was carried out.
	LeftOut string
}

// Regrade is the grading that follows from the one in force (nil: none), the facts, and what people decided since, and
// what became of each of their decisions. Rules raise a level; only a person lowers one, and then only a rule of a
// higher level than the one they overruled raises it again.
func Regrade(p *Policy, current *v1alpha1.Grading, f Facts, acts []v1alpha1.RecordAct, now time.Time) (v1alpha1.Grading, []Verdict) {
	var g v1alpha1.Grading
	if current != nil {
		g = *current
	}
	var verdicts []Verdict
	for _, act := range acts {
		if !aboutLevel(act) {
			continue
		}
		v := Verdict{act, p.LeftOut(g.Level, act)}
		if verdicts = append(verdicts, v); v.LeftOut == "" {
			g = byPerson(p, g, act)
		}
	}
	g.NextAt = metav1.Time{}
	if p.title == BuiltInName && g.Level != "" && p.Rank(g.Level) < 0 {
		return g, verdicts // what serves where no policy does knows nothing that would change a policy's judgement
	}
	f.Current, f.Overruled = g.Level, g.Overruled
	r := p.Grade(f, now)
	g.Policy = r.Policy
	if !r.NextAt.IsZero() {
		g.NextAt = metav1.NewTime(r.NextAt)
	}
	if r.Level != g.Level {
		g.Level, g.Rule, g.Reason = r.Level, r.Rule, r.Reason
		g.At = metav1.NewTime(now.UTC().Truncate(time.Second))
	}
	return g, verdicts
}

// ByPeople is the level that follows from the one in force and what people decided since, and what became of each of
// their decisions: for records that no rule grades.
func ByPeople(p *Policy, current v1alpha1.LevelName, acts []v1alpha1.RecordAct) (v1alpha1.LevelName, []Verdict) {
	var verdicts []Verdict
	for _, act := range acts {
		if !aboutLevel(act) {
			continue
		}
		v := Verdict{act, p.LeftOut(current, act)}
		if verdicts = append(verdicts, v); v.LeftOut == "" {
			current = act.Level
		}
	}
	return current, verdicts
}

func aboutLevel(act v1alpha1.RecordAct) bool {
	return act.Verb == v1alpha1.RecordRaise || act.Verb == v1alpha1.RecordLower
}

// LeftOut says why a Raise or Lower changes nothing while `current` is in force: its level is none of the policy, or not
// above (below) the one in force. Empty: it is to be carried out. A level the policy does not know can only be raised,
// to one it knows.
func (p *Policy) LeftOut(current v1alpha1.LevelName, act v1alpha1.RecordAct) string {
	to, from := p.Rank(act.Level), p.Rank(current)
	switch {
	case to < 0:
		return fmt.Sprintf("%s has no level %s; its levels are %s", p.title, act.Level, joined(p.levels, func(l v1alpha1.Level) string { return string(l.Name) }))
	case act.Verb == v1alpha1.RecordRaise && from >= 0 && to >= from:
		return fmt.Sprintf("%s is not above %s, the level in force", act.Level, current)
	case act.Verb == v1alpha1.RecordLower && from < 0:
		return fmt.Sprintf("%s does not know %s, the level in force; it can only be raised to one it knows", p.title, current)
	case act.Verb == v1alpha1.RecordLower && to <= from:
		return fmt.Sprintf("%s is not below %s, the level in force", act.Level, current)
	}
	return ""
}

// byPerson carries out a person's decision about the level.
func byPerson(p *Policy, g v1alpha1.Grading, act v1alpha1.RecordAct) v1alpha1.Grading {
	to, from := p.Rank(act.Level), p.Rank(g.Level)
	if act.Verb == v1alpha1.RecordLower {
		if g.Overruled == "" || from < p.Rank(g.Overruled) {
			g.Overruled = g.Level
		}
	} else if to <= p.Rank(g.Overruled) {
		// Raised to less than what was overruled, the level is still a person's judgement that the rules gave too much.
		g.Overruled = ""
	}
	g.Level, g.Rule, g.Reason = act.Level, "", cut("by a person's decision: "+act.Reason, 1024)
	g.At = act.At
	return g
}
