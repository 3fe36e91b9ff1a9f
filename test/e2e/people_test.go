package e2e

import (
	"fmt"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// The people of the policy: agents and supervisors of the desk, the crisis team. Everybody has a deputy.
const (
	amy  = "amy"
	bob  = "bob"
	cleo = "cleo"
	eve  = "eve"
	fay  = "fay"
	gil  = "gil"
)

// as is the client of a user in groups; without groups a responder.
func (w *world) as(user string, groups ...string) client.Client {
	if len(groups) == 0 {
		groups = []string{"tocsin:responders"}
	}
	c, err := cluster.As(user, groups...)
	w.ExpectWithOffset(1, err).NotTo(HaveOccurred())
	return c
}

// complain creates a complaint received now, as intake does.
func (w *world) complain(name string, change ...func(*v1alpha1.ComplaintSpec)) {
	c := &v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: name}, Spec: v1alpha1.ComplaintSpec{
		Statement: "The kettle broke.", Channel: "Phone", ReceivedAt: metav1.NewTime(w.clock.Now()),
		Complainant: &v1alpha1.Complainant{Pseudonym: "customer-" + name},
	}}
	for _, f := range change {
		f(&c.Spec)
	}
	w.ExpectWithOffset(1, w.as("hotline", "tocsin:intake").Create(w.ctx, c)).To(Succeed())
}

func hazard(product string) func(*v1alpha1.ComplaintSpec) {
	return func(s *v1alpha1.ComplaintSpec) {
		s.Signals, s.Product = []v1alpha1.Identifier{"safety-hazard"}, product
	}
}

// raise opens an incident by hand.
func (w *world) raise(name string, drill bool) {
	ci := &v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: v1alpha1.CrisisIncidentSpec{
		Title: "Kettles overheat", Level: "crisis", Playbook: "crisis-response", Team: "crisis"}}
	if drill {
		ci.Spec.Drill = &v1alpha1.Drill{Schedule: "manual"}
	}
	w.create(ci)
}

// do adds an act to a task in somebody's name. Zero act.At is now.
func (w *world) do(task *v1alpha1.ResponseTask, by v1alpha1.User, act v1alpha1.TaskAct) {
	w.EventuallyWithOffset(1, func() error {
		fresh := get(w, task.Name, &v1alpha1.ResponseTask{})
		act.ID, act.By = fmt.Sprintf("act-%d", len(fresh.Spec.Acts)), by
		if act.At.IsZero() {
			act.At = metav1.NewTime(w.clock.Now())
		}
		fresh.Spec.Acts = append(fresh.Spec.Acts, act)
		return w.as(string(by)).Update(w.ctx, fresh)
	}).Should(Succeed())
}

// decide adds acts to a complaint or an incident in somebody's name.
func (w *world) decide(kind client.Object, name string, by v1alpha1.User, add ...v1alpha1.RecordAct) {
	w.EventuallyWithOffset(1, func() error {
		record := get(w, name, kind.DeepCopyObject().(client.Object))
		acts := &[]v1alpha1.RecordAct{}
		switch record := record.(type) {
		case *v1alpha1.Complaint:
			acts = &record.Spec.Acts
		case *v1alpha1.CrisisIncident:
			acts = &record.Spec.Acts
		}
		for _, act := range add {
			act.ID, act.By, act.At = fmt.Sprintf("act-%d", len(*acts)), by, metav1.NewTime(w.clock.Now())
			*acts = append(*acts, act)
		}
		return w.as(string(by)).Update(w.ctx, record)
	}).Should(Succeed())
}
