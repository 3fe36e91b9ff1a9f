package timeline_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/timeline"
)

var morning = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

// chain is a timeline with n entries, one a minute; the third, sixth… concern the whole record and nobody did them.
func chain(n int) v1alpha1.Timeline {
	var t v1alpha1.Timeline
	for i := 1; i <= n; i++ {
		at, text, salt := morning.Add(time.Duration(i)*time.Minute), fmt.Sprintf("Thing %d happened.", i), [16]byte{byte(i), 0xa5}
		if i%3 == 0 {
			timeline.Append(&t, at, v1alpha1.EventDeadlineMissed, "", 0, "", text, salt)
		} else {
			timeline.Append(&t, at, v1alpha1.EventActed, "recover/planRemedy", int32(i), "li.na", text, salt)
		}
	}
	return t
}

func messages(findings []timeline.Finding) []string {
	var out []string
	for _, f := range findings {
		out = append(out, fmt.Sprintf("%d: %s", f.Seq, f.Message))
	}
	return out
}

func TestAppend(t *testing.T) {
	g := NewWithT(t)
	tl := chain(3)
	g.Expect(tl.Length).To(BeEquivalentTo(3))
	g.Expect(tl.Head).To(Equal(tl.Entries[2].Hash))
	g.Expect(tl.Entries[0].Seq).To(BeEquivalentTo(1))
	g.Expect(tl.Entries[0].Salt).To(Equal("01a5" + strings.Repeat("00", 14)))
	g.Expect(tl.Entries[0].Commitment).To(BeEmpty())
	g.Expect(timeline.Verify(tl.Entries, tl)).To(BeEmpty())
}

// Digests are kept for years and checked by later versions: these two are never to change.
func TestDigestsStay(t *testing.T) {
	g := NewWithT(t)
	e := chain(2).Entries[1]
	timeline.Erase(&e)
	g.Expect(e.Commitment).To(Equal("bea50044d365a89b8fd3181ae8212cc827685248d7f6ee494139665cad4368b4"))
	g.Expect(e.Hash).To(Equal("e440e7ddfe0cb06f90fda6d0c21bc72926cf1b56ee7be839921b0dc832d12ecd"))
}

// What the API stores is what was hashed: seconds, valid UTF-8, no more than the schema's bound.
func TestAppendStoresWhatTheAPIStores(t *testing.T) {
	g := NewWithT(t)
	var tl v1alpha1.Timeline
	shanghai := time.FixedZone("CST", 8*3600)
	timeline.Append(&tl, morning.Add(999*time.Millisecond).In(shanghai), v1alpha1.EventCommented, "a\xffb", 0, "li\xff", "bad \xff byte", [16]byte{1})
	timeline.Append(&tl, morning, v1alpha1.EventCommented, "", 0, "", strings.Repeat("投", 1024), [16]byte{2})
	timeline.Append(&tl, morning, v1alpha1.EventCommented, "", 0, "", strings.Repeat("投", 1025), [16]byte{3})

	g.Expect(tl.Entries[0].At.Time).To(Equal(morning))
	g.Expect(tl.Entries[0].Text).To(Equal("bad � byte"))
	g.Expect(tl.Entries[1].Text).To(HaveSuffix("投"))
	g.Expect(tl.Entries[2].Text).To(HaveSuffix("投…"))
	g.Expect(utf8.RuneCountInString(tl.Entries[2].Text)).To(Equal(1024))

	data, err := json.Marshal(tl)
	g.Expect(err).NotTo(HaveOccurred())
	var back v1alpha1.Timeline
	g.Expect(json.Unmarshal(data, &back)).To(Succeed())
	g.Expect(messages(timeline.Verify(back.Entries, back))).To(BeEmpty())
}

func TestSpill(t *testing.T) {
	for _, c := range []struct {
		entries, keep, limit, want int
	}{
		{entries: 0, keep: 2, limit: 4, want: 0},
		{entries: 4, keep: 2, limit: 4, want: 0},
		{entries: 5, keep: 2, limit: 4, want: 3},
		{entries: 5, keep: 0, limit: 4, want: 5},
		{entries: 5, keep: 5, limit: 4, want: 0},
		{entries: 5, keep: 9, limit: 4, want: 0},
		{entries: 5, keep: -1, limit: 4, want: 0},
	} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			g := NewWithT(t)
			tl := chain(c.entries)
			before := tl.DeepCopy()
			spilled := timeline.Spill(&tl, c.keep, c.limit)
			g.Expect(spilled).To(HaveLen(c.want))
			_ = append(spilled, v1alpha1.TimelineEntry{})
			g.Expect(append(spilled, tl.Entries...)).To(HaveExactElements(asAny(before.Entries)...))
			g.Expect(tl.Entries).To(Equal(before.Entries[c.want:]), "not written over by what is appended to the spilled")
			g.Expect(tl.Head).To(Equal(before.Head))
			g.Expect(tl.Length).To(Equal(before.Length))
			g.Expect(tl.Segments).To(BeEquivalentTo(min(c.want, 1)))
		})
	}
}

func asAny(entries []v1alpha1.TimelineEntry) []any {
	out := make([]any, 0, len(entries))
	for _, e := range entries {
		out = append(out, e)
	}
	return out
}

// However a timeline is appended to, spilled, stored, read and erased, it verifies.
func TestUntouchedTimelineVerifies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := NewWithT(t)
		var tl v1alpha1.Timeline
		var stored []string
		t.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) {
				timeline.Append(&tl,
					morning.Add(time.Duration(rapid.Int64Range(-1e18, 1e18).Draw(t, "at"))),
					rapid.SampledFrom([]v1alpha1.EventType{v1alpha1.EventActed, v1alpha1.EventErased}).Draw(t, "type"),
					rapid.String().Draw(t, "step"), rapid.Int32Min(0).Draw(t, "round"),
					v1alpha1.User(rapid.String().Draw(t, "actor")),
					string(rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "text")),
					[16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "salt")))
			},
			"spill": func(t *rapid.T) {
				number := tl.Segments
				if spilled := timeline.Spill(&tl, rapid.IntRange(0, 3).Draw(t, "keep"), 3); spilled != nil {
					g.Expect(number).To(BeEquivalentTo(len(stored)))
					segment, err := timeline.EncodeSegment(spilled)
					g.Expect(err).NotTo(HaveOccurred())
					stored = append(stored, segment)
				}
			},
			"erase": func(t *rapid.T) {
				if len(tl.Entries) > 0 {
					timeline.Erase(&tl.Entries[rapid.IntRange(0, len(tl.Entries)-1).Draw(t, "entry")])
				}
			},
			"": func(t *rapid.T) {
				var all []v1alpha1.TimelineEntry
				for _, s := range stored {
					entries, err := timeline.DecodeSegment(s)
					g.Expect(err).NotTo(HaveOccurred())
					all = append(all, entries...)
				}
				g.Expect(messages(timeline.Verify(append(all, tl.Entries...), tl))).To(BeEmpty())
			},
		})
	})
}
