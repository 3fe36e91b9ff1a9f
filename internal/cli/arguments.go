package cli

import "github.com/spf13/cobra"

// What the arguments of commands stand for.
const (
	aTask       = "TASK, the name of a ResponseTask or the beginning of one; `kubectl tocsin mine` lists yours"
	aRecord     = "RECORD, the name of a complaint or an incident, or a case number; `kubectl get complaints,crisisincidents` lists them"
	aComplaint  = "COMPLAINT, the name or case number of a complaint; `kubectl get complaints` lists them"
	aPostMortem = "NAME, of a post-mortem or of the complaint or incident it is about; `kubectl get postmortems` lists them"
	aChannel    = "NAME, of a NoticeChannel; `kubectl get noticechannels` lists them"
	aFile       = "FILE.csv, or - for standard input"
)

// one asks for exactly one argument and says what it stands for.
func one(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch len(args) {
		case 0:
			return usagef("%s needs %s", cmd.Name(), what)
		case 1:
			return nil
		}
		hint := ""
		if what == aTask {
			hint = "; words go behind --reason"
		}
		return usagef("%s takes one argument, %s; it got %d: %q%s", cmd.Name(), what, len(args), args, hint)
	}
}

// atMostOne asks for one argument or none; what says what it is.
func atMostOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usagef("%s takes one argument at most, %s; it got %d: %q", cmd.Name(), what, len(args), args)
		}
		return nil
	}
}

// none asks for no argument; what says what the command shows.
func none(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usagef("%s takes no arguments, it %s; it got %q", cmd.Name(), what, args)
		}
		return nil
	}
}
