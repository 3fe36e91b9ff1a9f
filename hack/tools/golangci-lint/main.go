// Command golangci-lint is golangci-lint with the linters for Kubernetes API types and for structured logging linked in.
package main

import (
	"os"
	"runtime"

	"github.com/golangci/golangci-lint/v2/pkg/commands"
	"github.com/golangci/golangci-lint/v2/pkg/exitcodes"
	_ "sigs.k8s.io/kube-api-linter"
	_ "sigs.k8s.io/logtools/logcheck/gclplugin"
)

func main() {
	if err := commands.Execute(commands.BuildInfo{Version: "2.15.0", GoVersion: runtime.Version()}); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(exitcodes.Failure)
	}
}
