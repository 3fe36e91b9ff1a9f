package casework

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// specChanged is whether the record may say something else than when it was looked at last.
func (f *File) specChanged() bool {
	return len(f.Status.Facts) == 0 || f.Status.ObservedGeneration != f.Record.GetGeneration()
}

// noteFacts compares what a record says with what it said when it was looked at last, and writes into the timeline which
// fields were changed. by knows the author of a field; last is who changed the others last, which is who changed them if
// there was one write since. Where it is not known nobody is named. The values are not told: they may speak of people.
func (f *File) noteFacts(spec any, by map[string]v1alpha1.User, last v1alpha1.User) error {
	now, err := factDigests(spec, string(f.Record.GetUID()))
	if err != nil {
		return fmt.Errorf("digest the facts of %s: %w", f.Record.GetName(), err)
	}
	if before := f.Status.Facts; len(before) > 0 {
		if f.Record.GetGeneration() != f.Status.ObservedGeneration+1 {
			last = ""
		}
		f.tellChanges(before, now, by, last)
	}
	f.Status.Facts = now
	return nil
}

// factDigests is every field of a spec but the acts and who changed the others, in the order of their names.
func factDigests(spec any, uid string) ([]v1alpha1.FactDigest, error) {
	data, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	out := make([]v1alpha1.FactDigest, 0, 16)
	var said []byte
	for name, value := range fieldsOf(data) {
		if name == "acts" || name == "changedBy" {
			continue
		}
		said = append(append(append(said[:0], uid...), name...), value...)
		sum := sha256.Sum256(said)
		out = append(out, v1alpha1.FactDigest(name+"="+hex.EncodeToString(sum[:4])))
	}
	slices.Sort(out)
	return slices.Clip(out), nil
}

// fieldsOf are the fields of a struct as json.Marshal wrote it: without spaces, and with plain names.
func fieldsOf(object []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		depth, name, value, quoted := 0, 0, 0, false // name and value are where they begin; 0: not yet
		for i := 0; i < len(object); i++ {
			switch c := object[i]; {
			case quoted && c == '\\':
				i++
			case c == '"':
				if quoted = !quoted; depth == 1 && name == 0 {
					name = i + 1
				}
			case quoted:
			case c == ':' && value == 0:
				value = i + 1
			case depth == 1 && value > 0 && (c == ',' || c == '}'):
				if !yield(string(object[name:value-2]), object[value:i]) {
					return
				}
				name, value = 0, 0
			case c == '{' || c == '[':
				depth++
			case c == '}' || c == ']':
				depth--
			}
		}
	}
}

// tellChanges writes one entry for what nobody is known to have changed, and one for each author.
func (f *File) tellChanges(before, now []v1alpha1.FactDigest, by map[string]v1alpha1.User, last v1alpha1.User) {
	changed := map[v1alpha1.User][]string{}
	for _, d := range slices.Concat(now, before) {
		if slices.Contains(before, d) && slices.Contains(now, d) {
			continue
		}
		name, _, _ := strings.Cut(string(d), "=")
		if who := cmp.Or(by[name], last); !slices.Contains(changed[who], name) {
			changed[who] = append(changed[who], name)
		}
	}
	for _, who := range slices.Sorted(maps.Keys(changed)) {
		names := changed[who]
		slices.Sort(names)
		f.event(v1alpha1.EventFactsChanged, who, "changed: "+strings.Join(names, ", "))
	}
}

// authors are the users known to have written fields of a complaint.
func authors(c *v1alpha1.Complaint) map[string]v1alpha1.User {
	if c.Spec.Remedy == nil {
		return nil
	}
	return map[string]v1alpha1.User{string(v1alpha1.WritesRemedy): c.Spec.Remedy.By}
}
