package difference

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

func (d *differ) teams() {
	objects(d, "ResponseTeam", "team", d.a.pack.Teams, d.b.pack.Teams, People,
		func(t *v1alpha1.ResponseTeam) string {
			if n := len(t.Spec.Members); n != 1 {
				return fmt.Sprintf(", with %d people", n)
			}
			return ", with one person"
		},
		func(s subject, a, b *v1alpha1.ResponseTeam) {
			s.field("spec.parent", People, string(a.Spec.Parent), string(b.Spec.Parent), "where nobody there can take a duty, the team %s is asked, before %s",
				"where nobody there can take a duty, the team %s is asked now", "where nobody there can take a duty, nobody else is asked, before the team %s")
			spread := map[v1alpha1.Selection]string{"": "the first who is there is asked", v1alpha1.SelectionFirst: "the first who is there is asked", v1alpha1.SelectionSpread: "cases are spread evenly"}
			s.field("spec.selection", Decides, spread[a.Spec.Selection], spread[b.Spec.Selection], "of several people with the same duty %s, before %s", "", "")
			s.field("spec.timeZone", People, zone(a.Spec.TimeZone), zone(b.Spec.TimeZone), "its time zone is %s, before %s", "", "")
			s.members(&a.Spec, &b.Spec)
			s.rotations(&a.Spec, &b.Spec)
			s.stakeholders(a.Spec.Stakeholders, b.Spec.Stakeholders)
		})
}

func zone(name string) string {
	if name == "" {
		return "UTC"
	}
	return name
}

func (s subject) members(a, b *v1alpha1.ResponseTeamSpec) {
	find := func(list []v1alpha1.Member, name string) int {
		return slices.IndexFunc(list, func(m v1alpha1.Member) bool { return m.Name == name })
	}
	field := func(i int) string { return fmt.Sprintf("spec.members[%d]", i) }
	for j, m := range b.Members {
		if i := find(a.Members, m.Name); i >= 0 {
			s.pair(field(i), field(j)).member(&a.Members[i], &b.Members[j])
		} else {
			s.at(field(j)).come(People, "%s is new%s", m.Name, as(m.Duties))
		}
	}
	for i, m := range a.Members {
		if find(b.Members, m.Name) < 0 {
			s.at(field(i)).gone(People, "%s is no longer there%s", m.Name, as(m.Duties))
		}
	}
	if b.Selection == v1alpha1.SelectionSpread || a.Selection == v1alpha1.SelectionSpread {
		return // the order counts only where the first is asked
	}
	for _, duty := range dutiesOf(b) {
		before, after := with(a, duty), with(b, duty)
		if was, is := keep(before, after), keep(after, before); !slices.Equal(was, is) {
			s.at("spec.members").say(Decides, "as %s they are asked in another order: %s, before %s", plain(string(duty)), and(after), and(before))
		}
	}
}

func as(duties []v1alpha1.Identifier) string {
	if len(duties) == 0 {
		return ""
	}
	list := make([]string, len(duties))
	for i, d := range duties {
		list[i] = plain(string(d))
	}
	return ", as " + and(list)
}

func dutiesOf(spec *v1alpha1.ResponseTeamSpec) []v1alpha1.Identifier {
	var out []v1alpha1.Identifier
	for _, m := range spec.Members {
		for _, d := range m.Duties {
			if !slices.Contains(out, d) {
				out = append(out, d)
			}
		}
	}
	return out
}

// with are the people with a duty, in the order they are asked.
func with(spec *v1alpha1.ResponseTeamSpec, duty v1alpha1.Identifier) []string {
	var out []string
	for _, m := range spec.Members {
		if slices.Contains(m.Duties, duty) {
			out = append(out, m.Name)
		}
	}
	return out
}

