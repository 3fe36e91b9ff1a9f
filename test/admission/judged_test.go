package admission

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/config"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/schema"
)

// badly are objects the API server refuses: a sample of config/samples (file/name) in which a piece is written otherwise.
// field is where our message must point; empty: as the API server says.
var badly = []struct{ sample, old, new, field string }{
	// Unknown fields.
	{"playbook/complaint", "  ladder:", "  lader:", "spec.lader"},
	{"playbook/complaint", "texts:", "text:", "spec.templates[0].text"},
	{"playbook/complaint", "  calendar:", "  Calendar:", "spec.Calendar"},
	{"playbook/crisis", "assignRole: {role: commander}", "assignRole: {role: commander, to: amy}", "spec.steps[0].assignRole.to"},
	{"responseteam/service-desk", "  members:", "  parents: x\n  members:", "spec.parents"},
	{"triagepolicy/default", "name: default", "name: default\n  nam: x", "metadata.nam"},
	{"triagepolicy/default", "spec:", "specs: {}\nspec:", "specs"},
	// Missing fields.
	{"playbook/complaint", "  for: Complaint\n", "", "spec.for"},
	{"playbook/complaint", "name: handler, ", "", "spec.roles[0].name"},
	{"responseteam/service-desk", "    user: amy@example.com\n", "", "spec.members[0].user"},
	{"triagepolicy/default", "  defaultLevel: normal\n", "", "spec.defaultLevel"},
	{"businesscalendar/office-hours", "  timeZone: Europe/London\n", "", "spec.timeZone"},
	{"drillschedule/quarterly", "  team: service-desk\n", "", "spec.team"},
	{"noticechannel/mail", "    host: smtp.example.com\n", "", "spec.email.host"},
	{"drillschedule/quarterly", "metadata:\n  name: quarterly", "metadata: {}", "metadata.name"},
	// Types.
	{"playbook/complaint", "calendar: office-hours", "calendar: 7", "spec.calendar"},
	{"playbook/complaint", "calendar: office-hours", "calendar: yes", "spec.calendar"},
	{"playbook/complaint", "ladder: [handler, supervisor, executive]", "ladder: handler", "spec.ladder"},
	{"noticechannel/mail", "port: 587", `port: "587"`, "spec.email.port"},
	{"noticechannel/mail", "port: 587", "port: 58.7", "spec.email.port"},
	{"responseteam/service-desk", "duties: [executive]", "duties: {executive: yes}", "spec.members[4].duties.executive"},
	{"businesscalendar/office-hours", `from: "09:00"`, "from: 9", "spec.hours[0].from"},
	// Values that are not offered.
	{"playbook/complaint", "for: Complaint", "for: Complain", "spec.for"},
	{"playbook/complaint", "climb: Ladder", "climb: ladder", "spec.steps[0].overdue.climb"},
	{"noticechannel/mail", "tls: StartTLS", "tls: starttls", "spec.email.tls"},
	{"businesscalendar/office-hours", "Mon, Tue", "Monday, Tue", "spec.hours[0].days[0]"},
	{"responseteam/service-desk", "kind: Email, address: amy", "kind: Mail, address: amy", "spec.members[0].contacts[0].kind"},
	// Bounds and forms.
	{"noticechannel/mail", "port: 587", "port: 0", "spec.email.port"},
	{"noticechannel/mail", "port: 587", "port: 70000", "spec.email.port"},
	{"playbook/complaint", "within: {elapsed: 24h", "within: {elapsed: soon", "spec.steps[0].within.elapsed"},
	{"playbook/complaint", "name: checkFacts", "name: check facts", "spec.steps[1].name"},
	{"playbook/complaint", "[founded, unfounded]", "[]", "spec.steps[1].task.outcomes"},
	{"responseteam/service-desk", "name: amy\n", "name: Amy\n", "spec.members[0].name"},
	{"responseteam/service-desk", "duties: [executive]", "duties: []", "spec.members[4].duties"},
	{"businesscalendar/office-hours", `to: "17:30"`, `to: "17.30"`, "spec.hours[0].to"},
	{"triagepolicy/default", "description: Everything else.", "description: " + strings.Repeat("long ", 1000), "spec.levels[1].description"},
	{"triagepolicy/default", "signals: [safety-hazard]", "signals: [" + strings.Repeat("a,", 5000) + "b]", "spec.signals"},
	// Lists that are sets or maps.
	{"responseteam/service-desk", "name: bob\n", "name: amy\n", "spec.members[1]"},
	{"responseteam/service-desk", "duties: [executive]", "duties: [executive, executive]", "spec.members[4].duties[1]"},
	{"playbook/complaint", "name: planRemedy", "name: checkFacts", "spec.steps[2]"},
	{"triagepolicy/default", "name: urgent, playbook", "name: normal, playbook", "spec.levels[1]"},
	// CEL rules.
	{"playbook/complaint", "task: {to: handler, writes: remedy}", "task: {to: handler, writes: remedy}\n    wait: {until: 'true'}", ""},
	{"playbook/complaint", "approval: {by: [supervisor], of: remedy}\n    ", "", ""},
	{"playbook/complaint", "within: {working: 4h}", "within: {working: 4h, elapsed: 4h}", "spec.steps[3].within"},
	{"drillschedule/quarterly", `cron: "0 10 2 3,6,9,12 *"`, `at: "2030-01-01T00:00:00Z"` + "\n" + `  cron: "0 10 2 3,6,9,12 *"`, ""},
	{"noticechannel/mail", "  email:", "  webhook: {url: 'https://a.example', secret: b}\n  email:", ""},
	{"responseteam/service-desk", "deputies: [bob]", "deputies: [bob]\n    away: [{from: '2026-02-01T00:00:00Z', to: '2026-01-01T00:00:00Z'}]", "spec.members[0].away[0]"},
	{"responseteam/service-desk", "deputies: [bob]", "deputies: [bob]\n    away: [{firstDay: '2026-02-02', lastDay: '2026-02-01'}]", "spec.members[0].away[0]"},
	// Metadata.
	{"triagepolicy/default", "name: default", "name: Default", "metadata.name"},
	{"triagepolicy/default", "name: default", "name: default\n  labels: {a b: c}", "metadata.labels"},
	{"triagepolicy/default", "name: default", "name: default\n  labels: {a: c d}", "metadata.labels"},
	{"triagepolicy/default", "name: default", "name: default\n  labels: [a]", "metadata.labels"},
	{"triagepolicy/default", "name: default", "name: default\n  annotations: {a: 1}", "metadata.annotations"},
	{"triagepolicy/default", "name: default", "name: a/b", "metadata.name"},
}

