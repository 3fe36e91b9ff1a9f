package cli

import (
	"context"
	"errors"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// watchCommand is the terminal view.
func (a *app) watchCommand() *cobra.Command {
	var everywhere bool
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "Watch incidents, deadlines and your tasks, and act on them with single keys",
		Long: `Watch open incidents, deadlines counting down and the tasks that wait for you, and act on them with single keys.

? lists the keys. What you do goes the same way as with the commands, in your own name, and is refused in the same words.
It shows neither who complains nor what they said unless you ask for it, and then only what you may read.`,
		Example: `  kubectl tocsin watch
  kubectl tocsin watch -A`,
		Args: none("shows the whole namespace"),
	}
	cmd.Flags().BoolVarP(&everywhere, "all-namespaces", "A", false, "in all namespaces")
	cmd.RunE = a.run(func(ctx context.Context, _ []string) error {
		if !a.Terminal || !a.Keys {
			return usagef("watch needs a terminal to draw on and to read keys from; `kubectl tocsin status -w` follows what happens without one")
		}
		c, err := a.connect()
		if err != nil {
			return err
		}
		me, err := c.me(ctx)
		if err != nil {
			return err
		}
		if everywhere {
			c.namespace = metav1.NamespaceAll
		} else if err := c.exists(ctx); err != nil {
			return err
		}
		return a.runDesk(ctx, c, me)
	})
	return cmd
}

// runDesk shows the desk until its user quits or the context ends, which are no errors.
func (a *app) runDesk(ctx context.Context, c *cluster, me v1alpha1.User) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	f, err := openFeed(ctx, c, "", slim, outlookKinds()...)
	if err != nil {
		return err
	}
	width, height := a.size()
	options := []tea.ProgramOption{
		tea.WithContext(ctx), tea.WithInput(a.In), tea.WithOutput(a.Out), tea.WithWindowSize(width, height), tea.WithoutSignalHandler(),
	}
	if !a.Colour {
		options = append(options, tea.WithColorProfile(colorprofile.ASCII))
	}
	program := tea.NewProgram(&deskProgram{ctx: ctx, app: a, cluster: c, desk: newDesk(me, c.namespace, a.Clock.Now(), a.paint)}, options...)
	go a.tick(ctx, program)
	go a.tellChanges(ctx, f, program, me)
	_, err = program.Run()
	if errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil {
		return nil
	}
	return err
}

// tick tells the desk every second what time it is.
func (a *app) tick(ctx context.Context, program *tea.Program) {
	for {
		now := a.Clock.Now()
		program.Send(ticked(now))
		timer := a.Clock.NewTimer(now.Truncate(time.Second).Add(time.Second).Sub(now))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C():
		}
	}
}

// tellChanges tells the desk what is known of the cluster, whenever that changes.
func (a *app) tellChanges(ctx context.Context, f *feed, program *tea.Program, me v1alpha1.User) {
	for {
		o, err := readOutlook(ctx, f, f.cluster.namespace, me)
		if trouble := errors.Join(err, f.troubled()); trouble != nil {
			o.trouble, _, _ = strings.Cut(explain(trouble, f.cluster.config.Host), "; check")
		}
		program.Send(looked(o))
		if !a.nextChange(ctx, f.changed) {
			return
		}
	}
}

// deskProgram joins a desk to the terminal and the API server.
type deskProgram struct {
	ctx     context.Context
	app     *app
	cluster *cluster
	desk    desk
}

// Init has nothing to begin with: changes and seconds come by themselves.
func (p *deskProgram) Init() tea.Cmd { return nil }

// View draws the desk.
func (p *deskProgram) View() tea.View {
	content, cursor := p.desk.view()
	v := tea.NewView(content)
	v.AltScreen, v.Cursor, v.WindowTitle = true, cursor, "kubectl tocsin watch"
	return v
}

// Update takes in a message and does what the desk asks for.
func (p *deskProgram) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	next, asked := p.desk.update(msg)
	p.desk = next
	switch {
	case asked.quit:
		return p, tea.Quit
	case asked.read != nil:
		return p, func() tea.Msg { return p.read(*asked.read) }
	case asked.act != nil:
		return p, func() tea.Msg { return p.act(*asked.act) }
	}
	return p, nil
}

// read reads a task as it is now, and what it is about.
func (p *deskProgram) read(what reading) tea.Msg {
	c := p.cluster.in(what.of.Namespace)
	var task v1alpha1.ResponseTask
	err := c.Get(p.ctx, what.of, &task)
	if err == nil {
		var told telling
		if told, err = p.app.cardOf(p.ctx, c, &task, what.with); err == nil {
			return wasRead{reading: what, task: &task, text: told.text, void: told.void}
		}
	}
	return wasRead{reading: what, problem: explain(err, c.config.Host)}
}

// act carries out a verb the way its command does.
func (p *deskProgram) act(what acting) tea.Msg {
	c := p.cluster.in(what.task.Namespace)
	remedy, err := what.offer.remedy()
	said := ""
	if err == nil {
		said, err = p.app.actOnTask(p.ctx, c, what.verb, what.task.DeepCopy(), what.act, remedy)
	}
	if err != nil {
		return wasSaid{text: explain(err, c.config.Host), bad: true}
	}
	return wasSaid{text: said}
}

// in is the same connection with another namespace.
func (c *cluster) in(namespace string) *cluster {
	other := *c
	other.namespace = namespace
	return &other
}
