package policytest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/timing"
)

// studies are those of each start of a horizon: what working time comes to is counted once for all tests that begin then.
type studies map[time.Time]*timing.Study

func (s studies) from(at time.Time) (*timing.Study, error) {
	if s[at] == nil {
		study, err := timing.New(at, timing.DefaultDays)
		if err != nil {
			return nil, err
		}
		s[at] = study
	}
	return s[at], nil
}

// kept is a playbook that is to keep a promise, and the levels at which it is.
type kept struct {
	playbook string
	levels   []v1alpha1.LevelName
}

// keepers are the playbooks an assertion speaks of.
func (s *Suite) keepers(a *Promise) []kept {
	if a.Playbook != "" {
		levels := a.Levels
		if len(levels) == 0 {
			levels = s.Pack.LevelsOf(string(a.Playbook), s.plans)
		}
		return []kept{{string(a.Playbook), levels}}
	}
	var out []kept
	for _, name := range keys(s.Pack.Policies) {
		for _, level := range s.Pack.Policies[name].Spec.Levels {
			if level.Name == a.Level && s.plans[string(level.Playbook)] != nil {
				out = append(out, kept{string(level.Playbook), []v1alpha1.LevelName{level.Name}})
			}
		}
	}
	return out
}

// assertion says what is wrong with a promise before this pack.
func (c *checker) assertion(field string, a *Promise) {
	c.among(field+".playbook", string(a.Playbook), "playbook", keys(c.plans))
	c.among(field+".level", string(a.Level), "level", c.names.Levels)
	for i, level := range a.Levels {
		c.among(fmt.Sprintf("%s.levels[%d]", field, i), string(level), "level", c.names.Levels)
	}
	if a.Level != "" && len(a.Levels) > 0 {
		c.fault(field+".levels", "take it out", "it names a level already")
	}
	for _, k := range c.keepers(a) {
		plan := c.plans[k.playbook]
		if plan == nil {
			continue
		}
		for i, level := range a.Levels {
			if why, advice := timing.Elsewhere(c.Pack, plan, level, c.Pack.LevelsOf(k.playbook, c.plans)); why != "" {
				c.fault(fmt.Sprintf("%s.levels[%d]", field, i), advice, "%s", why)
			}
		}
		for _, p := range timing.Problems(plan, &a.Assertion) {
			c.fault(strings.TrimSuffix(field+"."+p.Field, "."), p.Advice, "playbook %s: %s", k.playbook, p.Message)
		}
	}
}

// prove proves the promises of a test for whatever comes in from its start on.
func (s *Suite) prove(ctx context.Context, t *Test, result *Result, studies studies) error {
	for i := range t.Assertions {
		if err := ctx.Err(); err != nil {
			return err
		}
		study, err := studies.from(t.Given.Begins())
		if err != nil {
			return err
		}
		study.Calls = timing.CallReaches(s.Pack, s.Pack.Roster())
		a := &t.Assertions[i]
		for _, k := range s.keepers(a) {
			failure := Failure{File: t.document.File, Line: t.document.LineOf(fmt.Sprintf("assertions[%d]", i)),
				Expected: fmt.Sprintf("%s: %s in %s", a.Name, timing.Promise(&a.Assertion), k.playbook)}
			verdicts, problems := study.Check(s.plans[k.playbook], &a.Assertion, k.levels)
			worst, holds := timing.Kept(verdicts)
			why, advice := study.Unsure(s.Pack, s.plans, k.playbook, &a.Assertion, k.levels)
			switch {
			case len(problems) > 0: // of its calendar; names were looked for before
				failure.Happened = problems[0].Message
			case !holds:
				failure.Expected += within(" at level ", string(worst.Level))
				failure.Happened, failure.Story = "it "+worst.Says(), worst.Story
			case why != "":
				failure.Happened = "it is not proved: " + why + "; " + advice
			case worst.Nothing:
				failure.Happened = "nothing is known of it: public holidays are published until " + worst.HolidaysUntil.Format(time.DateOnly) + " only"
			default:
				continue
			}
			result.Failures = append(result.Failures, failure)
		}
	}
	return nil
}
