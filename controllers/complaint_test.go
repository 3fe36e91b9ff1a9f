package controllers

import (
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/names"
)

func level(name string) OmegaMatcher { return HaveField("Level", BeEquivalentTo(name)) }

func TestComplaintIsTakenUp(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.complain("kettle", product("kettle"))
	w.must(w.complaints, "kettle")
	c := w.complaint("kettle")
	w.Expect(c.Status.CaseNumber).To(Equal("TS20260302001"), "the number is written first: whoever is told is told it")
	w.Expect(w.notices()).To(BeEmpty())
	w.must(w.complaints, "kettle")
	c = w.complaint("kettle")
	w.Expect(c.Status.Grading).To(And(level("general"), HaveField("Reason", Not(BeEmpty())), HaveField("Policy", "default@1")))
	w.Expect(c.Status.ObservedGeneration).To(Equal(c.Generation))
	w.Expect(c.Status.State).To(Equal(v1alpha1.CaseOpen))
	w.Expect(c.Status.Handler).To(BeEquivalentTo(amy))
	w.Expect(c.Status.NextDeadline.Time).To(BeTemporally("==", start.Add(24*time.Hour)))
	for typ, status := range map[string]metav1.ConditionStatus{"Graded": "True", "Ready": "True", "Running": "True", "Closed": "False", "Overdue": "False", "Staffed": "True", "PolicyInForce": "True"} {
		w.Expect(w.condition(c.Status.Conditions, typ)).To(And(HaveField("Status", status), HaveField("ObservedGeneration", c.Generation)), typ)
	}
	w.Expect(w.written()["status Complaint"]).To(Equal(2), "one status write each")
	w.Expect(w.task("kettle", "checkFacts").Spec.Assignment).To(And(HaveField("Assignee", BeEquivalentTo(amy)), HaveField("MayAct", ConsistOf(BeEquivalentTo(amy), BeEquivalentTo(bob)))))

	t.Log("nothing new: nothing is written")
	before := w.written()
	w.must(w.complaints, "kettle")
	w.Expect(w.written()).To(Equal(before))

	t.Log("every further step costs one status write as well")
	w.act(w.task("kettle", "checkFacts"), amy, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete, Outcome: "founded"})
	w.must(w.complaints, "kettle")
	w.Expect(w.written()["status Complaint"]).To(Equal(3))
	w.act(w.task("kettle", "settle"), bob, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete})
	w.must(w.complaints, "kettle")
	c = w.complaint("kettle")
	w.Expect(w.written()["status Complaint"]).To(Equal(4))
	w.Expect(c.Status.State).To(Equal(v1alpha1.CaseClosed))
	w.Expect(w.condition(c.Status.Conditions, "Closed")).To(states(metav1.ConditionTrue, "Completed", c.Generation))
	w.Expect(w.condition(c.Status.Conditions, "Running")).To(states(metav1.ConditionFalse, "Completed", c.Generation))
	before = w.written()
	w.must(w.complaints, "kettle")
	w.Expect(w.written()).To(Equal(before))
	for _, task := range w.tasks() {
		w.Expect(task.Spec.State).To(Equal(v1alpha1.TaskDone))
	}
}

func TestTimeRaisesALevel(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.complain("old")
	w.settle()
	due := start.AddDate(0, 0, 30)
	w.Expect(w.complaint("old").Status.Grading.NextAt.Time).To(BeTemporally("==", due))
	w.clock.SetTime(due.Add(-time.Second))
	w.settle()
	w.Expect(w.complaint("old").Status.Grading).To(level("general"))
	w.clock.SetTime(due)
	w.settle()
	c := w.complaint("old")
	w.Expect(c.Status.Grading).To(And(level("serious"), HaveField("Rule", "a-month"), HaveField("Reason", ContainSubstring("unresolved for a month"))))
	w.Expect(c.Status.Run.Playbook).To(Equal("serious-case"))
}

