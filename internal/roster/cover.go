package roster

import (
	"fmt"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// Dangling lists deputies that are no members, as sentences that name the field.
func Dangling(team *v1alpha1.ResponseTeamSpec) []string {
	var out []string
	for i, m := range team.Members {
		for k, d := range m.Deputies {
			if !slices.ContainsFunc(team.Members, func(o v1alpha1.Member) bool { return o.Name == string(d) }) {
				out = append(out, fmt.Sprintf("spec.members[%d].deputies[%d]: there is no member %q in the team; %sname a member or add one", i, k, d, meant(string(d), team)))
			}
		}
	}
	return out
}

// meant asks for the member who is likely meant by a name that nobody in the team has; empty where none is close.
func meant(name string, team *v1alpha1.ResponseTeamSpec) string {
	var known []string
	for _, m := range team.Members {
		known = append(known, m.Name)
	}
	return playbook.DidYouMean(name, known)
}

// OwnDeputies lists members who would stand in for themselves, as sentences that name the field and the member.
func OwnDeputies(team *v1alpha1.ResponseTeamSpec) []string {
	var out []string
	for i, m := range team.Members {
		for k, d := range m.Deputies {
			named := slices.IndexFunc(team.Members, func(o v1alpha1.Member) bool { return o.Name == string(d) })
			switch {
			case named < 0 || team.Members[named].User != m.User:
			case string(d) == m.Name:
				out = append(out, fmt.Sprintf("spec.members[%d].deputies[%d]: %s is their own deputy; name somebody else", i, k, m.Name))
			default:
				out = append(out, fmt.Sprintf("spec.members[%d].deputies[%d]: %s and the deputy %s are one user, %s; correct one of the two users, or name another deputy", i, k, m.Name, d, m.User))
			}
		}
	}
	return out
}

// Uncovered lists the duties that hang on one person: nobody else has them and no deputy stands in. Sorted.
func Uncovered(team *v1alpha1.ResponseTeamSpec) []string {
	people := map[string][]v1alpha1.User{}
	for _, m := range team.Members {
		for _, duty := range m.Duties {
			users := append(people[string(duty)], m.User)
			for _, d := range m.Deputies {
				if k := slices.IndexFunc(team.Members, func(o v1alpha1.Member) bool { return o.Name == string(d) }); k >= 0 {
					users = append(users, team.Members[k].User)
				}
			}
			people[string(duty)] = users
		}
	}
	var out []string
	for duty, users := range people {
		slices.Sort(users)
		if len(slices.Compact(users)) < 2 {
			out = append(out, duty)
		}
	}
	slices.Sort(out)
	return out
}
