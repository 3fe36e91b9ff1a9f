package timing

import (
	"io/fs"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/playbooks"
)

var now = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

func shipped(t testing.TB, name string) map[string]*playbook.Plan {
	t.Helper()
	p := pack.New()
	g := NewWithT(t)
	files, err := fs.Glob(playbooks.FS, name+"/*.yaml")
	g.Expect(err).NotTo(HaveOccurred())
	for _, file := range files {
		text, err := fs.ReadFile(playbooks.FS, file)
		g.Expect(err).NotTo(HaveOccurred())
		if !strings.Contains(file, "kustomization") {
			g.Expect(p.Add(file, text)).To(Succeed())
		}
	}
	plans := map[string]*playbook.Plan{}
	for name := range p.Playbooks {
		plan, problems := playbook.Compile(p.Closure(name))
		g.Expect(problems).To(BeEmpty())
		plans[name] = plan
	}
	return plans
}

// What is known of the shipped packs by other means: the first rungs of their ladders, the longest holidays of the year.
func TestTimesOfTheShippedPacks(t *testing.T) {
	g := NewWithT(t)
	plans := shipped(t, playbooks.ServiceRecovery)
	s, err := New(now, DefaultDays)
	g.Expect(err).NotTo(HaveOccurred())
	executive, err := s.Latest(plans["general-recovery"], "executive", "", "", v1alpha1.ConductSilence, Before{})
	g.Expect(err).NotTo(HaveOccurred())
	// Office hours end at 18:00 in Shanghai; 1 to 7 October are free, and so is Mid-Autumn before.
	g.Expect(executive.Start).To(Equal(time.Date(2026, time.September, 29, 10, 0, 0, 0, time.UTC)))
	g.Expect(Took(executive.At.Sub(executive.Start))).To(Equal("8 days 23 h 1 s"), "until the closing on the eighth, and two rungs more")
	g.Expect(executive.HolidaysUntil.Format(time.DateOnly)).To(Equal("2026-12-31"))
	crisis, err := s.Latest(plans["major-incident"], "executive", "", "major", v1alpha1.ConductSilence, Before{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(Took(crisis.At.Sub(crisis.Start))).To(Equal("30 min 1 s"))
	g.Expect(crisis.KnownUntil).To(BeZero(), "no working time is in it")
	answered, err := s.Latest(plans["general-recovery"], "executive", "", "", v1alpha1.ConductAnything, Before{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(answered.Never).To(BeTrue(), "where everybody answers, no executive is told")
}

func TestAHorizonHasBounds(t *testing.T) {
	g := NewWithT(t)
	for _, days := range []int{-1, 0, 3661, 10_000} {
		_, err := New(now, days)
		g.Expect(err).To(MatchError(ContainSubstring("write 1 to 3660")))
	}
}

func BenchmarkShippedPacks(b *testing.B) {
	plans := shipped(b, playbooks.ServiceRecovery)
	for b.Loop() {
		s, err := New(now, DefaultDays)
		if err != nil {
			b.Fatal(err)
		}
		for _, plan := range plans {
			for role := range plan.Roles {
				if _, err := s.Latest(plan, role, "", "", v1alpha1.ConductAnything, Before{}); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
}

// A deadline may count from a step inside a block that nothing else asks about.
func TestADeadlineCountsFromInsideABlock(t *testing.T) {
	g := NewWithT(t)
	var spec v1alpha1.PlaybookSpec
	g.Expect(yaml.UnmarshalStrict([]byte(`
for: Complaint
roles: [{name: clerk, team: desk, duty: clerk}, {name: boss, team: desk, duty: boss}]
ladder: [clerk, boss]
steps:
- name: again
  repeat:
    until: steps.look.outcome == "fine"
    max: 2
    steps:
    - {name: look, decision: {by: clerk, options: [fine, poor]}, within: {elapsed: 2h}}
- {name: after, needs: [again], task: {to: clerk}, within: {elapsed: 1h, of: look}, overdue: {climb: Ladder}}
`), &spec)).To(Succeed())
	plan, problems := playbook.Compile(playbook.Closure{Name: "it", Playbook: spec})
	g.Expect(problems).To(BeEmpty())
	s, err := New(now, 7)
	g.Expect(err).NotTo(HaveOccurred())
	v, problems := s.Check(plan, &v1alpha1.Assertion{Name: "it", Ended: "after", Within: v1alpha1.Deadline{Elapsed: "5h"}, Given: v1alpha1.ConductDeadlinesKept}, nil)
	g.Expect(problems).To(BeEmpty())
	g.Expect(v[0].Holds).To(BeTrue(), "two rounds of two hours, and one more")
	v, _ = s.Check(plan, &v1alpha1.Assertion{Name: "it", Ended: "after", Within: v1alpha1.Deadline{Elapsed: "4h59m"}, Given: v1alpha1.ConductDeadlinesKept}, nil)
	g.Expect(v[0].Played).To(BeTrue())
	g.Expect(v[0].Story[len(v[0].Story)-1]).To(ContainSubstring("after has ended: 5 h after the beginning"))
	misfits, _, err := s.Misfits(plan, "")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(misfits).To(BeEmpty(), "it begins with the end that it counts from")
}
