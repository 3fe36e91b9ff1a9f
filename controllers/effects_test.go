package controllers

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// crisisStory plays a complaint that becomes a crisis to its end. Each of its writes is disturbed in turn by the test
// below; then a new process goes on.
func (w *world) crisisStory(name string) {
	w.complain(name, hazard, product("product "+name))
	w.persevere(name)
	crisis := string(w.complaint(name).Status.Incident.Name)
	w.act(w.task(crisis, "contain"), fay, v1alpha1.TaskAct{Verb: v1alpha1.TaskAcknowledge})
	w.persevere(name)
	w.pass(5 * time.Hour) // the deadline passes
	w.persevere(name)
	w.act(w.task(crisis, "contain"), fay, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete})
	w.persevere(name)
	w.act(w.task(name, "close"), amy, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete})
	w.persevere(name)
}

// persevere reconciles a complaint and its incident until nothing moves; after a failed write in a new process.
func (w *world) persevere(name string) {
	for range 40 {
		before := w.total()
		err := w.once(w.complaints, name)
		if ref := w.complaint(name).Status.Incident; ref != nil && err == nil {
			err = w.once(w.incidents, string(ref.Name))
		}
		switch {
		case err != nil:
			plans, policies := w.shell.Plans, w.complaints.Policies
			w.pass(time.Second) // a new process is never there in the same second, so no name may follow from the time
			w.restart()
			// What is compiled follows from what is stored and is slow to compile.
			w.complaints.Plans, w.incidents.Plans, w.complaints.Policies = plans, plans, policies
		case w.total() == before:
			return
		}
	}
	w.Expect(name).To(Equal("at rest"))
}

// outcome is what a story left behind: every object and every line of the timelines, without the names that differ from
// story to story.
func (w *world) outcome(name string) []string {
	c := w.complaint(name)
	crisis := w.incident(string(c.Status.Incident.Name))
	plain := strings.NewReplacer(crisis.Name, "<crisis>", string(crisis.UID), "<crisis>", name, "<complaint>", string(c.UID), "<complaint>")
	mine := func(list client.ObjectList) {
		both, err := labels.NewRequirement(RecordLabel, selection.In, []string{string(c.UID), string(crisis.UID)})
		w.Expect(err).NotTo(HaveOccurred())
		w.Expect(w.admin.List(w.ctx, list, client.InNamespace(w.ns), client.MatchingLabelsSelector{Selector: labels.NewSelector().Add(*both)})).To(Succeed())
	}
	var out []string
	add := func(format string, args ...any) { out = append(out, plain.Replace(fmt.Sprintf(format, args...))) }
	for _, ci := range w.all() {
		if ci.Spec.CorrelationKey == crisis.Spec.CorrelationKey {
			add("incident %s %s %d %v", ci.Name, ci.Status.State, ci.ComplaintCount(), ci.Status.Provenance)
		}
	}
	var tasks v1alpha1.ResponseTaskList
	mine(&tasks)
	for _, t := range tasks.Items {
		add("task %s %s %s %v %s", t.Spec.Record.Name, t.Spec.Step, t.Spec.Assignment.Assignee, t.Spec.Assignment.MayAct, t.Spec.State)
	}
	var notices v1alpha1.NoticeList
	mine(&notices)
	for _, n := range notices.Items {
		add("notice %s %s %s to %s", n.Spec.Record.Name, n.Spec.Step, n.Spec.Template, n.Spec.To.Name)
	}
	var reviews v1alpha1.PostMortemList
	mine(&reviews)
	for _, pm := range reviews.Items {
		add("post-mortem of %s, %d actions", pm.Spec.Incident.Name, len(pm.Spec.Actions))
	}
	slices.Sort(out)
	for _, record := range []client.Object{c, crisis} {
		for _, e := range w.entries(record) {
			text := e.Text
			switch e.Type {
			case v1alpha1.EventPostMortemOpened, v1alpha1.EventDeadlineMissed, v1alpha1.EventAsked, v1alpha1.EventStepDone, v1alpha1.EventDeadlineMet:
				text = "" // names and dates of its own
			}
			// A manager that died leaves the numbers of its block unused.
			text = strings.ReplaceAll(text, c.Status.CaseNumber, "its number")
			add("%s %s %s %s", e.Type, e.Step, e.Actor, text)
		}
	}
	add("number %v, state %s and %s", c.Status.CaseNumber != "", c.Status.State, crisis.Status.State)
	return out
}

// The manager dies at each write of a case in turn, just before the write or just after it: the same objects and the same
// timeline in the end.
func TestInvariant2EffectsOnce(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	begun := w.total()
	w.crisisStory("undisturbed")
	writes := w.total() - begun
	want := w.outcome("undisturbed")
	w.Expect(want).To(ContainElements(HavePrefix("incident"), HavePrefix("notice"), HavePrefix("task"), HavePrefix("post-mortem")))
	w.Expect(writes).To(BeNumerically(">", 15))

	numbers := map[string]bool{}
	died := ""
	t.Cleanup(func() {
		if t.Failed() {
			t.Log("the manager died", died)
		}
	})
	for n := 1; n <= writes; n++ {
		if n%8 == 0 { // lists without indexes are slow with many records about
			w = newWorld(t)
			w.furnish()
		}
		for _, after := range []bool{false, true} {
			name := fmt.Sprintf("before-%02d", n)
			if after {
				name = fmt.Sprintf("after-%02d", n)
			}
			at := w.total() + n
			what, met := "", false
			die := func(write string, _ client.Object) error {
				if met || w.total() != at {
					return nil
				}
				what, met, died = write, true, name+", "+write
				return errCut
			}
			if after {
				w.after = die
			} else {
				w.before = die
			}
			w.crisisStory(name)
			w.before, w.after = nil, nil
			w.Expect(met).To(BeTrue())
			number := w.ns + w.complaint(name).Status.CaseNumber
			w.Expect(numbers).NotTo(HaveKey(number))
			numbers[number] = true
			w.Expect(difference(want, w.outcome(name))).To(BeEmpty(), "the manager died %s, %s", name, what)
		}
	}
}

// difference lists the lines that one of two stories has and the other has not, or elsewhere.
func difference(want, got []string) (out []string) {
	extra := map[string]int{}
	for _, line := range got {
		extra[line]++
	}
	for _, line := range want {
		if extra[line]--; extra[line] < 0 {
			out = append(out, "missing: "+line)
		}
	}
	for _, line := range slices.Sorted(maps.Keys(extra)) {
		for range extra[line] {
			out = append(out, "too much: "+line)
		}
	}
	if len(out) > 0 {
		return out
	}
	for i := range want {
		if want[i] != got[i] {
			out = append(out, "instead of "+want[i]+": "+got[i])
		}
	}
	return out
}

// total is how many writes there were.
func (w *world) total() int {
	n := 0
	for _, k := range w.written() {
		n += k
	}
	return n
}
