package cacao_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/cacao"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/playbooks"
	"tocsin.dev/tocsin/test/anyplaybook"
)

var (
	first  = time.Date(2026, time.January, 5, 8, 0, 0, 0, time.UTC)
	second = time.Date(2026, time.March, 2, 9, 30, 0, 500_000_000, time.UTC)
)

// shipped is a shipped pack.
func shipped(t testing.TB, name string) *pack.Pack {
	t.Helper()
	p := pack.New()
	documents, err := playbooks.Documents(name)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for _, d := range documents {
		NewWithT(t).Expect(p.Add(d.File, d.YAML)).To(Succeed())
	}
	return p
}

// everyBook calls with every shipped playbook.
func everyBook(t *testing.T, with func(t *testing.T, p *pack.Pack, name string)) {
	for _, pack := range []string{playbooks.ServiceRecovery, playbooks.PropertyDeveloper} {
		p := shipped(t, pack)
		for name := range p.Playbooks {
			t.Run(pack+"/"+name, func(t *testing.T) { with(t, p, name) })
		}
	}
}

func export(t testing.TB, name string, spec *v1alpha1.PlaybookSpec) []byte {
	t.Helper()
	text, err := cacao.Export(name, spec, first, second)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return text
}

// clash is where the published schemas contradict themselves under draft 2019-09: the commands of an action may have no
// properties but those all commands have, so that no manual command could say what is to be done.
var clash = regexp.MustCompile(`^\.workflow\.action--[0-9a-f-]+\.commands\[\d+\]: there is no property command$`)

func TestShippedPlaybooksAreValidCACAO(t *testing.T) {
	everyBook(t, func(t *testing.T, p *pack.Pack, name string) {
		g := NewWithT(t)
		text := export(t, name, &p.Playbooks[name].Spec)
		g.Expect(published(t, false).judge(text)).To(BeEmpty(), "as draft-07, which the schemas say they are")
		for _, f := range published(t, true).judge(text) {
			g.Expect(f).To(MatchRegexp(clash.String()), "as 2019-09")
		}
		flows(t, text)
	})
}

// The validator itself finds what is wrong.
func TestTheValidatorJudges(t *testing.T) {
	p := shipped(t, playbooks.ServiceRecovery)
	text := string(export(t, "major-incident", &p.Playbooks["major-incident"].Spec))
	for _, edit := range [][2]string{
		{`"spec_version": "cacao-2.0"`, `"spec_version": "cacao-3.0"`}, {`"created": "2026`, `"created": "26`},
		{`"type": "manual"`, `"kind": "manual"`}, {`"on_completion": "end--`, `"on_completion": "ende-`}, {`"type": "parallel"`, `"type": "together"`},
		{`"workflow_start"`, `"workflow_begin"`}, {`"timeout": `, `"timeout": 0.`}, {`"name": "major-incident"`, `"name": 7`},
	} {
		NewWithT(t).Expect(text).To(ContainSubstring(edit[0]))
		NewWithT(t).Expect(published(t, true).judge([]byte(strings.Replace(text, edit[0], edit[1], 1)))).To(ContainElement(Not(MatchRegexp(clash.String()))), edit[1])
	}
}

// flows holds what the schemas cannot say: every reference is to what is there, and one way leads to every step, so that what
// goes on side by side comes to an end of its own.
func flows(t testing.TB, text []byte) {
	t.Helper()
	g := NewWithT(t)
	var doc struct {
		Start    string `json:"workflow_start"`
		Workflow map[string]struct {
			OnCompletion string   `json:"on_completion"`
			OnTrue       string   `json:"on_true"`
			OnFalse      string   `json:"on_false"`
			NextSteps    []string `json:"next_steps"`
			Agent        string   `json:"agent"`
			Targets      []string `json:"targets"`
		} `json:"workflow"`
		Agents  map[string]any `json:"agent_definitions"`
		Targets map[string]any `json:"target_definitions"`
	}
	g.Expect(json.Unmarshal(text, &doc)).To(Succeed())
	led := map[string]bool{doc.Start: true}
	for _, s := range doc.Workflow {
		for _, to := range append([]string{s.OnCompletion, s.OnTrue, s.OnFalse}, s.NextSteps...) {
			if to != "" {
				g.Expect(doc.Workflow).To(HaveKey(to))
				g.Expect(led).NotTo(HaveKey(to), "two ways lead to it")
				led[to] = true
			}
		}
		if s.Agent != "" {
			g.Expect(doc.Agents).To(HaveKey(s.Agent))
		}
		for _, to := range s.Targets {
			g.Expect(doc.Targets).To(HaveKey(to))
		}
	}
	g.Expect(led).To(HaveLen(len(doc.Workflow)), "no step stands apart")
}

