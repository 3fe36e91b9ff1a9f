package engine_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
)

var update = flag.Bool("update", false, "write the golden traces anew")

// clock writes a moment as a story has it.
func clock(t time.Time) string {
	if t.Second() != 0 {
		return t.UTC().Format("Mon 02 Jan 15:04:05")
	}
	return t.UTC().Format("Mon 02 Jan 15:04")
}

func (w *world) line(format string, args ...any) {
	fmt.Fprintf(&w.story, "%-20s %s\n", clock(w.now), fmt.Sprintf(format, args...))
}

// say adds a sentence of the teller's own.
func (w *world) say(text string) {
	fmt.Fprintf(&w.story, "\n# %s\n", text)
}

// tell adds what a decision says and does.
func (w *world) tell(d engine.Decision) {
	for _, e := range d.Events {
		where := e.Step
		if e.Round > 0 {
			where += fmt.Sprintf(" (%d)", e.Round)
		}
		if where != "" {
			where += ": "
		}
		by := ""
		if e.Actor != "" && !strings.HasPrefix(e.Text, string(e.Actor)) {
			by = " [" + string(e.Actor) + "]"
		}
		w.line("%-15s %s%s%s", e.Type, where, e.Text, by)
	}
	for _, e := range d.Effects {
		if text := w.effectText(e); text != "" {
			fmt.Fprintf(&w.story, "%-20s   → %s\n", "", text)
		}
	}
}

func (w *world) effectText(e engine.Effect) string {
	switch e := e.(type) {
	case engine.OpenTask:
		return fmt.Sprintf("task %s %s", e.Spec.Step, assignmentText(e.Spec.Assignment))
	case engine.Reassign:
		return fmt.Sprintf("task %s %s", w.tasks[e.Name].spec.Step, assignmentText(e.Assignment))
	case engine.CloseTask:
		return strings.TrimSpace(fmt.Sprintf("task %s is %s %s", w.tasks[e.Name].spec.Step, strings.ToLower(string(e.State)), e.Outcome))
	case engine.SendNotice:
		to := e.Spec.To.Name
		if to == "" {
			to = strings.ToLower(string(e.Spec.To.Kind))
		}
		mode := ""
		if e.Spec.Mode == v1alpha1.ModeDrill {
			mode = ", as a drill"
		}
		return fmt.Sprintf("notice %s to %s%s", e.Spec.Template, to, mode)
	case engine.Raise:
		return fmt.Sprintf("incident %q, playbook %s, team %s", e.Spec.Title, e.Spec.Playbook, e.Spec.Team)
	case engine.PlanDrill:
		return fmt.Sprintf("drill of %s by %s on %s", e.Spec.Playbook, e.Spec.Team, e.Spec.At.UTC().Format("2006-01-02"))
	case engine.OpenPostMortem:
		return fmt.Sprintf("post-mortem of %s with %d actions; others have %s", e.Spec.Owner, len(e.Spec.Actions), e.Spec.Due.Elapsed)
	}
	return ""
}

func assignmentText(a v1alpha1.Assignment) string {
	parts := []string{}
	for _, seat := range a.Seats {
		parts = append(parts, fmt.Sprintf("seat %s: %s", seat.Role, users(seat.Users)))
	}
	if len(a.Seats) == 0 {
		parts = append(parts, "may be done by "+users(a.MayAct))
	}
	if !a.DueAt.IsZero() {
		parts = append(parts, "due "+clock(a.DueAt.Time))
	}
	if !a.StoppedAt.IsZero() {
		parts = append(parts, "clock stopped until "+clock(a.StoppedUntil.Time))
	}
	return strings.Join(parts, ", ")
}

func users(list []v1alpha1.User) string {
	if len(list) == 0 {
		return "nobody"
	}
	out := make([]string, len(list))
	for i, u := range list {
		out[i] = string(u)
	}
	return strings.Join(out, " ")
}

func (w *world) tellAct(step string, act v1alpha1.TaskAct) {
	text := string(act.Verb)
	for _, more := range []string{string(act.Outcome), string(act.Extension), string(act.To)} {
		if more != "" {
			text += " " + more
		}
	}
	w.line("%s: %s %s", act.By, text, step)
}

func (w *world) tellRecordAct(act v1alpha1.RecordAct) {
	text := string(act.Verb)
	for _, more := range []string{act.Step, string(act.Role), string(act.To), act.Into, string(act.Level)} {
		if more != "" {
			text += " " + more
		}
	}
	w.line("%s: %s (the record)", act.By, text)
}

// golden compares a story with the one on file, or writes it with -update.
func golden(t *testing.T, name, story string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden.txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(story), 0o644); err != nil { //nolint:gosec // a test file everybody may read
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; run the test with -update to write it", err)
	}
	if string(want) != story {
		t.Errorf("%s has changed; run the test with -update if that is meant.\n--- on file\n%s\n--- now\n%s", file, want, story)
	}
}
