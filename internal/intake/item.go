package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Labels and annotations of imported objects.
const (
	// ImportLabel names the mapping an object was imported with.
	ImportLabel = "crisis.tocsin.dev/import"
	// SourceAnnotation names file and line a complaint was imported from, as file#line.
	SourceAnnotation = "crisis.tocsin.dev/source"

	managedByLabel = "app.kubernetes.io/managed-by"
	managedBy      = "tocsin"
)

// MaxStatement is the longest statement a complaint holds, in characters.
const MaxStatement = 32 * 1024

// builder turns one row into objects.
type builder struct {
	mapping *Mapping
	row     *row
	source  string // file#line
	notes   []string
}

// item turns a record into objects.
func (m *Mapping) item(h header, rec record, file string) (Item, *RowError) {
	broken := func(column, message string) (Item, *RowError) {
		return Item{}, &RowError{File: file, Line: rec.line, Column: column, Message: message}
	}
	if rec.problem != "" {
		return broken(rec.column, rec.problem)
	}
	for i, field := range rec.fields {
		if !utf8.ValidString(field) {
			// All fields together tell more of the encoding than the one.
			return broken(fmt.Sprint("column ", i+1), "the text "+notUTF8(strings.ReplaceAll(strings.Join(rec.fields, "\n"), "\x00", "")))
		}
	}
	row, notes, problem := m.row(h, rec)
	if problem != "" {
		return broken("", problem)
	}
	b := builder{mapping: m, row: row, notes: notes, source: fmt.Sprintf("%s#%d", file, rec.line)}
	id, problem := b.id(rec.fields)
	if problem != "" {
		return broken("id", problem)
	}
	complaint := &v1alpha1.Complaint{
		TypeMeta: metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: "Complaint"},
		ObjectMeta: metav1.ObjectMeta{
			Name:        m.name + "-" + digest(m.name, id),
			Labels:      map[string]string{ImportLabel: m.name},
			Annotations: map[string]string{SourceAnnotation: b.source},
		},
	}
	if column, problem := b.essentials(&complaint.Spec); problem != "" {
		return broken(column, problem)
	}
	b.details(&complaint.Spec)
	item := Item{Line: rec.line, Complaint: complaint}
	if item.Secret = b.secret(complaint.Name); item.Secret != nil {
		if complaint.Spec.Complainant == nil {
			complaint.Spec.Complainant = &v1alpha1.Complainant{}
		}
		complaint.Spec.Complainant.ContactSecret = item.Secret.Name
	}
	item.Script, item.Notes = b.script(), b.notes
	return item, nil
}

// id is what tells the row from all others: what the mapping says, else a digest of the whole row.
func (b *builder) id(fields []string) (id, problem string) {
	if b.mapping.id != nil {
		if id, problem = b.mapping.id.text(b.row); problem != "" {
			return "", problem
		}
	}
	if id = strings.TrimSpace(id); id == "" {
		return "row " + digest(fields...), ""
	}
	return "id " + id, ""
}

// essentials fills what a complaint cannot do without.
func (b *builder) essentials(spec *v1alpha1.ComplaintSpec) (column, problem string) {
	if at := b.mapping.receivedAt; at != nil {
		received, problem := at.expr.moment(b.row, at.layouts, b.mapping.zone)
		if problem == "" && received.IsZero() {
			problem = "the date is empty"
		}
		if problem != "" {
			return "receivedAt", problem
		}
		spec.ReceivedAt = metav1.NewTime(received.Truncate(time.Second))
	}
	text, problem := b.mapping.fields["statement"].text(b.row)
	if problem == "" && strings.TrimSpace(text) == "" {
		problem = "the statement is empty; a complaint needs what was complained of"
	}
	if problem != "" {
		return "fields.statement", problem
	}
	b.statement(spec, text)
	return "", ""
}

// statement takes as much of the text as a complaint holds; the whole of a longer one is referred to.
func (b *builder) statement(spec *v1alpha1.ComplaintSpec, text string) {
	text, _ = clean(text)
	kept, characters := cut(text, MaxStatement)
	spec.Statement = kept
	if characters <= MaxStatement {
		return
	}
	sum := sha256.Sum256([]byte(text))
	location, _ := cut(b.source, 1024)
	spec.Evidence = []v1alpha1.Evidence{{
		Name: "statement", Location: location, SHA256: hex.EncodeToString(sum[:]), Characters: int64(characters),
	}}
	b.note("fields.statement", fmt.Sprintf("%d characters; the first %d were taken, the whole is referred to as evidence", characters, MaxStatement))
}

// secret holds the contacts, nil when there are none.
func (b *builder) secret(complaint string) *corev1.Secret {
	data := map[string][]byte{}
	for _, c := range b.mapping.contact {
		value, problem := c.expr.text(b.row)
		if problem != "" {
			b.note("contact."+c.name, problem+"; left out")
			continue
		}
		value, _ = clean(value)
		if value = strings.TrimSpace(value); value == "" {
			continue
		}
		if !knownForm(c.name, value) {
			b.note("contact."+c.name, "is of no known form; kept as it is, but nothing may reach it")
		}
		data[c.name] = []byte(value)
	}
	if len(data) == 0 {
		return nil
	}
	return &corev1.Secret{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: metav1.ObjectMeta{
			Name:   complaint + "-contact",
			Labels: map[string]string{managedByLabel: managedBy, ImportLabel: b.mapping.name},
		},
		Type: corev1.SecretTypeOpaque,
		Data: data,
	}
}

func (b *builder) script() map[string]string {
	script := map[string]string{}
	for _, s := range b.mapping.script {
		value, problem := s.expr.text(b.row)
		if problem != "" {
			b.note("script."+s.name, problem+"; left out")
		}
		if value != "" {
			script[s.name] = value
		}
	}
	return script
}

func (b *builder) note(field, message string) { b.notes = append(b.notes, field+": "+message) }
