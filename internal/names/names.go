// Package names gives objects their names.
//
// A name follows from what the object is for and from nothing else, so that creating the same object a second time
// meets the first one. Every name is a DNS-1123 subdomain of at most 253 characters whose labels have at most 63.
//
// A name shows the record and the step it belongs to, which people read, and a digest of the rest. A digest of
// something easily guessed is no secret: personal data is never part of a name, not even hashed.
package names

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
)

const (
	maxName  = 253
	maxLabel = 63

	// childDigest and hashDigest are lengths in hex digits.
	childDigest = 8
	hashDigest  = 10

	// minStep is how much of a step stays readable beside a long record name.
	minStep = 20
)

// Child names an object that belongs to a step of a record: <record>-<step in lower case, dashed>-<8 hex digits>.
// The digits are a digest of record, step and parts; parts are what tells the object from its siblings (the run's
// UID, round, rung, slot…), never personal data. The same arguments give the same name, always; different ones
// different names, also where a long record or step had to be cut. An empty step is left out.
func Child(record, step string, parts ...string) string {
	digest := digest([]string{record, step}, parts)[:childDigest]

	base, slug := subdomain(record), label(step)
	last := len(base) - (strings.LastIndexByte(base, '.') + 1)
	if room := maxLabel - last - len("--") - childDigest; len(slug) > room {
		slug = cut(slug, max(room, minStep))
	}
	suffix := "-" + digest
	if slug != "" {
		suffix = "-" + slug + suffix
	}
	return attach(base, suffix)
}

// Hash is a digest of parts in 10 lower-case hex digits, for names and labels. The parts are kept apart: ("ab", "c")
// and ("a", "bc") differ.
func Hash(parts ...string) string {
	return digest(parts)[:hashDigest]
}

// Revision names the ControllerRevision that holds a playbook's closure: <playbook>-<first 10 digits of its digest>.
func Revision(playbook, digest string) string {
	if len(digest) > hashDigest {
		digest = digest[:hashDigest]
	}
	if digest = label(digest); digest != "" {
		digest = "-" + digest
	}
	return plain(playbook, digest)
}

// Segment names the ConfigMap that holds a record's older timeline entries: <record>-timeline-<n>.
func Segment(record string, n int32) string {
	return plain(record, "-timeline-"+strconv.Itoa(int(n)))
}

// Document names the ConfigMap that holds the text of a post-mortem: <postmortem>-document.
func Document(postmortem string) string {
	return plain(postmortem, "-document")
}

// digest is SHA-256 over the parts of all lists, each after its length.
func digest(lists ...[]string) string {
	var room [256]byte // what names are made from is shorter, nearly always
	text := room[:0]
	for _, parts := range lists {
		for _, p := range parts {
			text = binary.BigEndian.AppendUint64(text, uint64(len(p)))
			text = append(text, p...)
		}
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// plain is base and suffix as they are; where they do not fit together, a digest of base makes up for what is cut.
func plain(base, suffix string) string {
	clean := subdomain(base)
	if name := base + suffix; base != "" && base == clean && name == attach(base, suffix) {
		return name
	}
	return attach(clean, "-"+digest([]string{base})[:childDigest]+suffix)
}

// attach puts suffix behind base and cuts base where the name or its last label would be too long.
func attach(base, suffix string) string {
	base = cut(base, maxName-len(suffix))
	dot := strings.LastIndexByte(base, '.') + 1
	base = base[:dot] + cut(base[dot:], maxLabel-len(suffix))
	base = strings.TrimRight(base, "-.")
	if base == "" {
		return strings.TrimLeft(suffix, "-")
	}
	return base + suffix
}

// subdomain makes s a DNS-1123 subdomain; one that is stays as it is.
func subdomain(s string) string {
	if !strings.Contains(s, ".") {
		return cut(label(s), maxLabel)
	}
	var labels []string
	for l := range strings.SplitSeq(s, ".") {
		if l = cut(label(l), maxLabel); l != "" {
			labels = append(labels, l)
		}
	}
	return strings.Join(labels, ".")
}

// label writes s in lower-case letters, digits and single dashes: checkFacts becomes check-facts. Runs of dashes that
// are in s stay, so that a valid label is not changed.
func label(s string) string {
	if isLabel(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 4)
	var before byte
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'A' && c <= 'Z':
			if before >= 'a' && before <= 'z' || before >= '0' && before <= '9' {
				b.WriteByte('-')
			}
			b.WriteByte(c + 'a' - 'A')
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-':
			b.WriteByte(c)
		case before < 0x80:
			b.WriteByte('-')
		}
		before = c
	}
	return strings.Trim(b.String(), "-")
}

// isLabel is whether label leaves s as it is.
func isLabel(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return s == "" || s[0] != '-' && s[len(s)-1] != '-'
}

// cut shortens s to n bytes and leaves no dash or dot at its end.
func cut(s string, n int) string {
	if len(s) > n {
		s = s[:max(n, 0)]
	}
	return strings.TrimRight(s, "-.")
}
