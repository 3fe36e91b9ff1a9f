package notice

import (
	"fmt"
	"strings"
	"text/template"
	"time"

	"k8s.io/utils/lru"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// Facts is everything a text can be made of. It holds personal data: never log it.
type Facts struct {
	// Notice is the notice itself.
	Notice *v1alpha1.Notice
	// Complaint or Incident is the record; the other one is nil.
	Complaint *v1alpha1.Complaint
	Incident  *v1alpha1.CrisisIncident
	// StepTitle is what the step is about.
	StepTitle string
	// Action is what the corrective action the notice is about is to achieve.
	Action string
	// Name, Email and Phone are the complainant's, in clear; empty when there is none.
	Name, Email, Phone string
	// Locale is the recipient's language.
	Locale v1alpha1.Locale
	// Zone is the time zone times are written in. Nil: UTC, and the text says so.
	Zone *time.Location
	// Link leads to the record or task; may be empty.
	Link string
	// Now is the time of the attempt.
	Now time.Time
}

// Text is a template filled in.
type Text struct {
	// Subject is one line of at most MaxSubject characters without control characters.
	Subject string
	// Body is plain text.
	Body string
}

// Render fills a template in, in the recipient's language or else the first one the template has. The error names the
// template and the language.
func Render(t v1alpha1.Template, f Facts) (Text, error) {
	if len(t.Texts) == 0 {
		return Text{}, fmt.Errorf("template %s has no text", t.Name)
	}
	text := t.Texts[0]
	for _, candidate := range t.Texts {
		if candidate.Locale == localeOr(f.Locale) {
			text = candidate
			break
		}
	}
	data := f.data(text.Locale, t.PersonalData == v1alpha1.PersonalDataClear && f.Notice.Spec.To.Kind == v1alpha1.RecipientComplainant)
	subject, err := fill(text.Subject, data)
	if err != nil {
		return Text{}, fmt.Errorf("template %s, subject in %s: %w", t.Name, text.Locale, err)
	}
	body, err := fill(text.Body, data)
	if err != nil {
		return Text{}, fmt.Errorf("template %s, body in %s: %w", t.Name, text.Locale, err)
	}
	return Text{Subject: line(marked(subject, text.Locale, data.Drill), MaxSubject), Body: paragraphs(body)}, nil
}

// parsedTexts are the templates last used. They are few, and parsing one, which tries it as well, takes longer than filling
// it in.
var parsedTexts = lru.New(512)

func parse(source string) (*template.Template, error) {
	if known, ok := parsedTexts.Get(source); ok {
		return known.(*template.Template), nil
	}
	parsed, err := playbook.ParseTemplate(source)
	if err != nil {
		return nil, err
	}
	parsedTexts.Add(source, parsed)
	return parsed, nil
}

func fill(source string, data playbook.TemplateData) (string, error) {
	parsed, err := parse(source)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	if err := parsed.Execute(&out, data); err != nil {
		return "", err
	}
	return out.String(), nil
}

// marked makes sure that nobody takes an exercise for the real thing, whatever the template says.
func marked(subject string, locale v1alpha1.Locale, drill bool) string {
	mark := "[Drill] "
	if locale == v1alpha1.LocaleChinese {
		mark = "【演练】"
	}
	if !drill || strings.HasPrefix(subject, strings.TrimSpace(mark)) {
		return subject
	}
	return mark + subject
}

// data is what the template sees. Personal data is masked unless inClear.
func (f Facts) data(locale v1alpha1.Locale, inClear bool) playbook.TemplateData {
	spec := &f.Notice.Spec
	d := playbook.TemplateData{
		Case: string(spec.Record.Name), Record: string(spec.Record.Name), Step: spec.Step, StepName: stepName(spec.Step), StepTitle: f.StepTitle,
		Round: int(spec.Round), Due: f.written(spec.DueAt.Time, locale), Recipient: spec.To.Name,
		Task: string(spec.Task), Action: f.Action, Link: f.Link, Drill: spec.Mode == v1alpha1.ModeDrill,
		Overdue: !spec.DueAt.IsZero() && f.Now.After(spec.DueAt.Time),
	}
	d.Complainant, d.Contact = MaskName(f.Name), MaskPhone(f.Phone)
	if f.Phone == "" {
		d.Contact = MaskEmail(f.Email)
	}
	if inClear {
		d.Complainant, d.Contact = f.Name, f.Phone
		if f.Phone == "" {
			d.Contact = f.Email
		}
	}
	if spec.To.Kind == v1alpha1.RecipientComplainant {
		d.Recipient = d.Complainant
	}
	if strings.HasPrefix(spec.Step, v1alpha1.AskedSteps) {
		d.StepName, d.StepTitle = besides(locale)
	}
	switch {
	case f.Complaint != nil:
		f.addComplaint(&d, locale)
	case f.Incident != nil:
		f.addIncident(&d, locale)
	}
	return d
}

// besides is how a text calls work that somebody was asked for besides the playbook. What exactly they are asked stands in
// the task; it may speak of people.
func besides(locale v1alpha1.Locale) (name, title string) {
	if locale == v1alpha1.LocaleChinese {
		return "预案以外的工作", "预案以外、临时请您办的一件事，具体内容见任务"
	}
	return "something besides the playbook", "something besides the playbook; what exactly, the task says"
}

func (f Facts) addComplaint(d *playbook.TemplateData, locale v1alpha1.Locale) {
	c := f.Complaint
	if c.Status.CaseNumber != "" {
		d.Case = c.Status.CaseNumber
	}
	if c.Status.Grading != nil {
		d.Level = string(c.Status.Grading.Level)
	}
	received := c.Spec.ReceivedAt.Time
	if received.IsZero() {
		received = c.CreationTimestamp.Time
	}
	d.Received = f.written(received, locale)
	d.Product, d.Category, d.Order = c.Spec.Product, string(c.Spec.Category), c.Spec.Order
	if r := c.Spec.Remedy; r != nil {
		d.Remedy = r.Reason
		if r.AmountCents > 0 {
			d.RemedyAmount = fmt.Sprintf("%d.%02d %s", r.AmountCents/100, r.AmountCents%100, r.Currency)
		}
	}
	d.Role = roleOf(c.Status.Run, f.Notice.Spec.To)
}

func (f Facts) addIncident(d *playbook.TemplateData, locale v1alpha1.Locale) {
	i := f.Incident
	d.Title, d.Level = i.Spec.Title, string(i.LevelInForce())
	d.Received = f.written(i.CreationTimestamp.Time, locale)
	d.Role = roleOf(i.Status.Run, f.Notice.Spec.To)
	d.Commander = personOf(i.Status.Run, i.Status.Commander)
	d.Spokesperson = personOf(i.Status.Run, i.Status.Spokesperson)
}

// roleOf is the role the recipient plays in the run.
func roleOf(run *v1alpha1.Run, to v1alpha1.NoticeRecipient) string {
	if run == nil || to.Kind != v1alpha1.RecipientMember {
		return ""
	}
	for _, r := range run.Roles {
		if r.Person == to.Name && r.Team == string(to.Team) {
			return r.Name
		}
	}
	return ""
}

// personOf is the name by which the run knows a user, else the user name.
func personOf(run *v1alpha1.Run, user v1alpha1.User) string {
	if run != nil && user != "" {
		for _, r := range run.Roles {
			if r.User == user {
				return r.Person
			}
		}
	}
	return string(user)
}

// written is a time for people, empty for none.
func (f Facts) written(t time.Time, locale v1alpha1.Locale) string {
	if t.IsZero() {
		return ""
	}
	layout := "2 January 2006, 15:04"
	if locale == v1alpha1.LocaleChinese {
		layout = "2006年1月2日 15:04"
	}
	if f.Zone == nil {
		return t.UTC().Format(layout + " UTC")
	}
	return t.In(f.Zone).Format(layout)
}

func localeOr(l v1alpha1.Locale) v1alpha1.Locale {
	if l == "" {
		return v1alpha1.LocaleEnglish
	}
	return l
}

// Level is the level in force of the record; empty before it is graded.
func (f Facts) Level() string {
	switch {
	case f.Incident != nil:
		return string(f.Incident.LevelInForce())
	case f.Complaint != nil && f.Complaint.Status.Grading != nil:
		return string(f.Complaint.Status.Grading.Level)
	}
	return ""
}
