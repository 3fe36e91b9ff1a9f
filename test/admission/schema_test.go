package admission

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// TestEveryTimeSomebodyWritesCanBeRead: `format: date-time` alone lets a lower-case t or z in, which Go cannot read; one
// such object would stop the manager's watch of its kind.
func TestEveryTimeSomebodyWritesCanBeRead(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	files, err := filepath.Glob("../../config/crd/bases/*.yaml")
	g.Expect(err).NotTo(HaveOccurred())
	found := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		g.Expect(err).NotTo(HaveOccurred())
		crd := apiextensionsv1.CustomResourceDefinition{}
		g.Expect(yaml.UnmarshalStrict(text, &crd)).To(Succeed())
		for _, version := range crd.Spec.Versions {
			spec := version.Schema.OpenAPIV3Schema.Properties["spec"]
			walkSchema(crd.Spec.Names.Kind+".spec", &spec, func(path string, s *apiextensionsv1.JSONSchemaProps) {
				if s.Format != "date-time" {
					return
				}
				found++
				g.Expect(s.Pattern).NotTo(BeEmpty(), path+" has no pattern")
				good, err := regexp.Compile(s.Pattern)
				g.Expect(err).NotTo(HaveOccurred())
				for _, at := range []string{"2026-05-20T17:00:00Z", "2026-05-20T17:00:00+08:00", "2026-05-20T17:00:00.123456Z", "1970-01-01T00:00:00Z"} {
					g.Expect(good.MatchString(at)).To(BeTrue(), path+" refuses "+at)
				}
				for _, at := range []string{"2026-05-20t17:00:00Z", "2026-05-20T17:00:00z", "2026-05-20 17:00:00Z", "2026-05-20T17:00:00x5Z",
					"2026-05-20T17:00:00+99:00", "2026-05-20T17:00:00", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"} {
					g.Expect(good.MatchString(at)).To(BeFalse(), path+" takes "+at)
				}
			})
		}
	}
	g.Expect(found).To(BeNumerically(">=", 8))
}

func walkSchema(path string, s *apiextensionsv1.JSONSchemaProps, see func(string, *apiextensionsv1.JSONSchemaProps)) {
	see(path, s)
	for name, property := range s.Properties {
		walkSchema(path+"."+name, &property, see)
	}
	if s.Items != nil && s.Items.Schema != nil {
		walkSchema(path+"[]", s.Items.Schema, see)
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Schema != nil {
		walkSchema(path+"{}", s.AdditionalProperties.Schema, see)
	}
}

// TestTheServerRefusesATimeThatCannotBeRead, on a real object, as it is written.
func TestTheServerRefusesATimeThatCannotBeRead(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	send := func(field, at string) error {
		o := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"statement": "The kettle broke.", field: at}}}
		o.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("Complaint"))
		o.SetNamespace("default")
		o.SetGenerateName("complaint-")
		return as(t, "hotline", "tocsin:intake").Create(t.Context(), o)
	}
	for _, field := range []string{"receivedAt", "occurredAt"} {
		for _, at := range []string{"2026-05-20t17:00:00Z", "2026-05-20T17:00:00z", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z",
			"1689-01-01T00:00:00Z", "2400-01-01T00:00:00Z", "9999-12-31T23:59:59Z"} {
			g.Expect(send(field, at)).To(MatchError(ContainSubstring("spec."+field)), at)
		}
		g.Expect(send(field, "2026-05-20T17:00:00+08:00")).To(Succeed())
	}
	g.Expect(send("receivedAt", "2199-12-31T23:59:59Z")).To(BeRefusedBy("tocsin-time-received", "nothing was received in the future"))
	g.Expect(send("receivedAt", "1900-01-01T00:00:00Z")).To(BeRefusedBy("tocsin-record-created", "before 1990"))
}

// TestANameIsOneOfAnObject: what names an object is what an object can be called, so that it cannot become a path.
func TestANameIsOneOfAnObject(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	o := complaint(t, "default")
	for _, name := range []string{"a/b", "..", "a%2fb", "A", "a b", "-a", "a."} {
		_, err := decide(t, as(t, bob), o, v1alpha1.RecordAct{ID: "1", Verb: v1alpha1.RecordMerge, Into: name, Reason: "the same"})
		g.Expect(err).To(MatchError(ContainSubstring("into")), name)
		g.Expect(err).To(MatchError(ContainSubstring("should match")), name)
		c := newComplaint("default")
		c.Spec.Complainant = &v1alpha1.Complainant{ContactSecret: name}
		g.Expect(as(t, "hotline", "tocsin:intake").Create(t.Context(), c)).To(MatchError(ContainSubstring("spec.complainant.contactSecret")), name)
		i := newIncident("default")
		i.Spec.Team = v1alpha1.ObjectName(name)
		g.Expect(manager(t).Create(t.Context(), i)).To(MatchError(ContainSubstring("spec.team")), name)
	}
	_, err := decide(t, as(t, bob), o, v1alpha1.RecordAct{ID: "1", Verb: v1alpha1.RecordMerge, Into: "other-2.a", Reason: "the same"})
	g.Expect(err).NotTo(HaveOccurred())
}

// TestADrillGathersNoComplaints: real ones would be correlated into an exercise.
func TestADrillGathersNoComplaints(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	o := &v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{Namespace: "default", GenerateName: "incident-"}, Spec: newIncident("default").Spec}
	o.Spec.Drill = &v1alpha1.Drill{Schedule: "manual"}
	o.Spec.CorrelationKey = "kettles"
	err := as(t, amy).Create(t.Context(), o)
	g.Expect(err).To(HaveOccurred())
	g.Expect(strings.ToLower(err.Error())).To(ContainSubstring("correlationkey gathers real complaints"))
	o.Spec.CorrelationKey = ""
	g.Expect(as(t, amy).Create(t.Context(), o)).To(Succeed())
}