func TestCountsRaiseALevel(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	same := func(s *v1alpha1.ComplaintSpec) { s.Complainant.Pseudonym = "the-same" }
	w.complain("a1", product("kettle"), same)
	w.complain("a2", product("kettle"), same)
	w.complain("a3", product("kettle"), same)
	w.settle()
	w.Expect(w.complaint("a3").Status.Grading).To(level("general"), "one person three times is one person")
	w.complain("b1", product("kettle"))
	w.settle()
	w.Expect(w.complaint("b1").Status.Grading).To(level("general"))
	w.complain("c1", product("kettle"))
	w.complain("c2", product("lamp"))
	w.settle()
	w.Expect(w.complaint("c1").Status.Grading).To(And(level("serious"), HaveField("Rule", "several"), HaveField("Reason", ContainSubstring("3"))))
	w.Expect(w.complaint("c2").Status.Grading).To(level("general"))
}

func TestRaisedLevelTakesThePlaybookOver(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.complain("kettle")
	w.settle()
	w.act(w.task("kettle", "checkFacts"), amy, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete, Outcome: "founded"})
	w.settle()
	notices := len(w.notices())
	c := w.complaint("kettle")
	c.Spec.Signals = []v1alpha1.Identifier{"agitated"}
	w.Expect(w.admin.Update(w.ctx, c)).To(Succeed())
	w.must(w.complaints, "kettle")

	c = w.complaint("kettle")
	w.Expect(c.Status.Run).To(And(HaveField("Playbook", "serious-case"), HaveField("ID", int32(2))))
	w.Expect(step(c.Status.Run, "checkFacts")).To(And(HaveField("State", v1alpha1.StepDone), HaveField("Outcome", BeEquivalentTo("founded"))), "what was done is kept")
	w.Expect(step(c.Status.Run, "acknowledge").State).To(Equal(v1alpha1.StepDone))
	w.Expect(step(c.Status.Run, "visit").State).To(Equal(v1alpha1.StepWaiting))
	w.Expect(w.notices()).To(HaveLen(notices+1), "only the visit is told: the complainant is not greeted twice")
	w.Expect(w.task("kettle", "settle").Spec.State).To(Equal(v1alpha1.TaskCancelled), "what waited is cancelled")
	w.Expect(w.story(c)).To(And(ContainSubstring("Superseded"), ContainSubstring("; done already: acknowledge, checkFacts\n")))
	before := w.written()
	w.must(w.complaints, "kettle")
	w.Expect(w.written()).To(Equal(before))
}

func step(run *v1alpha1.Run, name string) v1alpha1.StepState {
	for _, s := range run.Steps {
		if s.Name == name {
			return s
		}
	}
	return v1alpha1.StepState{}
}

func TestTakeOverWaitsForAPlaybookThatCanBegin(t *testing.T) {
	w := newWorld(t)
	w.apply(teamsYAML)
	w.apply(triageYAML)
	w.apply(generalYAML)
	w.verify()
	w.complain("kettle")
	w.settle()
	c := w.complaint("kettle")
	c.Spec.Signals = []v1alpha1.Identifier{"agitated"}
	w.Expect(w.admin.Update(w.ctx, c)).To(Succeed())
	w.settle()
	c = w.complaint("kettle")
	w.Expect(c.Status.Grading).To(level("serious"))
	w.Expect(c.Status.Run).To(And(HaveField("Playbook", "general-case"), HaveField("Result", BeEmpty())), "better the old one than none")
	w.Expect(w.condition(c.Status.Conditions, "Running")).To(And(states(metav1.ConditionTrue, "TakeOverWaits", c.Generation), HaveField("Message", ContainSubstring("serious-case"))))
	w.apply(seriousYAML)
	w.verify()
	w.settle()
	w.Expect(w.complaint("kettle").Status.Run.Playbook).To(Equal("serious-case"))
}

func TestLoweredLevelIsNotRaisedAgainByTheSameRule(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	c := w.complain("kettle", signal("agitated"))
	w.settle()
	w.Expect(w.complaint("kettle").Status.Grading).To(level("serious"))
	w.decide(c, dan, v1alpha1.RecordAct{Verb: v1alpha1.RecordLower, Level: "general", Reason: "calm by now"})
	w.settle()
	got := w.complaint("kettle")
	w.Expect(got.Status.Grading).To(And(level("general"), HaveField("Overruled", BeEquivalentTo("serious")), HaveField("Reason", ContainSubstring("calm by now"))))
	w.Expect(got.Status.Run.Playbook).To(Equal("general-case"))
	w.Expect(w.story(got)).To(ContainSubstring("LevelChanged  dan: level general: calm by now"))
	w.clock.SetTime(start.AddDate(0, 0, 40))
	w.settle()
	w.Expect(w.complaint("kettle").Status.Grading).To(level("general"), "another rule of the same level does not raise it either")

	t.Log("a higher one does")
	got = w.complaint("kettle")
	got.Spec.Signals = append(got.Spec.Signals, "safety-hazard")
	w.Expect(w.admin.Update(w.ctx, got)).To(Succeed())
	w.settle()
	w.Expect(w.complaint("kettle").Status.Grading).To(level("crisis"))
}

