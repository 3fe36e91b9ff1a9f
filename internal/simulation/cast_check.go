package simulation

import (
	"fmt"
	"path"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// problems says what is wrong with a cast, everything at once.
func (c *Cast) problems() (wrong problems) {
	note := wrong.note
	duration := func(field string, d v1alpha1.Duration) {
		if _, _, err := calendar.ParseDuration(d); d != "" && err != nil {
			note(field, "%s", err)
		}
	}
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
		total := 0
		for outcome, share := range a.Shares {
			if total += share; share < 0 {
				note(at+".shares."+string(outcome), "%d is less than nothing", share)
			}
		}
		if len(a.Shares) > 0 && total <= 0 {
			note(at+".shares", "they add up to nothing; give each outcome its share, e.g. founded: 80, unfounded: 20")
		}
		if len(a.Shares) > 0 && len(a.Outcomes) > 0 {
			note(at, "has both outcomes and shares; keep one of them")
		}
	}
	for i, a := range c.Away {
		if !a.From.Before(&a.To) {
			note(fmt.Sprintf("away[%d]", i), "from must be before to")
		}
	}
	for i, o := range c.Outages {
		if !o.From.Before(&o.To) {
			note(fmt.Sprintf("outages[%d]", i), "from must be before to")
		}
	}
	for i, a := range c.Acts {
		duration(fmt.Sprintf("acts[%d].after", i), a.After)
		if a.Act.Verb == "" || a.Act.By == "" {
			note(fmt.Sprintf("acts[%d].act", i), "an act needs verb and by: what is done, and who does it")
		}
	}
	return wrong
}
