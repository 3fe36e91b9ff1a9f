package drawing

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/playbooks"
)

// Every shipped playbook can be read on A4, and its steps and roles are all there.
func TestShippedPlaybooks(t *testing.T) {
	for _, pack := range []string{"service-recovery", "property-developer"} {
		books, calendars := shipped(t, pack)
		for name, spec := range books {
			t.Run(pack+"/"+name, func(t *testing.T) {
				g := NewWithT(t)
				plan := planOf(g, name, spec, books, calendars)
				p := Draw(plan, spec)
				g.Expect(p.Sheet).To(HavePrefix("A4 "))
				g.Expect(p.Print).To(BeNumerically(">=", smallestPrint))
				checkPicture(g, plan, spec, p)
				g.Expect(Draw(plan, spec)).To(Equal(p), "the same plan gives the same bytes")
			})
		}
	}
}

// Whatever a playbook looks like: every step and role is there once, no two boxes meet, and no arrow runs through a box.
func TestAnyPlaybook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := NewWithT(t)
		sub, spec := drawn(t, "sub", nil), drawn(t, "main", []string{"sub"})
		plan := planOf(g, "main", spec, map[string]*v1alpha1.PlaybookSpec{"sub": sub}, nil)
		checkPicture(g, plan, spec, Draw(plan, spec))
	})
}

// A picture says by which sheet it can be read, and never prints smaller on it.
func TestLargePlaybook(t *testing.T) {
	g := NewWithT(t)
	spec := &v1alpha1.PlaybookSpec{For: v1alpha1.RecordComplaint, Roles: []v1alpha1.Role{{Name: "handler", Team: "desk", Duty: "agent"}}}
	for i := range 60 {
		s := task(fmt.Sprintf("s%d", i), "handler")
		s.Overdue = nil
		if i > 0 {
			s.Needs = []v1alpha1.Identifier{v1alpha1.Identifier(fmt.Sprintf("s%d", i-1))}
		}
		spec.Steps = append(spec.Steps, s)
	}
	p := Draw(planOf(g, "long", spec, nil, nil), spec)
	g.Expect(p.Sheet).NotTo(HavePrefix("A4"))
	g.Expect(p.Print).To(BeNumerically(">=", smallestPrint))
}

func TestTextIsEscaped(t *testing.T) {
	g := NewWithT(t)
	spec := &v1alpha1.PlaybookSpec{For: v1alpha1.RecordComplaint, Description: "a <script>alert(1)</script> & \u202Emore\x07", Steps: []v1alpha1.Step{
		{StepHead: v1alpha1.StepHead{Name: "one", When: `complaint.place == "<b>"`}, Action: v1alpha1.Action{Notify: &v1alpha1.Notify{To: []v1alpha1.Identifier{"complainant"}, Template: "reminder"}}},
	}}
	p := Draw(planOf(g, "odd", spec, nil, nil), spec)
	g.Expect(p.SVG).NotTo(Or(ContainSubstring("<script"), ContainSubstring("<b>"), ContainSubstring("\u202E"), ContainSubstring("\x07")))
	g.Expect(wellFormed(p.SVG)).To(Succeed())
}

func TestConditionsInFewWords(t *testing.T) {
	for from, want := range map[v1alpha1.Expression]string{
		`steps.a.outcome == "good" || steps.b.done`:                         "a = good or b done",
		`steps.a.outcome != "good" && !incident.drill`:                      "a ≠ good and not drill",
		"steps.a.ended   &&\n complaint.affected > 3":                       "a ended and affected > 3",
		`complaint.product != "" || complaint.affected > 1`:                 "product ≠ nothing or affected > 1",
		`["media", "honesty"].exists(s, s in incident.signals)`:             "any of media, honesty in signals",
		`steps.followUp.outcome in ["satisfied"] || steps.followUp.skipped`: "followUp in [satisfied] or followUp skipped",
	} {
		NewWithT(t).Expect(shortly(from)).To(Equal(want))
	}
}

// checkPicture is what holds for every picture.
func checkPicture(g *WithT, plan *playbook.Plan, spec *v1alpha1.PlaybookSpec, p Picture) {
	g.Expect(wellFormed(p.SVG)).To(Succeed())
	for i := range plan.Nodes {
		n := &plan.Nodes[i]
		times := 1
		if p.Boxed && insideSub(plan, n) {
			times = 0
		}
		g.Expect(strings.Count(p.SVG, `id="step:`+n.Path+`"`)).To(Equal(times), n.Path)
	}
	for _, role := range spec.Roles {
		g.Expect(strings.Count(p.SVG, `id="lane:`+string(role.Name)+`"`)).To(Equal(1), "role %s", role.Name)
	}
	for _, w := range []way{{whole: true}, {whole: true, urgent: true}, {}} {
		grid := ordered(plan, spec, w)
		laid := layOut(grid, grid.nets(), spec, 1600)
		g.Expect(laid).NotTo(BeNil())
		checkBoxes(g, laid)
		checkArrows(g, laid)
	}
}

