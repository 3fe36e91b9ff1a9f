package parity

import (
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/simulation"
	"tocsin.dev/tocsin/playbooks"
)

// casts are how people behave in the stories of a pack: in good time, and not.
var casts = map[string]string{
	playbooks.ServiceRecovery: `
answers:
- {steps: [confirm], after: {median: 5m}}
- {steps: [planRemedy], records: [late], after: {median: 3d}}
- {steps: [checkFacts], records: [example-lamp], declines: 100}
- {steps: [followUp], records: [example-hotline], outcomes: [dissatisfied, satisfied], after: {median: 1h}}
- {steps: [approveRemedy], records: [example-hotline], outcomes: [refused, approved], after: {median: 1h}}
- {after: {median: 1h, slow: 9h}}
acts:
- {record: late, after: 30h, act: {verb: Comment, by: qian.bo@example.com, reason: "Where does this stand?"}}
`,
	playbooks.PropertyDeveloper: `
answers:
- {steps: [confirm], after: {median: 10m}}
- {records: [example-balcony-door], after: {median: 20h}}
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

func load(t *testing.T, name string) *pack.Pack {
	t.Helper()
	p := pack.New()
	for _, pattern := range []string{name + "/*.yaml", name + "/examples/*.yaml"} {
		files, err := fs.Glob(playbooks.FS, pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text, err := fs.ReadFile(playbooks.FS, f)
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Add(f, text); err != nil {
				t.Fatal(err)
			}
		}
	}
	p.Complaints = append(p.Complaints, more(name)...)
	for _, c := range p.Complaints {
		c.Spec.ReceivedAt = metav1.NewTime(start)
	}
	return p
}

func TestTheSimulationTellsTheStoryOfTheCluster(t *testing.T) {
	th := open(t)
	for _, name := range slices.Sorted(maps.Keys(casts)) {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			p := load(t, name)
			cast, err := simulation.ParseCast([]byte(casts[name]))
			g.Expect(err).NotTo(HaveOccurred())
			begin := th.clock.Now()
			cast.Start = metav1.NewTime(begin)
			play := simulation.New(p, cast)
			story := play.Tell()
			var deeds []simulation.Deed
			play.Done = func(d simulation.Deed) { deeds = append(deeds, d) }
			for _, c := range p.Complaints {
				play.Complain(c.DeepCopy(), begin)
			}
			for _, ci := range p.Incidents {
				play.Alarm(ci.DeepCopy(), begin)
			}
			_, err = play.Run(begin.Add(most))
			g.Expect(err).NotTo(HaveOccurred())

			ns := namespaces[name]
			th.arrive(ns, p)
			for len(deeds) > 0 {
				at := deeds[0].At
				th.until(at)
				for len(deeds) > 0 && deeds[0].At.Equal(at) {
					if deeds[0].RecordAct == nil {
						g.Expect(th.do(ns, deeds[0])).To(Succeed())
					} else {
						g.Expect(th.decide(ns, deeds[0])).To(Succeed())
					}
					deeds = deeds[1:]
				}
			}
			th.until(begin.Add(most))

			played := map[string]bool{}
			for _, c := range play.Complaints() {
				played[c.Status.Run.Playbook] = true
				g.Expect(th.timeline(ns, v1alpha1.RecordComplaint, c.Name)).To(Equal(lines(story.Of(v1alpha1.RecordComplaint, c.Name))), c.Name)
			}
			for _, ci := range play.Incidents() {
				played[ci.Status.Run.Playbook] = true
				g.Expect(th.timeline(ns, v1alpha1.RecordCrisisIncident, ci.Name)).To(Equal(lines(story.Of(v1alpha1.RecordCrisisIncident, ci.Name))), ci.Name)
			}
			for book, pb := range p.Playbooks {
				if !strings.HasPrefix(book, "household-") { // those are parts of others
					g.Expect(played).To(HaveKey(book), "a %s playbook", pb.Spec.For)
				}
			}
		})
	}
}

// arrive creates the records of a pack, all at the same moment.
func (th *theatre) arrive(ns string, p *pack.Pack) {
	th.t.Helper()
	create := func(o client.Object) {
		o.SetNamespace(ns)
		th.Expect(th.admin.Create(th.t.Context(), o)).To(Succeed())
	}
	for _, name := range slices.Sorted(maps.Keys(p.Secrets)) {
		create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}, StringData: p.Secrets[name].StringData})
	}
	for _, c := range p.Complaints {
		create(c.DeepCopy())
		th.Expect(th.gauge.Settle(th.t.Context())).To(Succeed())
	}
	for _, ci := range p.Incidents {
		create(ci.DeepCopy())
		th.Expect(th.gauge.Settle(th.t.Context())).To(Succeed())
	}
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
