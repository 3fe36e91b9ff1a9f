package notice_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice"
	"tocsin.dev/tocsin/internal/playbook"
)

func TestMasks(t *testing.T) {
	g := NewWithT(t)
	for in, want := range map[string]string{
		"13800138000": "138****8000", "+86 138 0013 8000": "138****8000", "0086-13800138000": "138****8000", "021-5588 6677": "021****6677",
		"+1 415 555 0100": "141****0100", "5588667": "55****67", "110": "****", "call me": "****", "": "", "  ": "",
	} {
		g.Expect(notice.MaskPhone(in)).To(Equal(want), in)
	}
	for in, want := range map[string]string{"李小龙": "李**", "Lin": "L**", " Élodie": "É**", "欧阳": "欧**", "X": "X**", "": ""} {
		g.Expect(notice.MaskName(in)).To(Equal(want), in)
	}
	for in, want := range map[string]string{"anna@example.com": "a***@example.com", "a@b": "a***@b", "李@例子.中国": "李***@例子.中国",
		"nobody": "***", "@host": "***", "a@": "***", "": "", `"x@y"@host`: `"***@host`} {
		g.Expect(notice.MaskEmail(in)).To(Equal(want), in)
	}
}

func facts(to v1alpha1.RecipientKind, mode v1alpha1.Mode) notice.Facts {
	n := &v1alpha1.Notice{Spec: v1alpha1.NoticeSpec{To: v1alpha1.NoticeRecipient{Kind: to, Team: "desk", Name: "lin"}, Mode: mode,
		Record: v1alpha1.RecordReference{Kind: v1alpha1.RecordComplaint, Name: "c1"}, Step: "recover/call", Round: 2, DueAt: at(noon)}}
	c := &v1alpha1.Complaint{}
	c.Status.CaseNumber = "TS20260521001"
	c.Spec.ReceivedAt = at(noon)
	c.Spec.Remedy = &v1alpha1.Remedy{Reason: "a new one", AmountCents: 12005, Currency: "CNY"}
	c.Status.Run = &v1alpha1.Run{Roles: []v1alpha1.RoleHolder{{Name: "handler", Team: "desk", Person: "lin"}}}
	return notice.Facts{Notice: n, Complaint: c, Name: "李小龙", Phone: "13800138000", Email: "li@example.com", Now: noon.Add(1), StepTitle: "call"}
}

func template(personal v1alpha1.PersonalData, subject, body string) v1alpha1.Template {
	return v1alpha1.Template{Name: "t", PersonalData: personal, Texts: []v1alpha1.TemplateText{
		{Locale: v1alpha1.LocaleEnglish, Subject: subject, Body: body}, {Locale: v1alpha1.LocaleChinese, Subject: "中:" + subject, Body: "中:" + body}}}
}

func TestPersonalDataIsMaskedUnlessTheComplainantReadsIt(t *testing.T) {
	for _, tc := range []struct {
		to       v1alpha1.RecipientKind
		personal v1alpha1.PersonalData
		want     string
	}{
		{v1alpha1.RecipientComplainant, "", "李** 李** 138****8000\n"},
		{v1alpha1.RecipientComplainant, v1alpha1.PersonalDataMasked, "李** 李** 138****8000\n"},
		{v1alpha1.RecipientComplainant, v1alpha1.PersonalDataClear, "李小龙 李小龙 13800138000\n"},
		{v1alpha1.RecipientMember, v1alpha1.PersonalDataClear, "lin 李** 138****8000\n"},
		{v1alpha1.RecipientStakeholder, v1alpha1.PersonalDataClear, "lin 李** 138****8000\n"},
	} {
		g := NewWithT(t)
		text, err := notice.Render(template(tc.personal, "s", "{{.Recipient}} {{.Complainant}} {{.Contact}}"), facts(tc.to, ""))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(text.Body).To(Equal(tc.want))
	}
}

func TestRender(t *testing.T) {
	g := NewWithT(t)
	f := facts(v1alpha1.RecipientMember, v1alpha1.ModeDrill)
	f.Locale = v1alpha1.LocaleChinese
	f.Zone = notice.Zone(&playbook.Closure{Playbook: v1alpha1.PlaybookSpec{Calendar: "c"}, Calendars: map[string]v1alpha1.BusinessCalendarSpec{"c": {TimeZone: "Asia/Shanghai"}}})
	text, err := notice.Render(template("", "{{.Case}}", "{{.Due}}|{{.Round}}|{{.Role}}|{{.Remedy}} {{.RemedyAmount}}|{{.Overdue}}|{{.StepTitle}}"), f)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(text).To(Equal(notice.Text{Subject: "【演练】中:TS20260521001", Body: "中:2026年5月21日 20:00|2|handler|a new one 120.05 CNY|true|call\n"}))

	f.Locale, f.Zone, f.Notice.Spec.Mode = "", nil, v1alpha1.ModeLive
	text, err = notice.Render(template("", "{{.Case}}", "{{.Due}}"), f)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(text).To(Equal(notice.Text{Subject: "TS20260521001", Body: "21 May 2026, 12:00 UTC\n"}))

	f.Notice.Spec.Step = "recover/planRemedy"
	text, err = notice.Render(template("", "{{.Case}}: {{.StepName}}", "x"), f)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(text.Subject).To(Equal("TS20260521001: plan remedy"))

	_, err = notice.Render(template("", "{{.Nope}}", "x"), f)
	g.Expect(err).To(MatchError(And(ContainSubstring("template t, subject in en"), ContainSubstring("Nope"))))
}

