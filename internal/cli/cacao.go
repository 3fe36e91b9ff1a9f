package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/cacao"
)

// cacaoCommand exchanges playbooks with other tools. It is a command with two below it, because `import` takes in complaints.
func (a *app) cacaoCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cacao",
		Short: "Write playbooks as OASIS CACAO v2.0, and read them, without a cluster",
		Long: `Write playbooks as OASIS CACAO Security Playbooks v2.0, for other tools and other organisations, and read them, without a
cluster.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.cacaoExportCommand(), a.cacaoImportCommand())
	return cmd
}

func (a *app) cacaoExportCommand() *cobra.Command {
	var name, created, modified string
	cmd := &cobra.Command{
		Use:   "export PATH...",
		Short: "Write a playbook from files as CACAO v2.0",
		Long: `Write a playbook from files as CACAO v2.0.

PATH is a YAML file, a folder of them, or - for standard input. Other tools see the order of the steps, who does them and whom
they tell; what CACAO has no words for (approvals, deadlines in working time, recusal, ladders, …) travels in an extension that
the document declares, and comes back with "cacao import".

The same playbook gives the same document: ids follow from names, and no clock is read. --created and --modified say when the
first and this version were made; without them it is the playbook's creationTimestamp, or 1970.`,
		Example: `  kubectl tocsin cacao export playbooks/service-recovery --playbook serious-recovery > serious-recovery.json
  kubectl tocsin cacao export my-playbook.yaml --modified "$(git log -1 --format=%cI my-playbook.yaml)"`,
		Args: cobra.MinimumNArgs(1),
	}
	cmd.Flags().StringVar(&name, "playbook", "", "the playbook to write; needed where the files hold several")
	cmd.Flags().StringVar(&created, "created", "", "when its first version was made, e.g. 2026-03-02T09:00:00Z")
	cmd.Flags().StringVar(&modified, "modified", "", "when this version was made; default: as --created")
	cmd.RunE = a.run(func(ctx context.Context, args []string) error {
		files, err := a.readFiles(ctx, args)
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
		pb := p.Playbooks[name]
		first, err := moment("--created", created, pb.CreationTimestamp.Time)
		if err != nil {
			return err
		}
		this, err := moment("--modified", modified, first)
		if err != nil {
			return err
		}
		if this.Before(first) {
			return usagef("--modified is before --created; this version cannot be older than the first")
		}
		text, err := cacao.Export(name, &pb.Spec, first, this)
		if err != nil {
			return unreadable(err)
		}
		if _, err := compiled(p, files, name); err != nil { // it may need files that were not named
			for line := range strings.SplitSeq("written as it stands, though "+err.Error(), "\n") {
				a.remark("%s", line)
			}
		}
		_, err = a.Out.Write(escaped(text))
		return err
	})
	return cmd
}

// moment is a time a flag names, or another one; never the wall clock's.
func moment(flag, text string, otherwise time.Time) (time.Time, error) {
	if text == "" && otherwise.IsZero() {
		return time.Unix(0, 0), nil
	}
	if text == "" {
		return otherwise, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, usagef("%s: %q is no time; write it like 2026-03-02T09:00:00Z", flag, text)
	}
	return at, nil
}

func (a *app) cacaoImportCommand() *cobra.Command {
	var o cacao.Options
	var kind string
	cmd := &cobra.Command{
		Use:   "import FILE.json",
		Short: "Read a CACAO v2.0 playbook, and say what of it is lost",
		Long: `Read a CACAO v2.0 playbook and print it as a Playbook in YAML, to be looked through, completed and applied.

What "cacao export" wrote comes back as it was, from the extension; where somebody changed the rest of the document that is
refused, and --plain reads the workflow alone. Documents of other tools are read from their workflow: each action becomes a task
for the role of its agent, each condition a decision of a person, each loop a repeat with a bound.

Refused with the place in the document is what cannot be carried: commands that are not manual (shell, ssh, http-api, …), agents
that are no people, step types that are not known, playbooks in playbooks, loops in loops. What is left out is listed on standard
error, a line each. FILE - is standard input.

Exit codes: 0 done, 2 refused, or wrong usage.`,
		Example: `  kubectl tocsin cacao import stolen-laptop.json > playbook-stolen-laptop.yaml
  kubectl tocsin cacao import refund.json --for Complaint --team service-desk`,
		Args: cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&kind, "for", string(v1alpha1.RecordCrisisIncident), "the kind of record it is for: Complaint or CrisisIncident")
	cmd.Flags().StringVar(&o.Team, "team", "", "the team of its roles; for complaints it is needed")
	cmd.Flags().BoolVar(&o.Plain, "plain", false, "read the workflow and not the extension of cacao export")
	_ = cmd.RegisterFlagCompletionFunc("for", cobra.FixedCompletions([]string{string(v1alpha1.RecordComplaint), string(v1alpha1.RecordCrisisIncident)}, cobra.ShellCompDirectiveNoFileComp))
	cmd.RunE = a.run(func(ctx context.Context, args []string) error {
		o.For = v1alpha1.RecordKind(kind)
		if o.For != v1alpha1.RecordComplaint && o.For != v1alpha1.RecordCrisisIncident {
			return usagef("--for: %q is no kind of record; use Complaint or CrisisIncident", kind)
		}
		return a.cacaoImport(ctx, args[0], o)
	})
	return cmd
}

func (a *app) cacaoImport(ctx context.Context, file string, o cacao.Options) error {
	text, err := a.readText(ctx, file, cacao.MostText, fmt.Sprintf("it is longer than %d MiB; that is no playbook", cacao.MostText>>20))
	if err != nil {
		return unreadable(err)
	}
	name, spec, losses, err := cacao.Import(text, o)
	var fault *cacao.Fault
	switch {
	case errors.As(err, &fault):
		return usagef("%s: %v", printable(file), fault)
	case err != nil:
		return err
	}
	for _, l := range losses {
		a.remark("lost: %s", l)
	}
	if len(losses) > 0 {
		a.remark("%s left out; look the playbook through before you apply it", several(len(losses), "thing"))
	}
	out, err := yaml.Marshal(struct {
		APIVersion string                `json:"apiVersion"`
		Kind       string                `json:"kind"`
		Metadata   map[string]string     `json:"metadata"`
		Spec       v1alpha1.PlaybookSpec `json:"spec"`
	}{v1alpha1.GroupVersion.String(), "Playbook", map[string]string{"name": name}, *spec})
	if err != nil {
		return err
	}
	_, err = a.Out.Write(out)
	return err
}
