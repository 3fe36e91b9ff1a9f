package admission

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/test/platform"
)

var example = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// TestThePagesOfKinds: what the pages about kinds show is taken by the API server, from those who would write it, and
// each page names every field of its kind.
func TestThePagesOfKinds(t *testing.T) {
	t.Parallel()
	for page, spec := range map[string]any{
		"team": v1alpha1.ResponseTeamSpec{}, "calendar": v1alpha1.BusinessCalendarSpec{}, "drill": v1alpha1.DrillScheduleSpec{},
		"complaint": v1alpha1.ComplaintSpec{}, "postmortem": v1alpha1.PostMortemSpec{},
	} {
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			ns := namespace(t)
			text, err := os.ReadFile("../../docs/spec/" + page + ".md")
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(strings.Count(string(text), "\n")).To(BeNumerically("<=", 60), "a page one reads at a glance")
			kinds := map[string]bool{}
			for _, block := range example.FindAllSubmatch(text, -1) {
				objects, err := platform.Objects(block[1])
				g.Expect(err).NotTo(HaveOccurred())
				for _, object := range objects {
					object.SetNamespace(ns)
					g.Expect(writerOf(t, object.GetKind()).Create(t.Context(), object, client.FieldValidation("Strict"))).To(Succeed(), object.GetName())
					kinds[object.GetKind()+"Spec"] = true
				}
			}
			g.Expect(kinds).To(HaveKey(reflect.TypeOf(spec).Name()))
			for _, field := range reflect.VisibleFields(reflect.TypeOf(spec)) {
				name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
				g.Expect(string(text)).To(ContainSubstring("`"+name+"`"), "the page does not name spec.%s", name)
			}
		})
	}
}

// writerOf is a client of those who would write a kind.
func writerOf(t *testing.T, kind string) client.Client {
	switch kind {
	case "Complaint", "Secret":
		return as(t, "hotline", "tocsin:intake")
	case "CrisisIncident":
		return as(t, "amy", "tocsin:responders")
	case "PostMortem":
		return admin(t)
	}
	return as(t, "legal", "tocsin:policy-owners")
}
