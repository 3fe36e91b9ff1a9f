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
	pm := &v1alpha1.PostMortem{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name}, Spec: v1alpha1.PostMortemSpec{
		Incident: v1alpha1.RecordReference{Kind: v1alpha1.RecordCrisisIncident, Name: v1alpha1.ObjectName(incident)},
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
	w.review("unwritten", "fresh", "")
	for _, c := range []struct {
		args []string
		want result
	}{
		{[]string{"recall-review"}, result{Out: "# Post-mortem\n"}},
		{[]string{"pm/recall-review", "-o", "html"}, result{Out: "<h1>Post-mortem</h1>\n"}},
		{[]string{"recall", "-o", "svg"}, result{Out: "<svg/>\n"}},
		{[]string{"unwritten"}, result{Code: exitRefused, Err: "error: postmortem unwritten is not written yet: the run has not ended\n"}},
		{[]string{"fresh"}, result{Code: exitRefused, Err: "error: incident fresh has no postmortem yet\n"}},
		{[]string{"toaster"}, result{Code: exitRefused, Err: "error: no postmortem and no incident \"toaster\" in namespace \"" + w.namespace + "\"\n"}},
		{[]string{"recall", "-o", "pdf"}, result{Code: exitUsage, Err: "error: -o pdf is unknown: md, html and svg are what there is\n"}},
	} {
		w.Expect(w.auditor(append([]string{"postmortem"}, c.args...)...)).To(Equal(c.want), "%v", c.args)
	}
}
