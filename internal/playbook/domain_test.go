package playbook

import (
	"math"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/config"
)

// What a fact can be is what the CRDs let the field be that it is read from.
func TestDomainsAreThoseOfTheCRDs(t *testing.T) {
	g := NewWithT(t)
	fields := map[string]string{
		"complaint.channel": "complaints spec.channel", "complaint.class": "complaints spec.complainant.class",
		"complaint.category": "complaints spec.category", "complaint.product": "complaints spec.product", "complaint.place": "complaints spec.place",
		"complaint.order": "complaints spec.order", "complaint.level": "complaints status.grading.level", "run.level": "complaints status.grading.level",
		"complaint.expectation": "complaints spec.expectation", "complaint.signals": "complaints spec.signals",
		"complaint.affected": "complaints spec.affected", "complaint.reopened": "complaints status.reopened",
		"complaint.remedy.kinds": "complaints spec.remedy.kinds", "complaint.remedy.amountCents": "complaints spec.remedy.amountCents",
		"complaint.remedy.currency": "complaints spec.remedy.currency",
		"incident.level":            "crisisincidents spec.level", "incident.signals": "crisisincidents spec.signals", "incident.complaints": "crisisincidents status.complaints",
	}
	for path, domain := range domains {
		g.Expect(fields).To(HaveKey(path))
		plural, field, _ := strings.Cut(fields[path], " ")
		text, err := config.Files.ReadFile("crd/bases/crisis.tocsin.dev_" + plural + ".yaml")
		g.Expect(err).NotTo(HaveOccurred())
		var crd apiextensionsv1.CustomResourceDefinition
		g.Expect(yaml.Unmarshal(text, &crd)).To(Succeed())
		schema := *crd.Spec.Versions[0].Schema.OpenAPIV3Schema
		for name := range strings.SplitSeq(field, ".") {
			g.Expect(schema.Properties).To(HaveKey(name), path)
			schema = schema.Properties[name]
		}
		switch schema.Type {
		case "array":
			g.Expect(schema.MaxItems).To(HaveValue(BeEquivalentTo(domain.Items)), path)
			schema = *schema.Items.Schema
		case "integer":
			most := map[string]int64{"int32": math.MaxInt32, "int64": math.MaxInt64}[schema.Format]
			if schema.Maximum != nil {
				most = int64(*schema.Maximum)
			}
			g.Expect(domain.Most).To(Equal(most), path)
			if domain.Least != 0 { // 0 is what is not given
				g.Expect(schema.Minimum).To(HaveValue(BeEquivalentTo(domain.Least)), path)
			}
			continue
		}
		var words []string
		for _, word := range schema.Enum {
			words = append(words, strings.Trim(string(word.Raw), `"`))
		}
		g.Expect(domain.Words).To(Equal(words), path)
		ofTheRun := path == "complaint.level" || path == "run.level"
		g.Expect(domain.Given).To(Equal(schema.Default != nil || domain.Items > 0 || ofTheRun), path)
		if schema.MaxLength != nil {
			g.Expect(schema.MaxLength).To(HaveValue(BeEquivalentTo(domain.Longest)), path)
		}
		if schema.Pattern != "" {
			form := regexp.MustCompile(schema.Pattern)
			for _, like := range []string{"a", "Ab-9", "ABC", "abc", "-a", "a b", "9"} {
				g.Expect(domain.Admits(like)).To(Equal(form.MatchString(like)), "%s: %s", path, like)
			}
		}
	}
	for _, f := range complaintFields {
		if f.name != "remedy" {
			g.Expect(domains).To(HaveKey("complaint." + f.name))
		}
	}
}

// A fact that is compared with what it can never be is a mistake, and what it can be is said.
func TestValuesThatCannotBe(t *testing.T) {
	g := NewWithT(t)
	v, err := newEnvironment(v1alpha1.RecordComplaint, nil)
	g.Expect(err).NotTo(HaveOccurred())
	for source, want := range map[string]string{
		`complaint.channel == "Pigeon"`:                          `complaint.channel is never "Pigeon"; it can be: Phone, Email,`,
		`complaint.channel != "Fone" && incident.exists`:         `complaint.channel is never "Fone"; did you mean Phone?`,
		`"Emial" == complaint.channel`:                           `did you mean Email?`,
		`complaint.channel == ""`:                                `complaint.channel is never ""`,
		`complaint.class in ["A", "Z"]`:                          `complaint.class is never "Z"; it can be: A, B, C, D, VIP`,
		`"Refnd" in complaint.remedy.kinds`:                      `"Refnd" is never in complaint.remedy.kinds; did you mean Refund?`,
		`complaint.remedy.kinds.exists(k, k == "Refnd")`:         `"Refnd" is never in complaint.remedy.kinds`,
		`sets.contains(complaint.remedy.kinds, ["Gift", "Gft"])`: `"Gft" is never in complaint.remedy.kinds`,
		`complaint.remedy.currency == "euro"`:                    `complaint.remedy.currency is never "euro"; a currency is three capital letters`,
		`complaint.category == "Late delivery"`:                  `complaint.category is never "Late delivery"; a word is a small letter`,
		`"safety hazard" in complaint.signals`:                   `"safety hazard" is never in complaint.signals`,
		`complaint.level == ""`:                                  `complaint.level is never ""; a level is a letter`,
		`["Refnd"].exists(k, k in complaint.remedy.kinds)`:       `"Refnd" is never in complaint.remedy.kinds`,
		`run.level == "level 1"`:                                 `run.level is never "level 1"; a level is a letter`,
		`complaint.affected < 1`:                                 `complaint.affected is never < 1; it is from 1 to 1000000000`,
		`1000000001 <= complaint.affected`:                       `complaint.affected is never >= 1000000001`,
		`complaint.reopened == -1`:                               `complaint.reopened is never == -1; it is 0 or more`,
		`size(complaint.signals) > 32`:                           `size(complaint.signals) is never > 32; it is from 0 to 32`,
		`complaint.place.size() == 257`:                          `size(complaint.place) is never == 257`,
	} {
		_, message, advice := v.compile(v1alpha1.Expression(source))
		g.Expect(message+"; "+advice).To(ContainSubstring(want), source)
		v.pinned = true
		_, message, _ = v.compile(v1alpha1.Expression(source))
		g.Expect(message).To(BeEmpty(), "a run goes on by what it was begun with")
		v.pinned = false
	}
	for _, source := range []string{`complaint.class == ""`, `complaint.class == "VIP"`, `complaint.affected >= 1`, `complaint.affected > 999999999`,
		`complaint.place == "Lakeside 12"`, `complaint.remedy.currency == ""`, `complaint.signals.exists(s, s in ["a", "b"])`, `size(complaint.signals) >= 32`,
		`complaint.channel.startsWith("Online")`, `incident.level == ""`,
		`complaint.signals.exists(s, s == "a") && complaint.remedy.kinds.exists(s, s == "Gift") && complaint.signals.exists(s, s == "b")`} {
		_, message, _ := v.compile(v1alpha1.Expression(source))
		g.Expect(message).To(BeEmpty(), source)
	}
}
