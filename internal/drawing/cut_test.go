package drawing

import (
	"html"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// What there is no room for is cut off, but never how many suffice; and the title of what is cut says all of it.
func TestWhatIsCutOffStandsInTheTitle(t *testing.T) {
	g := NewWithT(t)
	var duties []v1alpha1.Identifier
	for _, name := range strings.Fields("careOfPeople safety technicalHelp legalMatters spokesperson facilities logistics purchasing insurance archive neighbours works") {
		duties = append(duties, v1alpha1.Identifier(name))
	}
	long := v1alpha1.Expression(`complaint.affected > 3 && complaint.place == "a place with a long name" && complaint.product == "a product with a long name" && complaint.order == "an order with a long name"`)
	spec := &v1alpha1.PlaybookSpec{For: v1alpha1.RecordComplaint, Description: strings.Repeat("What it is about, in many words. ", 20) + "The end.",
		Roles: []v1alpha1.Role{{Name: "handler", Team: "desk", Duty: "agent"}, {Name: "boss", Team: "desk", Duty: "boss"}}, Ladder: []v1alpha1.Identifier{"handler", "boss"}}
	work := task("work", "handler")
	call := v1alpha1.Step{StepHead: v1alpha1.StepHead{Name: "call", When: long}, Action: v1alpha1.Action{AssembleTeam: &v1alpha1.AssembleTeam{Team: "desk", Duties: duties, Quorum: 9}}}
	call.Within, call.Overdue = work.Within, work.Overdue
	await := v1alpha1.Step{StepHead: v1alpha1.StepHead{Name: "await", NoDeadline: "it takes long", Needs: []v1alpha1.Identifier{"call"}}, Action: v1alpha1.Action{Wait: &v1alpha1.Wait{Until: long}}}
	spec.Steps = []v1alpha1.Step{work, call, await}
	var over v1alpha1.Expression
	for range 5 {
		over += long + " || "
	}
	over += "steps.work.ended"
	spec.Cancel = []v1alpha1.CancelRegion{{Name: "over", When: over, Steps: []v1alpha1.Identifier{"call"}}}

	svg := html.UnescapeString(Draw(planOf(g, "long", spec, nil, nil), spec).SVG)
	g.Expect(svg).To(MatchRegexp(`<text[^>]*>9 suffice</text>`))
	for name, whole := range map[string]string{
		"the description": "<title>Playbook long — " + spec.Description + "</title>",
		"a call": "<title>call — if " + string(long) + " — calls desk (" + names(duties) + ") — 9 suffice — within 4h — " +
			"when overdue a rung of the ladder every 1h</title>",
		"a wait":   "<title>await — wait until " + string(long) + " — no deadline: it takes long</title>",
		"a region": "<title>×1 over: stopped once " + string(over) + "</title>",
	} {
		g.Expect(svg).To(ContainSubstring(whole), name)
	}
	g.Expect(len(regexp.MustCompile(`…</text>`).FindAllString(svg, -1))).To(BeNumerically(">=", 5), "each of them is cut")
}
