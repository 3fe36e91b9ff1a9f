package demo

import (
	"fmt"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/timeline"
)

// Check looks whether the promises of the design held, from outside: by the objects and by the receivers' books. named
// is how many complaints came in.
func (w *World) Check(created int) []Invariant {
	return []Invariant{
		w.nothingLost(created),
		w.everyEffectOnce(),
		w.everyDeadlineOnce(),
		w.oneCommander(),
		w.separationOfDuties(),
		w.timelinesHold(),
		w.noPersonalData(),
		w.drillsStayInside(),
		w.caseNumbersTold(),
		w.decisionReachesHouseholds(),
		w.monthIsOverByItself(),
	}
}

func verdict(name string, wrong []string, fine string) Invariant {
	if len(wrong) == 0 {
		return Invariant{Name: name, OK: true, Detail: fine}
	}
	detail := strings.Join(wrong[:min(3, len(wrong))], "; ")
	if len(wrong) > 3 {
		detail += fmt.Sprintf("; and %d more", len(wrong)-3)
	}
	return Invariant{Name: name, Detail: detail}
}

// nothingLost: every complaint that came in is there, graded, with a case number of its own, and closed.
func (w *World) nothingLost(created int) Invariant {
	var wrong []string
	if created == 0 {
		wrong = append(wrong, "no complaint came in, so nothing was tried")
	}
	if len(w.Complaints) != created {
		wrong = append(wrong, fmt.Sprintf("%d complaints came in, %d are there", created, len(w.Complaints)))
	}
	numbers := map[string]string{}
	for i := range w.Complaints {
		c := &w.Complaints[i]
		switch {
		case c.Status.Grading == nil:
			wrong = append(wrong, c.Name+" was not graded")
		case c.Status.CaseNumber == "":
			wrong = append(wrong, c.Name+" has no case number")
		case numbers[c.Status.CaseNumber] != "":
			wrong = append(wrong, c.Name+" has the case number of "+numbers[c.Status.CaseNumber])
		case c.Status.ClosedAt.IsZero():
			wrong = append(wrong, c.Name+" is not closed")
		}
		numbers[c.Status.CaseNumber] = c.Name
	}
	return verdict("1 no complaint is lost", wrong, count(len(w.Complaints), "complaint")+" graded, numbered, closed")
}

// everyEffectOnce: the receivers' books and the outbox agree.
func (w *World) everyEffectOnce() Invariant {
	received := map[string]int{}
	for _, m := range slices.Concat(w.Mail, w.Hooks) {
		received[m.Key]++
	}
	var wrong []string
	for i := range w.Notices {
		n := &w.Notices[i]
		got := received[string(n.UID)]
		delete(received, string(n.UID))
		switch n.Status.State {
		case v1alpha1.NoticeDelivered:
			if got < 1 || got > 1+int(n.Status.PossibleDuplicates) {
				wrong = append(wrong, fmt.Sprintf("%s is delivered and was received %d times", n.Name, got))
			}
		case v1alpha1.NoticeUncertain:
			if got > 1+int(n.Status.PossibleDuplicates) {
				wrong = append(wrong, fmt.Sprintf("%s is uncertain and was received %d times", n.Name, got))
			}
		case v1alpha1.NoticeFailed, v1alpha1.NoticeSuppressed:
			if got > 0 {
				wrong = append(wrong, fmt.Sprintf("%s is %s and was received", n.Name, n.Status.State))
			}
		default:
			wrong = append(wrong, n.Name+" has not reached its end")
		}
	}
	for key := range received {
		wrong = append(wrong, "a message with key "+key+" belongs to no notice")
	}
	slices.Sort(wrong)
	return verdict("2 every effect once", wrong, count(len(w.Notices), "notice")+", each at its receiver as its state says")
}

type moment struct {
	step  string
	round int32
}

// deadlineBook is what the timelines say about deadlines.
type deadlineBook struct {
	met, missed, firedTwice, neverFired int
	wrong                               []string
}

