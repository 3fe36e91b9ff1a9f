// Package admission tests the admission policies of config/admission on a real API server, each rule both ways: what it
// allows and what it refuses, and what it says then. No manager runs; the tests write as its user what it would write.
package admission

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/install"
	"tocsin.dev/tocsin/test/platform"
)

// The people of these tests. Only what an object says makes them more than responders.
const (
	amy   = "amy"   // may act, is a lead
	bob   = "bob"   // may act, is a responder
	cai   = "cai"   // works on something else
	dana  = "dana"  // is complained about, recused
	audit = "audit" // an auditor
)

var cluster *platform.Platform

func TestMain(m *testing.M) {
	log.SetLogger(logr.Discard())
	os.Exit(platform.Run(&cluster, platform.Options{ControllerManager: true}, func() (int, error) { return m.Run(), nil }))
}

// as is a member of the persona groups, by default a responder.
func as(t *testing.T, user string, groups ...string) client.Client {
	t.Helper()
	if user == audit {
		groups = []string{"tocsin:auditors"}
	}
	if len(groups) == 0 {
		groups = []string{"tocsin:responders"}
	}
	c, err := cluster.As(user, groups...)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return c
}

// admin is in system:masters, whom RBAC lets do everything.
func admin(*testing.T) client.Client { return cluster.Admin }

// manager has the manager's name and every right: what is tried here is what admission says of that name. What its roles
// let it do is tried in test/e2e.
func manager(t *testing.T) client.Client {
	t.Helper()
	return as(t, install.ManagerUser, "system:masters")
}

// namespace makes a namespace of the test's own.
func namespace(t *testing.T) string {
	t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "case-"}}
	NewWithT(t).Expect(admin(t).Create(t.Context(), ns)).To(Succeed())
	return ns.Name
}

// task is created by the manager: work that amy and bob may do, and dana may not.
func task(t *testing.T, ns string, change ...func(*v1alpha1.ResponseTask)) *v1alpha1.ResponseTask {
	t.Helper()
	o := newTask(ns)
	for _, f := range change {
		f(o)
	}
	state := o.Spec.State
	o.Spec.State = "" // nobody creates a task that is closed
	g := NewWithT(t)
	g.Expect(manager(t).Create(t.Context(), o)).To(Succeed())
	if state != "" {
		o.Spec.State = state
		g.Expect(manager(t).Update(t.Context(), o)).To(Succeed())
	}
	return o
}

func newTask(ns string) *v1alpha1.ResponseTask {
	return &v1alpha1.ResponseTask{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, GenerateName: "task-"},
		Spec: v1alpha1.ResponseTaskSpec{
			Record: v1alpha1.RecordReference{Kind: v1alpha1.RecordComplaint, Name: "case"},
			Step:   "checkFacts",
			Type:   v1alpha1.TaskTypeWork,
			Assignment: v1alpha1.Assignment{
				Assignee: amy,
				MayAct:   []v1alpha1.User{amy, bob},
				Recused:  []v1alpha1.Recusal{{User: dana, Reason: "is complained about"}},
			},
		},
	}
}

// complaint is one that amy leads, bob works on, and dana is complained about in.
func complaint(t *testing.T, ns string, change ...func(*v1alpha1.Complaint)) *v1alpha1.Complaint {
	t.Helper()
	o := newComplaint(ns)
	for _, f := range change {
		f(o)
	}
	status := o.Status
	g := NewWithT(t)
	g.Expect(as(t, "hotline", "tocsin:intake").Create(t.Context(), o)).To(Succeed())
	o.Status = status
	o.Status.Responders = []v1alpha1.User{bob}
	o.Status.Leads = []v1alpha1.User{amy, dana}
	g.Expect(manager(t).Status().Update(t.Context(), o)).To(Succeed())
	return o
}

func newComplaint(ns string) *v1alpha1.Complaint {
	return &v1alpha1.Complaint{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, GenerateName: "complaint-"},
		Spec: v1alpha1.ComplaintSpec{
			Statement:  "The kettle broke on the first day.",
			ReceivedAt: metav1.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC),
			About:      &v1alpha1.ComplainedAbout{Users: []v1alpha1.User{dana}},
		},
	}
}

func incident(t *testing.T, ns string) *v1alpha1.CrisisIncident {
	t.Helper()
	o := newIncident(ns)
	g := NewWithT(t)
	g.Expect(manager(t).Create(t.Context(), o)).To(Succeed())
	o.Status.Responders = []v1alpha1.User{bob}
	o.Status.Leads = []v1alpha1.User{amy}
	g.Expect(manager(t).Status().Update(t.Context(), o)).To(Succeed())
	return o
}

func newIncident(ns string) *v1alpha1.CrisisIncident {
	return &v1alpha1.CrisisIncident{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, GenerateName: "incident-"},
		Spec: v1alpha1.CrisisIncidentSpec{
			Title: "Kettles", Level: "major", Playbook: "crisis", Team: "response",
		},
	}
}

// answer adds acts to a copy of the task, as the user would, and leaves the caller's as it was.
func answer(t *testing.T, c client.Client, o *v1alpha1.ResponseTask, acts ...v1alpha1.TaskAct) (*v1alpha1.ResponseTask, error) {
	t.Helper()
	o = o.DeepCopy()
	o.Spec.Acts = append(o.Spec.Acts, acts...)
	return o, c.Update(t.Context(), o)
}

// decide adds acts to a copy of the complaint.
func decide(t *testing.T, c client.Client, o *v1alpha1.Complaint, acts ...v1alpha1.RecordAct) (*v1alpha1.Complaint, error) {
	t.Helper()
	o = o.DeepCopy()
	o.Spec.Acts = append(o.Spec.Acts, acts...)
	return o, c.Update(t.Context(), o)
}

// BeRefusedBy matches the error of a write that this policy refused with a message that contains all of the words.
func BeRefusedBy(policy string, words ...string) types.GomegaMatcher {
	return WithTransform(func(err error) string {
		if err == nil {
			return "accepted"
		}
		return err.Error()
	}, And(ContainSubstring("ValidatingAdmissionPolicy '"+policy+"'"), containAll(words)))
}

func containAll(words []string) types.GomegaMatcher {
	return WithTransform(func(message string) string {
		for _, word := range words {
			if !strings.Contains(message, word) {
				return fmt.Sprintf("%q is missing in: %s", word, message)
			}
		}
		return ""
	}, BeEmpty())
}
