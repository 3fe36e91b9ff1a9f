package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/simulation"
)

// simulateCommand plays records against policies from files, without a cluster.
func (a *app) simulateCommand() *cobra.Command {
	var o simulateOptions
	cmd := &cobra.Command{
		Use:   "simulate PATH...",
		Short: "Play complaints and incidents against policies from files, in virtual time, without a cluster",
		Long: `Play complaints and incidents against policies from files, in virtual time, without a cluster.

PATH is a YAML file, a folder of them, or - for standard input: playbooks, triage policies, teams, calendars, channels,
and the complaints and incidents to play. They take the same turns as in a cluster, so the timeline is the same, to the
second. A cast says how people behave: who answers after how long, with what, who declines, who is away. Without one
everybody who is asked answers half an hour later.

The same files give the same story. --golden compares it with one that was kept, for a test in Git.

--load plays many complaints, a whole year of them, and tells figures instead of stories: how long they take at each level,
which deadlines are missed, what everybody has to bear a week, at night and on weekends. LOAD.yaml says how many come in,
when, and of which sort; each is like a complaint of the files.

Corrective actions of post-mortems are carried out and verified as the cast says. The drills of DrillSchedules, and those
that playbooks plan, are part of a load, because people bear them; in a story they are played with --drills.

Exit codes: 0 done, 1 another story than the one that was kept, 2 files that cannot be read, or wrong usage.`,
		Example: `  kubectl tocsin simulate playbooks/service-recovery playbooks/service-recovery/examples
  kubectl tocsin simulate mypack case.yaml --cast slow.yaml --record case --gantt case.svg
  kubectl tocsin simulate mypack case.yaml --golden case.story
  kubectl tocsin simulate mypack case.yaml --load year.yaml`,
		Args: cobra.MinimumNArgs(1),
	}
	flags := cmd.Flags()
	flags.StringVar(&o.cast, "cast", "", "a file that says how people behave")
	flags.StringVar(&o.record, "record", "", "play this complaint or incident alone")
	flags.StringVar(&o.until, "for", "60d", "how long to play at most, e.g. 36h, 30d; with --load: after the last complaint")
	flags.StringVar(&o.load, "load", "", "a file that says how many complaints come in, when and of which sort: tell figures instead of stories")
	flags.StringVar(&o.gantt, "gantt", "", "draw the timeline of the record into this SVG file")
	flags.StringVar(&o.golden, "golden", "", "compare the story with this file; a difference makes the exit code 1")
	flags.BoolVar(&o.drills, "drills", false, "call drills as well; with --load they are, unless --drills=false")
	flags.BoolVar(&o.update, "update", false, "with --golden: write the file instead")
	values := []string{"json", "yaml"}
	a.outputFlag(cmd, &o.output, values...)
	cmd.RunE = a.run(func(ctx context.Context, args []string) error {
		if err := knownOutput(o.output, values...); err != nil {
			return err
		}
		if o.update && o.golden == "" {
			return usagef("--update writes the file that --golden names; name one")
		}
		if o.load != "" && o.record+o.gantt+o.golden != "" {
			return usagef("--load tells figures: it goes with none of --record, --gantt and --golden")
		}
		if o.load != "" {
			o.drills = o.drills || !flags.Changed("drills")
			return a.simulateLoad(ctx, args, o)
		}
		return a.simulate(ctx, args, o)
	})
	return cmd
}

type simulateOptions struct {
	cast, load, record, until, gantt, golden, output string
	drills, update                                   bool
}

// simulated is what a simulation gave, as -o json prints it.
type simulated struct {
	Records     []simulation.Result  `json:"records"`
	PostMortems []simulation.Lessons `json:"postMortems,omitempty"`
	Story       simulation.Story     `json:"story"`
	// More is whether something would have happened after the time that was played.
	More bool `json:"more"`
}

func (a *app) simulate(ctx context.Context, paths []string, o simulateOptions) error {
	p, long, err := a.readPlay(ctx, paths, o)
	if err != nil {
		return err
	}
	cast, err := a.readCast(ctx, o.cast, func(file string, text []byte) (*simulation.Cast, error) {
		return simulation.ParsePlay(file, text, p)
	})
	if err != nil {
		return err
	}
	if cast.Start.IsZero() {
		cast.Start.Time = firstReceived(p, o.record)
	}
	play, err := guarded(ctx, p, cast)
	if err != nil {
		return err
	}
	story := play.Tell()
	if o.drills {
		play.Exercise()
	}
	if err := admit(play, p, o.record); err != nil {
		return err
	}
	until := play.Now().Add(long)
	more, err := play.Run(until)
	if err != nil {
		return err
	}
	if first := firstReceived(p, o.record); play.Received() == 0 && first.After(until) {
		return usagef("no record came in by %s: the first says that it was received %s; write a start in the cast that is later, or play longer with --for",
			until.Format(time.RFC3339), first.Format(time.RFC3339))
	}
	out := simulated{play.Results(*story), play.Learned(), *story, more}
	if o.gantt != "" {
		if err := a.drawGantt(play, out, o); err != nil {
			return err
		}
	}
	if o.golden != "" {
		return a.compareGolden(ctx, out, o)
	}
	switch o.output {
	case "json":
		return a.printJSON(out)
	case "yaml":
		return a.printYAML(out)
	}
	a.say(storyText(out))
	return nil
}