// deadlines reads met and missed deadlines from the timelines, and holds them against the tasks, which know when they
// were due and when they were closed.
func (w *World) deadlines() deadlineBook {
	var b deadlineBook
	missed := map[string]map[moment]int{}
	reopened := map[string]int{}
	for uid, entries := range w.Timelines {
		missed[uid] = map[moment]int{}
		begun := map[moment]int{}
		for _, e := range entries {
			m := moment{e.Step, e.Round}
			switch e.Type {
			case v1alpha1.EventRunStarted:
				reopened[uid]++
			case v1alpha1.EventDeadlineMet:
				b.met++
			case v1alpha1.EventDeadlineMissed:
				b.missed++
				missed[uid][m]++
			case v1alpha1.EventApprovalVoid, v1alpha1.EventDeadlineMoved:
				begun[m]++
			}
		}
		for m, n := range missed[uid] {
			if n > reopened[uid]+begun[m] {
				b.firedTwice++
				b.wrong = append(b.wrong, fmt.Sprintf("the deadline of %s, round %d, fired %d times", m.step, m.round, n))
			}
		}
	}
	for i := range w.Tasks {
		t := &w.Tasks[i]
		due, closed := t.Spec.Assignment.DueAt, t.ClosedAt()
		late := !due.IsZero() && closed.After(due.Time)
		if late && missed[t.Spec.Record.UID][moment{t.Spec.Step, t.Spec.Round}] == 0 {
			b.neverFired++
			b.wrong = append(b.wrong, fmt.Sprintf("task %s was closed after its deadline, which never fired", t.Name))
		}
	}
	slices.Sort(b.wrong)
	return b
}

func (w *World) everyDeadlineOnce() Invariant {
	b := w.deadlines()
	return verdict("3 every deadline fires once", b.wrong, fmt.Sprintf("%d met, %d missed and told", b.met, b.missed))
}

// oneCommander: an incident whose playbook knows a commander and a spokesperson has exactly one of each, and they are
// two people.
func (w *World) oneCommander() Invariant {
	var wrong []string
	for i := range w.Incidents {
		ci := &w.Incidents[i]
		if ci.Status.Commander == "" || ci.Status.Spokesperson == "" || ci.Status.Commander == ci.Status.Spokesperson {
			wrong = append(wrong, fmt.Sprintf("%s: commander %q, spokesperson %q", ci.Name, ci.Status.Commander, ci.Status.Spokesperson))
		}
	}
	return verdict("4a one commander, one voice", wrong, count(len(w.Incidents), "incident or drill", "incidents and drills"))
}

// separationOfDuties: nobody complained about did anything, nobody approved what they asked for, approvals came from as
// many people as there are seats.
func (w *World) separationOfDuties() Invariant {
	about := map[string][]v1alpha1.User{}
	for i := range w.Complaints {
		if a := w.Complaints[i].Spec.About; a != nil {
			about[string(w.Complaints[i].UID)] = a.Users
		}
	}
	var wrong []string
	for i := range w.Tasks {
		t := &w.Tasks[i]
		var approvers []v1alpha1.User
		for _, a := range t.Spec.Acts {
			if a.Verb == v1alpha1.TaskComment {
				continue
			}
			if slices.Contains(about[t.Spec.Record.UID], a.By) {
				wrong = append(wrong, fmt.Sprintf("%s did %s on %s, which is about them", a.By, a.Verb, t.Name))
			}
			if a.Verb == v1alpha1.TaskApprove {
				approvers = append(approvers, a.By)
			}
		}
		slices.Sort(approvers)
		if n := len(slices.Compact(approvers)); t.Spec.Outcome == "approved" && n < len(t.Spec.Assignment.Seats) {
			wrong = append(wrong, fmt.Sprintf("%s has %d seats and %d approvers", t.Name, len(t.Spec.Assignment.Seats), n))
		}
		for _, r := range t.Spec.Assignment.Recused {
			if slices.Contains(approvers, r.User) {
				wrong = append(wrong, fmt.Sprintf("%s approved %s, though recused: %s", r.User, t.Name, r.Reason))
			}
		}
	}
	return verdict("4b nobody decides about themselves", wrong, count(len(w.Tasks), "task"))
}

