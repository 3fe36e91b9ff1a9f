package policytest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/pack"
)

const (
	graded   = head + "given: {complaints: [{name: lamp}]}\nthen:\n- {level: general}\n- {noIncident: true}\n"
	promised = "---\napiVersion: test.tocsin.dev/v1alpha1\nkind: PolicyTest\nmetadata: {name: promised}\nassertions:\n- {name: answered, playbook: general-recovery, told: complainant, within: {elapsed: 61m}}\n"
	approver = "---\napiVersion: test.tocsin.dev/v1alpha1\nkind: PolicyTest\nmetadata: {name: asked}\ngiven: {complaints: [{name: lamp}]}\nthen:\n- {step: {name: recover/approveRemedy, asks: {role: supervisor}}}\n"
)

// What became of the tests of before is played, not guessed: a test that was removed or rewritten so that it passes is found out.
func TestWhatTheTestsHaveLost(t *testing.T) {
	executive := strings.NewReplacer("approval: {by: [supervisor], of: remedy}", "approval: {by: [executive], of: remedy}")
	for name, tt := range map[string]struct {
		now  string
		edit *strings.Replacer
		lost []any
		mind string
	}{
		"nothing":             {graded + approver, nil, nil, ""},
		"only a name":         {strings.Replace(graded, "name: tried", "name: otherwise", 1) + approver, nil, nil, ""},
		"more is asked for":   {strings.Replace(graded, "- {noIncident", "- {closed: Completed}\n- {noIncident", 1) + approver, nil, nil, ""},
		"an expectation":      {strings.Replace(graded, "- {noIncident: true}\n", "", 1) + approver, nil, []any{And(HaveField("Name", "tried"), HaveField("Less", ConsistOf("part of no incident → nothing")), HaveField("Failures", BeEmpty()))}, "1 test changed to ask for less"},
		"one that would hold": {graded, nil, []any{And(HaveField("Name", "asked"), HaveField("Removed", true), HaveField("Failures", BeEmpty()))}, "1 test removed"},
		"one that would fail": {graded, executive, []any{And(HaveField("Name", "asked"), HaveField("Removed", true), HaveField("Failures", HaveLen(1)))}, "1 test removed, 1 of which does not hold any more"},
		"rewritten to pass": {graded + strings.Replace(approver, "role: supervisor", "role: executive", 1), executive, []any{And(HaveField("Name", "asked"), HaveField("Removed", false), HaveField("Failures", HaveLen(1)),
			HaveField("Less", ConsistOf("the step recover/approveRemedy has begun and asks supervisor → the step recover/approveRemedy has begun and asks executive")))}, "1 test changed to ask for less; 1 test changed that would fail as written before"},
		"moved to another test": {graded + strings.Replace(approver, "then:\n", "then:\n- {noIncident: true}\n", 1), nil, nil, ""},
		"all":                   {"", nil, []any{HaveField("Name", "tried"), HaveField("Name", "asked")}, "2 tests removed; coverage "},
		"what it speaks of":     {graded, strings.NewReplacer("approveRemedy", "signRemedy"), []any{And(HaveField("Name", "asked"), HaveField("Unplayable", ContainSubstring("approveRemedy")))}, "1 test removed, 1 of which does not hold any more"},
		"another story": {strings.Replace(graded, "complaints: [{name: lamp}]", "complaints: [{name: kettle, statement: broken}], answers: [{never: true}]", 1) + approver, nil, []any{And(HaveField("Name", "tried"), HaveField("Less", BeEmpty()),
			HaveField("Story", ConsistOf("given.answers[0].never nothing → true", "given.complaints[0].name lamp → kettle", "given.complaints[0].statement nothing → broken")))}, "1 test changed to tell another story"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			p, err := policies()
			g.Expect(err).NotTo(HaveOccurred())
			before, faults := suite(t, documents(t, graded+approver))
			g.Expect(faults).To(BeEmpty())
			all := documents(t, tt.now)
			if tt.edit != nil {
				all = edited(t, tt.edit, tt.now)
			}
			now, faults := suite(t, all)
			g.Expect(faults).To(BeEmpty())
			r, err := now.Play(t.Context(), p, nil)
			g.Expect(err).NotTo(HaveOccurred())
			r.Before, err = now.Since(t.Context(), p, before)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(r.Before.Tests).To(Equal(2))
			g.Expect(r.Before.Checked).To(Equal(3))
			g.Expect(r.Before.Lost).To(ConsistOf(tt.lost...))
			if tt.mind == "" {
				g.Expect(r.Markdown()).NotTo(ContainSubstring("**Mind:**"))
				return
			}
			g.Expect(r.Markdown()).To(And(ContainSubstring("\n**Mind:** "+tt.mind), ContainSubstring("| Test of before |")))
			g.Expect(r.Text(false)).To(ContainSubstring("mind: " + tt.mind))
		})
	}
}

