package cli

import (
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// review makes a post-mortem of an incident, written if it has a document.
func (w *world) review(name, incident, document string) {
	w.t.Helper()
	w.reviewOf(name, v1alpha1.RecordCrisisIncident, incident, document)
}

func (w *world) reviewOf(name string, kind v1alpha1.RecordKind, record, document string) {
	w.t.Helper()
	pm := &v1alpha1.PostMortem{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name}, Spec: v1alpha1.PostMortemSpec{
		Incident: v1alpha1.RecordReference{Kind: kind, Name: v1alpha1.ObjectName(record)},
	}}
	w.Expect(w.manager.Create(w.ctx, pm)).To(Succeed())
	pm.Status.Conditions = []metav1.Condition{{Type: "Written", Status: metav1.ConditionFalse, Reason: "RunNotEnded", Message: "the run has not ended", LastTransitionTime: minutes(0)}}
	if document != "" {
		pm.Status.Document = v1alpha1.ObjectName(document)
		w.Expect(w.manager.Create(w.ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: document}, Data: map[string]string{
			"postmortem.md": "# Post-mortem\n", "postmortem.html": "<h1>Post-mortem</h1>\n", "timeline.svg": "<svg/>\n",
		}})).To(Succeed())
	}
	w.Expect(w.manager.Status().Update(w.ctx, pm)).To(Succeed())
}

func TestPostMortem(t *testing.T) {
	w := newWorld(t)
	spec := v1alpha1.CrisisIncidentSpec{Title: "Kettles overheat", Level: "L1"}
	w.incident("recall", spec, v1alpha1.CrisisIncidentStatus{PostMortem: "recall-review"})
	w.incident("fresh", spec, v1alpha1.CrisisIncidentStatus{})
	w.review("recall-review", "recall", "recall-review-document")
	w.review("unwritten", "later", "")
	w.incident("later", spec, v1alpha1.CrisisIncidentStatus{})
	w.incident("stopped", spec, v1alpha1.CrisisIncidentStatus{CaseStatus: v1alpha1.CaseStatus{State: v1alpha1.CaseAborted, ClosedAt: minutes(-5)}})
	w.incident("calm", spec, v1alpha1.CrisisIncidentStatus{CaseStatus: v1alpha1.CaseStatus{State: v1alpha1.CaseClosed, ClosedAt: minutes(-5)}})
	for _, name := range []string{"loaf", "bread", "roll"} {
		w.complaint(name, v1alpha1.ComplaintStatus{CaseNumber: "TS-" + name})
	}
	w.reviewOf("loaf-review", v1alpha1.RecordComplaint, "loaf", "loaf-review-document")
	w.reviewOf("bread-review", v1alpha1.RecordComplaint, "bread", "")
	w.reviewOf("bread-again", v1alpha1.RecordComplaint, "bread", "")
	for _, c := range []struct {
		args []string
		want result
	}{
		{[]string{"recall-review"}, result{Out: "# Post-mortem\n"}},
		{[]string{"pm/recall-review", "-o", "html"}, result{Out: "<h1>Post-mortem</h1>\n"}},
		{[]string{"recall", "-o", "svg"}, result{Out: "<svg/>\n"}},
		{[]string{"unwritten"}, result{Code: exitRefused, Err: "error: postmortem unwritten is not written yet: the run has not ended\n"}},
		{[]string{"later"}, result{Code: exitRefused, Err: "error: postmortem unwritten is not written yet: the run has not ended\n"}},
		{[]string{"fresh"}, result{Code: exitRefused, Err: "error: crisisincident/fresh has no postmortem yet; a step postMortem of its playbook opens one\n"}},
		{[]string{"incident/stopped"}, result{Code: exitRefused, Err: "error: crisisincident/stopped was aborted before it had a postmortem; create a PostMortem whose spec.incident is {kind: CrisisIncident, name: stopped}, and the document is written for it\n"}},
		{[]string{"calm"}, result{Code: exitRefused, Err: "error: crisisincident/calm was closed without a postmortem; create a PostMortem whose spec.incident is {kind: CrisisIncident, name: calm}, and the document is written for it\n"}},
		{[]string{"loaf"}, result{Out: "# Post-mortem\n"}},
		{[]string{"TS-loaf"}, result{Out: "# Post-mortem\n"}},
		{[]string{"bread"}, result{Code: exitRefused, Err: "error: complaint/bread has 2 postmortems, bread-again, bread-review: name the one you mean\n"}},
		{[]string{"roll"}, result{Code: exitRefused, Err: "error: complaint/roll has no postmortem yet; a step postMortem of its playbook opens one\n"}},
		{[]string{"toaster"}, result{Code: exitRefused, Err: "error: no postmortem, no complaint and no incident \"toaster\" in namespace \"" + w.namespace + "\"; `kubectl get postmortems` lists them\n"}},
		{[]string{"recall", "-o", "pdf"}, result{Code: exitUsage, Err: "error: -o pdf is unknown: md, html, svg, json, yaml or name is what there is\n"}},
	} {
		w.Expect(w.auditor(append([]string{"postmortem"}, c.args...)...)).To(Equal(c.want), "%v", c.args)
	}
}
