package engine

import (
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Outcomes of an approval.
const (
	Approved v1alpha1.Identifier = "approved"
	Refused  v1alpha1.Identifier = "refused"
)

// beginApproval asks for approval: one seat for each role listed, a different person on each, and nobody who did what
// is to be approved.
func (t *turn) beginApproval(i int) {
	s := &t.run.Steps[i]
	s.Digest = t.f.Digests[t.plan.Nodes[i].Action.Approval.Of]
	a := t.seats(i)
	for _, seat := range a.Seats {
		if len(seat.Users) == 0 {
			t.problem(i, "nobody can approve as "+seat.Role+": everybody with that duty is away, asked for it, or may take no part; add a deputy to the team")
			return
		}
	}
	s.Problem = ""
	name := t.openTask(i, v1alpha1.TaskTypeApproval, nil, a)
	for k, seat := range a.Seats {
		if p, ok := t.personOf(seat.Users[0]); ok {
			h := v1alpha1.RoleHolder{Name: seat.Role, Team: p.Team, Person: p.Name, User: p.User}
			t.tell(i, "seat"+string(rune('a'+k)), h, "taskAssigned", name)
			t.event(v1alpha1.EventAsked, i, h.User, t.askedText(i, v1alpha1.TaskTypeApproval, h))
		}
	}
}

// requesters did what the step approves: whoever ended a step it needs. They cannot approve it.
func (t *turn) requesters(i int) []v1alpha1.Recusal {
	var out []v1alpha1.Recusal
	for _, need := range t.plan.Nodes[i].Needs {
		for _, u := range t.run.Steps[need].By {
			if !isRecused(out, u) {
				out = append(out, v1alpha1.Recusal{User: u, Reason: "asked for this approval"})
			}
		}
	}
	return out
}

// seats works out who may sit on each seat now. A seat is for the holder of its role and their stand-ins; where the
// role is listed several times, all who have the duty may sit on any of its seats. Who the ladder was climbed to may
// sit on every seat.
func (t *turn) seats(i int) v1alpha1.Assignment {
	s, ap := &t.run.Steps[i], t.plan.Nodes[i].Action.Approval
	asked := t.requesters(i)
	a := t.assignment(i, asked)
	a.MayAct = nil
	a.Digest = s.Digest
	a.Quorum = ap.Quorum
	out := func(u v1alpha1.User) bool { return isRecused(a.Recused, u) }
	for _, role := range ap.By {
		seat := v1alpha1.Seat{Role: t.ownRole(string(role), i)}
		add := func(u v1alpha1.User) {
			if !out(u) && !slices.Contains(seat.Users, u) {
				seat.Users = append(seat.Users, u)
			}
		}
		def := t.plan.Roles[seat.Role]
		if h, ok := t.holder(seat.Role, i); ok {
			add(h.User)
			for _, d := range t.standIns(h, a.Recused) {
				add(d.User)
			}
		}
		for _, p := range t.candidates(def, func(u v1alpha1.User) bool { return out(u) || t.excludedFrom(def, u) }) {
			add(p.User)
		}
		for _, h := range t.rungs(i) {
			add(h.User)
		}
		if len(seat.Users) == 0 {
			t.seatFromAbove(i, seat.Role, add)
		}
		a.Seats = append(a.Seats, seat)
		for _, u := range seat.Users {
			if !slices.Contains(a.MayAct, u) {
				a.MayAct = append(a.MayAct, u)
			}
		}
	}
	return a
}

// seatFromAbove fills a seat nobody can take with the next role up the ladder that somebody can.
func (t *turn) seatFromAbove(i int, role string, add func(v1alpha1.User)) {
	ladder := t.plan.Nodes[i].Ladder
	at := slices.Index(ladder, role)
	if at < 0 {
		return
	}
	for _, above := range ladder[at+1:] {
		if h, ok := t.holder(above, i); ok {
			add(h.User)
			return
		}
	}
}

// awaitApproval counts the approvals given so far: for what is to be approved as it is now, by people who may, each on
// one seat. A single refusal ends it.
func (t *turn) awaitApproval(i int) {
	s := &t.run.Steps[i]
	if len(s.Tasks) == 0 {
		t.askAgain(i)
		return
	}
	t.rebind(i)
	for _, act := range t.newActs(i) {
		if act.Verb != v1alpha1.TaskApprove && act.Verb != v1alpha1.TaskRefuse {
			t.takeAct(i, act)
			continue
		}
		if why := t.unfit(i, act); why != "" {
			t.ignore(i, act, why)
			continue
		}
		if act.Verb == v1alpha1.TaskRefuse {
			t.finish(i, Refused, []v1alpha1.User{act.By}, t.actTime(i, act))
			return
		}
		t.event(v1alpha1.EventActed, i, act.By, "approved")
		if by, ok := t.quorum(i); ok {
			t.finish(i, Approved, by, t.actTime(i, act))
			return
		}
	}
}

// unfit says why an approval or refusal does not count; empty if it does.
func (t *turn) unfit(i int, act v1alpha1.TaskAct) string {
	s := &t.run.Steps[i]
	switch {
	case isRecused(t.recused, act.By):
		return "is complained about"
	case isRecused(t.requesters(i), act.By):
		return "asked for this approval"
	case s.Digest != "" && act.Digest != s.Digest:
		return "it was given for another version of what is to be approved"
	}
	return ""
}

// quorum says whether enough seats are taken by different people, and by whom. Seats are matched to approvers so that
// as many as possible are taken.
func (t *turn) quorum(i int) ([]v1alpha1.User, bool) {
	s := &t.run.Steps[i]
	task := t.f.Tasks[string(s.Tasks[0])]
	var by []v1alpha1.User
	for _, act := range task.Acts {
		if act.Verb == v1alpha1.TaskApprove && t.unfit(i, act) == "" && !slices.Contains(by, act.By) {
			by = append(by, act.By)
		}
	}
	seats := task.Seats
	if len(seats) == 0 {
		seats = t.seats(i).Seats
	}
	need := int(t.plan.Nodes[i].Action.Approval.Quorum)
	if need == 0 {
		need = len(seats)
	}
	taken := matchSeats(seats, by)
	return taken, len(taken) >= need
}

// matchSeats seats as many of the users as possible, each on one seat that allows them (augmenting paths).
func matchSeats(seats []v1alpha1.Seat, users []v1alpha1.User) []v1alpha1.User {
	on := make([]int, len(seats))
	for k := range on {
		on[k] = -1
	}
	var place func(u int, tried []bool) bool
	place = func(u int, tried []bool) bool {
		for k, seat := range seats {
			if tried[k] || !slices.Contains(seat.Users, users[u]) {
				continue
			}
			tried[k] = true
			if on[k] < 0 || place(on[k], tried) {
				on[k] = u
				return true
			}
		}
		return false
	}
	for u := range users {
		place(u, make([]bool, len(seats)))
	}
	var out []v1alpha1.User
	for u := range users {
		if slices.Contains(on, u) {
			out = append(out, users[u])
		}
	}
	return out
}

// rebind binds an approval that waits to what is to be approved as it is now; what was approved before is void.
func (t *turn) rebind(i int) {
	s := &t.run.Steps[i]
	now := t.f.Digests[t.plan.Nodes[i].Action.Approval.Of]
	if now == s.Digest {
		return
	}
	s.Digest = now
	t.event(v1alpha1.EventApprovalVoid, i, "", "what is to be approved has changed; approvals given before no longer count")
	t.reassign(i)
}

// voidApproval takes an approval back when what was approved has changed since, as long as something that needs it is
// not done yet: the approval and everything after it is asked for again.
func (t *turn) voidApproval(i int) bool {
	n, s := &t.plan.Nodes[i], &t.run.Steps[i]
	if n.Action.Approval == nil || s.Outcome != Approved || s.Digest == t.f.Digests[n.Action.Approval.Of] {
		return false
	}
	if n.Parent >= 0 && ended(&t.run.Steps[n.Parent]) || t.allEnded(n.NeededBy) {
		return false
	}
	t.event(v1alpha1.EventApprovalVoid, i, "", "what was approved has changed since; it is to be approved again")
	t.resetWithFollowers(i)
	return true
}

func (t *turn) resetWithFollowers(i int) {
	s := &t.run.Steps[i]
	if s.State == v1alpha1.StepPending {
		return
	}
	t.reset(i, s.Round, s.Attempt+1)
	for _, f := range t.plan.Nodes[i].NeededBy {
		t.resetWithFollowers(f)
	}
}
