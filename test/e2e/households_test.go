package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/playbooks"
)

// estate makes a world with the pack of the property developer.
func estate(t *testing.T) *world {
	t.Helper()
	w := bareWorld(t)
	documents, err := playbooks.Documents(playbooks.PropertyDeveloper)
	w.Expect(err).NotTo(HaveOccurred())
	for _, d := range documents {
		if !strings.HasSuffix(d.File, "noticechannels.yaml") {
			w.apply(string(d.YAML))
		}
	}
	return w
}

// household has somebody complain about the school places of Lakeside, with a contact, and waits for the case number.
func (w *world) household(name string, locale v1alpha1.Locale, change ...func(*v1alpha1.ComplaintSpec)) {
	w.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name + "-contact"}, StringData: map[string]string{
		"name": "Owner of " + name, "email": name + "@owners.example"}})
	w.complain(name, append([]func(*v1alpha1.ComplaintSpec){func(s *v1alpha1.ComplaintSpec) {
		s.Statement, s.Category, s.Place, s.Product = "There are no school places.", "sales", "Lakeside", "school places"
		s.Complainant.Locale, s.Complainant.ContactSecret = locale, name+"-contact"
	}}, change...)...)
	w.until(name, And(HaveField("CaseNumber", Not(BeEmpty())), HaveField("Run", Not(BeNil()))))
}

func graded(level v1alpha1.LevelName, rule string) OmegaMatcher {
	return HaveField("Grading", HaveValue(And(HaveField("Level", level), HaveField("Rule", rule))))
}

// finish answers the open task of a step: an approval in every seat, anything else as the one who is asked.
func (w *world) finish(record, step string, outcome v1alpha1.Identifier) {
	task := w.task(record, step)
	if task.Spec.Type != v1alpha1.TaskTypeApproval {
		w.do(task, task.Spec.Assignment.Assignee, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete, Outcome: outcome})
		return
	}
	for _, seat := range task.Spec.Assignment.Seats {
		w.do(task, seat.Users[0], v1alpha1.TaskAct{Verb: v1alpha1.TaskApprove, Digest: task.Spec.Assignment.Digest})
	}
}

// Ten households complain of the same within a month, one of them threatens to go to court: one crisis, one decision, and
// each of them is told of it once, in its language, by its own case, though the manager ends in the middle of it.
func TestTenHouseholdsBecomeOneCrisisAndEachIsToldTheDecisionOnce(t *testing.T) {
	const accused = "ruan.min@example.com" // the commander, but for what one household says
	w := estate(t)
	first := w.manage()
	var names []string
	for i := range 10 {
		name := fmt.Sprintf("home-%02d", i)
		names = append(names, name)
		w.household(name, []v1alpha1.Locale{v1alpha1.LocaleChinese, v1alpha1.LocaleEnglish}[i%2], func(s *v1alpha1.ComplaintSpec) {
			switch i {
			case 2:
				s.Signals = []v1alpha1.Identifier{"litigation"}
			case 4:
				s.About = &v1alpha1.ComplainedAbout{Users: []v1alpha1.User{accused}}
			}
		})
		w.until(name, HaveField("Run", Not(BeNil())))
		w.told() // an attempt that the clock overtakes is made again a second later, which this clock does not reach by itself
		w.clock.Step(6 * time.Hour)
		if i == 8 {
			w.Expect(w.complaint(name).Status).To(graded("L2", "same-complaint"), "nine households, and one threat")
			w.Expect(w.complaint("home-00").Status).To(graded("L4", ""), "the first was alone when it complained")
		}
	}

	t.Log("the tenth makes it a crisis; the nine others are raised and join, with nobody touching them")
	w.until("home-09", graded("L1", "many-households-lawsuit"))
	for _, name := range names[:9] {
		w.until(name, And(graded("L1", "part-of-a-crisis"), state(v1alpha1.CaseCrisis)))
	}
	crisis := string(w.complaint("home-09").Status.Incident.Name)
	ci := w.untilIncident(crisis, And(HaveField("Provenance", HaveLen(10)), HaveField("Spokesperson", Not(BeEmpty()))))
	for _, name := range names {
		w.Expect(w.complaint(name).Status.Incident.Name).To(BeEquivalentTo(crisis))
	}
	w.Expect(ci.Spec.Level).To(BeEquivalentTo("L1"))
	w.Expect(ci.Spec.Title).To(Equal("sales, school places, Lakeside"))
	w.Expect(ci.ComplaintCount()).To(BeEquivalentTo(10))

	t.Log("the crisis is worked on; who is complained about takes no part in it")
	for _, step := range []struct{ name, outcome string }{{"confirm", "confirm"}, {"hearHouseholds", ""}, {"findFacts", "ourFault"},
		{"solution/proposeSolution", ""}, {"solution/reviewSolution", ""}} {
		w.finish(crisis, step.name, v1alpha1.Identifier(step.outcome))
	}
	decision := w.task(crisis, "decideForAll")
	w.Expect(decision.Spec.Assignment.MayAct).NotTo(ContainElement(BeEquivalentTo(accused)))
	w.Expect(w.decided()).To(BeEmpty())

	t.Log("the decision falls; the manager ends while the households are told, and another goes on")
	w.finish(crisis, "decideForAll", "compensate")
	w.Eventually(w.decided).ShouldNot(BeEmpty())
	first.stop()
	w.manage()
	w.Eventually(w.decided).Should(HaveLen(10))
	for _, name := range names {
		task := w.task(name, "putRight/remedy/planRemedy")
		w.Expect(task.Spec.Assignment.MayAct).NotTo(ContainElement(BeEquivalentTo(accused)))
	}

	t.Log("a later one joins and is told as well; nobody is told twice")
	w.household("home-10", v1alpha1.LocaleEnglish)
	names = append(names, "home-10")
	w.untilIncident(crisis, HaveField("Provenance", HaveLen(11)))
	w.Eventually(w.decided).Should(HaveLen(11))
	w.told()
	w.checkDecisionMail(names)
}

