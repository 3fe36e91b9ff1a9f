package report

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		NewWithT(t).Expect(os.WriteFile(path, []byte(got), 0o644)).To(Succeed())
	}
	want, err := os.ReadFile(path)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	NewWithT(t).Expect(got).To(Equal(string(want)), "%s differs; run the test with -update and look at the change", path)
}

func TestCrisis(t *testing.T) {
	r := Build(story())
	golden(t, "crisis.golden.md", r.Markdown())
	golden(t, "crisis.golden.svg", r.TimelineSVG())
	page, err := r.HTML()
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	golden(t, "crisis.golden.html", page)
}

// The document is written in the zone of the organisation and says which; the picture stands at round times of that zone.
func TestTheReportIsInTheZoneOfTheOrganisation(t *testing.T) {
	g := NewWithT(t)
	in := story()
	in.Zone = time.FixedZone("Asia/Kolkata", 5*3600+1800)
	in.Entries[0].Text += "; due 2026-03-02T01:30:00Z"
	in.PostMortem.Actions[0].DueAt = metav1.NewTime(time.Date(2026, 3, 31, 20, 0, 0, 0, time.UTC))
	r := Build(in)
	text, picture := r.Markdown(), r.TimelineSVG()
	g.Expect(text).NotTo(ContainSubstring("UTC"))
	g.Expect(text).To(And(ContainSubstring("| When (Asia/Kolkata) |"), ContainSubstring("| From (Asia/Kolkata) | 2026-03-02 06:30:00 |"),
		ContainSubstring("| Due (Asia/Kolkata) | Ended (Asia/Kolkata) |"), ContainSubstring("; due 2026-03-02 07:00:00 |"), ContainSubstring("due: 2026-04-01")))
	g.Expect(picture).To(And(ContainSubstring(">Asia/Kolkata<"), ContainSubstring(">03-02 07:00<"), ContainSubstring(">08:00<"), Not(ContainSubstring("UTC"))))
}

// As long as the owner has written no summary the record's own words stand there, which blame nobody.
func TestEmptySummary(t *testing.T) {
	g := NewWithT(t)
	in := story()
	in.PostMortem.Summary = " \n"
	_, summary, _ := strings.Cut(Build(in).Markdown(), "## Summary\n\n")
	summary, _, _ = strings.Cut(summary, "\n| |")
	g.Expect(summary).To(HavePrefix("Kettles overheat (电水壶过热): an incident of level L1, taken in on 2026-03-02 "))
	g.Expect(summary).To(And(ContainSubstring("12 complaints were part of it."), ContainSubstring("people worked on it."), MatchRegexp(`Of [0-9]+ deadlines [0-9]+ were met\.`),
		ContainSubstring("drawn from the record")))
	g.Expect(Build(story()).Markdown()).NotTo(ContainSubstring("drawn from the record"))
}

// A stakeholder called staff is not taken for the people of the team.
func TestStaffAsStakeholder(t *testing.T) {
	g := NewWithT(t)
	to := func(kind v1alpha1.RecipientKind, name string) v1alpha1.Notice {
		return v1alpha1.Notice{Spec: v1alpha1.NoticeSpec{To: v1alpha1.NoticeRecipient{Kind: kind, Name: name}}}
	}
	rows := audiences([]v1alpha1.Notice{to(v1alpha1.RecipientMember, "li"), to(v1alpha1.RecipientStakeholder, "staff"), to(v1alpha1.RecipientMember, "wu")})
	g.Expect(rows).To(HaveLen(2))
	g.Expect(rows[0].Name).To(Equal("team members"))
	g.Expect(rows[1].Name).To(Equal("staff"))
}

func TestDrillSaysSo(t *testing.T) {
	g := NewWithT(t)
	in := story()
	in.Incident.Spec.Drill = &v1alpha1.Drill{Schedule: "manual"}
	r := Build(in)
	g.Expect(r.Markdown()).To(ContainSubstring("> **Drill.** This was an exercise."))
	g.Expect(r.TimelineSVG()).To(ContainSubstring(">DRILL</text>"))
	page, err := r.HTML()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(page).To(ContainSubstring("<strong>Drill.</strong>"))
	g.Expect(Build(story()).TimelineSVG()).NotTo(ContainSubstring("DRILL"))
}

func TestDeadlines(t *testing.T) {
	g := NewWithT(t)
	r := Build(story())
	g.Expect(r.Deadlines).To(Equal([]Deadline{
		{Step: "assemble", Due: at(30).Time, End: at(7).Time, State: DeadlineMet},
		{Step: "confirm", Due: at(67).Time, End: at(112).Time, State: DeadlineMissed, Late: 45 * time.Minute, Escalations: 2},
		{Step: "recover/statement", Round: 1, Due: at(173).Time, End: at(150).Time, State: DeadlineMet},
		{Step: "recover/statement", Round: 2, Due: at(211).Time, End: at(200).Time, State: DeadlineMet},
		{Step: "watch", Due: at(400).Time, End: at(230).Time, State: DeadlineDropped},
	}))
}

