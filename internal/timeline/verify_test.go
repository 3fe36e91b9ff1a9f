package timeline_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/timeline"
)

func TestVerifySays(t *testing.T) {
	other := chain(9)
	for _, c := range []struct {
		name string
		do   func(tl *v1alpha1.Timeline)
		want []string
	}{
		{"nothing", func(tl *v1alpha1.Timeline) {}, nil},
		{"text changed", func(tl *v1alpha1.Timeline) { tl.Entries[1].Text = "Nothing happened." }, []string{
			"2: entry 2 does not fit the chain: what it says, its hash, or the hash before it was changed",
		}},
		{"commitment added", func(tl *v1alpha1.Timeline) { tl.Entries[1].Commitment = strings.Repeat("0", 64) }, []string{
			"2: entry 2 has a commitment that its content does not fit",
		}},
		{"commitment added that fits", func(tl *v1alpha1.Timeline) {
			erased := tl.Entries[1]
			timeline.Erase(&erased)
			tl.Entries[1].Commitment = erased.Commitment
		}, nil},
		{"text changed, commitment kept to fit the chain", func(tl *v1alpha1.Timeline) {
			erased := tl.Entries[1]
			timeline.Erase(&erased)
			tl.Entries[1].Text, tl.Entries[1].Commitment = "Nothing happened.", erased.Commitment
		}, []string{
			"2: entry 2 does not fit the chain: what it says, its hash, or the hash before it was changed",
			"2: entry 2 has a commitment that its content does not fit",
		}},
		{"time changed", func(tl *v1alpha1.Timeline) { tl.Entries[3].At.Time = tl.Entries[3].At.Add(-time.Second) }, []string{
			"4: entry 4 does not fit the chain: what it says, its hash, or the hash before it was changed",
		}},
		{"hash changed", func(tl *v1alpha1.Timeline) { tl.Entries[1].Hash = strings.Repeat("0", 64) }, []string{
			"2: entry 2 does not fit the chain: what it says, its hash, or the hash before it was changed",
			"3: entry 3 does not fit the chain: what it says, its hash, or the hash before it was changed",
		}},
		{"erased", func(tl *v1alpha1.Timeline) { timeline.Erase(&tl.Entries[1]) }, nil},
		{"erased, then another step", func(tl *v1alpha1.Timeline) {
			timeline.Erase(&tl.Entries[1])
			tl.Entries[1].Step = "refund"
		}, []string{
			"2: entry 2 does not fit the chain: what it says, its hash, or the hash before it was changed",
		}},
		{"salt removed, text rewritten", func(tl *v1alpha1.Timeline) { tl.Entries[1].Salt, tl.Entries[1].Text = "", "Nothing happened." }, []string{
			"2: entry 2 does not fit the chain: what it says, its hash, or the hash before it was changed",
			"2: entry 2 has content but no salt: nobody can tell whether the content is the one it was appended with",
		}},
		{"one dropped", func(tl *v1alpha1.Timeline) { tl.Entries = slices.Delete(tl.Entries, 1, 2) }, []string{
			"2: entry 2 is missing: entry 3 comes after entry 1",
		}},
		{"the oldest dropped", func(tl *v1alpha1.Timeline) { tl.Entries = tl.Entries[2:] }, []string{
			"1: entries 1 to 2 are missing: entry 3 comes after entry 0",
		}},
		{"the newest dropped", func(tl *v1alpha1.Timeline) { tl.Entries = tl.Entries[:3] }, []string{
			"4: the timeline has 5 entries, but the newest one found is entry 3",
		}},
		{"all dropped", func(tl *v1alpha1.Timeline) { tl.Entries = nil }, []string{
			"1: the timeline has 5 entries, but the newest one found is entry 0",
		}},
		{"two swapped", func(tl *v1alpha1.Timeline) { tl.Entries[1], tl.Entries[2] = tl.Entries[2], tl.Entries[1] }, []string{
			"2: entry 2 is missing: entry 3 comes after entry 1",
			"2: entry 2 is out of order: it comes after entry 3",
			"3: entry 3 is missing: entry 4 comes after entry 2",
		}},
		{"one twice", func(tl *v1alpha1.Timeline) { tl.Entries = slices.Insert(tl.Entries, 1, tl.Entries[0]) }, []string{
			"1: entry 1 is out of order: it comes after entry 1",
		}},
		{"one more", func(tl *v1alpha1.Timeline) { tl.Entries = other.Entries[:6] }, []string{
			"6: the timeline has 5 entries, but there is an entry 6",
		}},
		{"length too great", func(tl *v1alpha1.Timeline) { tl.Length++ }, []string{
			"6: the timeline has 6 entries, but the newest one found is entry 5",
		}},
		{"length too small", func(tl *v1alpha1.Timeline) { tl.Length-- }, []string{
			"5: the timeline has 4 entries, but there is an entry 5",
		}},
		{"another head", func(tl *v1alpha1.Timeline) { tl.Head = tl.Entries[3].Hash }, []string{
			"5: entry 5 is not the head of the timeline: the newest entries or the head were rewritten",
		}},
		{"a head without entries", func(tl *v1alpha1.Timeline) { tl.Entries, tl.Length = nil, 0 }, []string{
			"0: the timeline has no entries, but a head",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			tl := chain(5)
			c.do(&tl)
			g.Expect(messages(timeline.Verify(tl.Entries, tl))).To(Equal(c.want))
		})
	}
}

