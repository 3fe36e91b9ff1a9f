package calendar

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of an iCalendar file.
const (
	mostICalBytes  = 64 << 10
	mostEvents     = 512
	mostRules      = 64
	mostSourceDays = 4096
)

// Days of a source lie within these years. A rule without an end is followed to the last of them.
const (
	firstSourceYear = 1970
	lastSourceYear  = 2049
)

// icalLine is a line of an iCalendar file, put together of the lines it is folded into.
type icalLine struct {
	number       int
	name, params string
	value        string
}

func (l icalLine) errorf(format string, args ...any) error {
	return fmt.Errorf("line %d: %s", l.number, fmt.Sprintf(format, args...))
}

// readICal reads the all-day events of an iCalendar file. What it does not understand it refuses rather than leaves out:
// a holiday that is not seen is worse than a calendar that is not ready. worked says that the events are days worked.
//
// The reader is our own because a policy's author is told the line a fault is in, and because nothing a text can say may
// stop the manager; the libraries at hand do neither.
func readICal(text string, worked bool) (source, error) {
	lines, err := unfold(text)
	if err != nil {
		return source{}, err
	}
	r := icalReader{worked: worked, last: always}
	for _, l := range lines {
		if err := r.line(l); err != nil {
			return source{}, err
		}
	}
	switch {
	case !r.begun:
		return source{}, errors.New("line 1: this is no iCalendar file; it begins with BEGIN:VCALENDAR")
	case len(r.inside) > 0:
		return source{}, fmt.Errorf("line %d: the file ends within %s; add END:%s", lines[len(lines)-1].number, r.inside[len(r.inside)-1], r.inside[len(r.inside)-1])
	case len(r.days) == 0:
		return source{}, errors.New("there is no day in it; add the days, or remove the entry")
	}
	return source{days: r.days, knownUntil: r.knownUntil()}, nil
}

