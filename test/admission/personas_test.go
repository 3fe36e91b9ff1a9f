package admission

import (
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	authorizationv1 "k8s.io/api/authorization/v1"

	"tocsin.dev/tocsin/internal/install"
)

// TestPersonas is what RBAC gives to whom: verb and resource, after a namespace and a colon where it is another one than
// the complaints', with "-" in front of what must not be given.
func TestPersonas(t *testing.T) {
	t.Parallel()
	const group = "crisis.tocsin.dev"
	records := []string{"complaints", "crisisincidents", "responsetasks", "notices", "postmortems"}
	policy := []string{"playbooks", "triagepolicies", "responseteams", "businesscalendars", "noticechannels", "drillschedules"}
	all := append(append([]string{}, records...), policy...)
	every := func(verb string, resources []string) (out []string) {
		for _, r := range resources {
			out = append(out, verb+" "+r)
		}
		return out
	}
	documents := []string{"get namespaces", "-list namespaces", "get configmaps", "-list configmaps", "-watch configmaps", "-patch configmaps", "-create configmaps"}
	noSecrets := []string{"-get secrets", "-list secrets", "-watch secrets", "-update secrets", "-delete secrets"}
	for _, c := range []struct {
		user, group string
		may         [][]string
	}{
		{"hotline", "tocsin:intake", [][]string{{"create complaints", "get complaints", "create secrets"}, noSecrets,
			{"-list complaints", "-update complaints", "-patch complaints", "-delete complaints", "-create responsetasks", "-get responsetasks"}}},
		{cai, "tocsin:responders", [][]string{every("get", all), every("list", all), every("watch", all), noSecrets,
			every("patch", []string{"complaints", "crisisincidents", "responsetasks", "postmortems"}),
			every("update", []string{"complaints", "crisisincidents", "responsetasks", "postmortems"}),
			{"create complaints", "create crisisincidents", "-create secrets", "-update complaints/status", "-patch responsetasks/status"},
			every("-update", policy), every("-delete", all), every("-create", []string{"responsetasks", "notices"}), {"-recuse complaints"}, documents}},
		{"legal", "tocsin:policy-owners", [][]string{every("get", all), every("create", policy), every("patch", policy), every("delete", policy), noSecrets,
			{"patch complaints", "patch crisisincidents", "recuse complaints", "recuse crisisincidents"},
			every("-update", records), every("-patch", records[2:]), every("-delete", records), {"create notices", "-create responsetasks", "-create complaints"}}},
		{"chair", "tocsin:viewers", [][]string{every("list", all), every("-patch", all), every("-create", all), every("-delete", all), noSecrets, documents}},
		{audit, "tocsin:auditors", [][]string{every("list", all), {"get configmaps", "release complaints", "release crisisincidents", "patch complaints"},
			{"-update complaints", "-patch responsetasks", "-patch configmaps"}, every("-patch", policy), noSecrets}},
		{install.ManagerUser, "system:serviceaccounts", [][]string{every("watch", all), every("update", []string{"complaints/status", "notices/status"}), {"patch responsetasks/status", "patch noticechannels/status", "-get playbooks"},
			{"create responsetasks", "patch responsetasks", "create notices", "create crisisincidents", "create postmortems", "create drillschedules", "get secrets"},
			{"-list secrets", "-watch secrets", "-create secrets", "-update complaints", "-patch complaints", "-create complaints"},
			{"create tocsin-system:secrets", "get tocsin-system:secrets", "-list tocsin-system:secrets", "-create kube-system:secrets"},
			every("-delete", slices.DeleteFunc(slices.Clone(all), func(kind string) bool { return kind == "notices" })), {"delete notices", "-create playbooks", "-update playbooks", "-patch playbooks"}}},
	} {
		t.Run(c.user, func(t *testing.T) {
			g := NewWithT(t)
			client := as(t, c.user, c.group)
			for _, list := range c.may {
				for _, entry := range list {
					words := strings.Fields(strings.TrimPrefix(entry, "-"))
					resource, subresource, _ := strings.Cut(words[1], "/")
					review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
						ResourceAttributes: &authorizationv1.ResourceAttributes{
							Namespace: "default", Verb: words[0], Group: group, Resource: resource, Subresource: subresource,
						},
					}}
					if ns, name, ok := strings.Cut(resource, ":"); ok {
						review.Spec.ResourceAttributes.Namespace, resource = ns, name
						review.Spec.ResourceAttributes.Resource = name
					}
					if resource == "secrets" || resource == "configmaps" || resource == "namespaces" {
						review.Spec.ResourceAttributes.Group = ""
					}
					g.Expect(client.Create(t.Context(), review)).To(Succeed())
					g.Expect(review.Status.Allowed).To(Equal(!strings.HasPrefix(entry, "-")), "%s: %s", c.user, entry)
				}
			}
		})
	}
}
