package soundness

import (
	"strconv"
	"strings"
)

// text is the value of a fact for a key and for people.
func (v *values) text(path string) string {
	list := func(words []string) string {
		if len(words) == 0 {
			return "nothing"
		}
		return strings.Join(words, ", ")
	}
	word := func(s string) string {
		if s == "" {
			return "not given"
		}
		return s
	}
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	c, in := &v.complaint, &v.incident
	switch path {
	case "complaint.channel":
		return word(c.Channel)
	case "complaint.category":
		return word(c.Category)
	case "complaint.product":
		return word(c.Product)
	case "complaint.place":
		return word(c.Place)
	case "complaint.order":
		return word(c.Order)
	case "complaint.class":
		return word(c.Class)
	case "complaint.level":
		return word(c.Level)
	case "run.level":
		return word(v.level)
	case "complaint.expectation":
		return list(c.Expectation)
	case "complaint.signals":
		return list(c.Signals)
	case "complaint.affected":
		return number(c.Affected)
	case "complaint.reopened":
		return number(c.Reopened)
	case "complaint.remedy.kinds":
		return list(c.Remedy.Kinds)
	case "complaint.remedy.amountCents":
		return number(c.Remedy.AmountCents)
	case "complaint.remedy.currency":
		return word(c.Remedy.Currency)
	case "incident.level":
		return word(in.Level)
	case "incident.signals":
		return list(in.Signals)
	case "incident.complaints":
		return number(in.Complaints)
	case "incident.drill":
		return strconv.FormatBool(in.Drill)
	}
	return ""
}
