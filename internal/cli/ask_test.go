package cli

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// team makes a team of these users, who have the duty agent.
func (w *world) team(name string, members ...v1alpha1.User) {
	w.t.Helper()
	team := &v1alpha1.ResponseTeam{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name}}
	for _, u := range members {
		short, _, _ := strings.Cut(string(u), "@")
		team.Spec.Members = append(team.Spec.Members, v1alpha1.Member{Name: strings.ReplaceAll(short, ".", "-"), User: u, Duties: []v1alpha1.Identifier{"agent"}})
	}
	w.Expect(w.admin.Create(w.ctx, team)).To(Succeed())
}

func TestWorkIsAskedBesidesThePlaybook(t *testing.T) {
	w := newWorld(t)
	w.worked("kettle-17")
	w.team("desk", "bo", "cy")
	w.Expect(w.as("bo", "task", "kettle-17", "--to", "cy", "--due", "1d", "--working", " Call the landlord. ")).To(Equal(result{
		Out: "complaint/kettle-17 asked to give cy this task; the timeline says whether it took effect\n"}))
	acts := w.recordActs("kettle-17")
	w.Expect(acts).To(HaveLen(1))
	acts[0].ID, acts[0].At = "", metav1.Time{}
	w.Expect(acts[0]).To(Equal(v1alpha1.RecordAct{Verb: v1alpha1.RecordAsk, By: "bo", To: "cy", Within: &v1alpha1.Span{Working: "1d"}, Reason: "Call the landlord."}))
	w.Expect(w.as("bo", "task", "kettle-17", "--to", "cy", "--due", "4h", "Call again.")).To(HaveField("Code", exitOK))
	w.Expect(w.recordActs("kettle-17")[1].Within).To(Equal(&v1alpha1.Span{Elapsed: "4h"}))
}

func TestATaskIsGivenToSomebodyElse(t *testing.T) {
	w := newWorld(t)
	w.worked("kettle-17")
	w.team("desk", "bo", "cy")
	w.task("kettle-17-check-0a1b2c3d", func(s *v1alpha1.ResponseTaskSpec) {
		s.Assignment.Assignee, s.Assignment.MayAct = "bo", []v1alpha1.User{"bo"}
	})
	w.Expect(w.as("ana", "reassign", "kettle-17-check", "--to", "cy", "--reason", "bo is ill")).To(Equal(result{
		Out: "responsetask/kettle-17-check-0a1b2c3d asked to go to cy; the timeline says whether it took effect\n"}))
	acts := w.recordActs("kettle-17")
	w.Expect(acts).To(HaveLen(1))
	acts[0].ID, acts[0].At = "", metav1.Time{}
	w.Expect(acts[0]).To(Equal(v1alpha1.RecordAct{Verb: v1alpha1.RecordReassign, By: "ana", To: "cy", Step: "checkFacts", Reason: "bo is ill"}))
}
