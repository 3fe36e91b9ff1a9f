package playbooks

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

// monday is nine o'clock on a working Monday in Shanghai.
var monday = time.Date(2026, 6, 1, 1, 0, 0, 0, time.UTC)

func TestEveryStoryOfAComplaintComesToItsEnd(t *testing.T) {
	type words = map[string][]string
	complaints := []string{"general-recovery", "serious-recovery", "major-recovery"}
	stories := []struct {
		name    string
		in      []string
		answers words
		want    map[string]string
	}{
		{"satisfied at once", complaints, nil,
			map[string]string{"recover": "satisfied", "closeCase": "sent", "settle": "skipped", "explainFindings": "skipped", "tellUnfounded": "skipped", "fileRecord": "sent", "progress": "done"}},
		{"unfounded", complaints[:2], words{"checkFacts": {"unfounded"}},
			map[string]string{"recover": "skipped", "explainFindings": "done", "tellUnfounded": "sent", "closeCase": "skipped", "fileRecord": "sent", "progress": "done"}},
		{"unfounded, while planning had begun", complaints[2:], words{"checkFacts": {"unfounded"}},
			map[string]string{"recover": "cancelled", "explainFindings": "done", "tellUnfounded": "sent", "closeCase": "skipped", "fileRecord": "sent", "progress": "done"}},
		{"dissatisfied once", complaints, words{"followUp": {"dissatisfied", "basicallySatisfied"}},
			map[string]string{"recover": "satisfied", "settle": "skipped", "closeCase": "sent"}},
		{"dissatisfied for ever", complaints, words{"followUp": {"dissatisfied"}},
			map[string]string{"recover": "exhausted", "settle": "agreed", "closeCase": "sent"}},
		{"the plan is refused", complaints, words{"approveRemedy": {"refused", "approved"}},
			map[string]string{"recover": "satisfied", "closeCase": "sent"}},
		{"the customer declines the offer", complaints, words{"agreeRemedy": {"declined", "agreed"}},
			map[string]string{"recover": "satisfied", "closeCase": "sent"}},
	}
	for _, story := range stories {
		for _, name := range story.in {
			t.Run(name+"/"+story.name, func(t *testing.T) {
				checkStory(t, newWalk(t, ServiceRecovery, name, monday, story.answers).play(), story.want)
			})
		}
	}
}

func TestEachRoundIsOwnedAndApprovedOneRungHigher(t *testing.T) {
	for name, want := range map[string]struct{ plan, approve []string }{
		"general-recovery": {[]string{"handler", "supervisor", "departmentManager", "executive"}, []string{"supervisor", "departmentManager", "executive", "executive"}},
		"serious-recovery": {[]string{"handler", "supervisor", "departmentManager", "executive"}, []string{"departmentManager", "executive", "executive", "executive"}},
		"major-recovery":   {[]string{"handler", "supervisor", "departmentManager", "executive"}, []string{"executive", "legal", "executive", "legal", "executive", "legal", "executive", "legal"}},
	} {
		g := NewWithT(t)
		w := newWalk(t, ServiceRecovery, name, monday, map[string][]string{"followUp": {"dissatisfied"}}).play()
		g.Expect(w.asked("planRemedy")).To(Equal(want.plan), name)
		g.Expect(w.asked("approveRemedy")).To(Equal(want.approve), name)
		g.Expect(w.asked("settle")).To(Equal([]string{"executive"}), name)
	}
}

// eve is an hour before work ends on the eve of a holiday of three days: Thursday 17:00 in Shanghai, and Friday to Sunday are the
// Dragon Boat Festival.
var eve = time.Date(2026, 6, 18, 9, 0, 0, 0, time.UTC)

func TestDeadlinesFallWhereTheRegimeSays(t *testing.T) {
	g := NewWithT(t)
	silent := func(name string) *walk {
		w := newWalk(t, ServiceRecovery, name, eve, nil)
		w.facts.Complaint.Category, w.facts.Complaint.Product = "product-defect", "kettle"
		w.silent["everything"] = true
		d := engine.Decide(w.plan, w.run, w.facts, w.now)
		w.run = d.Run
		return w
	}
	w := silent("general-recovery")
	g.Expect(w.due("acknowledge")).To(Equal("Fri 2026-06-19 17:00"))
	g.Expect(w.due("checkFacts")).To(Equal("Mon 2026-06-22 17:00"))
	g.Expect(w.due("onSiteCheck")).To(Equal("Tue 2026-06-23 17:00"))
	g.Expect(silent("major-recovery").due("planRemedy")).To(Equal("Thu 2026-06-18 21:00"))
}