func (w *World) timelinesHold() Invariant {
	var wrong []string
	entries := 0
	check := func(name, uid string, t v1alpha1.Timeline) {
		entries += len(w.Timelines[uid])
		for _, f := range timeline.Verify(w.Timelines[uid], t) {
			wrong = append(wrong, fmt.Sprintf("%s, entry %d: %s", name, f.Seq, f.Message))
		}
	}
	for i := range w.Complaints {
		check(w.Complaints[i].Name, string(w.Complaints[i].UID), w.Complaints[i].Status.Timeline)
	}
	for i := range w.Incidents {
		check(w.Incidents[i].Name, string(w.Incidents[i].UID), w.Incidents[i].Status.Timeline)
	}
	return verdict("5 timelines are whole", wrong, count(entries, "entry", "entries")+" verified")
}

// noPersonalData: no name, address or number of a complainant is anywhere but in the Secrets and in the mail to the
// complainant.
func (w *World) noPersonalData() Invariant {
	texts, err := w.text()
	if err != nil {
		return Invariant{Name: "6 personal data stays where it was received", Detail: err.Error()}
	}
	contacts := w.contacts()
	var pairs []string
	for _, secret := range contacts {
		pairs = append(pairs, secret, "")
	}
	without := strings.NewReplacer(pairs...) // looks for all of them in one go
	var wrong []string
	for what, text := range texts {
		if without.Replace(text) != text {
			wrong = append(wrong, "a complainant's contact is in "+what)
		}
	}
	slices.Sort(wrong)
	return verdict("6 personal data stays where it was received", wrong, count(len(contacts), "contact")+" looked for in "+count(len(texts), "text"))
}

// drillsStayInside: what a drill sends goes to members of a team alone.
func (w *World) drillsStayInside() Invariant {
	var wrong []string
	outside := w.reachedOutside()
	if outside > 0 {
		wrong = append(wrong, fmt.Sprintf("%d notices of drills reached somebody outside", outside))
	}
	drills := 0
	for i := range w.Incidents {
		if w.Incidents[i].Spec.Drill != nil {
			drills++
		}
	}
	if drills == 0 {
		wrong = append(wrong, "no drill was run")
	}
	return verdict("8 a drill reaches nobody outside", wrong, count(drills, "drill")+", nothing outside")
}

// reachedOutside counts notices of drills that went to somebody who is no member of a team, by outbox and by book.
func (w *World) reachedOutside() int {
	staff := map[string]bool{}
	for i := range w.Teams {
		for _, m := range w.Teams[i].Spec.Members {
			for _, c := range m.Contacts {
				staff[c.Address] = true
			}
		}
	}
	n := 0
	for i := range w.Notices {
		if no := &w.Notices[i]; no.Spec.Mode == v1alpha1.ModeDrill && no.Spec.To.Kind != v1alpha1.RecipientMember && no.Status.Attempts > 0 {
			n++
		}
	}
	for _, m := range w.Mail {
		if m.Mode != string(v1alpha1.ModeDrill) {
			continue
		}
		for _, to := range m.To {
			if !staff[to] {
				n++
			}
		}
	}
	return n
}

// caseNumbersTold: every mail to a complainant quotes the number of their case.
func (w *World) caseNumbersTold() Invariant {
	numbers := map[string]string{}
	for i := range w.Complaints {
		numbers[string(w.Complaints[i].UID)] = w.Complaints[i].Status.CaseNumber
	}
	about := map[string]string{}
	for i := range w.Notices {
		if n := &w.Notices[i]; n.Spec.To.Kind == v1alpha1.RecipientComplainant {
			about[string(n.UID)] = numbers[n.Spec.Record.UID]
		}
	}
	var wrong []string
	told := 0
	for _, m := range w.Mail {
		number, ours := about[m.Key]
		if !ours {
			continue
		}
		told++
		if number == "" || !strings.Contains(m.Subject+m.Body, number) {
			wrong = append(wrong, "a mail to a complainant does not quote case "+number)
		}
	}
	return verdict("9 complainants are told their case number", wrong, count(told, "mail"))
}
