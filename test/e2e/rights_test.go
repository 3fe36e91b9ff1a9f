package e2e

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"

	"tocsin.dev/tocsin/config"
	"tocsin.dev/tocsin/internal/box"
	"tocsin.dev/tocsin/internal/install"
)

// The managers of this package run as the user they have in a cluster, with the rights of config/rbac. Between them its
// tests make them do everything they can do, so at the end the audit log is held against those rights, both ways.

// right is one verb on one resource.
type right struct{ role, verb, group, resource string }

func (r right) String() string {
	resource := r.resource
	if r.group != "" {
		resource += "." + r.group
	}
	return r.role + ": " + r.verb + " " + resource
}

// The roles of the manager.
const (
	everywhere = "ClusterRole tocsin-manager"
	atHome     = "Role tocsin-manager"
	reviewing  = "ClusterRole tocsin-metrics-auth"
	announcing = "ClusterRole tocsin-webhook"
	renewing   = "Role tocsin-webhook"
)

// granted reads the rights of the manager, with those that the webhook adds.
func granted() (map[right]bool, error) {
	var docs []string
	for _, name := range []string{"rbac/manager.yaml", "webhook/rbac.yaml"} {
		content, err := config.Files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		docs = append(docs, strings.Split(string(content), "\n---\n")...)
	}
	out := map[right]bool{}
	var errs []error
	for _, doc := range docs {
		var role rbacv1.ClusterRole // a Role has the same rules
		if err := utilyaml.Unmarshal([]byte(doc), &role); err != nil {
			return nil, err
		}
		for _, rule := range role.Rules {
			for _, group := range rule.APIGroups {
				for _, resource := range rule.Resources {
					for _, verb := range rule.Verbs {
						r := right{role.Kind + " " + role.Name, verb, group, resource}
						if strings.Contains(group+resource+verb, "*") {
							errs = append(errs, fmt.Errorf("%s is a wildcard", r))
						}
						if out[r] {
							errs = append(errs, fmt.Errorf("%s is granted twice", r))
						}
						out[r] = true
					}
				}
			}
		}
	}
	return out, errors.Join(errs...)
}

// used reads what the managers asked for. What every authenticated user may ask for, e.g. which kinds there are, is no
// matter of the manager's rights.
func used(auditLog string) (map[right]bool, error) {
	out := map[right]bool{}
	var errs []error
	err := box.Requests(auditLog, func(r box.Request) {
		if r.User != install.ManagerUser || r.Resource == "" {
			return
		}
		resource := r.Resource
		if r.Subresource != "" {
			resource += "/" + r.Subresource
		}
		role := everywhere
		switch {
		case strings.HasSuffix(r.Group, "authentication.k8s.io"), r.Group == "authorization.k8s.io":
			role = reviewing
		case r.Resource == "validatingwebhookconfigurations":
			role = announcing
		case r.Resource == "secrets" && r.Verb == "update":
			role = renewing
		case r.Namespace == install.Namespace:
			role = atHome
		}
		one := right{role, r.Verb, r.Group, resource}
		if r.Forbidden && !out[one] {
			errs = append(errs, fmt.Errorf("%s was asked for and refused", one))
		}
		out[one] = true
	})
	return out, errors.Join(append(errs, err)...)
}

// checkRights compares what was granted with what was used.
func checkRights(auditLog string) error {
	have, err := granted()
	if err != nil {
		return err
	}
	need, err := used(auditLog)
	errs := []error{err}
	for r := range maps.Keys(need) {
		if !have[r] {
			errs = append(errs, fmt.Errorf("%s is used and not granted", r))
		}
	}
	for r := range maps.Keys(have) {
		if !need[r] {
			errs = append(errs, fmt.Errorf("%s is granted and never used: take it away, or have a test use it", r))
		}
	}
	slices.SortFunc(errs[1:], func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}

// wholePackage is whether all tests of the package ran: some alone do not make the manager do everything.
func wholePackage() bool {
	for _, name := range []string{"test.run", "test.skip", "test.list", "test.bench"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != "" {
			return false
		}
	}
	return true
}