// unfold splits a file into its lines; one that begins with a space goes on with the line before it.
func unfold(text string) ([]icalLine, error) {
	if len(text) > mostICalBytes {
		return nil, fmt.Errorf("the file has %d bytes, at most %d are read; leave out past years and descriptions", len(text), mostICalBytes)
	}
	if !utf8.ValidString(text) {
		return nil, errors.New("the file is not UTF-8; save it as UTF-8")
	}
	var out []icalLine
	for i, raw := range strings.Split(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n"), "\n") {
		switch {
		case strings.TrimSpace(raw) == "":
		case raw[0] == ' ' || raw[0] == '\t':
			if len(out) == 0 {
				return nil, fmt.Errorf("line %d: it begins with a space, but there is no line that it could go on with; remove the space", i+1)
			}
			out[len(out)-1].value += raw[1:]
		default:
			out = append(out, icalLine{number: i + 1, value: raw})
		}
	}
	for i := range out {
		if err := out[i].split(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// split takes a line apart: NAME;PARAMETERS:VALUE. A colon within quotes belongs to a parameter.
func (l *icalLine) split() error {
	whole, quoted := l.value, false
	for i, c := range whole {
		switch {
		case c == '"':
			quoted = !quoted
		case c == ':' && !quoted:
			head, value := whole[:i], whole[i+1:]
			name, params, _ := strings.Cut(head, ";")
			l.name, l.params, l.value = strings.ToUpper(strings.TrimSpace(name)), strings.ToUpper(params), strings.TrimSpace(value)
			if l.name == "" {
				return l.errorf("there is no name before the colon; write NAME:value")
			}
			return nil
		}
	}
	return l.errorf("there is no colon in it; write NAME:value, or begin the line with a space if it goes on with the one before")
}

// icalReader goes through a file line by line.
type icalReader struct {
	worked bool
	begun  bool
	// inside are the components that were begun and not ended.
	inside []string
	event  *icalEvent
	events int
	rules  int
	days   []specialDay
	// last is the latest day of the events that do not recur for ever.
	last int64
}

// icalEvent is an event while it is read.
type icalEvent struct {
	begin                    icalLine
	start, end, length, rule *icalLine
	added, left              []int64
	cancelled                bool
}

const (
	icalCalendar = "VCALENDAR"
	icalEventful = "VEVENT"
)

func (r *icalReader) line(l icalLine) error {
	switch l.name {
	case "BEGIN":
		return r.begin(l)
	case "END":
		return r.end(l)
	}
	if !r.begun {
		return l.errorf("this is no iCalendar file; it begins with BEGIN:VCALENDAR")
	}
	if len(r.inside) == 0 {
		return l.errorf("%s stands behind END:VCALENDAR; remove it", l.name)
	}
	if r.event == nil || r.inside[len(r.inside)-1] != icalEventful {
		return nil // what the file says about itself, time zones, alarms, tasks
	}
	return r.event.take(l)
}

func (r *icalReader) begin(l icalLine) error {
	name := strings.ToUpper(l.value)
	switch {
	case len(r.inside) == 0 && name != icalCalendar:
		return l.errorf("this is no iCalendar file; it begins with BEGIN:VCALENDAR")
	case len(r.inside) > 8:
		return l.errorf("components lie nine deep in each other; a file of holidays has events alone")
	case name == icalEventful && r.event != nil:
		return l.errorf("an event begins within the one that begins in line %d; end that with END:VEVENT", r.event.begin.number)
	case name == icalEventful:
		if r.events++; r.events > mostEvents {
			return l.errorf("there are more than %d events; leave out past years", mostEvents)
		}
		r.event = &icalEvent{begin: l}
	}
	r.begun = true
	r.inside = append(r.inside, name)
	return nil
}

func (r *icalReader) end(l icalLine) error {
	name, top := strings.ToUpper(l.value), len(r.inside)-1
	if top < 0 || r.inside[top] != name {
		return l.errorf("END:%s does not end what was begun last; write END:%s", l.value, strings.Join(r.inside[max(top, 0):], ""))
	}
	r.inside = r.inside[:top]
	if name != icalEventful {
		return nil
	}
	e := r.event
	r.event = nil
	return r.add(e)
}

// take notes a property of an event.
func (e *icalEvent) take(l icalLine) error {
	once := func(at **icalLine) error {
		if *at != nil {
			return l.errorf("%s is there a second time, first in line %d; keep one", l.name, (*at).number)
		}
		*at = &l
		return nil
	}
	switch l.name {
	case "DTSTART":
		return once(&e.start)
	case "DTEND":
		return once(&e.end)
	case "DURATION":
		return once(&e.length)
	case "RRULE":
		return once(&e.rule)
	case "RDATE", "EXDATE":
		for _, value := range strings.Split(l.value, ",") {
			day, err := l.day(value)
			if err != nil {
				return err
			}
			if l.name == "RDATE" {
				e.added = append(e.added, day)
			} else {
				e.left = append(e.left, day)
			}
		}
	case "STATUS":
		e.cancelled = strings.EqualFold(l.value, "CANCELLED")
	case "EXRULE", "RECURRENCE-ID":
		return l.errorf("%s is not read; leave the days out with EXDATE and write others as events of their own", l.name)
	}
	return nil
}

// day reads a date without a time.
func (l icalLine) day(value string) (int64, error) {
	t, err := time.Parse("20060102", value)
	switch {
	case len(value) > len("20060102") && value[8] == 'T':
		return 0, l.errorf("%s %s is a time of day; only all-day events are read: write %s;VALUE=DATE:%s", l.name, value, l.name, value[:8])
	case err != nil:
		return 0, l.errorf("%s %q is no date; write YYYYMMDD, a day that exists", l.name, value)
	case t.Year() < firstSourceYear || t.Year() > lastSourceYear:
		return 0, l.errorf("%s %s is not between %d and %d; leave the event out", l.name, value, firstSourceYear, lastSourceYear)
	}
	return floorDiv(t.Unix(), secondsPerDay), nil
}

// add adds the days of an event.
func (r *icalReader) add(e *icalEvent) error {
	if e.cancelled {
		return nil
	}
	if e.start == nil {
		return e.begin.errorf("the event has no DTSTART; write DTSTART;VALUE=DATE:YYYYMMDD")
	}
	first, err := e.start.day(e.start.value)
	if err != nil {
		return err
	}
	length, err := e.days(first)
	if err != nil {
		return err
	}
	starts := []int64{first}
	forever := false
	if e.rule != nil {
		if r.rules++; r.rules > mostRules {
			return e.rule.errorf("there are more than %d recurring events; write days of single years as events of their own", mostRules)
		}
		if starts, forever, err = recur(*e.rule, first); err != nil {
			return err
		}
	}
	for _, start := range append(starts, e.added...) {
		if slices.Contains(e.left, start) {
			continue
		}
		for d := start; d < start+length; d++ {
			if r.days = append(r.days, specialDay{d, r.worked}); len(r.days) > mostSourceDays {
				return e.begin.errorf("with this event there are more than %d days; days that come every week belong into spec.hours", mostSourceDays)
			}
			if !forever {
				r.last = max(r.last, d)
			}
		}
	}
	return nil
}

// mostLength is how many days one event may last.
const mostLength = 366

// days is how many days an event lasts. DTEND is the day after the last one.
func (e *icalEvent) days(first int64) (int64, error) {
	length, from := int64(1), e.start
	switch {
	case e.end != nil && e.length != nil:
		return 0, e.length.errorf("the event has both DTEND and DURATION; keep one")
	case e.end != nil:
		end, err := e.end.day(e.end.value)
		if err != nil {
			return 0, err
		}
		length, from = max(end-first, 1), e.end
		if end < first {
			return 0, e.end.errorf("DTEND %s is before DTSTART %s; DTEND is the day after the last one", e.end.value, e.start.value)
		}
	case e.length != nil:
		number, unit := strings.TrimPrefix(e.length.value, "P"), int64(1)
		if strings.HasSuffix(number, "W") {
			unit = 7
		}
		n, err := strconv.ParseInt(strings.TrimRight(number, "DW"), 10, 16)
		if err != nil || n < 1 || len(number) != len(strings.TrimRight(number, "DW"))+1 {
			return 0, e.length.errorf("DURATION %q is no number of days or weeks; write e.g. P1D or P1W", e.length.value)
		}
		length, from = n*unit, e.length
	}
	if length > mostLength {
		return 0, from.errorf("the event lasts %d days, at most %d are read; check its end", length, mostLength)
	}
	return length, nil
}

// knownUntil is the end of the year of the last event that ends; never where all of them recur for ever.
func (r *icalReader) knownUntil() int64 {
	if r.last == always {
		return never
	}
	return lastDayOf(dateOf(r.last).Year())
}

func lastDayOf(year int) int64 {
	return floorDiv(time.Date(year, time.December, 31, 0, 0, 0, 0, time.UTC).Unix(), secondsPerDay)
}
