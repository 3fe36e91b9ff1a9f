package verify

import (
	"slices"
	"strings"
	"testing"
)

// A condition on the steps of an incident whose playbook is faulty is not told: that it does not fit follows from that.
func TestWhatFollowsFromAFaultyPlaybook(t *testing.T) {
	for _, spoilt := range []bool{false, true} {
		files := samples(t)
		at := slices.IndexFunc(files, func(f File) bool { return f.Name == "playbook" })
		complaint, crisis, _ := strings.Cut(string(files[at].Text), "---\n")
		complaint = strings.Replace(complaint, "  - name: approveRemedy\n", "  - {name: alarm, needs: [planRemedy], raiseIncident: {playbook: crisis, team: service-desk}}\n"+
			"  - {name: safe, needs: [alarm], noDeadline: None., wait: {until: incident.steps.safety.ended}}\n  - name: approveRemedy\n", 1)
		if spoilt {
			crisis = strings.Replace(crisis, "\nspec:\n", "\nspec:\n  bogus: 1\n", 1)
		}
		files[at].Text = []byte(complaint)
		files = append(files, File{"crisis", []byte(crisis)})
		var said []string
		for _, f := range verified(t, files).Findings {
			if f.Severity == Error {
				said = append(said, f.File)
			}
		}
		if want := map[bool]string{false: "", true: "crisis"}[spoilt]; strings.Join(said, " ") != want {
			t.Errorf("spoilt: %v, findings in %v", spoilt, said)
		}
	}
}

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

// What is wrong with a calendar is told there, once, and not of each playbook that names it: of those it says nothing.
func TestWhatIsWrongWithACalendarIsToldOnce(t *testing.T) {
	files := samples(t)
	for i := range files {
		files[i].Text = []byte(strings.NewReplacer("Europe/London", "Europe/Lundon", "\n  for: CrisisIncident\n", "\n  for: CrisisIncident\n  calendar: office-hours\n").Replace(string(files[i].Text)))
	}
	files = slices.DeleteFunc(files, func(f File) bool { return f.Name == "drillschedule" }) // it names the zone, too
	_, playable, err := Playable(t.Context(), kinds, files)
	if err != nil {
		t.Fatal(err)
	}
	for _, findings := range [][]Finding{verified(t, files).Findings, playable} {
		var said []string
		for _, f := range findings {
			if strings.Contains(f.Message, "Lundon") {
				said = append(said, f.Object+" "+f.Rule)
			}
		}
		if strings.Join(said, ", ") != "BusinessCalendar/office-hours calendar-usable" {
			t.Errorf("told: %v", said)
		}
	}
}
