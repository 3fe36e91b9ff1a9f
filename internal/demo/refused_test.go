package demo

import (
	"bytes"
	"errors"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	testingclock "k8s.io/utils/clock/testing"

	"tocsin.dev/tocsin/api/v1alpha1"
)

func TestRefusedActsAreShown(t *testing.T) {
	g := NewWithT(t)
	err := errors.New(`responsetasks.crisis.tocsin.dev "t-1" is forbidden: ValidatingAdmissionPolicy 'tocsin-task-acts' with binding 'tocsin-task-acts' denied request: you are amy,
 not bob`)
	noon := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	var out bytes.Buffer
	p := &play{o: Options{Out: &out}, start: noon.In(time.FixedZone("office", 8*3600)), cast: &Cast{}}
	p.showRefused()
	g.Expect(out.String()).To(BeEmpty())
	p.cast.refused = []refusal{
		{noon.Add(time.Hour), "cem", v1alpha1.TaskAct{Verb: v1alpha1.TaskApprove}, "t-2", "you asked for it"},
		{noon, "amy", v1alpha1.TaskAct{By: "bob", Verb: v1alpha1.TaskComplete, Outcome: "unfounded"}, "t-1", inItsWords(err)},
	}
	p.showRefused()
	g.Expect(out.String()).To(Equal(`
The API server refused 2 acts; nothing of them is in any record:
  2 Mar 12:00:00  amy tried Complete (unfounded) on t-1 in the name of bob
      you are amy, not bob
  2 Mar 13:00:00  cem tried Approve on t-2
      you asked for it
`))
}

// Where lines cannot be redrawn the figures of the end are told even when others were told a moment before.
func TestTheLastFiguresAreTold(t *testing.T) {
	g := NewWithT(t)
	var out bytes.Buffer
	say := newTeller(&out, false, testingclock.NewFakePassiveClock(time.Unix(1000, 0)))
	say.progress("closed 3")
	say.progress("closed 4")
	say.last("closed 5")
	g.Expect(out.String()).To(Equal("  closed 3\n  closed 5\n"))
}
