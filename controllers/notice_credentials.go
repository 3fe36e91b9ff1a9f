package controllers

import (
	"context"
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice"
)

// credentialCache keeps the Secrets of channels, a handful, each as long as the metadata of the Secret says that it is
// the same. Contacts of complainants are never kept. The zero value is ready.
type credentialCache struct {
	mu     sync.Mutex
	byName map[types.NamespacedName]notice.Credentials
}

// channelSecret reads what a channel needs. A block says which Secret or key is missing.
func (r *NoticeReconciler) channelSecret(ctx context.Context, ch *v1alpha1.NoticeChannel) (notice.Credentials, *notice.Blocked, error) {
	name := notice.SecretName(&ch.Spec)
	if name == "" {
		return notice.Credentials{}, nil, nil
	}
	key := types.NamespacedName{Namespace: ch.Namespace, Name: name}
	c, err := r.readCredentials(ctx, key)
	if apierrors.IsNotFound(err) {
		return c, channelNotReady(ch.Name, missingSecret(name)), nil
	} else if err != nil {
		return c, nil, err
	}
	if lack := notice.CheckSecret(&ch.Spec, c.Data); lack != "" {
		return c, channelNotReady(ch.Name, lack), nil
	}
	return c, nil, nil
}

func (r *NoticeReconciler) readCredentials(ctx context.Context, key types.NamespacedName) (notice.Credentials, error) {
	meta := secretMetadata()
	if err := r.Get(ctx, key, meta); err != nil && !apierrors.IsNotFound(err) {
		return notice.Credentials{}, err
	}
	r.credentials.mu.Lock()
	kept, ok := r.credentials.byName[key]
	r.credentials.mu.Unlock()
	if ok && kept.Version == version(meta) {
		return kept, nil
	}
	secret := &corev1.Secret{}
	if err := r.APIReader.Get(ctx, key, secret); err != nil {
		return notice.Credentials{}, err
	}
	c := notice.Credentials{Version: version(secret), Data: secret.Data}
	r.credentials.mu.Lock()
	defer r.credentials.mu.Unlock()
	if r.credentials.byName == nil {
		r.credentials.byName = map[types.NamespacedName]notice.Credentials{}
	}
	r.credentials.byName[key] = c
	return c, nil
}

func version(o metav1.Object) string { return string(o.GetUID()) + "/" + o.GetResourceVersion() }

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
