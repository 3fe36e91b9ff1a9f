package controllers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/soundness"
)

// writtenAs is a playbook of the namespace as somebody writes it, not applied yet.
func (w *world) writtenAs(text string) *v1alpha1.Playbook {
	w.apply(strings.Replace(text, "general-case", "draft", 1))
	pb := read(w, "draft", &v1alpha1.Playbook{})
	w.ExpectWithOffset(1, w.admin.Delete(w.ctx, pb.DeepCopy())).To(Succeed())
	return pb
}

// What is wrong in the text is refused; what is wrong in another object is a warning, and so is what could not be judged.
func TestWhatTheWebhookRefuses(t *testing.T) {
	w := newWorld(t)
	w.apply(teamsYAML)
	refusal := &PlaybookRefusal{Shell: w.shell}
	carriesOut := strings.Replace(generalYAML, "    task: {to: handler}\n    within: {elapsed: 48h}\n    overdue: {climb: Ladder}\n", "    playbook: {name: inner}\n", 1)

	warned, err := refusal.ValidateCreate(w.ctx, w.writtenAs(generalYAML))
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(warned).To(BeEmpty())
	_, err = refusal.ValidateCreate(w.ctx, w.writtenAs(stuckYAML))
	w.Expect(err).To(MatchError(And(HavePrefix("spec.steps[2].wait.until: step agreed waits until"), ContainSubstring("How agreed comes to this"))))

	warned, err = refusal.ValidateCreate(w.ctx, w.writtenAs(carriesOut))
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(warned).To(ConsistOf(`there is no Playbook "inner" yet`, ContainSubstring("judged once they are there")))
	w.apply(strings.Replace(stuckYAML, "general-case", "inner", 1))
	warned, err = refusal.ValidateCreate(w.ctx, w.writtenAs(carriesOut))
	w.Expect(err).NotTo(HaveOccurred(), "what a sub-playbook does wrong is told there")
	w.Expect(warned).To(ContainElement(HavePrefix("playbook inner: spec.steps[2].wait.until")))
	w.apply(strings.Replace(generalYAML, "general-case", "inner", 1))
	warned, err = refusal.ValidateCreate(w.ctx, w.writtenAs(carriesOut))
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(warned).To(BeEmpty())

	t.Log("an edit of a sub-playbook that breaks one that carries it out is refused, with the story of that one")
	w.apply(strings.Replace(carriesOut, "general-case", "outer", 1))
	inner := read(w, "inner", &v1alpha1.Playbook{})
	edited := inner.DeepCopy()
	edited.Spec.Roles[0].Duty = "supervisor"
	_, err = refusal.ValidateUpdate(w.ctx, inner, edited)
	w.Expect(err).To(MatchError(And(HavePrefix("playbook outer, which refers to it: "), ContainSubstring("role handler is another one in the playbook"))))
	fine := inner.DeepCopy()
	fine.Spec.Description = "Otherwise."
	warned, err = refusal.ValidateUpdate(w.ctx, inner, fine)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(warned).To(BeEmpty())
	t.Log("what was wrong with it before is only told")
	warned, err = refusal.ValidateUpdate(w.ctx, edited, edited.DeepCopy())
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(warned).To(BeEmpty(), "as it was")
	worse := edited.DeepCopy()
	worse.Spec.Description = "Still."
	warned, err = refusal.ValidateUpdate(w.ctx, edited, worse)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(warned).To(ContainElement(HavePrefix("playbook outer, which refers to it: ")))

	t.Log("as it was, nothing is judged")
	stuck := w.writtenAs(stuckYAML)
	_, err = refusal.ValidateUpdate(w.ctx, stuck, stuck)
	w.Expect(err).NotTo(HaveOccurred())
	_, err = refusal.ValidateUpdate(w.ctx, w.writtenAs(generalYAML), stuck)
	w.Expect(err).To(HaveOccurred())

	t.Log("a cache that cannot be asked refuses nothing")
	draft := w.writtenAs(carriesOut)
	refusal.Client = interceptor.NewClient(cluster.manager, interceptor.Funcs{Get: func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
		return errors.New("unknown namespace for the cache")
	}})
	warned, err = refusal.ValidateCreate(w.ctx, draft)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(warned).To(ConsistOf(And(HavePrefix("not judged, see condition Verified: "), ContainSubstring("unknown namespace"))))
}

// Warnings and refusals fit into what the API server passes on.
func TestWarningsFit(t *testing.T) {
	g := NewWithT(t)
	var many []string
	for i := range 20 {
		many = append(many, fmt.Sprintf("%d %s", i, strings.Repeat("x", 1000)))
	}
	out := warnings(many)
	g.Expect(out).To(HaveLen(mostWarnings + 1))
	g.Expect(out[mostWarnings]).To(Equal("and 12 more"))
	g.Expect(len(strings.Join(out, ""))).To(BeNumerically("<", 4096))

	finding := soundness.Finding{Field: "spec.steps[0]", Message: strings.Repeat("m", 300), Advice: "mend it", Step: "s"}
	for range 100 {
		finding.Story = append(finding.Story, soundness.Line{Text: strings.Repeat("é", 100)})
	}
	text := soundness.Tell([]soundness.Finding{finding, finding}, 4096)
	g.Expect(len(text)).To(BeNumerically("<=", 4096))
	g.Expect(text).To(And(HavePrefix("spec.steps[0]: mmm"), HaveSuffix("`kubectl tocsin verify` on the files tells all of it")))
	text = soundness.Tell(slices.Repeat([]soundness.Finding{finding}, 16), 4096)
	g.Expect(len(text)).To(BeNumerically("<=", 4096))
	g.Expect(text).To(And(ContainSubstring("more"), HaveSuffix("tells all of it")))
	finding.Story = finding.Story[:1]
	g.Expect(soundness.Tell([]soundness.Finding{finding}, 4096)).To(HaveSuffix("How s comes to this:\n- " + finding.Story[0].Text))
}
