package timing

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// anyPremise is what may be so in the runs that are asked about: of facts, and of what people do where they do something.
func anyPremise(t *rapid.T, plan *playbook.Plan, people bool) v1alpha1.Expression {
	parts := []string{`"leak" in complaint.signals`, `!("noise" in complaint.signals)`}
	for _, i := range plan.Roots {
		switch n := &plan.Nodes[i]; {
		case !people:
		case n.Action.Decision != nil:
			parts = append(parts, "steps."+n.Head.Name+`.outcome == "go"`, "steps."+n.Head.Name+`.outcome != "go"`)
		case n.Repeat == nil:
			parts = append(parts, "steps."+n.Head.Name+".done", "steps."+n.Head.Name+".skipped")
		}
	}
	one := rapid.SampledFrom(parts).Draw(t, "premise")
	if rapid.Bool().Draw(t, "more") {
		one += rapid.SampledFrom([]string{" && ", " || "}).Draw(t, "join") + rapid.SampledFrom(parts).Draw(t, "second")
	}
	return v1alpha1.Expression(one)
}

// anyEnd is a condition on the end of one of some steps.
func anyEnd(t *rapid.T, names []string, decided map[string]bool) string {
	name := rapid.SampledFrom(names).Draw(t, "of")
	ends := []string{".done", ".ended", ".skipped"}
	if decided[name] {
		ends = append(ends, `.outcome == "go"`, `.outcome != "halt"`)
	}
	return "steps." + name + rapid.SampledFrom(ends).Draw(t, "end")
}

func anyPlaybook(t *rapid.T) *playbook.Plan { return anyPlaybookAsking(t, nil, nil) }