// Every deadline the text counts is a tick; one that lies after the end stands at the edge and says when it was due.
func TestThePictureShowsEveryDeadline(t *testing.T) {
	g := NewWithT(t)
	in := story()
	in.Tasks[3].Spec.Assignment.DueAt, in.Incident.Status.Run.Steps[3].DueAt = at(60*24*9), at(60*24*9)
	r := Build(in)
	met, missed := countDeadlines(r.Deadlines)
	picture, _, _ := strings.Cut(r.TimelineSVG(), ">worked on<")
	g.Expect(strings.Count(picture, `stroke="`+colourMet+`"`)).To(Equal(met))
	g.Expect(strings.Count(picture, `stroke="`+colourMissed+`"`)).To(Equal(missed))
	g.Expect(strings.Count(picture, "stroke-dasharray=")).To(Equal(len(r.Deadlines) - met - missed))
	g.Expect(picture).To(And(ContainSubstring(">▸ due 03-11</text>"), ContainSubstring(">▸ due 03-02 07:40</text>")))
}

// A matter that drags on for weeks after a busy morning shows the morning on a scale of its own.
func TestTheFirstHoursHaveRoom(t *testing.T) {
	g := NewWithT(t)
	in := story()
	for i := range in.Entries[len(in.Entries)-3:] {
		in.Entries[len(in.Entries)-3+i].At = at(60 * 24 * 20)
	}
	in.Incident.Status.Run.EndedAt, in.Incident.Status.Run.Steps[4].EndedAt = at(60*24*20), at(60*24*20)
	r := Build(in)
	picture := r.TimelineSVG()
	golden(t, "long.golden.svg", picture)
	wellFormed(t, picture)
	g.Expect(picture).To(ContainSubstring(">left: first 2 h · UTC<"))
	a := newAxis(r.From, r.end(), time.UTC, starts(r.lanes))
	g.Expect(a.x(at(120).Time)-a.x(at(0).Time)).To(BeNumerically(">", chart/2), "the first two hours")
	g.Expect(a.x(at(121).Time)).To(BeNumerically(">", a.x(at(120).Time)))
	g.Expect(a.x(r.end())).To(BeNumerically("~", labels+chart))
	g.Expect(Build(story()).TimelineSVG()).NotTo(ContainSubstring("left: first"), "a short matter has one scale")
}

func TestOutageIsNamedAsTheCauseOfALateNotice(t *testing.T) {
	in := story()
	for i := range in.Entries {
		if in.Entries[i].Type == v1alpha1.EventDeadlineMissed {
			in.Entries[i].At = at(80)
		}
	}
	NewWithT(t).Expect(strings.Join(Build(in).Slowed, "\n")).To(ContainSubstring("noticed 13 min after the deadline, because the operator was not running"))
}

// Nobody is blamed: the words for a missed deadline name no person, and nobody "failed".
func TestBlameless(t *testing.T) {
	g := NewWithT(t)
	r := Build(story())
	for _, fact := range r.Slowed {
		for _, p := range r.People {
			g.Expect(fact).NotTo(ContainSubstring(string(p.User)))
		}
	}
	g.Expect(strings.ToLower(r.Markdown())).NotTo(MatchRegexp(`\b(fail|fault|blame|forgot|ignored|guilty)`))
}

func TestOrderOfTasksAndNoticesDoesNotMatter(t *testing.T) {
	g := NewWithT(t)
	want := Build(story())
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		in := story()
		random.Shuffle(len(in.Tasks), func(i, j int) { in.Tasks[i], in.Tasks[j] = in.Tasks[j], in.Tasks[i] })
		random.Shuffle(len(in.Notices), func(i, j int) { in.Notices[i], in.Notices[j] = in.Notices[j], in.Notices[i] })
		got := Build(in)
		g.Expect(got.Markdown()).To(Equal(want.Markdown()))
		g.Expect(got.TimelineSVG()).To(Equal(want.TimelineSVG()))
	}
}

func TestErasedEntriesAreSaidToBe(t *testing.T) {
	g := NewWithT(t)
	in := story()
	in.Entries[5].Salt, in.Entries[5].Actor, in.Entries[5].Text = "", "", ""
	text := Build(in).Markdown()
	g.Expect(text).To(ContainSubstring("(content erased at a data subject's request)"))
	g.Expect(text).To(ContainSubstring("| Entries with erased content | 1 |"))
}

