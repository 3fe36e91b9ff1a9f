package controllers

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

func (w *world) revisions() []string {
	var list appsv1.ControllerRevisionList
	w.Expect(w.admin.List(w.ctx, &list, client.InNamespace(w.ns))).To(Succeed())
	var names []string
	for _, r := range list.Items {
		names = append(names, r.Name)
	}
	return names
}

// states is a matcher of a condition that was brought up to date for a generation.
func states(status metav1.ConditionStatus, reason string, generation int64) OmegaMatcher {
	return And(HaveField("Status", status), HaveField("Reason", reason), HaveField("ObservedGeneration", generation))
}

func TestPlaybookIsVerifiedAndPinned(t *testing.T) {
	w := newWorld(t)
	w.apply(teamsYAML)
	w.apply(generalYAML)
	w.must(w.playbooks, "general-case")
	pb := read(w, "general-case", &v1alpha1.Playbook{})
	w.Expect(pb.Status.ObservedGeneration).To(Equal(pb.Generation))
	w.Expect(w.condition(pb.Status.Conditions, "Verified")).To(states(metav1.ConditionTrue, "Compiled", 1))
	w.Expect(w.condition(pb.Status.Conditions, "Ready")).To(states(metav1.ConditionTrue, "RevisionReady", 1))
	w.Expect(pb.Status.Steps).To(Equal(int32(3)))
	first := *pb.Status.Revision
	w.Expect(w.revisions()).To(ConsistOf(first.Name))

	t.Log("nothing new: nothing is written")
	before := w.written()
	w.must(w.playbooks, "general-case")
	w.Expect(w.written()["status Playbook"]).To(Equal(before["status Playbook"]))

	t.Log("a mistake is named with its field, and the last verified revision goes on")
	w.apply(strings.Replace(generalYAML, "needs: [checkFacts]", "needs: [checkFact]", 1))
	w.must(w.playbooks, "general-case")
	pb = read(w, "general-case", &v1alpha1.Playbook{})
	w.Expect(w.condition(pb.Status.Conditions, "Verified")).To(And(states(metav1.ConditionFalse, "DoesNotCompile", 2),
		HaveField("Message", And(ContainSubstring("spec.steps[2].needs[0]"), ContainSubstring("checkFact")))))
	w.Expect(w.condition(pb.Status.Conditions, "Ready")).To(states(metav1.ConditionTrue, "RevisionReady", 2))
	w.Expect(*pb.Status.Revision).To(Equal(first))
	w.Expect(pb.Status.ObservedGeneration).To(Equal(int64(2)))
	w.Expect(w.revisions()).To(ConsistOf(first.Name))

	t.Log("mended, it gets another revision; the old one goes, nobody needs it")
	w.apply(strings.Replace(generalYAML, "elapsed: 48h", "elapsed: 72h", 1))
	w.must(w.playbooks, "general-case")
	pb = read(w, "general-case", &v1alpha1.Playbook{})
	w.Expect(w.condition(pb.Status.Conditions, "Verified")).To(states(metav1.ConditionTrue, "Compiled", 3))
	w.Expect(pb.Status.Revision.Name).NotTo(Equal(first.Name))
	w.Expect(w.revisions()).To(ConsistOf(pb.Status.Revision.Name))
}

