package report

import (
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// An answer that ends its step is written as the end of the step alone; a step that ends by itself is nobody's answer.
func TestFirstAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		tell   func(*teller)
		minute int // of the answer; 0: none
	}{
		"an act":                     {func(s *teller) { s.say(9, v1alpha1.EventActed, "b", 0, "ann", "agreed") }, 9},
		"the end of a step":          {func(s *teller) { s.say(8, v1alpha1.EventStepDone, "b", 0, "ann", "done") }, 8},
		"a step that ends by itself": {func(s *teller) { s.say(8, v1alpha1.EventStepDone, "b", 0, "", "done: sent") }, 0},
		"nothing":                    {func(*teller) {}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			var s teller
			s.say(2, v1alpha1.EventStepDone, "a", 0, "ann", "before anybody was asked")
			s.say(3, v1alpha1.EventAsked, "b", 0, "", "ann is asked")
			c.tell(&s)
			asked, answered, ok := firstAnswer(s.entries)
			g.Expect(asked).To(Equal(at(3).Time))
			g.Expect(ok).To(Equal(c.minute > 0))
			if ok {
				g.Expect(answered).To(Equal(at(c.minute).Time))
			}
		})
	}
}
