package playbook

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// checkTemplates checks the texts of a playbook.
func (b *book) checkTemplates() {
	seen := map[v1alpha1.Identifier]bool{}
	for i, t := range b.spec.Templates {
		field := at("spec.templates", i)
		switch {
		case !identifier.MatchString(string(t.Name)):
			b.report(field+".name", "use a small letter, then letters, digits and hyphens, 40 at most", "%q is no name for a template", t.Name)
		case seen[t.Name]:
			b.report(field+".name", "give each template a name of its own", "there are two templates %s", t.Name)
		}
		seen[t.Name] = true
		if len(t.Texts) == 0 {
			b.report(field+".texts", "write a text", "the template %s has no text", t.Name)
		}
		locales := map[v1alpha1.Locale]bool{}
		for j, text := range t.Texts {
			if locales[text.Locale] {
				b.report(at(field+".texts", j)+".locale", "write one text a language", "the template %s has two texts in %s", t.Name, text.Locale)
			}
			locales[text.Locale] = true
			b.checkText(at(field+".texts", j)+".subject", text.Subject)
			b.checkText(at(field+".texts", j)+".body", text.Body)
		}
		b.checkSharedTemplate(field, t)
	}
}

func (b *book) checkText(field, source string) {
	if _, err := ParseTemplate(source); err != nil {
		b.report(field, "docs/spec/playbook.md lists what a text can use", "%v", err)
	}
}

// checkSharedTemplate compares a template with the one of the same name in the playbooks before this one.
func (b *book) checkSharedTemplate(field string, t v1alpha1.Template) {
	for _, other := range b.order {
		if other == b {
			return
		}
		for _, shared := range other.spec.Templates {
			if shared.Name == t.Name && !reflect.DeepEqual(shared, t) {
				b.report(field, "give both the same texts, or one of them another name",
					"the template %s is another one in the playbook %s; in one run templates of the same name are one", t.Name, other.name)
				return
			}
		}
	}
}

// checkTemplate reports a template that is neither the playbook's nor built in; none is fine.
func (b *book) checkTemplate(field string, name v1alpha1.Identifier) {
	if name == "" || b.templates[name] {
		return
	}
	if _, ok := BuiltinTemplate(string(name)); !ok {
		own := slices.Sorted(maps.Keys(b.templates))
		advice := DidYouMean(string(name), append(texts(own), BuiltinTemplates()...)) + "write it under spec.templates"
		if len(own) > 0 {
			advice += "; there are: " + strings.Join(texts(own), ", ")
		}
		b.report(field, advice+"; built in are: "+strings.Join(BuiltinTemplates(), ", "), "there is no template %s", name)
	}
}
