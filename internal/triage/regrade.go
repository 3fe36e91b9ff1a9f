package triage

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Regrade is the grading that follows from the one in force (nil: none), the facts, and what people decided since.
// Rules raise a level; only a person lowers one, and then only a rule of a higher level than the one they overruled
// raises it again.
func Regrade(p *Policy, current *v1alpha1.Grading, f Facts, acts []v1alpha1.RecordAct, now time.Time) v1alpha1.Grading {
	var g v1alpha1.Grading
	if current != nil {
		g = *current
	}
	for _, act := range acts {
		g = byPerson(p, g, act)
	}
	f.Current, f.Overruled = g.Level, g.Overruled
	r := p.Grade(f, now)
	g.Policy = r.Policy
	g.NextAt = metav1.Time{}
	if !r.NextAt.IsZero() {
		g.NextAt = metav1.NewTime(r.NextAt)
	}
	if r.Level != g.Level {
		g.Level, g.Rule, g.Reason = r.Level, r.Rule, r.Reason
		g.At = metav1.NewTime(now.UTC().Truncate(time.Second))
	}
	return g
}

// byPerson carries out a person's decision about the level. One that names no level of the policy, or a level that is
// not higher (lower) for Raise (Lower), changes nothing.
func byPerson(p *Policy, g v1alpha1.Grading, act v1alpha1.RecordAct) v1alpha1.Grading {
	to, from := p.Rank(act.Level), p.Rank(g.Level)
	if to < 0 || from < 0 {
		return g
	}
	switch {
	case act.Verb == v1alpha1.RecordRaise && to < from:
		// Raised to less than what was overruled, the level is still a person's judgement that the rules gave too much.
		if to <= p.Rank(g.Overruled) {
			g.Overruled = ""
		}
	case act.Verb == v1alpha1.RecordLower && to > from:
		if g.Overruled == "" || from < p.Rank(g.Overruled) {
			g.Overruled = g.Level
		}
	default:
		return g
	}
	g.Level, g.Rule, g.Reason = act.Level, "", cut("by a person's decision: "+act.Reason, 1024)
	g.At = act.At
	return g
}
