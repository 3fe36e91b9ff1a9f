package soundness

import (
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// otherWord stands for every text that no condition names.
const otherWord = "something-else"

// mostValues bounds how many combinations of facts are tried.
const mostValues = 4096

// values is one combination of the facts that people and the world can change at any time.
type values struct {
	complaint playbook.ComplaintFacts
	incident  playbook.IncidentFacts
	level     string
	// noContact is that the complainant left no contact; open that there is an incident to join.
	noContact, open bool
}

// combinations lists the values that some condition could tell apart, and says whether that is all of them.
func (l *lean) combinations() (list []values, whole bool) {
	list = []values{{level: otherWord}}
	list[0].complaint.Affected = 1
	whole = true
	for _, path := range l.factPaths() {
		var next []values
		choices, all := l.choices(path)
		whole = whole && all
		for _, v := range list {
			for _, choose := range choices {
				w := v
				choose(&w)
				next = append(next, w)
			}
		}
		if len(next) > mostValues {
			return l.distinct(list), false
		}
		list = next
	}
	return l.distinct(list), whole
}

// factPaths are the facts that can change at any time and that something looks at, each once.
func (l *lean) factPaths() []string {
	var out []string
	add := func(path string) {
		if !slices.Contains(out, path) {
			out = append(out, path)
		}
	}
	for _, c := range l.exprs {
		for _, path := range c.facts {
			own := strings.HasPrefix(path, "incident.") && l.written.For == v1alpha1.RecordComplaint
			lasting := own && (path == "incident.exists" || path == "incident.closed" || strings.HasPrefix(path, "incident.steps"))
			if path != "run.round" && !lasting {
				add(path)
			}
		}
	}
	for i := range l.Nodes {
		a := &l.written.Nodes[i].Action
		if l.looked[i].outcome && a.RaiseIncident != nil {
			add("an open incident")
		}
		if l.looked[i].outcome && a.Notify != nil && writesToComplainantOnly(a.Notify) {
			add("no contact")
		}
	}
	return out
}

// choices are the values of one fact that some condition could tell apart, and whether that is all of them.
func (l *lean) choices(path string) (out []func(*values), whole bool) {
	words, numbers := l.namedWith(path)
	text := func(set func(*values, string)) {
		for _, w := range append([]string{otherWord, ""}, words...) {
			out = append(out, func(v *values) { set(v, w) })
		}
	}
	lists := func(set func(*values, []string)) {
		for _, some := range subsets(words) {
			out = append(out, func(v *values) { set(v, some) })
		}
	}
	count := func(least int64, set func(*values, int64)) {
		near := []int64{least}
		for _, n := range numbers {
			near = append(near, n-1, n, n+1)
		}
		slices.Sort(near)
		for _, n := range slices.Compact(near) {
			if n >= least {
				out = append(out, func(v *values) { set(v, n) })
			}
		}
	}
	truth := func(set func(*values, bool)) {
		out = append(out, func(v *values) { set(v, false) }, func(v *values) { set(v, true) })
	}
	switch path {
	case "complaint.channel":
		text(func(v *values, s string) { v.complaint.Channel = s })
	case "complaint.category":
		text(func(v *values, s string) { v.complaint.Category = s })
	case "complaint.product":
		text(func(v *values, s string) { v.complaint.Product = s })
	case "complaint.place":
		text(func(v *values, s string) { v.complaint.Place = s })
	case "complaint.order":
		text(func(v *values, s string) { v.complaint.Order = s })
	case "complaint.class":
		text(func(v *values, s string) { v.complaint.Class = s })
	case "complaint.level":
		text(func(v *values, s string) { v.complaint.Level = s })
	case "run.level":
		text(func(v *values, s string) { v.level = s })
	case "complaint.expectation":
		lists(func(v *values, s []string) { v.complaint.Expectation = s })
	case "complaint.signals":
		lists(func(v *values, s []string) { v.complaint.Signals = s })
	case "complaint.affected":
		count(1, func(v *values, n int64) { v.complaint.Affected = n })
	case "complaint.reopened":
		count(0, func(v *values, n int64) { v.complaint.Reopened = n })
	case "complaint.remedy.kinds":
		lists(func(v *values, s []string) { v.complaint.Remedy.Kinds = s })
	case "complaint.remedy.amountCents":
		count(0, func(v *values, n int64) { v.complaint.Remedy.AmountCents = n })
	case "complaint.remedy.currency":
		text(func(v *values, s string) { v.complaint.Remedy.Currency = s })
	case "incident.level":
		text(func(v *values, s string) { v.incident.Level = s })
	case "incident.signals":
		lists(func(v *values, s []string) { v.incident.Signals = s })
	case "incident.complaints":
		count(0, func(v *values, n int64) { v.incident.Complaints = n })
	case "incident.drill":
		truth(func(v *values, b bool) { v.incident.Drill = b })
	case "no contact":
		truth(func(v *values, b bool) { v.noContact = b })
	case "an open incident":
		truth(func(v *values, b bool) { v.open = b })
	default:
		return []func(*values){func(*values) {}}, path == "incident.exists" || path == "incident.closed"
	}
	return out, len(words) <= mostSubsets
}

// namedWith are the words and numbers that conditions on a fact name.
func (l *lean) namedWith(path string) (words []string, numbers []int64) {
	for _, c := range l.exprs {
		if slices.Contains(c.facts, path) {
			looks := c.expr.Looks()
			words = append(words, looks.Words[path]...)
			numbers = append(numbers, looks.Numbers...)
		}
	}
	slices.Sort(words)
	words = slices.DeleteFunc(slices.Compact(words), func(w string) bool { return w == "" })
	return words, numbers
}

// mostSubsets is of how many words every subset is tried; of more each alone, none and all.
const mostSubsets = 10

func subsets(words []string) [][]string {
	if len(words) > mostSubsets {
		out := [][]string{nil, words}
		for i := range words {
			out = append(out, words[i:i+1])
		}
		return out
	}
	var out [][]string
	for set := range 1 << len(words) {
		var some []string
		for i, w := range words {
			if set&(1<<i) != 0 {
				some = append(some, w)
			}
		}
		out = append(out, some)
	}
	return out
}

// distinct leaves of several combinations that no condition tells apart the first. A condition that looks at steps as well is
// asked about nothing: there every fact it looks at counts.
func (l *lean) distinct(list []values) []values {
	seen := map[string]bool{}
	var out []values
	for _, v := range list {
		var key strings.Builder
		env := playbook.Env{Complaint: &v.complaint, Incident: &v.incident, Level: v.level}
		for _, c := range l.exprs {
			switch {
			case len(c.facts) == 0:
			case len(c.steps) > 0 || slices.Contains(c.facts, "run.round") || l.seesIncident:
				for _, path := range c.facts {
					key.WriteString(v.text(path) + ";")
				}
			default:
				holds, err := c.expr.Holds(&env)
				key.WriteString(truthText(holds, err) + ";")
			}
		}
		key.WriteString(truthText(v.noContact, nil) + truthText(v.open, nil))
		if !seen[key.String()] {
			seen[key.String()] = true
			out = append(out, v)
		}
	}
	return out
}

func truthText(holds bool, err error) string {
	switch {
	case err != nil:
		return "?"
	case holds:
		return "+"
	}
	return "-"
}
