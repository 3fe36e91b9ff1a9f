// Package crash shows that the manager may die at any moment: it is cut off before and after each of its writes in a
// crisis, killed as a process, left without its API server or its receivers, and the world and the receivers' books are
// in the end what they would have been. docs/spec/crash.md says what is promised and how to run one case again.
package crash

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"tocsin.dev/tocsin/test/platform"
)

// cluster is what every case is played on, admin may do everything there.
var (
	cluster *platform.Platform
	admin   client.WithWatch
)

// everything asks for all cases, and for real kills: `make crash`.
var everything = os.Getenv("CRASH_ALL") != ""

func TestMain(m *testing.M) {
	klog.SetLogger(logr.Discard()) // dying managers complain
	log.SetLogger(logr.Discard())
	os.Exit(platform.Run(&cluster, platform.Options{TimeLapse: true}, func() (int, error) {
		admin = cluster.Admin
		return m.Run(), nil
	}))
}

// say shows what is going on while it does, where somebody asked for everything and looks on.
func say(format string, args ...any) {
	if everything {
		fmt.Fprintln(os.Stderr, strings.TrimRight(fmt.Sprintf(format, args...), "\n"))
	}
}
