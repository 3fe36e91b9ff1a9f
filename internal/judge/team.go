package judge

import (
	"fmt"
	"maps"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/conditions"
	"tocsin.dev/tocsin/internal/notice"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
)

// Team is all that keeps a team from being ready, as sentences that name the field; the reason is that of the first. parents
// are the parents of all teams there are, "" for none; where says which those are, e.g. namespace shop.
func Team(team *v1alpha1.ResponseTeam, parents map[string]string, where string) (reason string, wrong []string) {
	for _, found := range []struct {
		reason string
		wrong  []string
	}{
		{"UnknownMember", append(roster.Dangling(&team.Spec), roster.Strangers(&team.Spec)...)},
		{"OwnDeputy", roster.OwnDeputies(&team.Spec)},
		{"UnusableRotation", roster.RotationDefects(&team.Spec)},
		{"UnusableContact", unusableContacts(&team.Spec)},
		{"UnknownParent", orphan(team, parents, where)},
		{"ParentCircle", parentCircle(team, parents)},
	} {
		if len(found.wrong) > 0 && reason == "" {
			reason = found.reason
		}
		wrong = append(wrong, found.wrong...)
	}
	return reason, wrong
}

// unusableContacts lists the contact points no channel could ever use. It does not quote them.
func unusableContacts(team *v1alpha1.ResponseTeamSpec) []string {
	var out []string
	look := func(field, name string, contacts []v1alpha1.Contact) {
		for i, c := range contacts {
			if notice.Usable(c) {
				continue
			}
			form := "write name@host"
			if c.Kind == v1alpha1.ContactWebhook {
				form = "write an http or https URL, or channel for the channel's own"
			}
			out = append(out, fmt.Sprintf("%s.contacts[%d] of %s is no address of kind %s; %s", field, i, name, c.Kind, form))
		}
	}
	for i, m := range team.Members {
		look(fmt.Sprintf("spec.members[%d]", i), m.Name, m.Contacts)
	}
	for i, s := range team.Stakeholders {
		look(fmt.Sprintf("spec.stakeholders[%d]", i), string(s.Name), s.Contacts)
	}
	return out
}

// orphan says that the parent of a team is missing; nothing when it is there or there is to be none.
func orphan(team *v1alpha1.ResponseTeam, parents map[string]string, where string) []string {
	parent := string(team.Spec.Parent)
	if _, known := parents[parent]; known || parent == "" {
		return nil
	}
	return []string{fmt.Sprintf("spec.parent: there is no ResponseTeam %q in %s; %sapply it or name another one", parent, where, playbook.DidYouMean(parent, slices.Sorted(maps.Keys(parents))))}
}

// parentCircle says that the parents of a team never end: who is asked further up would be asked for ever.
func parentCircle(team *v1alpha1.ResponseTeam, parents map[string]string) []string {
	way := roster.Circle(parents, team.Name)
	if way == nil {
		return nil
	}
	return []string{"spec.parent: the teams above lead into a circle: " + conditions.List(way, " → ", conditions.MostMessage-128) + "; take one of these parents away"}
}
