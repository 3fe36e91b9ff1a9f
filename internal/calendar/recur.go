package calendar

import (
	"slices"
	"strings"

	"github.com/teambition/rrule-go"
)

// recur lists the days a rule names, from the first on; forever is whether it has no end.
func recur(l icalLine, first int64) (starts []int64, forever bool, err error) {
	text := strings.ToUpper(l.value)
	if err := plainRule(l, text); err != nil {
		return nil, false, err
	}
	option, err := rrule.StrToROption(text)
	if err != nil {
		return nil, false, l.errorf("RRULE %s cannot be read: %v; correct it, or write the days as events of their own", l.value, err)
	}
	forever = option.Count == 0 && option.Until.IsZero()
	option.Dtstart = dateOf(first)
	rule, err := rrule.NewRRule(*option)
	if err != nil {
		return nil, false, l.errorf("RRULE %s cannot be read: %v; correct it, or write the days as events of their own", l.value, err)
	}
	next := rule.Iterator()
	for t, ok := next(); ok && t.Year() <= lastSourceYear; t, ok = next() {
		if starts = append(starts, floorDiv(t.Unix(), secondsPerDay)); len(starts) > mostSourceDays {
			return nil, false, l.errorf("RRULE %s names more than %d days; days that come every week belong into spec.hours", l.value, mostSourceDays)
		}
	}
	if len(starts) == 0 {
		return nil, false, l.errorf("RRULE %s names no day up to %d; correct it", l.value, lastSourceYear)
	}
	return starts, forever, nil
}

// Bounds of a rule. The library that follows it has none: a step as long as numbers go makes it fail outright, and lists
// of thousands keep it busy for hours.
const (
	mostRuleBytes  = 256
	mostStepDigits = 3
)

// plainRule refuses the rules that are no holidays' and those that could be followed for long without finding a day.
func plainRule(l icalLine, text string) error {
	if len(text) > mostRuleBytes {
		return l.errorf("RRULE has %d characters, at most %d are read; write the days as events of their own", len(text), mostRuleBytes)
	}
	parts := map[string]string{}
	var keys []string
	for _, part := range strings.Split(text, ";") {
		key, value, _ := strings.Cut(part, "=")
		if slices.Contains(keys, key) {
			return l.errorf("RRULE has %s twice; keep one", key)
		}
		parts[key], keys = value, append(keys, key)
	}
	if step := parts["INTERVAL"]; len(step) > mostStepDigits {
		return l.errorf("RRULE has INTERVAL=%s, at most %d digits are read; write the days as events of their own", step, mostStepDigits)
	}
	if step, given := parts["INTERVAL"]; given && strings.Trim(step, "0") == "" {
		return l.errorf("RRULE has INTERVAL=%s, which never comes to a second day; write how many years, months or weeks lie between, 1 or more", step)
	}
	allowed := map[string][]string{
		"YEARLY":  {"BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS"},
		"MONTHLY": {"BYMONTHDAY", "BYDAY"},
		"WEEKLY":  {"BYDAY"},
	}[parts["FREQ"]]
	if allowed == nil {
		return l.errorf("RRULE recurs %q; holidays recur YEARLY, MONTHLY or WEEKLY, and hours of the day belong into spec.hours", strings.ToLower(parts["FREQ"]))
	}
	for _, key := range keys {
		if !slices.Contains(everyRule, key) && !slices.Contains(allowed, key) {
			return l.errorf("RRULE with FREQ=%s has %s, which is not read there, only %s; write the days as events of their own", parts["FREQ"], key, strings.Join(allowed, ", "))
		}
	}
	if parts["FREQ"] == "MONTHLY" && parts["BYDAY"] != "" && parts["BYMONTHDAY"] != "" {
		return l.errorf("RRULE with FREQ=MONTHLY has BYDAY and BYMONTHDAY; keep one, or write the days as events of their own")
	}
	return nil
}

// everyRule are the parts that any rule may have.
var everyRule = []string{"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"}
