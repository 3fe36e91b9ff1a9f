package timeline_test

import (
	"crypto/ed25519"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/timeline"
)

func TestSegmentReads(t *testing.T) {
	g := NewWithT(t)
	tl := chain(2)
	timeline.Erase(&tl.Entries[1])
	s, err := timeline.EncodeSegment(tl.Entries)
	g.Expect(err).NotTo(HaveOccurred())
	lines := strings.Split(s, "\n")
	g.Expect(lines).To(HaveLen(3), "two lines, both ended")
	g.Expect(lines[0]).To(HavePrefix(`{"seq":1,"at":"2026-03-02T09:01:00Z","type":"Acted","step":"recover/planRemedy","round":1,"actor":"li.na","text":"Thing 1 happened.","salt":"01a5`))
	g.Expect(lines[1]).To(HavePrefix(`{"seq":2,"at":"2026-03-02T09:02:00Z","type":"Acted","step":"recover/planRemedy","round":2,"commitment":"`))

	back, err := timeline.DecodeSegment("\n" + strings.ReplaceAll(s, "\n", "\r\n"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(timeline.Verify(back, tl)).To(BeEmpty())
}

func TestSegmentOfNothing(t *testing.T) {
	g := NewWithT(t)
	g.Expect(timeline.EncodeSegment(nil)).To(BeEmpty())
	g.Expect(timeline.DecodeSegment("")).To(BeEmpty())
}

func TestSegmentErrorNamesTheLine(t *testing.T) {
	g := NewWithT(t)
	s, err := timeline.EncodeSegment(chain(2).Entries)
	g.Expect(err).NotTo(HaveOccurred())
	_, err = timeline.DecodeSegment(s + "\n{\"seq\":\"three\"}\n")
	g.Expect(err).To(MatchError(HavePrefix("line 4 is not a timeline entry: ")))
	_, err = timeline.DecodeSegment(s[:len(s)-10])
	g.Expect(err).To(MatchError(HavePrefix("line 2 is not a timeline entry: ")))
}

func key(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune(seed)), ed25519.SeedSize)))
}

func public(k ed25519.PrivateKey) ed25519.PublicKey {
	pub, _ := k.Public().(ed25519.PublicKey)
	return pub
}

func checkpoint(tl v1alpha1.Timeline) timeline.Checkpoint {
	return timeline.Checkpoint{Record: "CrisisIncident/shop/outage-7", UID: "5f0c", Length: tl.Length, Head: tl.Head, At: morning}
}

func TestCheckpoint(t *testing.T) {
	g := NewWithT(t)
	tl, k := chain(4), key('k')
	unsigned := checkpoint(tl)
	unsigned.At = unsigned.At.Add(time.Millisecond).In(time.FixedZone("CST", 8*3600))
	c := timeline.Sign(k, unsigned)
	g.Expect(c.At).To(Equal(morning))
	g.Expect(c.Verify(public(k))).To(BeTrue())
	g.Expect(unsigned.Verify(public(k))).To(BeFalse(), "not signed")
	g.Expect(c.Verify(public(key('l')))).To(BeFalse(), "another key")
	g.Expect(timeline.Sign(k, c)).To(Equal(c), "signed again")

	line, err := timeline.EncodeCheckpoint(c)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(line).To(MatchRegexp(`^\{"record":"CrisisIncident/shop/outage-7","uid":"5f0c","length":4,"head":"[0-9a-f]{64}","at":"2026-03-02T09:00:00Z","signature":"[^"]+"\}\n$`))
	back, err := timeline.DecodeCheckpoint(line)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(back).To(Equal(c))
	g.Expect(back.Verify(public(k))).To(BeTrue())

	_, err = timeline.DecodeCheckpoint(line[:20])
	g.Expect(err).To(MatchError(HavePrefix("not a checkpoint: ")))
}

func TestBrokenKeysSignAndVerifyNothing(t *testing.T) {
	g := NewWithT(t)
	c := checkpoint(chain(1))
	g.Expect(timeline.Sign(nil, c).Signature).To(BeEmpty())
	g.Expect(timeline.Sign(key('k')[:10], c).Signature).To(BeEmpty())
	g.Expect(timeline.Sign(key('k'), c).Verify(nil)).To(BeFalse())
	g.Expect(timeline.Sign(nil, timeline.Sign(key('k'), c)).Signature).To(BeEmpty(), "an old signature must not stay")
}

func TestEveryChangeOfACheckpointIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := key('k')
		c := timeline.Sign(k, checkpoint(chain(3)))
		switch rapid.SampledFrom([]string{"record", "uid", "length", "head", "at", "signature", "shift"}).Draw(t, "field") {
		case "record":
			c.Record = other(t, rapid.String(), c.Record)
		case "uid":
			c.UID = other(t, rapid.String(), c.UID)
		case "length":
			c.Length = other(t, rapid.Int64(), c.Length)
		case "head":
			c.Head = other(t, rapid.OneOf(hex(64), rapid.String()), c.Head)
		case "at":
			c.At = c.At.Add(time.Duration(other(t, rapid.Int64Range(-1e15, 1e15), 0)))
		case "signature":
			c.Signature = other(t, rapid.OneOf(rapid.String(), rapid.Just(c.Signature+"\n")), c.Signature)
		case "shift":
			c.Record, c.UID = c.Record+c.UID[:1], c.UID[1:]
		}
		NewWithT(t).Expect(c.Verify(public(k))).To(BeFalse())
	})
}

// A chain that somebody wrote anew from the first entry on fits itself; only the checkpoint shows it.
func TestCheckpointShowsARewrittenChain(t *testing.T) {
	g := NewWithT(t)
	c := checkpoint(chain(3))
	g.Expect(c.Check(chain(3).Entries)).To(BeEmpty())
	g.Expect(c.Check(chain(9).Entries)).To(BeEmpty(), "it went on since")
	g.Expect(checkpoint(v1alpha1.Timeline{}).Check(nil)).To(BeEmpty())

	var anew v1alpha1.Timeline
	for _, e := range chain(4).Entries {
		timeline.Append(&anew, e.At.Time, e.Type, e.Step, e.Round, e.Actor, "All was well.", [16]byte{7})
	}
	g.Expect(timeline.Verify(anew.Entries, anew)).To(BeEmpty())
	g.Expect(messages(c.Check(anew.Entries))).To(Equal([]string{
		"3: entry 3 is not the one that was signed at 2026-03-02T09:00:00Z: the timeline was rewritten",
	}))
	g.Expect(messages(c.Check(chain(2).Entries))).To(Equal([]string{
		"3: at 2026-03-02T09:00:00Z the timeline had 3 entries, now it has 2",
	}))
	c.Length = -1
	g.Expect(c.Check(chain(2).Entries)).NotTo(BeEmpty())
}