// readPlay reads what a simulation is about: the policies, and how long to play.
func (a *app) readPlay(ctx context.Context, paths []string, o simulateOptions) (p *pack.Pack, long time.Duration, err error) {
	days, clock, err := calendar.ParseDuration(v1alpha1.Duration(o.until))
	if err != nil {
		return nil, 0, usagef("--for: %v", err)
	}
	p, err = a.readPlayable(ctx, paths)
	return p, time.Duration(days)*24*time.Hour + clock, err
}

// readCast reads who does what and when.
func (a *app) readCast(ctx context.Context, file string, parse func(file string, text []byte) (*simulation.Cast, error)) (*simulation.Cast, error) {
	if file == "" {
		return &simulation.Cast{}, nil
	}
	text, err := a.readSetting(ctx, file)
	if err != nil {
		return nil, err
	}
	cast, err := parse(printable(file), text)
	if err != nil {
		return nil, unreadable(err)
	}
	return cast, nil
}

// readSetting reads a file that says how to play policies.
func (a *app) readSetting(ctx context.Context, file string) ([]byte, error) {
	text, err := a.readText(ctx, file, pack.MostText, fmt.Sprintf("it is longer than %d MiB, so it is none that is meant here; name another file", pack.MostText>>20))
	if err != nil {
		return nil, unreadable(err)
	}
	return text, nil
}

// firstReceived is when the first record of the pack was received that is played; zero where one does not say.
func firstReceived(p *pack.Pack, only string) time.Time {
	var first time.Time
	for _, c := range p.Complaints {
		if only != "" && only != c.Name {
			continue
		}
		at := c.Spec.ReceivedAt.UTC()
		if c.Spec.ReceivedAt.IsZero() {
			return time.Time{}
		}
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	for _, ci := range p.Incidents {
		if only == "" || only == ci.Name {
			return time.Time{}
		}
	}
	return first
}

// admit has the records of the pack come in: when they say they were received, else at the start.
func admit(play *simulation.Play, p *pack.Pack, only string) error {
	n := 0
	for _, c := range p.Complaints {
		if only == "" || only == c.Name {
			play.Complain(c, c.Spec.ReceivedAt.Time)
			n++
		}
	}
	for _, ci := range p.Incidents {
		if only == "" || only == ci.Name {
			if why := casework.Unready(play.Playbook(string(ci.Spec.Playbook)), "these files", string(ci.Spec.Playbook), v1alpha1.RecordCrisisIncident); why != "" {
				return usagef("CrisisIncident/%s: spec.playbook: %s", ci.Name, why)
			}
			play.Alarm(ci, time.Time{})
			n++
		}
	}
	switch {
	case n > 0:
		return nil
	case only != "":
		return usagef("the files hold no complaint and no incident %q", only)
	}
	return usagef("the files hold policies and no complaint or incident to play; name a file with one as well, e.g. the folder examples of a pack")
}

func (a *app) drawGantt(play *simulation.Play, out simulated, o simulateOptions) error {
	drawn := slices.DeleteFunc(slices.Clone(out.Records), func(r simulation.Result) bool { return o.record != "" && r.Record != o.record })
	if len(drawn) != 1 {
		return usagef("--gantt draws one record and there are %d; name one with --record", len(drawn))
	}
	r, _ := play.Report(drawn[0].Kind, drawn[0].Record, out.Story)
	return a.writeWhole(o.gantt, []byte(r.TimelineSVG()))
}

// storyText is a simulation as text: its lines, then how each record ended.
func storyText(out simulated) string {
	var b strings.Builder
	b.WriteString(table(storyLines(out), 0))
	b.WriteString("\nTimes are UTC.\n")
	writeResults(&b, out)
	return b.String()
}

// storyLines are the lines of a simulation; each names its record where there are several.
func storyLines(out simulated) [][]string {
	rows := make([][]string, 0, len(out.Story))
	for _, l := range out.Story {
		row := storyRows([]v1alpha1.TimelineEntry{l.Entry}, false)[0]
		if len(out.Records) > 1 {
			row = append([]string{row[0], l.Record}, row[1:]...)
		}
		rows = append(rows, row)
	}
	return rows
}

func writeResults(b *strings.Builder, out simulated) {
	b.WriteString("\n")
	for _, r := range out.Records {
		what := strings.ToLower(string(r.Kind))
		if r.Drill {
			what = "drill"
		}
		fmt.Fprintf(b, "%s %s: %s, level %s, %s delivered, %s missed\n", what, r.Record, r.State, r.Level,
			several(r.Notices, "notice"), several(r.Missed, "deadline"))
		if r.Waits != "" {
			fmt.Fprintf(b, "%s %s waits: %s\n", what, r.Record, r.Waits)
		}
	}
	for _, l := range out.PostMortems {
		fmt.Fprintf(b, "post-mortem of %s: %d of %s verified, %d overdue\n", l.Record, l.Verified, several(l.Actions, "corrective action"), l.Overdue)
	}
	if out.More {
		b.WriteString("Something would still have happened after the time that was played; --for plays longer.\n")
	}
}

func several(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