func TestEveryBuiltInTemplateRenders(t *testing.T) {
	for _, name := range []v1alpha1.Identifier{"assemble", "roleAssigned", "taskAssigned", "taskTaken", "reminder", "overdue", "surveyInvitation",
		"approvalVoid", "undelivered", "uncertain", "givenUp", "postMortemOpened", "actionAssigned", "actionOverdue"} {
		for _, mode := range []v1alpha1.Mode{v1alpha1.ModeLive, v1alpha1.ModeDrill} {
			g := NewWithT(t)
			tpl, ok := notice.Template(nil, name)
			g.Expect(ok).To(BeTrue(), string(name))
			text, err := notice.Render(tpl, facts(v1alpha1.RecipientMember, mode))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(strings.Count(text.Subject, "[Drill]")).To(Equal(map[v1alpha1.Mode]int{v1alpha1.ModeDrill: 1}[mode]), text.Subject)
		}
	}
}

func TestSubjectIsOneShortLineWhateverTheFactsHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := facts(v1alpha1.RecipientMember, v1alpha1.ModeLive)
		f.Complaint.Spec.Product = rapid.String().Draw(t, "product") + rapid.SampledFrom([]string{"", "\r\nBcc: x@y", "\u2028", "\x00", "\u202e", "\u0085", strings.Repeat("长", 300)}).Draw(t, "tail")
		text, err := notice.Render(template("", "about {{.Product}}", "{{.Product}}"), f)
		if err != nil {
			t.Fatal(err)
		}
		if n := utf8.RuneCountInString(text.Subject); n > notice.MaxSubject || n == 0 {
			t.Fatalf("%d characters", n)
		}
		for _, r := range text.Subject {
			if unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp) || r == '\u202e' {
				t.Fatalf("%q in the subject", r)
			}
		}
		if strings.ContainsAny(text.Body, "\r\x00\u202e") {
			t.Fatalf("control characters in the body %q", text.Body)
		}
	})
}

func TestStepTitle(t *testing.T) {
	g := NewWithT(t)
	head := func(name, text string) v1alpha1.StepHead { return v1alpha1.StepHead{Name: name, Description: text} }
	c := &playbook.Closure{
		Playbook: v1alpha1.PlaybookSpec{Steps: []v1alpha1.Step{
			{StepHead: head("recover", ""), Repeat: &v1alpha1.Repeat{Steps: []v1alpha1.InnerStep{{StepHead: head("call", "Call them")}}}},
			{StepHead: head("more", ""), Action: v1alpha1.Action{Playbook: &v1alpha1.PlaybookAction{Name: "sub"}}},
		}},
		Subs: map[string]v1alpha1.PlaybookSpec{"sub": {Steps: []v1alpha1.Step{{StepHead: head("tell", "Tell them")}}}},
	}
	for path, want := range map[string]string{"recover/call": "Call them", "more/tell": "Tell them", "recover": "recover", "gone/away": "away", "": ""} {
		g.Expect(notice.StepTitle(c, path)).To(Equal(want), path)
	}
}

// What somebody is asked for besides the playbook may speak of people: the text says where it stands, in both languages.
func TestWorkBesidesThePlaybookIsCalledThat(t *testing.T) {
	g := NewWithT(t)
	f := facts(v1alpha1.RecipientMember, v1alpha1.ModeLive)
	f.Notice.Spec.Step, f.Notice.Spec.Round, f.StepTitle = v1alpha1.AskedSteps+"1", 0, "1"
	for locale, want := range map[v1alpha1.Locale]string{v1alpha1.LocaleEnglish: "something besides the playbook; what exactly, the task says", v1alpha1.LocaleChinese: "具体内容见任务"} {
		for _, name := range []string{"taskAssigned", "taskTaken", "overdue", "reminder"} {
			text, ok := playbook.BuiltinTemplate(name)
			g.Expect(ok).To(BeTrue())
			f.Locale = locale
			said, err := notice.Render(text, f)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(said.Body).To(ContainSubstring(want), name)
			g.Expect(said.Subject).NotTo(ContainSubstring("1)"), name)
		}
	}
}