func TestNoEntriesVerify(t *testing.T) {
	g := NewWithT(t)
	g.Expect(timeline.Verify(nil, v1alpha1.Timeline{})).To(BeEmpty())
}

// fields changes one field of an entry to another value.
var fields = map[string]func(t *rapid.T, e *v1alpha1.TimelineEntry){
	"seq": func(t *rapid.T, e *v1alpha1.TimelineEntry) { e.Seq += other(t, rapid.Int64Range(-20, 20), 0) },
	"at": func(t *rapid.T, e *v1alpha1.TimelineEntry) {
		e.At.Time = e.At.Add(time.Duration(other(t, rapid.Int64Range(-1e9, 1e9), 0)) * time.Second)
	},
	"type": func(t *rapid.T, e *v1alpha1.TimelineEntry) {
		e.Type = v1alpha1.EventType(other(t, rapid.String(), string(e.Type)))
	},
	"step":  func(t *rapid.T, e *v1alpha1.TimelineEntry) { e.Step = other(t, rapid.String(), e.Step) },
	"round": func(t *rapid.T, e *v1alpha1.TimelineEntry) { e.Round = other(t, rapid.Int32(), e.Round) },
	"actor": func(t *rapid.T, e *v1alpha1.TimelineEntry) {
		e.Actor = v1alpha1.User(other(t, rapid.String(), string(e.Actor)))
	},
	"text": func(t *rapid.T, e *v1alpha1.TimelineEntry) { e.Text = other(t, rapid.String(), e.Text) },
	"salt": func(t *rapid.T, e *v1alpha1.TimelineEntry) {
		e.Salt = other(t, rapid.OneOf(hex(32), rapid.StringN(1, 32, -1)), e.Salt)
	},
	"commitment": func(t *rapid.T, e *v1alpha1.TimelineEntry) {
		e.Commitment = other(t, rapid.OneOf(hex(64), rapid.String()), e.Commitment)
	},
	"hash": func(t *rapid.T, e *v1alpha1.TimelineEntry) {
		e.Hash = other(t, rapid.OneOf(hex(64), rapid.String()), e.Hash)
	},
	"upper case": func(t *rapid.T, e *v1alpha1.TimelineEntry) { e.Salt = strings.ToUpper(e.Salt) },
}

func other[V comparable](t *rapid.T, values *rapid.Generator[V], than V) V {
	return values.Filter(func(v V) bool { return v != than }).Draw(t, "value")
}

