package policytest

import (
	"fmt"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// story is everything that happened, a line each.
func (c *chronicle) story() []string {
	several := false
	for _, l := range c.lines {
		several = several || l.record != c.lines[0].record
	}
	var out []string
	for _, l := range c.lines {
		if !l.untold {
			out = append(out, l.text(several))
		}
	}
	return out
}

func (l *line) text(named bool) string {
	step := l.Step
	if l.Round > 0 {
		step += fmt.Sprintf(" #%d", l.Round)
	}
	record := ""
	if named {
		record = fmt.Sprintf("%-16s  ", l.record)
	}
	text := l.Text
	if l.Actor != "" {
		text += " [" + string(l.Actor) + "]"
	}
	return strings.TrimRight(fmt.Sprintf("%s  %s%-15s  %-26s  %s", l.At.UTC().Format("2006-01-02 15:04:05"), record, l.Type, step, text), " ")
}

// mostAround is how many lines of the story stand beside a failure.
const mostAround = 8

// ofTheRecord are the lines that tell how a record stands as a whole.
var ofTheRecord = []v1alpha1.EventType{
	v1alpha1.EventReceived, v1alpha1.EventGraded, v1alpha1.EventLevelChanged, v1alpha1.EventRunStarted, v1alpha1.EventRunEnded, v1alpha1.EventCorrelated,
	v1alpha1.EventIncidentRaised, v1alpha1.EventReopened,
}

// ofNotices are the lines that tell of notices, for expectations about who is told.
var ofNotices = []v1alpha1.EventType{v1alpha1.EventNoticeRequested, v1alpha1.EventUndelivered}

// around are the lines of the story that tell most about a failure: those of the step it is about, else those of the record
// as a whole, and of its notices where it is about those, or all where it is about its end; the last ones before the moment.
func (w *weigher) around(e *Expectation, record, step string) []string {
	until := w.until(e)
	whole := ofTheRecord
	if e.Told != nil || e.NotTold != nil {
		whole = slices.Concat(ofTheRecord, ofNotices)
	}
	var out []string
	for _, l := range w.lines {
		if l.record != record || l.At.After(until) || l.untold {
			continue
		}
		block, _, _ := strings.Cut(step, "/")
		about := step != "" && (l.Step == step || l.Step == block)
		if about || e.Closed != "" || slices.Contains(whole, l.Type) && (step == "" || l.Type == v1alpha1.EventRunEnded) {
			out = append(out, l.text(false))
		}
	}
	return out[max(len(out)-mostAround, 0):]
}
