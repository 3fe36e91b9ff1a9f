// Package version says which release a program is.
package version

import "runtime"

// Version is set when a release is built: -ldflags "-X tocsin.dev/tocsin/internal/version.Version=v1.2.3".
var Version = "dev"

// GoVersion is the Go release the program was built with.
func GoVersion() string { return runtime.Version() }

// String is one line for --version.
func String() string {
	return "tocsin " + Version + " (" + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH + ")"
}
