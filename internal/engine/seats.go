package engine

import (
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
)

// requesters did what the step approves: whoever carried out a step it needs, a task inside a block it needs, a task
// that wrote what is approved, or wrote it past every task. They cannot approve it.
func (t *turn) requesters(i int) []v1alpha1.Recusal {
	var out []v1alpha1.Recusal
	because := func(u v1alpha1.User, why string) {
		if u != "" && !isRecused(out, u) {
			out = append(out, v1alpha1.Recusal{User: u, Reason: why})
		}
	}
	add := func(k int) {
		if t.run.Steps[k].State != v1alpha1.StepDone {
			return
		}
		for _, u := range t.run.Steps[k].By {
			because(u, "did the step that is to be approved")
		}
	}
	eachRequester(t.plan, i, add)
	if of := t.plan.Nodes[i].Action.Approval.Of; of != "" {
		because(t.f.Authors[of], wroteIt)
		for _, u := range t.run.Steps[i].Authors {
			because(u, wroteIt)
		}
	}
	return out
}

const wroteIt = "wrote what is to be approved"

// eachRequester visits the steps whose doers cannot approve what step i asks approval of; one may come twice. Whoever
// acknowledges a call has done nothing yet that could be approved: otherwise a team called together could approve nothing next.
func eachRequester(plan *playbook.Plan, i int, visit func(int)) {
	for _, need := range plan.Nodes[i].Needs {
		if plan.Nodes[need].Action.AssembleTeam == nil {
			visit(need)
		}
		eachTaskInside(plan, need, visit)
	}
	of := plan.Nodes[i].Action.Approval.Of
	for k := range plan.Nodes {
		if task := plan.Nodes[k].Action.Task; task != nil && of != "" && task.Writes == of {
			visit(k)
		}
	}
}

func eachTaskInside(plan *playbook.Plan, i int, visit func(int)) {
	for _, c := range plan.Nodes[i].Children {
		if plan.Nodes[c].Action.Task != nil {
			visit(c)
		}
		eachTaskInside(plan, c, visit)
	}
}

// seats works out who may sit on each seat now. A seat is for the holder of its role and their stand-ins; where the
// role is listed several times, all who have the duty may sit on any of its seats. Who the ladder was climbed to may
// sit on every seat, and who has approved stays, even if they have left for the day.
func (t *turn) seats(i int) v1alpha1.Assignment {
	s, ap := &t.run.Steps[i], t.plan.Nodes[i].Action.Approval
	asked, declined := t.requesters(i), t.declined(i)
	a := v1alpha1.Assignment{DueAt: s.DueAt, Rung: s.Rung, Digest: s.Digest, Quorum: ap.Quorum, Recused: t.recusedFrom(declined, asked)}
	out := func(u v1alpha1.User) bool {
		return isRecused(t.recused, u) || isRecused(asked, u) || isRecused(declined, u)
	}
	was := t.f.Tasks[t.firstTask(i)].Seats
	for k, role := range ap.By {
		seat := t.seat(i, t.ownRole(string(role), i), out)
		if k < len(was) {
			for _, u := range was[k].Users {
				if t.hasVoted(i, u) && !out(u) {
					seat.Users = addUser(seat.Users, u)
				}
			}
		}
		a.Seats = append(a.Seats, seat)
		for _, u := range seat.Users {
			if len(a.MayAct) < mostMayAct {
				a.MayAct = addUser(a.MayAct, u)
			}
		}
	}
	return a
}

// seat works out who may sit on the seat of a role.
func (t *turn) seat(i int, role string, out func(v1alpha1.User) bool) v1alpha1.Seat {
	seat := v1alpha1.Seat{Role: role}
	def := t.plan.Roles[role]
	barred := func(u v1alpha1.User) bool { return out(u) || t.excludedFrom(def, u) }
	add := func(u v1alpha1.User) {
		if !barred(u) && len(seat.Users) < mostSeat {
			seat.Users = addUser(seat.Users, u)
		}
	}
	if h, ok := t.holder(role, i); ok {
		add(t.reach(h, i).User)
		add(h.User)
		for _, d := range t.standIns(h, nil) {
			add(d.User)
		}
	}
	// Whoever was on call when the step began stays in front, so that the rotation going on rewrites no task.
	for _, p := range t.candidatesOf(def, t.run.Steps[i].StartedAt.Time, barred) {
		add(p.User)
	}
	for _, above := range t.climbed(i) {
		// Whoever the ladder was climbed to decides as what they are: that their role and the seat's are for different people
		// does not keep them off it.
		t.eachOnRung(above, i, func(h v1alpha1.RoleHolder) {
			if !out(h.User) && !t.excludedBesides(def, h.User, above) && len(seat.Users) < mostSeat {
				seat.Users = addUser(seat.Users, h.User)
			}
		})
	}
	if len(seat.Users) > 0 {
		return seat
	}
	for _, above := range t.rolesAbove(i, role) {
		if h, ok := t.holder(above, i); ok && !barred(h.User) {
			add(h.User)
			break
		}
	}
	return seat
}

