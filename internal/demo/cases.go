package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/intake"
	"tocsin.dev/tocsin/internal/names"
	"tocsin.dev/tocsin/playbooks"
)

// Case is a complaint to come in and how it is played.
type Case struct {
	intake.Item
	Script Script
	// Namespace is where it comes in.
	Namespace string
}

// Cases is what the demo plays.
type Cases struct {
	List []Case
	// Told says in a line each what was read and what was changed.
	Told []string
	// Broken are the rows that could not be used.
	Broken []string
}

// Source says which complaints are played.
type Source struct {
	// CSV is an export of the US Consumer Complaint Database; empty: the examples of the pack.
	CSV string
	// Least is how many complaints are played at least when the examples are; they are played over and over.
	Least int
	// Seed makes the play repeatable.
	Seed uint64
	// Start is when the first complaint comes in.
	Start time.Time
}

// Files of the pack.
const (
	packExamples        = playbooks.ServiceRecovery + "/examples/complaints.csv"
	packCrisis          = playbooks.ServiceRecovery + "/examples/crisis.csv"
	packExamplesMapping = playbooks.ServiceRecovery + "/mappings/examples.yaml"
	packCFPBMapping     = playbooks.ServiceRecovery + "/mappings/cfpb.yaml"
	households          = playbooks.PropertyDeveloper + "/examples/complaints.csv"
	householdsMapping   = playbooks.PropertyDeveloper + "/mappings/examples.yaml"
)

// How long the cases are spread over.
const (
	spreadExamples = 21 * 24 * time.Hour
	spreadCSV      = 28 * 24 * time.Hour
)

// LoadCases reads the complaints and gives each its script and its new date.
func LoadCases(s Source) (*Cases, error) {
	if s.CSV == "" && s.Least < 1 {
		return nil, fmt.Errorf("nothing was played: --complaints %d asks for none; ask for at least 1 (the examples are played whole once in any case)", s.Least)
	}
	out := &Cases{}
	examples, err := out.read(packExamplesMapping, packExamples)
	if err != nil {
		return nil, err
	}
	var items []intake.Item
	spread := spreadExamples
	if s.CSV == "" {
		items = out.again(examples, s.Least)
		out.Told = append(out.Told, fmt.Sprintf("%d examples in our own words, played as %s (seed %d)", len(examples), count(len(items), "complaint"), s.Seed))
	} else {
		if items, err = out.readFile(packCFPBMapping, s.CSV); err != nil {
			return nil, err
		}
		if len(items) == 0 {
			return nil, out.nothing(s.CSV)
		}
		assignSpecials(items)
		out.Told = append(out.Told, fmt.Sprintf("%s read from %s; who complains is not public, so contacts are invented (example.com)", count(len(items), "complaint"), filepath.Base(s.CSV)))
		crisis, err := out.read(packExamplesMapping, packCrisis)
		if err != nil {
			return nil, err
		}
		crisis = intake.ShiftDates(crisis, middle(items), 0)
		items, spread = append(items, crisis...), spreadCSV
		out.Told = append(out.Told, fmt.Sprintf("%d examples of one dangerous product join them and become the crisis", len(crisis)))
	}
	out.Told = append(out.Told, fmt.Sprintf("dates are shifted: the first complaint comes in on %s (times here are in %s), the last within %s", s.Start.Format("Mon 2 Jan 2006 15:04"), s.Start.Location(), days(spread)))
	out.give(intake.ShiftDates(items, s.Start, spread), s.Seed, namespace)
	return out, out.addHouseholds(s)
}

// addHouseholds adds the complaints of the second pack, whatever is played of the first.
func (c *Cases) addHouseholds(s Source) error {
	items, err := c.read(householdsMapping, households)
	if err != nil {
		return err
	}
	c.give(intake.ShiftDates(items, s.Start, spreadExamples), s.Seed, estate)
	c.Told = append(c.Told, fmt.Sprintf("%s of households come in beside them, at a property developer (namespace %s)", count(len(items), "complaint"), estate))
	return nil
}

// nothing says why a file gives nothing to play.
func (c *Cases) nothing(csv string) error {
	if len(c.Broken) == 0 {
		return fmt.Errorf("nothing was played: %s has no rows below its header", csv)
	}
	return fmt.Errorf("nothing was played: none of %s of %s can be used; the first: %s", count(len(c.Broken), "row"), csv, c.Broken[0])
}

func (c *Cases) read(mapping, csv string) ([]intake.Item, error) {
	data, err := fs.ReadFile(playbooks.FS, csv)
	if err != nil {
		return nil, err
	}
	return c.parse(mapping, csv, data)
}

func (c *Cases) readFile(mapping, csv string) ([]intake.Item, error) {
	data, err := os.ReadFile(csv)
	if err != nil {
		return nil, err
	}
	return c.parse(mapping, filepath.Base(csv), data)
}

