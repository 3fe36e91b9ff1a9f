package main

import (
	"flag"
	"fmt"
	"io"
	stdlog "log"
	"log/slog"
	"strconv"
	"strings"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/textlogger"
	ctrl "sigs.k8s.io/controller-runtime"
)

// mostVerbose is how much can be asked for. From level 8 on the client library writes whole requests and answers, and with
// them what complainants said and the Secrets they are reached by.
const mostVerbose = 6

// logging is how the manager logs.
type logging struct {
	format    string
	verbosity int
}

func (l *logging) flags(fs *flag.FlagSet) {
	fs.StringVar(&l.format, "log-format", "json", "json or text.")
	fs.IntVar(&l.verbosity, "v", 0, "How much is logged: 0, what somebody may have to look at; 1, attempts to send notices too; 4 and more, the libraries' own doings. Up to 6.")
}

// set has the controllers and the client library log to out.
func (l *logging) set(out io.Writer) error {
	if l.verbosity < 0 || l.verbosity > mostVerbose {
		return fmt.Errorf("--v=%d: give a number from 0 to %d", l.verbosity, mostVerbose)
	}
	var log logr.Logger
	switch l.format {
	case "json":
		log = logr.FromSlogHandler(slog.NewJSONHandler(out, &slog.HandlerOptions{Level: slog.Level(-l.verbosity), ReplaceAttr: plainLevel}))
	case "text":
		log = textlogger.NewLogger(textlogger.NewConfig(textlogger.Output(out), textlogger.Verbosity(l.verbosity)))
	default:
		return fmt.Errorf("--log-format=%s: give json or text", l.format)
	}
	library := flag.NewFlagSet("klog", flag.ContinueOnError)
	klog.InitFlags(library)
	if err := library.Set("v", strconv.Itoa(l.verbosity)); err != nil {
		return err
	}
	klog.SetLogger(log)
	ctrl.SetLogger(log)
	stdlog.SetFlags(0)
	stdlog.SetOutput(asides{log.V(libraryLevel)})
	return nil
}

// libraryLevel is that of the libraries' own doings.
const libraryLevel = 4

// asides takes what the standard library says by itself, such as that somebody connected to a server and went away.
type asides struct{ logr.Logger }

// Write logs a line.
func (a asides) Write(line []byte) (int, error) {
	a.Info("Library", "says", strings.TrimSpace(string(line)))
	return len(line), nil
}

// plainLevel calls every level below INFO DEBUG; they would be called DEBUG+3 and the like.
func plainLevel(groups []string, a slog.Attr) slog.Attr {
	if level, ok := a.Value.Any().(slog.Level); ok && len(groups) == 0 && a.Key == slog.LevelKey && level < slog.LevelInfo {
		a.Value = slog.StringValue(slog.LevelDebug.String())
	}
	return a
}
