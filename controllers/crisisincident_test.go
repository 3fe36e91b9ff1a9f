package controllers

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

func hazard(s *v1alpha1.ComplaintSpec) {
	s.Signals, s.Product = []v1alpha1.Identifier{"safety-hazard"}, "kettle"
}

func (w *world) all() []v1alpha1.CrisisIncident { return w.drillsCalled() }

func TestSeveralComplaintsRaiseOneIncident(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	for _, name := range []string{"a", "b", "c"} {
		w.complain(name, hazard, func(s *v1alpha1.ComplaintSpec) { s.Place, s.Category = "shop "+name, "goods" })
	}
	w.Expect(w.round()).To(Succeed())
	w.Expect(w.round()).To(Succeed(), "all raise at once, before the incident was looked at")
	w.complain("lamp", hazard, product("lamp"))
	w.settle()
	w.Expect(w.all()).To(HaveLen(2), "one for the kettles, one for the lamp")
	name := string(w.complaint("a").Status.Incident.Name)
	for _, c := range []string{"b", "c"} {
		w.Expect(w.complaint(c).Status.Incident.Name).To(BeEquivalentTo(name))
	}
	ci := w.incident(name)
	w.Expect(ci.Spec.RaisedBy).To(HaveValue(HaveField("Name", BeEquivalentTo("a"))))
	w.Expect(ci.Spec.Title).To(Equal("kettle"), "what they have in common: not the first one's shop")
	w.Expect(ci.Status.Provenance).To(ConsistOf(BeEquivalentTo("a"), BeEquivalentTo("b"), BeEquivalentTo("c")))
	w.Expect(ci.ComplaintCount()).To(Equal(int32(3)))
	w.Expect(w.told(ci, v1alpha1.EventCorrelated)).To(Equal(3))
	w.Expect(w.complaint("a").Status.CaseNumber).NotTo(BeEmpty())
	w.Expect(w.story(ci)).To(ContainSubstring("complaint " + w.complaint("a").Status.CaseNumber + " is part of the incident"))
	w.Expect(w.complaint("a").Status.State).To(Equal(v1alpha1.CaseCrisis))
	w.Expect(ci.Status.State).To(Equal(v1alpha1.CaseOpen))
	w.Expect(w.condition(ci.Status.Conditions, "Ready")).To(states(metav1.ConditionTrue, "TakenUp", ci.Generation))
	w.Expect(ci.Status.ObservedGeneration).To(Equal(ci.Generation))

	t.Log("when the incident is over the wait of its complaints ends")
	w.act(w.task(name, "contain"), eve, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete})
	w.settle()
	ci = w.incident(name)
	w.Expect(ci.Status.State).To(Equal(v1alpha1.CaseClosed))
	w.Expect(ci.Status.PostMortem).NotTo(BeEmpty())
	for _, c := range []string{"a", "b", "c"} {
		got := w.complaint(c)
		w.Expect(step(got.Status.Run, "over").State).To(Equal(v1alpha1.StepDone))
		w.Expect(got.Status.State).To(Equal(v1alpha1.CaseOpen), "to be closed with the customer")
	}
	w.Expect(w.complaint("lamp").Status.State).To(Equal(v1alpha1.CaseCrisis), "its crisis goes on")

	t.Log("a later one of the same kind is another crisis")
	w.complain("d", hazard)
	w.settle()
	w.Expect(w.complaint("d").Status.Incident.Name).NotTo(BeEquivalentTo(name))
	w.Expect(w.all()).To(HaveLen(3))

	t.Log("a re-opened complaint joins the open crisis of its kind")
	w.act(w.task("a", "close"), amy, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete})
	w.settle()
	w.decide(w.complaint("a"), cleo, v1alpha1.RecordAct{Verb: v1alpha1.RecordReopen, Reason: "it happened again"})
	w.settle()
	w.Expect(w.complaint("a").Status.Incident.Name).To(Equal(w.complaint("d").Status.Incident.Name))
	w.Expect(w.all()).To(HaveLen(3))
}

// The status write after the incident was raised is lost and the incident closed meanwhile: no second one.
func TestIncidentRaisedJustBeforeACrashIsFound(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.complain("a", hazard)
	w.must(w.complaints, "a") // the number
	w.before = failOnce("status Complaint")
	w.Expect(w.once(w.complaints, "a")).To(MatchError(errCut))
	w.Expect(w.all()).To(HaveLen(1))
	name := w.all()[0].Name
	w.must(w.incidents, name)
	w.decide(w.incident(name), eve, v1alpha1.RecordAct{Verb: v1alpha1.RecordAbort, Reason: "no crisis"})
	w.must(w.incidents, name)
	w.Expect(w.incident(name).Status.State).To(Equal(v1alpha1.CaseAborted))
	w.restart()
	w.settle()
	w.Expect(w.all()).To(HaveLen(1))
	w.Expect(w.complaint("a").Status.Incident.Name).To(BeEquivalentTo(name))
	w.Expect(step(w.complaint("a").Status.Run, "over").State).To(Equal(v1alpha1.StepDone))
}

