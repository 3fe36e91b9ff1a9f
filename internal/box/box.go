package box

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
)

// Options says what kind of box to start. The zero value is right for a test: everything in a temporary directory,
// no controllers, no audit log, data not synced to disk.
type Options struct {
	// Dir holds the state: etcd's data, certificates, kubeconfigs, logs. Empty: a temporary directory, removed by Stop.
	Dir string
	// Assets is the directory of the programs. Empty: see [FindAssets].
	Assets string
	// AuditLog is the file that gets one line for each request, at level Metadata; beneath Dir unless its path is absolute.
	// Empty: none.
	AuditLog string
	// ControllerManager also runs garbage collection, namespace deletion, default service accounts, aggregated
	// cluster roles and the type check of validating admission policies.
	ControllerManager bool
	// Durable makes etcd sync its data to disk, so that it survives a power cut and not only the end of a process.
	Durable bool
	// Clock says when certificates begin, end and are renewed. Nil: the wall clock.
	Clock clock.PassiveClock
}

// Box is a running control plane.
type Box struct {
	options   Options
	dir       string
	temporary bool
	lock      *os.File
	assets    string
	port      *port
	pki       *authority
	admin     *rest.Config

	etcd, apiServer, controllerManager *process

	users sync.Map // key of name and groups → func() (*rest.Config, error), run once
	stop  func() error
}

// startTimeout is how long a control plane may take; on an idle machine it needs a tenth of it.
const startTimeout = 2 * time.Minute

// Start brings up a control plane and returns once its API server reports that it is ready. ctx bounds the start only;
// the box then runs until [Box.Stop] or the end of this process. Two boxes cannot share a directory.
func Start(ctx context.Context, o Options) (*Box, error) {
	if o.Clock == nil {
		o.Clock = clock.RealClock{}
	}
	b := &Box{options: o}
	b.stop = sync.OnceValue(b.shutDown)
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := b.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start the box: %w", err), b.Stop())
	}
	return b, nil
}

func (b *Box) start(ctx context.Context) (err error) {
	if b.assets, err = FindAssets(b.options.Assets, b.options.ControllerManager); err != nil {
		return err
	}
	if err = b.openDir(); err != nil {
		return err
	}
	if b.port, err = reservePort(b.path("ports.json")); err != nil {
		return err
	}
	if b.pki, err = openAuthority(b.path("pki"), b.options.Clock); err != nil {
		return err
	}
	if b.admin, err = b.User(adminUser, adminGroup); err != nil {
		return err
	}
	if err = b.WriteKubeconfig(b.Kubeconfig(), adminUser, adminGroup); err != nil {
		return err
	}
	if err = b.prepare(); err != nil {
		return err
	}
	if err = b.StartEtcd(ctx); err != nil {
		return err
	}
	if err = b.StartAPIServer(ctx); err != nil {
		return err
	}
	if err = b.waitForDefaultNamespace(ctx); err != nil {
		return err
	}
	if b.controllerManager != nil {
		return b.StartControllerManager()
	}
	return nil
}

// Ended waits until one of the programs ends without having been told to, and says which; nil when ctx ends before. A
// program that was stopped when Ended was called is not waited for.
func (b *Box) Ended(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 3)
	for _, p := range []*process{b.etcd, b.apiServer, b.controllerManager} {
		life := p.life()
		if life == nil {
			continue
		}
		go func() {
			select {
			case <-life:
				ended <- p.exited()
			case <-ctx.Done():
			}
		}()
	}
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return nil
	}
}

// Stop ends all processes, politely at first, and removes the directory if it was a temporary one. It takes less
// than five seconds, unless the kernel needs long to end a process, and may be called more than once.
func (b *Box) Stop() error { return b.stop() }

func (b *Box) shutDown() error {
	var errs []error
	grace := stopGrace
	if b.temporary {
		grace = 0 // nobody will read what a polite end would still write
	}
	// Whoever writes ends before the one it writes to.
	var writers sync.WaitGroup
	results := make([]error, 2)
	for i, p := range []*process{b.controllerManager, b.apiServer} {
		if p != nil {
			writers.Go(func() { results[i] = p.stop(grace) })
		}
	}
	writers.Wait()
	errs = append(errs, results...)
	if b.etcd != nil {
		errs = append(errs, b.etcd.stop(grace))
	}
	if b.port != nil {
		errs = append(errs, b.port.release())
	}
	if b.temporary {
		errs = append(errs, os.RemoveAll(b.dir))
	}
	if b.lock != nil {
		errs = append(errs, b.lock.Close())
	}
	return errors.Join(errs...)
}

// Config returns the administrator's configuration (group system:masters), without client-side rate limits.
func (b *Box) Config() *rest.Config { return rest.CopyConfig(b.admin) }