// decided are the notices that tell a household of the decision, by complaint; two to one are a fault.
func (w *world) decided() map[string]v1alpha1.Notice {
	found := map[string]v1alpha1.Notice{}
	for _, n := range w.notices() {
		if n.Spec.Template == "decidedCompensation" {
			w.Expect(found).NotTo(HaveKey(string(n.Spec.Record.Name)), "told twice")
			w.Expect(n.Spec.To.Kind).To(Equal(v1alpha1.RecipientComplainant))
			found[string(n.Spec.Record.Name)] = n
		}
	}
	return found
}

// checkDecisionMail looks into the books of the mail server: each household got one mail of the decision, in its language, with
// its number; and nothing in the cluster but Secrets names it.
func (w *world) checkDecisionMail(names []string) {
	objects, err := json.Marshal([]any{w.complaints(), w.notices()})
	w.Expect(err).NotTo(HaveOccurred())
	for _, name := range names {
		c := w.complaint(name)
		subject := map[v1alpha1.Locale]string{v1alpha1.LocaleChinese: "决定给您补偿", v1alpha1.LocaleEnglish: "you are compensated"}[c.Spec.Complainant.Locale]
		got := 0
		for _, m := range w.mail.Books.Books().All() {
			if slices.Contains(m.To, name+"@owners.example") && strings.Contains(m.Subject, subject) {
				got++
				w.Expect(m.Subject).To(ContainSubstring(c.Status.CaseNumber))
				w.Expect(m.Body).To(ContainSubstring("Owner of " + name))
			}
		}
		w.Expect(got).To(Equal(1), "mails of the decision to %s", name)
		w.Expect(string(objects)).NotTo(Or(ContainSubstring("Owner of "+name), ContainSubstring(name+"@owners.example")))
	}
}

// The month rule fires by itself; three households are three, one household three times is not; a month ago is out.
func TestHouseholdsAreCountedAndTheMonthIsOverByItself(t *testing.T) {
	w := estate(t)
	w.manage()
	about := func(product, household string, ago time.Duration) func(*v1alpha1.ComplaintSpec) {
		return func(s *v1alpha1.ComplaintSpec) {
			s.Product, s.Complainant.Pseudonym = product, household
			s.ReceivedAt = metav1.NewTime(w.clock.Now().Add(-ago))
		}
	}
	month := 30 * 24 * time.Hour
	for i, household := range []string{"a", "b", "c"} {
		w.household(fmt.Sprintf("three-%d", i), v1alpha1.LocaleEnglish, about("basement", household, 0))
		w.household(fmt.Sprintf("same-%d", i), v1alpha1.LocaleEnglish, about("noise", "always-the-same", 0))
	}
	w.until("three-2", graded("L2", "same-complaint"))
	w.until("same-2", graded("L4", ""))
	w.household("window-0", v1alpha1.LocaleEnglish, about("garage", "a", month-time.Second))
	w.household("window-1", v1alpha1.LocaleEnglish, about("garage", "b", 0))
	w.household("window-2", v1alpha1.LocaleEnglish, about("garage", "c", 0))
	w.until("window-2", graded("L2", "same-complaint"))
	w.clock.Step(time.Second)
	w.household("window-3", v1alpha1.LocaleEnglish, about("lift", "a", 0))
	w.household("window-4", v1alpha1.LocaleEnglish, about("lift", "b", 0))
	w.clock.Step(month)
	w.household("window-5", v1alpha1.LocaleEnglish, about("lift", "c", 0))
	w.until("window-5", graded("L4", ""))

	t.Log("the clock has moved on a month: what nobody answered is L2 now, acknowledged once and for all")
	for _, name := range []string{"same-0", "same-2", "window-3", "window-4"} {
		c := w.until(name, And(graded("L2", "a-month"), HaveField("Run.Playbook", "l2-serious"), HaveField("Run.ID", BeEquivalentTo(2))))
		w.Expect(w.happened(c, v1alpha1.EventActIgnored)).To(BeEmpty())
		w.task(name, "assessRisk")
	}
	w.told()
	acknowledged := 0
	for _, n := range w.notices() {
		if strings.HasPrefix(string(n.Spec.Template), "acknowledge") && n.Spec.Record.Name == "same-0" {
			acknowledged++
		}
	}
	w.Expect(acknowledged).To(Equal(1))
}