func TestIncidentNameTaken(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.complain("a", hazard)
	w.settle()
	name := string(w.complaint("a").Status.Incident.Name)

	other := newWorld(t)
	other.furnish()
	other.create(&v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: v1alpha1.CrisisIncidentSpec{
		Title: "Another", Level: "crisis", Playbook: "crisis-response", Team: "crisis"}})
	other.complain("a", hazard)
	other.must(other.complaints, "a") // the number
	other.rounds()
	c := other.complaint("a")
	other.Expect(other.condition(c.Status.Conditions, "Obstructed")).To(And(HaveField("Reason", "NameTaken"), HaveField("Message", ContainSubstring(name))))
	other.Expect(c.Status.Incident).To(BeNil(), "it is no part of what has the name")
	other.Expect(other.notices()).NotTo(BeEmpty(), "the complainant hears of it all the same")
}

func TestIncidentWaitsForItsPlaybook(t *testing.T) {
	w := newWorld(t)
	w.apply(teamsYAML)
	ci := &v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{Name: "fire"}, Spec: v1alpha1.CrisisIncidentSpec{
		Title: "Fire", Level: "crisis", Playbook: "crisis-response", Team: "crisis"}}
	w.create(ci)
	w.settle()
	got := w.incident("fire")
	w.Expect(w.condition(got.Status.Conditions, "Ready")).To(states(metav1.ConditionFalse, "Waiting", 1))
	w.Expect(w.condition(got.Status.Conditions, "Running")).To(And(states(metav1.ConditionFalse, "PlaybookNotReady", 1), HaveField("Message", ContainSubstring("crisis-response"))))
	w.Expect(got.Status.State).To(Equal(v1alpha1.CaseNew))
	w.Expect(w.told(got, v1alpha1.EventReceived)).To(Equal(1))
	w.apply(crisisYAML)
	w.verify()
	w.settle()
	got = w.incident("fire")
	w.Expect(got.Status.State).To(Equal(v1alpha1.CaseOpen))
	w.Expect(w.told(got, v1alpha1.EventReceived)).To(Equal(1))
	w.Expect(got.Status.Commander).To(BeEquivalentTo(eve))
	w.Expect(got.Status.NextDeadline.Time).To(BeTemporally("==", start.Add(4*time.Hour)))
	w.pass(5 * time.Hour)
	w.settle()
	got = w.incident("fire")
	w.Expect(got.Status.State).To(Equal(v1alpha1.CaseOverdue))
	w.Expect(got.Status.Overdue).To(Equal(int32(1)))
	w.Expect(w.condition(got.Status.Conditions, "Overdue").Status).To(Equal(metav1.ConditionTrue))

	t.Log("aborted and re-opened")
	w.decide(got, fay, v1alpha1.RecordAct{Verb: v1alpha1.RecordAbort, Reason: "the fire was a barbecue"})
	w.settle()
	w.Expect(w.incident("fire").Status.State).To(Equal(v1alpha1.CaseAborted))
	w.decide(got, fay, v1alpha1.RecordAct{Verb: v1alpha1.RecordReopen, Reason: "it spread"})
	w.settle()
	got = w.incident("fire")
	w.Expect(got.Status.State).To(Equal(v1alpha1.CaseOpen))
	w.Expect(got.Status.Reopened).To(Equal(int32(1)))
	w.Expect(got.Status.Run.ID).To(Equal(int32(2)))
}

// A playbook for complaints, a person without a substitute, an unknown team: said, not guessed.
func TestIncidentThatNobodyCanLead(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	for name, spec := range map[string]v1alpha1.CrisisIncidentSpec{
		"wrong-kind": {Title: "T", Level: "crisis", Playbook: "general-case", Team: "crisis"},
		"no-team":    {Title: "T", Level: "crisis", Playbook: "crisis-response", Team: "nobody"},
	} {
		w.create(&v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: spec})
	}
	w.settle()
	w.Expect(w.condition(w.incident("wrong-kind").Status.Conditions, "Running")).To(HaveField("Message", ContainSubstring("is for Complaint, not for CrisisIncident")))
	staffed := w.condition(w.incident("no-team").Status.Conditions, "Staffed")
	w.Expect(staffed).To(And(HaveField("Status", metav1.ConditionFalse), HaveField("Message", And(ContainSubstring("takeCommand"), ContainSubstring("commander")))))
}

