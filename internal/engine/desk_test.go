package engine

import (
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
)

func TestTasksOfARunThatIsPlayed(t *testing.T) {
	g := NewWithT(t)
	open, facts := map[string]v1alpha1.ResponseTaskSpec{}, map[string]TaskFacts{}
	seats := func(user v1alpha1.User) []v1alpha1.Seat {
		return []v1alpha1.Seat{{Role: "lead", Users: []v1alpha1.User{user}}}
	}
	TakeTask(OpenTask{Name: "t", Spec: v1alpha1.ResponseTaskSpec{Step: "look", Assignment: v1alpha1.Assignment{Seats: seats("amy")}}}, open, facts)
	g.Expect(open).To(HaveKeyWithValue("t", HaveField("Step", "look")))
	g.Expect(facts["t"].Seats).To(Equal(seats("amy")))

	t.Log("what was done to it stays when others are asked")
	facts["t"] = TaskFacts{Seats: seats("amy"), Acts: []v1alpha1.TaskAct{{ID: "1"}}}
	TakeTask(Reassign{Name: "t", Assignment: v1alpha1.Assignment{Seats: seats("bob")}}, open, facts)
	g.Expect(open["t"].Step).To(Equal("look"))
	g.Expect(open["t"].Assignment.Seats).To(Equal(seats("bob")))
	g.Expect(facts["t"]).To(Equal(TaskFacts{Seats: seats("bob"), Acts: []v1alpha1.TaskAct{{ID: "1"}}}))

	TakeTask(CloseTask{Name: "t"}, open, facts)
	g.Expect(open).To(BeEmpty())
	g.Expect(facts).To(HaveKey("t"))
}
