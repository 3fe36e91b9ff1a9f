package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/roster"
)

// onCallCommand tells who has which duty, until when, and who comes next.
func (a *app) onCallCommand() *cobra.Command {
	var duty, at, output string
	cmd := &cobra.Command{
		Use:   "oncall [TEAM]",
		Short: "Show who has which duty now, until when, who comes next and who deputises",
		Long: `Show who has which duty now, until when, who comes next and who deputises.

ON CALL is who is asked first. Where a duty has a rotation, UNTIL is when the turn ends, in the time zone of the rotation, and
HERE the same on your clock; without one the members with the duty are asked as the team's selection says.`,
		Example: `  kubectl tocsin oncall
  kubectl tocsin oncall special-team --duty commander --at 2026-10-01T03:00:00+08:00 -o wide`,
		Args: atMostOne("TEAM"),
	}
	flags := cmd.Flags()
	flags.StringVar(&duty, "duty", "", "only this duty")
	flags.StringVar(&at, "at", "", "at another time: 2026-10-01T03:00:00+08:00, or \"2026-10-01 03:00\" or 2026-10-01 on your clock")
	a.outputFlag(cmd, &output, onCallFormats...)
	cmd.RunE = a.run(func(ctx context.Context, args []string) error {
		if err := knownOutput(output, onCallFormats...); err != nil {
			return err
		}
		now, err := a.moment(at)
		if err != nil {
			return err
		}
		c, err := a.connect()
		if err != nil {
			return err
		}
		teams, err := c.roster(ctx)
		if err != nil {
			return err
		}
		team := ""
		if len(args) > 0 {
			team = args[0]
		}
		held, err := c.duties(teams, team, duty, now)
		if err != nil {
			return err
		}
		return a.printOnCall(held, now, output)
	})
	return cmd
}

var onCallFormats = []string{"wide", "json", "yaml", "name"}

// moment reads --at; now where it is empty.
func (a *app) moment(at string) (time.Time, error) {
	now := a.Clock.Now()
	if at == "" {
		return now, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, at, now.Location()); err == nil {
			return t.In(now.Location()), nil
		}
	}
	return time.Time{}, usagef("--at %q is no time; write e.g. 2026-10-01T03:00:00+08:00, \"2026-10-01 03:00\" or 2026-10-01", at)
}

// roster reads the teams of the namespace.
func (c *cluster) roster(ctx context.Context) (*roster.Roster, error) {
	var list v1alpha1.ResponseTeamList
	if err := c.List(ctx, &list, client.InNamespace(c.namespace)); err != nil {
		return nil, err
	}
	specs := map[string]*v1alpha1.ResponseTeamSpec{}
	for i := range list.Items {
		specs[list.Items[i].Name] = &list.Items[i].Spec
	}
	if len(specs) == 0 {
		if err := c.exists(ctx); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("namespace %s has no ResponseTeam; apply one, or name another namespace with -n", c.namespace)
	}
	return roster.New(specs), nil
}

// dutyHeld is who has a duty, as -o json prints it. Times are absent where nothing changes within a year.
type dutyHeld struct {
	Team string `json:"team"`
	Duty string `json:"duty"`
	// OnCall is whose turn it is, or who comes first in the list, there or away; empty for a hole, and where cases are spread.
	OnCall string `json:"onCall,omitempty"`
	// Asked are who is asked, the first first; several where cases are spread.
	Asked []string `json:"asked,omitempty"`
	// AwayUntil is when whoever is on call is back.
	AwayUntil *time.Time `json:"awayUntil,omitempty"`
	// Rotation is whether the duty has a rotation; what follows is its.
	Rotation bool       `json:"rotation"`
	By       string     `json:"by,omitempty"`
	Until    *time.Time `json:"until,omitempty"`
	Next     string     `json:"next,omitempty"`
	TimeZone string     `json:"timeZone,omitempty"`
	// Hole says that nobody is on call although somebody has to be; Unstaffed that nobody has to be.
	Hole      bool     `json:"hole,omitempty"`
	Unstaffed bool     `json:"unstaffed,omitempty"`
	Deputies  []string `json:"deputies,omitempty"`

	zone *time.Location
}