func TestPlaybookThatNeverCompiledCannotBegin(t *testing.T) {
	w := newWorld(t)
	w.apply(teamsYAML)
	w.apply(triageYAML)
	for name, change := range map[string][2]string{
		"template": {`subject: "Your case {{.Case}}"`, `subject: "Your case {{.CaseNumbre}}"`},
		"calendar": {"elapsed: 48h", "working: 2d"},
		"unknown":  {"task: {to: handler}", "task: {to: handlr}"},
		"cycle":    {"needs: [checkFacts]", "needs: [settle]"},
	} {
		w.apply(strings.Replace(strings.Replace(generalYAML, change[0], change[1], 1), "general-case", "broken-"+name, 1))
		w.must(w.playbooks, "broken-"+name)
		pb := read(w, "broken-"+name, &v1alpha1.Playbook{})
		verified := w.condition(pb.Status.Conditions, "Verified")
		w.Expect(verified).To(And(states(metav1.ConditionFalse, "DoesNotCompile", 1), HaveField("Message", ContainSubstring("spec."))), name)
		w.Expect(w.condition(pb.Status.Conditions, "Ready")).To(states(metav1.ConditionFalse, "NeverVerified", 1))
		w.Expect(pb.Status.Revision).To(BeNil())
	}
	w.apply(strings.Replace(generalYAML, "elapsed: 48h", "working: 2d", 1))
	w.verify()
	w.complain("waits")
	w.settle()
	c := w.complaint("waits")
	w.Expect(c.Status.Grading.Level).To(BeEquivalentTo("general"), "it is graded all the same")
	w.Expect(c.Status.CaseNumber).NotTo(BeEmpty())
	w.Expect(w.condition(c.Status.Conditions, "Running")).To(And(states(metav1.ConditionFalse, "PlaybookNotReady", 1),
		HaveField("Message", ContainSubstring("general-case"))))
	w.apply(generalYAML)
	w.verify()
	w.settle()
	w.Expect(w.condition(w.complaint("waits").Status.Conditions, "Running").Status).To(Equal(metav1.ConditionTrue))
}

func TestRevisionsStayWhileRunsNeedThem(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.apply(strings.Replace(generalYAML, "general-case", "general-case-two", 1))
	w.verify()
	other := read(w, "general-case-two", &v1alpha1.Playbook{}).Status.Revision.Name
	c := w.complain("c1")
	w.settle()
	pinned := w.complaint("c1").Status.Run.Revision.Name

	t.Log("the playbook changes: the run keeps its revision, new runs take the new one")
	w.apply(strings.Replace(generalYAML, "elapsed: 48h", "elapsed: 72h", 1))
	w.verify()
	current := read(w, "general-case", &v1alpha1.Playbook{}).Status.Revision.Name
	w.Expect(w.revisions()).To(ContainElements(pinned, current, other), "another playbook's revision is not touched, though its name begins alike")
	w.complain("c2")
	w.settle()
	w.Expect(w.complaint("c1").Status.Run.Revision.Name).To(Equal(pinned))
	w.Expect(w.complaint("c2").Status.Run.Revision.Name).To(Equal(current))

	t.Log("the playbook is deleted: the runs go on, also in a new process")
	w.Expect(w.admin.Delete(w.ctx, read(w, "general-case", &v1alpha1.Playbook{}))).To(Succeed())
	w.must(w.playbooks, "general-case")
	w.restart()
	w.act(w.task("c1", "checkFacts"), amy, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete, Outcome: "founded"})
	w.settle()
	w.act(w.task("c1", "settle"), amy, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete})
	w.settle()
	w.Expect(w.complaint("c1").Status.State).To(Equal(v1alpha1.CaseClosed))
	w.must(w.playbooks, "general-case")
	w.Expect(w.revisions()).To(ContainElements(pinned, current), "a closed case can be re-opened")

	t.Log("the record goes: its revision, too")
	w.decide(c, cleo, v1alpha1.RecordAct{Verb: v1alpha1.RecordRelease, Reason: "a test"})
	w.Expect(w.admin.Delete(w.ctx, w.complaint("c1"))).To(Succeed())
	w.Expect(executed(w.ctx, &v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Namespace: w.ns}, Status: v1alpha1.ComplaintStatus{
		CaseStatus: v1alpha1.CaseStatus{Run: &v1alpha1.Run{Playbook: "general-case"}}}})).To(HaveLen(1))
	w.must(w.playbooks, "general-case")
	w.Expect(w.revisions()).To(And(ContainElements(current, other), Not(ContainElement(pinned))))
}

