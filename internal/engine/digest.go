package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// RemedyDigest is what the approval of a remedy is bound to: the digest of what is offered, not of who wrote it, so that
// the same words are approved once. Empty without a remedy.
func RemedyDigest(remedy *v1alpha1.Remedy) string {
	if remedy == nil {
		return ""
	}
	words := *remedy
	words.By = ""
	data, err := json.Marshal(words)
	if err != nil {
		return "" // a struct of texts and numbers can always be written
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
