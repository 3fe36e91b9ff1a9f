package timeline

import (
	"fmt"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Finding is something wrong with a timeline.
type Finding struct {
	// Seq is the entry it is about; one more than there are entries when the end is missing; 0 for the timeline as a whole.
	Seq int64
	// Message says what is wrong.
	Message string
}

// Verify checks the entries of a timeline, all of them, segments first, against each other and against t's head and
// length. It returns what is wrong, in the order of the entries; nil means that nothing was changed, dropped, moved or
// rewritten since it was appended. Erased entries are fine.
func Verify(entries []v1alpha1.TimelineEntry, t v1alpha1.Timeline) []Finding {
	var v verifier
	for _, e := range entries {
		v.entry(e)
	}
	v.end(t)
	return v.findings
}

// verifier goes along a chain.
type verifier struct {
	// seq and hash are those of the entry before.
	seq      int64
	hash     string
	findings []Finding
}

func (v *verifier) entry(e v1alpha1.TimelineEntry) {
	switch next := v.seq + 1; {
	case e.Seq == next+1:
		v.found(next, "entry %d is missing: entry %d comes after entry %d", next, e.Seq, v.seq)
	case e.Seq > next:
		v.found(next, "entries %d to %d are missing: entry %d comes after entry %d", next, e.Seq-1, e.Seq, v.seq)
	case e.Seq < next:
		v.found(e.Seq, "entry %d is out of order: it comes after entry %d", e.Seq, v.seq)
	case e.Hash != hash(v.hash, e): // where the entry before is another one, it cannot fit
		v.found(e.Seq, "entry %d does not fit the chain: what it says, its hash, or the hash before it was changed", e.Seq)
	}
	v.content(e)
	v.seq, v.hash = e.Seq, e.Hash
}

// content checks what stands beside the chain. Without a salt content cannot be checked, so there must be none; with
// one nobody needs a commitment, but where there is one it has to be the right one.
func (v *verifier) content(e v1alpha1.TimelineEntry) {
	switch erased := e.Salt == ""; {
	case erased && (e.Text != "" || e.Actor != ""):
		v.found(e.Seq, "entry %d has content but no salt: nobody can tell whether the content is the one it was appended with", e.Seq)
	case !erased && e.Commitment != "" && e.Commitment != committed(e):
		v.found(e.Seq, "entry %d has a commitment that its content does not fit", e.Seq)
	}
}

// end checks that the chain ends where t says.
func (v *verifier) end(t v1alpha1.Timeline) {
	switch missing := t.Length - v.seq; {
	case missing > 0:
		v.found(v.seq+1, "the timeline has %d entries, but the newest one found is entry %d", t.Length, v.seq)
	case missing < 0:
		v.found(v.seq, "the timeline has %d entries, but there is an entry %d", t.Length, v.seq)
	case t.Head != v.hash && v.seq == 0:
		v.found(0, "the timeline has no entries, but a head")
	case t.Head != v.hash:
		v.found(v.seq, "entry %d is not the head of the timeline: the newest entries or the head were rewritten", v.seq)
	}
}

func (v *verifier) found(seq int64, format string, args ...any) {
	v.findings = append(v.findings, Finding{Seq: seq, Message: fmt.Sprintf(format, args...)})
}