func TestTriagePolicyThatDoesNotCompile(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	tp := read(w, "default", &v1alpha1.TriagePolicy{})
	w.Expect(w.condition(tp.Status.Conditions, "Verified")).To(states(metav1.ConditionTrue, "Compiled", 1))
	w.Expect(w.condition(tp.Status.Conditions, "Ready")).To(states(metav1.ConditionTrue, "Compiled", 1))
	first := tp.Status.Revision.Name
	w.Expect(w.revisions()).To(ContainElement(first))

	broken := strings.NewReplacer("counts.people >= 3", "counts.persons >= 3", "three different people", "some").Replace(triageYAML)
	w.apply(broken)
	w.must(w.triage, "default")
	tp = read(w, "default", &v1alpha1.TriagePolicy{})
	w.Expect(tp.Status.ObservedGeneration).To(Equal(int64(2)))
	w.Expect(w.condition(tp.Status.Conditions, "Verified")).To(And(states(metav1.ConditionFalse, "DoesNotCompile", 2),
		HaveField("Message", ContainSubstring("spec.rules[2].when"))))
	w.Expect(w.condition(tp.Status.Conditions, "Ready")).To(And(states(metav1.ConditionFalse, "DoesNotCompile", 2),
		HaveField("Message", ContainSubstring(first))))

	t.Log("a rule that costs too much is named as well")
	costly := "complaint.signals.all(a, complaint.signals.all(b, complaint.signals.all(c, complaint.signals.all(d, complaint.signals.all(e, a + b + c + d + e != '')))))"
	w.apply(strings.Replace(triageYAML, "counts.people >= 3", `"`+costly+`"`, 1))
	w.must(w.triage, "default")
	w.Expect(w.condition(read(w, "default", &v1alpha1.TriagePolicy{}).Status.Conditions, "Verified")).To(And(HaveField("Status", metav1.ConditionFalse),
		HaveField("Message", And(ContainSubstring("spec.rules[2].when"), ContainSubstring("cost")))))

	t.Log("complaints are graded by what was verified last, and say so; also in a new process")
	for _, name := range []string{"c1", "c2"} {
		w.complain(name, signal("agitated"))
		w.settle()
		c := w.complaint(name)
		w.Expect(c.Status.Grading).To(And(HaveField("Level", BeEquivalentTo("serious")), HaveField("Policy", "default@1")))
		w.Expect(w.condition(c.Status.Conditions, "PolicyInForce")).To(And(states(metav1.ConditionFalse, "LastVerified", 1),
			HaveField("Message", ContainSubstring(first))))
		w.restart()
	}

	t.Log("mended, the old revision is removed")
	w.apply(strings.Replace(triageYAML, ">= 3", ">= 4", 1))
	w.must(w.triage, "default")
	tp = read(w, "default", &v1alpha1.TriagePolicy{})
	w.Expect(w.revisions()).To(And(ContainElement(tp.Status.Revision.Name), Not(ContainElement(first))))
	w.settle()
	w.Expect(w.condition(w.complaint("c1").Status.Conditions, "PolicyInForce").Status).To(Equal(metav1.ConditionTrue))

	t.Log("deleted, it leaves nothing behind")
	w.Expect(w.admin.Delete(w.ctx, tp)).To(Succeed())
	w.must(w.triage, "default")
	w.Expect(w.revisions()).NotTo(ContainElement(tp.Status.Revision.Name))
}

func TestTriagePolicyThatNeverCompiled(t *testing.T) {
	w := newWorld(t)
	w.apply(strings.Replace(triageYAML, "defaultLevel: general", "defaultLevel: usual", 1))
	w.must(w.triage, "default")
	tp := read(w, "default", &v1alpha1.TriagePolicy{})
	w.Expect(tp.Status.Revision).To(BeNil())
	w.Expect(w.condition(tp.Status.Conditions, "Verified")).To(And(HaveField("Status", metav1.ConditionFalse),
		HaveField("Message", And(ContainSubstring("spec.defaultLevel"), ContainSubstring("usual")))))
	w.complain("c1")
	w.settle()
	c := w.complaint("c1")
	w.Expect(c.Status.Grading.Level).To(BeEquivalentTo("unclassified"))
	w.Expect(w.condition(c.Status.Conditions, "PolicyInForce")).To(And(states(metav1.ConditionFalse, "BuiltIn", 1),
		HaveField("Message", ContainSubstring(`TriagePolicy "default" does not compile`))))
}

