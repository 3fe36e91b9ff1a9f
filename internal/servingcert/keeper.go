package servingcert

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// lookEvery is how often a replica looks what the Secret holds.
const lookEvery = 30 * time.Second

// Keeper keeps the certificate of the webhook. It is a manager.Runnable, in every replica.
type Keeper struct {
	// Client reads past any cache, and writes.
	Client client.Client
	// Clock says when certificates begin, are renewed and end.
	Clock clock.Clock
	// Secret holds the certificate.
	Secret types.NamespacedName
	// Configuration is the name of the ValidatingWebhookConfiguration whose webhooks are served.
	Configuration string
	// Names are the host names and IP addresses under which the API server calls.
	Names []string
	// Leads says whether this replica leads and may write; Elected is closed once it does.
	Leads   func() bool
	Elected <-chan struct{}

	shown atomic.Pointer[tls.Certificate]
	// last is the last fault that was logged; the same one is not logged again and again.
	last string
}

// NeedLeaderElection says that a replica that stands by serves as well.
func (k *Keeper) NeedLeaderElection() bool { return false }

// Start looks after the certificate until the context ends.
func (k *Keeper) Start(ctx context.Context) error {
	elected := k.Elected
	for {
		k.look(ctx)
		timer := k.Clock.NewTimer(lookEvery)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-elected:
			elected = nil
		case <-timer.C():
		}
		timer.Stop()
	}
}

func (k *Keeper) look(ctx context.Context) {
	err := k.tend(ctx)
	switch {
	case err == nil:
		k.last = ""
	case ctx.Err() != nil, apierrors.IsConflict(err), err.Error() == k.last:
	default:
		k.last = err.Error()
		log.FromContext(ctx).Error(err, "The certificate of the webhook is not looked after; as long as no good one is shown, the API server takes policies unjudged")
	}
}

// tend brings what is shown, the Secret and the webhook configuration up to date, by one step.
func (k *Keeper) tend(ctx context.Context) error {
	var secret corev1.Secret
	err := k.Client.Get(ctx, k.Secret, &secret)
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("read Secret %s: %w", k.Secret, err)
	}
	found, now := err == nil, k.Clock.Now()
	m, unusable := read(secret.Data)
	if unusable == nil {
		unusable = m.usable(k.Names, now)
	}
	if !k.Leads() {
		if unusable != nil {
			return fmt.Errorf("the Secret %s holds no certificate that could be shown, and the replica that leads makes one: %w", k.Secret, unusable)
		}
		return k.show(m)
	}
	var config admissionv1.ValidatingWebhookConfiguration
	if err := k.Client.Get(ctx, client.ObjectKey{Name: k.Configuration}, &config); err != nil {
		return errors.Join(fmt.Errorf("read ValidatingWebhookConfiguration %s: %w", k.Configuration, err), k.showIf(unusable == nil, m))
	}
	was := m
	if unusable != nil {
		m, err = newMaterial(k.Names, now)
	} else {
		m, err = m.turn(k.Names, now, announced(&config, m))
	}
	if err != nil {
		return fmt.Errorf("make a certificate: %w", err)
	}
	if m != was {
		if found && unusable != nil {
			log.FromContext(ctx).Info("The certificate of the webhook is made anew: what the Secret held cannot be shown", "secret", k.Secret.String(), "why", unusable.Error())
		}
		if err := k.write(ctx, &secret, found, m); err != nil {
			return errors.Join(fmt.Errorf("write Secret %s: %w", k.Secret, err), k.showIf(unusable == nil, was))
		}
	}
	if err := k.announce(ctx, &config, m); err != nil {
		return errors.Join(err, k.show(m))
	}
	return k.show(m)
}

func (k *Keeper) write(ctx context.Context, secret *corev1.Secret, found bool, m *material) error {
	secret.Data = m.write()
	if found {
		return k.Client.Update(ctx, secret)
	}
	secret.ObjectMeta = metav1.ObjectMeta{Namespace: k.Secret.Namespace, Name: k.Secret.Name, Labels: map[string]string{"app.kubernetes.io/part-of": "tocsin"}}
	secret.Type = corev1.SecretTypeTLS
	return k.Client.Create(ctx, secret)
}

// announced is whether the API server was told to trust the authorities of m and no others.
func announced(config *admissionv1.ValidatingWebhookConfiguration, m *material) bool {
	for i := range config.Webhooks {
		if !bytes.Equal(config.Webhooks[i].ClientConfig.CABundle, encodeRoots(m.roots)) {
			return false
		}
	}
	return true
}

// announce tells the API server whom to trust.
func (k *Keeper) announce(ctx context.Context, config *admissionv1.ValidatingWebhookConfiguration, m *material) error {
	if announced(config, m) {
		return nil
	}
	type change struct {
		Op    string `json:"op"`
		Path  string `json:"path"`
		Value any    `json:"value"`
	}
	changes := []change{{"test", "/metadata/resourceVersion", config.ResourceVersion}}
	for i := range config.Webhooks {
		changes = append(changes, change{"add", fmt.Sprintf("/webhooks/%d/clientConfig/caBundle", i), encodeRoots(m.roots)})
	}
	patch, err := json.Marshal(changes)
	if err != nil {
		return err
	}
	if err := k.Client.Patch(ctx, config, client.RawPatch(types.JSONPatchType, patch)); err != nil {
		return fmt.Errorf("tell the API server in ValidatingWebhookConfiguration %s whom to trust: %w", k.Configuration, err)
	}
	return nil
}

func (k *Keeper) showIf(usable bool, m *material) error {
	if !usable {
		return nil
	}
	return k.show(m)
}

func (k *Keeper) show(m *material) error {
	certificate, err := m.current.tls()
	if err == nil {
		k.shown.Store(certificate)
	}
	return err
}

// Certificate is what a server shows: a tls.Config's GetCertificate.
func (k *Keeper) Certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	if shown := k.shown.Load(); shown != nil {
		return shown, nil
	}
	return nil, errors.New("there is no certificate yet")
}

// Ready is a healthz.Checker: there is a certificate to show.
func (k *Keeper) Ready(*http.Request) error {
	_, err := k.Certificate(nil)
	return err
}
