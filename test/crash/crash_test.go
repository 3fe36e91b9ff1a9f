package crash

import (
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/types"
)

// only names the case to run: all whose name contains it.
var only = os.Getenv("CRASH")

// atOnce is how many cases are played at a time: more than there are processors, because each mostly waits.
const atOnce = 6

// recovery is how much later anything may be after one death: the second a process takes to come back, and what a claim
// is left alone.
const recovery = leeway(30 * time.Second)

// The manager is cut off right before and right after each of its writes (one of each sort, unless all are asked for),
// and goes on in a new life: the same world and the same books as without that.
func TestCutOffAtEveryWrite(t *testing.T) {
	g := NewWithT(t)
	want, writes := playUndisturbed(t)
	again, same := playQuietly(t)
	g.Expect(compare(want, again, asPlanned, recovery)).To(BeEmpty(), "two undisturbed runs are the same")
	// On a busy machine a change more or less is seen together with another one.
	writes = slices.DeleteFunc(slices.Clone(writes), func(w write) bool { return !slices.Contains(same, w) })
	g.Expect(len(writes)).To(BeNumerically(">", 200), "and nearly all of their writes are")

	cases := choose(writes)
	g.Expect(cases).NotTo(BeEmpty(), "no write is called %q", only)
	say("%d writes, %d cases", len(writes), len(cases))
	var done atomic.Int32
	queue := make(chan cut)
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for c := range queue {
				ok := t.Run(c.String(), func(t *testing.T) { cutOff(t, want, c) })
				say("%4d of %d  %-4s %s", done.Add(1), len(cases), map[bool]string{true: "ok", false: "FAIL"}[ok], c)
			}
		})
	}
	for _, c := range cases {
		queue <- c
	}
	close(queue)
	workers.Wait()
}

// quiet is a run in which nobody dies; all tests compare with the same one.
var quiet struct {
	once   sync.Once
	want   *picture
	writes []write
}

// playUndisturbed is the world and the writes of a run in which nobody dies.
func playUndisturbed(t *testing.T) (*picture, []write) {
	quiet.once.Do(func() { quiet.want, quiet.writes = playQuietly(t) })
	NewWithT(t).Expect(quiet.want).NotTo(BeNil(), "the undisturbed run has failed")
	return quiet.want, quiet.writes
}

func playQuietly(t *testing.T) (*picture, []write) {
	g := NewWithT(t)
	s, err := newStage(t, nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(s.play()).To(Succeed())
	g.Expect(s.end()).To(Succeed())
	p, err := s.picture()
	g.Expect(err).NotTo(HaveOccurred())
	return p, s.knife.writes()
}

// tries is how often a case is played until its write comes up. On a machine with far too much to do, two changes may be
// seen together and be written with one write.
const tries = 3

// cutOff plays one case.
func cutOff(t *testing.T, want *picture, c cut) {
	g := NewWithT(t)
	var s *stage
	var unknown map[types.UID]bool
	for n, struck := 0, false; !struck; n++ {
		g.Expect(n).To(BeNumerically("<", tries), "the write did not come up")
		var err error
		s, err = newStage(t, &c)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(s.play()).To(Succeed())
		g.Expect(s.end()).To(Succeed())
		struck, unknown = s.knife.struck()
	}
	got, err := s.picture()
	g.Expect(err).NotTo(HaveOccurred())
	if different := compare(want, got, these(unknown), recovery); len(different) > 0 {
		t.Errorf("the manager died %s, and in the end this was different:\n%s\nAgain: CRASH='%s' go test ./test/crash -run TestCutOffAtEveryWrite",
			c, strings.Join(different, "\n"), c)
	}
}

// choose are the cases to play: each write before and after; in everyday tests the one in the middle of each sort.
func choose(writes []write) (cases []cut) {
	bySort := map[string][]write{}
	var sorts []string
	for _, w := range writes {
		if bySort[w.sort()] == nil {
			sorts = append(sorts, w.sort())
		}
		bySort[w.sort()] = append(bySort[w.sort()], w)
	}
	for _, sort := range sorts {
		list := bySort[sort]
		if !everything && only == "" {
			list = list[len(list)/2 : len(list)/2+1]
		}
		for _, w := range list {
			for _, c := range []cut{{w, false}, {w, true}} {
				if strings.Contains(c.String(), only) {
					cases = append(cases, c)
				}
			}
		}
	}
	return cases
}