// What a Raise or Lower did not change is not said to have changed, and what waits for a playbook is judged once.
func TestADecisionAboutTheLevelThatChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	c := w.complain("kettle", signal("agitated"))
	w.settle()
	w.decide(c, amy, v1alpha1.RecordAct{Verb: v1alpha1.RecordRaise, Level: "general", Reason: "so that it is easier"})
	w.settle()
	got := w.complaint("kettle")
	w.Expect(got.Status.Grading).To(level("serious"))
	w.Expect(w.told(got, v1alpha1.EventLevelChanged)).To(BeZero())
	w.Expect(w.story(got)).To(ContainSubstring("ActIgnored  amy: Raise was left out: general is not above serious, the level in force\n"))

	w.Expect(w.admin.Delete(w.ctx, read(w, "crisis-case", &v1alpha1.Playbook{}))).To(Succeed())
	w.decide(c, cleo, v1alpha1.RecordAct{Verb: v1alpha1.RecordAbort, Reason: "a hoax"})
	w.settle()
	w.decide(c, cleo, v1alpha1.RecordAct{Verb: v1alpha1.RecordReopen, Reason: "no hoax"})
	w.decide(c, cleo, v1alpha1.RecordAct{Verb: v1alpha1.RecordRaise, Level: "crisis", Reason: "somebody was hurt"})
	w.settle()
	w.must(w.complaints, "kettle")
	got = w.complaint("kettle")
	w.Expect(got.Status.Grading).To(level("crisis"))
	w.Expect(w.condition(got.Status.Conditions, "Running").Reason).To(Equal("PlaybookNotReady"))
	w.Expect(w.told(got, v1alpha1.EventLevelChanged)).To(Equal(1))
	w.apply(crisisYAML)
	w.verify()
	w.settle()
	got = w.complaint("kettle")
	w.Expect(got.Status.Run.Playbook).To(Equal("crisis-case"))
	w.Expect(w.told(got, v1alpha1.EventLevelChanged)).To(Equal(1))
	w.Expect(w.told(got, v1alpha1.EventActIgnored)).To(Equal(1), "the Raise was not judged once more when the playbook came")
}

func TestActsOnAComplaint(t *testing.T) {
	for _, c := range []struct {
		name  string
		by    v1alpha1.User
		act   v1alpha1.RecordAct
		state v1alpha1.CaseState
		event v1alpha1.EventType
	}{
		{"withdraw", amy, v1alpha1.RecordAct{Verb: v1alpha1.RecordWithdraw, Reason: "it was the neighbour's"}, v1alpha1.CaseWithdrawn, v1alpha1.EventRunEnded},
		{"merge", amy, v1alpha1.RecordAct{Verb: v1alpha1.RecordMerge, Into: "other", Reason: "the same matter"}, v1alpha1.CaseMerged, v1alpha1.EventRunEnded},
		{"abort", cleo, v1alpha1.RecordAct{Verb: v1alpha1.RecordAbort, Reason: "a hoax"}, v1alpha1.CaseAborted, v1alpha1.EventRunEnded},
		{"skip", cleo, v1alpha1.RecordAct{Verb: v1alpha1.RecordSkip, Step: "checkFacts", Reason: "known already"}, v1alpha1.CaseClosed, v1alpha1.EventStepSkipped},
		{"comment", amy, v1alpha1.RecordAct{Verb: v1alpha1.RecordComment, Reason: "called back"}, v1alpha1.CaseOpen, v1alpha1.EventCommented},
		{"raise", amy, v1alpha1.RecordAct{Verb: v1alpha1.RecordRaise, Level: "serious", Reason: "a journalist called"}, v1alpha1.CaseOpen, v1alpha1.EventLevelChanged},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.furnish()
			record := w.complain("kettle")
			w.complain("other")
			w.settle()
			w.decide(record, c.by, c.act)
			w.must(w.complaints, "kettle")
			got := w.complaint("kettle")
			w.Expect(got.Status.State).To(Equal(c.state))
			w.Expect(w.entries(got)).To(ContainElement(And(HaveField("Type", c.event), HaveField("Actor", c.by))))
			if c.state != v1alpha1.CaseOpen {
				w.Expect(w.condition(got.Status.Conditions, "Closed").Status).To(Equal(metav1.ConditionTrue))
				w.Expect(w.task("kettle", "checkFacts").Spec.State).NotTo(BeEmpty(), "nobody is asked any more")
			}
			w.Expect(string(got.Status.MergedInto)).To(Equal(c.act.Into))
			w.settle()
			w.Expect(w.told(w.complaint("kettle"), c.event)).To(Equal(w.told(got, c.event)), "an act is taken in once")
		})
	}
}