func hex(n int) *rapid.Generator[string] {
	return rapid.StringOfN(rapid.RuneFrom([]rune("0123456789abcdef")), n, n, -1)
}

func TestEveryChangedFieldIsFound(t *testing.T) {
	for name, change := range fields {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			tl := chain(rapid.IntRange(1, 8).Draw(t, "length"))
			i := rapid.IntRange(0, len(tl.Entries)-1).Draw(t, "entry")
			if rapid.Bool().Draw(t, "neighbour erased") {
				for j := range tl.Entries {
					if j != i {
						timeline.Erase(&tl.Entries[j])
					}
				}
			}
			change(t, &tl.Entries[i])
			NewWithT(t).Expect(timeline.Verify(tl.Entries, tl)).NotTo(BeEmpty())
		}))
	}
}

// An erased entry has nothing left but what the hash covers, so that still every change is found.
func TestEveryChangedFieldOfAnErasedEntryIsFound(t *testing.T) {
	for name, change := range fields {
		if name == "upper case" {
			continue
		}
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			tl := chain(rapid.IntRange(1, 8).Draw(t, "length"))
			e := &tl.Entries[rapid.IntRange(0, len(tl.Entries)-1).Draw(t, "entry")]
			timeline.Erase(e)
			change(t, e)
			NewWithT(t).Expect(timeline.Verify(tl.Entries, tl)).NotTo(BeEmpty())
		}))
	}
}

func TestDroppedMovedReplacedEntriesAreFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tl := chain(rapid.IntRange(2, 10).Draw(t, "length"))
		last := len(tl.Entries) - 1
		entries := slices.Clone(tl.Entries)
		i := rapid.IntRange(0, last).Draw(t, "i")
		switch rapid.SampledFrom([]string{"drop", "cut", "behead", "move", "repeat", "renumber", "rewrite"}).Draw(t, "what") {
		case "drop":
			entries = slices.Delete(entries, i, i+1)
		case "cut":
			entries = entries[:i]
		case "behead":
			entries = entries[i+1:]
		case "move":
			j := other(t, rapid.IntRange(0, last), i)
			entries[i], entries[j] = entries[j], entries[i]
		case "repeat":
			entries = slices.Insert(entries, rapid.IntRange(0, last).Draw(t, "at"), entries[i])
		case "renumber":
			entries = slices.Delete(entries, i, i+1)
			for j := range entries {
				entries[j].Seq = int64(j) + 1
			}
			tl.Length--
		case "rewrite": // with digests that fit all that comes before
			before := v1alpha1.Timeline{Length: int64(i)}
			if i > 0 {
				before.Head = entries[i-1].Hash
			}
			e := entries[i]
			timeline.Append(&before, e.At.Time, e.Type, e.Step, e.Round, e.Actor, "Rewritten.", [16]byte{9})
			entries[i] = before.Entries[0]
		}
		NewWithT(t).Expect(timeline.Verify(entries, tl)).NotTo(BeEmpty())
	})
}

// Entries whose fields run together to the same letters are different entries.
func TestFieldsAreKeptApart(t *testing.T) {
	g := NewWithT(t)
	var a, b, c v1alpha1.Timeline
	timeline.Append(&a, morning, v1alpha1.EventActed, "step1", 2, "li", "na", [16]byte{})
	timeline.Append(&b, morning, v1alpha1.EventActed, "step", 12, "li", "na", [16]byte{})
	timeline.Append(&c, morning, v1alpha1.EventActed, "step1", 2, "lin", "a", [16]byte{})
	for _, tl := range []*v1alpha1.Timeline{&a, &b, &c} {
		timeline.Erase(&tl.Entries[0])
	}
	g.Expect(a.Entries[0].Commitment).NotTo(Equal(b.Entries[0].Commitment))
	g.Expect(a.Entries[0].Commitment).NotTo(Equal(c.Entries[0].Commitment))
}
