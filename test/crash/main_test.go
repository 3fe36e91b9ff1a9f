// Package crash shows that the manager may die at any moment: it is cut off before and after each of its writes in a
// crisis, killed as a process, left without its API server or its receivers, and the world and the receivers' books are
// in the end what they would have been. docs/spec/crash.md says what is promised and how to run one case again.
package crash

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/klog/v2"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"tocsin.dev/tocsin/internal/box"
	"tocsin.dev/tocsin/internal/install"
	"tocsin.dev/tocsin/internal/operator"
)

var (
	cluster *box.Box
	admin   client.WithWatch
	mapper  meta.RESTMapper
	// audit is where the API server notes every request.
	audit string
)

// everything asks for all cases, and for real kills: `make crash`.
var everything = os.Getenv("CRASH_ALL") != ""

func TestMain(m *testing.M) {
	klog.SetLogger(logr.Discard()) // dying managers complain
	log.SetLogger(logr.Discard())
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp("", "tocsin-crash-")
	if err != nil {
		return 1, err
	}
	audit = filepath.Join(dir, "audit.log")
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if cluster, err = box.Start(ctx, box.Options{AuditLog: audit}); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, cluster.Stop()) }()
	if err = install.Install(ctx, cluster.Config(), install.Options{TimeLapse: true, BindGroups: true}); err != nil {
		return 1, err
	}
	if admin, err = client.NewWithWatch(cluster.Config(), client.Options{Scheme: operator.Scheme}); err != nil {
		return 1, err
	}
	mapper = admin.RESTMapper()
	if err = install.WaitForAdmission(ctx, cluster.Config()); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// say shows what is going on while it does, where somebody asked for everything and looks on.
func say(format string, args ...any) {
	if everything {
		fmt.Fprintln(os.Stderr, strings.TrimRight(fmt.Sprintf(format, args...), "\n"))
	}
}
