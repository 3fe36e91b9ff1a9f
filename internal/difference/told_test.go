package difference_test

import (
	"maps"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/difference"
	"tocsin.dev/tocsin/playbooks"
)

// Who waits for a channel that is gone is told no longer, and not at once. Where no side has channels they are kept elsewhere.
func TestWithoutAChannelNobodyIsTold(t *testing.T) {
	const file = "noticechannels.yaml"
	with, without := files(t, playbooks.ServiceRecovery), files(t, playbooks.ServiceRecovery)
	delete(without, file)
	later := files(t, playbooks.ServiceRecovery)
	delete(later, file)
	const general, due = "playbook-general-recovery.yaml", "    task: {to: handler, outcomes: [founded, unfounded]}\n    within: {working: 1d}"
	g := NewWithT(t)
	g.Expect(later[general]).To(ContainSubstring(due))
	later[general] = strings.Replace(later[general], due, strings.Replace(due, "1d", "2d", 1), 1)
	for name, tt := range map[string]struct {
		before, after map[string]string
		says          []string
	}{
		"gone":       {with, without, []string{"general no longer reaches the complainant, which it did at once, if nobody answers", "general no longer reaches the supervisor, which it did after 1 d, if nobody answers"}},
		"there":      {without, with, []string{"general now reaches the supervisor, after 1 d, if nobody answers; before it did not"}},
		"for drills": {drills(without), drills(later), []string{"general now reaches the supervisor 4 h later: after 1 d 4 h, and not after 1 d, if nobody answers"}},
		"elsewhere":  {without, later, []string{"general now reaches the supervisor 4 h later: after 1 d 4 h, and not after 1 d, if nobody answers"}},
	} {
		t.Run(name, func(t *testing.T) {
			var told []string
			for _, d := range difference.Compare(side(t, tt.before), side(t, tt.after)).Differences {
				if d.About == difference.Told {
					told = append(told, d.Text)
				}
			}
			g := NewWithT(t)
			for _, says := range tt.says {
				g.Expect(told).To(ContainElement(says))
			}
			g.Expect(told).NotTo(ContainElement(ContainSubstring("earlier")))
		})
	}
}

// drills are files with a channel for drills alone.
func drills(files map[string]string) map[string]string {
	out := maps.Clone(files)
	out["drills.yaml"] = "apiVersion: crisis.tocsin.dev/v1alpha1\nkind: NoticeChannel\nmetadata: {name: drill-mail}\nspec: {mode: Drill, priority: 1, email: {host: smtp.example.com, from: drill@example.com, secret: smtp}}\n"
	return out
}
