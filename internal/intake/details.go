package intake

import (
	"fmt"
	"net/mail"
	"reflect"
	"regexp"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

var (
	stringList = reflect.TypeFor[[]string]()

	identifier = regexp.MustCompile(`^[a-z][A-Za-z0-9-]{0,39}$`)
	pseudonym  = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)
	objectName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$`)
	userName   = regexp.MustCompile(`^[^\s].{0,252}$`)
	phone      = regexp.MustCompile(`^\+?[0-9(][0-9 ()./-]{3,28}[0-9)](\s*(x|ext\.?|转)\s*[0-9]{1,8})?$`)
)

// The words the API takes.
var (
	channels = []string{"Phone", "Email", "OnlineForm", "OnlineChat", "SocialMedia", "Counter", "Letter", "Referral", "Regulator", "Media", "Other"}
	classes  = []string{"A", "B", "C", "D", "VIP"}
	locales  = []string{"en", "zh-CN"}
)

// details fills the fields a complaint can do without. What does not fit is left out or cut, and noted: a complaint is
// not lost because its category is misspelt.
func (b *builder) details(spec *v1alpha1.ComplaintSpec) {
	spec.Policy = b.form("policy", objectName, "no object name")
	spec.Channel = v1alpha1.ComplaintChannel(b.oneOf("channel", channels))
	spec.TakenBy = v1alpha1.User(b.form("takenBy", userName, "no user name"))
	spec.Place = b.short("place", 256)
	spec.Category = v1alpha1.Identifier(b.form("category", identifier, "no identifier (a small letter, then letters, digits and hyphens, at most 40)"))
	spec.Product = b.short("product", 256)
	spec.Order = b.short("order", 128)
	spec.Expectation = words[v1alpha1.Identifier](b.listOf("expectation", identifier, 8))
	spec.Signals = words[v1alpha1.Identifier](b.listOf("signals", identifier, 32))
	spec.Affected = b.affected()
	b.complainant(spec)
	b.about(spec)
	if at := b.mapping.occurredAt; at != nil {
		occurred, problem := at.expr.moment(b.row, at.layouts, b.mapping.zone)
		if problem != "" {
			b.note("occurredAt", problem+"; left out")
		} else if !occurred.IsZero() {
			spec.OccurredAt = metav1.NewTime(occurred)
		}
	}
}

func (b *builder) complainant(spec *v1alpha1.ComplaintSpec) {
	c := v1alpha1.Complainant{
		Pseudonym: b.form("pseudonym", pseudonym, "no pseudonym (letters, digits, points, hyphens; digest(…) makes one of any text)"),
		Class:     v1alpha1.CustomerClass(b.oneOf("class", classes)),
		Locale:    v1alpha1.Locale(b.oneOf("locale", locales)),
	}
	if c != (v1alpha1.Complainant{}) {
		spec.Complainant = &c
	}
}

func (b *builder) about(spec *v1alpha1.ComplaintSpec) {
	a := v1alpha1.ComplainedAbout{
		Users:      words[v1alpha1.User](b.listOf("aboutUsers", userName, 16)),
		Teams:      words[v1alpha1.ObjectName](b.listOf("aboutTeams", objectName, 16)),
		Department: b.short("department", 128),
	}
	if len(a.Users)+len(a.Teams) > 0 || a.Department != "" {
		spec.About = &a
	}
}

// text is the value of a field, trimmed; empty when the mapping does not fill it or the expression fails.
func (b *builder) text(field string) string {
	e := b.mapping.fields[field]
	if e == nil {
		return ""
	}
	value, problem := e.text(b.row)
	if problem != "" {
		b.note("fields."+field, problem+"; left out")
	}
	return strings.TrimSpace(value)
}

func (b *builder) short(field string, most int) string {
	kept, characters := cut(b.text(field), most)
	if characters > most {
		b.note("fields."+field, fmt.Sprintf("%d characters; cut to %d", characters, most))
	}
	return kept
}

func (b *builder) form(field string, form *regexp.Regexp, isNot string) string {
	value := b.text(field)
	if value != "" && !form.MatchString(value) {
		b.note("fields."+field, "is "+isNot+"; left out")
		return ""
	}
	return value
}

func (b *builder) oneOf(field string, known []string) string {
	value := b.text(field)
	if value != "" && !slices.Contains(known, value) {
		b.note("fields."+field, "is none of "+strings.Join(known, ", ")+"; left out")
		return ""
	}
	return value
}

// listOf is the elements of a field that have the form, each once.
func (b *builder) listOf(field string, form *regexp.Regexp, most int) []string {
	e := b.mapping.fields[field]
	if e == nil {
		return nil
	}
	all, problem := e.list(b.row)
	if problem != "" {
		b.note("fields."+field, problem+"; left out")
		return nil
	}
	var fit []string
	bad := 0
	for _, one := range all {
		switch one = strings.TrimSpace(one); {
		case one == "" || slices.Contains(fit, one):
		case !form.MatchString(one):
			bad++
		default:
			fit = append(fit, one)
		}
	}
	if bad > 0 {
		b.note("fields."+field, fmt.Sprintf("%d of %d elements are not of the form %s; left out", bad, len(all), form))
	}
	if len(fit) > most {
		b.note("fields."+field, fmt.Sprintf("%d elements; the first %d were taken", len(fit), most))
		fit = fit[:most]
	}
	return fit
}

func (b *builder) affected() int32 {
	e := b.mapping.fields["affected"]
	if e == nil {
		return 0
	}
	number, problem := e.number(b.row)
	if problem == "" && (number < 0 || number > 1_000_000_000) {
		problem = "is not between 0 and 1,000,000,000"
	}
	if problem != "" {
		b.note("fields.affected", problem+"; left out")
		return 0
	}
	return int32(number)
}

// knownForm is whether a contact looks like something that can be reached.
func knownForm(kind, value string) bool {
	switch kind {
	case "email":
		address, err := mail.ParseAddress(value)
		return err == nil && address.Address == value
	case "phone":
		return phone.MatchString(value)
	}
	return true
}

func words[T ~string](list []string) []T {
	if len(list) == 0 {
		return nil
	}
	out := make([]T, len(list))
	for i, w := range list {
		out[i] = T(w)
	}
	return out
}
