package pack

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

var (
	yamlLine      = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)
	outOfLine     = regexp.MustCompile(`^did not find expected (key|'-' indicator)`)
	unknownAnchor = regexp.MustCompile(`^unknown anchor '([^']*)'`)
)

// unreadable says why a text is no YAML.
func (r *reader) unreadable(text []byte, err error) {
	line, advice := 0, "check indentation, colons, quotes and brackets here and on the lines above"
	why := err.Error()
	if m := yamlLine.FindStringSubmatch(why); m != nil {
		why = strings.TrimPrefix(why, m[0])
		line, _ = strconv.Atoi(m[1]) // no number: the file as a whole
		if strings.HasPrefix(why, "did not find expected") {
			line++ // the parser counts these from 0
		}
		if outOfLine.MatchString(why) {
			line = firstOutOfLine(text, line, why)
		}
	}
	if m := unknownAnchor.FindStringSubmatch(why); m != nil {
		before, _, _ := bytes.Cut(text, []byte("*"+m[1]))
		line, advice = 1+bytes.Count(before, []byte("\n")), "write it out, or put quotes around a text that begins with *"
	}
	if tab := tabNear(text, line); tab > 0 {
		line, why, advice = tab, "a tab indents the line", "indent with spaces"
	}
	r.fault(line, "", advice, "it is no YAML: %s", why)
}

// firstOutOfLine is the line at which a list or map breaks off, when the parser names the line on which it begins: of the lines
// from there on the first with which the text fails as it does as a whole.
func firstOutOfLine(text []byte, begins int, why string) int {
	lines := bytes.SplitAfter(text, []byte("\n"))
	behind := func(n int) int { return len(bytes.Join(lines[:n], nil)) }
	n := sort.Search(len(lines)-begins, func(more int) bool {
		err := whyUnreadable(text[:behind(begins+more)])
		return err != nil && strings.HasSuffix(err.Error(), why)
	})
	return begins + n
}

// whyUnreadable is what the parser says of a text; nil where it is YAML.
func whyUnreadable(text []byte) error {
	for decoder := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var node yaml.Node
		if err := decoder.Decode(&node); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// tabNear is the line at or around the one given that a tab indents; 0 for none.
func tabNear(text []byte, line int) int {
	for i, l := range slices.Collect(bytes.Lines(text)) {
		indent := l[:len(l)-len(bytes.TrimLeft(l, " \t"))]
		if i+1 >= line-1 && i+1 <= line+1 && bytes.ContainsRune(indent, '\t') {
			return i + 1
		}
	}
	return 0
}