// duties are those of a team, or of all; only one duty where it is named.
func (c *cluster) duties(teams *roster.Roster, team, duty string, at time.Time) ([]dutyHeld, error) {
	names := teams.Teams()
	if team != "" && !slices.Contains(names, team) {
		return nil, fmt.Errorf("there is no ResponseTeam %q in namespace %s; there are: %s", printable(team), c.namespace, strings.Join(names, ", "))
	}
	var out []dutyHeld
	for _, t := range names {
		for _, d := range teams.Duties(t) {
			if (team == "" || t == team) && (duty == "" || d == duty) {
				out = append(out, heldIn(teams, t, d, at))
			}
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("nobody has the duty %q in %s of namespace %s; kubectl tocsin oncall lists the duties there are", printable(duty), cmp.Or(printable(team), "any team"), c.namespace)
	}
	return out, nil
}

// heldIn is who has a duty of a team.
func heldIn(teams *roster.Roster, team, duty string, at time.Time) dutyHeld {
	held := dutyHeld{Team: team, Duty: duty, zone: at.Location()}
	var first roster.Person
	for _, p := range teams.Candidates(roster.Query{Team: team, Duty: duty, At: at}) {
		if p.Team == team { // those of the team above are asked after these
			held.Asked = append(held.Asked, p.Name)
		}
	}
	turn, rotates := teams.OnCall(team, duty, at)
	held.Rotation = rotates
	switch {
	case rotates:
		first = turn.Person
		held.zone, held.TimeZone, held.Hole, held.Unstaffed = turn.Zone, turn.Zone.String(), turn.Hole(), turn.Unstaffed
		held.By = turn.Layer
		if turn.Override {
			held.By = "override"
		}
		if !turn.Until.IsZero() {
			until := turn.Until
			next, _ := teams.OnCall(team, duty, until)
			held.Until, held.Next = &until, whose(next)
		}
		held.Asked = held.Asked[:min(len(held.Asked), 1)]
	case teams.Selection(team) == v1alpha1.SelectionSpread && len(spreadOver(teams, team, duty, at)) > 1:
		held.Asked = spreadOver(teams, team, duty, at)
		return held
	default:
		if members := teams.Members(team, []string{duty}); len(members) > 0 {
			first = members[0]
		}
		held.Asked = held.Asked[:min(len(held.Asked), 1)]
	}
	held.OnCall = first.Name
	if back := teams.Back(first.User, at); !back.IsZero() {
		held.AwayUntil = &back
		held.Hole = held.Hole || len(teams.Deputies(first, at, nil)) == 0 && rotates
	}
	for _, d := range teams.Deputies(first, at, nil) {
		held.Deputies = append(held.Deputies, d.Name)
	}
	return held
}

// spreadOver are the members with a duty who are there.
func spreadOver(teams *roster.Roster, team, duty string, at time.Time) (out []string) {
	for _, p := range teams.Members(team, []string{duty}) {
		if !teams.Away(p.User, at) {
			out = append(out, p.Name)
		}
	}
	return out
}

// whose says whose turn it is.
func whose(t roster.Turn) string {
	switch {
	case t.Person.Name != "":
		return t.Person.Name
	case t.Unstaffed:
		return "nobody needed"
	}
	return "nobody"
}

func (a *app) printOnCall(held []dutyHeld, at time.Time, output string) error {
	switch output {
	case "json", "yaml":
		data, err := json.MarshalIndent(map[string]any{"at": at.UTC().Format(time.RFC3339), "duties": held}, "", "    ")
		data = escaped(data)
		if err == nil && output == "yaml" {
			data, err = yaml.JSONToYAML(data)
		}
		if err == nil {
			_, err = fmt.Fprintln(a.Out, strings.TrimSpace(string(data)))
		}
		return err
	case "name":
		teams := []string{}
		for _, h := range held {
			teams = append(teams, "responseteam.crisis.tocsin.dev/"+h.Team)
		}
		fmt.Fprintln(a.Out, strings.Join(slices.Compact(teams), "\n"))
		return nil
	}
	rows := [][]string{{"TEAM", "DUTY", "ON CALL", "UNTIL", "HERE", "NEXT", "DEPUTIES"}}
	if output == "wide" {
		rows[0] = append(rows[0], "BY")
	}
	for _, h := range held {
		until, here := "—", "—"
		if h.Until != nil {
			until = h.Until.In(h.zone).Format(minuteOf) + " " + h.TimeZone
			here = h.Until.In(at.Location()).Format(minuteOf)
		}
		row := []string{h.Team, h.Duty, a.onCallText(h, at), until, here, cmp.Or(h.Next, "—"), cmp.Or(strings.Join(h.Deputies, ", "), "—")}
		if output == "wide" {
			row = append(row, cmp.Or(h.By, "—"))
		}
		rows = append(rows, row)
	}
	fmt.Fprint(a.Out, table(rows, 0))
	return nil
}

const minuteOf = "2006-01-02 15:04"

// onCallText says who is asked: whoever is on call, or a deputy of theirs; and a hole.
func (a *app) onCallText(h dutyHeld, at time.Time) string {
	away := func() string { return "away until " + h.AwayUntil.In(at.Location()).Format(minuteOf) }
	switch {
	case h.Unstaffed:
		return "nobody needed"
	case h.Hole && h.AwayUntil != nil:
		return a.paint(red, h.OnCall+", "+away()+" (HOLE: no deputy)")
	case h.Hole:
		return a.paint(red, "nobody (HOLE)")
	case h.OnCall == "":
		return fmt.Sprintf("%s (spread)", strings.Join(h.Asked, ", "))
	case h.AwayUntil == nil:
		return h.OnCall
	case len(h.Asked) == 0:
		return a.paint(red, h.OnCall+", "+away()+" (nobody else in the team)")
	}
	return fmt.Sprintf("%s (for %s, %s)", h.Asked[0], h.OnCall, away())
}
