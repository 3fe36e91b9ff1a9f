package parity

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/simulation"
	"tocsin.dev/tocsin/playbooks"
)

// casts are how people behave in the stories of a pack: in good time, and not. No two do something in the same second: in a
// cluster the first could change what the second is asked.
var casts = map[string]string{
	playbooks.ServiceRecovery: `
answers:
- {steps: [confirm], after: {median: 5m, slow: 10m}}
- {steps: [correctiveAction], records: [example-crisis], never: true}
- {steps: [planRemedy], records: [late], after: {median: 3d, slow: 4d}}
- {steps: [checkFacts], records: [example-lamp], declines: 60, after: {median: 1h, slow: 3h}}
- {steps: [followUp], records: [example-hotline], outcomes: [dissatisfied, satisfied], after: {median: 1h, slow: 3h}}
- {steps: [approveRemedy], records: [example-hotline], outcomes: [refused, approved], after: {median: 1h, slow: 3h}}
- {after: {median: 1h, slow: 9h}}
acts:
- {record: late, after: 30h, act: {verb: Comment, by: qian.bo@example.com, reason: "Where does this stand?"}}
`,
	playbooks.PropertyDeveloper: `
answers:
- {steps: [confirm], after: {median: 10m, slow: 20m}}
- {records: [example-balcony-door], after: {median: 20h, slow: 30h}}
- {after: {median: 2h, slow: 20h}}
`,
}

// more are complaints besides the examples of a pack, so that every playbook is played.
func more(name string) []*v1alpha1.Complaint {
	if name != playbooks.ServiceRecovery {
		return nil
	}
	hazard := &v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Name: "hazard"}, Spec: v1alpha1.ComplaintSpec{
		Policy: "service-recovery", Channel: "Phone", Category: "product-defect", Product: "K9 kettle", Statement: "It smokes.", Signals: []v1alpha1.Identifier{"safety-hazard"},
	}}
	late := &v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Name: "late"}, Spec: v1alpha1.ComplaintSpec{
		Policy: "service-recovery", Channel: "Email", Category: "delivery", Product: "lamp", Statement: "It did not come.",
	}}
	return []*v1alpha1.Complaint{hazard, late}
}

func load(t *testing.T, name string, begin time.Time) *pack.Pack {
	t.Helper()
	p := pack.New()
	files, err := playbooks.Texts(name, "examples")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if err := p.Add(f.Name, f.Text); err != nil {
			t.Fatal(err)
		}
	}
	p.Complaints = append(p.Complaints, more(name)...)
	for _, c := range p.Complaints {
		c.Spec.ReceivedAt = metav1.NewTime(begin)
	}
	return p
}

func TestTheSimulationTellsTheStoryOfTheCluster(t *testing.T) {
	th := open(t)
	for _, name := range slices.Sorted(maps.Keys(casts)) {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			begin := th.clock.Now()
			p := load(t, name, begin)
			cast, err := simulation.ParseCast(name, []byte(casts[name]), p)
			g.Expect(err).NotTo(HaveOccurred())
			cast.Start = metav1.NewTime(begin)
			ns := namespaces[name]
			th.arrive(ns, p, begin)

			// Work is spread over people by the UIDs of records, and drills are named by those of their schedules. The API server
			// makes them up: as soon as there is something of which the simulation could not know its UID, that begins anew, and what
			// was done by then is the same.
			uids := th.uids(ns)
			done := 0
			var r rehearsal
			for more := true; more; {
				r = rehearse(t, p, cast, uids)
				stranger := r.stranger(uids)
				for ; done < len(r.deeds) && !r.deeds[done].At.After(stranger); done++ {
					th.until(r.deeds[done].At)
					if err := th.do(ns, r.deeds[done]); err != nil {
						t.Error(err)
						th.compare(g, ns, r, r.deeds[done].At)
						return
					}
				}
				more = stranger.Before(never)
				th.until(earlier(stranger, begin.Add(most)))
				th.Expect(th.gauge.Settle(t.Context())).To(Succeed())
				known := len(uids)
				uids = th.uids(ns)
				g.Expect(!more || len(uids) > known).To(BeTrue(), "what the simulation raises or plans is there")
			}

			th.compare(g, ns, r, never)
			th.comparePostMortems(g, ns, r.play)
			played := map[string]bool{}
			for _, c := range r.play.Complaints() {
				played[c.Status.Run.Playbook] = true
			}
			drills := 0
			for _, ci := range r.play.Incidents() {
				played[ci.Status.Run.Playbook] = true
				if ci.Spec.Drill != nil {
					drills++
				}
			}
			g.Expect(drills).To(BeNumerically(">", 0))
			g.Expect(r.play.PostMortems()).NotTo(BeEmpty())
			for book, pb := range p.Playbooks {
				if !strings.HasPrefix(book, "household-") { // those are parts of others
					g.Expect(played).To(HaveKey(book), "a %s playbook", pb.Spec.For)
				}
			}
		})
	}
}