func TestComplaintWithoutPolicy(t *testing.T) {
	w := newWorld(t)
	w.complain("none")
	w.complain("unknown", func(s *v1alpha1.ComplaintSpec) { s.Policy = "retail" })
	w.settle()
	for name, message := range map[string]string{"none": "no TriagePolicy; apply one", "unknown": `no TriagePolicy "retail"`} {
		c := w.complaint(name)
		w.Expect(c.Status.Grading.Level).To(BeEquivalentTo("unclassified"))
		w.Expect(c.Status.CaseNumber).To(HavePrefix("TS20260302"))
		w.Expect(w.condition(c.Status.Conditions, "PolicyInForce")).To(And(states(metav1.ConditionFalse, "BuiltIn", 1), HaveField("Message", ContainSubstring(message))))
		w.Expect(w.condition(c.Status.Conditions, "Running")).To(And(states(metav1.ConditionFalse, "NoPlaybook", 1),
			HaveField("Message", And(HavePrefix("unclassified, so nobody is asked yet: "), ContainSubstring(message), HaveSuffix("goes on by itself")))))
		w.Expect(w.condition(c.Status.Conditions, "Graded").Message).To(ContainSubstring("no TriagePolicy grades it"))
		w.Expect(w.condition(c.Status.Conditions, "Ready").Status).To(Equal(metav1.ConditionTrue))
	}
	w.furnish()
	w.settle()
	c := w.complaint("none")
	w.Expect(c.Status.Grading.Level).To(BeEquivalentTo("general"), "a policy that comes later takes it up")
	w.Expect(w.condition(c.Status.Conditions, "Running").Status).To(Equal(metav1.ConditionTrue))
	w.Expect(w.complaint("unknown").Status.Grading.Level).To(BeEquivalentTo("unclassified"), "it names another")
}

// A playbook that climbs from the top of its ladder is carried out and says so, until somebody is above.
func TestPlaybookThatClimbsToNobody(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	pb := read(w, "general-case", &v1alpha1.Playbook{})
	w.Expect(w.condition(pb.Status.Conditions, "Escalates").Status).To(Equal(metav1.ConditionTrue))
	pb.Spec.Ladder = pb.Spec.Ladder[:1]
	w.Expect(w.admin.Update(w.ctx, pb)).To(Succeed())
	w.must(w.playbooks, "general-case")
	pb = read(w, "general-case", &v1alpha1.Playbook{})
	w.Expect(w.condition(pb.Status.Conditions, "Verified").Status).To(Equal(metav1.ConditionTrue))
	w.Expect(w.condition(pb.Status.Conditions, "Escalates")).To(And(states(metav1.ConditionFalse, "NobodyAbove", pb.Generation),
		HaveField("Message", ContainSubstring("which is at the top of the ladder"))))
	pb.Spec.Ladder = nil
	w.Expect(w.admin.Update(w.ctx, pb)).To(Succeed())
	w.must(w.playbooks, "general-case")
	pb = read(w, "general-case", &v1alpha1.Playbook{})
	w.Expect(pb.Status.Conditions).NotTo(ContainElement(HaveField("Type", "Escalates")), "it does not compile")
}

// Another policy in the namespace, or none for a while, changes nothing for the complaints that name none.
func TestASecondTriagePolicyTakesNothingOver(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.complain("c1", func(s *v1alpha1.ComplaintSpec) { s.Signals = []v1alpha1.Identifier{"safety-hazard"} })
	w.settle()
	before := *w.complaint("c1").Status.Grading
	w.Expect(before.Level).NotTo(BeEquivalentTo("unclassified"))

	w.create(&v1alpha1.TriagePolicy{ObjectMeta: metav1.ObjectMeta{Name: "another"}, Spec: v1alpha1.TriagePolicySpec{
		DefaultLevel: "usual", Levels: []v1alpha1.Level{{Name: "usual"}}}})
	w.must(w.complaints, "c1")
	w.Expect(*w.complaint("c1").Status.Grading).To(Equal(before))

	var list v1alpha1.TriagePolicyList
	w.Expect(w.admin.List(w.ctx, &list, client.InNamespace(w.ns))).To(Succeed())
	for i := range list.Items {
		w.Expect(w.admin.Delete(w.ctx, &list.Items[i])).To(Succeed())
	}
	w.must(w.complaints, "c1")
	c := w.complaint("c1")
	w.Expect(c.Status.Grading.Level).To(Equal(before.Level), "no policy lowers no level")
	w.Expect(w.condition(c.Status.Conditions, "PolicyInForce")).To(And(states(metav1.ConditionFalse, "BuiltIn", 1),
		HaveField("Message", And(HavePrefix("the level stays as it is"), HaveSuffix("apply one")))))
}

