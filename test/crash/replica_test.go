package crash

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/internal/install"
	"tocsin.dev/tocsin/internal/operator"
)

// lease is how long the lease of the replicas is: shorter than in earnest, so that ten take-overs do not take long.
const lease = 5 * time.Second

// manager is the built program, once; it goes with the cluster.
var manager = sync.OnceValues(func() (string, error) {
	program := filepath.Join(cluster.Dir(), "manager")
	if out, err := exec.CommandContext(context.Background(), "go", "build", "-o", program, "tocsin.dev/tocsin/cmd/manager").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the manager: %w\n%s", err, out)
	}
	return program, cluster.WriteKubeconfig(managerKubeconfig(), install.ManagerUser)
})

func managerKubeconfig() string { return filepath.Join(cluster.Dir(), "manager.kubeconfig") }

// replica is a real manager process. Its name is part of its user agent, by which the API server's audit log tells it
// from the others.
type replica struct {
	name  string
	log   string
	cmd   *exec.Cmd
	ended chan struct{}
	// err and endedAt are set when ended is closed.
	err     error
	endedAt time.Time
}

// startReplica starts a process; kubeconfig empty: the usual one.
func startReplica(t *testing.T, name string, namespaces []string, kubeconfig string) (*replica, error) {
	program, err := manager()
	if err != nil {
		return nil, err
	}
	if kubeconfig == "" {
		kubeconfig = managerKubeconfig()
	}
	r := &replica{name: name, log: filepath.Join(t.TempDir(), name+".log"), ended: make(chan struct{})}
	log, err := os.Create(r.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	r.cmd = exec.CommandContext(context.Background(), program, "--lease-duration="+lease.String(), "--metrics-bind-address=0",
		"--health-probe-bind-address=0", "--watch-namespaces="+strings.Join(namespaces, ","))
	r.cmd.Args[0] = name
	r.cmd.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig)
	r.cmd.Stdout, r.cmd.Stderr = log, log
	if err := r.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		r.err, r.endedAt = r.cmd.Wait(), clock.RealClock{}.Now()
		close(r.ended)
	}()
	t.Cleanup(r.kill)
	return r, nil
}

// kill ends the process the way a machine that loses its power does.
func (r *replica) kill() {
	_ = r.cmd.Process.Kill() // SIGKILL; one that has ended is not there any more
	<-r.ended
}

// is says whether the process has this name for itself, which it logs when it starts.
func (r *replica) is(process string) bool {
	text, err := os.ReadFile(r.log)
	return err == nil && process != "" && strings.Contains(string(text), process)
}

// leases are all that was ever written into the lease, as the API server told.
type leases struct {
	mu   sync.Mutex
	list []coordinationv1.LeaseSpec
}

// watchLease follows the lease until the test ends.
func watchLease(t *testing.T) (*leases, error) {
	l := &leases{}
	w, err := admin.Watch(t.Context(), &coordinationv1.LeaseList{}, client.InNamespace(install.Namespace))
	if err != nil {
		return nil, err
	}
	go func() {
		for e := range w.ResultChan() {
			if lease, ok := e.Object.(*coordinationv1.Lease); ok && e.Type != watch.Deleted && lease.Name == operator.LeaseName {
				l.mu.Lock()
				l.list = append(l.list, *lease.Spec.DeepCopy())
				l.mu.Unlock()
			}
		}
	}()
	return l, nil
}

func (l *leases) all() []coordinationv1.LeaseSpec {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]coordinationv1.LeaseSpec(nil), l.list...)
}

// holder is who leads by what was written last.
func (l *leases) holder() string {
	all := l.all()
	if len(all) == 0 || all[len(all)-1].HolderIdentity == nil {
		return ""
	}
	return *all[len(all)-1].HolderIdentity
}

// takeOver is how one replica came to lead after another.
type takeOver struct {
	// to is who leads now, at is since when, gap the time since the last renewal of the one before.
	to  string
	at  time.Time
	gap time.Duration
	// givenBack is whether the one before gave the lease back, which a replica that is killed does only where it could not
	// renew it just before.
	givenBack bool
}

func (l *leases) takeOver(from string) (takeOver, error) {
	var last time.Time
	givenBack := false
	for _, spec := range l.all() {
		switch holder := *spec.HolderIdentity; {
		case holder == from:
			last, givenBack = spec.RenewTime.Time, false
		case holder == "":
			givenBack = true
		case !last.IsZero():
			return takeOver{to: holder, at: spec.AcquireTime.Time, gap: spec.AcquireTime.Sub(last), givenBack: givenBack}, nil
		}
	}
	return takeOver{}, errors.New("nobody has taken the lease over from " + from)
}
