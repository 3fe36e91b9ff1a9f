package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/pack"
)

func TestVerifyLeavesWithTheCodeItDocuments(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		NewWithT(t).Expect(os.WriteFile(file, []byte(text), 0o600)).To(Succeed())
		return file
	}
	sample, err := os.ReadFile("../../config/samples/businesscalendar.yaml")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	fine := string(sample)
	idle := strings.Replace(fine, "Europe/London", "Europe/Lundon", 1)
	ending := strings.Replace(fine, "  - iCal: |", "  - knownUntil: '2026-03-31'\n    iCal: |", 1)
	empty := filepath.Join(dir, "empty")
	NewWithT(t).Expect(os.Mkdir(empty, 0o700)).To(Succeed())
	for name, c := range map[string]struct {
		in   string
		args []string
		code int
		says string
	}{
		"fine":               {fine, []string{"-"}, exitOK, "nothing found in 1 file, 1 object\n"},
		"the same twice":     {"", []string{write("a.yaml", fine), filepath.Join(dir, ".", "a.yaml")}, exitOK, "nothing found in 1 file, 1 object\n"},
		"an error":           {idle, []string{"-"}, exitUsage, `-:6: error: BusinessCalendar/office-hours: spec.timeZone: "Europe/Lundon" is no time zone`},
		"a warning":          {ending, []string{"-"}, exitOK, "0 errors, 1 warning in 1 file"},
		"a warning, strict":  {ending, []string{"-", "--strict"}, exitRefused, "1 error, 0 warnings in 1 file"},
		"no YAML":            {"a: [", []string{"-"}, exitUsage, "-:2: error: it is no YAML"},
		"an anchor":          {strings.Replace(fine, "spec:", "spec: &a", 1), []string{"-"}, exitUsage, "-:5: error: spec: it has the anchor &a"},
		"nothing of Tocsin":  {"a: b\n", []string{"-"}, exitRefused, "the files hold nothing of Tocsin"},
		"much":               {strings.Repeat("a: b\n", pack.MostText/5+1), []string{"-"}, exitUsage, "more than 8 MiB"},
		"no such file":       {"", []string{filepath.Join(dir, "none")}, exitUsage, "there is no file or folder"},
		"an empty folder":    {"", []string{empty}, exitUsage, "holds no YAML file"},
		"no path":            {"", nil, exitUsage, "requires at least 1 arg"},
		"too many away":      {fine, []string{"-", "--absent", "9"}, exitUsage, "--absent 9: name a number from 0 to 8"},
		"an unknown format":  {fine, []string{"-", "-o", "xml"}, exitUsage, "-o xml is unknown"},
		"JSON":               {idle, []string{"-", "-o", "json"}, exitUsage, `"rule": "calendar-usable"`},
		"code scanning":      {idle, []string{"-", "-o", "sarif"}, exitUsage, `"ruleId": "calendar-usable"`},
		"test results":       {idle, []string{"-", "-o", "junit"}, exitUsage, `failures="1"`},
		"a comment":          {idle, []string{"-", "-o", "markdown"}, exitUsage, "| error | -:6 | BusinessCalendar/office-hours: spec.timeZone: "},
		"what people read":   {fine, []string{"-", "-o", "text"}, exitOK, "nothing found"},
		"simulate, no YAML":  {"a: [", nil, exitUsage, "it is no YAML"},
		"simulate, an alias": {"a: *b", nil, exitUsage, "-:1: it is no YAML: unknown anchor"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			line := append([]string{"verify"}, c.args...)
			if strings.HasPrefix(name, "simulate") {
				line = []string{"simulate", "-"}
			}
			got := piped(t, c.in, line...)
			g.Expect(got.Code).To(Equal(c.code), got.Out+got.Err)
			g.Expect(got.Out + got.Err).To(ContainSubstring(c.says))
		})
	}
}

// What a file holds turns no line around in any output of a build server.
func TestFindingsAreEscapedWhereverTheyGo(t *testing.T) {
	const turned = "apiVersion: crisis.tocsin.dev/v1alpha1\nkind: Playbook\nmetadata: {name: a}\nspec: {\"l\u202eadder\": []}\n"
	for _, output := range []string{"text", "json", "sarif", "markdown", "junit"} {
		g := NewWithT(t)
		r := piped(t, turned, "verify", "-", "-o", output)
		g.Expect(r.Code).To(Equal(exitUsage), r.Err)
		g.Expect(r.Out).To(ContainSubstring("adder"), output)
		g.Expect(r.Out).To(Equal(printableLines(r.Out)), output)
	}
}
