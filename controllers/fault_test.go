package controllers

import (
	"context"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/soundness"
	"tocsin.dev/tocsin/internal/verify"
	"tocsin.dev/tocsin/internal/wake"
)

// faulty are judges that go wrong.
var faulty = judges{
	check:     func(*playbook.Plan, soundness.Options) soundness.Verdict { panic("check") },
	around:    func(context.Context, *pack.Pack, time.Time) (map[string][]verify.Finding, error) { panic("around") },
	takeOvers: func(context.Context, *pack.Pack, int) map[string][]verify.Finding { panic("take-overs") },
}

// What was said of a namespace before does not go on standing there when the product goes wrong while it judges it again.
func TestAFaultWhileANamespaceIsJudgedIsTold(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	w.look()
	says := func(condition string) metav1.Condition {
		return w.condition(read(w, "general-case", &v1alpha1.Playbook{}).Status.Conditions, condition)
	}
	told := And(states(metav1.ConditionUnknown, "NotJudged", 1), HaveField("Message", ContainSubstring("a fault of the product")))
	whole := w.shell.Proofs.judges
	for _, broken := range []judges{
		{around: faulty.around, takeOvers: whole.takeOvers},
		{around: whole.around, takeOvers: faulty.takeOvers},
	} {
		w.Expect(says("Workable").Status).To(Equal(metav1.ConditionTrue))
		broken.check = whole.check
		w.shell.Proofs.judges = broken
		w.shell.Proofs.takeOvers.Clear()
		w.look()
		w.Expect(says("Workable")).To(told)
		w.Expect(says("Covered")).To(told)
		written := w.written()["status Playbook"]
		w.look()
		w.Expect(w.written()["status Playbook"]).To(Equal(written), "nothing new, nothing written")
		w.shell.Proofs.judges = whole
		w.look()
	}
	w.Expect(says("Workable").Status).To(Equal(metav1.ConditionTrue))
}

// A playbook whose proof goes wrong is not in force, and says why; the next process tries again.
func TestAFaultOfAProofIsTold(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	first := *read(w, "general-case", &v1alpha1.Playbook{}).Status.Revision
	told := func(generation int64) {
		t.Helper()
		pb := read(w, "general-case", &v1alpha1.Playbook{})
		w.Expect(w.condition(pb.Status.Conditions, "Verified")).To(And(states(metav1.ConditionUnknown, "NotJudged", generation),
			HaveField("Message", ContainSubstring("a fault of the product"))))
		w.Expect(*pb.Status.Revision).To(Equal(first))
		w.Expect(pb.Status.Proof).To(BeNil())
	}
	w.shell.Proofs.judges.check = faulty.check
	other := strings.Replace(generalYAML, "    within: {elapsed: 48h}\n", "    within: {elapsed: 47h}\n", 1)
	w.apply(other)
	w.verify()
	told(2)

	t.Log("one that takes long")
	w.shell.Proofs.judges.check = func(plan *playbook.Plan, o soundness.Options) soundness.Verdict {
		if o.Limit != provedAtOnce {
			panic("check")
		}
		return soundness.Check(plan, o)
	}
	w.apply(manyHands(7))
	w.Expect(w.once(w.playbooks, "general-case")).To(Succeed())
	w.proofs.Wheel = wake.New(w.clock)
	w.proofs.Wheel.At(KindProof, types.NamespacedName{Namespace: w.ns, Name: "general-case"}, w.clock.Now().Add(time.Hour))
	w.Expect(w.once(w.proofs, "general-case")).To(Succeed())
	w.Expect(w.proofs.Wheel.Pending()).To(Equal(2), "the playbook is woken; the proof is left alone")
	w.Expect(w.once(w.playbooks, "general-case")).To(Succeed())
	told(3)

	w.apply(other)
	w.restart()
	w.verify()
	w.Expect(w.condition(read(w, "general-case", &v1alpha1.Playbook{}).Status.Conditions, "Verified")).To(states(metav1.ConditionTrue, "Sound", 4))
}

// A fault of the product is no reason to refuse what somebody writes.
func TestTheWebhookLetsInWhatItCannotJudge(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	was := read(w, "general-case", &v1alpha1.Playbook{})
	is := was.DeepCopy()
	is.Spec.Description = "Otherwise."
	warnedOfAFault := ContainElement(ContainSubstring("a fault of the product"))

	w.shell.Proofs.judges.takeOvers = faulty.takeOvers
	warned, err := (&PlaybookRefusal{Shell: w.shell}).ValidateUpdate(w.ctx, was, is)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(warned).To(warnedOfAFault)

	w.restart()
	w.shell.Proofs.judges.check = faulty.check
	warned, err = (&PlaybookRefusal{Shell: w.shell}).ValidateUpdate(w.ctx, was, is)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(warned).To(warnedOfAFault)

	shell := w.shell
	shell.Client = interceptor.NewClient(cluster.manager, interceptor.Funcs{
		Get: func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
			panic("get")
		},
		List: func(context.Context, client.WithWatch, client.ObjectList, ...client.ListOption) error { panic("list") },
	})
	warned, err = (&PlaybookRefusal{Shell: shell}).ValidateUpdate(w.ctx, was, is)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(warned).To(warnedOfAFault)
	warned, err = (&TriagePolicyRefusal{Shell: shell}).ValidateCreate(w.ctx, read(w, "default", &v1alpha1.TriagePolicy{}))
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(warned).To(warnedOfAFault)
}