// What kubectl tocsin verify says of an object without a cluster is what the API server says of it.
func TestObjectsAreJudgedAsTheAPIServerDoes(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	kinds, err := schema.Load(config.Files, "crd/bases")
	g.Expect(err).NotTo(HaveOccurred())
	ns := namespace(t)
	g.Expect(len(badly)).To(BeNumerically(">=", 40))
	samples := map[string]string{}
	for _, c := range badly {
		file, name, _ := strings.Cut(c.sample, "/")
		text, err := os.ReadFile(filepath.Join("../../config/samples", file+".yaml"))
		g.Expect(err).NotTo(HaveOccurred())
		for _, part := range strings.Split(string(text), "\n---\n") {
			if strings.Contains(part, "\n  name: "+name+"\n") {
				samples[c.sample] = part
			}
		}
		g.Expect(samples[c.sample]).To(ContainSubstring(c.old), c.sample)
	}
	for sample, text := range samples {
		ours, theirs, err := judge(t, kinds, ns, text)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(theirs).To(Succeed(), sample)
		g.Expect(ours).To(BeEmpty(), sample)
	}
	for _, c := range badly {
		what := c.sample + ": " + c.new[:min(len(c.new), 80)]
		ours, theirs, err := judge(t, kinds, ns, strings.Replace(samples[c.sample], c.old, c.new, 1))
		g.Expect(err).NotTo(HaveOccurred(), what)
		g.Expect(theirs).NotTo(Succeed(), what+": the API server takes it")
		if len(ours) == 0 {
			t.Errorf("%s: we take it; the API server says: %v", what, theirs)
			continue
		}
		var fields []string
		for _, f := range ours {
			fields = append(fields, f.Field)
			g.Expect(f.Message).NotTo(BeEmpty(), what)
			g.Expect(f.Advice).NotTo(BeEmpty(), what)
			g.Expect(f.Message+f.Advice).NotTo(Or(ContainSubstring("in body"), ContainSubstring("Invalid value"), ContainSubstring("<nil>")), what)
		}
		if c.field != "" && !slices.Contains(fields, c.field) {
			t.Errorf("%s: we say it of %v, and not of %s", what, fields, c.field)
		}
		slices.Sort(fields)
		fields = slices.Compact(fields)
		if strings.Contains(theirs.Error(), "cannot unmarshal") {
			continue // the API server's answer names no field then
		}
		if !slices.Equal(fields, accused(theirs)) {
			t.Errorf("%s:\nours: %q\ntheirs: %v", what, ours, theirs)
		}
	}
}

// judge asks both.
func judge(t *testing.T, kinds *schema.Kinds, ns, text string) (ours []schema.Fault, theirs, err error) {
	t.Helper()
	documents, faults := pack.Read("sample", []byte(text))
	if len(faults) > 0 {
		return nil, nil, faults[0]
	}
	if len(documents) != 1 {
		return nil, nil, errors.New("no single document")
	}
	object := &unstructured.Unstructured{Object: documents[0].Object}
	if _, ours, err = kinds.Judge(t.Context(), documents[0].Kind, object.Object); err != nil {
		return nil, nil, err
	}
	if meta, is := object.Object["metadata"].(map[string]any); is {
		meta["namespace"] = ns
	}
	return ours, admin(t).Create(t.Context(), object, client.FieldValidation("Strict"), client.DryRunAll), nil
}

var unknown = regexp.MustCompile(`unknown field "([^"]+)"`)

// accused are the fields the API server's answer names, without what says only that rules were not weighed.
func accused(err error) []string {
	var fields []string
	for _, m := range unknown.FindAllStringSubmatch(err.Error(), -1) {
		fields = append(fields, m[1])
	}
	var status apierrors.APIStatus
	if errors.As(err, &status) && status.Status().Details != nil {
		for _, cause := range status.Status().Details.Causes {
			if cause.Field != "<nil>" {
				fields = append(fields, cause.Field)
			}
		}
	}
	slices.Sort(fields)
	return slices.Compact(fields)
}
