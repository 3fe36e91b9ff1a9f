package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// completionCommand prints the script that makes a shell complete the command line.
func (a *app) completionCommand() *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print the script that makes bash, zsh, fish or powershell complete these commands",
		Long: `Print the script that makes a shell complete kubectl-tocsin: commands, flags, and from the cluster the names of tasks,
records, steps, roles and users.

For kubectl tocsin itself, kubectl's own completion asks a program kubectl_complete-tocsin on the PATH: this one under that
name, which "make build" puts beside it.`,
		Example: `  source <(kubectl tocsin completion bash)
  kubectl tocsin completion zsh > "${fpath[1]}/_kubectl-tocsin"
  ln -s kubectl-tocsin "$(dirname "$(command -v kubectl-tocsin)")/kubectl_complete-tocsin"`,
		Args:      one("SHELL: " + anyOf(shells)),
		ValidArgs: shells,
		RunE: a.run(func(_ context.Context, args []string) error {
			root := a.root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.Out, true)
			case "zsh":
				return root.GenZshCompletion(a.Out)
			case "fish":
				return root.GenFishCompletion(a.Out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(a.Out)
			}
			return usagef("completion knows no shell %q: %s is what there is", args[0], anyOf(shells))
		}),
	}
}

// tabPatience is how long somebody who pressed the tab key waits for the cluster.
const tabPatience = 3 * time.Second

// lookup finds what may stand somewhere on the command line; what is wrong with the cluster is no matter then.
type lookup func(ctx context.Context, c *cluster, args []string) []string

// asCompletion makes cobra ask the cluster.
func (a *app) asCompletion(find lookup) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(cmd.Context(), tabPatience)
		defer cancel()
		c, err := a.connect()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		found := slices.DeleteFunc(find(ctx, c, args), func(word string) bool { return !strings.HasPrefix(word, typed) })
		slices.Sort(found)
		return slices.Compact(found), cobra.ShellCompDirectiveNoFileComp
	}
}

// firstArgument is a lookup for the first argument only.
func firstArgument(find lookup) lookup {
	return func(ctx context.Context, c *cluster, args []string) []string {
		if len(args) > 0 {
			return nil
		}
		return find(ctx, c, args)
	}
}

