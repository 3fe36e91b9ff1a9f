package install_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/internal/box"
	"tocsin.dev/tocsin/internal/install"
)

// kinds are the kinds of what config/default installs; a test that names them notices one that comes or goes.
var kinds = []string{
	"ClusterRole", "ClusterRoleBinding", "ConfigMap", "CustomResourceDefinition", "Deployment", "MutatingAdmissionPolicy",
	"MutatingAdmissionPolicyBinding", "Namespace", "NetworkPolicy", "PodDisruptionBudget", "PriorityClass", "Role", "RoleBinding",
	"Service", "ServiceAccount", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
}

// TestDefault installs config/default as an administrator does, twice, and tries its pod.
func TestDefault(t *testing.T) {
	g := NewWithT(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	b, err := box.Start(ctx, box.Options{})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { _ = b.Stop() })
	admin := connect(t, b.Config())
	kubectlApply(t, b, "default")
	built := kubectlBuild(t, b, "default")
	found := map[string]bool{}
	before := map[string]string{}
	for _, o := range built {
		found[o.GetKind()] = true
		before[id(o)] = version(t, admin, o)
	}
	g.Expect(slices.Sorted(maps.Keys(found))).To(Equal(kinds))
	g.Expect(len(before)).To(BeNumerically(">", 60))
	kubectlApply(t, b, "default")
	for _, o := range built {
		g.Expect(version(t, admin, o)).To(Equal(before[id(o)]), "%s is changed when it is applied once more", id(o))
	}

	t.Log("the API server takes the manager's pod, and no pod that asks for more")
	var deployment appsv1.Deployment
	g.Expect(admin.Get(ctx, client.ObjectKey{Namespace: install.Namespace, Name: "tocsin-manager"}, &deployment)).To(Succeed())
	pod := func(change func(*corev1.PodSpec)) error {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: install.Namespace, Name: "tried", Labels: deployment.Spec.Template.Labels},
			Spec: *deployment.Spec.Template.Spec.DeepCopy()}
		change(&p.Spec)
		return admin.Create(ctx, p, client.DryRunAll)
	}
	g.Expect(pod(func(*corev1.PodSpec) {})).To(Succeed())
	yes, no, root := true, false, int64(0)
	for what, change := range map[string]func(*corev1.PodSpec){
		"runAsNonRoot != true":              func(p *corev1.PodSpec) { p.SecurityContext.RunAsNonRoot = &no },
		"runAsUser=0":                       func(p *corev1.PodSpec) { p.SecurityContext.RunAsUser = &root },
		"allowPrivilegeEscalation != false": func(p *corev1.PodSpec) { p.Containers[0].SecurityContext.AllowPrivilegeEscalation = nil },
		"unrestricted capabilities":         func(p *corev1.PodSpec) { p.Containers[0].SecurityContext.Capabilities = nil },
		"seccompProfile":                    func(p *corev1.PodSpec) { p.SecurityContext.SeccompProfile = nil },
		"privileged":                        func(p *corev1.PodSpec) { p.Containers[0].SecurityContext.Privileged = &yes },
		"host namespaces":                   func(p *corev1.PodSpec) { p.HostNetwork = true },
	} {
		err := pod(change)
		g.Expect(apierrors.IsForbidden(err) || apierrors.IsInvalid(err)).To(BeTrue(), "%s: %v", what, err)
		if apierrors.IsForbidden(err) {
			g.Expect(err).To(MatchError(And(ContainSubstring(`violates PodSecurity "restricted`), ContainSubstring(what))))
		}
	}

	t.Log("what the manager is given: its own token, room to end in, and a second one elsewhere")
	spec := deployment.Spec.Template.Spec
	g.Expect(deployment.Spec.Replicas).To(HaveValue(BeEquivalentTo(2)))
	g.Expect(spec.AutomountServiceAccountToken).To(HaveValue(BeTrue()))
	g.Expect(spec.TerminationGracePeriodSeconds).To(HaveValue(BeNumerically(">=", 30)))
	g.Expect(spec.Affinity.PodAntiAffinity).NotTo(BeNil())
	g.Expect(spec.Containers[0].SecurityContext.ReadOnlyRootFilesystem).To(HaveValue(BeTrue()))
	var account corev1.ServiceAccount
	g.Expect(admin.Get(ctx, client.ObjectKey{Namespace: install.Namespace, Name: "tocsin-manager"}, &account)).To(Succeed())
	g.Expect(account.AutomountServiceAccountToken).To(HaveValue(BeFalse()), "no other pod gets it unasked")

	t.Log("with the webhook that refuses policies, and without it again")
	kubectlApply(t, b, "refusing")
	g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(&deployment), &deployment)).To(Succeed())
	g.Expect(deployment.Spec.Template.Spec.Containers[0].Args).To(ContainElement("--webhook-bind-address=:9443"))
	g.Expect(pod(func(*corev1.PodSpec) {})).To(Succeed())
	var service corev1.Service
	g.Expect(admin.Get(ctx, client.ObjectKey{Namespace: install.Namespace, Name: "tocsin-webhook"}, &service)).To(Succeed())
	g.Expect(deployment.Spec.Template.Spec.Containers[0].Ports).To(ContainElement(HaveField("Name", service.Spec.Ports[0].TargetPort.StrVal)))
	var configuration admissionv1.ValidatingWebhookConfiguration
	g.Expect(admin.Get(ctx, client.ObjectKey{Name: "tocsin-policies"}, &configuration)).To(Succeed())
	for _, w := range configuration.Webhooks {
		g.Expect(w.ClientConfig.Service).To(HaveValue(And(HaveField("Name", service.Name), HaveField("Namespace", service.Namespace))))
		g.Expect(w.FailurePolicy).To(HaveValue(Equal(admissionv1.Ignore)), "a policy that ends a crisis does not wait for a webhook")
	}
	kubectlApply(t, b, "default")
	g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(&deployment), &deployment)).To(Succeed())
	g.Expect(deployment.Spec.Template.Spec.Containers[0].Args).NotTo(ContainElement(ContainSubstring("webhook")))
}

// kubectlBuild is what a kustomization of config/ holds.
func kubectlBuild(t *testing.T, b *box.Box, name string) []*unstructured.Unstructured {
	t.Helper()
	g := NewWithT(t)
	output, err := exec.CommandContext(t.Context(), b.Program("kubectl"), "kustomize", "../../config/"+name).Output()
	g.Expect(err).NotTo(HaveOccurred())
	var out []*unstructured.Unstructured
	for decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(output), 4096); ; {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(&object.Object)
		if errors.Is(err, io.EOF) {
			return out
		}
		g.Expect(err).NotTo(HaveOccurred())
		out = append(out, object)
	}
}

func id(o *unstructured.Unstructured) string { return o.GetKind() + " " + o.GetName() }

// version is the version of an object on the server; of a kind whose status others write, its generation.
func version(t *testing.T, c client.Client, o *unstructured.Unstructured) string {
	t.Helper()
	g := NewWithT(t)
	current := &unstructured.Unstructured{}
	current.SetGroupVersionKind(o.GroupVersionKind())
	g.Expect(c.Get(t.Context(), client.ObjectKeyFromObject(o), current)).To(Succeed())
	if o.GetKind() == "CustomResourceDefinition" {
		return strconv.FormatInt(current.GetGeneration(), 10)
	}
	return current.GetResourceVersion()
}
