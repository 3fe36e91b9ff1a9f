package admission

import (
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// TestTheLeadsCanEndAMatterWhoseListOfActsIsFull, whatever responders, auditors and the leads themselves filled it with.
func TestTheLeadsCanEndAMatterWhoseListOfActsIsFull(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	n := 0
	acts := func(count int, verb v1alpha1.RecordVerb) []v1alpha1.RecordAct {
		out := make([]v1alpha1.RecordAct, count)
		for i := range out {
			out[i] = v1alpha1.RecordAct{ID: serial(n), Verb: verb, Level: "L1", Into: "another", Reason: "because"}
			n++
		}
		return out
	}
	o, err := decide(t, as(t, cai), complaint(t, "default"), acts(96, v1alpha1.RecordComment)...)
	g.Expect(err).NotTo(HaveOccurred())
	o, err = decide(t, as(t, bob), o, acts(16, v1alpha1.RecordRaise)...)
	g.Expect(err).NotTo(HaveOccurred())
	_, err = decide(t, as(t, bob), o, acts(1, v1alpha1.RecordRaise)...)
	g.Expect(err).To(BeRefusedBy(recordActs, "its last 16 places are kept for the leads"))
	o, err = decide(t, as(t, amy), o, acts(12, v1alpha1.RecordLower)...)
	g.Expect(err).NotTo(HaveOccurred())
	for _, verb := range []v1alpha1.RecordVerb{v1alpha1.RecordLower, v1alpha1.RecordReopen, v1alpha1.RecordComment} {
		_, err = decide(t, as(t, amy), o, acts(1, verb)...)
		g.Expect(err).To(MatchError(ContainSubstring("kept for")), string(verb))
	}
	_, err = decide(t, as(t, amy), o, acts(1, v1alpha1.RecordLower)...)
	g.Expect(err).To(BeRefusedBy(recordActs, "no Lower is taken here any more", "go on in another record"))
	_, err = decide(t, as(t, bob), o, acts(1, v1alpha1.RecordWithdraw)...)
	g.Expect(err).To(BeRefusedBy(recordActs, "kept for the leads"))
	g.Expect(patchActs(t, as(t, audit), o, acts(2, v1alpha1.RecordRelease)...)).To(BeRefusedBy(recordActs, "once each"))

	g.Expect(patchActs(t, as(t, audit), o, acts(1, v1alpha1.RecordRelease)...)).To(Succeed())
	g.Expect(manager(t).Get(t.Context(), client.ObjectKeyFromObject(o), o)).To(Succeed())
	g.Expect(patchActs(t, as(t, audit), o, acts(1, v1alpha1.RecordRelease)...)).To(BeRefusedBy(recordActs, "no Release is taken here any more"))
	for _, verb := range []v1alpha1.RecordVerb{v1alpha1.RecordMerge, v1alpha1.RecordWithdraw, v1alpha1.RecordAbort} {
		o, err = decide(t, as(t, amy), o, acts(1, verb)...)
		g.Expect(err).NotTo(HaveOccurred(), string(verb))
	}
	g.Expect(o.Spec.Acts).To(HaveLen(128))
}

// TestATaskWhoseListOfActsIsFullCanBeAnswered, once by each person.
func TestATaskWhoseListOfActsIsFullCanBeAnswered(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	n := 0
	acts := func(count int, verb v1alpha1.TaskVerb) []v1alpha1.TaskAct {
		out := make([]v1alpha1.TaskAct, count)
		for i := range out {
			out[i] = v1alpha1.TaskAct{ID: serial(n), Verb: verb, Reason: "because"}
			n++
		}
		return out
	}
	o, err := answer(t, as(t, cai), task(t, "default"), acts(48, v1alpha1.TaskComment)...)
	g.Expect(err).NotTo(HaveOccurred())
	o, err = answer(t, as(t, bob), o, acts(8, v1alpha1.TaskResume)...)
	g.Expect(err).NotTo(HaveOccurred())
	_, err = answer(t, as(t, bob), o, acts(1, v1alpha1.TaskResume)...)
	g.Expect(err).To(BeRefusedBy(taskActs, "no Resume is taken here any more", "Skip on the Complaint"))
	o, err = answer(t, as(t, bob), o, acts(1, v1alpha1.TaskComplete)...)
	g.Expect(err).NotTo(HaveOccurred())
	o.Spec.State = v1alpha1.TaskOpen
	g.Expect(manager(t).Update(t.Context(), o)).To(Succeed(), "it did not count")
	_, err = answer(t, as(t, bob), o, acts(1, v1alpha1.TaskComplete)...)
	g.Expect(err).To(BeRefusedBy(taskActs, "one a person"))
	o, err = answer(t, as(t, amy), o, acts(1, v1alpha1.TaskComplete)...)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(o.Spec.Acts).To(HaveLen(58))
}
