// Package e2e runs the whole operator, as internal/operator puts it together, on a real API server: with caches, watches,
// queues and workers, real mail and real HTTP, stopped and started as a process is. The clock alone is false.
package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr/funcr"
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
	mapper  meta.RESTMapper
	admin   client.WithWatch
	// logged is everything the managers of these tests have logged, at every level.
	logged record
)

// record is a text that several write.
type record struct {
	mu   sync.Mutex
	text strings.Builder
}

func (r *record) add(prefix, args string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.text.WriteString(prefix + " " + args + "\n")
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func TestMain(m *testing.M) {
	// From level 8 on client-go writes whole requests; the manager has no flag that takes it there.
	klog.SetLogger(funcr.New(logged.add, funcr.Options{Verbosity: 7}))
	log.SetLogger(funcr.New(logged.add, funcr.Options{Verbosity: 7}))
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
	dir, err := os.MkdirTemp("", "tocsin-e2e-")
	if err != nil {
		return 1, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	audit := filepath.Join(dir, "audit.log")
	if cluster, err = box.Start(ctx, box.Options{ControllerManager: true, AuditLog: audit}); err != nil {
		return 1, err
	}
	defer func() {
		if err := cluster.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err) // its processes end with this one at the latest
		}
	}()
	// One test needs the end of namespaces; the others do without its work.
	if err = cluster.StopControllerManager(); err != nil {
		return 1, err
	}
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
	code = m.Run()
	if code == 0 && wholePackage() {
		return code, checkRights(audit)
	}
	return code, nil
}
