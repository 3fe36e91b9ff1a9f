package timeline

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Checkpoint says, signed, how far a record's timeline had come at a moment. Kept where whoever can write the record
// cannot, it shows when the whole chain was written anew.
type Checkpoint struct {
	// Record is kind, namespace and name of the record in any form; UID is the record's UID.
	Record string `json:"record"`
	UID    string `json:"uid"`
	// Length and Head are those of the timeline.
	Length int64  `json:"length"`
	Head   string `json:"head"`
	// At is when the checkpoint was taken, in whole seconds.
	At time.Time `json:"at"`
	// Signature is the Ed25519 signature over the other fields, base64.
	Signature string `json:"signature,omitempty"`
}

// Sign is c with At cut to whole seconds in UTC and the signature set; without a signature, which Verify refuses, when
// key is not an Ed25519 key.
func Sign(key ed25519.PrivateKey, c Checkpoint) Checkpoint {
	c.At = c.At.UTC().Truncate(time.Second)
	c.Signature = ""
	if len(key) == ed25519.PrivateKeySize {
		c.Signature = base64.StdEncoding.EncodeToString(ed25519.Sign(key, c.message()))
	}
	return c
}

// Verify is whether c was signed with the key that belongs to pub and not changed since.
func (c Checkpoint) Verify(pub ed25519.PublicKey) bool {
	signature, err := base64.StdEncoding.DecodeString(c.Signature)
	asWritten := err == nil && base64.StdEncoding.EncodeToString(signature) == c.Signature
	return asWritten && len(pub) == ed25519.PublicKeySize && ed25519.Verify(pub, c.message(), signature)
}

// Check compares the timeline of the same record, all entries, with the checkpoint: nil when it still has the entry
// that was the newest then. It says nothing about the signature and the rest of the chain; see the two Verify.
func (c Checkpoint) Check(entries []v1alpha1.TimelineEntry) []Finding {
	var v verifier
	at := c.At.UTC().Format(time.RFC3339)
	switch {
	case c.Length == 0:
	case c.Length < 0 || c.Length > int64(len(entries)):
		v.found(int64(len(entries))+1, "at %s the timeline had %d entries, now it has %d", at, c.Length, len(entries))
	case entries[c.Length-1].Hash != c.Head:
		v.found(c.Length, "entry %d is not the one that was signed at %s: the timeline was rewritten", c.Length, at)
	}
	return v.findings
}

func (c Checkpoint) message() []byte {
	return join(checkpointPurpose, c.Record, c.UID, decimal(c.Length), c.Head, c.At.UTC().Format(time.RFC3339Nano))
}

// EncodeCheckpoint writes c as one line of JSON, ended by a line feed, to be added to a file.
func EncodeCheckpoint(c Checkpoint) (string, error) {
	line, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("checkpoint of %s: %w", c.Record, err)
	}
	return string(line) + "\n", nil
}

// DecodeCheckpoint reads a line that EncodeCheckpoint wrote. It does not verify the signature.
func DecodeCheckpoint(line string) (Checkpoint, error) {
	var c Checkpoint
	if err := json.Unmarshal([]byte(line), &c); err != nil {
		return Checkpoint{}, fmt.Errorf("not a checkpoint: %w", err)
	}
	return c, nil
}
