package difference_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/internal/difference"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/playbooks"
	"tocsin.dev/tocsin/test/anyplaybook"
)

// A policy is no other one because it is written in another way: without comments, with its keys in another order, in one file,
// with lists without an order turned round and durations in other units.
func TestReformattingMakesNoDifference(t *testing.T) {
	for _, name := range []string{playbooks.ServiceRecovery, playbooks.PropertyDeveloper} {
		as := files(t, name)
		report := difference.Compare(side(t, as), side(t, rewritten(t, as)))
		NewWithT(t).Expect(told(report)).To(BeEmpty(), name)
		NewWithT(t).Expect(report.Notes).To(BeEmpty())
	}
}

// rewritten is the same policy written in another way.
func rewritten(t testing.TB, as map[string]string) map[string]string {
	t.Helper()
	var all []string
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(as))) {
		documents, faults := pack.Read(name, []byte(as[name]))
		NewWithT(t).Expect(faults).To(BeEmpty())
		for _, d := range documents {
			turn(d.Object)
			text, err := json.Marshal(d.Object)
			NewWithT(t).Expect(err).NotTo(HaveOccurred())
			all = append(all, string(text))
		}
	}
	return map[string]string{"all.yaml": strings.Join(all, "\n---\n")}
}

// unordered are the lists whose order means nothing.
var unordered = []string{"steps", "roles", "needs", "not", "to", "options", "templates", "texts", "cancel", "signals", "counts", "by of a count", "holidays", "workdays", "stakeholders", "hours", "remind"}

func turn(v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			turn(value)
			if list, is := value.([]any); is && slices.Contains(unordered, key) {
				slices.Reverse(list)
			}
			if text, is := value.(string); is && slices.Contains([]string{"elapsed", "every", "atMost", "acknowledgeWithin"}, key) {
				v[key] = strings.NewReplacer("24h", "1d", "4h", "240m", "1h", "60m", "30m", "1800s").Replace(text)
			}
			if text, is := value.(string); is && (key == "when" || key == "until") {
				v[key] = " ( " + strings.NewReplacer("&&", "\n  &&\n", `"`, `'`).Replace(text) + " ) "
			}
		}
	case []any:
		for _, x := range v {
			turn(x)
		}
	}
}

const around = `
apiVersion: crisis.tocsin.dev/v1alpha1
kind: BusinessCalendar
metadata: {name: office-hours}
spec: {timeZone: Asia/Shanghai, hours: [{days: [Mon, Tue, Wed, Thu, Fri], from: "09:00", to: "18:00"}]}
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: crisis}
spec: {for: CrisisIncident, roles: [{name: commander, duty: manager}], steps: [{name: command, assignRole: {role: commander}}]}
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: TriagePolicy
metadata: {name: policy}
spec: {levels: [{name: L1, playbook: any}], defaultLevel: L1}
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: ResponseTeam
metadata: {name: desk}
spec:
  members: [{name: lin, user: lin, duties: [agent]}, {name: sun, user: sun, duties: [supervisor]}]
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: ResponseTeam
metadata: {name: management}
spec:
  members: [{name: gao, user: gao, duties: [manager]}, {name: he, user: he, duties: [executive]}, {name: ma, user: ma, duties: [lawyer]}]
  stakeholders: [{name: regulator}]
---
apiVersion: crisis.tocsin.dev/v1alpha1
kind: ResponseTeam
metadata: {name: crisis}
spec:
  members: [{name: gao, user: gao, duties: [manager]}, {name: yu, user: yu, duties: [press]}]
`

func anyPack(t *rapid.T) map[string]string {
	text, subs := anyplaybook.Draw(t)
	out := map[string]string{"around.yaml": around, "any.yaml": book("any", text)}
	for name, sub := range subs {
		out[name+".yaml"] = book(name, sub)
	}
	return out
}

func book(name, spec string) string {
	return "apiVersion: crisis.tocsin.dev/v1alpha1\nkind: Playbook\nmetadata: {name: " + name + "}\nspec:\n  " + strings.ReplaceAll(strings.TrimSpace(spec), "\n", "\n  ") + "\n"
}

// No playbook differs from itself, however it is written; and one whose step is taken out does.
func TestAnyPlaybookIsWhatItIs(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		g := NewWithT(t)
		as := anyPack(r)
		before := side(t, as)
		report := difference.Compare(before, side(t, as))
		g.Expect(told(report)).To(BeEmpty())
		report = difference.Compare(before, side(t, rewritten(t, as)))
		g.Expect(told(report)).To(BeEmpty(), as["any.yaml"])

		var o map[string]any
		g.Expect(yaml.Unmarshal([]byte(as["any.yaml"]), &o)).To(Succeed())
		spec := o["spec"].(map[string]any)
		spec["steps"] = append(spec["steps"].([]any), map[string]any{"name": "further", "task": map[string]any{"to": "legal"}, "noDeadline": "it may take long"})
		text, err := yaml.Marshal(o)
		g.Expect(err).NotTo(HaveOccurred())
		as["any.yaml"] = string(text)
		g.Expect(told(difference.Compare(before, side(t, as)))).To(ContainElement("playbook any: there is a new step further: it asks legal to do it"))
		g.Expect(told(difference.Compare(side(t, as), before))).To(ContainElement("playbook any: the step further is gone: it asked legal to do it"))
	})
}