// compare holds the stories of all records up to a moment against each other, and shows where the first difference is.
func (th *theatre) compare(g *WithT, ns string, r rehearsal, until time.Time) {
	th.t.Helper()
	same := func(kind v1alpha1.RecordKind, name string) {
		before := func(entries []v1alpha1.TimelineEntry) []string {
			return lines(slices.DeleteFunc(entries, func(e v1alpha1.TimelineEntry) bool { return !e.At.Time.Before(until) }))
		}
		want, is := before(r.story.Of(kind, name)), before(th.timeline(ns, kind, name))
		for k := range max(len(is), len(want)) {
			if k >= len(is) || k >= len(want) || is[k] != want[k] {
				from := max(k-2, 0)
				g.Expect(is[from:min(k+3, len(is))]).To(Equal(want[from:min(k+3, len(want))]), "%s, from line %d of %d", name, k+1, len(want))
				return
			}
		}
	}
	for _, c := range r.play.Complaints() {
		same(v1alpha1.RecordComplaint, c.Name)
	}
	for _, ci := range r.play.Incidents() {
		same(v1alpha1.RecordCrisisIncident, ci.Name)
	}
}

// comparePostMortems holds how post-mortems stand, and what was told of them, against each other.
func (th *theatre) comparePostMortems(g *WithT, ns string, play *simulation.Play) {
	th.t.Helper()
	told := map[string][]string{}
	note := func(n *v1alpha1.Notice) {
		if pm := string(n.Spec.PostMortem); pm != "" {
			told[pm] = append(told[pm], fmt.Sprintf("%s %s %s to %s, %s", n.Spec.RequestedAt.UTC().Format(time.DateTime), n.Spec.Template, n.Spec.Action, n.Spec.To.Name, n.Spec.Mode))
		}
	}
	stands := func(list []*v1alpha1.PostMortem) map[string]string {
		out := map[string]string{}
		for _, pm := range list {
			text := fmt.Sprintf("%s %s, %d open, next due %s\n", pm.Spec.Owner, pm.Status.OwnerTold, pm.Status.OpenActions, pm.Status.NextDueAt.UTC().Format(time.DateTime))
			for k, a := range pm.Spec.Actions {
				is := pm.Status.Actions[k]
				text += fmt.Sprintf("%s %s %s %s, listed %s, due %s, told %s %s\n", a.ID, a.Owner, a.State, a.Text, is.ListedAt.UTC().Format(time.DateTime), is.DueAt.UTC().Format(time.DateTime),
					is.Told, is.ToldOverdue.UTC().Format(time.DateTime))
			}
			slices.Sort(told[pm.Name])
			out[pm.Name] = text + strings.Join(told[pm.Name], "\n")
		}
		clear(told)
		return out
	}
	for _, n := range play.Notices() {
		note(n)
	}
	want := stands(play.PostMortems())
	var notices v1alpha1.NoticeList
	th.Expect(th.admin.List(th.t.Context(), &notices, client.InNamespace(ns))).To(Succeed())
	for i := range notices.Items {
		note(&notices.Items[i])
	}
	var list v1alpha1.PostMortemList
	th.Expect(th.admin.List(th.t.Context(), &list, client.InNamespace(ns))).To(Succeed())
	var is []*v1alpha1.PostMortem
	for i := range list.Items {
		is = append(is, &list.Items[i])
	}
	g.Expect(stands(is)).To(Equal(want))
}

// never is later than everything.
var never = start.AddDate(100, 0, 0)

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// rehearsal is a simulation that was played to its end.
type rehearsal struct {
	play  *simulation.Play
	story *simulation.Story
	deeds []simulation.Deed
}

func rehearse(t *testing.T, p *pack.Pack, cast *simulation.Cast, uids map[string]types.UID) rehearsal {
	t.Helper()
	r := rehearsal{play: simulation.New(p, cast)}
	r.story = r.play.Tell()
	r.play.Done = func(d simulation.Deed) {
		d.Task = d.Task.DeepCopy() // as it was then
		r.deeds = append(r.deeds, d)
	}
	r.play.UID = func(kind v1alpha1.RecordKind, name string) types.UID { return uids[string(kind)+"/"+name] }
	r.play.Exercise()
	for i, c := range p.Complaints {
		r.play.Complain(c.DeepCopy(), after(cast.Start.Time, i))
	}
	for i, ci := range p.Incidents {
		r.play.Alarm(ci.DeepCopy(), after(cast.Start.Time, len(p.Complaints)+i))
	}
	if _, err := r.play.Run(cast.Start.Add(most)); err != nil {
		t.Fatal(err)
	}
	return r
}

