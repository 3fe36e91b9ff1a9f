package intake

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxRecord is how long a record may be, in bytes. A quote that is never closed would otherwise swallow the rest of
// the file.
const maxRecord = 4 << 20

// maxLine is where a line that does not end is given up, and the file with it: there may be no end to wait for.
const maxLine = 16 * maxRecord

var errNoLineEnd = fmt.Errorf("the line behind it is longer than %d MiB and has no end; is this a CSV file?", maxLine>>20)

// splitter cuts a CSV file into records. Unlike a plain CSV reader it goes on after a broken one at the very next
// line, also when a quote was opened and never closed.
type splitter struct {
	in    *bufio.Reader
	comma rune
	line  int // lines read from in
	again []numbered
}

type numbered struct {
	text   string // with its line end
	number int
	cut    bool // longer than maxRecord; the rest is lost
}

// record is one record of the file, or what is wrong with it.
type record struct {
	line    int
	fields  []string
	column  string
	problem string
	first   string // the first line of a broken record
}

func newSplitter(r io.Reader, comma rune) *splitter {
	return &splitter{in: bufio.NewReaderSize(r, 64<<10), comma: comma}
}

// next is the next record; blank lines are passed over. The error is io.EOF at the end, or that of the reader.
func (s *splitter) next() (record, error) {
	for {
		first, err := s.readLine()
		if err != nil {
			return record{}, err
		}
		if strings.Trim(first.text, "\r\n") != "" {
			return s.record(first)
		}
	}
}

// record puts the lines of a record together. Of a broken record only the first line is given up.
func (s *splitter) record(first numbered) (record, error) {
	lines, size := []numbered{first}, len(first.text)
	broken := func(column, problem string) (record, error) {
		s.again = append(lines[1:len(lines):len(lines)], s.again...)
		return record{line: first.number, column: column, problem: problem, first: first.text}, nil
	}
	scan := quotes{comma: s.comma}
	for last := first; ; {
		if last.cut {
			return broken("", fmt.Sprintf("the line is longer than %d MiB; a quote may be missing", maxRecord>>20))
		}
		if problem := scan.line(last.text); problem != "" {
			return broken(fmt.Sprint("column ", scan.column), problem)
		}
		if !scan.open {
			break
		}
		more, err := s.readLine()
		if err != nil && !errors.Is(err, io.EOF) {
			return record{}, err
		}
		if size += len(more.text); err != nil || size > maxRecord {
			if err == nil {
				lines = append(lines, more)
			}
			return broken(fmt.Sprint("column ", scan.column), "a quote is opened and not closed again; close it, or double it where it belongs to the text")
		}
		lines = append(lines, more)
		last = more
	}
	fields, err := s.parse(lines)
	if err != nil {
		return broken("", "this is not CSV: "+err.Error())
	}
	return record{line: first.number, fields: fields}, nil
}

func (s *splitter) parse(lines []numbered) ([]string, error) {
	var text strings.Builder
	for _, l := range lines {
		text.WriteString(l.text)
	}
	r := csv.NewReader(strings.NewReader(text.String()))
	r.Comma, r.FieldsPerRecord = s.comma, -1
	fields, err := r.Read()
	if parse := (*csv.ParseError)(nil); errors.As(err, &parse) {
		return nil, parse.Err
	}
	return fields, err
}

func (s *splitter) readLine() (numbered, error) {
	if len(s.again) > 0 {
		l := s.again[0]
		s.again = s.again[1:]
		return l, nil
	}
	var text []byte
	cut, length := false, 0
	for {
		piece, err := s.in.ReadSlice('\n')
		if length += len(piece); length > maxLine {
			return numbered{}, errNoLineEnd
		}
		if len(text)+len(piece) > maxRecord {
			cut = true
		} else {
			text = append(text, piece...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && (len(text) > 0 || cut), err == nil:
			s.line++
			return numbered{string(text), s.line, cut}, nil
		}
		return numbered{}, err
	}
}

// quotes follows the quotes of a record from line to line.
type quotes struct {
	comma  rune
	open   bool // inside quotes
	column int  // the field it is in, from 1
}

// line takes in the next line of the record and says what is wrong with its quotes, if anything is.
func (q *quotes) line(text string) (problem string) {
	text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	start := !q.open
	if start {
		q.column++
	}
	closed := false // just after the quote that closes a field, or the first of a doubled one
	for _, r := range text {
		switch {
		case closed && r == '"':
			closed, q.open = false, true
		case closed && r != q.comma:
			return "text follows the closing quote; double a quote that belongs to the text"
		case q.open:
			if r == '"' {
				closed, q.open = true, false
			}
		case r == q.comma:
			q.column++
			start, closed = true, false
		case r == '"' && !start:
			return "a quote stands inside a field without quotes; put the field in quotes and double the quote"
		case r == '"':
			q.open, start = true, false
		default:
			start = false
		}
	}
	return ""
}
