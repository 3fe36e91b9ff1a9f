package playbooks

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/intake"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
	"tocsin.dev/tocsin/internal/triage"
)

// mapping loads an import mapping of a pack.
func mapping(t *testing.T, pack, name string) *intake.Mapping {
	t.Helper()
	file := path.Join(pack, "mappings", name)
	data, err := fs.ReadFile(FS, file)
	if err != nil {
		t.Fatal(err)
	}
	m, err := intake.ParseMapping(file, data)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// read turns CSV into items; a row that cannot be used, or that had to be changed, fails the test.
func read(t *testing.T, m *intake.Mapping, csv []byte, file string) []intake.Item {
	t.Helper()
	var items []intake.Item
	for item, err := range m.Read(bytes.NewReader(csv), file) {
		if err != nil {
			t.Fatal(err)
		}
		if len(item.Notes) > 0 {
			t.Errorf("%s line %d: %v", file, item.Line, item.Notes)
		}
		items = append(items, item)
	}
	return items
}

func examples(t *testing.T, pack, file string) []intake.Item {
	t.Helper()
	file = path.Join(pack, "examples", file)
	data, err := fs.ReadFile(FS, file)
	if err != nil {
		t.Fatal(err)
	}
	return read(t, mapping(t, pack, "examples.yaml"), data, file)
}

// graded is what the policy makes of complaints that come in one after the other.
type graded struct {
	level, rule, key string
}

func grade(t *testing.T, pack string, items []intake.Item) []graded {
	t.Helper()
	var complaints []*v1alpha1.Complaint
	for _, item := range items {
		complaints = append(complaints, item.Complaint)
	}
	slices.SortStableFunc(complaints, func(a, b *v1alpha1.Complaint) int { return a.Spec.ReceivedAt.Compare(b.Spec.ReceivedAt.Time) })
	return gradeAll(t, pack, complaints)
}

// gradeAll grades complaints in their order. A crisis is open from the first complaint with its key on.
func gradeAll(t *testing.T, pack string, complaints []*v1alpha1.Complaint) []graded {
	t.Helper()
	policy := load(t, pack).policy(t, pack)
	var index triage.Index
	var all []graded
	open := map[string]bool{"": false}
	for i, c := range complaints {
		uid := strconv.Itoa(i)
		fields := triage.FieldsOf(c)
		index.Upsert(uid, "shop", fields)
		facts := triage.Facts{Complaint: factsOf(c), ReceivedAt: fields.ReceivedAt, Open: true}
		facts.Incident = &playbook.IncidentFacts{Exists: open[policy.Matter(fields)]}
		facts.Counts = index.Counts("shop", uid, policy, nil)
		result := policy.Grade(facts, fields.ReceivedAt)
		key := policy.CorrelationKey(result.Level, fields)
		open[key] = key != ""
		all = append(all, graded{string(result.Level), result.Rule, key})
	}
	return all
}

func factsOf(c *v1alpha1.Complaint) playbook.ComplaintFacts {
	f := playbook.ComplaintFacts{
		Channel: string(c.Spec.Channel), Category: string(c.Spec.Category), Product: c.Spec.Product, Place: c.Spec.Place,
		Order: c.Spec.Order, Affected: max(int64(c.Spec.Affected), 1), Reopened: int64(c.Status.Reopened),
	}
	for _, s := range c.Spec.Signals {
		f.Signals = append(f.Signals, string(s))
	}
	return f
}

func TestTheExamplesAreManyAndVaried(t *testing.T) {
	g := NewWithT(t)
	p := load(t, ServiceRecovery)
	items := examples(t, ServiceRecovery, "complaints.csv")
	g.Expect(len(items)).To(BeNumerically(">=", 64))

	seen := map[string]map[string]int{}
	count := func(what, value string) {
		if seen[what] == nil {
			seen[what] = map[string]int{}
		}
		seen[what][value]++
	}
	c := p.hours(t)
	ids := map[string]bool{}
	for _, item := range items {
		ids[item.Script["id"]] = true
	}
	first, last := items[0].Complaint.Spec.ReceivedAt.Time, items[0].Complaint.Spec.ReceivedAt.Time
	for _, item := range items {
		spec := item.Complaint.Spec
		count("locale", string(spec.Complainant.Locale))
		count("channel", string(spec.Channel))
		count("category", string(spec.Category))
		count("founded", item.Script["founded"])
		count("speed", item.Script["speed"])
		count("special", item.Script["special"])
		count("rounds", strconv.Itoa(strings.Count(item.Script["satisfaction"], "dissatisfied")))
		at := spec.ReceivedAt.In(shanghai(t))
		switch {
		case at.Weekday() == time.Saturday || at.Weekday() == time.Sunday:
			count("day", "weekend")
		case !c.Open(time.Date(at.Year(), at.Month(), at.Day(), 10, 0, 0, 0, shanghai(t))):
			count("day", "holiday")
		}
		if spec.ReceivedAt.Time.Before(first) {
			first = spec.ReceivedAt.Time
		}
		if spec.ReceivedAt.After(last) {
			last = spec.ReceivedAt.Time
		}
	}
	g.Expect(last.Sub(first)).To(And(BeNumerically(">", 19*24*time.Hour), BeNumerically("<=", 21*24*time.Hour)))
	g.Expect(seen["locale"]["zh-CN"]).To(BeNumerically(">=", len(items)*2/5))
	g.Expect(seen["locale"]["en"]).To(BeNumerically(">=", len(items)*2/5))
	g.Expect(len(seen["channel"])).To(BeNumerically(">=", 8))
	g.Expect(seen["category"]).To(And(HaveKey("product-defect"), HaveKey("attitude"), HaveKey("delivery"), HaveKey("after-sales"), HaveKey("price"), HaveLen(5)))
	g.Expect(seen["founded"]).To(And(HaveKey("founded"), HaveKey("unfounded"), HaveLen(2)))
	g.Expect(seen["speed"]).To(And(HaveKey("prompt"), HaveKey("late"), HaveKey("veryLate"), HaveLen(3)))
	g.Expect(seen["day"]).To(And(HaveKey("weekend"), HaveKey("holiday")))
	g.Expect(seen["rounds"]).To(And(HaveKey("0"), HaveKey("1"), HaveKey("2"), HaveKey("4")))
	for _, special := range []string{"decline", "recused", "forge", "selfApprove", "refuse", "handOver", "extend", "pause", "withdraw", "merge", "reopen"} {
		g.Expect(seen["special"]).To(HaveKey(special))
	}
}

func TestTheExamplesReferToWhatIsThere(t *testing.T) {
	for _, name := range packs(t) {
		files, err := fs.Glob(FS, name+"/examples/*.csv")
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		NewWithT(t).Expect(files).NotTo(BeEmpty(), name)
		for _, file := range files {
			p := load(t, name)
			items := examples(t, name, path.Base(file))
			ids := map[string]bool{}
			for _, item := range items {
				ids[item.Script["id"]] = true
			}
			NewWithT(t).Expect(ids).To(HaveLen(len(items)), file)
			for _, item := range items {
				t.Run(fmt.Sprintf("%s line %d", file, item.Line), func(t *testing.T) { p.checkExample(t, item, ids) })
			}
		}
	}
}

// checkExample holds a row of the examples against the pack; ids are those of all rows.
func (p *pack) checkExample(t *testing.T, item intake.Item, ids map[string]bool) {
	g := NewWithT(t)
	spec := item.Complaint.Spec
	g.Expect(strings.ContainsFunc(spec.Statement, func(r rune) bool { return unicode.Is(unicode.Han, r) })).To(Equal(spec.Complainant.Locale == "zh-CN"))
	g.Expect(string(item.Secret.Data["email"])).To(HaveSuffix("@example.com"))
	g.Expect(string(item.Secret.Data["phone"])).To(HavePrefix("138-0000-"))
	for _, signal := range spec.Signals {
		g.Expect(p.policies[p.name].Signals).To(ContainElement(signal))
	}
	if about := spec.About; about != nil {
		for _, user := range about.Users {
			_, known := roster.New(p.teams).Find(user)
			g.Expect(known).To(BeTrue(), string(user))
		}
	}
	if item.Script["special"] == "recused" {
		g.Expect(spec.About).NotTo(BeNil())
	}
	if item.Script["special"] == "merge" {
		g.Expect(ids).To(HaveKey(item.Script["into"]))
	}
	for answer := range strings.SplitSeq(item.Script["satisfaction"], ">") {
		if item.Script["founded"] == "founded" {
			g.Expect(answer).To(BeElementOf("satisfied", "basicallySatisfied", "dissatisfied"))
		}
	}
	for kind := range strings.FieldsFuncSeq(item.Script["remedy"], func(r rune) bool { return r == ';' || r == '>' }) {
		g.Expect(remedyKinds).To(ContainElement(v1alpha1.RemedyKind(kind)))
	}
	if amount := item.Script["amount"]; amount != "" {
		_, err := strconv.ParseFloat(amount, 64)
		g.Expect(err).NotTo(HaveOccurred())
	}
}

var remedyKinds = []v1alpha1.RemedyKind{"Refund", "Exchange", "Repair", "Compensation", "Voucher", "Apology", "Gift", "Visit", "Upgrade", "Explanation"}

func TestTheExamplesGradeIntoMostGeneralSomeSeriousOneCrisis(t *testing.T) {
	g := NewWithT(t)
	levels, rules, keys := map[string]int{}, map[string]int{}, map[string]int{}
	for _, result := range grade(t, ServiceRecovery, examples(t, ServiceRecovery, "complaints.csv")) {
		levels[result.level]++
		rules[result.rule]++
		if result.level == "major" {
			keys[result.key]++
		}
	}
	g.Expect(levels["general"]).To(BeNumerically(">", 42))
	g.Expect(levels["serious"]).To(BeNumerically(">=", 12))
	g.Expect(levels["major"]).To(And(BeNumerically(">=", 4), BeNumerically("<=", 6)))
	g.Expect(keys).To(HaveLen(1), "one matter becomes a crisis")
	for _, rule := range []string{"safety-hazard", "product-unusable", "rude-service", "agitated", "may-leave", "regulator", "same-problem", "same-customer"} {
		g.Expect(rules).To(HaveKey(rule), "no example shows it")
	}
}

func TestTheInjectedCrisisIsOneMatter(t *testing.T) {
	g := NewWithT(t)
	results := grade(t, ServiceRecovery, examples(t, ServiceRecovery, "crisis.csv"))
	g.Expect(results).To(HaveLen(5))
	for _, result := range results {
		g.Expect(result.level).To(Equal("major"))
		g.Expect(result.key).To(And(Equal(results[0].key), Not(BeEmpty())))
	}
}

// cfpbOld and cfpbNew are invented rows under the two styles of header of the US Consumer Complaint Database.
const (
	cfpbOld = `Date received,Product,Sub-product,Issue,Sub-issue,Company,State,ZIP code,Consumer consent provided?,Submitted via,Date sent to company,Company response to consumer,Timely response?,Consumer disputed?
7/29/2013,Mortgage,Other mortgage,Late fee,,Example Bank,VA,22000,N/A,Phone,7/30/2013,Closed with monetary relief,Yes,No
8/2/2013,Debt collection,Medical,Taking/threatening an illegal action,Threatened to take legal action,Example Recovery,TX,75000,N/A,Postal mail,8/3/2013,Untimely response,No,Yes
`
	cfpbNew = `date_received,product,sub_product,issue,sub_issue,consumer_complaint_narrative,company_public_response,company,state,zip_code,tags,consumer_consent_provided,submitted_via,date_sent_to_company,company_response_to_consumer,timely_response,consumer_disputed,complaint_id
2017-03-21,Credit reporting,,Incorrect information on credit report,Account status,,,Example Bureau,NY,10000,Older American,N/A,Web,2017-03-21,Closed with explanation,true,No,990001
2017-04-19,Bank account or service,Checking account,Using a debit or ATM card,,My card was kept by the machine and nobody could say why.,,Example Bank,,,,,Referral,2017-04-20,Closed with explanation,true,No,990002
`
)

func TestBothStylesOfTheConsumerDatabaseAreRead(t *testing.T) {
	g := NewWithT(t)
	m := mapping(t, ServiceRecovery, "cfpb.yaml")
	items := append(read(t, m, []byte(cfpbOld), "old.csv"), read(t, m, []byte(cfpbNew), "new.csv")...)
	g.Expect(items).To(HaveLen(4))
	fee, threat, report, card := items[0], items[1], items[2], items[3]

	g.Expect(fee.Complaint.Spec.Channel).To(BeEquivalentTo("Phone"))
	g.Expect(fee.Complaint.Spec.Category).To(BeEquivalentTo("price"))
	g.Expect(fee.Complaint.Spec.Product).To(Equal("Mortgage, Other mortgage"))
	g.Expect(fee.Complaint.Spec.Place).To(Equal("VA"))
	g.Expect(fee.Complaint.Spec.Statement).To(Equal("A customer in VA reports trouble with Mortgage (Other mortgage). What it is about: Late fee."))
	g.Expect(fee.Complaint.Spec.ReceivedAt.Format(time.RFC3339)).To(Equal("2013-07-29T04:00:00Z"))
	g.Expect(fee.Complaint.Spec.Complainant.Pseudonym).NotTo(Or(BeEmpty(), Equal(threat.Complaint.Spec.Complainant.Pseudonym)))
	g.Expect(fee.Script).To(And(HaveKeyWithValue("founded", "founded"), HaveKeyWithValue("satisfaction", "satisfied"), HaveKeyWithValue("remedy", "Refund;Apology")))

	g.Expect(threat.Complaint.Spec.Channel).To(BeEquivalentTo("Letter"))
	g.Expect(threat.Complaint.Spec.Category).To(BeEquivalentTo("attitude"))
	g.Expect(threat.Complaint.Spec.Signals).To(ConsistOf(BeEquivalentTo("may-leave"), BeEquivalentTo("agitated")))
	g.Expect(threat.Script).To(And(HaveKeyWithValue("speed", "veryLate"), HaveKeyWithValue("satisfaction", "dissatisfied>satisfied")))

	g.Expect(report.Complaint.Spec.Channel).To(BeEquivalentTo("OnlineForm"))
	g.Expect(report.Complaint.Spec.Signals).To(ConsistOf(BeEquivalentTo("vulnerable")))
	g.Expect(report.Complaint.Spec.Complainant.Pseudonym).To(Equal("990001"))
	g.Expect(report.Script).To(HaveKeyWithValue("founded", "unfounded"))

	g.Expect(card.Complaint.Spec.Channel).To(BeEquivalentTo("Referral"))
	g.Expect(card.Complaint.Spec.Statement).To(Equal("My card was kept by the machine and nobody could say why."))
	g.Expect(card.Complaint.Spec.Signals).To(ConsistOf(BeEquivalentTo("product-unusable")))
	g.Expect(string(card.Secret.Data["email"])).To(Equal("consumer-990002@example.com"))

	for _, result := range grade(t, ServiceRecovery, items) {
		g.Expect(result.level).NotTo(Equal("major"))
	}
}
