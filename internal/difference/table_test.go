package difference_test

import (
	"io/fs"
	"maps"
	"path"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/internal/difference"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/playbooks"
)

// edit is a change of a shipped pack: in a file, the first text that is old becomes new.
type edit struct {
	pack, file, old, new string
	// says are all differences there are, in order: "group: text".
	says []string
}

// edits are changes somebody might make to a shipped pack, and all that is said of them.
func edits() map[string]edit {
	all := map[string]edit{}
	for _, some := range []map[string]edit{roleEdits, courseEdits, gradingEdits, peopleEdits} {
		maps.Copy(all, some)
	}
	return all
}

// files are the policies of a shipped pack by file name, as text.
func files(t testing.TB, name string) map[string]string {
	t.Helper()
	entries, err := fs.ReadDir(playbooks.FS, name)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".yaml") && e.Name() != "kustomization.yaml" {
			text, err := fs.ReadFile(playbooks.FS, path.Join(name, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			out[e.Name()] = string(text)
		}
	}
	return out
}

// side reads files.
func side(t testing.TB, files map[string]string) *difference.Side {
	t.Helper()
	p := pack.New()
	var all []pack.Document
	for name, text := range files {
		documents, faults := pack.Read(name, []byte(text))
		if len(faults) > 0 {
			t.Fatal(faults[0])
		}
		for _, d := range documents {
			if fault := p.Put(d, d.Object); fault != nil {
				t.Fatal(fault)
			}
			all = append(all, d)
		}
	}
	return difference.New(p, all)
}

func told(r *difference.Report) []string {
	out := make([]string, 0, len(r.Differences))
	for _, d := range r.Differences {
		out = append(out, d.Group+": "+d.Text)
	}
	return out
}

func TestWhatAnEditOfAShippedPackMeans(t *testing.T) {
	before := map[string]*difference.Side{}
	for _, name := range []string{playbooks.ServiceRecovery, playbooks.PropertyDeveloper} {
		before[name] = side(t, files(t, name))
	}
	for name, e := range edits() {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			after := files(t, e.pack)
			g.Expect(after[e.file]).To(ContainSubstring(e.old))
			times := 1
			if !strings.ContainsAny(e.old, " :") {
				times = -1 // a name, wherever it is used
			}
			after[e.file] = strings.Replace(after[e.file], e.old, e.new, times)
			report := difference.Compare(before[e.pack], side(t, after))
			if e.says == nil {
				e.says = []string{}
			}
			g.Expect(told(report)).To(Equal(e.says))
			g.Expect(report.Notes).To(BeEmpty())
			for _, d := range report.Differences {
				for _, at := range []*difference.Place{d.Before, d.After} {
					if at != nil {
						g.Expect(at.Line).To(BeNumerically(">", 0), d.Text)
					}
				}
			}
		})
	}
}

// Rules that know nothing of each other are told one by one, and not again for complaints that several of them match.
func TestRulesThatChangedTogetherAreToldOneByOne(t *testing.T) {
	g := NewWithT(t)
	before := files(t, playbooks.ServiceRecovery)
	after := files(t, playbooks.ServiceRecovery)
	after["triagepolicy.yaml"] = strings.NewReplacer("counts.sameProblem >= 5", "counts.sameProblem >= 8", "complaint.affected >= 100", "complaint.affected >= 20", "openFor: 10d", "openFor: 5d").
		Replace(after["triagepolicy.yaml"])
	const group = "triage policy service-recovery: complaints "
	g.Expect(told(difference.Compare(side(t, before), side(t, after)))).To(Equal([]string{
		group + "that affect 20 to 99 people are major, before general",
		group + "open for 5 d or longer but less than 10 d are serious, before general",
		group + "of the category product-defect with 5 to 7 complainants in 7 d (same category and product) are general, before serious",
	}))
}

// What asks for more facts than the search tries together is told as the rule it is, and not left out.
func TestARuleThatAsksForMoreThanIsTried(t *testing.T) {
	const file, group, old = "triagepolicy.yaml", "triage policy service-recovery: ", `'"wide-failure" in complaint.signals || complaint.affected >= 100'`
	const asks = `complaint.order == "Q" && "agitated" in complaint.signals && complaint.class == "VIP" && complaint.place == "Here" && complaint.channel == "Counter"`
	const rule = "  - name: five\n    level: major\n    when: '" + asks + "'\n    reason: All five.\n"
	as := func(old, is string) *difference.Side {
		policy := files(t, playbooks.ServiceRecovery)
		NewWithT(t).Expect(policy[file]).To(ContainSubstring(old))
		policy[file] = strings.Replace(policy[file], old, is, 1)
		return side(t, policy)
	}
	none, five := as("", ""), as("  rules:\n", "  rules:\n"+rule)
	for name, tt := range map[string]struct {
		before, after *difference.Side
		says          string
	}{
		"changed": {none, as(old, strings.TrimSuffix(old, "'")+" || "+asks+"'"),
			"the rule wide-failure for major asks `\"wide-failure\" in complaint.signals || complaint.affected >= 100 || " + asks + "`, before `\"wide-failure\" in complaint.signals || complaint.affected >= 100`"},
		"new":           {none, five, "there is a new rule five for major: `" + asks + "`"},
		"gone":          {five, none, "the rule five for major is gone: `" + asks + "`"},
		"another level": {five, as("  rules:\n", "  rules:\n"+strings.Replace(rule, "major", "general", 1)), "the rule five is for general and asks `" + asks + "`, before for major and asked `" + asks + "`"},
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(told(difference.Compare(tt.before, tt.after))).To(Equal([]string{group + tt.says}))
		})
	}
}
