package admission

import (
	"os"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// rights are a role with verbs on a resource in a namespace, and its binding to a user.
func rights(ns, user, resource string, verbs ...string) []client.Object {
	group := map[bool]string{true: "", false: "crisis.tocsin.dev"}[resource == "configmaps"]
	name := metav1.ObjectMeta{Namespace: ns, Name: resource + "-" + strings.ReplaceAll(user, ":", "-")}
	return []client.Object{
		&rbacv1.Role{ObjectMeta: name, Rules: []rbacv1.PolicyRule{{APIGroups: []string{group}, Resources: []string{resource}, Verbs: verbs}}},
		&rbacv1.RoleBinding{
			ObjectMeta: name,
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: name.Name},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
		},
	}
}

// TestNoNameIsReservedWhereTocsinDoesNotWork: where RBAC lets the manager create no ConfigMaps. The rule is tried with the
// name of another manager, which works in one namespace only, and so with other names than those that are reserved here.
func TestNoNameIsReservedWhereTocsinDoesNotWork(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	const other = "system:serviceaccount:elsewhere:manager"
	g.Expect(admin(t).Create(t.Context(), &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: "tocsin-system", Name: "elsewhere-admission"}, Data: map[string]string{"manager": other},
	})).To(Succeed())
	text, err := os.ReadFile("../../config/admission/timeline.yaml")
	g.Expect(err).NotTo(HaveOccurred())
	for _, part := range strings.Split(string(text), "\n---\n") {
		if !strings.Contains(part, "tocsin-reserved-names") {
			continue
		}
		part = strings.NewReplacer("tocsin-reserved-names", "elsewhere-reserved-names", "-timeline-", "-elsewhere-", "name: tocsin-admission", "name: elsewhere-admission").Replace(part)
		o := &unstructured.Unstructured{}
		g.Expect(yaml.Unmarshal([]byte(part), &o.Object)).To(Succeed())
		g.Expect(admin(t).Create(t.Context(), o)).To(Succeed())
	}

	ours, theirs := namespace(t), namespace(t)
	for _, right := range rights(ours, other, "configmaps", "create") {
		g.Expect(admin(t).Create(t.Context(), right)).To(Succeed())
	}
	create := func(ns string) error {
		return admin(t).Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "kettle-elsewhere-0"}}, client.DryRunAll)
	}
	g.Eventually(func() error { return create(ours) }).WithTimeout(20 * time.Second).Should(BeRefusedBy("elsewhere-reserved-names", "Give yours another name"))
	g.Expect(create(theirs)).To(Succeed())
}