func addUser(list []v1alpha1.User, u v1alpha1.User) []v1alpha1.User {
	if slices.Contains(list, u) {
		return list
	}
	return append(list, u)
}

// AskedFirst are the users to ask first, one for each seat and all different where that can be; empty for a seat nobody
// can take. Whoever is in front of a seat is asked, unless another seat could not be taken then.
func AskedFirst(seats []v1alpha1.Seat) []v1alpha1.User {
	options := make([][]v1alpha1.User, len(seats))
	for k := range seats {
		options[k] = seats[k].Users
	}
	first, has := paired(options)
	for k, seat := range seats {
		if !has[k] && len(seat.Users) > 0 {
			first[k] = seat.Users[0]
		}
	}
	return first
}

// matchSeats seats as many of the users as possible, who comes first before the others, each on one seat that allows them, and
// returns those who have a seat.
func matchSeats(seats []v1alpha1.Seat, users []v1alpha1.User) []v1alpha1.User {
	options := make([][]int, len(users))
	for u := range users {
		for k := range seats {
			if slices.Contains(seats[k].Users, users[u]) {
				options[u] = append(options[u], k)
			}
		}
	}
	_, has := paired(options)
	var out []v1alpha1.User
	for u := range users {
		if has[u] {
			out = append(out, users[u])
		}
	}
	return out
}

// paired gives as many as possible one of their options, no two the same: each in turn the first that is free, or failing that one
// that whoever has it can do without (augmenting paths). Who has one keeps having one.
func paired[T comparable](options [][]T) (picks []T, has []bool) {
	picks, has = make([]T, len(options)), make([]bool, len(options))
	owner := func(o T) int {
		for k := range picks {
			if has[k] && picks[k] == o {
				return k
			}
		}
		return -1
	}
	var tried []T
	var place func(k int) bool
	place = func(k int) bool {
		for _, free := range []bool{true, false} {
			for _, o := range options[k] {
				at := owner(o)
				if free != (at < 0) || slices.Contains(tried, o) {
					continue
				}
				tried = append(tried, o)
				if at < 0 || place(at) {
					picks[k], has[k] = o, true
					return true
				}
			}
		}
		return false
	}
	for k := range options {
		tried = tried[:0]
		place(k)
	}
	return picks, has
}

// seatHeads are the people to ask first, one for each seat; a seat nobody can take has none.
func (t *turn) seatHeads(seats []v1alpha1.Seat) []v1alpha1.RoleHolder {
	heads := make([]v1alpha1.RoleHolder, len(seats))
	for k, u := range AskedFirst(seats) {
		if p, ok := t.personOf(u); ok && u != "" {
			heads[k] = v1alpha1.RoleHolder{Name: seats[k].Role, Team: p.Team, Person: p.Name, User: u}
		}
	}
	return heads
}

// currentHeads are the people in front of the seats of an approval that waits; nil for other steps.
func (t *turn) currentHeads(i int) []v1alpha1.RoleHolder {
	if t.plan.Nodes[i].Action.Approval == nil {
		return nil
	}
	return t.seatHeads(t.seats(i).Seats)
}

// personOf finds the person behind a user name: the holder of a role, or any member of a team.
func (t *turn) personOf(u v1alpha1.User) (roster.Person, bool) {
	for _, h := range t.run.Roles {
		if h.User == u {
			return roster.Person{Team: h.Team, Name: h.Person, User: u}, true
		}
	}
	return t.f.Roster.Find(u)
}
