package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tocsin.dev/tocsin/internal/playbook"
)

// unknownFlag says which flag of a command comes nearest to one it does not have.
func unknownFlag(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || len(unknown.GetSpecifiedName()) < 2 {
		return err
	}
	const most = 2 // letters that may be wrong, as with commands
	nearest, least := "", most+1
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		d := playbook.Distance(unknown.GetSpecifiedName(), f.Name)
		if strings.HasPrefix(f.Name, unknown.GetSpecifiedName()) {
			d = 1
		}
		if d < least && !f.Hidden {
			nearest, least = f.Name, d
		}
	})
	if nearest == "" {
		return err
	}
	return fmt.Errorf("%w; did you mean --%s?", err, nearest)
}

// knowsItsCommands makes a command that only holds others say what it does not know, where it would print its help.
func knowsItsCommands(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		if !sub.HasSubCommands() || sub.Runnable() {
			continue
		}
		sub.Args = func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("%s needs one of its commands: %s", c.Name(), strings.Join(c.ValidArgs, ", "))
			}
			hint := ""
			if near := c.SuggestionsFor(args[0]); len(near) > 0 {
				hint = "; did you mean " + anyOf(near) + "?"
			}
			return usagef("unknown command %q for %q%s", args[0], c.CommandPath(), hint)
		}
		for _, s := range sub.Commands() {
			sub.ValidArgs = append(sub.ValidArgs, s.Name())
		}
		sub.SuggestionsMinimumDistance = 2
		sub.RunE = func(*cobra.Command, []string) error { return nil } // its arguments were refused before
	}
}

// oneSentence turns the lines in which cobra suggests a command into one.
func oneSentence(message string) string {
	said, near, found := strings.Cut(message, "\n\nDid you mean this?\n")
	if !found {
		return message
	}
	return said + "; did you mean " + anyOf(strings.Fields(near)) + "?"
}
