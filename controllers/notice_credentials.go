package controllers

import (
	"context"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice"
)

// secretsKept is how long the credentials of a channel are used before they are read again: a burst of notices reads
// them once, and a changed password is taken up within that time.
const secretsKept = 10 * time.Second

// recentSecrets holds the credentials of channels read within secretsKept. The zero value is ready.
type recentSecrets struct {
	mu   sync.Mutex
	read map[types.NamespacedName]recentSecret
}

type recentSecret struct {
	at          time.Time
	credentials notice.Credentials
}

func (s *recentSecrets) get(key types.NamespacedName, now time.Time) (notice.Credentials, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.read[key]
	if !ok || now.Sub(found.at) >= secretsKept || now.Before(found.at) {
		delete(s.read, key)
		return notice.Credentials{}, false
	}
	return found.credentials, true
}

func (s *recentSecrets) put(key types.NamespacedName, now time.Time, c notice.Credentials) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.read == nil {
		s.read = map[types.NamespacedName]recentSecret{}
	}
	s.read[key] = recentSecret{at: now, credentials: c}
}

// channelSecret reads what a channel needs, past the cache. A block says which Secret or key is missing.
func (r *NoticeReconciler) channelSecret(ctx context.Context, ch *v1alpha1.NoticeChannel) (notice.Credentials, *notice.Blocked, error) {
	name := notice.SecretName(&ch.Spec)
	if name == "" {
		return notice.Credentials{}, nil, nil
	}
	key, now := types.NamespacedName{Namespace: ch.Namespace, Name: name}, r.Clock.Now()
	if c, ok := r.secrets.get(key, now); ok {
		return c, nil, nil
	}
	c, err := readCredentials(ctx, r.APIReader, ch.Namespace, name)
	if apierrors.IsNotFound(err) {
		return c, channelNotReady(ch.Name, missingSecret(name)), nil
	} else if err != nil {
		return c, nil, err
	}
	if lack := notice.CheckSecret(&ch.Spec, c); lack != "" {
		return c, channelNotReady(ch.Name, lack), nil
	}
	r.secrets.put(key, now, c)
	return c, nil, nil
}

func readCredentials(ctx context.Context, reader client.Reader, namespace, name string) (notice.Credentials, error) {
	secret := &corev1.Secret{}
	err := reader.Get(ctx, types.NamespacedName{Namespace: namespace, Name: name}, secret)
	return notice.Credentials{Version: string(secret.UID) + "/" + secret.ResourceVersion, Type: string(secret.Type), Data: secret.Data}, err
}

// secretMetadata is a Secret without its content, which is all that is watched.
func secretMetadata() *metav1.PartialObjectMetadata {
	m := &metav1.PartialObjectMetadata{}
	m.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	return m
}

func missingSecret(name string) string { return fmt.Sprintf("there is no Secret %q; create it", name) }

func channelNotReady(channel, lack string) *notice.Blocked {
	return &notice.Blocked{Reason: notice.ReasonChannelNotReady, Message: fmt.Sprintf("NoticeChannel %q: %s", channel, lack)}
}
