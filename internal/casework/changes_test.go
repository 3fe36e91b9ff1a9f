package casework

import (
	"encoding/json"
	"testing"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"
)

// What is told apart as fields of a record is what a JSON reader takes for its fields, whatever people write into them.
func TestFieldsAreThoseThatJSONHas(t *testing.T) {
	type inner struct {
		Words []string       `json:"words,omitempty"`
		Kinds map[string]any `json:"kinds,omitempty"`
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`["\\{}\[\]:, a]*`))
		record := struct {
			First string  `json:"first,omitempty"`
			Inner *inner  `json:"inner,omitempty"`
			Many  []inner `json:"many,omitempty"`
			Count int     `json:"count,omitempty"`
			Last  bool    `json:"last,omitempty"`
		}{
			First: text.Draw(t, "first"),
			Inner: &inner{Words: rapid.SliceOfN(text, 0, 3).Draw(t, "words"), Kinds: map[string]any{text.Draw(t, "kind"): text.Draw(t, "what")}},
			Many:  make([]inner, rapid.IntRange(0, 3).Draw(t, "many")),
			Count: rapid.Int().Draw(t, "count"),
			Last:  rapid.Bool().Draw(t, "last"),
		}
		data, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		want, got := map[string]json.RawMessage{}, map[string]json.RawMessage{}
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatal(err)
		}
		for name, value := range fieldsOf(data) {
			got[name] = value
		}
		NewWithT(t).Expect(got).To(Equal(want), string(data))
	})
}