func insideSub(plan *playbook.Plan, n *playbook.Node) bool {
	for n.Parent >= 0 {
		n = &plan.Nodes[n.Parent]
		if n.Action.Playbook != nil {
			return true
		}
	}
	return false
}

// checkBoxes is that boxes and frames are apart, or one is inside the other because its step is.
func checkBoxes(g *WithT, p *picture) {
	for k, a := range p.all {
		g.Expect(a.x).To(BeNumerically(">=", 0))
		g.Expect(a.x + a.w).To(BeNumerically("<=", p.width))
		g.Expect(a.y + a.h).To(BeNumerically("<=", p.height))
		for _, b := range p.all[k+1:] {
			apart := a.x+a.w <= b.x || b.x+b.w <= a.x || a.y+a.h <= b.y || b.y+b.h <= a.y
			switch {
			case within(a, b):
				g.Expect(b.x >= a.x && b.x+b.w <= a.x+a.w && b.y >= a.y+a.head && b.y+b.h <= a.y+a.h).To(BeTrue(), "%s is in %s", b.node.Path, a.node.Path)
			default:
				g.Expect(apart).To(BeTrue(), "%s and %s overlap", a.node.Path, b.node.Path)
			}
		}
	}
}

// within is whether b is drawn inside the frame a.
func within(a, b *item) bool {
	return slices.ContainsFunc(a.inside, func(i *item) bool { return i == b || within(i, b) })
}

var segment = regexp.MustCompile(`M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)`)

// checkArrows is that no line goes through a box, and each arrow ends on top of its step.
func checkArrows(g *WithT, p *picture) {
	for _, n := range p.nets {
		c := &canvas{}
		p.drawNet(c, n, "#000000")
		for _, m := range segment.FindAllStringSubmatch(c.String(), -1) {
			x1, y1, x2, y2 := number(m[1]), number(m[2]), number(m[3]), number(m[4])
			for _, i := range p.all {
				hits := max(x1, x2) > i.x+1 && min(x1, x2) < i.x+i.w-1 && max(y1, y2) > i.y+1 && min(y1, y2) < i.y+i.h-1
				g.Expect(hits && !i.framed()).To(BeFalse(), "the arrow from %s runs through %s", n.from.node.Path, i.node.Path)
			}
		}
		for k, to := range n.to {
			g.Expect(math.Abs(n.ports[k]-to.middle())).To(BeNumerically("<", to.w/2), "%s to %s", n.from.node.Path, to.node.Path)
			g.Expect(to.y).To(BeNumerically(">", n.from.y+n.from.h), "%s to %s", n.from.node.Path, to.node.Path)
		}
	}
}

func number(text string) float64 {
	n, _ := strconv.ParseFloat(text, 64)
	return n
}

