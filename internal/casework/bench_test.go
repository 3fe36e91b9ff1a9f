package casework_test

import (
	"fmt"
	"path"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/playbooks"
)

// BenchmarkComplaint is the whole life of a complaint: it comes in, is taken up, two tasks are answered, it is closed.
func BenchmarkComplaint(b *testing.B) {
	w := newWorld(b)
	w.careful = false
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		clear(w.complaints)
		clear(w.tasks)
		clear(w.notices)
		spec := kettle()
		spec.Product = fmt.Sprintf("kettle-%d", i%1000)
		c := w.complain(fmt.Sprintf("c-%d", i), spec)
		w.turn(c)
		w.turn(c)
		w.does(c, "checkFacts", "amy", "founded")
		w.turn(c)
		w.does(c, "settle", "amy", "")
		w.turn(c)
		if c.Status.State != v1alpha1.CaseClosed {
			b.Fatalf("it is %s", c.Status.State)
		}
	}
}

// BenchmarkPack is the whole life of a complaint of a shipped pack, with approvals, a remedy and working time; everybody
// answers half an hour after the last thing happened.
func BenchmarkPack(b *testing.B) {
	for _, signal := range []v1alpha1.Identifier{"on-site", "agitated"} {
		b.Run(string(signal), func(b *testing.B) {
			w := shipped(b, playbooks.ServiceRecovery)
			w.careful = false
			turns, tasks, notices := 0, 0, 0
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				clear(w.complaints)
				clear(w.tasks)
				clear(w.notices)
				w.now = start
				spec := kettle()
				spec.Category, spec.Signals, spec.Product = "quality", []v1alpha1.Identifier{signal}, fmt.Sprintf("kettle-%d", i)
				spec.Complainant.Pseudonym = fmt.Sprintf("p-%d", i)
				turns += w.live(w.complain(fmt.Sprintf("c-%d", i), spec))
				tasks, notices = len(w.tasks), len(w.notices)
			}
			b.ReportMetric(float64(turns)/float64(b.N), "turns/op")
			b.ReportMetric(float64(tasks), "tasks/op")
			b.ReportMetric(float64(notices), "notices/op")
		})
	}
}

// shipped is a namespace with the policies of a pack.
func shipped(t tb, pack string) *world {
	t.Helper()
	from := policies{
		teams: map[string]*v1alpha1.ResponseTeamSpec{}, playbooks: map[string]v1alpha1.PlaybookSpec{}, calendars: map[string]v1alpha1.BusinessCalendarSpec{},
	}
	documents, err := playbooks.Documents(pack)
	if err != nil {
		t.Fatalf("%v", err)
	}
	for _, d := range documents {
		var head metav1.PartialObjectMetadata
		if err := yaml.Unmarshal(d.YAML, &head); err != nil {
			t.Fatalf("%s: %v", d.File, err)
		}
		switch head.Kind {
		case "ResponseTeam":
			from.teams[head.Name] = &specOf[struct{ Spec v1alpha1.ResponseTeamSpec }](t, d).Spec
		case "TriagePolicy":
			from.triage = specOf[struct{ Spec v1alpha1.TriagePolicySpec }](t, d).Spec
		case "Playbook":
			from.playbooks[head.Name] = specOf[struct{ Spec v1alpha1.PlaybookSpec }](t, d).Spec
		case "BusinessCalendar":
			from.calendars[head.Name] = specOf[struct {
				Spec v1alpha1.BusinessCalendarSpec
			}](t, d).Spec
		}
	}
	return from.world(t)
}

func specOf[T any](t tb, d playbooks.Document) *T {
	t.Helper()
	into := new(T)
	if err := yaml.Unmarshal(d.YAML, into); err != nil {
		t.Fatalf("%s: %v", d.File, err)
	}
	return into
}

// live takes a complaint through its life and says in how many turns.
func (w *world) live(c *v1alpha1.Complaint) (turns int) {
	w.t.Helper()
	for turns = 1; ; turns++ {
		f := w.turn(c)
		switch {
		case !c.Status.ClosedAt.IsZero():
			return turns
		case turns > 1000:
			w.t.Fatalf("it comes to no end: %+v", c.Status.Run)
		case turns == 1, len(f.Effects) > 0, w.answers(c):
		case f.Wake.IsZero():
			w.t.Fatalf("nothing will ever happen any more: %+v", c.Status.Run)
		default:
			w.now = f.Wake
		}
	}
}

// answers has somebody answer one open task, half an hour later.
func (w *world) answers(c *v1alpha1.Complaint) bool {
	for _, task := range w.tasks {
		if !task.IsOpen() || len(task.Spec.Acts) > 0 {
			continue
		}
		w.now = w.now.Add(30 * time.Minute)
		var outcome v1alpha1.Identifier
		if len(task.Spec.Outcomes) > 0 {
			outcome = task.Spec.Outcomes[0]
		}
		a := task.Spec.Assignment
		switch task.Spec.Type {
		case v1alpha1.TaskTypeApproval:
			var used []v1alpha1.User
			for _, seat := range a.Seats {
				i := slices.IndexFunc(seat.Users, func(u v1alpha1.User) bool { return !slices.Contains(used, u) })
				used = append(used, seat.Users[i])
				w.act(task, v1alpha1.TaskApprove, seat.Users[i], "")
			}
		case v1alpha1.TaskTypeAcknowledgement:
			w.act(task, v1alpha1.TaskAcknowledge, a.Assignee, "")
		default:
			if task.Spec.Writes == v1alpha1.WritesRemedy {
				c.Spec.Remedy = &v1alpha1.Remedy{Kinds: []v1alpha1.RemedyKind{"Exchange"}, Reason: "offered in " + path.Base(task.Spec.Step), By: a.Assignee}
				c.Generation++
			}
			w.act(task, v1alpha1.TaskComplete, a.Assignee, outcome)
		}
		return true
	}
	return false
}
