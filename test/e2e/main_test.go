// Package e2e runs the whole operator, as internal/operator puts it together, on a real API server: with caches, watches,
// queues and workers, real mail and real HTTP, stopped and started as a process is. The clock alone is false.
package e2e

import (
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/go-logr/logr/funcr"
	"k8s.io/klog/v2"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"tocsin.dev/tocsin/test/platform"
)

var (
	cluster *platform.Platform
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
	os.Exit(platform.Run(&cluster, platform.Options{ControllerManager: true, TimeLapse: true}, func() (int, error) {
		admin = cluster.Admin
		// One test needs the end of namespaces; the others do without its work.
		if err := cluster.StopControllerManager(); err != nil {
			return 1, err
		}
		code := m.Run()
		if code == 0 && wholePackage() {
			return code, checkRights(cluster.AuditLog())
		}
		return code, nil
	}))
}
