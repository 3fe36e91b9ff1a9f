package verify

import (
	"slices"
	"strings"
	"testing"
)

// What is among the files and faulty is told as that and nowhere as missing, nor what may be in a part that cannot be read.
func TestWhatIsFaultyIsNotMissing(t *testing.T) {
	faults := map[string]func(text string) string{
		"a field too many": func(text string) string { return strings.Replace(text, "\nspec:\n", "\nspec:\n  bogus: 1\n", 1) },
		"no YAML":          func(text string) string { return text + "a: [\n" },
	}
	for what, spoil := range faults {
		for _, name := range []string{"responseteam", "businesscalendar", "noticechannel", "playbook"} {
			files := samples(t)
			at := slices.IndexFunc(files, func(f File) bool { return f.Name == name })
			files[at].Text = []byte(spoil(string(files[at].Text)))
			for _, f := range verified(t, files).Findings {
				if f.File != name || f.Rule != Schema && f.Rule != Readable {
					t.Errorf("%s in %s: %s", what, name, f)
				}
			}
			said := 0
			for _, f := range verified(t, slices.Delete(files, at, at+1)).Findings {
				if strings.Contains(f.Message, "there is no") {
					said++
				}
			}
			if said == 0 && name != "noticechannel" {
				t.Errorf("without %s nothing is said to be missing", name)
			}
		}
	}
}