// Nothing a test lost hides behind much else that it lost.
func TestALossDoesNotHide(t *testing.T) {
	g := NewWithT(t)
	long := Lost{Name: "tried", Less: slices.Repeat([]string{strings.Repeat("x", 300) + " → nothing"}, mostLess)}
	long.Less[mostLess-1] = "level major → nothing"
	r := Report{Coverage: &Coverage{}, Before: &Before{Lost: []Lost{long}}}
	g.Expect(r.Markdown()).To(ContainSubstring("; level major → nothing; would still hold as it was |"))
	r.Before.Lost[0].Less = append(long.Less, "closed as Completed → nothing", "level minor → nothing")
	g.Expect(r.Text(false)).To(ContainSubstring("; level major → nothing; 2 more; would still hold as it was\n"))
}

// bare is the pack without tests.
var bare *Suite

// with is the pack with one test.
func with(t *testing.T, test string) *Suite {
	t.Helper()
	g := NewWithT(t)
	if bare == nil {
		var faults []pack.Fault
		bare, faults = suite(t, documents(t))
		g.Expect(faults).To(BeEmpty())
	}
	read, faults := pack.Read("test.yaml", []byte(test))
	g.Expect(faults).To(BeEmpty())
	s := *bare
	faults, err := s.takeTest(t.Context(), read[0])
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(append(faults, s.check(s.Tests[0])...)).To(BeEmpty())
	return &s
}

