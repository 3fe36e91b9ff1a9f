package playbooks

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"
)

// number is a row of the table of a pack's README.
type number struct{ rule, object, field, value string }

// numbers reads the table "rule, from, object, field, value" of a README.
func numbers(t *testing.T, pack string) []number {
	t.Helper()
	data, err := fs.ReadFile(FS, path.Join(pack, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []number
	inside := false
	for line := range strings.Lines(string(data)) {
		line = strings.ReplaceAll(strings.TrimSpace(line), `\|`, "\x00")
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if len(cells) != 5 || !strings.HasPrefix(line, "|") {
			inside = false
			continue
		}
		for i := range cells {
			cells[i] = strings.ReplaceAll(strings.TrimSpace(cells[i]), "\x00", "|")
		}
		if cells[0] == "rule" {
			inside = true
		}
		if !inside || cells[0] == "rule" || strings.HasPrefix(cells[0], "---") {
			continue
		}
		for object := range strings.SplitSeq(cells[2], ", ") {
			rows = append(rows, number{cells[0], object, cells[3], strings.Trim(cells[4], "`")})
		}
	}
	return rows
}

// lookup follows a path below an object's spec; in a list, a name stands for the entry of that name.
func lookup(value any, field string) (any, error) {
	for part := range strings.SplitSeq(field, ".") {
		switch at := value.(type) {
		case map[string]any:
			next, ok := at[part]
			if !ok {
				return nil, fmt.Errorf("there is no field %s", part)
			}
			value = next
		case []any:
			found := false
			for _, entry := range at {
				if m, ok := entry.(map[string]any); ok && m["name"] == part {
					value, found = m, true
				}
			}
			if !found {
				return nil, fmt.Errorf("there is no entry named %s", part)
			}
		default:
			return nil, fmt.Errorf("%s has no fields", part)
		}
	}
	return value, nil
}

// fieldsCalled are the paths of all fields of a name, as lookup takes them.
func fieldsCalled(value any, at, name string) []string {
	var out []string
	below := func(part string, v any) {
		out = append(out, fieldsCalled(v, strings.TrimPrefix(at+"."+part, "."), name)...)
	}
	switch v := value.(type) {
	case map[string]any:
		for key, field := range v {
			if key == name {
				out = append(out, strings.TrimPrefix(at+"."+key, "."))
			}
			below(key, field)
		}
	case []any:
		for _, entry := range v {
			if m, ok := entry.(map[string]any); ok {
				below(fmt.Sprint(m["name"]), m)
			}
		}
	}
	return out
}

func TestTheReadmeSaysWhatTheYAMLSays(t *testing.T) {
	for _, name := range packs(t) {
		g := NewWithT(t)
		documents, err := Documents(name)
		g.Expect(err).NotTo(HaveOccurred())
		specs := map[string]any{}
		for _, d := range documents {
			var object map[string]any
			g.Expect(yaml.Unmarshal(d.YAML, &object)).To(Succeed())
			specs[decode(t, d).GetName()] = object["spec"]
		}
		rows := numbers(t, name)
		told := map[string]bool{}
		for _, row := range rows {
			told[row.object+"/"+row.field] = true
		}
		for object, spec := range specs {
			for _, field := range fieldsCalled(spec, "", "acknowledgeWithin") {
				g.Expect(told).To(HaveKey(object+"/"+field), "the table of %s leaves a number out", name)
			}
		}
		g.Expect(len(rows)).To(BeNumerically(">=", 60), "the table of %s was not found", name)
		for _, row := range rows {
			t.Run(row.object+"/"+row.field, func(t *testing.T) {
				g := NewWithT(t)
				g.Expect(specs).To(HaveKey(row.object))
				got, err := lookup(specs[row.object], row.field)
				g.Expect(err).NotTo(HaveOccurred(), row.rule)
				var want any
				if err := yaml.Unmarshal([]byte(row.value), &want); err != nil {
					// An expression is no YAML.
					want = row.value
				}
				g.Expect(got).To(Equal(want), row.rule)
			})
		}
	}
}