func (s subject) member(a, b *v1alpha1.Member) {
	name := b.Name
	if more := without(b.Duties, a.Duties); len(more) > 0 {
		s.at("duties").say(People, "%s can now be asked%s", name, as(more))
	}
	if less := without(a.Duties, b.Duties); len(less) > 0 {
		s.at("duties").say(People, "%s can no longer be asked%s", name, as(less))
	}
	deputies := func(m *v1alpha1.Member) string { return strings.Join(texts(m.Deputies), ", then ") }
	s.at("deputies").value(People, deputies(a), deputies(b), name+" is deputised by %s, before by %s", name+" is now deputised by %s", name+" has no deputies any more, before %s")
	s.at("user").value(Decides, string(a.User), string(b.User), name+" acts as the user %s, before as %s", name+" acts as the user %s", name+" acts as no user, before as %s")
	s.at("timeZone").value(People, zone(a.TimeZone), zone(b.TimeZone), name+" is in the time zone %s, before %s", "", "")
	s.at("locale").value(Words, language(a.Locale), language(b.Locale), name+" is written to in %s, before in %s", "", "")
	s.contacts(name, a.Contacts, b.Contacts)
	for _, gone := range missing(a.Away, b.Away) {
		s.at("away").say(People, "%s is no longer away %s", name, absence(gone))
	}
	for _, come := range missing(b.Away, a.Away) {
		s.at("away").say(People, "%s is away %s", name, absence(come))
	}
}

func language(l v1alpha1.Locale) string {
	if l == "" {
		return string(v1alpha1.LocaleEnglish)
	}
	return string(l)
}

func (s subject) contacts(name string, a, b []v1alpha1.Contact) {
	says := func(list []v1alpha1.Contact) string {
		out := make([]string, len(list))
		for i, c := range list {
			out[i] = strings.ToLower(string(c.Kind)) + " " + c.Address
		}
		return strings.Join(out, ", then ")
	}
	s.at("contacts").value(People, says(a), says(b), name+" is reached at %s, before at %s", name+" is now reached at %s", name+" is no longer reached at %s")
}

// missing are the items of a list that another has not, whatever pointers and times they hold.
func missing[T any](list, other []T) []T {
	has := map[string]bool{}
	for _, x := range other {
		has[asJSON(x)] = true
	}
	var out []T
	for _, x := range list {
		if !has[asJSON(x)] {
			out = append(out, x)
		}
	}
	return out
}

func absence(a v1alpha1.Absence) string {
	switch {
	case a.FirstDay != "" && (a.LastDay == "" || a.LastDay == a.FirstDay):
		return "on " + string(a.FirstDay)
	case a.FirstDay != "":
		return "from " + string(a.FirstDay) + " to " + string(a.LastDay)
	}
	return "from " + a.From.UTC().Format(time.RFC3339) + " to " + a.To.UTC().Format(time.RFC3339)
}

func (s subject) stakeholders(a, b []v1alpha1.Stakeholder) {
	find := func(list []v1alpha1.Stakeholder, name v1alpha1.Identifier) int {
		return slices.IndexFunc(list, func(x v1alpha1.Stakeholder) bool { return x.Name == name })
	}
	field := func(i int) string { return fmt.Sprintf("spec.stakeholders[%d]", i) }
	for j, x := range b {
		i := find(a, x.Name)
		if i < 0 {
			s.at(field(j)).come(Told, "%s can be told now", role(x.Name))
			continue
		}
		at := s.pair(field(i), field(j))
		at.contacts(role(x.Name), a[i].Contacts, x.Contacts)
		at.at("locale").value(Words, language(a[i].Locale), language(x.Locale), role(x.Name)+": written to in %s, before in %s", "", "")
	}
	for i, x := range a {
		if find(b, x.Name) < 0 {
			s.at(field(i)).gone(Told, "%s can no longer be told", role(x.Name))
		}
	}
}

func (s subject) rotations(a, b *v1alpha1.ResponseTeamSpec) {
	find := func(list []v1alpha1.Rotation, duty v1alpha1.Identifier) int {
		return slices.IndexFunc(list, func(r v1alpha1.Rotation) bool { return r.Duty == duty })
	}
	field := func(i int) string { return fmt.Sprintf("spec.rotations[%d]", i) }
	for j, r := range b.Rotations {
		if i := find(a.Rotations, r.Duty); i >= 0 {
			s.pair(field(i), field(j)).rotation(&a.Rotations[i], &b.Rotations[j])
		} else {
			s.at(field(j)).come(People, "there is a rotation for %s now", plain(string(r.Duty)))
		}
	}
	for i, r := range a.Rotations {
		if find(b.Rotations, r.Duty) < 0 {
			s.at(field(i)).gone(People, "there is no rotation for %s any more", plain(string(r.Duty)))
		}
	}
}

