// Package platform is a control plane with Tocsin installed on it, which the tests of a package share. No manager runs.
package platform

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/box"
	"tocsin.dev/tocsin/internal/install"
)

// Options says what the tests of a package need besides an API server.
type Options struct {
	// ControllerManager is what it is of [box.Options].
	ControllerManager bool
	// TimeLapse is what it is of [install.Options]: the clock of the tests jumps.
	TimeLapse bool
}

// Platform is a running control plane with CRDs, rights, admission policies and a ClusterRole for the group of each persona.
type Platform struct {
	*box.Box
	// Admin may do everything.
	Admin client.WithWatch
}

// auditLog is the name of the audit log.
const auditLog = "audit.log"

// AuditLog is the file in which the API server notes every request.
func (p *Platform) AuditLog() string { return filepath.Join(p.Dir(), auditLog) }

// Run is what a TestMain does: it starts a platform, puts it into shared, runs the tests and stops it. It returns the exit
// code, and prints why there was nothing to run on.
func Run(shared **Platform, o Options, tests func() (code int, err error)) int {
	p, err := Start(o)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	*shared = p
	code, err := tests()
	if err = errors.Join(err, p.Stop()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// Start starts a control plane and installs Tocsin. Every admission policy is in force when it returns.
func Start(o Options) (_ *Platform, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	b, err := box.Start(ctx, box.Options{ControllerManager: o.ControllerManager, AuditLog: auditLog})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.Stop())
		}
	}()
	p := &Platform{Box: b}
	if err = install.Install(ctx, p.Config(), install.Options{TimeLapse: o.TimeLapse, BindGroups: true}); err != nil {
		return nil, err
	}
	scheme := runtime.NewScheme()
	if err = errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return nil, err
	}
	if p.Admin, err = client.NewWithWatch(p.Config(), client.Options{Scheme: scheme}); err != nil {
		return nil, err
	}
	manager, err := p.User(install.ManagerUser)
	if err != nil {
		return nil, err
	}
	if err = install.WaitForAdmission(ctx, manager); err != nil {
		return nil, err
	}
	return p, install.WaitForFilling(ctx, manager)
}

// As is a client of a user in these groups.
func (p *Platform) As(user string, groups ...string) (client.WithWatch, error) {
	cfg, err := p.User(user, groups...)
	if err != nil {
		return nil, err
	}
	return client.NewWithWatch(cfg, client.Options{Scheme: p.Admin.Scheme(), Mapper: p.Admin.RESTMapper()})
}

// Objects are the objects of a YAML text.
func Objects(text []byte) ([]*unstructured.Unstructured, error) {
	var all []*unstructured.Unstructured
	for decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096); ; {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(&object.Object)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		if len(object.Object) > 0 {
			all = append(all, object)
		}
	}
}
