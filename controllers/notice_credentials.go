package controllers

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice"
)

// channelSecret reads what a channel needs, past the cache and each time: Secrets are kept nowhere. A block says which
// Secret or key is missing.
func (r *NoticeReconciler) channelSecret(ctx context.Context, ch *v1alpha1.NoticeChannel) (notice.Credentials, *notice.Blocked, error) {
	name := notice.SecretName(&ch.Spec)
	if name == "" {
		return notice.Credentials{}, nil, nil
	}
	c, err := readCredentials(ctx, r.APIReader, ch.Namespace, name)
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

func readCredentials(ctx context.Context, reader client.Reader, namespace, name string) (notice.Credentials, error) {
	secret := &corev1.Secret{}
	err := reader.Get(ctx, types.NamespacedName{Namespace: namespace, Name: name}, secret)
	return notice.Credentials{Version: string(secret.UID) + "/" + secret.ResourceVersion, Data: secret.Data}, err
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