func wellFormed(svg string) error {
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// drawn draws a playbook: tasks, notices, approvals, waits, blocks and sub-playbooks with needs among those before.
func drawn(t *rapid.T, prefix string, subs []string) *v1alpha1.PlaybookSpec {
	roles := []v1alpha1.Identifier{"handler", "manager", "executive", "legal"}
	spec := &v1alpha1.PlaybookSpec{For: v1alpha1.RecordComplaint, Ladder: roles[:3]}
	for _, role := range roles {
		spec.Roles = append(spec.Roles, v1alpha1.Role{Name: role, Team: "desk", Duty: role})
	}
	head := func(name string, before []v1alpha1.Identifier) v1alpha1.StepHead {
		h := v1alpha1.StepHead{Name: name}
		if len(before) > 0 && rapid.Bool().Draw(t, "needs") {
			h.Needs = rapid.SliceOfNDistinct(rapid.SampledFrom(before), 1, len(before), rapid.ID[v1alpha1.Identifier]).Draw(t, "needed")
			if rapid.IntRange(0, 3).Draw(t, "when") == 0 {
				h.When = v1alpha1.Expression("steps." + string(h.Needs[0]) + ".done && complaint.affected > 10")
			}
		}
		return h
	}
	action := func(h *v1alpha1.StepHead) v1alpha1.Action {
		role := rapid.SampledFrom(roles).Draw(t, "role")
		asks := task("", role)
		switch rapid.IntRange(0, 4).Draw(t, "action") {
		case 0:
			return v1alpha1.Action{Notify: &v1alpha1.Notify{To: []v1alpha1.Identifier{"complainant", role}, Template: "reminder"}}
		case 1:
			h.Within, h.Overdue = asks.Within, asks.Overdue
			return v1alpha1.Action{Approval: &v1alpha1.Approval{By: []v1alpha1.Identifier{role}}}
		case 2:
			return v1alpha1.Action{Wait: &v1alpha1.Wait{For: &v1alpha1.Span{Elapsed: "1h"}}}
		}
		h.Within, h.Overdue = asks.Within, asks.Overdue
		return asks.Action
	}
	var top []v1alpha1.Identifier
	for i := range rapid.IntRange(1, 12).Draw(t, "steps") {
		name := fmt.Sprintf("%sStep%d", prefix, i)
		s := v1alpha1.Step{StepHead: head(name, top)}
		switch kind := rapid.IntRange(0, 7).Draw(t, "kind"); {
		case kind == 0:
			s.Repeat = &v1alpha1.Repeat{Until: "run.round >= 2", Max: 3}
			var inner []v1alpha1.Identifier
			for j := range rapid.IntRange(1, 4).Draw(t, "inside") {
				in := v1alpha1.InnerStep{StepHead: head(fmt.Sprintf("%sIn%d", name, j), inner)}
				in.Action = action(&in.StepHead)
				s.Repeat.Steps, inner = append(s.Repeat.Steps, in), append(inner, v1alpha1.Identifier(in.Name))
			}
		case kind == 1 && len(subs) > 0:
			s.Playbook = &v1alpha1.PlaybookAction{Name: subs[0]}
		default:
			s.Action = action(&s.StepHead)
		}
		spec.Steps, top = append(spec.Steps, s), append(top, v1alpha1.Identifier(name))
	}
	if rapid.Bool().Draw(t, "cancel") {
		spec.Cancel = []v1alpha1.CancelRegion{{Name: v1alpha1.Identifier(prefix), When: "complaint.affected > 3", Steps: top}}
	}
	return spec
}

func task(name string, role v1alpha1.Identifier) v1alpha1.Step {
	return v1alpha1.Step{
		StepHead: v1alpha1.StepHead{Name: name, Within: &v1alpha1.Deadline{Elapsed: "4h"}, Overdue: &v1alpha1.Overdue{Climb: v1alpha1.ClimbLadder, Every: "1h"}},
		Action:   v1alpha1.Action{Task: &v1alpha1.Task{To: role}},
	}
}

func planOf(g *WithT, name string, spec *v1alpha1.PlaybookSpec, books map[string]*v1alpha1.PlaybookSpec, calendars map[string]*v1alpha1.BusinessCalendarSpec) *playbook.Plan {
	c := playbook.Closure{Name: name, Playbook: *spec, Subs: map[string]v1alpha1.PlaybookSpec{}, Calendars: map[string]v1alpha1.BusinessCalendarSpec{}, Raised: map[string]playbook.Endings{}}
	for name, spec := range books {
		c.Subs[name], c.Raised[name] = *spec, playbook.EndingsOf(*spec)
	}
	for name, spec := range calendars {
		c.Calendars[name] = *spec
	}
	plan, problems := playbook.Compile(c)
	g.Expect(problems).To(BeEmpty())
	return plan
}

// shipped reads the playbooks and calendars of a pack.
func shipped(t *testing.T, pack string) (map[string]*v1alpha1.PlaybookSpec, map[string]*v1alpha1.BusinessCalendarSpec) {
	books, calendars := map[string]*v1alpha1.PlaybookSpec{}, map[string]*v1alpha1.BusinessCalendarSpec{}
	g := NewWithT(t)
	files, err := fs.Glob(playbooks.FS, pack+"/*.yaml")
	g.Expect(err).NotTo(HaveOccurred())
	for _, file := range files {
		text, err := fs.ReadFile(playbooks.FS, file)
		g.Expect(err).NotTo(HaveOccurred())
		switch {
		case strings.Contains(file, "/playbook-"):
			var pb v1alpha1.Playbook
			g.Expect(yaml.UnmarshalStrict(text, &pb)).To(Succeed())
			books[pb.Name] = &pb.Spec
		case strings.Contains(file, "/businesscalendar"):
			var c v1alpha1.BusinessCalendar
			g.Expect(yaml.UnmarshalStrict(text, &c)).To(Succeed())
			calendars[c.Name] = &c.Spec
		}
	}
	g.Expect(books).NotTo(BeEmpty())
	return books, calendars
}
