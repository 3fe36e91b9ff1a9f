package roster

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// Hole is a time at which nobody is there for a duty.
type Hole struct {
	Duty string
	// From is when it begins, or the moment that was asked about if it has begun before. To is when it ends; zero: not within
	// a year.
	From, To time.Time
	// Why says what is missing, and what to do.
	Why string
	// Zone is the time zone of the rotation, or of the team.
	Zone *time.Location
}

// Text says when nobody is there for a duty, in the time of the rotation, and why.
func (h Hole) Text(now time.Time) string {
	const minute = "2006-01-02 15:04"
	when := "from now on"
	switch from, to := h.From.In(h.Zone).Format(minute), h.To.In(h.Zone).Format(minute); {
	case h.From.After(now) && h.To.IsZero():
		when = "from " + from + " on"
	case h.From.After(now):
		when = "from " + from + " to " + to
	case !h.To.IsZero():
		when = "until " + to
	}
	return fmt.Sprintf("%s: nobody %s (%s): %s", h.Duty, when, h.Zone, h.Why)
}

// Holes are the first hole of each duty of a team that begins before until, in the order of duties. next is when
// something changes after until; zero: never, as far as the team says.
func (r *Roster) Holes(team string, from, until time.Time) (holes []Hole, next time.Time) {
	for _, duty := range r.Duties(team) {
		p := r.post(team, duty)
		at, why := from, ""
		for !at.IsZero() && at.Before(until) {
			if why = p.lack(at); why != "" {
				break
			}
			at = p.next(at)
		}
		if why != "" {
			holes = append(holes, Hole{Duty: duty, From: at, To: p.holeEnd(at), Why: why, Zone: r.zone(team, duty)})
		} else {
			next = earlier(next, at)
		}
	}
	return holes, next
}

// post is a duty of a team as it is watched over time: who could be there, and when that may change.
type post struct {
	roster     *Roster
	team, duty string
	// turns are nil where nobody takes turns.
	turns   *schedule
	holders []*v1alpha1.Member
	// leaves are the begins and ends of the leave of those who hold the duty and of their deputies, in order.
	leaves []time.Time
}

func (r *Roster) post(team, duty string) *post {
	p := &post{roster: r, team: team, duty: duty}
	if rot, ok := r.rotation(team, duty); ok {
		p.turns = rot.schedule()
	}
	seen := map[v1alpha1.User]bool{}
	add := func(m *v1alpha1.Member) {
		if m == nil || seen[m.User] {
			return
		}
		seen[m.User] = true
		for _, a := range r.absences[m.User] {
			p.leaves = append(p.leaves, a.from, a.to)
		}
	}
	for m := range r.members(team) {
		if !holds(m, duty) {
			continue
		}
		p.holders = append(p.holders, m)
		add(m)
		for _, name := range m.Deputies {
			add(r.member(team, string(name)))
		}
	}
	slices.SortFunc(p.leaves, time.Time.Compare)
	return p
}

// holeEnd is when somebody is there again.
func (p *post) holeEnd(from time.Time) time.Time {
	for at := p.next(from); !at.IsZero() && at.Sub(from) <= farthestTurn; at = p.next(at) {
		if p.lack(at) == "" {
			return at
		}
	}
	return time.Time{}
}

// lack says why nobody is there; empty: somebody is, or nobody needs to be.
func (p *post) lack(at time.Time) string {
	if p.turns == nil {
		return p.lackOfAll(at)
	}
	turn := p.roster.turn(p.turns.rotation, p.team, p.duty, at)
	if turn.Unstaffed {
		return ""
	}
	if turn.Person.Name != "" {
		if !p.roster.away(turn.Person.User, at) || len(p.roster.Deputies(turn.Person, at, nil)) > 0 {
			return ""
		}
		return fmt.Sprintf("%s is on call and away, and no deputy is there; name another deputy, or write an override", turn.Person.Name)
	}
	if is, ok := p.turns.at(at); ok {
		return fmt.Sprintf("it is the turn of %q, who is no member with that duty; correct the rotation", is.member)
	}
	return "it is nobody's turn; add a layer or an override, or list the time under unstaffed"
}

func (p *post) lackOfAll(at time.Time) string {
	for _, m := range p.holders {
		if !p.roster.away(m.User, at) || len(p.roster.Deputies(person(p.team, m), at, nil)) > 0 {
			return ""
		}
	}
	return "everybody with the duty is away, and so are their deputies; name another deputy"
}

// next is the next moment at which lack may say something else; zero: never.
func (p *post) next(after time.Time) time.Time {
	first := nextIn(p.leaves, after)
	if p.turns != nil {
		first = earlier(first, p.turns.next(after))
	}
	return first
}

func (r *Roster) zone(team, duty string) *time.Location {
	if rot, ok := r.rotation(team, duty); ok {
		return rot.place.Location()
	}
	if place, err := calendar.PlaceIn(cmp.Or(r.team(team).TimeZone, defaultZone)); err == nil {
		return place.Location()
	}
	return time.UTC
}
