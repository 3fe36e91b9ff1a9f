package cli

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/report"
	"tocsin.dev/tocsin/internal/simulation"
)

// moreGarbage is how far the heap may grow beyond what is in use while a load is played: that is little, and what is
// thrown away is much.
const moreGarbage = 800

// simulateLoad plays many complaints and tells figures.
func (a *app) simulateLoad(ctx context.Context, paths []string, o simulateOptions) error {
	p, long, err := a.readPlay(ctx, paths, o)
	if err != nil {
		return err
	}
	text, err := a.readSetting(ctx, o.load)
	if err != nil {
		return err
	}
	load, err := simulation.ParseLoad(printable(o.load), text, p)
	if err != nil {
		return unreadable(err)
	}
	cast, err := a.readCast(ctx, o.cast, func(file string, text []byte) (*simulation.Cast, error) {
		return simulation.ParseLoadCast(file, text, p, load)
	})
	if err != nil {
		return err
	}
	defer debug.SetGCPercent(debug.SetGCPercent(moreGarbage))
	play, err := guarded(ctx, p, cast)
	if err != nil {
		return err
	}
	play.Refused = func(record casework.Record, act v1alpha1.RecordAct, why string) {
		e := simulation.Refusal(act, why)
		fmt.Fprintf(a.Err, "%s %s on %s: %s\n", e.At.Format(time.DateTime), e.Actor, record.GetName(), e.Text)
	}
	play.Forget = true
	tally := play.Count()
	if o.drills {
		play.Exercise()
	}
	if err := play.Bear(load); err != nil {
		return usagef("%s: %v", printable(o.load), err)
	}
	if err := a.playMonths(ctx, play, play.Now().AddDate(0, 0, load.Over()).Add(long)); err != nil {
		return err
	}
	switch sum := tally.Sum(); o.output {
	case "json":
		return a.printJSON(sum)
	case "yaml":
		return a.printYAML(sum)
	default:
		a.say(summaryText(sum))
	}
	return nil
}

// playMonths plays until a moment, a day at a time so that it can be stopped, and says after each month how far it has come.
func (a *app) playMonths(ctx context.Context, play *simulation.Play, until time.Time) error {
	for more := true; more && play.Now().Before(until); {
		month := play.Now().AddDate(0, 1, 0)
		if month.After(until) {
			month = until
		}
		for more && play.Now().Before(month) {
			day := play.Now().AddDate(0, 0, 1)
			if day.After(month) {
				day = month
			}
			var err error
			if more, err = play.Run(day); err != nil {
				return err
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
		fmt.Fprintf(a.Err, "played until %s: %s\n", play.Now().UTC().Format("2006-01-02"), several(play.Received(), "complaint"))
	}
	return nil
}

// summaryText is a summary for people.
func summaryText(s simulation.Summary) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s to %s: %s, %d open at the end, %s raised, %s called.\n", s.From.Format("2006-01-02"), s.To.Format("2006-01-02"),
		several(s.Complaints, "complaint"), s.Open, several(s.Incidents, "incident"), several(s.Drills, "drill"))
	fmt.Fprintf(&b, "%s delivered, %d reached nobody; %s missed; nobody was there to ask %s.\n\n", several(s.Notices, "notice"), s.Lost,
		several(s.Missed, "deadline"), several(s.Nobody, "time"))
	rows := [][]string{{"LEVEL", "COMPLAINTS", "CLOSED", "HALF WITHIN", "NINE OF TEN WITHIN"}}
	for _, l := range s.Levels {
		rows = append(rows, []string{l.Level, fmt.Sprint(l.Complaints), fmt.Sprint(l.Closed), took(l.Closed, l.P50), took(l.Closed, l.P90)})
	}
	b.WriteString(table(rows, 0))
	if len(s.Late) > 0 {
		rows = [][]string{{"PLAYBOOK", "STEP", "MISSED"}}
		for _, l := range s.Late {
			rows = append(rows, []string{l.Playbook, l.Step, fmt.Sprint(l.Missed)})
		}
		b.WriteString("\n" + table(rows, 0))
	}
	rows = [][]string{{"TEAM", "PERSON", "TASKS", "A WEEK", "BUSIEST WEEK", "TOLD", "AT NIGHT", "ON WEEKENDS"}}
	for _, p := range s.People {
		rows = append(rows, []string{p.Team, p.Name, fmt.Sprint(p.Tasks), fmt.Sprint(p.Weekly), fmt.Sprint(p.Busiest), fmt.Sprint(p.Told), fmt.Sprint(p.Nights), fmt.Sprint(p.Weekends)})
	}
	b.WriteString("\n" + table(rows, 0))
	return b.String()
}

func took(cases int, seconds int64) string {
	if cases == 0 {
		return "—"
	}
	return report.Words(time.Duration(seconds) * time.Second)
}