// stranger is when the first incident or drill schedule comes in whose UID is not known; never: there is none.
func (r *rehearsal) stranger(uids map[string]types.UID) time.Time {
	at := never
	for _, ci := range r.play.Incidents() {
		if uids[string(v1alpha1.RecordCrisisIncident)+"/"+ci.Name] == "" {
			at = earlier(at, ci.CreationTimestamp.Time)
		}
	}
	for _, ds := range r.play.DrillSchedules() {
		if uids["DrillSchedule/"+ds.Name] == "" {
			at = earlier(at, ds.CreationTimestamp.Time)
		}
	}
	return at
}

// uids are the UIDs of the records and drill schedules of a namespace, by kind and name.
func (th *theatre) uids(ns string) map[string]types.UID {
	out := map[string]types.UID{}
	var complaints v1alpha1.ComplaintList
	th.Expect(th.admin.List(th.t.Context(), &complaints, client.InNamespace(ns))).To(Succeed())
	for _, c := range complaints.Items {
		out[string(v1alpha1.RecordComplaint)+"/"+c.Name] = c.UID
	}
	var incidents v1alpha1.CrisisIncidentList
	th.Expect(th.admin.List(th.t.Context(), &incidents, client.InNamespace(ns))).To(Succeed())
	for _, ci := range incidents.Items {
		out[string(v1alpha1.RecordCrisisIncident)+"/"+ci.Name] = ci.UID
	}
	var schedules v1alpha1.DrillScheduleList
	th.Expect(th.admin.List(th.t.Context(), &schedules, client.InNamespace(ns))).To(Succeed())
	for _, ds := range schedules.Items {
		out["DrillSchedule/"+ds.Name] = ds.UID
	}
	return out
}

// after is when the i-th record comes in.
func after(begin time.Time, i int) time.Time { return begin.Add(time.Duration(i) * time.Second) }

// arrive creates the records of a pack, one after the other.
func (th *theatre) arrive(ns string, p *pack.Pack, begin time.Time) {
	th.t.Helper()
	create := func(o client.Object) {
		o.SetNamespace(ns)
		th.Expect(th.admin.Create(th.t.Context(), o)).To(Succeed())
	}
	for _, name := range slices.Sorted(maps.Keys(p.Secrets)) {
		create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}, StringData: p.Secrets[name].StringData})
	}
	for i, c := range p.Complaints {
		th.until(after(begin, i))
		create(c.DeepCopy())
	}
	for i, ci := range p.Incidents {
		th.until(after(begin, len(p.Complaints)+i))
		create(ci.DeepCopy())
	}
	th.Expect(th.gauge.Settle(th.t.Context())).To(Succeed())
}

// decide carries out what somebody did to a record.
func (th *theatre) decide(ns string, d simulation.Deed) error {
	who, err := th.stage.Responder(d.RecordAct.By)
	if err != nil {
		return err
	}
	act := *d.RecordAct
	act.At = metav1.NewTime(d.At)
	if d.Kind == v1alpha1.RecordComplaint {
		c := &v1alpha1.Complaint{}
		if err := th.admin.Get(th.t.Context(), client.ObjectKey{Namespace: ns, Name: d.Record}, c); err != nil {
			return err
		}
		c.Spec.Acts = append(c.Spec.Acts, act)
		return who.Update(th.t.Context(), c)
	}
	ci := &v1alpha1.CrisisIncident{}
	if err := th.admin.Get(th.t.Context(), client.ObjectKey{Namespace: ns, Name: d.Record}, ci); err != nil {
		return err
	}
	ci.Spec.Acts = append(ci.Spec.Acts, act)
	return who.Update(th.t.Context(), ci)
}

// correct does what somebody did about a corrective action.
func (th *theatre) correct(ns string, d *simulation.CorrectiveDeed) error {
	who, err := th.stage.Responder(d.By)
	if err != nil {
		return err
	}
	return retry.RetryOnConflict(retry.DefaultRetry, func() error {
		pm := &v1alpha1.PostMortem{}
		if err := th.admin.Get(th.t.Context(), client.ObjectKey{Namespace: ns, Name: d.PostMortem}, pm); err != nil {
			return err
		}
		for i := range pm.Spec.Actions {
			if pm.Spec.Actions[i].ID == d.Action {
				pm.Spec.Actions[i].State = d.State
			}
		}
		return who.Update(th.t.Context(), pm)
	})
}
