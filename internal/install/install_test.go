package install_test

import (
	"context"
	"os/exec"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/box"
	"tocsin.dev/tocsin/internal/install"
)

const otherManager = "tocsin-of-the-box"

// TestInstall installs into an empty cluster for a time-lapse, with a manager of another name, twice.
func TestInstall(t *testing.T) {
	g := NewWithT(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	b, err := box.Start(ctx, box.Options{})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { _ = b.Stop() })
	admin := connect(t, b.Config())

	refused, err := install.ForgedWriteRefused(ctx, admin)
	g.Expect(err).To(HaveOccurred(), "there are no tasks yet")
	g.Expect(refused).To(BeFalse())

	o := install.Options{TimeLapse: true, ManagerUser: otherManager, BindGroups: true}
	g.Expect(install.Install(ctx, b.Config(), o)).To(Succeed())
	g.Expect(install.Install(ctx, b.Config(), o)).To(Succeed(), "once more")
	managerConfig, err := b.User(otherManager)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(install.WaitForAdmission(ctx, managerConfig)).To(Succeed())

	manager := connect(t, managerConfig)
	task := newTask()
	g.Expect(manager.Create(ctx, task)).To(Succeed(), "RBAC and policies know the manager by its name")
	impostorConfig, err := b.User(install.ManagerUser)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(connect(t, impostorConfig).Create(ctx, newTask())).NotTo(Succeed())

	responder, err := b.User("amy", "tocsin:responders")
	g.Expect(err).NotTo(HaveOccurred())
	then := metav1.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	task.Spec.Acts = []v1alpha1.TaskAct{{ID: "1", Verb: v1alpha1.TaskAcknowledge, By: "amy", At: then}}
	g.Expect(connect(t, responder).Update(ctx, task)).To(Succeed(), "the clock of a time-lapse is another one")
	task.Spec.Acts = append(task.Spec.Acts, v1alpha1.TaskAct{ID: "2", Verb: v1alpha1.TaskComment, By: "bob", At: then, Reason: "Hello."})
	g.Expect(connect(t, responder).Update(ctx, task)).To(MatchError(ContainSubstring("nobody acts in another's name")))

	g.Expect(install.WaitForFilling(ctx, managerConfig)).To(Succeed())
	task.Spec.Acts[1].By = ""
	g.Expect(connect(t, responder).Update(ctx, task)).To(Succeed())
	g.Expect(task.Spec.Acts[1].By).To(BeEquivalentTo("amy"), "authors are filled in all the same")

	for _, name := range []string{"tocsin-time-check", "tocsin-time-fill"} {
		g.Expect(apierrors.IsNotFound(admin.Get(ctx, client.ObjectKey{Name: name}, &admissionv1.ValidatingAdmissionPolicy{}))).To(BeTrue())
		g.Expect(apierrors.IsNotFound(admin.Get(ctx, client.ObjectKey{Name: name}, &admissionv1.MutatingAdmissionPolicy{}))).To(BeTrue())
	}
}

// TestForgedWriteTellsWhetherThePoliciesAreInForce: false without them, true with them, an error where it cannot tell.
// They come from `kubectl apply -k` here.
func TestForgedWriteTellsWhetherThePoliciesAreInForce(t *testing.T) {
	g := NewWithT(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	b, err := box.Start(ctx, box.Options{})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { _ = b.Stop() })
	admin := connect(t, b.Config())
	kubectlApply(t, b, "default")
	g.Expect(install.WaitForAdmission(ctx, b.Config())).To(Succeed())
	g.Expect(install.ForgedWriteRefused(ctx, admin)).To(BeTrue())
	g.Expect(install.Install(ctx, b.Config(), install.Options{})).To(Succeed(), "on top of it")

	stranger, err := b.User("stranger")
	g.Expect(err).NotTo(HaveOccurred())
	_, err = install.ForgedWriteRefused(ctx, connect(t, stranger))
	g.Expect(err).To(MatchError(ContainSubstring("cannot create resource")), "who may not create tasks at all learns nothing")

	binding := &admissionv1.ValidatingAdmissionPolicyBinding{ObjectMeta: metav1.ObjectMeta{Name: "tocsin-task-writer"}}
	g.Expect(admin.Delete(ctx, binding)).To(Succeed())
	g.Eventually(func() (bool, error) { return install.ForgedWriteRefused(ctx, admin) }).WithTimeout(30 * time.Second).Should(BeFalse())
	short, stop := context.WithTimeout(ctx, 300*time.Millisecond)
	defer stop()
	g.Expect(install.WaitForAdmission(short, b.Config())).To(MatchError(ContainSubstring("a forged write was accepted")))

	g.Expect(admin.Delete(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: install.Namespace}})).To(Succeed())
	_, err = install.ForgedWriteRefused(ctx, admin)
	g.Expect(err).To(HaveOccurred(), "its namespace is going")
}