// A level whose playbook is not there shows on the policy, before a complaint of that level waits for it.
func TestTriagePolicyWithoutPlaybooks(t *testing.T) {
	w := newWorld(t)
	w.apply(teamsYAML)
	w.apply(triageYAML)
	w.apply(generalYAML)
	w.verify()
	tp := read(w, "default", &v1alpha1.TriagePolicy{})
	w.Expect(w.condition(tp.Status.Conditions, "Verified").Status).To(Equal(metav1.ConditionTrue))
	w.Expect(w.condition(tp.Status.Conditions, "Ready")).To(And(states(metav1.ConditionFalse, "PlaybookNotReady", 1),
		HaveField("Message", And(ContainSubstring(`spec.levels[0].playbook (level crisis): there is no Playbook "crisis-case"`),
			ContainSubstring("level serious"), Not(ContainSubstring("level general"))))))
	w.apply(seriousYAML)
	w.apply(crisisYAML)
	w.verify()
	w.Expect(w.condition(read(w, "default", &v1alpha1.TriagePolicy{}).Status.Conditions, "Ready").Status).To(Equal(metav1.ConditionTrue))
}

func TestListsOfConditionsSayHowManyMore(t *testing.T) {
	g := NewWithT(t)
	g.Expect(listLines([]string{"one", "two"})).To(Equal("one\ntwo"))
	faults := func(n int) (many []string) {
		for i := range n {
			many = append(many, fmt.Sprintf("spec.steps[%d]: this is not as it should be", i))
		}
		return many
	}
	g.Expect(strings.Split(listLines(faults(100)), "\n")).To(HaveLen(100), "all there is room for")
	text := listLines(faults(1000))
	g.Expect(len(text)).To(And(BeNumerically("<=", mostMessage), BeNumerically(">", mostMessage-100)))
	shown := strings.Count(text, "as it should be")
	g.Expect(text).To(HaveSuffix(fmt.Sprintf("\nand %d more, which are named once these are mended", 1000-shown)))
	g.Expect(listWithin([]string{strings.Repeat("x", 80), "y", "z"}, ", ", 40)).To(HaveSuffix("…, and 2 more"))
	g.Expect(len(listWithin([]string{strings.Repeat("x", 80), "y"}, ", ", 40))).To(BeNumerically("<=", 40))
	g.Expect(len(listLines([]string{strings.Repeat("x", 40_000)}))).To(BeNumerically("<=", mostMessage))
}

// A playbook with many faults names every one of them in its condition.
func TestAPlaybookNamesAllItsFaults(t *testing.T) {
	w := newWorld(t)
	text := "{apiVersion: crisis.tocsin.dev/v1alpha1, kind: Playbook, metadata: {name: faulty}, spec: {for: Complaint, steps: ["
	for i := range 40 {
		text += fmt.Sprintf("{name: step%d, needs: [nothing%d], task: {to: nobody%d}, within: {elapsed: 4h}},\n", i, i, i)
	}
	w.apply(text + "]}}")
	w.verify()
	c := w.condition(read(w, "faulty", &v1alpha1.Playbook{}).Status.Conditions, "Verified")
	w.Expect(c.Status).To(Equal(metav1.ConditionFalse))
	for i := range 40 {
		w.Expect(c.Message).To(ContainSubstring(fmt.Sprintf("spec.steps[%d]", i)))
	}
	w.Expect(c.Message).NotTo(ContainSubstring("more"))
}

func TestTheNumberOfLateSteps(t *testing.T) {
	g := NewWithT(t)
	g.Expect(pastDeadline(1)).To(Equal("1 waiting step is past its deadline"))
	g.Expect(pastDeadline(2)).To(Equal("2 waiting steps are past their deadline"))
}

