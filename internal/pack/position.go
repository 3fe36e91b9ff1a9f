package pack

import (
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// LineOf is the line a field of the object stands on; of one that is not there, the line of what it would be in.
// Paths are those of the API server and of conditions: spec.steps[3].when, metadata.labels[example.org/a].
func (d *Document) LineOf(field string) int {
	line, _ := d.find(field)
	return line
}

// LineIn is the line of a text that a field holds, counted from 1 as the text itself does. A text on one line, or one that is
// folded, has no lines of its own: it is the line of the field.
func (d *Document) LineIn(field string, n int) int {
	line, node := d.find(field)
	if node != nil && node.Kind == yaml.ScalarNode && node.Style&yaml.LiteralStyle != 0 && n > 0 {
		return node.Line + n
	}
	return line
}

// Has is whether the object has a field.
func (d *Document) Has(field string) bool {
	_, node := d.find(field)
	return node != nil
}

// find is the line of a field and its value; nil when there is none.
func (d *Document) find(field string) (int, *yaml.Node) {
	n, line := d.root, d.Line
	if n == nil {
		return line, nil
	}
	for _, step := range steps(field) {
		key, next := n, (*yaml.Node)(nil)
		switch n.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				if n.Content[i].Value == step {
					key, next = n.Content[i], n.Content[i+1]
				}
			}
		case yaml.SequenceNode:
			if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(n.Content) {
				key, next = n.Content[i], n.Content[i]
			}
		}
		if next == nil {
			return line, nil
		}
		n, line = next, key.Line
	}
	return line, n
}

// child is a field of a map; nil when there is none.
func child(n *yaml.Node, name string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

var pathStep = regexp.MustCompile(`\[([^\]]*)\]|([^.\[]+)`)

// steps are the names and indexes of a path.
func steps(field string) []string {
	var out []string
	for _, m := range pathStep.FindAllStringSubmatch(field, -1) {
		if m[1] != "" {
			out = append(out, trimQuotes(m[1]))
		} else {
			out = append(out, m[2])
		}
	}
	return out
}

func trimQuotes(s string) string {
	if plain, err := strconv.Unquote(s); err == nil {
		return plain
	}
	return s
}
