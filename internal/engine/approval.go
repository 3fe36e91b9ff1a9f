package engine

import (
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Outcomes of an approval.
const (
	Approved = v1alpha1.OutcomeApproved
	Refused  = v1alpha1.OutcomeRefused
)

// beginApproval asks for approval: one seat for each role listed, a different person on each, and nobody who did what
// is to be approved.
func (t *turn) beginApproval(i int) {
	s := &t.run.Steps[i]
	s.Digest = t.f.Digests[t.plan.Nodes[i].Action.Approval.Of]
	t.noteAuthor(i)
	a := t.seats(i)
	if !t.seated(i, a) {
		return
	}
	t.openTask(i, v1alpha1.TaskTypeApproval, nil, a)
	t.tellSeats(i, "seat", t.seatHeads(a.Seats), nil)
}

// unseated begins every problem with the seats.
const unseated = "nobody can approve "

// seated is whether enough different people can sit on the seats; otherwise the step keeps a problem.
func (t *turn) seated(i int, a v1alpha1.Assignment) bool {
	need, able := t.quorumOf(i), len(matchSeats(a.Seats, a.MayAct))
	if able >= need {
		t.solved(i)
		return true
	}
	for _, seat := range a.Seats {
		if len(seat.Users) == 0 {
			t.problem(i, unseated+"as "+seat.Role+": everybody with that duty is away, asked for it, or may take no part; add a deputy to the team")
			return false
		}
	}
	t.problem(i, unseated+"besides: "+number(need)+" different people must approve, but only "+number(able)+" can; add somebody with one of the duties to the team")
	return false
}

// quorumOf is how many seats must approve.
func (t *turn) quorumOf(i int) int { return quorum(t.plan.Nodes[i].Action.Approval) }

func quorum(ap *v1alpha1.Approval) int {
	if ap.Quorum > 0 {
		return int(ap.Quorum)
	}
	return len(ap.By)
}

// tellSeats tells the heads of the seats that were not told before.
func (t *turn) tellSeats(i int, slot string, heads, before []v1alpha1.RoleHolder) {
	for k, h := range heads {
		if h.User == "" || slices.ContainsFunc(before, func(b v1alpha1.RoleHolder) bool { return b.User == h.User }) {
			continue
		}
		t.tell(i, slot+string(rune('a'+k)), h, "taskAssigned", t.firstTask(i))
		t.event(v1alpha1.EventAsked, i, h.User, t.askedText(i, v1alpha1.TaskTypeApproval, h, h))
	}
}

// reseat works out the seats of an approval that waits anew and tells who sits in front now.
func (t *turn) reseat(i int, before []v1alpha1.RoleHolder) {
	a := t.seats(i)
	t.seated(i, a)
	t.reassign(i)
	t.tellSeats(i, "reseated"+number(len(t.run.Steps[i].Declined))+"/", t.seatHeads(a.Seats), before)
}

// awaitApproval counts the approvals given so far: for what is to be approved as it is now, by people who may, each on
// one seat. It is refused once so many refuse that the quorum is out of reach.
func (t *turn) awaitApproval(i int) {
	s := &t.run.Steps[i]
	if len(s.Tasks) == 0 {
		t.put(i)
		return
	}
	if t.rebind(i) && t.count(i, int(s.ActsSeen)) {
		return
	}
	acts := t.f.Tasks[string(s.Tasks[0])].Acts
	for k := int(s.ActsSeen); k < len(acts); k++ {
		s.ActsSeen = int32(k + 1)
		t.takeVote(i, k, acts)
		if ended(s) {
			s.ActsSeen = int32(len(acts))
			t.comeTooLate(i, acts[k+1:])
			return
		}
	}
	if !t.answersOnly {
		t.keepSeats(i)
		t.mendSeats(i)
	}
}

// mendSeats looks whether an approval that nobody was left for can be given by now.
func (t *turn) mendSeats(i int) {
	if !strings.HasPrefix(t.run.Steps[i].Problem, unseated) {
		return
	}
	if a := t.seats(i); t.seated(i, a) {
		t.reassign(i)
		slot := "mended" + number(len(t.run.Steps[i].Declined)+len(t.run.Steps[i].PassedOver)) + "/"
		for _, u := range AskedFirst(a.Seats) { // it can be mended more than once, by others
			slot += string(u) + "/"
		}
		t.tellSeats(i, slot, t.seatHeads(a.Seats), nil)
	}
}

// takeVote takes in act k of an approval.
func (t *turn) takeVote(i, k int, acts []v1alpha1.TaskAct) {
	act := acts[k]
	if !t.admit(i, act) {
		return
	}
	if act.Verb != v1alpha1.TaskApprove && act.Verb != v1alpha1.TaskRefuse {
		t.takeAct(i, act)
		return
	}
	switch why := t.unfit(i, act); {
	case why != "":
		t.ignore(i, act, why)
		if why == anotherVersion {
			t.tellVoid(i, "stale"+number(k)+"/", []v1alpha1.User{act.By}, t.firstTask(i))
		}
	case t.voted(i, acts[:k], act.By):
		t.ignore(i, act, "decided before")
	default:
		t.event(v1alpha1.EventActed, i, act.By, voteText(act))
		t.count(i, k+1)
	}
}

// voteText says how somebody decided. What a refusal was for stays with the act: it may be as long and as personal as
// whoever writes it likes.
func voteText(act v1alpha1.TaskAct) string {
	if act.Verb == v1alpha1.TaskApprove {
		return "approved"
	}
	return "refused; the reason is with act " + act.ID + " of the task"
}

// anotherVersion is why a decision does not count that was made about something else than what is to be approved now.
const anotherVersion = "it was given for another version of what is to be approved"

// unfit says why an approval or refusal does not count; empty if it does.
func (t *turn) unfit(i int, act v1alpha1.TaskAct) string {
	s, of := &t.run.Steps[i], t.plan.Nodes[i].Action.Approval.Of
	switch {
	case isRecused(t.recused, act.By):
		return "is complained about"
	case isRecused(t.requesters(i), act.By):
		return reasonFor(t.requesters(i), act.By)
	case of != "" && act.Digest != s.Digest:
		return anotherVersion
	case !slices.ContainsFunc(t.seatsNow(i), func(seat v1alpha1.Seat) bool { return slices.Contains(seat.Users, act.By) }):
		return "has no seat in this approval"
	}
	return ""
}

// voted is whether somebody approved or refused what is to be approved as it is now.
func (t *turn) voted(i int, acts []v1alpha1.TaskAct, by v1alpha1.User) bool {
	s, of := &t.run.Steps[i], t.plan.Nodes[i].Action.Approval.Of
	return slices.ContainsFunc(acts, func(a v1alpha1.TaskAct) bool {
		return a.By == by && (a.Verb == v1alpha1.TaskApprove || a.Verb == v1alpha1.TaskRefuse) && (of == "" || a.Digest == s.Digest)
	})
}

// hasVoted is voted over all acts taken in.
func (t *turn) hasVoted(i int, by v1alpha1.User) bool {
	s := &t.run.Steps[i]
	acts := t.f.Tasks[t.firstTask(i)].Acts
	return t.voted(i, acts[:min(int(s.ActsSeen), len(acts))], by)
}

// seatsNow are the seats of the task as they were when people acted.
func (t *turn) seatsNow(i int) []v1alpha1.Seat {
	if seats := t.f.Tasks[t.firstTask(i)].Seats; len(seats) > 0 {
		return seats
	}
	return t.seats(i).Seats
}

// count ends the approval if the first n acts on its task decide it.
func (t *turn) count(i, n int) bool {
	acts := t.f.Tasks[t.firstTask(i)].Acts[:n]
	var yes, no []v1alpha1.User
	var last v1alpha1.TaskAct
	for k, act := range acts {
		if (act.Verb != v1alpha1.TaskApprove && act.Verb != v1alpha1.TaskRefuse) || act.By == "" ||
			slices.Contains(t.run.Steps[i].Declined, act.By) || t.unfit(i, act) != "" || t.voted(i, acts[:k], act.By) {
			continue
		}
		if last = act; act.Verb == v1alpha1.TaskApprove {
			yes = append(yes, act.By)
		} else {
			no = append(no, act.By)
		}
	}
	seats := t.seatsNow(i)
	need := min(t.quorumOf(i), len(seats))
	if approved := matchSeats(seats, yes); len(approved) >= need && need > 0 {
		t.because(t.actTime(i, last))
		t.finish(i, Approved, approved, t.actTime(i, last))
		return true
	}
	if refused := matchSeats(seats, no); len(refused) > len(seats)-need {
		t.because(t.actTime(i, last))
		t.finish(i, Refused, refused, t.actTime(i, last))
		return true
	}
	return false
}

// rebind binds an approval that waits to what is to be approved as it is now, and by whom it was written; what was
// approved before is void.
func (t *turn) rebind(i int) bool {
	s, of := &t.run.Steps[i], t.plan.Nodes[i].Action.Approval.Of
	now, another := t.f.Digests[of], t.noteAuthor(i)
	changed := now != s.Digest
	if changed {
		voters := t.voters(i)
		s.Digest = now
		s.Voided++
		t.event(v1alpha1.EventApprovalVoid, i, t.f.Authors[of], "what is to be approved has changed; approvals given before no longer count")
		t.reassign(i)
		t.tellVoid(i, "void"+number(s.Voided)+"/", slices.DeleteFunc(voters, func(u v1alpha1.User) bool { return t.hasVoted(i, u) }), t.firstTask(i))
	}
	if another {
		a := t.seats(i)
		t.seated(i, a)
		t.reassign(i)
		t.tellSeats(i, "written"+number(len(s.Authors))+"/", t.seatHeads(a.Seats), t.seatHeads(t.f.Tasks[t.firstTask(i)].Seats))
	}
	return changed || another
}

// mostAuthors is how many people a step remembers as authors of what it has approved.
const mostAuthors = 16

// noteAuthor remembers who wrote what is to be approved as it is now, and says whether that is somebody new. They are
// remembered until the step begins anew: the same words written once more by somebody else are still theirs.
func (t *turn) noteAuthor(i int) bool {
	s := &t.run.Steps[i]
	by := t.f.Authors[t.plan.Nodes[i].Action.Approval.Of]
	if by == "" || slices.Contains(s.Authors, by) || len(s.Authors) >= mostAuthors {
		return false
	}
	s.Authors = append(slices.Clone(s.Authors), by)
	return true
}
