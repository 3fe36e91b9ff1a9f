package cli

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/timeline"
)

// Where the manager keeps the signed checkpoints and the public half of the key it signs with.
const (
	systemNamespace     = "tocsin-system"
	checkpointLabel     = "crisis.tocsin.dev/checkpoints"
	checkpointPublicKey = "tocsin-checkpoint-public-key"
)

// checkpoints compares the entries of the record with that UID with every checkpoint taken of it. The note says why
// there was nothing to compare with.
func (c *cluster) checkpoints(ctx context.Context, uid string, entries []v1alpha1.TimelineEntry) (checked int, findings []string, note string, err error) {
	public, note, err := c.publicKey(ctx)
	if err != nil || note != "" {
		return 0, nil, note, err
	}
	var books corev1.ConfigMapList
	err = c.List(ctx, &books, client.InNamespace(systemNamespace), client.HasLabels{checkpointLabel})
	if apierrors.IsForbidden(err) {
		return 0, nil, "checkpoints were not compared: " + refusal(err), nil
	}
	if err != nil {
		return 0, nil, "", fmt.Errorf("list the checkpoints: %w", err)
	}
	for _, book := range books.Items {
		for key, text := range book.Data {
			for line := range strings.Lines(text) {
				if strings.TrimSpace(line) == "" {
					continue
				}
				point, problem := timeline.DecodeCheckpoint(line)
				if problem != nil {
					findings = append(findings, fmt.Sprintf("ConfigMap %s/%s, key %s: %v", systemNamespace, book.Name, key, problem))
					continue
				}
				if point.UID != uid {
					continue
				}
				checked++
				if !point.Verify(public) {
					findings = append(findings, fmt.Sprintf("ConfigMap %s/%s: the checkpoint of entry %d is not signed with the published key", systemNamespace, book.Name, point.Length))
					continue
				}
				for _, f := range point.Check(entries) {
					findings = append(findings, "checkpoint: "+f.Message)
				}
			}
		}
	}
	return checked, findings, "", nil
}

// publicKey reads the key that checkpoints are signed with; the note says why there is none to be had.
func (c *cluster) publicKey(ctx context.Context) (public ed25519.PublicKey, note string, err error) {
	var cm corev1.ConfigMap
	err = c.Get(ctx, client.ObjectKey{Namespace: systemNamespace, Name: checkpointPublicKey}, &cm)
	switch {
	case apierrors.IsNotFound(err):
		return nil, fmt.Sprintf("checkpoints were not compared: there is no ConfigMap %s/%s", systemNamespace, checkpointPublicKey), nil
	case apierrors.IsForbidden(err):
		return nil, "checkpoints were not compared: " + refusal(err), nil
	case err != nil:
		return nil, "", fmt.Errorf("read the key of the checkpoints: %w", err)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(cm.Data["publicKey"]))
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil, "", fmt.Errorf("ConfigMap %s/%s: key publicKey holds no Ed25519 public key in base64", systemNamespace, checkpointPublicKey)
	}
	return key, "", nil
}
