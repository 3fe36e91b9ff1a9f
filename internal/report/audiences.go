package report

import (
	"cmp"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Audience counts the notices to one audience by where they stand.
type Audience struct {
	// Name is the audience: complainant, staff, or the stakeholder's name in the team.
	Name string
	// Delivered, Uncertain, Failed, Suppressed and Pending (on their way) add up to all notices of the audience.
	Delivered, Uncertain, Failed, Suppressed, Pending int
	// PossibleDuplicates is how many attempts of unknown fate were followed by another.
	PossibleDuplicates int
}

// Total is the number of notices to the audience.
func (a Audience) Total() int {
	return a.Delivered + a.Uncertain + a.Failed + a.Suppressed + a.Pending
}

// audiences counts the notices: complainants first, then staff, then stakeholders by name.
func audiences(notices []v1alpha1.Notice) []Audience {
	type id struct {
		order int
		name  string
	}
	counted := map[id]*Audience{}
	for _, n := range notices {
		where := id{1, "team members"} // a stakeholder may well be called staff
		switch n.Spec.To.Kind {
		case v1alpha1.RecipientComplainant:
			where = id{0, "complainant"}
		case v1alpha1.RecipientStakeholder:
			where = id{2, n.Spec.To.Name}
		}
		if counted[where] == nil {
			counted[where] = &Audience{Name: where.name}
		}
		counted[where].count(n.Status)
	}
	ids := make([]id, 0, len(counted))
	for where := range counted {
		ids = append(ids, where)
	}
	slices.SortFunc(ids, func(a, b id) int { return cmp.Or(a.order-b.order, cmp.Compare(a.name, b.name)) })
	list := make([]Audience, len(ids))
	for i, where := range ids {
		list[i] = *counted[where]
	}
	return list
}

func (a *Audience) count(s v1alpha1.NoticeStatus) {
	a.PossibleDuplicates += int(s.PossibleDuplicates)
	switch s.State {
	case v1alpha1.NoticeDelivered:
		a.Delivered++
	case v1alpha1.NoticeUncertain:
		a.Uncertain++
	case v1alpha1.NoticeFailed:
		a.Failed++
	case v1alpha1.NoticeSuppressed:
		a.Suppressed++
	default:
		a.Pending++
	}
}
