package intake

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// everything is a mapping whose columns are the fields themselves.
const everything = `
kind: ImportMapping
name: all
columns:
  policy: [policy]
  channel: [channel]
  takenBy: [takenBy]
  statement: [statement]
  place: [place]
  category: [category]
  product: [product]
  order: [order]
  pseudonym: [pseudonym]
  class: [class]
  locale: [locale]
  department: [department]
  expectation: [expectation]
  signals: [signals]
  aboutUsers: [aboutUsers]
  aboutTeams: [aboutTeams]
  affected: [affected]
  occurred: [occurred]
occurredAt: {value: row.occurred}
fields:
  policy: row.policy
  channel: row.channel
  takenBy: row.takenBy
  statement: row.statement
  place: row.place
  category: row.category
  product: row.product
  order: row.order
  pseudonym: row.pseudonym
  class: row.class
  locale: row.locale
  department: row.department
  expectation: row.expectation.split(';')
  signals: row.signals.split(';')
  aboutUsers: row.aboutUsers.split(';')
  aboutTeams: row.aboutTeams.split(';')
  affected: "row.affected == '' ? 0 : int(row.affected)"
`

func readOne(t *testing.T, field, value string) Item {
	t.Helper()
	g := NewWithT(t)
	m, err := ParseMapping("all.yaml", []byte(everything))
	g.Expect(err).NotTo(HaveOccurred())
	items, errs := readAll(m, "statement,"+field+"\nIt leaks.,"+value+"\n", "x.csv")
	g.Expect(errs).To(BeEmpty())
	g.Expect(items).To(HaveLen(1))
	return items[0]
}

func TestDetails(t *testing.T) {
	for _, c := range []struct {
		field, value string
		want         v1alpha1.ComplaintSpec
	}{
		{"policy", "service", v1alpha1.ComplaintSpec{Policy: "service"}},
		{"channel", "Regulator", v1alpha1.ComplaintSpec{Channel: "Regulator"}},
		{"takenBy", "lin@desk.example", v1alpha1.ComplaintSpec{TakenBy: "lin@desk.example"}},
		{"place", " 滨湖 ", v1alpha1.ComplaintSpec{Place: "滨湖"}},
		{"category", "product-defect", v1alpha1.ComplaintSpec{Category: "product-defect"}},
		{"product", strings.Repeat("漏", 256), v1alpha1.ComplaintSpec{Product: strings.Repeat("漏", 256)}},
		{"order", "X-1", v1alpha1.ComplaintSpec{Order: "X-1"}},
		{"pseudonym", "C_1.2-3", v1alpha1.ComplaintSpec{Complainant: &v1alpha1.Complainant{Pseudonym: "C_1.2-3"}}},
		{"class", "VIP", v1alpha1.ComplaintSpec{Complainant: &v1alpha1.Complainant{Class: "VIP"}}},
		{"locale", "zh-CN", v1alpha1.ComplaintSpec{Complainant: &v1alpha1.Complainant{Locale: "zh-CN"}}},
		{"department", "Sales", v1alpha1.ComplaintSpec{About: &v1alpha1.ComplainedAbout{Department: "Sales"}}},
		{"expectation", "refund; apology;refund;", v1alpha1.ComplaintSpec{Expectation: []v1alpha1.Identifier{"refund", "apology"}}},
		{"signals", "agitated", v1alpha1.ComplaintSpec{Signals: []v1alpha1.Identifier{"agitated"}}},
		{"aboutUsers", "lin", v1alpha1.ComplaintSpec{About: &v1alpha1.ComplainedAbout{Users: []v1alpha1.User{"lin"}}}},
		{"aboutTeams", "sales", v1alpha1.ComplaintSpec{About: &v1alpha1.ComplainedAbout{Teams: []v1alpha1.ObjectName{"sales"}}}},
		{"affected", "1000000000", v1alpha1.ComplaintSpec{Affected: 1_000_000_000}},
	} {
		t.Run(c.field, func(t *testing.T) {
			g := NewWithT(t)
			item := readOne(t, c.field, c.value)
			c.want.Statement = "It leaks."
			g.Expect(item.Complaint.Spec).To(Equal(c.want))
			g.Expect(item.Notes).To(BeEmpty())
			g.Expect(item.Secret).To(BeNil())
		})
	}
}

// What does not fit never costs the complaint: it is left out or cut, and said.
func TestDetailsThatDoNotFit(t *testing.T) {
	for _, c := range []struct{ field, value, note string }{
		{"policy", "My Policy", "fields.policy: is no object name; left out"},
		{"channel", "Pigeon", "fields.channel: is none of Phone, "},
		{"takenBy", strings.Repeat("x", 254), "fields.takenBy: is no user name; left out"},
		{"place", strings.Repeat("漏", 257), "fields.place: 257 characters; cut to 256"},
		{"category", "Product Defect", "fields.category: is no identifier"},
		{"category", strings.Repeat("x", 41), "fields.category: is no identifier"},
		{"product", strings.Repeat("漏", 257), "fields.product: 257 characters; cut to 256"},
		{"order", strings.Repeat("1", 129), "fields.order: 129 characters; cut to 128"},
		{"pseudonym", "lin@desk.example", "fields.pseudonym: is no pseudonym"},
		{"class", "E", "fields.class: is none of A, B, C, D, VIP; left out"},
		{"locale", "fr", "fields.locale: is none of en, zh-CN; left out"},
		{"department", strings.Repeat("x", 129), "fields.department: 129 characters; cut to 128"},
		{"expectation", "a;b;c;d;e;f;g;h;i", "fields.expectation: 9 elements; the first 8 were taken"},
		{"signals", "agitated;Very Loud", "fields.signals: 1 of 2 elements are not of the form"},
		{"aboutTeams", "Sales Team", "fields.aboutTeams: 1 of 1 elements are not of the form"},
		{"affected", "1000000001", "fields.affected: is not between 0 and 1,000,000,000; left out"},
		{"occurred", "last summer", "occurredAt: the text is no date in any of the formats"},
	} {
		t.Run(c.field, func(t *testing.T) {
			item := readOne(t, c.field, c.value)
			NewWithT(t).Expect(item.Notes).To(ConsistOf(HavePrefix(c.note)))
		})
	}
}

func TestKnownForms(t *testing.T) {
	for _, c := range []struct {
		kind, value string
		want        bool
	}{
		{"phone", "138-0000-0001", true},
		{"phone", "+86 (21) 5555 0001 ext 12", true},
		{"phone", "021-55550001转12", true},
		{"phone", "call me", false},
		{"phone", "12", false},
		{"email", "wen@example.com", true},
		{"email", "文@例子.公司", true},
		{"email", "Wen <wen@example.com>", false},
		{"email", "wen at example", false},
		{"name", "anything", true},
	} {
		t.Run(c.kind+" "+c.value, func(t *testing.T) {
			NewWithT(t).Expect(knownForm(c.kind, c.value)).To(Equal(c.want))
		})
	}
}
