package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/history"
	"tocsin.dev/tocsin/internal/timeline"
)

// timelineCommand tells the story of a record and checks that nobody changed it.
func (a *app) timelineCommand() *cobra.Command {
	var verify, story, watch, complaint, incident bool
	var output string
	cmd := &cobra.Command{
		Use:   "timeline RECORD",
		Short: "Tell what happened to a complaint or incident, and verify that nobody changed it",
		Long: `Tell what happened to a complaint or incident.

With --verify the hash chain is checked from the first entry to the head, older segments included, and compared with
the signed checkpoints as far as you may read them. Every finding is printed; any finding makes the exit code 1. The
story itself is left out then, unless --story asks for it.

With --watch it stays and tells what happens from then on, until you interrupt it.`,
		Example: `  kubectl tocsin timeline example-crisis
  kubectl tocsin timeline example-crisis --watch
  kubectl tocsin timeline example-crisis --verify --story
  kubectl tocsin timeline example-lamp -o wide`,
		Args: one(aRecord),
	}
	flags := cmd.Flags()
	flags.BoolVar(&verify, "verify", false, "check the hash chain and the signed checkpoints")
	flags.BoolVar(&story, "story", false, "with --verify: tell the story as well")
	flags.BoolVarP(&watch, "watch", "w", false, "stay and tell what happens next")
	flags.BoolVar(&complaint, "complaint", false, "RECORD is a complaint")
	flags.BoolVar(&incident, "incident", false, "RECORD is an incident")
	values := []string{"json", "yaml", "wide"}
	a.outputFlag(cmd, &output, values...)
	cmd.MarkFlagsMutuallyExclusive("complaint", "incident")
	cmd.MarkFlagsMutuallyExclusive("watch", "verify")
	cmd.RunE = a.run(func(ctx context.Context, args []string) error {
		if err := watchable(watch, output, values); err != nil {
			return err
		}
		var kind v1alpha1.RecordKind
		switch {
		case complaint:
			kind = v1alpha1.RecordComplaint
		case incident:
			kind = v1alpha1.RecordCrisisIncident
		}
		c, err := a.connect()
		if err != nil {
			return err
		}
		r, err := c.findRecord(ctx, args[0], kind)
		if err != nil {
			return err
		}
		if watch {
			return a.followStory(ctx, c, r, output == "wide")
		}
		return a.tell(ctx, c, r, verify, story || !verify, output)
	})
	return cmd
}

// told is the story of a record, as -o json prints it.
type told struct {
	Kind        v1alpha1.RecordKind      `json:"kind"`
	Namespace   string                   `json:"namespace"`
	Name        string                   `json:"name"`
	UID         string                   `json:"uid"`
	Head        string                   `json:"head"`
	Length      int64                    `json:"length"`
	Entries     []v1alpha1.TimelineEntry `json:"entries"`
	Verified    bool                     `json:"verified"`
	Checkpoints int                      `json:"checkpoints"`
	Findings    []string                 `json:"findings,omitempty"`
	Notes       []string                 `json:"notes,omitempty"`
	unread      bool                     // the checkpoints could not be read; a note says why
}

func (a *app) tell(ctx context.Context, c *cluster, r *record, verify, story bool, output string) error {
	t := r.status.Timeline
	out := told{Kind: r.kind, Namespace: c.namespace, Name: r.object.GetName(), UID: string(r.object.GetUID()), Head: t.Head, Length: t.Length}
	entries, err := history.Read(ctx, c, c.namespace, r.object.GetName(), t)
	switch {
	case err == nil:
		out.Entries = entries
	case apierrors.IsForbidden(err) && !verify:
		out.Entries = t.Entries
		out.Notes = append(out.Notes, "the older entries are in ConfigMaps you may not read: "+refusal(err))
	case apierrors.IsNotFound(err):
		out.Entries = t.Entries
		out.Findings = append(out.Findings, err.Error())
	default:
		return err
	}
	if verify {
		if err := c.verify(ctx, r, &out); err != nil {
			return err
		}
	}
	if err := a.printTold(r, out, verify, story, output); err != nil {
		return err
	}
	if len(out.Findings) > 0 {
		return errFindings
	}
	return nil
}

// verify checks chain and checkpoints and notes what it finds.
func (c *cluster) verify(ctx context.Context, r *record, out *told) error {
	for _, f := range timeline.Verify(out.Entries, r.status.Timeline) {
		out.Findings = append(out.Findings, f.Message)
	}
	checked, findings, note, err := c.checkpoints(ctx, out.UID, out.Entries)
	if err != nil {
		return err
	}
	out.Checkpoints = checked
	out.Findings = append(out.Findings, findings...)
	if note != "" {
		out.Notes, out.unread = append(out.Notes, note), true
	}
	out.Verified = len(out.Findings) == 0
	return nil
}

func (a *app) printTold(r *record, out told, verify, story bool, output string) error {
	switch output {
	case "json":
		return a.printJSON(out)
	case "yaml":
		return a.printYAML(out)
	}
	if story {
		fmt.Fprint(a.Out, table(storyRows(out.Entries, output == "wide"), 0))
	}
	a.printVerdict(r, out, verify)
	return nil
}

func (a *app) printJSON(v any) error {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return err
	}
	_, err := a.Out.Write(escaped(out.Bytes()))
	return err
}

func (a *app) printYAML(v any) error {
	text, err := yaml.Marshal(v)
	if err != nil {
		return err
	}
	_, err = a.Out.Write(text)
	return err
}

// agreed says what signed checkpoints add to a chain that is whole.
func agreed(checkpoints int, unread bool) string {
	switch {
	case unread:
		return "its own chain holds; the signed checkpoints could not be read, and only they tell whether all of it was written anew"
	case checkpoints == 0:
		return "its own chain holds; there is no signed checkpoint yet, and only one tells whether all of it was written anew"
	case checkpoints == 1:
		return "1 signed checkpoint agrees"
	}
	return fmt.Sprintf("%d signed checkpoints agree", checkpoints)
}

// storyRows are the lines of a story, one an entry.
func storyRows(entries []v1alpha1.TimelineEntry, wide bool) [][]string {
	rows := make([][]string, 0, len(entries))
	for _, e := range entries {
		step := e.Step
		if e.Round > 0 {
			step = fmt.Sprintf("%s #%d", step, e.Round)
		}
		said := printable(e.Text)
		if e.Salt == "" {
			said = "(erased)"
		}
		row := []string{e.At.UTC().Format(time.DateTime), string(e.Type), step, printable(string(e.Actor)), said}
		if wide { // what the chain is made of
			row = append([]string{fmt.Sprint(e.Seq), e.Hash}, row...)
		}
		rows = append(rows, row)
	}
	return rows
}

// printVerdict says what is to be known of the story: what is missing, what was found and, if asked, whether it is whole.
func (a *app) printVerdict(r *record, out told, verify bool) {
	for _, note := range out.Notes {
		fmt.Fprintf(a.Out, "note: %s\n", note)
	}
	for _, finding := range out.Findings {
		fmt.Fprintf(a.Out, "%s %s\n", a.paint(red, "finding:"), finding)
	}
	switch {
	case !verify:
	case out.Verified:
		fmt.Fprintf(a.Out, "%s: unchanged, %d entries, head %s, %s\n", r, out.Length, out.Head, agreed(out.Checkpoints, out.unread))
	default:
		fmt.Fprintf(a.Out, "%s: NOT as it was written, %d findings\n", r, len(out.Findings))
	}
}
