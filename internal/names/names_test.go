package names_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/util/validation"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/internal/names"
)

func TestChildReads(t *testing.T) {
	hex := regexp.MustCompile(`-[0-9a-f]{8}$`)
	for _, c := range []struct{ record, step, want string }{
		{"ts20240521001", "acknowledge", "ts20240521001-acknowledge"},
		{"ts20240521001", "checkFacts", "ts20240521001-check-facts"},
		{"ts20240521001", "recover/planRemedy", "ts20240521001-recover-plan-remedy"},
		{"ts20240521001", "SLA2Review", "ts20240521001-sla2-review"},
		{"ts20240521001", "", "ts20240521001"},
		{"north.outage", "contain", "north.outage-contain"},
		{"ts20240521001", strings.Repeat("x", 128), "ts20240521001-" + strings.Repeat("x", 40)},
		{strings.Repeat("abcdefghi.", 40), "step", strings.Repeat("abcdefghi.", 23) + "abcdefghi-step"},
		{strings.Repeat("r", 60), strings.Repeat("x", 30), strings.Repeat("r", 33) + "-" + strings.Repeat("x", 20)},
	} {
		t.Run(c.want, func(t *testing.T) {
			g := NewWithT(t)
			name := names.Child(c.record, c.step, "0b5c", "1")
			g.Expect(name).To(MatchRegexp(hex.String()))
			g.Expect(len(name)).To(BeNumerically("<=", 253))
			g.Expect(hex.ReplaceAllString(name, "")).To(Equal(c.want))
		})
	}
}

// Objects written by one version must be found by the next: these names are never to change.
func TestNamesStay(t *testing.T) {
	g := NewWithT(t)
	g.Expect(names.Child("ts20240521001", "recover/planRemedy", "uid", "2", "0")).To(Equal("ts20240521001-recover-plan-remedy-2b773a54"))
	g.Expect(names.Hash("a", "b")).To(Equal("3c9d591045"))
	g.Expect(names.Revision("service-recovery", "0123456789abcdef")).To(Equal("service-recovery-0123456789"))
	g.Expect(names.Revision("service-recovery", "0123")).To(Equal("service-recovery-0123"))
	g.Expect(names.Segment("ts20240521001", 12)).To(Equal("ts20240521001-timeline-12"))
	g.Expect(names.Document("outage-review")).To(Equal("outage-review-document"))
}

func TestPartsAreKeptApart(t *testing.T) {
	g := NewWithT(t)
	g.Expect(names.Hash("ab", "c")).NotTo(Equal(names.Hash("a", "bc")))
	g.Expect(names.Hash()).NotTo(Equal(names.Hash("")))
	g.Expect(names.Child("r", "s", "ab", "c")).NotTo(Equal(names.Child("r", "s", "a", "bc")))
	g.Expect(names.Child("r", "checkFacts")).NotTo(Equal(names.Child("r", "check-facts")), "steps that read alike")
	g.Expect(names.Child("a-b", "c")).NotTo(Equal(names.Child("a", "b-c")), "a dash that could belong to either")
	long := strings.Repeat("r", 70)
	g.Expect(names.Child(long+"1", "s")).NotTo(Equal(names.Child(long+"2", "s")), "records that differ where they are cut")
	g.Expect(names.Segment(long+"1", 0)).NotTo(Equal(names.Segment(long+"2", 0)))
	g.Expect(names.Document("a_b")).NotTo(Equal(names.Document("a-b")))
	g.Expect(names.Segment("a", 1)).NotTo(Equal(names.Segment("a", 11)))
}

// record draws names of objects, and now and then anything at all.
var record = rapid.OneOf(
	rapid.StringMatching(`[a-z0-9]([a-z0-9-]{0,80}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,80}[a-z0-9])?){0,4}`),
	rapid.StringN(0, 300, -1),
)

var step = rapid.OneOf(rapid.StringMatching(`[a-z][A-Za-z0-9]{0,39}(/[a-z][A-Za-z0-9]{0,39}){0,2}`), rapid.StringN(0, 200, -1))

var parts = rapid.SliceOfN(rapid.String(), 0, 4)

func TestEveryNameIsValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := NewWithT(t)
		r, n := record.Draw(t, "record"), rapid.Int32Min(0).Draw(t, "n")
		for _, name := range []string{
			names.Child(r, step.Draw(t, "step"), parts.Draw(t, "parts")...),
			names.Revision(r, rapid.String().Draw(t, "digest")),
			names.Segment(r, n),
			names.Document(r),
		} {
			g.Expect(validation.IsDNS1123Subdomain(name)).To(BeEmpty(), name)
			for label := range strings.SplitSeq(name, ".") {
				g.Expect(validation.IsDNS1123Label(label)).To(BeEmpty(), name)
			}
		}
	})
}

func TestDifferentThingsHaveDifferentNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := NewWithT(t)
		thing := func(label string) []string {
			return append([]string{record.Draw(t, label+" record"), step.Draw(t, label+" step")}, parts.Draw(t, label+" parts")...)
		}
		a, b := thing("a"), thing("b")
		if rapid.Bool().Draw(t, "siblings") {
			a[0], a[1] = b[0], b[1]
		}
		same := Equal(names.Child(b[0], b[1], b[2:]...))
		if slices.Equal(a, b) {
			g.Expect(names.Child(a[0], a[1], a[2:]...)).To(same)
		} else {
			g.Expect(names.Child(a[0], a[1], a[2:]...)).NotTo(same)
			g.Expect(names.Hash(a...)).NotTo(Equal(names.Hash(b...)))
		}
	})
}

// All that parts may change in a name are the digits of the digest.
func TestPartsCannotBeRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := NewWithT(t)
		r, s := record.Draw(t, "record"), step.Draw(t, "step")
		bare, name := names.Child(r, s), names.Child(r, s, parts.Draw(t, "parts")...)
		g.Expect(name).To(HaveLen(len(bare)))
		g.Expect(name[:len(name)-8]).To(Equal(bare[:len(bare)-8]))
		g.Expect(name[len(name)-8:]).To(MatchRegexp(`^[0-9a-f]{8}$`))
	})
}
