package intake

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// Item is one row of a file as objects to create. Their namespace is left empty.
type Item struct {
	// Line is the line the row begins at, from 1.
	Line int
	// Complaint is the complaint; its name follows from the mapping's name and the row's id alone.
	Complaint *v1alpha1.Complaint
	// Secret holds the complainant's contacts; nil when the row has none.
	Secret *corev1.Secret
	// Script is what the mapping notes beside the complaint, e.g. how a demo is to play the case. It is written nowhere.
	Script map[string]string
	// Notes say what was changed or left out, by field; those of the first row also which columns seem to be misspelt. They
	// hold nothing that the row says.
	Notes []string
}

// Read turns a CSV file into items one by one; file is its name in messages. A row that cannot be used gives a
// *RowError in its place and reading goes on. A *FileError means that there is no going on and comes last. A row that
// is the same record as an earlier one is a *RowError too, marked as duplicate.
func (m *Mapping) Read(r io.Reader, file string) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		s := newSplitter(r, m.comma)
		h, misread, err := m.header(s, file)
		if err != nil {
			yield(Item{}, err)
			return
		}
		seen := map[string]int{} // object name → line
		for {
			rec, err := s.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Item{}, &FileError{File: file, Message: fmt.Sprintf("cannot be read after line %d", s.line), Err: err})
				return
			}
			item, rowErr := m.item(h, rec, file)
			if rowErr == nil {
				first, again := seen[item.Complaint.Name]
				if again {
					rowErr = &RowError{File: file, Line: rec.line, Duplicate: true, Message: fmt.Sprintf("this is the same record as line %d; left out", first)}
				} else {
					seen[item.Complaint.Name] = rec.line
				}
			}
			if rowErr != nil {
				item, err = Item{Line: rec.line}, rowErr
			} else if misread != "" {
				item.Notes, misread = append(item.Notes, misread), ""
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

// CountRows is how many rows a file has besides its header, broken ones included: the total for a progress bar.
func (m *Mapping) CountRows(r io.Reader) (int, error) {
	s := newSplitter(r, m.comma)
	for rows := -1; ; rows++ {
		if _, err := s.next(); errors.Is(err, io.EOF) {
			return max(rows, 0), nil
		} else if err != nil {
			return 0, err
		}
	}
}

// loneCR is a carriage return within a line.
var loneCR = regexp.MustCompile(`\r[^\r\n]`)

// header says which column of the mapping each field of a record is; "" for fields the mapping does not use.
type header []string

// header reads the first line. misread says which columns the mapping may spell otherwise than the file; empty: none.
func (m *Mapping) header(s *splitter, file string) (h header, misread string, err error) {
	rec, err := s.next()
	if errors.Is(err, io.EOF) {
		return nil, "", &FileError{File: file, Message: "is empty; the first line must name the columns"}
	}
	if err != nil {
		return nil, "", &FileError{File: file, Message: "cannot be read", Err: err}
	}
	if loneCR.MatchString(strings.Join(append([]string{rec.first}, rec.fields...), "\n")) {
		return nil, "", &FileError{File: file, Message: "has lines that end with a carriage return alone, as some spreadsheets on a Mac write them, so all of it is one line. " +
			"Save it as CSV UTF-8, or convert it with `tr '\\r' '\\n' < old.csv > new.csv`, and import that"}
	}
	if problem := m.otherComma(rec); problem != "" {
		return nil, "", &FileError{File: file, Message: problem}
	}
	if rec.problem != "" {
		return nil, "", &FileError{File: file, Message: fmt.Sprintf("line %d, the header, is broken: %s", rec.line, rec.problem)}
	}
	if problem := notUTF8(strings.Join(rec.fields, "\n")); problem != "" {
		return nil, "", &FileError{File: file, Message: problem}
	}
	h = make(header, len(rec.fields))
	at := map[string]int{}
	var unread []string
	for i, title := range rec.fields {
		if i == 0 {
			title = strings.TrimPrefix(title, "\ufeff")
		}
		column, ok := m.headers[headerKey(title)]
		if !ok {
			unread = append(unread, title)
			continue
		}
		if first, twice := at[column]; twice {
			return nil, "", &FileError{File: file, Message: fmt.Sprintf("columns %d and %d are both %s; remove one, or give it another header", first+1, i+1, column)}
		}
		at[column], h[i] = i, column
	}
	for _, column := range m.require {
		if _, ok := at[column]; !ok {
			return nil, "", &FileError{File: file, Message: fmt.Sprintf("there is no column %s (header %s); is it the right mapping?", column, strings.Join(quoted(m.spellings[column]), " or "))}
		}
	}
	return h, m.misspelt(at, unread), nil
}

// mostCompared is how many columns, and how long ones, are looked through for slips.
const mostCompared = 200

// misspelt says of columns the mapping reads and the file has not which one of those it does not read may be meant; empty: none.
func (m *Mapping) misspelt(there map[string]int, unread []string) string {
	unread = slices.DeleteFunc(unread, func(title string) bool { return len(title) > mostCompared })
	unread = unread[:min(len(unread), mostCompared)]
	var slips []string
	for _, column := range m.columns[:min(len(m.columns), mostCompared)] {
		if _, is := there[column]; is || !m.reads[column] {
			continue
		}
		for _, spelling := range m.spellings[column][:min(len(m.spellings[column]), 3)] {
			if meant := playbook.DidYouMean(spelling, unread); meant != "" {
				slips = append(slips, fmt.Sprintf("the file has no column %s (header %q), so what the mapping makes of it is empty; %s", column, spelling, strings.TrimSpace(meant)))
				break
			}
		}
	}
	return strings.Join(slips, " ")
}

// otherComma says that a header which is not divided at all most likely is by another character; empty: it is not so.
func (m *Mapping) otherComma(rec record) string {
	header := rec.first
	if len(rec.fields) == 1 {
		header = rec.fields[0]
	}
	if strings.ContainsRune(header, m.comma) || !utf8.ValidString(header) {
		return ""
	}
	likely, most := "", 0
	for _, c := range []string{";", "\t", "|", ","} {
		if n := strings.Count(header, c); n > most {
			likely, most = c, n
		}
	}
	if likely == "" {
		return ""
	}
	return fmt.Sprintf("there is no %q in the header, so it is one field; it seems to be divided by %q: write delimiter: %[2]q in the mapping", string(m.comma), likely)
}

func quoted(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = fmt.Sprintf("%q", s)
	}
	return out
}

// row puts the fields of a record under the names of their columns.
func (m *Mapping) row(h header, rec record) (r *row, notes []string, problem string) {
	fields := rec.fields
	for len(fields) > len(h) && strings.TrimSpace(fields[len(fields)-1]) == "" {
		fields = fields[:len(fields)-1]
	}
	if len(fields) != len(h) {
		return nil, nil, fmt.Sprintf("the row has %d fields, the header %d; a comma or a quote may be missing or too many", len(rec.fields), len(h))
	}
	r = &row{columns: make(map[string]string, len(m.columns)), line: rec.line}
	for _, column := range m.columns {
		r.columns[column] = ""
	}
	for i, column := range h {
		if column == "" {
			continue
		}
		text, changed := clean(fields[i])
		if changed {
			notes = append(notes, column+": control characters were removed")
		}
		r.columns[column] = text
	}
	return r, notes, ""
}
