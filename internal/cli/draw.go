package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tocsin.dev/tocsin/internal/drawing"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/verify"
)

// drawCommand draws a playbook from files.
func (a *app) drawCommand() *cobra.Command {
	var name, file string
	cmd := &cobra.Command{
		Use:   "draw PATH...",
		Short: "Draw a playbook from files as SVG, to be printed on A4",
		Long: `Draw a playbook from files as SVG: roles as lanes, steps as boxes in the lane of the role they ask, arrows for what they
need, frames for what is repeated, with deadlines, ladders and cancel regions. It needs no cluster.

PATH is a YAML file, a folder of them, or - for standard input. The picture is laid out for A4 and prints no text smaller
than 6.5 points; what does not fit is laid out for the next larger sheet, and the command says so. The steps of
sub-playbooks are drawn inside it where they fit, else a box stands for each: draw those by themselves with --playbook.`,
		Example: `  kubectl tocsin draw playbooks/service-recovery --playbook serious-recovery -o serious-recovery.svg
  kubectl tocsin draw my-playbook.yaml > my-playbook.svg`,
		Args: cobra.MinimumNArgs(1),
	}
	cmd.Flags().StringVar(&name, "playbook", "", "the playbook to draw; needed where the files hold several")
	cmd.Flags().StringVarP(&file, "output", "o", "", "write the picture into this file and not to standard output")
	cmd.RunE = a.run(func(ctx context.Context, args []string) error { return a.draw(ctx, args, name, file) })
	return cmd
}

func (a *app) draw(ctx context.Context, paths []string, name, file string) error {
	files, err := a.readFiles(ctx, paths)
	if err != nil {
		return err
	}
	p, err := packOf(ctx, files)
	if err != nil {
		return err
	}
	if name, err = onePlaybook(p, name); err != nil {
		return unreadable(err)
	}
	plan, err := compiled(p, files, name)
	if err != nil {
		return err
	}
	picture := drawing.Draw(plan, &p.Playbooks[name].Spec)
	if picture.Boxed {
		a.remark("The steps of sub-playbooks do not fit on the sheet; a box stands for each. Draw them by themselves with --playbook.")
	}
	if !strings.HasPrefix(picture.Sheet, "A4") {
		a.remark("The playbook is too large for A4: print it on %s.", picture.Sheet)
	}
	if file == "" {
		_, err = fmt.Fprint(a.Out, picture.SVG)
		return err
	}
	return a.writeWhole(file, []byte(picture.SVG))
}

// onePlaybook is the playbook that is meant: the one named, or the only one there is.
func onePlaybook(p *pack.Pack, name string) (string, error) {
	there := slices.Sorted(maps.Keys(p.Playbooks))
	switch {
	case name != "" && p.Playbooks[name] != nil:
		return name, nil
	case len(there) == 0:
		return "", errors.New("the files hold no playbook; name a file or folder with one")
	case name != "":
		return "", fmt.Errorf("the files hold no playbook %q; there are %s", name, strings.Join(there, ", "))
	case len(there) > 1:
		return "", fmt.Errorf("the files hold several playbooks; name one with --playbook: %s", strings.Join(there, ", "))
	}
	return there[0], nil
}

// compiled is the plan of a playbook of the pack; the error names all its faults, each with its place in the files.
func compiled(p *pack.Pack, files []verify.File, name string) (*playbook.Plan, error) {
	plan, problems := playbook.Compile(p.Closure(name))
	if len(problems) == 0 {
		return plan, nil
	}
	written := map[string]pack.Document{}
	for _, f := range files {
		documents, _ := pack.Read(f.Name, f.Text) // what is wrong with the text was said before
		for _, d := range documents {
			if d.Kind == "Playbook" {
				written[d.Name] = d
			}
		}
	}
	lines := make([]string, len(problems))
	for i, problem := range problems {
		d := written[cmp.Or(problem.Playbook, name)]
		lines[i] = pack.Fault{File: d.File, Line: d.LineOf(problem.Field), Field: problem.Field, Message: problem.Message, Advice: problem.Advice}.Error()
	}
	return nil, usagef("playbook %s does not compile:\n%s", name, strings.Join(lines, "\n"))
}
