package demo

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/box"
	"tocsin.dev/tocsin/internal/install"
	"tocsin.dev/tocsin/internal/notice/receivers"
	"tocsin.dev/tocsin/internal/operator"
	"tocsin.dev/tocsin/playbooks"
)

// Groups and users of the platform. What a group may do is in config/rbac.
const (
	GroupResponders   = "tocsin:responders"
	GroupIntake       = "tocsin:intake"
	GroupPolicyOwners = "tocsin:policy-owners"
	UserIntake        = "intake.desk@example.com"
	UserPolicyOwner   = "policy.owner@example.com"
)

// StageOptions says what kind of platform to set up.
type StageOptions struct {
	Box       box.Options
	TimeLapse bool
	// Namespace gets the pack service-recovery.
	Namespace string
	// More are further packs by namespace. Default: none.
	More  map[string]string
	Clock clock.Clock
	// Real is the machine's clock: certificates are valid in real time.
	Real clock.Clock
	// Entropy gives keys and passwords.
	Entropy io.Reader
	// Wrap wraps every client made here; nil: as they are.
	Wrap func(client.WithWatch) client.WithWatch
	// MailSink and HookSink get a line for each message; nil: none.
	MailSink, HookSink io.Writer
	// Kept is the file that remembers the receivers' ports, certificate and keys, so that what was copied from the channels
	// is right after a restart too. Default: none, they are new each time.
	Kept string
	// Say tells what is being done.
	Say func(string)
}

// Stage is the platform: a control plane with Tocsin and the packs installed, a mail server and a webhook receiver.
type Stage struct {
	Box       *box.Box
	Namespace string
	Mail      *receivers.SMTP
	Hook      *receivers.Webhook

	o       StageOptions
	mu      sync.Mutex
	clients map[v1alpha1.User]client.Client
}

// SetUp brings the platform up. Close takes it down again.
func SetUp(ctx context.Context, o StageOptions) (_ *Stage, err error) {
	s := &Stage{Namespace: o.Namespace, o: o, clients: map[v1alpha1.User]client.Client{}}
	defer func() {
		if err != nil {
			_ = s.Close()
		}
	}()
	o.Say("starting etcd and kube-apiserver")
	if s.Box, err = box.Start(ctx, o.Box); err != nil {
		return nil, err
	}
	o.Say("installing Tocsin: kinds, roles, admission policies")
	if err = install.Install(ctx, s.Box.Config(), install.Options{TimeLapse: o.TimeLapse, BindGroups: true}); err != nil {
		return nil, err
	}
	// The API server takes a second or two to heed the policies; the pack needs none of them. What fails ends the other.
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return install.WaitForAdmission(ctx, s.Box.Config()) })
	g.Go(func() error {
		o.Say("starting a mail server and a webhook receiver")
		secrets, err := s.startReceivers()
		if err != nil {
			return err
		}
		o.Say("applying the policy pack " + playbooks.ServiceRecovery)
		if err := s.applyPack(ctx, playbooks.ServiceRecovery, o.Namespace, secrets); err != nil {
			return err
		}
		for _, namespace := range slices.Sorted(maps.Keys(o.More)) {
			o.Say("applying the policy pack " + o.More[namespace])
			if err := s.applyPack(ctx, o.More[namespace], namespace, secrets); err != nil {
				return err
			}
		}
		return nil
	})
	return s, g.Wait()
}

// Close takes everything down.
func (s *Stage) Close() error {
	if s.Mail != nil {
		_ = s.Mail.Close()
	}
	if s.Hook != nil {
		_ = s.Hook.Close()
	}
	if s.Box != nil {
		return s.Box.Stop()
	}
	return nil
}

// Admin is a client that may do everything but what admission refuses.
func (s *Stage) Admin() (client.Client, error) { return s.wrapped("", nil) }

// Responder is the client of somebody who works on cases. Clients are kept, because each has a connection.
func (s *Stage) Responder(u v1alpha1.User) (client.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.clients[u]; c != nil {
		return c, nil
	}
	c, err := s.wrapped(string(u), []string{GroupResponders})
	if err == nil {
		s.clients[u] = c
	}
	return c, err
}

// Intake is the client that creates complaints.
func (s *Stage) Intake() (client.Client, error) { return s.wrapped(UserIntake, []string{GroupIntake}) }

func (s *Stage) wrapped(user string, groups []string) (client.Client, error) {
	cfg := s.Box.Config()
	if user != "" {
		var err error
		if cfg, err = s.Box.User(user, groups...); err != nil {
			return nil, err
		}
	}
	c, err := client.NewWithWatch(cfg, client.Options{Scheme: operator.Scheme})
	if err != nil || s.o.Wrap == nil {
		return c, err
	}
	return s.o.Wrap(c), nil
}

// applyPack applies a policy pack as its owner, with the channels pointing at the receivers. Where the namespace was there
// before, only the channels are: the rest may have been edited since.
func (s *Stage) applyPack(ctx context.Context, pack, namespace string, secrets []*corev1.Secret) error {
	admin, err := s.Admin()
	if err != nil {
		return err
	}
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
	err = admin.Create(ctx, ns)
	if client.IgnoreAlreadyExists(err) != nil {
		return err
	}
	again := apierrors.IsAlreadyExists(err)
	for _, secret := range secrets {
		secret = secret.DeepCopy()
		secret.Namespace = namespace
		if err := admin.Create(ctx, secret.DeepCopy()); apierrors.IsAlreadyExists(err) {
			err = admin.Update(ctx, secret)
			if err != nil {
				return err
			}
		} else if err != nil {
			return err
		}
	}
	owner, err := s.wrapped(UserPolicyOwner, []string{GroupPolicyOwners})
	if err != nil {
		return err
	}
	documents, err := playbooks.Documents(pack)
	if err != nil {
		return err
	}
	for _, d := range documents {
		obj := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(d.YAML, &obj.Object); err != nil {
			return fmt.Errorf("%s: %w", d.File, err)
		}
		obj.SetNamespace(namespace)
		if again && obj.GetKind() != "NoticeChannel" {
			continue
		}
		if err := s.point(obj); err != nil {
			return err
		}
		if err := owner.Apply(ctx, client.ApplyConfigurationFromUnstructured(obj), client.FieldOwner("policy"), client.ForceOwnership); err != nil {
			return fmt.Errorf("apply %s %s of the pack: %w", obj.GetKind(), obj.GetName(), err)
		}
	}
	return nil
}

// point puts the addresses of the receivers into a channel.
func (s *Stage) point(obj *unstructured.Unstructured) error {
	if obj.GetKind() != "NoticeChannel" {
		return nil
	}
	if _, ok, _ := unstructured.NestedMap(obj.Object, "spec", "email"); ok {
		if err := unstructured.SetNestedField(obj.Object, s.Mail.Host(), "spec", "email", "host"); err != nil {
			return err
		}
		return unstructured.SetNestedField(obj.Object, int64(s.Mail.Port()), "spec", "email", "port")
	}
	return unstructured.SetNestedField(obj.Object, s.Hook.URL, "spec", "webhook", "url")
}
