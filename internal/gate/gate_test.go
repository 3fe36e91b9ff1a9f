package gate

import (
	"testing"
	"testing/fstest"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/config"
)

// approval asks two people; li may not because she wrote what is to be approved.
func approval() *v1alpha1.ResponseTask {
	return &v1alpha1.ResponseTask{
		ObjectMeta: metav1.ObjectMeta{Namespace: "care", Name: "approve"},
		Spec: v1alpha1.ResponseTaskSpec{
			Type: v1alpha1.TaskTypeApproval, State: v1alpha1.TaskOpen, Step: "approve",
			Record: v1alpha1.RecordReference{Kind: v1alpha1.RecordComplaint, Name: "lamp", UID: "1"},
			Assignment: v1alpha1.Assignment{
				MayAct: []v1alpha1.User{"an@example.com"}, Digest: "d1",
				Recused: []v1alpha1.Recusal{{User: "li@example.com", Reason: "did the step that is to be approved"}},
				Seats:   []v1alpha1.Seat{{Role: "supervisor", Users: []v1alpha1.User{"an@example.com"}}},
			},
		},
	}
}

func TestWhatTheAPIServerWouldRefuse(t *testing.T) {
	policies, err := Load(config.Files, "admission")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for name, tt := range map[string]struct {
		by  v1alpha1.User
		act v1alpha1.TaskAct
		why string
	}{
		"who may":              {"an@example.com", v1alpha1.TaskAct{Verb: v1alpha1.TaskApprove, Digest: "d1"}, ""},
		"who is recused":       {"li@example.com", v1alpha1.TaskAct{Verb: v1alpha1.TaskApprove, Digest: "d1"}, "did the step that is to be approved"},
		"a stranger":           {"bo@example.com", v1alpha1.TaskAct{Verb: v1alpha1.TaskApprove, Digest: "d1"}, "bo@example.com"},
		"in another's name":    {"bo@example.com", v1alpha1.TaskAct{Verb: v1alpha1.TaskApprove, Digest: "d1", By: "an@example.com"}, "an@example.com"},
		"on an older version":  {"an@example.com", v1alpha1.TaskAct{Verb: v1alpha1.TaskApprove, Digest: "d0"}, "digest"},
		"refused, no reason":   {"an@example.com", v1alpha1.TaskAct{Verb: v1alpha1.TaskRefuse, Digest: "d1"}, "reason"},
		"refused, with reason": {"an@example.com", v1alpha1.TaskAct{Verb: v1alpha1.TaskRefuse, Digest: "d1", Reason: "too much"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			before, after := approval(), approval()
			tt.act.ID, tt.act.At = "a", metav1.Unix(1e9, 0)
			if tt.act.By == "" {
				tt.act.By = tt.by
			}
			after.Spec.Acts = append(after.Spec.Acts, tt.act)
			if outcome, closes := after.Spec.Closes(&tt.act); closes {
				after.Spec.State, after.Spec.Outcome = v1alpha1.TaskDone, outcome
			}
			why, err := policies.Refused(t.Context(), Change{By: tt.by, Kind: "ResponseTask", Resource: "responsetasks", Before: before, After: after})
			g.Expect(err).NotTo(HaveOccurred())
			if tt.why == "" {
				g.Expect(why).To(BeEmpty())
			} else {
				g.Expect(why).To(ContainSubstring(tt.why))
			}
		})
	}
}

func TestNobodyButALeadLowersTheLevel(t *testing.T) {
	g := NewWithT(t)
	policies, err := Load(config.Files, "admission")
	g.Expect(err).NotTo(HaveOccurred())
	lower := func(by v1alpha1.User) string {
		before := &v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Namespace: "care", Name: "lamp"}, Spec: v1alpha1.ComplaintSpec{Statement: "It broke."}}
		before.Status.Responders, before.Status.Leads = []v1alpha1.User{"li@example.com"}, []v1alpha1.User{"an@example.com"}
		after := before.DeepCopy()
		after.Spec.Acts = []v1alpha1.RecordAct{{ID: "a", Verb: v1alpha1.RecordLower, By: by, At: metav1.Unix(1e9, 0), Level: "general", Reason: "a mistake"}}
		why, err := policies.Refused(t.Context(), Change{By: by, Kind: "Complaint", Resource: "complaints", Before: before, After: after})
		g.Expect(err).NotTo(HaveOccurred())
		return why
	}
	g.Expect(lower("an@example.com")).To(BeEmpty())
	g.Expect(lower("li@example.com")).To(ContainSubstring("leads"))
}

func TestAPolicyThatDoesNotCompileIsAnError(t *testing.T) {
	g := NewWithT(t)
	const text = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: broken}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [crisis.tocsin.dev], apiVersions: [v1alpha1], resources: [responsetasks], operations: [UPDATE]}]
  validations: [{expression: "object.spec.("}]
`
	policies, err := Load(fstest.MapFS{"a/b.yaml": {Data: []byte(text)}}, "a")
	g.Expect(err).NotTo(HaveOccurred())
	_, err = policies.Refused(t.Context(), Change{By: "x", Kind: "ResponseTask", Resource: "responsetasks", Before: approval(), After: approval()})
	g.Expect(err).To(MatchError(ContainSubstring("a/b.yaml: broken")))
	_, err = Load(fstest.MapFS{}, "a")
	g.Expect(err).To(HaveOccurred())
}
