package policytest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// isTold is whether an audience was told by a moment, or again and again until then.
func (w *weigher) isTold(a *Audience, record string, until time.Time) verdict {
	var times []time.Time
	for _, t := range w.toldUntil(record, until) {
		if w.isFor(t, a, record) {
			times = append(times, t.at)
		}
	}
	if a.Every == "" {
		if len(times) > 0 {
			return asExpected
		}
		return verdict{happened: w.toldInstead(record, until), step: a.Step}
	}
	open := w.openTimes(record, until)
	if len(open) == 0 {
		return verdict{happened: "it had not come in", step: a.Step}
	}
	for _, o := range open {
		if from, to := o.longestSilence(times); to.Sub(from) > calendar.Elapsed(a.Every) {
			return verdict{happened: fmt.Sprintf("nothing was heard from %s to %s, %s", date(from), date(to), span(to.Sub(from))), step: a.Step}
		}
	}
	return asExpected
}

// stretch is a stretch of time.
type stretch struct{ from, to time.Time }

// openTimes are when a record was open until a moment: from when it came in, and from each re-opening, up to the closing after it.
func (w *weigher) openTimes(record string, until time.Time) []stretch {
	var out []stretch
	open := false
	for _, s := range w.statesUntil(record, until) {
		if open == (s.result == "") {
			continue
		}
		if open = !open; open {
			out = append(out, stretch{s.at, until})
		} else {
			out[len(out)-1].to = s.at
		}
	}
	return out
}

// longestSilence is the longest time in a stretch in which nothing was heard.
func (s stretch) longestSilence(heard []time.Time) (from, to time.Time) {
	from, to = s.from, s.from
	last := s.from
	for _, at := range append(slices.Clone(heard), s.to) {
		if at.Before(s.from) || at.After(s.to) {
			continue
		}
		if at.Sub(last) > to.Sub(from) {
			from, to = last, at
		}
		last = at
	}
	return from, to
}

func (w *weigher) isNotTold(a *Audience, record string, until time.Time) verdict {
	if a.Role != "" && len(w.ranks(a, record, until)) == 0 {
		return verdict{happened: fmt.Sprintf("nobody knows who %s would be: %s is no incident, and the role names no team; expect it of a person", a.Role, record)}
	}
	for _, t := range w.toldUntil(record, until) {
		if w.isFor(t, a, record) {
			return verdict{happened: t.text(), step: t.notice.Spec.Step}
		}
	}
	return asExpected
}

// toldUntil are the notices about a record that were delivered by a moment.
func (w *weigher) toldUntil(record string, until time.Time) []told {
	var out []told
	for _, t := range w.told {
		if string(t.notice.Spec.Record.Name) == record && !t.at.After(until) {
			out = append(out, t)
		}
	}
	return out
}

// isFor is whether a notice went to an audience.
func (w *weigher) isFor(t told, a *Audience, record string) bool {
	spec := &t.notice.Spec
	if a.Template != "" && spec.Template != a.Template || a.Step != "" && spec.Step != a.Step {
		return false
	}
	switch {
	case a.Complainant:
		return spec.To.Kind == v1alpha1.RecipientComplainant
	case a.Stakeholder != "":
		return spec.To.Kind == v1alpha1.RecipientStakeholder && spec.To.Name == a.Stakeholder
	case spec.To.Kind != v1alpha1.RecipientMember:
		return false
	case a.Person != "":
		return t.user == a.Person
	}
	return w.plays(t.user, w.ranks(a, record, t.at), t.at)
}

// mostInstead is how many notices a failure names.
const mostInstead = 8

// toldInstead is who was told, where somebody else should have been.
func (w *weigher) toldInstead(record string, until time.Time) string {
	all := w.toldUntil(record, until)
	if len(all) == 0 {
		return "nobody was told anything"
	}
	var out []string
	for _, t := range all[max(len(all)-mostInstead, 0):] {
		out = append(out, t.text())
	}
	text := "told were "
	if len(all) > mostInstead {
		text = fmt.Sprintf("%d were told, the last ones: ", len(all))
	}
	return text + strings.Join(out, "; ")
}

// text names a notice: who was told when, and by which text.
func (t told) text() string {
	to := &t.notice.Spec.To
	who := map[v1alpha1.RecipientKind]string{
		v1alpha1.RecipientComplainant: "the complainant", v1alpha1.RecipientStakeholder: "the stakeholder " + to.Name,
	}[to.Kind]
	if who == "" {
		who = string(t.user)
	}
	return fmt.Sprintf("%s at %s (%s)", who, date(t.at), t.notice.Spec.Template)
}

// span is a length of time as people write it.
func span(d time.Duration) string {
	d = d.Round(time.Second)
	text := ""
	for _, unit := range []struct {
		of     time.Duration
		letter string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if n := d / unit.of; n > 0 {
			text += fmt.Sprintf("%d%s", n, unit.letter)
			d %= unit.of
		}
	}
	return orElse(text, "0s")
}
