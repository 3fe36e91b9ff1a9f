package intake

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the zones a mapping may name are known on every machine
	"unicode/utf8"

	"tocsin.dev/tocsin/internal/pack"
)

// MostMapping is how large a mapping file may be, in bytes.
const MostMapping = 1 << 20

// mappingFile is a mapping as people write it.
type mappingFile struct {
	Kind       string              `json:"kind"`
	Name       string              `json:"name"`
	Delimiter  string              `json:"delimiter"`
	TimeZone   string              `json:"timeZone"`
	Columns    map[string][]string `json:"columns"`
	Require    []string            `json:"require"`
	ID         string              `json:"id"`
	ReceivedAt momentSource        `json:"receivedAt"`
	OccurredAt momentSource        `json:"occurredAt"`
	Fields     map[string]string   `json:"fields"`
	Contact    map[string]string   `json:"contact"`
	Script     map[string]string   `json:"script"`
}

type momentSource struct {
	Value   string   `json:"value"`
	Formats []string `json:"formats"`
}

// Mapping says what the rows of a CSV file mean. It is immutable and safe for concurrent use.
type Mapping struct {
	name       string
	comma      rune
	zone       *time.Location
	headers    map[string]string // spelling in lower case → column
	columns    []string
	require    []string
	spellings  map[string][]string
	id         *expr
	receivedAt *moment
	occurredAt *moment
	fields     map[string]*expr
	contact    []named
	script     []named
	// reads are the columns that some expression reads.
	reads map[string]bool
}

type moment struct {
	expr    *expr
	layouts []string
}

type named struct {
	name string
	expr *expr
}

// Name is the name of the mapping; the names of the objects begin with it.
func (m *Mapping) Name() string { return m.name }

// fieldShapes are the fields a mapping can fill, and what each expression must give.
var fieldShapes = map[string]shape{
	"policy": aText, "channel": aText, "takenBy": aText, "statement": aText, "place": aText, "category": aText,
	"product": aText, "order": aText, "pseudonym": aText, "class": aText, "locale": aText, "department": aText,
	"expectation": aList, "signals": aList, "aboutUsers": aList, "aboutTeams": aList, "affected": aNumber,
}

// contactKeys are the keys of a contact Secret. There is no webhook among them: one of a complainant is never called, so
// it would be kept for nothing.
var contactKeys = []string{"name", "email", "phone"}

// defaultLayouts are how dates are read when a mapping names no formats.
var defaultLayouts = []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"}

