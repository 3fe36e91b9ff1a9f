package playbooks

import (
	"strings"
	"testing"
	"unicode"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// jargon are words that a customer should not have to read, and that blame them.
var jargon = []string{"SLA", "escalat", "workflow", "ticket", "stakeholder", "incident", "your fault", "you failed", "you should have", "policy",
	"流程", "工单", "升级", "节点", "您的错", "您没有按"}

// outside are the audiences that are not staff.
var outside = map[v1alpha1.Identifier]bool{"complainant": true, "customers": true, "media": true}

func TestEveryTextExistsInBothLanguagesAndCanBeWritten(t *testing.T) {
	full := playbook.TemplateData{
		Case: "TS20260601001", Title: "smoke from kettles", Level: "major", Step: "recover/planRemedy", StepName: "plan remedy", StepTitle: "plan", Round: 2,
		Due: "2026-06-02 18:00", Recipient: "Lin Mei", Complainant: "吴佳宁", Product: "kettle", Remedy: "A new kettle.",
		RemedyAmount: "260.00 CNY", Commander: "chen-guo", Spokesperson: "yu-qing",
	}
	for _, name := range packs(t) {
		for book, spec := range load(t, name).playbooks {
			for _, template := range spec.Templates {
				g := NewWithT(t)
				texts := map[v1alpha1.Locale]v1alpha1.TemplateText{}
				for _, text := range template.Texts {
					texts[text.Locale] = text
				}
				g.Expect(texts).To(And(HaveLen(2), HaveKey(v1alpha1.LocaleEnglish), HaveKey(v1alpha1.LocaleChinese)), "%s %s", book, template.Name)
				for locale, text := range texts {
					where := book + " " + string(template.Name) + " " + string(locale)
					subject, body := render(t, where, text.Subject, full), render(t, where, text.Body, full)
					g.Expect(len([]rune(subject))).To(BeNumerically("<=", 70), where)
					g.Expect(strings.ContainsFunc(subject+body, isHan(full))).To(Equal(locale == v1alpha1.LocaleChinese), "%s: wrong language", where)
					g.Expect(subject+body).NotTo(ContainSubstring("{{"), where)
					render(t, where, text.Subject+text.Body, playbook.TemplateData{})
				}
			}
		}
	}
}

// isHan says whether a character is Chinese and not from a name that was filled in.
func isHan(data playbook.TemplateData) func(rune) bool {
	return func(r rune) bool { return unicode.Is(unicode.Han, r) && !strings.ContainsRune(data.Complainant, r) }
}

func render(t *testing.T, where, source string, data playbook.TemplateData) string {
	t.Helper()
	parsed, err := playbook.ParseTemplate(source)
	if err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	var out strings.Builder
	if err := parsed.Execute(&out, data); err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	return out.String()
}

// TestTheSameTextIsTheSameEverywhere keeps the words of a pack in step: a template of one name says the same in every
// playbook that has it, and none is there that nobody sends.
func TestTheSameTextIsTheSameEverywhere(t *testing.T) {
	for _, name := range packs(t) {
		g := NewWithT(t)
		p := load(t, name)
		first := map[v1alpha1.Identifier]v1alpha1.Template{}
		for book, spec := range p.playbooks {
			sent := map[v1alpha1.Identifier]bool{}
			for _, node := range p.compile(t, book).Nodes {
				if node.Action.Notify != nil {
					sent[node.Action.Notify.Template] = true
				}
				if node.Action.Survey != nil {
					sent[node.Action.Survey.Template] = true
				}
			}
			for _, template := range spec.Templates {
				g.Expect(sent).To(HaveKey(template.Name), "%s never sends it", book)
				if other, ok := first[template.Name]; ok {
					g.Expect(template).To(Equal(other), "%s in %s", template.Name, book)
				}
				first[template.Name] = template
			}
		}
	}
}

func TestWhatGoesOutsideIsPlainAndBlamesNobody(t *testing.T) {
	for _, name := range packs(t) {
		g := NewWithT(t)
		p := load(t, name)
		checked := 0
		for book := range p.playbooks {
			plan := p.compile(t, book)
			for _, node := range plan.Nodes {
				notify := node.Action.Notify
				if notify == nil || !outside[notify.To[0]] {
					continue
				}
				template, ok := plan.Template(string(notify.Template))
				g.Expect(ok).To(BeTrue(), node.Path)
				for _, text := range template.Texts {
					checked++
					for _, word := range jargon {
						g.Expect(strings.ToLower(text.Subject+text.Body)).NotTo(ContainSubstring(strings.ToLower(word)), "%s %s", book, node.Path)
					}
				}
			}
		}
		g.Expect(checked).To(BeNumerically(">", 20))
	}
}