// completeAll lets the cluster complete arguments and flags, wherever a command of that argument or flag has not said
// otherwise. A new command whose argument is the first word of its Use gets it by itself.
func (a *app) completeAll(root *cobra.Command) {
	arguments := map[string]lookup{"TASK": openTasks, "RECORD": allRecords, "COMPLAINT": complaints, "TEAM": teams}
	either := map[string]lookup{
		"comment": join(openTasks, allRecords), "handover": join(openTasks, allRecords), "postmortem": join(postMortems, allRecords), "test": channels,
	}
	flags := map[string]lookup{
		"outcome": outcomes, "step": steps, "level": levels, "role": roles, "into": complaints, "remedy-kind": fixed(
			"Refund", "Exchange", "Repair", "Compensation", "Voucher", "Apology", "Gift", "Visit", "Upgrade", "Explanation"),
	}
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		words := strings.Fields(cmd.Use)
		if len(words) > 1 && cmd.ValidArgsFunction == nil && cmd.ValidArgs == nil {
			find, is := either[cmd.Name()]
			if !is {
				find = arguments[strings.Trim(words[1], "[]")]
			}
			if find != nil {
				cmd.ValidArgsFunction = a.asCompletion(firstArgument(find))
			}
		}
		if cmd.Name() != "test" { // --to of a channel is an address
			_ = a.completeFlag(cmd, "to", people)
		}
		for name, find := range flags {
			_ = a.completeFlag(cmd, name, find)
		}
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(root)
	_ = root.RegisterFlagCompletionFunc("namespace", a.asCompletion(namespaces))
	_ = root.RegisterFlagCompletionFunc("context", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		config, err := a.flags.ToRawKubeConfigLoader().RawConfig()
		var names []string
		if err == nil {
			for name := range config.Contexts {
				names = append(names, name)
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	})
}

// completeFlag completes a flag where a command has it; an error says that the command does so itself.
func (a *app) completeFlag(cmd *cobra.Command, name string, find lookup) error {
	if cmd.LocalNonPersistentFlags().Lookup(name) == nil {
		return nil
	}
	return cmd.RegisterFlagCompletionFunc(name, a.asCompletion(find))
}

func fixed(words ...string) lookup {
	return func(context.Context, *cluster, []string) []string { return slices.Clone(words) }
}

func join(finds ...lookup) lookup {
	return func(ctx context.Context, c *cluster, args []string) []string {
		var all []string
		for _, find := range finds {
			all = append(all, find(ctx, c, args)...)
		}
		return all
	}
}

// openTasks are the tasks that wait for the caller; all open ones where none does.
func openTasks(ctx context.Context, c *cluster, _ []string) []string {
	var list v1alpha1.ResponseTaskList
	if c.List(ctx, &list, client.InNamespace(c.namespace)) != nil {
		return nil
	}
	me, err := c.me(ctx)
	var own, open []string
	for i := range list.Items {
		t := &list.Items[i]
		if !t.IsOpen() {
			continue
		}
		open = append(open, t.Name)
		if err == nil && waitsFor(t, me) {
			own = append(own, t.Name)
		}
	}
	if len(own) > 0 {
		return own
	}
	return open
}

func allRecords(ctx context.Context, c *cluster, args []string) []string {
	return append(complaints(ctx, c, args), namesIn(ctx, c, &v1alpha1.CrisisIncidentList{})...)
}

func complaints(ctx context.Context, c *cluster, _ []string) []string {
	return namesIn(ctx, c, &v1alpha1.ComplaintList{})
}

func postMortems(ctx context.Context, c *cluster, _ []string) []string {
	return namesIn(ctx, c, &v1alpha1.PostMortemList{})
}

func teams(ctx context.Context, c *cluster, _ []string) []string {
	return namesIn(ctx, c, &v1alpha1.ResponseTeamList{})
}

func channels(ctx context.Context, c *cluster, _ []string) []string {
	return namesIn(ctx, c, &v1alpha1.NoticeChannelList{})
}

func namespaces(ctx context.Context, c *cluster, _ []string) []string {
	return namesIn(ctx, c.in(""), &corev1.NamespaceList{})
}

func namesIn(ctx context.Context, c *cluster, list client.ObjectList) []string {
	if c.List(ctx, list, client.InNamespace(c.namespace)) != nil {
		return nil
	}
	objects, err := pointers(list)
	if err != nil {
		return nil
	}
	names := make([]string, len(objects))
	for i, o := range objects {
		names[i] = o.GetName()
	}
	return names
}

// outcomes are those of the task that is named already.
func outcomes(ctx context.Context, c *cluster, args []string) []string {
	if len(args) == 0 {
		return nil
	}
	task, err := c.findTask(ctx, args[0])
	if err != nil {
		return nil
	}
	var words []string
	for _, o := range task.Spec.Outcomes {
		words = append(words, string(o))
	}
	return words
}

// runOf is the run of the record that is named already; nil: there is none.
func runOf(ctx context.Context, c *cluster, args []string) *v1alpha1.Run {
	if len(args) == 0 {
		return nil
	}
	r, err := c.findRecord(ctx, args[0], "")
	if err != nil {
		return nil
	}
	return r.status.Run
}

// steps are those that can be skipped.
func steps(ctx context.Context, c *cluster, args []string) []string {
	var names []string
	if run := runOf(ctx, c, args); run != nil {
		for _, s := range run.Steps {
			if s.State == v1alpha1.StepWaiting || s.Problem != "" {
				names = append(names, s.Name)
			}
		}
	}
	return names
}

// roles are those that somebody holds.
func roles(ctx context.Context, c *cluster, args []string) []string {
	var names []string
	if run := runOf(ctx, c, args); run != nil {
		for _, h := range run.Roles {
			names = append(names, h.Name)
		}
	}
	return names
}

func levels(ctx context.Context, c *cluster, _ []string) []string {
	var list v1alpha1.TriagePolicyList
	if c.List(ctx, &list, client.InNamespace(c.namespace)) != nil {
		return nil
	}
	var names []string
	for _, p := range list.Items {
		for _, l := range p.Spec.Levels {
			names = append(names, string(l.Name))
		}
	}
	return names
}

// people are the users in the teams of the namespace.
func people(ctx context.Context, c *cluster, _ []string) []string {
	var list v1alpha1.ResponseTeamList
	if c.List(ctx, &list, client.InNamespace(c.namespace)) != nil {
		return nil
	}
	var users []string
	for _, t := range list.Items {
		for _, m := range t.Spec.Members {
			if m.User != "" {
				users = append(users, string(m.User))
			}
		}
	}
	return users
}