// TestBeforeMutatingPolicies: where nothing is filled in, who acts is told to name themselves and the time.
func TestBeforeMutatingPolicies(t *testing.T) {
	g := NewWithT(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	b, err := box.Start(ctx, box.Options{})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { _ = b.Stop() })
	kubectlApply(t, b, "kubernetes-1.30")
	config, err := b.User(install.ManagerUser)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(install.WaitForAdmission(ctx, config)).To(Succeed())
	g.Expect(install.WaitForFilling(ctx, config)).To(Succeed(), "there is nothing to wait for")

	task := newTask()
	g.Expect(connect(t, config).Create(ctx, task)).To(Succeed())
	admin := connect(t, b.Config())
	act := func(a v1alpha1.TaskAct) error {
		changed := task.DeepCopy()
		changed.Spec.Acts = []v1alpha1.TaskAct{a}
		return admin.Update(ctx, changed)
	}
	comment := v1alpha1.TaskAct{ID: "1", Verb: v1alpha1.TaskComment, Reason: "Hello.", At: metav1.Now()}
	g.Expect(act(comment)).To(MatchError(ContainSubstring("act '1' has no author. Set by to your own name, 'admin'")))
	comment.By, comment.At = "admin", metav1.Time{}
	g.Expect(act(comment)).To(MatchError(ContainSubstring("act '1' has no time. Set at to the present time")))
	comment.At = metav1.Now()
	g.Expect(act(comment)).To(Succeed())
}

// kubectlApply applies one of the kustomizations of config/, as an administrator would.
func kubectlApply(t *testing.T, b *box.Box, name string) {
	t.Helper()
	g := NewWithT(t)
	kubectl := exec.CommandContext(t.Context(), b.Program("kubectl"), "--kubeconfig", b.Kubeconfig(), "apply", "--server-side", "-k", "../../config/"+name)
	output, err := kubectl.CombinedOutput()
	g.Expect(err).NotTo(HaveOccurred(), string(output))
	g.Expect(string(output)).NotTo(ContainSubstring("Warning"), "Pod Security takes the Deployment")
}

func connect(t *testing.T, config *rest.Config) client.Client {
	t.Helper()
	scheme := runtime.NewScheme()
	g := NewWithT(t)
	g.Expect(clientgoscheme.AddToScheme(scheme)).To(Succeed())
	g.Expect(v1alpha1.AddToScheme(scheme)).To(Succeed())
	c, err := client.New(config, client.Options{Scheme: scheme})
	g.Expect(err).NotTo(HaveOccurred())
	return c
}

func newTask() *v1alpha1.ResponseTask {
	return &v1alpha1.ResponseTask{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", GenerateName: "task-"},
		Spec: v1alpha1.ResponseTaskSpec{
			Record:     v1alpha1.RecordReference{Kind: v1alpha1.RecordComplaint, Name: "case"},
			Step:       "checkFacts",
			Type:       v1alpha1.TaskTypeWork,
			Assignment: v1alpha1.Assignment{Assignee: "amy", MayAct: []v1alpha1.User{"amy"}},
		},
	}
}
