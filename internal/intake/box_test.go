package intake

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/box"
	"tocsin.dev/tocsin/internal/triage"
)

// TestOnARealServer holds what only a real API server can show: who wins a race, what a schema refuses.
func TestOnARealServer(t *testing.T) {
	g := NewWithT(t)
	b, err := box.Start(t.Context(), box.Options{})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { NewWithT(t).Expect(b.Stop()).To(Succeed()) })
	c := connect(t, b.Config())
	installComplaints(t, c)

	t.Run("two allocators at once and a restart", func(t *testing.T) { numbersAreUnique(t, b.Config()) })
	t.Run("import", func(t *testing.T) { importIsResumable(t, c) })
	t.Run("rows the server refuses", func(t *testing.T) { refusedRowIsReported(t, c) })
	t.Run("a namespace that is not there", func(t *testing.T) { serverErrorStops(t, c) })
	t.Run("a right that is missing", func(t *testing.T) { missingRightIsTold(t, c) })
	t.Run("a context that ends", func(t *testing.T) { contextStops(t, c) })
}

func connect(t *testing.T, config *rest.Config) client.Client {
	t.Helper()
	g := NewWithT(t)
	scheme := runtime.NewScheme()
	g.Expect(clientgoscheme.AddToScheme(scheme)).To(Succeed())
	g.Expect(v1alpha1.AddToScheme(scheme)).To(Succeed())
	g.Expect(apiextensions.AddToScheme(scheme)).To(Succeed())
	c, err := client.New(config, client.Options{Scheme: scheme})
	g.Expect(err).NotTo(HaveOccurred())
	return c
}

func installComplaints(t *testing.T, c client.Client) {
	t.Helper()
	g := NewWithT(t)
	text, err := os.ReadFile("../../config/crd/bases/crisis.tocsin.dev_complaints.yaml")
	g.Expect(err).NotTo(HaveOccurred())
	var definition apiextensions.CustomResourceDefinition
	g.Expect(yaml.Unmarshal(text, &definition)).To(Succeed())
	g.Expect(c.Create(t.Context(), &definition)).To(Succeed())
	g.Eventually(func() error { return c.List(t.Context(), &v1alpha1.ComplaintList{}) }, 20*time.Second, 50*time.Millisecond).Should(Succeed())
}

func numbersAreUnique(t *testing.T, config *rest.Config) {
	g := NewWithT(t)
	var mu sync.Mutex
	given := map[string]bool{}
	day := time.Date(2024, 5, 21, 9, 0, 0, 0, time.UTC)
	for life := range 2 {
		var processes sync.WaitGroup
		for process := range 2 {
			// A client of its own each, as two managers have while one takes over from the other.
			numbers := triage.NewAllocator(NewCaseNumbers(connect(t, config)), 5)
			for worker := range 4 {
				processes.Go(func() {
					for i := range 25 {
						uid := fmt.Sprint(life, process, worker, i)
						number, err := numbers.Number(t.Context(), "default", uid, "", nil, day)
						mu.Lock()
						if err != nil || given[number] {
							t.Errorf("%s: %q, given before: %v, %v", uid, number, given[number], err)
						}
						given[number] = true
						mu.Unlock()
					}
				})
			}
		}
		processes.Wait()
	}
	g.Expect(given).To(HaveLen(2 * 2 * 4 * 25))

	var table corev1.ConfigMap
	g.Expect(connect(t, config).Get(t.Context(), client.ObjectKey{Namespace: "default", Name: CaseNumbersName}, &table)).To(Succeed())
	g.Expect(table.Data).To(Equal(map[string]string{"20240521": "400"}))
}