func TestBusinessCalendarIsJudged(t *testing.T) {
	w := newWorld(t)
	const good = `
kind: BusinessCalendar
metadata: {name: office}
spec:
  timeZone: Asia/Shanghai
  hours:
  - {days: [Mon], from: "09:00", to: "17:00"}
`
	w.apply(good)
	w.must(w.calendars, "office")
	cal := read(w, "office", &v1alpha1.BusinessCalendar{})
	w.Expect(w.condition(cal.Status.Conditions, "Ready")).To(states(metav1.ConditionTrue, "Usable", 1))
	w.Expect(cal.Status.ObservedGeneration).To(Equal(int64(1)))
	before := w.written()
	w.must(w.calendars, "office")
	w.Expect(w.written()).To(Equal(before))
	w.Expect(w.once(w.calendars, "gone")).To(Succeed())

	w.apply(strings.Replace(good, "Asia/Shanghai", "Asia/Nowhere", 1))
	w.must(w.calendars, "office")
	cal = read(w, "office", &v1alpha1.BusinessCalendar{})
	w.Expect(w.condition(cal.Status.Conditions, "Ready")).To(And(states(metav1.ConditionFalse, "UnknownTimeZone", 2),
		HaveField("Message", And(ContainSubstring("spec.timeZone"), ContainSubstring("Asia/Nowhere")))))

	t.Log("a calendar without a working day is refused; one that is there all the same is named")
	cal.Spec.TimeZone, cal.Spec.Hours = "UTC", nil
	w.Expect(w.admin.Update(w.ctx, cal)).To(MatchError(ContainSubstring("spec.hours")))
	_, err := calendar.New(cal.Spec)
	w.Expect(err).To(HaveOccurred())
	w.Expect(calendarReason(err)).To(Equal("NoWorkingTime"))

	t.Log("a playbook that counts in it does not compile, and says which calendar")
	w.apply(teamsYAML)
	w.apply(strings.NewReplacer("elapsed: 48h", "working: 2d", "for: Complaint\n", "for: Complaint\n  calendar: office\n").Replace(generalYAML))
	w.must(w.playbooks, "general-case")
	pb := read(w, "general-case", &v1alpha1.Playbook{})
	w.Expect(w.condition(pb.Status.Conditions, "Verified")).To(And(HaveField("Status", metav1.ConditionFalse), HaveField("Message", ContainSubstring("office"))))
	w.apply(good)
	w.must(w.playbooks, "general-case")
	w.Expect(w.condition(read(w, "general-case", &v1alpha1.Playbook{}).Status.Conditions, "Verified").Status).To(Equal(metav1.ConditionTrue))
}

