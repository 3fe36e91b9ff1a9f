package simulation

import (
	"fmt"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/playbooks"
)

// linesOf is every line of every timeline of a play.
func linesOf(s *Play) *[]string {
	lines := &[]string{}
	s.Told = func(record casework.Record, e engine.Event) { *lines = append(*lines, fmt.Sprint(record.GetName(), e)) }
	return lines
}

// Who is forgotten still counts for those who were received within the window and are open for longer than it.
func TestForgottenComplaintsCountForThoseThatAreOpen(t *testing.T) {
	p := load(t, playbooks.ServiceRecovery)
	for _, policy := range p.Policies {
		policy.Spec.Counts = append(policy.Spec.Counts, v1alpha1.Count{Name: "alike", Window: "10d", By: []v1alpha1.CountField{"product"}})
		policy.Spec.Rules = append([]v1alpha1.GradingRule{
			{Name: "long-and-alike", Level: "major", When: "counts.alike >= 3", OpenFor: "15d", Reason: "It takes long, and there are others."},
			{Name: "long-and-alone", Level: "serious", When: "counts.alike < 2", OpenFor: "12d", Reason: "It takes long, and there is no other."},
		}, policy.Spec.Rules...)
	}
	rapid.Check(t, func(t *rapid.T) {
		cast := &Cast{Seed: rapid.Uint64().Draw(t, "seed"), Answers: []Answer{{After: Delay{Median: "20h", Slow: "200h"}}}}
		bear := &Load{Seed: rapid.Uint64().Draw(t, "load"), Complaints: 30, Days: new(30), Kinds: []Kind{{Like: "example-lamp", Products: new(rapid.IntRange(3, 10).Draw(t, "products"))}}}
		if rapid.Bool().Draw(t, "reopened") {
			for k := range 3 {
				cast.Acts = append(cast.Acts, RecordAct{fmt.Sprintf("load-%07d", 7*k+1), "60d", v1alpha1.RecordAct{Verb: v1alpha1.RecordReopen, By: "chen.guo@example.com", Reason: "because"}})
			}
		}
		played := func(forget bool) []string {
			s := New(p, cast)
			s.Forget = forget
			lines := linesOf(s)
			if err := s.Bear(bear); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Run(s.Now().Add(150 * day)); err != nil {
				t.Fatal(err)
			}
			return *lines
		}
		if kept, lean := played(false), played(true); !slices.Equal(kept, lean) {
			for k := range min(len(kept), len(lean)) {
				if kept[k] != lean[k] {
					t.Fatalf("kept: %s\nforgotten: %s", kept[k], lean[k])
				}
			}
			t.Fatalf("%d lines, and %d where closed ones are forgotten", len(kept), len(lean))
		}
	})
}

// Whom a complaint is about takes no part in its incident when that is opened again, however long ago both were closed.
func TestComplaintsOfAnIncidentThatIsReopenedAreNotForgotten(t *testing.T) {
	p := load(t, playbooks.PropertyDeveloper)
	crisis := func(forget bool, acts []RecordAct) (name string, lines []string) {
		s := New(p, &Cast{Acts: acts})
		s.Forget = forget
		told := linesOf(s)
		for i := range 5 {
			s.Complain(group(p, i), at(0).Time.Add(time.Duration(i)*time.Minute))
		}
		_, err := s.Run(s.Now().Add(200 * day))
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		for _, ci := range s.Incidents() {
			if ci.Spec.Drill == nil {
				name = ci.Name
			}
		}
		return name, *told
	}
	g := NewWithT(t)
	name, _ := crisis(false, nil)
	g.Expect(name).NotTo(BeEmpty())
	for _, record := range []string{name, group(p, 0).Name + OfIncident} {
		acts := []RecordAct{{record, "60d", v1alpha1.RecordAct{Verb: v1alpha1.RecordReopen, By: "x", Reason: "x"}}}
		_, kept := crisis(false, acts)
		g.Expect(kept).To(ContainElement(And(HavePrefix(name), ContainSubstring(string(v1alpha1.EventReopened)))), record)
		_, lean := crisis(true, acts)
		g.Expect(lean).To(Equal(kept), record)
	}
}

// group is a complaint of many; the fourth is about somebody who would command.
func group(p *pack.Pack, i int) *v1alpha1.Complaint {
	k := slices.IndexFunc(p.Complaints, func(c *v1alpha1.Complaint) bool { return c.Name == "example-group" })
	c := p.Complaints[k].DeepCopy()
	c.Name, c.Spec.ReceivedAt, c.Spec.About = name(i), at(0), nil
	c.Spec.ReceivedAt.Time = c.Spec.ReceivedAt.Add(time.Duration(i) * time.Minute)
	if i == 3 {
		c.Spec.About = &v1alpha1.ComplainedAbout{Users: []v1alpha1.User{"ruan.min@example.com"}}
	}
	return c
}