// anyPlaybookAsking is a playbook in which steps may begin on some conditions of facts besides, and have some deadlines.
func anyPlaybookAsking(t *rapid.T, facts, deadlines []string) *playbook.Plan {
	var b strings.Builder
	b.WriteString("for: Complaint\ncalendar: hours\nroles:\n")
	for _, role := range []string{"clerk", "lead", "boss"} {
		fmt.Fprintf(&b, "- {name: %s, team: desk, duty: %s}\n", role, role)
	}
	b.WriteString("ladder: [clerk, lead, boss]\nsteps:\n")
	pick := func(name string, list ...string) string { return rapid.SampledFrom(list).Draw(t, name) }
	decided := map[string]bool{}
	var names []string
	n := rapid.IntRange(1, 3).Draw(t, "steps")
	for i := range n {
		name := fmt.Sprintf("s%d", i)
		var parts []string
		var needs []string
		for _, before := range names {
			if rapid.IntRange(0, 2).Draw(t, "needs") > 0 {
				needs = append(needs, before)
			}
		}
		if len(needs) > 0 {
			parts = append(parts, "needs: ["+strings.Join(needs, ", ")+"]")
		}
		asks := pick("when", "", "", "facts", "steps", "steps")
		if last := len(needs) - 1; asks == "steps" && last >= 0 && decided[needs[last]] {
			parts = append(parts, `when: steps.`+needs[last]+`.outcome == "`+pick("outcome", "go", "halt")+`"`)
		} else if asks == "facts" {
			parts = append(parts, "when: "+pick("facts", append(facts, `'"leak" in complaint.signals'`, `'!("leak" in complaint.signals)'`, `'"noise" in complaint.signals || "leak" in complaint.signals'`, `'complaint.signals[0] == "leak"'`)...))
		}
		if len(needs) > 1 && rapid.Bool().Draw(t, "quorum") {
			parts = append(parts, "quorum: 1")
		}
		kind := pick("kind", "task", "task", "decision", "approval", "notify", "wait", "lost", "repeat", "until", "every")
		if (kind == "until" || kind == "every") && len(names) == 0 {
			kind = "task"
		}
		asked := pick("asked", "clerk", "clerk", "lead")
		switch kind {
		case "task":
			parts = append(parts, "task: {to: "+asked+"}")
		case "decision":
			parts, decided[name] = append(parts, "decision: {by: "+asked+", options: [go, halt]}"), true
		case "approval":
			parts = append(parts, "approval: {by: ["+asked+"]}")
		case "notify", "lost":
			parts = append(parts, "notify: {to: ["+pick("to", "complainant", "lead", "clerk")+"], template: hello}")
		case "every":
			parts = append(parts, "notify: {to: ["+pick("to", "complainant", "lead", "boss")+"], template: hello}", "every: {"+pick("every", "elapsed: 6h", "working: 4h")+"}", "until: '"+anyEnd(t, names, decided)+"'")
		case "until":
			parts = append(parts, "wait: {until: '"+anyEnd(t, names, decided)+"'}")
		case "wait":
			parts = append(parts, "wait: {for: {"+pick("for", "elapsed: 2h", "working: 4h", "working: 1d")+"}}")
		}
		if kind == "until" && rapid.Bool().Draw(t, "endless") {
			parts = append(parts, "noDeadline: it waits")
		} else if kind != "notify" && kind != "wait" && kind != "every" {
			parts = append(parts, "within: {"+pick("within", append(deadlines, "elapsed: 3h", "working: 2h", "working: 1d", "elapsed: 1d, of: received", "elapsed: 30m")...)+"}")
			parts = append(parts, pick("overdue", "overdue: {climb: Ladder, every: 4h}", "overdue: {climb: Ladder, every: 4h}", "overdue: {climb: Ladder}", ""))
			if kind == "decision" && rapid.IntRange(0, 3).Draw(t, "itself") == 0 {
				parts[len(parts)-1] = "overdue: {outcome: halt}"
			}
		}
		if kind == "task" || kind == "decision" {
			parts = append(parts, pick("leeway", "", "", "extend: {max: 2, atMost: 3h}", "pause: {atMost: 5h}", "extend: {atMost: 1h}, pause: {atMost: 2h}"))
		}
		if kind == "repeat" {
			again := fmt.Sprintf("- {name: %sa, decision: {by: %s, options: [go, halt]}, within: {%s}, %s}", name, asked, pick("within", "elapsed: 3h", "working: 2h"), "overdue: {climb: Ladder, every: 4h}")
			if rapid.Bool().Draw(t, "first") {
				again = fmt.Sprintf("- {name: %sn, notify: {to: [complainant], template: hello}}, %s", name, strings.TrimPrefix(again, "- "))
			}
			parts = slices.DeleteFunc(parts, func(p string) bool { return strings.HasPrefix(p, "within") || strings.HasPrefix(p, "overdue") })
			parts = append(parts, fmt.Sprintf("repeat: {until: 'steps.%sa.outcome == \"go\"', max: 2, climb: %s, steps: [%s]}", name, pick("climb", "Ladder", "None"), strings.TrimPrefix(again, "- ")))
			parts = append(parts, pick("stopped", "", "within: {elapsed: 3h}", "within: {elapsed: 5h}, overdue: {outcome: exhausted}", "within: {working: 2h}, overdue: {outcome: satisfied}", "within: {elapsed: 1d, of: received}, overdue: {outcome: exhausted}"))
		}
		parts = slices.DeleteFunc(parts, func(p string) bool { return p == "" })
		fmt.Fprintf(&b, "- {name: %s, %s}\n", name, strings.Join(parts, ", "))
		names = append(names, name)
	}
	if rapid.IntRange(0, 2).Draw(t, "region") == 0 {
		fmt.Fprintf(&b, "cancel: [{name: c, when: '%s', steps: [%s]}]\n", anyEnd(t, names, decided), pick("cancelled", names...))
	}
	b.WriteString("templates:\n- {name: hello, texts: [{locale: en, subject: a, body: b}]}\n")
	var spec v1alpha1.PlaybookSpec
	if err := yaml.UnmarshalStrict([]byte(b.String()), &spec); err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	plan, problems := playbook.Compile(playbook.Closure{Name: "it", Playbook: spec, Calendars: map[string]v1alpha1.BusinessCalendarSpec{"hours": {
		TimeZone: "Europe/London",
		Hours: []v1alpha1.OpeningHours{
			{Days: []v1alpha1.Weekday{"Mon", "Tue", "Wed", "Thu", "Fri"}, From: "09:00", To: "12:00"},
			{Days: []v1alpha1.Weekday{"Mon", "Tue", "Wed", "Thu", "Fri"}, From: "13:30", To: "17:00"},
		},
		Holidays: []v1alpha1.CalendarDay{{Date: "2026-03-31", Name: "holiday"}},
		Workdays: []v1alpha1.CalendarDay{{Date: "2026-03-28", Name: "make-up day"}},
	}}})
	if plan == nil {
		t.Fatalf("%v\n%s", problems, b.String())
	}
	t.Log(b.String())
	return plan
}
