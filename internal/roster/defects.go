package roster

import (
	"cmp"
	"fmt"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// Strangers lists who is named in a rotation and is no member, as sentences that name the field.
func Strangers(team *v1alpha1.ResponseTeamSpec) []string {
	var out []string
	eachNamed(team, func(field string, name v1alpha1.MemberName, _ v1alpha1.Identifier, m *v1alpha1.Member) {
		if m == nil {
			out = append(out, fmt.Sprintf("%s: there is no member %q in the team; %sname a member or add one", field, name, meant(string(name), team)))
		}
	})
	return out
}

// RotationDefects lists what keeps rotations, and leave in whole days, from being followed, as sentences that name the
// field.
func RotationDefects(team *v1alpha1.ResponseTeamSpec) []string {
	var out []string
	zone := func(field, name string) {
		if _, err := calendar.PlaceIn(cmp.Or(name, defaultZone)); err != nil {
			out = append(out, field+": "+err.Error())
		}
	}
	zone("spec.timeZone", team.TimeZone)
	for i, m := range team.Members {
		zone(fmt.Sprintf("spec.members[%d].timeZone", i), m.TimeZone)
		for k, a := range m.Away {
			if a.FirstDay != "" {
				if _, ok := absenceOf(a); !ok {
					out = append(out, fmt.Sprintf("spec.members[%d].away[%d]: %s to %s are no days; write YYYY-MM-DD, days that exist", i, k, a.FirstDay, cmp.Or(a.LastDay, a.FirstDay)))
				}
			}
		}
	}
	for i, rot := range team.Rotations {
		field := fmt.Sprintf("spec.rotations[%d]", i)
		zone(field+".timeZone", rot.TimeZone)
		for k := range rot.Layers {
			if _, ok := boundsOf(&rot.Layers[k]); !ok {
				out = append(out, fmt.Sprintf("%s.layers[%d]: start, end or handOver does not exist, or there are no members; write a day as YYYY-MM-DD, a time as HH:MM", field, k))
			}
		}
	}
	eachNamed(team, func(field string, name v1alpha1.MemberName, duty v1alpha1.Identifier, m *v1alpha1.Member) {
		if m != nil && !slices.Contains(m.Duties, duty) {
			out = append(out, fmt.Sprintf("%s: %s does not have the duty %s; add it to their duties, or name somebody else", field, name, duty))
		}
	})
	return out
}

// eachNamed visits everybody whom a rotation names; m is nil for who is no member.
func eachNamed(team *v1alpha1.ResponseTeamSpec, visit func(field string, name v1alpha1.MemberName, duty v1alpha1.Identifier, m *v1alpha1.Member)) {
	named := func(field string, name v1alpha1.MemberName, duty v1alpha1.Identifier) {
		k := slices.IndexFunc(team.Members, func(m v1alpha1.Member) bool { return m.Name == string(name) })
		if k < 0 {
			visit(field, name, duty, nil)
			return
		}
		visit(field, name, duty, &team.Members[k])
	}
	for i, rot := range team.Rotations {
		for k, l := range rot.Layers {
			for n, name := range l.Members {
				named(fmt.Sprintf("spec.rotations[%d].layers[%d].members[%d]", i, k, n), name, rot.Duty)
			}
		}
		for k, o := range rot.Overrides {
			named(fmt.Sprintf("spec.rotations[%d].overrides[%d].member", i, k), o.Member, rot.Duty)
		}
	}
}
