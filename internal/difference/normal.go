package difference

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/cel-go/common"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/parser"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// normal is a playbook as it is compared: a copy with its defaults filled in, sets sorted, durations and conditions spelled one way.
func normal(spec *v1alpha1.PlaybookSpec) *v1alpha1.PlaybookSpec {
	s := spec.DeepCopy()
	for i := range s.Roles {
		slices.Sort(s.Roles[i].Not)
	}
	for i := range s.Steps {
		head(&s.Steps[i].StepHead)
		action(&s.Steps[i].Action)
		if r := s.Steps[i].Repeat; r != nil {
			r.Until = condition(r.Until)
			r.Climb = cmp.Or(r.Climb, v1alpha1.ClimbNone)
			for j := range r.Steps {
				head(&r.Steps[j].StepHead)
				action(&r.Steps[j].Action)
			}
		}
	}
	for i := range s.Cancel {
		s.Cancel[i].When = condition(s.Cancel[i].When)
		slices.Sort(s.Cancel[i].Steps)
	}
	for i := range s.Assertions {
		a := &s.Assertions[i]
		a.When = condition(a.When)
		slices.Sort(a.Unless)
		slices.Sort(a.Levels)
		a.Given = cmp.Or(a.Given, v1alpha1.ConductAnything)
		a.Within.Elapsed, a.Within.Working, a.Within.Of = spelled(a.Within.Elapsed), spelledWorking(a.Within.Working), cmp.Or(a.Within.Of, "received")
	}
	for i := range s.Templates {
		t := &s.Templates[i]
		t.PersonalData = cmp.Or(t.PersonalData, v1alpha1.PersonalDataMasked)
	}
	return s
}

func head(h *v1alpha1.StepHead) {
	slices.Sort(h.Needs)
	h.When, h.Until = condition(h.When), condition(h.Until)
	if d := h.Within; d != nil {
		d.Elapsed, d.Working = spelled(d.Elapsed), spelledWorking(d.Working)
		d.Of = cmp.Or(d.Of, "started")
	}
	for i := range h.Remind {
		h.Remind[i] = spelled(h.Remind[i])
	}
	slices.SortFunc(h.Remind, func(a, b v1alpha1.Duration) int { return cmp.Compare(calendar.Elapsed(b), calendar.Elapsed(a)) })
	if o := h.Overdue; o != nil {
		o.Climb, o.Every = cmp.Or(o.Climb, v1alpha1.ClimbNone), spelled(o.Every)
		if o.Climb == v1alpha1.ClimbNone && o.Outcome == "" {
			h.Overdue = nil
		}
	}
	if h.Extend != nil {
		h.Extend.Max, h.Extend.AtMost = cmp.Or(h.Extend.Max, 1), spelled(h.Extend.AtMost)
	}
	if h.Pause != nil {
		h.Pause.AtMost = spelled(h.Pause.AtMost)
	}
	every(h.Every)
}

func every(s *v1alpha1.Span) {
	if s != nil {
		s.Elapsed, s.Working = spelled(s.Elapsed), spelledWorking(s.Working)
	}
}

func action(a *v1alpha1.Action) {
	switch {
	case a.AssembleTeam != nil:
		slices.Sort(a.AssembleTeam.Duties)
		a.AssembleTeam.Template = cmp.Or(a.AssembleTeam.Template, "assemble")
	case a.AssignRole != nil:
		a.AssignRole.Template = cmp.Or(a.AssignRole.Template, "roleAssigned")
	case a.Notify != nil:
		slices.Sort(a.Notify.To)
	case a.Task != nil:
		slices.Sort(a.Task.Outcomes)
		a.Task.AcknowledgeWithin = spelled(a.Task.AcknowledgeWithin)
	case a.Approval != nil:
		a.Approval.Quorum = cmp.Or(a.Approval.Quorum, int32(len(a.Approval.By)))
	case a.Survey != nil:
		a.Survey.By = cmp.Or(a.Survey.By, v1alpha1.SurveyPhone)
	case a.Decision != nil:
		slices.Sort(a.Decision.Options)
	case a.Wait != nil:
		every(a.Wait.For)
		a.Wait.Until = condition(a.Wait.Until)
	case a.ScheduleDrill != nil:
		every(&a.ScheduleDrill.After)
	case a.PostMortem != nil:
		every(&a.PostMortem.Due)
	}
}

// spelled is a length of elapsed time spelled one way: 60m and 1h are the same, and so are 24h and 1d.
func spelled(d v1alpha1.Duration) v1alpha1.Duration {
	if d == "" {
		return ""
	}
	all := calendar.Elapsed(d)
	if all%(24*time.Hour) == 0 && all > 24*time.Hour {
		return v1alpha1.Duration(fmt.Sprintf("%dd", all/(24*time.Hour)))
	}
	return v1alpha1.Duration(strings.ReplaceAll(clock(all), " ", ""))
}

// spelledWorking is the same of working time, where a day is no number of hours.
func spelledWorking(d v1alpha1.Duration) v1alpha1.Duration {
	days, rest, err := calendar.ParseDuration(d)
	switch {
	case err != nil:
		return d
	case days == 0:
		return v1alpha1.Duration(clock(rest))
	case rest == 0:
		return v1alpha1.Duration(fmt.Sprintf("%dd", days))
	}
	return v1alpha1.Duration(fmt.Sprintf("%dd", days) + clock(rest))
}

func clock(d time.Duration) string {
	var b strings.Builder
	for _, u := range []struct {
		size time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if n := int64(d / u.size); n > 0 {
			fmt.Fprintf(&b, "%d%s", n, u.name)
			d %= u.size
		}
	}
	if b.Len() == 0 {
		return "0s"
	}
	return b.String()
}

// parsed is a condition as a tree; nil where it cannot be read.
func parsed(e v1alpha1.Expression) *ast.AST {
	p, err := parser.NewParser(parser.Macros(parser.AllMacros...), parser.PopulateMacroCalls(true), parser.MaxRecursionDepth(64), parser.ExpressionSizeCodePointLimit(1024))
	if err != nil {
		return nil
	}
	tree, issues := p.Parse(common.NewTextSource(string(e)))
	if len(issues.GetErrors()) > 0 {
		return nil
	}
	return tree
}

// condition is a condition spelled one way: spaces, brackets that are not needed and quotes make no difference.
func condition(e v1alpha1.Expression) v1alpha1.Expression {
	if e == "" {
		return ""
	}
	tree := parsed(e)
	if tree == nil {
		return e
	}
	text, err := parser.Unparse(tree.Expr(), tree.SourceInfo())
	if err != nil {
		return e
	}
	return v1alpha1.Expression(text)
}