func importIsResumable(t *testing.T, c client.Client) {
	g := NewWithT(t)
	var csv strings.Builder
	csv.WriteString("Case no.,Received,Statement,E-mail\n")
	for i := range 60 {
		fmt.Fprintf(&csv, "N%d,2024-05-21 09:30,It leaks (%d).,n%d@example.com\n", i, i, i)
	}
	csv.WriteString("N0,2024-05-21 09:30,It leaks (0).,n0@example.com\nbroken\n")

	// Stopped in the middle…
	ctx, cancel := context.WithCancel(t.Context())
	stopped, err := (&Writer{Client: c, Namespace: "default", Parallel: 3, Progress: func(p Progress) {
		if p.Done == 20 {
			cancel()
		}
	}}).Write(ctx, desk(t).Read(strings.NewReader(csv.String()), "x.csv"))
	g.Expect(err).To(MatchError(context.Canceled))
	g.Expect(stopped.Created).To(And(BeNumerically(">=", 20), BeNumerically("<", 60)))

	// …started again…
	calls := 0
	var broken []string
	w := Writer{Client: c, Namespace: "default", Total: 62, Progress: func(p Progress) {
		calls++
		if p.Last.Err != nil {
			broken = append(broken, p.Last.Err.Error())
		}
	}}
	rest, err := w.Write(t.Context(), desk(t).Read(strings.NewReader(csv.String()), "x.csv"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(rest.Created + rest.Skipped).To(Equal(60))
	g.Expect(rest.Skipped).To(BeNumerically(">=", stopped.Created))
	g.Expect([]int{rest.Total, rest.Done, rest.Duplicates, rest.Broken, calls}).To(Equal([]int{62, 62, 1, 1, 62}))
	g.Expect(broken).To(ConsistOf("x.csv:62: this is the same record as line 2; left out", HavePrefix("x.csv:63: the row has 1 fields")))

	// …and once more, which changes nothing.
	again, err := w.Write(t.Context(), desk(t).Read(strings.NewReader(csv.String()), "x.csv"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect([]int{again.Created, again.Skipped}).To(Equal([]int{0, 60}))

	var complaints v1alpha1.ComplaintList
	g.Expect(c.List(t.Context(), &complaints, client.MatchingLabels{ImportLabel: "desk"})).To(Succeed())
	g.Expect(complaints.Items).To(HaveLen(60))
	for _, complaint := range complaints.Items {
		var contact corev1.Secret
		g.Expect(c.Get(t.Context(), client.ObjectKey{Namespace: "default", Name: complaint.Spec.Complainant.ContactSecret}, &contact)).To(Succeed())
		g.Expect(contact.Data).To(HaveKey("email"))
		g.Expect(contact.OwnerReferences).To(ConsistOf(And(HaveField("Kind", "Complaint"), HaveField("UID", complaint.UID))), "it goes with the complaint")
	}

	// Stopped between a complaint and its contacts: they are made up for.
	lost := complaints.Items[0]
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: lost.Spec.Complainant.ContactSecret}}
	g.Expect(c.Delete(t.Context(), secret)).To(Succeed())
	_, err = w.Write(t.Context(), desk(t).Read(strings.NewReader(csv.String()), "x.csv"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(c.Get(t.Context(), client.ObjectKeyFromObject(secret), secret)).To(Succeed())
	g.Expect(secret.OwnerReferences).To(ConsistOf(HaveField("UID", lost.UID)))
}

// A row that passes our checks and not the server's is a broken row like any other, and its text is in no message.
func refusedRowIsReported(t *testing.T, c client.Client) {
	g := NewWithT(t)
	items := func(yield func(Item, error) bool) {
		bad := Item{Line: 7, Complaint: &v1alpha1.Complaint{
			ObjectMeta: metav1.ObjectMeta{Name: "bad", Annotations: map[string]string{SourceAnnotation: "x.csv#7"}},
			Spec:       v1alpha1.ComplaintSpec{Statement: "It leaks.", Channel: "Carrier pigeon"},
		}}
		good := Item{Line: 8, Complaint: &v1alpha1.Complaint{
			ObjectMeta: metav1.ObjectMeta{Name: "good"}, Spec: v1alpha1.ComplaintSpec{Statement: strings.Repeat("漏", MaxStatement)},
		}}
		_ = yield(bad, nil) && yield(good, nil)
	}
	var outcomes []string
	w := Writer{Client: c, Namespace: "default", Parallel: 1, Progress: func(p Progress) { outcomes = append(outcomes, fmt.Sprint(p.Last.Name, " ", p.Last.Err)) }}
	p, err := w.Write(t.Context(), items)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect([]int{p.Created, p.Broken}).To(Equal([]int{1, 1}))
	g.Expect(outcomes).To(Equal([]string{"bad x.csv:7: the server refuses the Complaint: spec.channel FieldValueNotSupported", "good <nil>"}))
}

func serverErrorStops(t *testing.T, c client.Client) {
	g := NewWithT(t)
	csv := head + strings.Repeat("A1,2024-05-21 09:30,It leaks.\n", 1) + "A2,2024-05-21 09:30,It leaks.\n"
	_, err := (&Writer{Client: c, Namespace: "nowhere", Parallel: 1}).Write(t.Context(), desk(t).Read(strings.NewReader(csv), "x.csv"))
	g.Expect(err).To(MatchError(HavePrefix("create the Complaint of line 2 in namespace nowhere: ")))

	_, err = (&Writer{Client: c, Namespace: "default"}).Write(t.Context(), desk(t).Read(strings.NewReader("nothing\n"), "x.csv"))
	g.Expect(errors.As(err, new(*FileError))).To(BeTrue())
}

// noSecrets is a client that may not create Secrets, as a responder's.
type noSecrets struct{ client.Client }

func (c noSecrets) Create(ctx context.Context, o client.Object, opts ...client.CreateOption) error {
	if _, ok := o.(*corev1.Secret); ok {
		return apierrors.NewForbidden(schema.GroupResource{Resource: "secrets"}, o.GetName(), errors.New("no"))
	}
	return c.Client.Create(ctx, o, opts...)
}

func missingRightIsTold(t *testing.T, c client.Client) {
	g := NewWithT(t)
	csv := "Case no.,Received,Statement,E-mail\nS1,2024-05-21 09:30,It leaks.,s1@example.com\n"
	p, err := (&Writer{Client: noSecrets{c}, Namespace: "default"}).Write(t.Context(), desk(t).Read(strings.NewReader(csv), "x.csv"))
	g.Expect(err).To(MatchError(And(HavePrefix("create the contact Secret of line 2 in namespace default: "), ContainSubstring("ClusterRole tocsin-intake"))))
	g.Expect(p.Created).To(Equal(1), "the complaint is there")
	p, err = (&Writer{Client: c, Namespace: "default"}).Write(t.Context(), desk(t).Read(strings.NewReader(csv), "x.csv"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect([]int{p.Created, p.Skipped}).To(Equal([]int{0, 1}))
	var contacts corev1.SecretList
	g.Expect(c.List(t.Context(), &contacts, client.InNamespace("default"))).To(Succeed())
	g.Expect(contacts.Items).To(ContainElement(HaveField("Data", HaveKeyWithValue("email", []byte("s1@example.com")))))
}

func contextStops(t *testing.T, c client.Client) {
	g := NewWithT(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p, err := (&Writer{Client: c, Namespace: "default"}).Write(ctx, desk(t).Read(strings.NewReader(head+"Z1,2024-05-21 09:30,x\n"), "x.csv"))
	g.Expect(err).To(MatchError(context.Canceled))
	g.Expect(p.Done).To(Equal(0))
}