func (c *Cases) parse(mapping, csv string, data []byte) ([]intake.Item, error) {
	text, err := fs.ReadFile(playbooks.FS, mapping)
	if err != nil {
		return nil, err
	}
	m, err := intake.ParseMapping(mapping, text)
	if err != nil {
		return nil, err
	}
	var items []intake.Item
	for item, err := range m.Read(bytes.NewReader(data), csv) {
		var row *intake.RowError
		switch {
		case errors.As(err, &row):
			c.Broken = append(c.Broken, row.Error())
		case err != nil:
			return nil, err
		default:
			items = append(items, item)
		}
	}
	return items, nil
}

// assignSpecials has a few complaints of an export played with what the database cannot know: somebody declines, somebody
// complained about tries to act, somebody forges a name, somebody approves their own request.
func assignSpecials(items []intake.Item) {
	for k, special := range []Special{SpecialDecline, SpecialRecused, SpecialForge, SpecialSelfApprove} {
		i := (k + 1) * len(items) / 6
		if i >= len(items) {
			return
		}
		script := map[string]string{"founded": "founded", "satisfaction": "satisfied", "speed": string(Prompt), "special": string(special)}
		items[i].Script = script
		if special == SpecialRecused {
			items[i].Complaint.Spec.About = &v1alpha1.ComplainedAbout{Users: []v1alpha1.User{"lin.mei@example.com"}}
		}
	}
}

// again repeats the examples until there are enough. A repeated complaint is another customer's about another order;
// what is rare (a crisis, an act that is refused) happens the first time only.
func (c *Cases) again(examples []intake.Item, least int) []intake.Item {
	items := append([]intake.Item(nil), examples...)
	for play := 2; len(items) < least; play++ {
		for _, item := range examples {
			if len(items) >= least {
				break
			}
			if rare(item) {
				continue
			}
			items = append(items, copyOf(item, play))
		}
	}
	return items
}

func rare(item intake.Item) bool {
	for _, s := range item.Complaint.Spec.Signals {
		switch s {
		case "safety-hazard", "wide-failure", "public-outcry", "brand-risk", "media-exposure":
			return true
		}
	}
	return item.Complaint.Spec.Affected >= 100 || item.Script["special"] != ""
}

func copyOf(item intake.Item, play int) intake.Item {
	n := strconv.Itoa(play)
	complaint := item.Complaint.DeepCopy()
	complaint.Name = "play" + n + "-" + names.Hash(complaint.Name, n)
	// Hours apart, so that not all of them come in at once.
	complaint.Spec.ReceivedAt.Time = complaint.Spec.ReceivedAt.Add(time.Duration(play-1) * 7 * time.Hour)
	if complaint.Spec.Complainant != nil {
		complaint.Spec.Complainant.Pseudonym += "-" + n
	}
	if complaint.Spec.Order != "" {
		complaint.Spec.Order += "-" + n
	}
	if complaint.Spec.Product != "" {
		complaint.Spec.Product += " batch " + n
	}
	out := intake.Item{Line: item.Line, Complaint: complaint, Script: item.Script}
	if item.Secret != nil {
		out.Secret = item.Secret.DeepCopy()
		out.Secret.Name = complaint.Name + "-contact"
		complaint.Spec.Complainant.ContactSecret = out.Secret.Name
	}
	return out
}

// give hands out the scripts of what comes in in a namespace.
func (c *Cases) give(items []intake.Item, seed uint64, namespace string) {
	byID := map[string]string{}
	for _, item := range items {
		if id := item.Script["id"]; id != "" && byID[id] == "" {
			byID[id] = item.Complaint.Name
		}
	}
	for _, item := range items {
		s := ReadScript(item.Script, seed, item.Complaint.Name)
		s.Into = byID[s.Into]
		if s.Speed == Stalled {
			s.SilentUntil = item.Complaint.Spec.ReceivedAt.Add(stalledFor)
		}
		c.List = append(c.List, Case{Item: item, Script: s, Namespace: namespace})
	}
}

func middle(items []intake.Item) time.Time {
	if len(items) == 0 {
		return time.Time{}
	}
	return items[len(items)/2].Complaint.Spec.ReceivedAt.Time
}

// arrive creates what intake creates for a case: the complaint, and the contacts that belong to it.
func (c *Case) arrive(ctx context.Context, in client.Client) error {
	complaint := c.Complaint.DeepCopy()
	complaint.Namespace = c.Namespace
	if err := in.Create(ctx, complaint); err != nil || c.Secret == nil {
		return err
	}
	return in.Create(ctx, intake.ContactsOf(complaint, c.Secret))
}

// receivedAt is when somebody complained.
func (c *Case) receivedAt() time.Time { return c.Complaint.Spec.ReceivedAt.Time }

// comesIn is when the case is handed over to Tocsin: the intake desk does so every so often.
func (c *Case) comesIn() time.Time { return upTo(c.receivedAt(), intakeGrid) }
