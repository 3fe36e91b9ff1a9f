package timeline

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// What a digest or signature is about stands at its front, so that none can pass for another.
const (
	commitmentPurpose = "tocsin/timeline/commitment/v1"
	entryPurpose      = "tocsin/timeline/entry/v1"
	checkpointPurpose = "tocsin/timeline/checkpoint/v1"
)

// commitment is the commitment to an entry's content: of an erased one the stored one, of any other it follows from salt
// and content. A salt that is not hex counts as written: it fits no entry that Append made.
func commitment(e v1alpha1.TimelineEntry) string {
	if e.Salt == "" {
		return e.Commitment
	}
	return committed(e)
}

func committed(e v1alpha1.TimelineEntry) string {
	salt, err := hex.DecodeString(e.Salt)
	if err != nil || hex.EncodeToString(salt) != e.Salt {
		salt = []byte(e.Salt)
	}
	return digest(commitmentPurpose, string(salt), e.Step, decimal(int64(e.Round)), string(e.Actor), e.Text)
}

func hash(before string, e v1alpha1.TimelineEntry) string {
	at := e.At.UTC().Format(time.RFC3339)
	return digest(entryPurpose, before, decimal(e.Seq), at, string(e.Type), e.Step, decimal(int64(e.Round)), commitment(e))
}

func digest(fields ...string) string {
	sum := sha256.Sum256(join(fields...))
	return hex.EncodeToString(sum[:])
}

// join puts fields one after the other, each behind its length, so that it shows where one ends.
func join(fields ...string) []byte {
	var out []byte
	for _, f := range fields {
		out = binary.BigEndian.AppendUint64(out, uint64(len(f)))
		out = append(out, f...)
	}
	return out
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