func TestResponseTeamIsJudged(t *testing.T) {
	w := newWorld(t)
	w.apply(teamsYAML)
	w.must(w.teams, "desk")
	team := read(w, "desk", &v1alpha1.ResponseTeam{})
	w.Expect(team.Status.Members).To(Equal(int32(4)))
	w.Expect(team.Status.ObservedGeneration).To(Equal(int64(1)))
	w.Expect(w.condition(team.Status.Conditions, "Ready")).To(states(metav1.ConditionTrue, "Complete", 1))
	w.Expect(w.condition(team.Status.Conditions, "Covered")).To(states(metav1.ConditionTrue, "EveryDutyTwice", 1))
	before := w.written()
	w.must(w.teams, "desk")
	w.Expect(w.written()).To(Equal(before))

	t.Log("without a deputy the duty is named")
	w.apply(`
kind: ResponseTeam
metadata: {name: desk}
spec:
  members:
  - {name: amy, user: amy, duties: [agent, inspector], deputies: [bert]}
  - {name: bob, user: bob, duties: [agent]}
`)
	w.must(w.teams, "desk")
	team = read(w, "desk", &v1alpha1.ResponseTeam{})
	w.Expect(w.condition(team.Status.Conditions, "Ready")).To(And(states(metav1.ConditionFalse, "UnknownMember", 2),
		HaveField("Message", And(ContainSubstring("spec.members[0].deputies[0]"), ContainSubstring("bert")))))
	w.Expect(w.condition(team.Status.Conditions, "Covered")).To(And(states(metav1.ConditionFalse, "SinglePerson", 2),
		HaveField("Message", And(ContainSubstring("inspector"), Not(ContainSubstring("agent"))))))

	t.Log("who is their own deputy and who cannot be reached is named, all at once; addresses are not repeated")
	w.apply(`
kind: ResponseTeam
metadata: {name: wrong}
spec:
  members:
  - {name: amy, user: amy, duties: [agent], deputies: [amy], contacts: [{kind: Email, address: amy at home}]}
  - {name: bob, user: bob, duties: [agent], contacts: [{kind: Webhook, address: channel}, {kind: Webhook, address: "ftp://bob.example"}]}
  stakeholders:
  - {name: press, contacts: [{kind: Email, address: nowhere}]}
`)
	w.must(w.teams, "wrong")
	w.Expect(w.condition(read(w, "wrong", &v1alpha1.ResponseTeam{}).Status.Conditions, "Ready")).To(And(states(metav1.ConditionFalse, "OwnDeputy", 1),
		HaveField("Message", And(ContainSubstring("spec.members[0].deputies[0]: amy is their own deputy"), ContainSubstring("spec.members[0].contacts[0] of amy"),
			ContainSubstring("spec.members[1].contacts[1] of bob"), Not(ContainSubstring("members[1].contacts[0]")),
			ContainSubstring("spec.stakeholders[0].contacts[0] of press"), Not(ContainSubstring("home")), Not(ContainSubstring("ftp"))))))

	t.Log("a parent that is not there is named; when it comes all is well")
	w.apply(`
kind: ResponseTeam
metadata: {name: night}
spec:
  parent: group
  members:
  - {name: amy, user: amy, duties: [agent], deputies: [bob]}
  - {name: bob, user: bob, duties: [agent]}
`)
	w.must(w.teams, "night")
	team = read(w, "night", &v1alpha1.ResponseTeam{})
	w.Expect(w.condition(team.Status.Conditions, "Ready")).To(And(states(metav1.ConditionFalse, "UnknownParent", 1),
		HaveField("Message", And(ContainSubstring("spec.parent"), ContainSubstring(`"group"`)))))
	w.apply(strings.Replace(teamsYAML, "name: desk}", "name: group}", 1))
	w.must(w.teams, "night")
	w.Expect(w.condition(read(w, "night", &v1alpha1.ResponseTeam{}).Status.Conditions, "Ready").Status).To(Equal(metav1.ConditionTrue))
}

func TestTeamsWhoseParentsFormACircle(t *testing.T) {
	w := newWorld(t)
	team := func(name, parent string) {
		w.apply("kind: ResponseTeam\nmetadata: {name: " + name + "}\nspec:\n  parent: " + parent + "\n  members: [{name: amy, user: amy, duties: [agent]}]\n")
	}
	ready := func(name string) metav1.Condition {
		w.must(w.teams, name)
		return w.condition(read(w, name, &v1alpha1.ResponseTeam{}).Status.Conditions, "Ready")
	}
	team("a", "b")
	team("b", "a")
	team("under", "b")
	team("own", "own")
	for name, circle := range map[string]string{"a": "a → b → a", "b": "b → a → b", "under": "under → b → a → b", "own": "own → own"} {
		w.Expect(ready(name)).To(And(states(metav1.ConditionFalse, "ParentCircle", 1), HaveField("Message", ContainSubstring(circle+";"))), name)
	}
	t.Log("whoever changes one of them has all judged again that are below it")
	var again []string
	for _, request := range w.teams.below(w.ctx, read(w, "a", &v1alpha1.ResponseTeam{})) {
		again = append(again, request.Name)
	}
	w.Expect(again).To(Equal([]string{"a", "b", "under"}))

	t.Log("taken apart, all are well, those whose own spec did not change too")
	w.apply("kind: ResponseTeam\nmetadata: {name: a}\nspec:\n  members: [{name: amy, user: amy, duties: [agent]}]\n")
	for _, name := range []string{"a", "b", "under"} {
		w.Expect(ready(name).Status).To(Equal(metav1.ConditionTrue), name)
	}
}
