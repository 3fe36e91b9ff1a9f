package admission

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/test/platform"
)

// TestSamples: the API server takes config/samples without a warning, as those who would write them, and the playbooks
// among them compile.
func TestSamples(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	ns := namespace(t)
	files, err := filepath.Glob("../../config/samples/*.yaml")
	g.Expect(err).NotTo(HaveOccurred())
	seen := map[string]bool{}
	var playbooks []v1alpha1.Playbook
	calendars := map[string]v1alpha1.BusinessCalendarSpec{}
	for _, file := range files {
		if filepath.Base(file) == "kustomization.yaml" {
			continue
		}
		for _, object := range documents(t, file) {
			object.SetNamespace(ns)
			writer := as(t, "legal", "tocsin:policy-owners")
			if kind := object.GetKind(); kind == "Complaint" || kind == "Secret" {
				writer = as(t, "hotline", "tocsin:intake")
			}
			g.Expect(writer.Create(t.Context(), object, client.FieldValidation("Strict"))).To(Succeed(), file)
			seen[object.GetKind()] = true
			var pb v1alpha1.Playbook
			var cal v1alpha1.BusinessCalendar
			switch object.GetKind() {
			case "Playbook":
				g.Expect(runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &pb)).To(Succeed())
				playbooks = append(playbooks, pb)
			case "BusinessCalendar":
				g.Expect(runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &cal)).To(Succeed())
				calendars[cal.Name] = cal.Spec
			}
		}
	}
	for _, kind := range []string{"BusinessCalendar", "DrillSchedule", "NoticeChannel", "Playbook", "ResponseTeam", "TriagePolicy"} {
		g.Expect(seen).To(HaveKey(kind))
	}
	g.Expect(playbooks).To(HaveLen(2))
	for _, pb := range playbooks {
		plan, problems := playbook.Compile(playbook.Closure{Name: pb.Name, Playbook: pb.Spec, Calendars: calendars})
		g.Expect(problems).To(BeEmpty(), pb.Name)
		g.Expect(plan.Climbless).To(BeEmpty(), pb.Name)
	}
}

func documents(t *testing.T, file string) []*unstructured.Unstructured {
	t.Helper()
	g := NewWithT(t)
	content, err := os.ReadFile(file)
	g.Expect(err).NotTo(HaveOccurred())
	all, err := platform.Objects(content)
	g.Expect(err).NotTo(HaveOccurred(), file)
	return all
}