// An expectation is weighed against what takes its place: what asks for more is nothing lost, what asks for less is told with both.
func TestWhatATestNoLongerAsksFor(t *testing.T) {
	const plan, approve = "step: {name: recover/planRemedy", "step: {name: recover/approveRemedy"
	for name, tt := range map[string]struct{ before, now, less string }{
		"later":                     {"{by: 70m, told: {role: executive}}", "{by: 7d, told: {role: executive}}", "by 70m: the role executive is told → by 7d: the role executive is told"},
		"sooner":                    {"{by: 70m, told: {role: executive}}", "{by: 1h, told: {role: executive}}", ""},
		"spelled otherwise":         {"{by: 70m, told: {role: executive}}", `{by: "2026-03-02T10:10:00+08:00", told: {role: executive}}`, ""},
		"by the end":                {"{by: 70m, told: {role: executive}}", "{told: {role: executive}}", "by 70m: the role executive is told → the role executive is told"},
		"at, where it stays so":     {"{by: 70m, told: {role: executive}}", "{at: 1h, told: {role: executive}}", ""},
		"any text":                  {"{told: {role: executive, template: overdue}}", "{told: {role: executive}}", "the role executive is told by the text overdue → the role executive is told"},
		"of any step":               {"{told: {complainant: true, step: recover/planRemedy}}", "{told: {complainant: true}}", "the complainant is told by the step recover/planRemedy → the complainant is told"},
		"a text more":               {"{told: {role: executive}}", "{told: {role: executive, template: overdue}}", ""},
		"or above":                  {"{told: {role: handler}}", "{told: {role: handler, orAbove: true}}", "the role handler is told → "},
		"not above":                 {"{told: {role: handler, orAbove: true}}", "{told: {role: handler}}", ""},
		"somebody else":             {"{told: {role: executive}}", "{told: {role: handler}}", "the role executive is told → nothing"},
		"more seldom":               {"{told: {complainant: true, every: 24h}}", "{told: {complainant: true, every: 2d}}", "the complainant is told every 24h → the complainant is told every 2d"},
		"more often":                {"{told: {complainant: true, every: 1d}}", "{told: {complainant: true, every: 60m}}", ""},
		"for a shorter time":        {"{by: 9d, told: {complainant: true, every: 1d}}", "{by: 8d, told: {complainant: true, every: 1d}}", "by 9d: the complainant is told every 1d → by 8d: "},
		"once for again and again":  {"{by: 1d, told: {complainant: true, every: 1d}}", "{by: 1h, told: {complainant: true}}", "by 1d: the complainant is told every 1d → by 1h: the complainant is told"},
		"again and again for once":  {"{by: 1d, told: {complainant: true}}", "{by: 1d, told: {complainant: true, every: 1d}}", "by 1d: the complainant is told → by 1d: the complainant is told every 1d"},
		"silence for less long":     {"{by: 2d, notTold: {role: executive}}", "{by: 1d, notTold: {role: executive}}", "by 2d: the role executive is not told → by 1d: the role executive is not told"},
		"silence for longer":        {"{by: 2d, notTold: {role: executive}}", "{notTold: {role: executive}}", ""},
		"silence of one text":       {"{notTold: {role: executive}}", "{notTold: {role: executive, template: overdue}}", "the role executive is not told → the role executive is not told by the text overdue"},
		"silence of all texts":      {"{notTold: {role: executive, template: overdue}}", "{notTold: {role: executive}}", ""},
		"silence in the ranks":      {"{notTold: {role: handler, orAbove: true}}", "{notTold: {role: handler}}", "the role handler or one above is not told → "},
		"another level":             {"{level: general}", "{level: serious}", "level general → level serious"},
		"whatever rule":             {"{level: general, rule: reopened}", "{level: general}", "level general by the rule reopened → level general"},
		"by one rule":               {"{level: general}", "{level: general, rule: reopened}", ""},
		"a level for a moment":      {"{at: 2h, level: general}", "{by: 2h, level: general}", "at 2h: level general → by 2h: level general"},
		"a level then":              {"{by: 2h, level: general}", "{at: 1h, level: general}", ""},
		"a level at last":           {"{level: general}", "{by: 1h, level: general}", "level general → by 1h: level general"},
		"begun for done":            {"{" + plan + ", is: Done}}", "{" + plan + "}}", "the step recover/planRemedy is done → the step recover/planRemedy has begun"},
		"done for begun":            {"{" + plan + "}}", "{" + plan + ", is: Done}}", ""},
		"any outcome":               {"{" + plan + ", outcome: done}}", "{" + plan + ", is: Done}}", "the step recover/planRemedy is done with the outcome done → "},
		"whoever is asked":          {"{" + approve + ", asks: {role: supervisor}}}", "{" + approve + "}}", "the step recover/approveRemedy has begun and asks supervisor → the step recover/approveRemedy has begun"},
		"another deadline":          {"{" + plan + ", due: 1h}}", "{" + plan + ", due: 2h}}", "the step recover/planRemedy has begun, its deadline is 1h after it began → the step recover/planRemedy has begun, its deadline is 2h after it began"},
		"the same deadline":         {"{" + plan + ", due: 60m}}", "{" + plan + ", due: 1h}}", ""},
		"in any round":              {"{" + plan + ", round: 2}}", "{" + plan + "}}", "the step recover/planRemedy in round 2 has begun → "},
		"never in one round":        {"{" + plan + ", is: NeverBegun}}", "{" + plan + ", round: 2, is: NeverBegun}}", "the step recover/planRemedy never begins → the step recover/planRemedy in round 2 never begins"},
		"never until":               {"{" + plan + ", is: NeverBegun}}", "{by: 1h, " + plan + ", is: NeverBegun}}", "the step recover/planRemedy never begins → by 1h: the step recover/planRemedy never begins"},
		"overdue then":              {"{at: 2d, " + plan + ", is: Overdue}}", "{by: 2d, " + plan + ", is: Overdue}}", "at 2d: the step recover/planRemedy is overdue → by 2d: the step recover/planRemedy is overdue"},
		"done late for done":        {"{" + approve + ", outcome: approved}}", "{" + approve + ", is: Overdue, outcome: approved}}", ""},
		"overdue, however it ends":  {"{" + approve + ", is: Overdue, outcome: approved}}", "{" + approve + ", is: Overdue}}", "the step recover/approveRemedy is overdue and then is done with the outcome approved → the step recover/approveRemedy is overdue"},
		"late or not":               {"{" + approve + ", is: Overdue, outcome: approved}}", "{" + approve + ", outcome: approved}}", "the step recover/approveRemedy is overdue and then is done with the outcome approved → the step recover/approveRemedy is done with the outcome approved"},
		"for whatever reason":       {"{refused: {who: ada, act: Approve, step: recover/approveRemedy, because: did the step}}", "{refused: {who: ada, act: Approve, step: recover/approveRemedy}}", `Approve by ada on recover/approveRemedy is refused because "did the step" → Approve by ada on recover/approveRemedy is refused`},
		"for a nearer reason":       {"{refused: {who: ada, act: Approve, step: recover/approveRemedy, because: did}}", "{refused: {who: ada, act: Approve, step: recover/approveRemedy, because: did the step}}", ""},
		"allowed now":               {"{refused: {who: ada, act: Approve, step: recover/approveRemedy}}", "{allowed: {who: ada, act: Approve, step: recover/approveRemedy}}", "Approve by ada on recover/approveRemedy is refused → Approve by ada on recover/approveRemedy is allowed"},
		"another level asked for":   {"{at: 1h, refused: {who: ada, act: Raise, level: serious}}", "{at: 1h, refused: {who: ada, act: Raise, level: general}}", "at 1h: Raise by ada to serious is refused → at 1h: Raise by ada to general is refused"},
		"any incident":              {"{incident: {playbook: general-recovery}}", "{incident: {}}", "part of an incident with the playbook general-recovery → part of an incident"},
		"closed otherwise":          {"{closed: Completed}", "{closed: Aborted}", "closed as Completed → closed as Aborted"},
		"a longer story":            {"{closed: Completed}", "{closed: Completed}\nfor: 100d", "closed as Completed → by the end, after 100d: closed as Completed"},
		"a shorter story":           {"{closed: Completed}\nfor: 60d", "{closed: Completed}\nfor: 59d", ""},
		"a shorter silence":         {"{notTold: {role: executive}}\nfor: 60d", "{notTold: {role: executive}}\nfor: 59d", "by the end, after 60d: the role executive is not told → by the end, after 59d: the role executive is not told"},
		"what still stands is none": {"{by: 1h, told: {complainant: true, template: acknowledgement}}\n- {by: 2d, told: {complainant: true}}", "{by: 2d, told: {complainant: true}}", "by 1h: the complainant is told by the text acknowledgement → nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			read := func(then string) *Suite {
				return with(t, head+"given: {start: \"2026-03-02T01:00:00Z\", complaints: [{name: lamp}]}\nthen:\n- "+then+"\n")
			}
			lost := read(tt.now).weakened(read(tt.before).Tests[0])
			g.Expect(lost.Story).To(BeEmpty())
			if tt.less == "" {
				g.Expect(lost.Less).To(BeEmpty())
				return
			}
			g.Expect(lost.Less).To(ConsistOf(HavePrefix(tt.less)))
		})
	}
}