func TestShippedPlaybooksComeBack(t *testing.T) {
	everyBook(t, func(t *testing.T, p *pack.Pack, name string) {
		g := NewWithT(t)
		spec := p.Playbooks[name].Spec
		again, back, losses, err := cacao.Import(export(t, name, &spec), cacao.Options{})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(losses).To(BeEmpty())
		g.Expect(again).To(Equal(name))
		g.Expect(*back).To(Equal(spec))
		g.Expect(export(t, name, &spec)).To(Equal(export(t, name, back)), "the same playbook gives the same document")
	})
}

// Any playbook comes back and compiles to the same plan; and its workflow alone can be read as one that compiles as well.
func TestAnyPlaybookComesBack(t *testing.T) {
	crisis := v1alpha1.PlaybookSpec{For: v1alpha1.RecordCrisisIncident, Roles: []v1alpha1.Role{{Name: "commander", Duty: "manager"}},
		Steps: []v1alpha1.Step{{StepHead: v1alpha1.StepHead{Name: "command"}, Action: v1alpha1.Action{AssignRole: &v1alpha1.AssignRole{Role: "commander"}}}}}
	hours := v1alpha1.BusinessCalendarSpec{TimeZone: "UTC", Hours: []v1alpha1.OpeningHours{{Days: []v1alpha1.Weekday{"Mon"}, From: "09:00", To: "17:00"}}}
	rapid.Check(t, func(r *rapid.T) {
		g := NewWithT(t)
		text, subs := anyplaybook.Draw(r)
		books := map[string]v1alpha1.PlaybookSpec{"any": read(t, text), "crisis": crisis}
		for name, sub := range subs {
			books[name] = read(t, sub)
		}
		back := map[string]v1alpha1.PlaybookSpec{}
		for name, spec := range books {
			document := export(t, name, &spec)
			g.Expect(published(t, false).judge(document)).To(BeEmpty())
			flows(t, document)
			again, carried, losses, err := cacao.Import(document, cacao.Options{})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(losses).To(BeEmpty())
			back[again] = *carried
		}
		g.Expect(plan(t, back, hours)).To(Equal(plan(t, books, hours)), text)
	})
}

func read(t testing.TB, text string) (spec v1alpha1.PlaybookSpec) {
	t.Helper()
	NewWithT(t).Expect(yaml.UnmarshalStrict([]byte(text), &spec)).To(Succeed())
	return spec
}

// plan is what the playbook any compiles to, as far as it can be compared: expressions by their text.
func plan(t testing.TB, books map[string]v1alpha1.PlaybookSpec, hours v1alpha1.BusinessCalendarSpec) string {
	t.Helper()
	p := pack.New()
	for name, spec := range books {
		p.Playbooks[name] = &v1alpha1.Playbook{Spec: spec}
	}
	p.Calendars["office-hours"] = &v1alpha1.BusinessCalendar{Spec: hours}
	plan, problems := playbook.Compile(p.Closure("any"))
	NewWithT(t).Expect(problems).To(BeEmpty())
	var out []any
	for _, n := range plan.Nodes {
		out = append(out, n.Path, n.Head, n.Action, n.Repeat, n.Parent, n.Children, n.Needs, n.NeededBy, n.When.Source(), n.Until.Source(), n.WaitUntil.Source(), n.OfStep, n.Asks, n.Remind, n.Ladder, n.Scope)
	}
	for _, r := range plan.Regions {
		out = append(out, r.Name, r.When.Source(), r.Nodes, r.Parent, r.Scope)
	}
	text, err := json.Marshal(append(out, plan.Roots, plan.Roles))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return string(text)
}