var (
	mappingName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?$`)
	columnName  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// ParseMapping reads and checks a mapping; file is its name in messages. The error tells everything that is wrong, each with
// its line and the field it is wrong in.
func ParseMapping(file string, text []byte) (*Mapping, error) {
	if len(text) > MostMapping {
		return nil, pack.Fault{File: file, Message: "it is larger than 1 MiB, so it is no mapping", Advice: "name another file"}
	}
	l := loader{}
	if err := pack.Decode(file, text, &l.source, "docs/spec/import.md", l.load); err != nil {
		return nil, err
	}
	return l.mapping, nil
}

// loader collects what is wrong with a mapping.
type loader struct {
	source  mappingFile
	mapping *Mapping
	faults  []pack.Fault
}

// load makes the mapping of its source.
func (l *loader) load() []pack.Fault {
	l.mapping = &Mapping{
		name: l.source.Name, comma: ',', zone: time.UTC,
		headers: map[string]string{}, spellings: l.source.Columns, require: l.source.Require, fields: map[string]*expr{}, reads: map[string]bool{},
	}
	l.head()
	l.columns()
	l.expressions()
	return l.faults
}

// problem notes what is wrong with a field.
func (l *loader) problem(field, format string, args ...any) {
	l.faults = append(l.faults, pack.Fault{Field: field, Message: fmt.Sprintf(format, args...)})
}

func (l *loader) head() {
	if l.source.Kind != "ImportMapping" {
		l.problem("kind", `is %q; a mapping says "kind: ImportMapping"`, l.source.Kind)
	}
	if !mappingName.MatchString(l.source.Name) {
		l.problem("name", "is %q; write at most 32 small letters, digits and hyphens, it becomes part of object names", l.source.Name)
	}
	if l.source.Delimiter != "" {
		r, size := utf8.DecodeRuneInString(l.source.Delimiter)
		if size != len(l.source.Delimiter) || strings.ContainsRune("\"\r\n\ufeff\ufffd", r) {
			l.problem("delimiter", "is %q; write the one character that stands between fields", l.source.Delimiter)
		}
		l.mapping.comma = r
	}
	zone, err := time.LoadLocation(l.source.TimeZone)
	if err != nil || l.source.TimeZone == "Local" {
		l.problem("timeZone", "there is no time zone %q; use an IANA name, e.g. Asia/Shanghai", l.source.TimeZone)
		return
	}
	l.mapping.zone = zone
}

func (l *loader) columns() {
	if len(l.source.Columns) == 0 {
		l.problem("columns", "there is none; give each column a name and the headers it goes by")
	}
	for _, column := range slices.Sorted(maps.Keys(l.source.Columns)) {
		l.mapping.columns = append(l.mapping.columns, column)
		if !columnName.MatchString(column) {
			l.problem("columns."+column, "is no name an expression can spell; use letters, digits and _")
		}
		if len(l.source.Columns[column]) == 0 {
			l.problem("columns."+column, "name at least one header")
		}
		for _, spelling := range l.source.Columns[column] {
			key := headerKey(spelling)
			if other, ok := l.mapping.headers[key]; ok && other != column {
				l.problem("columns."+column, "the header %q belongs to %s already", spelling, other)
			}
			l.mapping.headers[key] = column
		}
	}
	for i, column := range l.source.Require {
		if _, ok := l.source.Columns[column]; !ok {
			l.problem(fmt.Sprintf("require[%d]", i), "there is no column %q; use one of: %s", column, strings.Join(l.mapping.columns, ", "))
		}
	}
}

// headerKey makes headers that differ in case and outer spaces only the same.
func headerKey(header string) string { return strings.ToLower(strings.TrimSpace(header)) }

func (l *loader) expressions() {
	m := l.mapping
	if l.source.ID != "" {
		m.id = l.compile("id", l.source.ID, aText)
	}
	m.receivedAt = l.moment("receivedAt", l.source.ReceivedAt)
	m.occurredAt = l.moment("occurredAt", l.source.OccurredAt)
	if l.source.Fields["statement"] == "" {
		l.problem("fields.statement", "is missing; a complaint needs what was complained of")
	}
	for _, name := range slices.Sorted(maps.Keys(l.source.Fields)) {
		want, ok := fieldShapes[name]
		if !ok {
			l.problem("fields."+name, "there is no such field; use one of: %s", strings.Join(slices.Sorted(maps.Keys(fieldShapes)), ", "))
			continue
		}
		m.fields[name] = l.compile("fields."+name, l.source.Fields[name], want)
	}
	for _, name := range slices.Sorted(maps.Keys(l.source.Contact)) {
		if name == "webhook" {
			l.problem("contact.webhook", "a complainant's webhook is never called, so it is not kept; leave it out, or give email")
			continue
		}
		if !slices.Contains(contactKeys, name) {
			l.problem("contact."+name, "there is no such contact; use one of: %s", strings.Join(contactKeys, ", "))
			continue
		}
		m.contact = append(m.contact, named{name, l.compile("contact."+name, l.source.Contact[name], aText)})
	}
	for _, name := range slices.Sorted(maps.Keys(l.source.Script)) {
		m.script = append(m.script, named{name, l.compile("script."+name, l.source.Script[name], aText)})
	}
}

func (l *loader) compile(field, source string, want shape) *expr {
	e, err := compile(field, source, want, l.mapping.columns)
	if err != nil {
		l.problem(field, "%v", err)
		return nil
	}
	for _, column := range e.reads {
		l.mapping.reads[column] = true
	}
	return e
}

// namesADay is whether a day that is written so can be read again: the format has its year, month and day, each in the way of Go.
func namesADay(layout string) bool {
	at := time.Date(2031, 10, 29, 18, 47, 53, 0, time.UTC)
	again, err := time.Parse(layout, at.Format(layout))
	return err == nil && again.Year() == at.Year() && again.YearDay() == at.YearDay()
}

func (l *loader) moment(field string, source momentSource) *moment {
	if source.Value == "" {
		if len(source.Formats) > 0 {
			l.problem(field+".value", "is missing; name the column, e.g. row.received")
		}
		return nil
	}
	for i, layout := range source.Formats {
		if !namesADay(layout) {
			l.problem(fmt.Sprintf("%s.formats[%d]", field, i), `%q is no format of a date; write how 2 January 2006, 15:04:05 would look, e.g. "2006-01-02" or "02.01.2006"`, layout)
		}
	}
	layouts := source.Formats
	if len(layouts) == 0 {
		layouts = defaultLayouts
	}
	return &moment{l.compile(field+".value", source.Value, aMoment), layouts}
}