// What was so once is less than what is so at last, where a run of the record may begin anew between the two.
func TestWhatATestAsksForOfARecordThatBeginsAnew(t *testing.T) {
	const given = "given: {complaints: [{name: lamp}], acts: [{record: lamp, after: 9d, act: {verb: %s, by: sun.li@example.com, reason: again}}]}\nthen:\n- %s\n"
	for before, now := range map[string]string{
		"{closed: Completed}":                     "{by: 1d, closed: Completed}",
		"{at: 9d, step: {name: checkFacts}}":      "{at: 1d, step: {name: checkFacts}}",
		"{step: {name: checkFacts, is: Skipped}}": "{by: 60d, step: {name: checkFacts, is: Skipped}}",
	} {
		for _, act := range []string{"Reopen", "Raise, level: serious"} {
			g := NewWithT(t)
			read := func(then string) *Suite { return with(t, head+fmt.Sprintf(given, act, then)) }
			g.Expect(read(now).weakened(read(before).Tests[0]).Less).To(HaveLen(1), act+before)
		}
	}
}

// A promise of a test is weighed as the promises of playbooks are.
func TestAPromiseOfATestThatIsLess(t *testing.T) {
	for name, tt := range map[string]struct{ before, now, less string }{
		"later":           {"elapsed: 61m", "elapsed: 3h", "answered: the complainant is told within 61m in general-recovery → answered: the complainant is told within 3h in general-recovery"},
		"sooner":          {"elapsed: 61m", "elapsed: 1h", ""},
		"under a name":    {"name: answered", "name: heard", ""},
		"dropped":         {"name: answered, playbook: general-recovery, told: complainant", "name: settled, playbook: general-recovery, reached: executive", "answered: the complainant is told within 61m in general-recovery → nothing"},
		"of another book": {"playbook: general-recovery", "playbook: serious-recovery", "answered: the complainant is told within 61m in general-recovery → nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			less := with(t, strings.Replace(promised, tt.before, tt.now, 1)).weakened(with(t, promised).Tests[0]).Less
			if tt.less == "" {
				g.Expect(less).To(BeEmpty())
				return
			}
			g.Expect(less).To(ConsistOf(tt.less))
		})
	}
}