func (s subject) rotation(a, b *v1alpha1.Rotation) {
	duty := plain(string(b.Duty))
	s.at("timeZone").value(People, a.TimeZone, b.TimeZone, "the rotation for "+duty+" is in the time zone %s, before %s", "the rotation for "+duty+" is in the time zone %s, before the team's", "the rotation for "+duty+" is in the team's time zone, before %s")
	for j := range b.Layers {
		l := &b.Layers[j]
		i := slices.IndexFunc(a.Layers, func(x v1alpha1.RotationLayer) bool { return x.Name == l.Name })
		if i < 0 {
			s.at(fmt.Sprintf("layers[%d]", j)).come(People, "the rotation for %s has a new layer, %s: %s", duty, l.Name, and(l.Members))
			continue
		}
		s.pair(fmt.Sprintf("layers[%d]", i), fmt.Sprintf("layers[%d]", j)).layer(duty, &a.Layers[i], l)
	}
	for i, l := range a.Layers {
		if !slices.ContainsFunc(b.Layers, func(x v1alpha1.RotationLayer) bool { return x.Name == l.Name }) {
			s.at(fmt.Sprintf("layers[%d]", i)).gone(People, "the rotation for %s lost its layer %s: %s", duty, l.Name, and(l.Members))
		}
	}
	order := func(r *v1alpha1.Rotation) (out []v1alpha1.Identifier) {
		for _, l := range r.Layers {
			out = append(out, l.Name)
		}
		return out
	}
	if was, is := keep(order(a), order(b)), keep(order(b), order(a)); !slices.Equal(was, is) {
		s.at("layers").say(People, "the layers of the rotation for %s lie over each other in another order, the last one counts: %s, before %s", duty, and(is), and(was))
	}
	for _, o := range missing(b.Overrides, a.Overrides) {
		s.at("overrides").say(People, "%s is on call as %s from %s to %s, whatever the rotation says", o.Member, duty, o.From.UTC().Format(time.RFC3339), o.To.UTC().Format(time.RFC3339))
	}
	for _, o := range missing(a.Overrides, b.Overrides) {
		s.at("overrides").say(People, "%s no longer stands in as %s from %s to %s", o.Member, duty, o.From.UTC().Format(time.RFC3339), o.To.UTC().Format(time.RFC3339))
	}
	s.at("unstaffed").value(People, weekTimes(a.Unstaffed), weekTimes(b.Unstaffed), "nobody needs to be on call as "+duty+" %s, before %s", "nobody needs to be on call as "+duty+" %s", "somebody needs to be on call as "+duty+" at all times, before not %s")
}

func (s subject) layer(duty string, a, b *v1alpha1.RotationLayer) {
	where := "the layer " + string(b.Name) + " of the rotation for " + duty
	turns := func(l *v1alpha1.RotationLayer) string { return strings.Join(texts(l.Members), ", ") }
	s.at("members").value(People, turns(a), turns(b), where+" takes turns %s, before %s", "", "")
	s.at("start").value(People, string(a.Start), string(b.Start), where+" starts on %s, before on %s", "", "")
	s.at("end").value(People, string(a.End), string(b.End), where+" ends on %s, before on %s", where+" now ends on %s", where+" no longer ends on %s")
	change := func(l *v1alpha1.RotationLayer) string {
		at, days := l.HandOver, l.EveryDays
		if at == "" {
			at = "09:00"
		}
		if days == 0 {
			days = 7
		}
		return "every " + count(int(days), "day") + " at " + string(at)
	}
	s.at("handOver").value(People, change(a), change(b), where+" hands over %s, before %s", "", "")
	s.at("only").value(People, weekTimes(a.Only), weekTimes(b.Only), where+" is in force %s, before %s", where+" is now in force only %s", where+" is in force at all times, before only %s")
}

// weekTimes are times of the week in words.
func weekTimes(times []v1alpha1.WeekTime) string {
	out := make([]string, len(times))
	for i, t := range times {
		out[i] = days(t.Days) + " " + string(t.From) + "–" + string(t.To)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}
