package verify

import (
	"context"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/soundness"
)

// TakeOvers says of the playbooks of a namespace that lives what is wrong with them because of those they take over from when the level
// of a complaint is raised. It is what Verify says of soundness less what the text of one playbook says alone. bytes is about how much
// memory the states of a proof may take. The end of ctx ends the proofs, which is said. Findings are by the name of the playbook; they
// have no file.
func TakeOvers(ctx context.Context, p *pack.Pack, bytes int) map[string][]Finding {
	s := &Subject{Pack: p, Plans: map[string]*playbook.Plan{}, stop: func() bool { return ctx.Err() != nil }}
	room := 0
	for _, name := range sorted(p.Playbooks) {
		if plan, problems := playbook.Compile(p.Closure(name)); len(problems) == 0 && plan.For == v1alpha1.RecordComplaint {
			s.Plans[name] = plan
			room += soundness.StateBytes(plan)
		}
	}
	if len(s.Plans) == 0 {
		return nil
	}
	succession := s.succession(min(soundness.DefaultHandedOver, bytes/room))
	told := map[string]bool{}
	for _, name := range sorted(s.Plans) {
		s.takesOver(name, soundness.Options{Limit: min(soundness.DefaultLimit, bytes/soundness.StateBytes(s.Plans[name])), Stop: s.stop, Succession: succession}, told)
	}
	out := map[string][]Finding{}
	for _, f := range inOrder(s.findings) {
		name := strings.TrimPrefix(f.Object, "Playbook/")
		out[name] = append(out[name], f)
	}
	return out
}

// takesOver notes what is wrong with a playbook in view of those it takes over from.
func (s *Subject) takesOver(name string, o soundness.Options, told map[string]bool) {
	plan := s.Plans[name]
	o.TextAlone = s.lowered(name)
	v := soundness.Check(plan, o)
	s.onlyLowered(name, v)
	if o.Succession.TakesOver(plan) {
		for _, bound := range v.Bounds {
			s.find(ProofBounded, "Playbook", name, "", bound, "simplify its conditions or split it")
		}
	}
	never := func(f soundness.Finding) bool {
		return slices.Contains([]soundness.Reason{soundness.NeverHappens, soundness.NeverSatisfied, soundness.NeverFires}, f.Reason)
	}
	alone := v
	if !o.TextAlone && slices.ContainsFunc(v.Findings, never) {
		alone = soundness.Check(plan, soundness.Options{Limit: o.Limit, Stop: o.Stop, TextAlone: true})
	}
	for _, f := range slices.Concat(v.Findings, v.Doubts) {
		same := func(other soundness.Finding) bool {
			return f.Reason == other.Reason && f.Playbook == other.Playbook && f.Field == other.Field
		}
		if f.After != "" || never(f) && !slices.ContainsFunc(alone.Findings, same) {
			s.unsound(name, f, told)
		}
	}
}

// succession are the playbooks that take over from each other when rules or people raise the level of a complaint. limit is of how
// many states of each is looked at what it hands over; 0: as many as by default.
func (s *Subject) succession(limit int) *soundness.Succession {
	after := map[*playbook.Plan][]*playbook.Plan{}
	var order []*playbook.Plan
	for _, name := range sorted(s.Plans) {
		plan := s.Plans[name]
		if plan.For != v1alpha1.RecordComplaint {
			continue
		}
		order = append(order, plan)
		for _, below := range s.Pack.Below(name) {
			if b := s.Plans[below]; b != nil && b.For == v1alpha1.RecordComplaint {
				after[b] = append(after[b], plan)
			}
		}
	}
	return soundness.NewSuccession(order, after, soundness.Options{Limit: limit, Stop: s.stop})
}
