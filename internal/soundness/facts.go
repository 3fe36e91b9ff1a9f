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

// values is one combination of the facts that conditions look at.
type values struct {
	// world is the same in all combinations that agree in the facts that are settled when a run begins; people and the world can
	// change the others at any time.
	world     uint16
	complaint playbook.ComplaintFacts
	incident  playbook.IncidentFacts
	level     string
	// noContact is that the complainant left no contact; open that there is an incident to join.
	noContact, open bool
}

// combinations lists the values that some condition could tell apart, and why that is not all of them, by the path of the fact.
func (l *lean) combinations() (list []values, untried map[string]string) {
	list = []values{{level: otherWord}}
	list[0].complaint.Affected = 1
	untried = map[string]string{}
	for _, c := range l.exprs {
		for _, a := range c.expr.Atoms() {
			for _, path := range a.Loose {
				if l.lasting(path) {
					untried[path] = notAll(path, a)
				}
			}
		}
	}
	for _, path := range l.factPaths() {
		choices, why := l.choices(path)
		if why != "" {
			untried[path] = why
		}
		if len(list)*len(choices) > mostValues {
			untried[path] = tooMany
			continue
		}
		var next []values
		for _, v := range list {
			for _, choose := range choices {
				w := v
				choose(&w)
				next = append(next, w)
			}
		}
		list = next
	}
	list = l.distinct(slices.DeleteFunc(list, joinedDrill))
	l.part(list)
	return list, untried
}

// part numbers the worlds that combinations are of.
func (l *lean) part(list []values) {
	worlds := map[string]uint16{}
	for i := range list {
		key := l.settledText(&list[i])
		if _, known := worlds[key]; !known {
			worlds[key] = uint16(len(worlds))
		}
		list[i].world = worlds[key]
	}
}

// settled is whether a fact stays what it is as long as a run goes on: a drill stays a drill, and a complaint that is opened again
// begins another run.
func settled(path string) bool { return path == "incident.drill" || path == "complaint.reopened" }

// joinedDrill is what cannot be: a real complaint is never part of an exercise, so a drill has none, from its beginning to its end.
func joinedDrill(v values) bool { return v.incident.Drill && v.incident.Complaints > 0 }

// depends is whether what a fact can become depends on what is settled.
func depends(path string) bool { return settled(path) || path == countOfComplaints }

// countOfComplaints is the fact that changes as complaints join an incident.
const countOfComplaints = "incident.complaints"

// settledText is what the facts are that a run begins with and keeps, as far as conditions look at them.
func (l *lean) settledText(v *values) string {
	var key strings.Builder
	for _, path := range l.factPaths() {
		if settled(path) {
			key.WriteString(v.text(path) + ";")
		}
	}
	return key.String()
}

// tooMany says that facts can be combined in more ways than are tried.
const tooMany = "the conditions look at so many facts that not every combination of them was tried"

// factPaths are the facts that something looks at, each once, but for those that moves of their own change.
func (l *lean) factPaths() []string {
	var out []string
	add := func(path string) {
		if !slices.Contains(out, path) {
			out = append(out, path)
		}
	}
	for _, c := range l.exprs {
		for _, path := range c.facts {
			if path == countOfComplaints && l.written.For == v1alpha1.RecordCrisisIncident {
				add("incident.drill") // every playbook for incidents can be exercised
			}
			if path != "run.round" && !l.lasting(path) {
				add(l.sameAs(path))
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

// lasting is whether a fact changes by moves of its own only: where the incident of a complaint stands.
func (l *lean) lasting(path string) bool {
	return l.written.For == v1alpha1.RecordComplaint &&
		(path == "incident.exists" || path == "incident.closed" || strings.HasPrefix(path, "incident.steps"))
}

// sameAs is the name under which a fact is tried that has several: the level of the run is that of its record.
func (l *lean) sameAs(path string) string {
	switch {
	case path != "run.level":
		return path
	case l.written.For == v1alpha1.RecordComplaint:
		return "complaint.level"
	}
	return "incident.level"
}

// looksAt is whether a condition looks at a fact, under any name.
func (l *lean) looksAt(paths []string, fact string) bool {
	return slices.ContainsFunc(paths, func(path string) bool { return l.sameAs(path) == fact })
}

// choices are the values of one fact that some condition could tell apart, and why those are not all of them.
func (l *lean) choices(path string) (out []func(*values), why string) {
	truth := func(set func(*values, bool)) []func(*values) {
		return []func(*values){func(v *values) { set(v, false) }, func(v *values) { set(v, true) }}
	}
	switch path {
	case "incident.drill":
		if l.written.For == v1alpha1.RecordComplaint { // a complaint is never part of a drill
			return []func(*values){func(*values) {}}, ""
		}
		return truth(func(v *values, b bool) { v.incident.Drill = b }), ""
	case "no contact":
		return truth(func(v *values, b bool) { v.noContact = b }), ""
	case "an open incident":
		return truth(func(v *values, b bool) { v.open = b }), ""
	case "incident.exists", "incident.closed":
		return []func(*values){func(*values) {}}, ""
	}
	w := l.wanted(path)
	if w.domain == nil {
		return []func(*values){func(*values) {}}, tooMany
	}
	candidates := w.candidates()
	for _, candidate := range candidates.list {
		out = append(out, func(v *values) {
			v.set(path, candidate)
			if text, is := candidate.(string); is && path == l.sameAs("run.level") {
				v.level = text
			}
		})
	}
	return l.telling(path, out, candidates.whole)
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
			case len(c.steps) > 0 || slices.Contains(c.facts, "run.round") || l.seesIncident && c.incident():
				for _, path := range c.facts {
					key.WriteString(v.text(path) + ";")
				}
			default:
				holds, err := c.expr.Holds(&env)
				key.WriteString(truthText(holds, err) + ";")
			}
		}
		key.WriteString(truthText(v.noContact, nil) + truthText(v.open, nil) + l.settledText(&v))
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
