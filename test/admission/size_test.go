package admission

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

func manyLabels(n int) map[string]string {
	labels := map[string]string{}
	for i := range n {
		labels["note-"+serial(i)] = "x"
	}
	return labels
}

// TestARecordCannotBeMadeTooLargeToBeWritten: the API server stores no more than 1.5 MiB, and a record that comes near can
// be neither worked nor ended.
func TestARecordCannotBeMadeTooLargeToBeWritten(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	ns := namespace(t)

	t.Log("labels")
	heavy := newComplaint(ns)
	heavy.Labels = manyLabels(65)
	g.Expect(admin(t).Create(t.Context(), heavy)).To(BeRefusedBy("tocsin-record-created", "more than 64 labels"))
	o := complaint(t, ns)
	patch := client.MergeFrom(o.DeepCopy())
	o.Labels = manyLabels(65)
	g.Expect(as(t, bob).Patch(t.Context(), o, patch)).To(BeRefusedBy(metadataPolicy, "more than 64 labels"))
	o.Labels = manyLabels(64)
	g.Expect(as(t, bob).Patch(t.Context(), o, patch)).To(Succeed())

	t.Log("words")
	say := func(o *v1alpha1.Complaint, c client.Client, n int, verb v1alpha1.RecordVerb) error {
		act := v1alpha1.RecordAct{ID: serial(len(o.Spec.Acts)) + "-" + serial(n), Verb: verb, Level: "L1", Reason: strings.Repeat("<", n)}
		fresh, err := decide(t, c, o, act)
		if err == nil {
			*o = *fresh
		}
		return err
	}
	for range 8 {
		g.Expect(say(o, as(t, cai), 2048, v1alpha1.RecordComment)).To(Succeed())
	}
	g.Expect(say(o, as(t, cai), 1, v1alpha1.RecordComment)).To(BeRefusedBy(recordActs, "no more comments"))
	for range 4 {
		g.Expect(say(o, as(t, bob), 2048, v1alpha1.RecordRaise)).To(Succeed())
	}
	g.Expect(say(o, as(t, bob), 1, v1alpha1.RecordRaise)).To(BeRefusedBy(recordActs, "only what ends the matter"))
	g.Expect(say(o, as(t, amy), 2048, v1alpha1.RecordAbort)).To(Succeed(), "a lead ends it all the same")
}

// TestInvariant4WhomItIsAboutLeavesTheMetadataAlone: they may say something, and that is all.
func TestInvariant4WhomItIsAboutLeavesTheMetadataAlone(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	for name, change := range map[string]func(*v1alpha1.Complaint){
		"labels":      func(o *v1alpha1.Complaint) { o.Labels = manyLabels(1) },
		"annotations": func(o *v1alpha1.Complaint) { o.Annotations = manyLabels(1) },
	} {
		o := complaint(t, "default")
		patch := client.MergeFrom(o.DeepCopy())
		change(o)
		g.Expect(as(t, dana).Patch(t.Context(), o.DeepCopy(), patch)).To(BeRefusedBy(metadataPolicy, "labels and annotations included"), name)
		g.Expect(as(t, bob).Patch(t.Context(), o.DeepCopy(), patch)).To(Succeed(), name)
	}
}