func TestProgressGoesOutEvery24HoursAndTheTrackerEveryWorkingDay(t *testing.T) {
	g := NewWithT(t)
	w := newWalk(t, ServiceRecovery, "general-recovery", monday, nil)
	w.silent["carryOut"] = true
	w.facts.Notices = map[string]v1alpha1.NoticeState{}
	// Carrying out takes a week: nobody answers, and the walk goes from wake to wake.
	for w.now.Before(monday.AddDate(0, 0, 8)) {
		d := engine.Decide(w.plan, w.run, w.facts, w.now)
		w.run = d.Run
		for _, e := range d.Effects {
			w.take(e)
		}
		if !w.answer() && len(d.Effects) == 0 {
			w.now = d.Wake
		}
	}
	g.Expect(w.sent("progress")).To(BeNumerically("~", 8, 1))
	g.Expect(w.sent("executionReminder")).To(BeNumerically("~", 5, 1))
	g.Expect(w.sent("overdue")).To(Equal(3), "every rung above the handler is told")
}

func TestEveryStoryOfACrisisComesToItsEnd(t *testing.T) {
	type words = map[string][]string
	for _, story := range []struct {
		name    string
		answers words
		want    map[string]string
	}{
		{"confirmed", nil, map[string]string{"assemble": "assembled", "firstStatement": "sent", "tellRegulator": "delivered",
			"situationUpdate": "done", "agreeRemedy": "satisfied", "tellRecovered": "sent", "lookBack": "done", "planDrill": "done", "tellStandDown": "skipped", "settleRemedy": "skipped"}},
		{"stood down at once", words{"confirm": {"standDown"}}, map[string]string{"assemble": "cancelled", "protectPeople": "skipped", "firstStatement": "skipped",
			"tellRegulator": "skipped", "lookBack": "skipped", "tellStandDown": "sent"}},
		{"a false alarm", words{"investigate": {"falseAlarm"}}, map[string]string{"recover": "cancelled", "lookBack": "cancelled", "tellStandDown": "sent"}},
		{"no agreement on the statement, released", words{"approveStatement": {"refused"}}, map[string]string{"statement": "exhausted", "settleStatement": "release", "firstStatement": "sent", "lookBack": "done"}},
		{"no agreement on the statement, held back", words{"approveStatement": {"refused"}, "settleStatement": {"holdBack"}}, map[string]string{"firstStatement": "skipped", "answerRumours": "skipped", "lookBack": "done"}},
		{"the remedy is reworked", words{"approveRemedy": {"refused", "approved"}}, map[string]string{"agreeRemedy": "satisfied", "lookBack": "done"}},
		{"the remedy is refused for ever", words{"approveRemedy": {"refused"}}, map[string]string{"agreeRemedy": "exhausted", "settleRemedy": "lastPlan", "carryOutRemedy": "done", "lookBack": "done"}},
	} {
		t.Run(story.name, func(t *testing.T) {
			w := newWalk(t, ServiceRecovery, "major-incident", monday, story.answers)
			// Where it is no crisis the commander says so before the team is there.
			w.silent["assemble"] = story.answers["confirm"] != nil
			checkStory(t, w.play(), story.want)
		})
	}
}

// crises plays the crisis of every pack, changed before it begins.
func crises(t *testing.T, change func(*walk), check func(t *testing.T, w *walk)) {
	t.Helper()
	for _, name := range packs(t) {
		for drill, spec := range load(t, name).drills {
			t.Run(name+"/"+drill, func(t *testing.T) {
				w := newWalk(t, name, string(spec.Playbook), monday, nil)
				change(w)
				check(t, w.play())
			})
		}
	}
}

func TestACrisisHasOneCommanderAndAnotherSpokesperson(t *testing.T) {
	crises(t, func(*walk) {}, func(t *testing.T, w *walk) {
		g := NewWithT(t)
		holders := map[string]v1alpha1.User{}
		for _, role := range w.run.Roles {
			g.Expect(holders).NotTo(HaveKey(role.Name), "two holders of one role")
			holders[role.Name] = role.User
		}
		g.Expect(holders).To(HaveKey("commander"))
		g.Expect(holders).To(HaveKey("spokesperson"))
		g.Expect(holders["commander"]).NotTo(Equal(holders["spokesperson"]))
	})
}

func TestADrillPlansNoDrill(t *testing.T) {
	crises(t, func(w *walk) { w.facts.Mode, w.facts.Incident.Drill = v1alpha1.ModeDrill, true }, func(t *testing.T, w *walk) {
		checkStory(t, w, map[string]string{"planDrill": "skipped", "lookBack": "done"})
	})
}