func TestReopenedComplaint(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	record := w.complain("kettle")
	w.settle()
	w.decide(record, cleo, v1alpha1.RecordAct{Verb: v1alpha1.RecordAbort, Reason: "a hoax"})
	w.settle()

	t.Log("while no run can begin the act waits, and the record says why")
	w.Expect(w.admin.Delete(w.ctx, read(w, "general-case", &v1alpha1.Playbook{}))).To(Succeed())
	w.decide(record, cleo, v1alpha1.RecordAct{Verb: v1alpha1.RecordReopen, Reason: "no hoax"})
	w.settle()
	c := w.complaint("kettle")
	w.Expect(w.condition(c.Status.Conditions, "Running")).To(And(states(metav1.ConditionFalse, "PlaybookNotReady", c.Generation), HaveField("Message", ContainSubstring("general-case"))))
	w.Expect(c.Status.Reopened).To(BeZero())
	w.Expect(c.Status.State).To(Equal(v1alpha1.CaseAborted))
	w.Expect(attention(&c.Status.CaseStatus)).To(Equal(needsAttention), "it is looked at when the playbook comes")

	t.Log("so it does while the level has no playbook at all")
	w.apply(strings.Replace(triageYAML, "{name: general, playbook: general-case}", "{name: general}", 1))
	w.must(w.triage, "default")
	w.settle()
	c = w.complaint("kettle")
	w.Expect(w.condition(c.Status.Conditions, "Running")).To(And(states(metav1.ConditionFalse, "NoPlaybook", c.Generation), HaveField("Message", ContainSubstring("level general has no playbook"))))
	w.Expect(c.Status.Reopened).To(BeZero())
	w.Expect(w.told(c, v1alpha1.EventReopened)).To(BeZero())
	w.Expect(attention(&c.Status.CaseStatus)).To(Equal(needsAttention))
	w.apply(triageYAML)
	w.must(w.triage, "default")

	w.apply(generalYAML)
	w.verify()
	w.settle()
	c = w.complaint("kettle")
	w.Expect(c.Status.State).To(Equal(v1alpha1.CaseOpen))
	w.Expect(c.Status.Reopened).To(Equal(int32(1)))
	w.Expect(c.Status.Run.ID).To(Equal(int32(2)))
	w.Expect(c.Status.ClosedAt.IsZero()).To(BeTrue())
	w.Expect(w.told(c, v1alpha1.EventReopened)).To(Equal(1))
	w.Expect(step(c.Status.Run, "checkFacts").State).To(Equal(v1alpha1.StepWaiting), "a new run begins anew")
}

// Both were written before the operator looked: the record ends and begins anew, and the timeline says what happened.
func TestReopenedBeforeTheEndWasSeen(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	record := w.complain("kettle")
	w.settle()
	w.decide(record, cleo, v1alpha1.RecordAct{Verb: v1alpha1.RecordReopen, Reason: "it is open"})
	w.settle()
	w.Expect(w.told(w.complaint("kettle"), v1alpha1.EventReopened)).To(BeZero())
	w.Expect(w.told(w.complaint("kettle"), v1alpha1.EventActIgnored)).To(Equal(1))

	w.decide(record, cleo, v1alpha1.RecordAct{Verb: v1alpha1.RecordAbort, Reason: "a hoax"})
	w.decide(record, cleo, v1alpha1.RecordAct{Verb: v1alpha1.RecordReopen, Reason: "no hoax"})
	w.settle()
	c := w.complaint("kettle")
	w.Expect(c.Status.State).To(Equal(v1alpha1.CaseOpen))
	w.Expect(c.Status.Reopened).To(Equal(int32(1)))
	w.Expect(w.told(c, v1alpha1.EventReopened)).To(Equal(1))
	w.Expect(w.told(c, v1alpha1.EventRunEnded)).To(Equal(1))
}

