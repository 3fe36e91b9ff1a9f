package simulation

import (
	"fmt"
	"path"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
)

// recordVerbs are what can be done to a record.
var recordVerbs = []string{
	string(v1alpha1.RecordRaise), string(v1alpha1.RecordLower), string(v1alpha1.RecordAbort), string(v1alpha1.RecordReopen),
	string(v1alpha1.RecordComment), string(v1alpha1.RecordSkip), string(v1alpha1.RecordWithdraw), string(v1alpha1.RecordMerge),
	string(v1alpha1.RecordHandOver), string(v1alpha1.RecordRelease), string(v1alpha1.RecordReassign), string(v1alpha1.RecordAsk),
}

// Faults are what is wrong with a cast, everything at once, by the fields of it.
func (c *Cast) Faults() []pack.Fault {
	var wrong problems
	note := wrong.note
	duration := func(field string, d v1alpha1.Duration) {
		if _, _, err := calendar.ParseDuration(d); d != "" && err != nil {
			note(field, "%s", err)
		}
	}
	moment := func(field string, at metav1.Time) {
		if why := pack.Unplayable(at.Time); why != "" {
			note(field, "%s", why)
		}
	}
	span := func(field string, from, to metav1.Time) {
		moment(field+".from", from)
		moment(field+".to", to)
		if !from.Before(&to) {
			note(field, "from must be before to")
		}
	}
	moment("start", c.Start)
	for i := range c.Answers {
		a, at := &c.Answers[i], fmt.Sprintf("answers[%d]", i)
		duration(at+".after.median", a.After.Median)
		duration(at+".after.slow", a.After.Slow)
		if a.After.Slow != "" && calendar.Elapsed(a.After.Slow) < a.After.median() {
			note(at+".after.slow", "%s is less than the median %s; nine of ten take longer than half of all", a.After.Slow, a.After.median())
		}
		if a.Declines < 0 || a.Declines > 100 {
			note(at+".declines", "%d is no share of a hundred; write 0 to 100", a.Declines)
		}
		for _, list := range []struct {
			field    string
			patterns []string
		}{{"steps", a.Steps}, {"records", a.Records}} {
			for k, p := range list.patterns {
				if _, err := path.Match(p, ""); err != nil {
					note(fmt.Sprintf("%s.%s[%d]", at, list.field, k), "%q is no pattern: %s", p, err)
				}
			}
		}
		weighed(&wrong, at+".shares", a.Shares)
		if len(a.Shares) > 0 && len(a.Outcomes) > 0 {
			note(at, "has both outcomes and shares; keep one of them")
		}
	}
	for i, a := range c.Away {
		span(fmt.Sprintf("away[%d]", i), a.From, a.To)
	}
	for i, o := range c.Outages {
		span(fmt.Sprintf("outages[%d]", i), o.From, o.To)
	}
	for i, a := range c.Acts {
		duration(fmt.Sprintf("acts[%d].after", i), a.After)
		if a.Act.Verb == "" || a.Act.By == "" {
			note(fmt.Sprintf("acts[%d].act", i), "an act needs verb and by: what is done, and who does it")
		} else if verb := string(a.Act.Verb); !slices.Contains(recordVerbs, verb) {
			wrong = append(wrong, pack.Fault{Field: fmt.Sprintf("acts[%d].act.verb", i), Message: fmt.Sprintf("nobody can do %q to a record", verb), Advice: playbook.OneOf(verb, recordVerbs)})
		}
	}
	return wrong
}
