package playbook

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
)

func TestTooManySteps(t *testing.T) {
	g := NewWithT(t)
	// Every level carries out the next one twice: 2 to the 12th steps if it were ever written out.
	c := Closure{Name: "l0", Subs: map[string]v1alpha1.PlaybookSpec{}}
	level := func(next string) v1alpha1.PlaybookSpec {
		spec := v1alpha1.PlaybookSpec{For: v1alpha1.RecordComplaint}
		for _, name := range []string{"a", "b"} {
			spec.Steps = append(spec.Steps, v1alpha1.Step{StepHead: v1alpha1.StepHead{Name: name},
				Action: v1alpha1.Action{Playbook: &v1alpha1.PlaybookAction{Name: next}}})
		}
		return spec
	}
	c.Playbook = level(levelName(1))
	for i := 1; i < 12; i++ {
		c.Subs[levelName(i)] = level(levelName(i + 1))
	}
	last := level("")
	for i := range last.Steps {
		last.Steps[i].Action = v1alpha1.Action{Wait: &v1alpha1.Wait{For: &v1alpha1.Span{Elapsed: "1h"}}}
	}
	c.Subs[levelName(12)] = last
	plan, problems := Compile(c)
	g.Expect(plan).To(BeNil())
	g.Expect(problems).To(HaveLen(1))
	g.Expect(problems[0].Message).To(ContainSubstring("more than 256 steps"))
}

func levelName(i int) string { return "l" + string(rune('0'+i/10)) + string(rune('0'+i%10)) }

func TestPathsAndRolesFitIntoTheRun(t *testing.T) {
	g := NewWithT(t)
	long := strings.Repeat("a", 40)
	c := Closure{Name: "l0", Subs: map[string]v1alpha1.PlaybookSpec{}}
	spec := func(next string) v1alpha1.PlaybookSpec {
		s := v1alpha1.PlaybookSpec{For: v1alpha1.RecordComplaint, Steps: []v1alpha1.Step{{StepHead: v1alpha1.StepHead{Name: long}}}}
		if next == "" {
			s.Steps[0].Wait = &v1alpha1.Wait{For: &v1alpha1.Span{Elapsed: "1h"}}
		} else {
			s.Steps[0].Playbook = &v1alpha1.PlaybookAction{Name: next}
		}
		return s
	}
	c.Playbook, c.Subs["l1"], c.Subs["l2"] = spec("l1"), spec("l2"), spec("")
	mustCompile(t, c) // 3 × 40 characters and two slashes
	c.Subs["l2"], c.Subs["l3"] = spec("l3"), spec("")
	_, problems := Compile(c)
	g.Expect(problems).To(HaveLen(1))
	g.Expect(problems[0].String()).To(And(HavePrefix("playbook l3: spec.steps[0].name: "), ContainSubstring("longer than 128")))

	crowd := badPlaybook{}.closure(t)
	for i := range MaxRoles - len(crowd.Playbook.Roles) {
		crowd.Playbook.Roles = append(crowd.Playbook.Roles, v1alpha1.Role{Name: v1alpha1.Identifier(fmt.Sprintf("r%d", i)), Team: "desk", Duty: "agent"})
	}
	mustCompile(t, crowd)
	crowd.Playbook.Roles = append(crowd.Playbook.Roles, v1alpha1.Role{Name: "oneMore", Team: "desk", Duty: "agent"})
	_, problems = Compile(crowd)
	g.Expect(problems).To(HaveLen(1))
	g.Expect(problems[0].Message).To(ContainSubstring("129 roles"))
}