// A status write that is lost to somebody else's leads to no second effect.
func TestLostStatusWriteDoublesNothing(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.complain("kettle")
	w.before = failOnce("status Complaint")
	w.Expect(w.once(w.complaints, "kettle")).To(MatchError(errCut))
	w.must(w.complaints, "kettle")
	w.Expect(w.complaint("kettle").Status.CaseNumber).To(Equal("TS20260302001"), "the number reserved before is used")
	first := true
	w.before = func(what string, _ client.Object) error {
		if what == "status Complaint" && first {
			first = false
			c := w.complaint("kettle")
			c.Spec.Place = "Harbour"
			w.Expect(w.admin.Update(w.ctx, c)).To(Succeed())
		}
		return nil
	}
	w.must(w.complaints, "kettle")
	w.Expect(w.complaint("kettle").Status.Run).To(BeNil(), "the write was lost")
	w.Expect(w.tasks()).To(HaveLen(1))
	w.settle()
	c := w.complaint("kettle")
	w.Expect(c.Status.Run).NotTo(BeNil())
	w.Expect(w.tasks()).To(HaveLen(1))
	w.Expect(w.notices()).To(HaveLen(2), "the greeting and the task")
	w.Expect(w.told(c, v1alpha1.EventReceived)).To(Equal(1))
}

func TestNameTakenByAForeignObject(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	ci := &v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{Name: "fire"}, Spec: v1alpha1.CrisisIncidentSpec{
		Title: "Fire", Level: "crisis", Playbook: "crisis-response", Team: "crisis"}}
	w.create(ci)
	w.settle()
	foreign := &v1alpha1.PostMortem{
		ObjectMeta: metav1.ObjectMeta{Name: names.Child("fire", "postmortem", string(ci.UID), "1", "review", "0.0", "postmortem")},
		Spec:       v1alpha1.PostMortemSpec{Owner: eve, Incident: v1alpha1.RecordReference{Kind: v1alpha1.RecordCrisisIncident, Name: "another"}},
	}
	w.create(foreign)
	w.act(w.task("fire", "contain"), eve, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete})
	w.must(w.incidents, "fire")
	w.Expect(w.condition(w.incident("fire").Status.Conditions, "Obstructed").Message).
		To(And(ContainSubstring(foreign.Name), ContainSubstring("does not belong to CrisisIncident fire"), ContainSubstring("delete it")))
	w.Expect(w.incident("fire").Status.State).To(Equal(v1alpha1.CaseOpen), "the status never says what did not happen")
	w.Expect(w.admin.Delete(w.ctx, foreign)).To(Succeed())
	w.settle()
	w.Expect(w.incident("fire").Status.State).To(Equal(v1alpha1.CaseClosed))
	w.Expect(read(w, foreign.Name, &v1alpha1.PostMortem{}).Spec.Owner).To(BeEquivalentTo(eve))
}

// What a duty officer sees of a record before the manager has: it is there, and new.
func TestFreshRecordIsSeenAsNew(t *testing.T) {
	w := newWorld(t)
	w.complain("kettle")
	w.create(&v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{Name: "smoke"}, Spec: v1alpha1.CrisisIncidentSpec{
		Title: "Smoke", Level: "crisis", Playbook: "crisis-response", Team: "crisis"}})
	w.Expect(w.complaint("kettle").Status.State).To(Equal(v1alpha1.CaseNew))
	ci := w.incident("smoke")
	w.Expect(ci.Status.State).To(Equal(v1alpha1.CaseNew))
	w.Expect(ci.Status.Complaints).To(HaveValue(BeZero()), "an empty column would not say that nobody has complained yet")
	w.furnish()
	w.settle()
	w.Expect(w.incident("smoke").Status.Complaints).To(HaveValue(BeZero()))
	w.Expect(w.task("kettle", "checkFacts").Spec.State).To(Equal(v1alpha1.TaskOpen))
}
