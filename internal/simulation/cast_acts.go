package simulation

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
)

// Unplayed are the acts on records, or into ones, that a pack does not hold and that are not raised from one.
func (c *Cast) Unplayed(p *pack.Pack) []pack.Fault {
	complaints := likes(p)
	records := slices.Clone(complaints)
	for _, ci := range p.Incidents {
		records = append(records, ci.Name)
	}
	return c.absent(func(name string) (message, advice string) {
		there := records
		name, ofIt := strings.CutSuffix(name, OfIncident)
		if ofIt {
			there = complaints
		}
		if slices.Contains(there, name) || !ofIt && slices.ContainsFunc(there, func(record string) bool { return strings.HasPrefix(name, record+"-") }) {
			return "", ""
		}
		if slices.Contains(records, name) {
			return fmt.Sprintf("%s is part of no incident, as it is no complaint", name), "name it without " + OfIncident
		}
		return fmt.Sprintf("there is no record %q", name), playbook.OneOf(name, there)
	})
}

// loadedName is a complaint of a load, its incident, or what is raised from it.
var loadedName = regexp.MustCompile(`^(` + loaded + `[0-9]{7})(` + OfIncident + `|-.+)?$`)

// unborne are the acts on records, or into ones, that a load does not bring.
func (c *Cast) unborne(l *Load) []pack.Fault {
	first, last := loadName(0), loadName(l.Complaints-1)
	return c.absent(func(name string) (message, advice string) {
		if m := loadedName.FindStringSubmatch(name); m != nil && first <= m[1] && m[1] <= last { // the numbers are all as long
			return "", ""
		}
		return fmt.Sprintf("%q does not come in: the load brings %s to %s, which are like the complaints of the files", name, first, last),
			"take the act out, or name one of them"
	})
}

// absent are the acts on records, or into ones, of whose name why says what is wrong. Nobody knows before which incidents are raised.
func (c *Cast) absent(why func(name string) (message, advice string)) (out []pack.Fault) {
	look := func(field, name string) {
		if name == "" || strings.HasPrefix(name, engine.IncidentPrefix) {
			return
		}
		if message, advice := why(name); message != "" {
			out = append(out, pack.Fault{Field: field, Message: message, Advice: advice})
		}
	}
	for i := range c.Acts {
		look(fmt.Sprintf("acts[%d].record", i), c.Acts[i].Record)
		look(fmt.Sprintf("acts[%d].act.into", i), c.Acts[i].Act.Into)
	}
	return out
}