func TestComplaint(t *testing.T) {
	g := NewWithT(t)
	c := &v1alpha1.Complaint{}
	c.Name, c.Status.CaseNumber, c.Status.Handler = "kettle-17", "TS20260302001", "ana"
	c.Spec.Statement = "My name is Chen Jia and the kettle burnt me"
	c.Spec.Complainant = &v1alpha1.Complainant{Pseudonym: "customer-991", ContactSecret: "contact-991"}
	c.Status.Grading = &v1alpha1.Grading{Level: "serious"}
	text := Build(Input{Complaint: c}).Markdown()
	g.Expect(text).To(And(ContainSubstring("TS20260302001"), ContainSubstring("| Level | serious |"), ContainSubstring("| To (UTC) | not over yet |")))
	for _, private := range []string{"Chen Jia", "burnt", "customer-991", "contact-991"} {
		g.Expect(text).NotTo(ContainSubstring(private))
	}
}

func TestEmptyInputIsAReportAllTheSame(t *testing.T) {
	g := NewWithT(t)
	r := Build(Input{})
	g.Expect(r.Markdown()).To(ContainSubstring("No deadline was set."))
	_, err := r.HTML()
	g.Expect(err).NotTo(HaveOccurred())
	wellFormed(t, r.TimelineSVG())
}

func TestALongStoryFitsIntoAConfigMap(t *testing.T) {
	g := NewWithT(t)
	in := story()
	var s teller
	for i := range 4000 {
		step := "step" + strings.Repeat("x", i%100)
		s.say(i, v1alpha1.EventStepStarted, step, 0, "somebody", strings.Repeat("事", 300))
		s.say(i+1, v1alpha1.EventNoticeRequested, step, 0, "", "notice")
		s.say(i+1, v1alpha1.EventStepDone, step, 0, "", "done")
	}
	in.Entries = s.entries
	r := Build(in)
	page, err := r.HTML()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(len(r.Markdown()) + len(page) + len(r.TimelineSVG())).To(BeNumerically("<", 1000<<10))
	g.Expect(r.Markdown()).To(ContainSubstring("left out here"))
}

// hostile is text that would be markup somewhere.
var hostile = rapid.OneOf(
	rapid.String(),
	rapid.SampledFrom([]string{
		"<script>alert(1)</script>", "a | b\n| c", "[x](javascript:alert(1))", "**中文。**中文", "`code`", "</svg><g onload='x'>",
		"- item", "1. item", "# head", "&lt;b&gt;", "\\| pipe", "![i](http://x/y.png)", "http://example.org/<b>", "\u202egnp", "===", "]]>", "\ufffe\uffff\x1b",
	}),
)

// What people write stays text, wherever it appears.
func TestTextIsEscaped(t *testing.T) {
	plainPage, err := Build(story()).HTML()
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	want := elements(plainPage)
	rapid.Check(t, func(rt *rapid.T) {
		g := NewWithT(rt)
		in := story()
		in.Incident.Spec.Title = "x" + hostile.Draw(rt, "title")
		in.Entries[3].Text = hostile.Draw(rt, "text")
		in.Entries[3].Actor = v1alpha1.User(hostile.Draw(rt, "actor"))
		in.PostMortem.Actions[0].Text = v1alpha1.ActionText("x" + hostile.Draw(rt, "action"))
		in.PostMortem.Owner = v1alpha1.User("x" + hostile.Draw(rt, "owner"))
		r := Build(in)
		page, err := r.HTML()
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(elements(page)).To(Equal(want))
		wellFormed(rt, r.TimelineSVG())
	})
}

// What the owner writes may have lines, but makes nothing but paragraphs.
func TestSummaryIsEscaped(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := NewWithT(rt)
		in := story()
		lines := rapid.SliceOfN(hostile, 1, 5).Draw(rt, "lines")
		in.PostMortem.Summary = strings.Join(lines, "\n")
		page, err := Build(in).HTML()
		g.Expect(err).NotTo(HaveOccurred())
		_, summary, _ := strings.Cut(page, "<h2>Summary</h2>")
		summary, _, _ = strings.Cut(summary, "<table>")
		for _, e := range elements(summary) {
			g.Expect(e).To(BeElementOf("p", "/p", "br"))
		}
	})
}

// elements lists the names of the elements of a page in order.
func elements(page string) []string {
	var names []string
	for _, part := range strings.Split(page, "<")[1:] {
		names = append(names, strings.FieldsFunc(part, func(c rune) bool {
			return !strings.ContainsRune("/abcdefghijklmnopqrstuvwxyz0123456789!ABCDEFGHIJKLMNOPQRSTUVWXYZ", c)
		})[0])
	}
	return slices.Clip(names)
}

type failer interface {
	Helper()
	Fatalf(string, ...any)
}

func wellFormed(t failer, svg string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(svg))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("the picture is not well-formed: %v\n%s", err, svg)
		}
	}
}

func TestWords(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0 s": 0, "59 s": 59 * time.Second, "1 min": 61 * time.Second, "1 h": time.Hour + 20*time.Second,
		"1 h 1 min": time.Hour + time.Minute, "2 d 3 h": 51*time.Hour + 59*time.Minute, "45 min": -45 * time.Minute,
	} {
		NewWithT(t).Expect(Words(d)).To(Equal(want))
	}
}
