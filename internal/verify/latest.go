package verify

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/timing"
)

// Time is by when somebody knows at the latest, counted from when the matter came in.
type Time struct {
	Playbook string             `json:"playbook"`
	Level    v1alpha1.LevelName `json:"level,omitempty"`
	// Role is who has to know, or a role above it on the ladder; Audience is who is to be told, of those who are no role.
	Role     string `json:"role,omitempty"`
	Audience string `json:"audience,omitempty"`
	// Rule is the rule that gives the level to what is open for so long; empty: the matter comes in with the level.
	Rule string `json:"rule,omitempty"`
	// Regraded is whether it is about what comes in with another level and gets this one later, counted from then, as promises are.
	Regraded bool `json:"regraded,omitempty"`
	// Silence is how long it takes at worst where nobody does anything, Anything whatever people do; empty: it may never be. Of
	// what is raised later nothing is said but of silence: what was done before stays done.
	Silence  string `json:"silence,omitempty"`
	Anything string `json:"anything,omitempty"`
	// Start is the start for which Silence is worst.
	Start string `json:"start,omitempty"`
	// KnownUntil is the last day of which the holidays are known that this depends on.
	KnownUntil string `json:"knownUntil,omitempty"`
	// Untold are steps of which it was not told apart how they end; it may all be earlier.
	Untold []string `json:"untold,omitempty"`
}

// timesUntold says of which playbooks not every course was told apart, a line each.
func (r *Report) timesUntold() []string {
	var out []string
	for i := range r.Times {
		if t := &r.Times[i]; len(t.Untold) > 0 {
			out = append(out, t.Playbook+": it may all be earlier; "+timing.Untold(t.Untold))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// who is whom a row is about.
func (t *Time) who() string { return cmp.Or(t.Role, t.Audience) }

// unknownTime is how long something takes that depends on holidays nobody knows.
const unknownTime = "unknown"

// latest lists by when who knows of what comes in at some levels; none: at any.
func (s *Subject) latest(study *timing.Study, name string, levels []v1alpha1.LevelName) {
	if len(levels) == 0 {
		levels = []v1alpha1.LevelName{""}
	}
	for _, level := range levels {
		for _, row := range everyone(s.Plans[name]) {
			row.Playbook, row.Level = name, level
			if !s.row(study, &row, timing.Before{}) {
				continue
			}
			s.rows = append(s.rows, row)
			later := row
			later.Regraded = true
			if others := timing.Others(s.Pack, s.Plans, name, level); s.row(study, &later, timing.Before{Books: others}) && (later.Silence != row.Silence || later.Anything != row.Anything) {
				s.rows = append(s.rows, later)
			}
		}
	}
}

// raised lists by when who knows of what gets the level of a playbook because it is open for so long.
func (s *Subject) raised(study *timing.Study, name string) {
	for _, policy := range sorted(s.Pack.Policies) {
		spec := &s.Pack.Policies[policy].Spec
		for _, rule := range spec.Rules {
			leads := func(l v1alpha1.Level) bool { return l.Name == rule.Level && string(l.Playbook) == name }
			if rule.OpenFor == "" || !slices.ContainsFunc(spec.Levels, leads) {
				continue
			}
			for _, row := range everyone(s.Plans[name]) {
				row.Playbook, row.Level, row.Rule = name, rule.Level, rule.Name
				if s.row(study, &row, timing.Before{OpenFor: calendar.Elapsed(rule.OpenFor), Books: timing.Others(s.Pack, s.Plans, name, rule.Level)}) {
					row.Anything = "" // it may be over by then
					s.rows = append(s.rows, row)
				}
			}
		}
	}
}

// everyone are rows for everybody a playbook can reach: its roles, then who else is told.
func everyone(plan *playbook.Plan) []Time {
	var rows []Time
	for _, role := range slices.Sorted(maps.Keys(plan.Roles)) {
		rows = append(rows, Time{Role: role})
	}
	for _, audience := range timing.Audiences(plan) {
		if _, role := plan.Roles[audience]; !role {
			rows = append(rows, Time{Audience: audience})
		}
	}
	return rows
}

// row works out by when somebody knows of a matter; false where that cannot be: the calendar is wrong, of which it is said.
func (s *Subject) row(study *timing.Study, row *Time, before timing.Before) bool {
	plan := s.Plans[row.Playbook]
	zone := time.UTC
	if c := plan.Nodes[plan.Roots[0]].Calendar; c != nil {
		zone = c.Location()
	}
	silence, err := study.Latest(plan, row.Role, row.Audience, row.Level, v1alpha1.ConductSilence, before)
	level := row.Level
	if len(timing.GoesOn(s.Pack, plan)) > 1 { // people may change it
		level = ""
	}
	anything, err2 := study.Latest(plan, row.Role, row.Audience, level, v1alpha1.ConductAnything, before)
	if err != nil || err2 != nil {
		return false
	}
	row.Silence, row.Start, row.Anything = "", "", ""
	switch {
	case silence.Nothing:
		row.Silence = unknownTime
	case !silence.Never:
		row.Silence, row.Start = timing.Took(silence.At.Sub(silence.Start)), timing.Dated(silence.Start, zone)
	}
	switch {
	case anything.Nothing:
		row.Anything = unknownTime
	case !anything.Never:
		row.Anything = timing.Took(anything.At.Sub(anything.Start))
	}
	if until := silence.HolidaysUntil; !until.IsZero() {
		row.KnownUntil = until.In(zone).Format(time.DateOnly)
	}
	row.Untold = anything.Untold
	return true
}
