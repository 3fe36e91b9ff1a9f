package verify

import (
	"fmt"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// templates says which texts of a playbook no step sends. One named as a built-in text is the playbook's own wording of it.
func (s *Subject) templates() {
	for _, name := range sorted(s.Pack.Playbooks) {
		pb := &s.Pack.Playbooks[name].Spec
		sent := sentBy(pb)
		for i, t := range pb.Templates {
			if _, builtIn := playbook.BuiltinTemplate(string(t.Name)); !builtIn && !sent[t.Name] {
				s.find(TemplateUsed, "Playbook", name, fmt.Sprintf("spec.templates[%d]", i), fmt.Sprintf("no step sends the template %s", t.Name),
					"name it in a step, or take it out")
			}
		}
	}
}

// sentBy are the templates that the steps of a playbook name.
func sentBy(pb *v1alpha1.PlaybookSpec) map[v1alpha1.Identifier]bool {
	sent := map[v1alpha1.Identifier]bool{}
	note := func(head *v1alpha1.StepHead, a *v1alpha1.Action) {
		if head.Overdue != nil {
			sent[head.Overdue.Template] = true
		}
		switch {
		case a.Notify != nil:
			sent[a.Notify.Template] = true
		case a.AssembleTeam != nil:
			sent[a.AssembleTeam.Template] = true
		case a.AssignRole != nil:
			sent[a.AssignRole.Template] = true
		case a.Survey != nil:
			sent[a.Survey.Template] = true
		}
	}
	for i := range pb.Steps {
		note(&pb.Steps[i].StepHead, &pb.Steps[i].Action)
		if r := pb.Steps[i].Repeat; r != nil {
			for k := range r.Steps {
				note(&r.Steps[k].StepHead, &r.Steps[k].Action)
			}
		}
	}
	return sent
}
