package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/internal/box"
	"tocsin.dev/tocsin/internal/install"
	"tocsin.dev/tocsin/internal/notice/receivers"
	"tocsin.dev/tocsin/internal/operator"
)

// signingKey signs the webhooks of the measurement; it protects nothing.
const signingKey = "whsec_dG9jc2luLW1lYXN1cmVtZW50LXNpZ25pbmcta2V5"

// stage is what is measured on: a control plane with Tocsin installed, a webhook receiver, and the program of the manager.
type stage struct {
	box     *box.Box
	hook    *receivers.Webhook
	admin   client.Client
	dir     string
	program string
	clock   clock.Clock
	out     io.Writer
}

// setUp starts all but the manager.
func setUp(ctx context.Context, c clock.Clock, out io.Writer) (_ *stage, err error) {
	s := &stage{clock: c, out: out}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.dir, err = os.MkdirTemp("", "tocsin-bench-"); err != nil {
		return nil, err
	}
	s.say("building the manager")
	s.program = filepath.Join(s.dir, "manager")
	build := exec.CommandContext(ctx, "go", "build", "-o", s.program, "tocsin.dev/tocsin/cmd/manager")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("build the manager: %w", err)
	}
	s.say("starting etcd and kube-apiserver")
	if s.box, err = box.Start(ctx, box.Options{Dir: filepath.Join(s.dir, "box"), AuditLog: s.auditLog()}); err != nil {
		return nil, err
	}
	if err := install.Install(ctx, s.box.Config(), install.Options{BindGroups: true}); err != nil {
		return nil, err
	}
	if err := install.WaitForAdmission(ctx, s.box.Config()); err != nil {
		return nil, err
	}
	if s.hook, err = receivers.StartWebhook("127.0.0.1:0", signingKey, receivers.WebhookOptions{Clock: c}); err != nil {
		return nil, err
	}
	s.admin, err = connect(s.box.Config())
	return s, err
}

func (s *stage) say(what string) { fmt.Fprintln(s.out, "·", what) }

func (s *stage) auditLog() string { return filepath.Join(s.dir, "audit.log") }

func (s *stage) close() error {
	var errs []error
	if s.hook != nil {
		errs = append(errs, s.hook.Close())
	}
	if s.box != nil {
		errs = append(errs, s.box.Stop())
	}
	if s.dir != "" {
		errs = append(errs, os.RemoveAll(s.dir))
	}
	return errors.Join(errs...)
}

func connect(cfg *rest.Config) (client.WithWatch, error) {
	return client.NewWithWatch(cfg, client.Options{Scheme: operator.Scheme})
}

// as is a client of a user with these groups.
func (s *stage) as(user string, groups ...string) (client.WithWatch, error) {
	cfg, err := s.box.User(user, groups...)
	if err != nil {
		return nil, err
	}
	return connect(cfg)
}

// asManager is a client with the name and the rights of the manager, for the bare client's writes.
func (s *stage) asManager() (client.WithWatch, error) {
	return s.as(install.ManagerUser, managerGroups...)
}

var managerGroups = []string{"system:serviceaccounts", "system:serviceaccounts:" + install.Namespace}

// furnish makes a namespace with the policy that is measured.
func (s *stage) furnish(ctx context.Context, namespace string) error {
	if err := s.admin.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}); err != nil {
		return err
	}
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "pager-key"}, Data: map[string][]byte{"signingKey": []byte(signingKey)}}
	if err := s.admin.Create(ctx, secret); err != nil {
		return err
	}
	for _, text := range documents(fmt.Sprintf(policy, s.hook.URL)) {
		obj := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(text), &obj.Object); err != nil {
			return fmt.Errorf("the policy of the measurement: %w", err)
		}
		obj.SetNamespace(namespace)
		if err := s.admin.Create(ctx, obj); err != nil {
			return fmt.Errorf("create %s %s: %w", obj.GetKind(), obj.GetName(), err)
		}
	}
	return nil
}