// Nobody lowers a crisis by a Raise, invents a level, or changes anything with a word that changes nothing.
func TestTheLevelOfAnIncident(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	ci := &v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{Name: "fire"}, Spec: v1alpha1.CrisisIncidentSpec{
		Title: "Fire", Level: "serious", Playbook: "crisis-response", Team: "crisis"}}
	w.create(ci)
	w.settle()
	w.Expect(w.incident("fire")).To(And(HaveField("Status.Level", BeEquivalentTo("serious")), HaveField("Status.Run", Not(BeNil()))))
	act := func(by v1alpha1.User, verb v1alpha1.RecordVerb, level v1alpha1.LevelName) v1alpha1.LevelName {
		w.decide(ci, by, v1alpha1.RecordAct{Verb: verb, Level: level, Reason: "seen"})
		w.settle()
		return w.incident("fire").Status.Level
	}
	w.Expect(act(gil, v1alpha1.RecordRaise, "general")).To(BeEquivalentTo("serious"), "a responder lowers nothing")
	w.Expect(act(gil, v1alpha1.RecordRaise, "apocalypse")).To(BeEquivalentTo("serious"))
	w.Expect(act(gil, v1alpha1.RecordRaise, "crisis")).To(BeEquivalentTo("crisis"))
	w.Expect(act(fay, v1alpha1.RecordLower, "crisis")).To(BeEquivalentTo("crisis"))
	w.Expect(act(fay, v1alpha1.RecordLower, "general")).To(BeEquivalentTo("general"))
	got := w.incident("fire")
	w.Expect(got.Spec.Level).To(BeEquivalentTo("serious"), "as it was raised")
	story := w.story(got)
	w.Expect(story).To(And(
		ContainSubstring("ActIgnored  gil: Raise was left out: general is not above serious, the level in force\n"),
		ContainSubstring("ActIgnored  gil: Raise was left out: default@1 has no level apocalypse; its levels are crisis, serious, general\n"),
		ContainSubstring("LevelChanged  gil: level crisis: seen\n"),
		ContainSubstring("ActIgnored  fay: Lower was left out: crisis is not below crisis, the level in force\n"),
		ContainSubstring("LevelChanged  fay: level general: seen\n"),
	))
	w.Expect(w.told(got, v1alpha1.EventLevelChanged)).To(Equal(2))
	w.Expect(w.told(got, v1alpha1.EventActIgnored)).To(Equal(3))
}

// It turns out to be about the people in charge: others take over, and where nobody is left the record says so.
func TestInvariant4WhomAnIncidentIsAbout(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.create(&v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{Name: "fire"}, Spec: v1alpha1.CrisisIncidentSpec{
		Title: "Fire", Level: "crisis", Playbook: "crisis-response", Team: "crisis"}})
	w.settle()
	about := func(by v1alpha1.User, users ...v1alpha1.User) {
		ci := w.incident("fire")
		ci.Spec.About = &v1alpha1.ComplainedAbout{Users: users}
		w.Expect(w.as(by).Update(w.ctx, ci)).To(Succeed())
		w.settle()
	}
	w.Expect(w.incident("fire").Status.Commander).To(BeEquivalentTo(eve))
	about(fay, eve)
	got := w.incident("fire")
	w.Expect(got.Status.Commander).To(BeEquivalentTo(fay))
	w.Expect(w.task("fire", "contain").Spec.Assignment).To(And(HaveField("Assignee", BeEquivalentTo(fay)),
		HaveField("Recused", ConsistOf(v1alpha1.Recusal{User: eve, Reason: "is complained about"}))))
	story := w.story(got)
	w.Expect(story).To(ContainSubstring("FactsChanged  fay: changed: about\n"))
	w.Expect(story).To(ContainSubstring("Recused  : commander is eve no more: is complained about\n"))
	w.Expect(story).NotTo(ContainSubstring("declined"))

	about(fay, eve, fay)
	got = w.incident("fire")
	w.Expect(got.Status.Commander).To(BeEmpty())
	w.Expect(w.condition(got.Status.Conditions, "Staffed")).To(And(states(metav1.ConditionFalse, "NobodyLeft", got.Generation),
		HaveField("Message", ContainSubstring("nobody is left to be commander"))))
	before := w.written()
	w.must(w.incidents, "fire")
	w.Expect(w.written()).To(Equal(before), "said once")

	t.Log("the way out, for somebody with the RBAC verb recuse")
	got.Spec.About = &v1alpha1.ComplainedAbout{Users: []v1alpha1.User{eve}}
	w.Expect(w.admin.Update(w.ctx, got)).To(Succeed())
	w.settle()
	got = w.incident("fire")
	w.Expect(got.Status.Commander).To(BeEquivalentTo(fay))
	w.Expect(w.condition(got.Status.Conditions, "Staffed").Status).To(Equal(metav1.ConditionTrue))
}
