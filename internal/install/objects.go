package install

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"

	"tocsin.dev/tocsin/config"
)

// groups are bound by Options.BindGroups to the ClusterRole beside them.
var groups = [][2]string{
	{"tocsin:intake", "tocsin-intake"},
	{"tocsin:responders", "tocsin-responder"},
	{"tocsin:policy-owners", "tocsin-policy-owner"},
	{"tocsin:viewers", "tocsin-viewer"},
	{"tocsin:auditors", "tocsin-auditor"},
}

// definitions are the CRDs.
func definitions() ([]*unstructured.Unstructured, error) { return kustomization("crd") }

// remainder is everything but the CRDs, in the order in which it is applied. The policy that ForgedWriteRefused tries
// comes last, so that the others are in force when it is.
func remainder(o Options) ([]*unstructured.Unstructured, error) {
	all, err := file("manager/namespace.yaml")
	if err != nil {
		return nil, err
	}
	for _, dir := range []string{"rbac", "admission"} {
		objects, err := kustomization(dir)
		if err != nil {
			return nil, err
		}
		all = append(all, objects...)
	}
	if o.TimeLapse {
		all = slices.DeleteFunc(all, func(object *unstructured.Unstructured) bool {
			return strings.HasPrefix(object.GetName(), "tocsin-time-")
		})
	}
	for _, object := range all {
		if err := nameManager(object, o.ManagerUser); err != nil {
			return nil, err
		}
	}
	if o.BindGroups {
		for _, group := range groups {
			all = append(all, groupBinding(group[0], group[1]))
		}
	}
	return all, nil
}

// nameManager puts the manager's user name where the YAML has that of the service account.
func nameManager(object *unstructured.Unstructured, user string) error {
	if user == ManagerUser || !slices.Contains([]string{"tocsin-manager", "tocsin-metrics-auth", "tocsin-webhook", "tocsin-admission"}, object.GetName()) {
		return nil
	}
	switch object.GetKind() {
	case "ConfigMap":
		return unstructured.SetNestedField(object.Object, user, "data", "manager")
	case "ClusterRoleBinding", "RoleBinding":
		return unstructured.SetNestedSlice(object.Object, []any{subject("User", user)}, "subjects")
	}
	return nil
}

func groupBinding(group, role string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "rbac.authorization.k8s.io/v1",
		"kind":       "ClusterRoleBinding",
		"metadata":   map[string]any{"name": group},
		"roleRef":    map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
		"subjects":   []any{subject("Group", group)},
	}}
}

func subject(kind, name string) map[string]any {
	return map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name}
}

// kustomization reads the resources of a kustomization in the order it lists them.
func kustomization(dir string) ([]*unstructured.Unstructured, error) {
	content, err := config.Files.ReadFile(path.Join(dir, "kustomization.yaml"))
	if err != nil {
		return nil, err
	}
	var list struct{ Resources []string }
	if err := yaml.Unmarshal(content, &list); err != nil {
		return nil, fmt.Errorf("%s/kustomization.yaml: %w", dir, err)
	}
	var all []*unstructured.Unstructured
	for _, name := range list.Resources {
		objects, err := file(path.Join(dir, name))
		if err != nil {
			return nil, err
		}
		all = append(all, objects...)
	}
	return all, nil
}

// file reads the objects of one YAML file.
func file(name string) ([]*unstructured.Unstructured, error) {
	content, err := config.Files.ReadFile(name)
	if err != nil {
		return nil, err
	}
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(content), 4096)
	var all []*unstructured.Unstructured
	for {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(&object.Object)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if len(object.Object) > 0 {
			all = append(all, object)
		}
	}
}