// User returns the configuration of a user with these groups, identified by a client certificate of the box's own
// authority. The user exists by having it; RBAC says what it may do, which is nothing at first. Asked again for the
// same user it gives the same certificate.
func (b *Box) User(name string, groups ...string) (*rest.Config, error) {
	groups = slices.Clone(groups)
	slices.Sort(groups)
	key := strings.Join(append([]string{name}, groups...), "\x00")
	once, _ := b.users.LoadOrStore(key, sync.OnceValues(func() (*rest.Config, error) {
		pair, err := b.pki.client(name, groups)
		if err != nil {
			return nil, fmt.Errorf("certificate of user %q: %w", name, err)
		}
		return &rest.Config{
			Host: b.port.url(),
			TLSClientConfig: rest.TLSClientConfig{
				CAData:   b.pki.ca.certPEM,
				CertData: pair.certPEM,
				KeyData:  pair.keyPEM,
			},
			QPS: -1,
			// Nothing gets shorter on the way within one machine.
			DisableCompression: true,
		}, nil
	}))
	config, err := once.(func() (*rest.Config, error))()
	if err != nil {
		return nil, err
	}
	return rest.CopyConfig(config), nil
}

// Kubeconfig is the path of the administrator's kubeconfig.
func (b *Box) Kubeconfig() string { return b.path("admin.kubeconfig") }

// Dir is where the box keeps its state.
func (b *Box) Dir() string { return b.dir }

// Program is the path of one of the programs the box was built with: kubectl, for one.
func (b *Box) Program(name string) string { return filepath.Join(b.assets, name) }

// StartEtcd starts etcd, again after [Box.StopEtcd], on the same port and data, and returns when it serves.
func (b *Box) StartEtcd(ctx context.Context) error {
	if err := b.etcd.start(); err != nil {
		return err
	}
	return b.etcd.ready(ctx)
}

// StopEtcd stops etcd and leaves the rest running: the API server stays up and can neither read nor write.
func (b *Box) StopEtcd() error { return b.etcd.stop(stopGrace) }

// StartAPIServer starts the API server, again after [Box.StopAPIServer], on the same port, and returns when it is ready.
func (b *Box) StartAPIServer(ctx context.Context) error {
	if err := b.apiServer.start(); err != nil {
		return err
	}
	return b.apiServer.ready(ctx)
}

// StopAPIServer stops the API server and leaves the rest running: clients find their connection refused.
func (b *Box) StopAPIServer() error { return b.apiServer.stop(stopGrace) }

// StartControllerManager starts the controller manager, again after [Box.StopControllerManager]. It looks for new kinds
// every 30 seconds; stopping and starting it makes it collect the garbage of kinds just installed within a few.
func (b *Box) StartControllerManager() error { return b.controllerManager.start() }

// StopControllerManager stops the controller manager and leaves the rest running: nothing is collected any more.
func (b *Box) StopControllerManager() error { return b.controllerManager.stop(stopGrace) }

func (b *Box) path(name ...string) string { return filepath.Join(append([]string{b.dir}, name...)...) }

// openDir makes the directory, or a temporary one, this box's own.
func (b *Box) openDir() (err error) {
	if b.options.Dir == "" {
		b.temporary = true
		sweepTemporary()
		b.dir, err = os.MkdirTemp("", temporaryPrefix)
	} else {
		b.dir, err = filepath.Abs(b.options.Dir)
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(b.path("logs"), 0o700); err != nil {
		return err
	}
	if err := os.Chmod(b.dir, 0o700); err != nil { // etcd's socket has no other lock
		return err
	}
	if b.lock, err = lockFile(b.path("lock")); err != nil {
		return fmt.Errorf("directory %s: %w", b.dir, err)
	}
	return nil
}

const temporaryPrefix = "tocsin-box-"

// sweepTemporary removes the directories of temporary boxes whose process was killed before it could do so itself.
// Those of living boxes are locked; one just being made has no certificates yet.
func sweepTemporary() {
	found, _ := filepath.Glob(filepath.Join(os.TempDir(), temporaryPrefix+"*", "pki"))
	for _, pki := range found {
		dir := filepath.Dir(pki)
		lock, err := lockFile(filepath.Join(dir, "lock"))
		if err != nil {
			continue
		}
		_ = os.RemoveAll(dir) // a leftover that stays does no harm
		_ = lock.Close()
	}
}

// poll tries until it succeeds, the context ends or the process whose readiness it is gives up.
func poll(ctx context.Context, p *process, what string, try func(context.Context) error) error {
	var last error
	err := wait.PollUntilContextCancel(ctx, 20*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		if err := p.exited(); err != nil {
			return false, err
		}
		last = try(ctx)
		return last == nil, nil
	})
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w\n%s", what, errors.Join(ctx.Err(), last), p.lastLines())
	default:
		return fmt.Errorf("%s: %w\n%s", what, err, p.lastLines())
	}
}
