package roster_test

import (
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/roster"
)

// watch is a team whose members all have the duty, with a rotation for it.
func watch(zone string, rot v1alpha1.Rotation, members ...v1alpha1.Member) *v1alpha1.ResponseTeamSpec {
	rot.Duty, rot.TimeZone = "watch", zone
	spec := &v1alpha1.ResponseTeamSpec{Rotations: []v1alpha1.Rotation{rot}}
	for i := range 6 {
		name := fmt.Sprintf("m%d", i)
		spec.Members = append(spec.Members, v1alpha1.Member{Name: name, User: v1alpha1.User(name), Duties: []v1alpha1.Identifier{"watch"}})
	}
	for _, m := range members {
		for i := range spec.Members {
			if spec.Members[i].Name == m.Name {
				spec.Members[i].Deputies, spec.Members[i].Away = m.Deputies, m.Away
			}
		}
	}
	return spec
}

func desk(spec *v1alpha1.ResponseTeamSpec) *roster.Roster {
	return roster.New(map[string]*v1alpha1.ResponseTeamSpec{"desk": spec})
}

func weekly(members ...v1alpha1.MemberName) v1alpha1.RotationLayer {
	return v1alpha1.RotationLayer{Name: "weekly", Members: members, Start: "2026-03-02"}
}

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return at
}

func override(t testing.TB, member v1alpha1.MemberName, from, to string) v1alpha1.RotationOverride {
	return v1alpha1.RotationOverride{Member: member, From: metav1.NewTime(instant(t, from)), To: metav1.NewTime(instant(t, to))}
}

var (
	nights   = []v1alpha1.WeekTime{{Days: []v1alpha1.Weekday{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}, From: "18:00", To: "08:00"}}
	weekends = []v1alpha1.WeekTime{{Days: []v1alpha1.Weekday{"Sat", "Sun"}, From: "00:00", To: "24:00"}}
)

// TestWhoseTurnItIs: hand-overs at the local hour, on days on which the hour does not exist or comes twice, layers over
// each other, an override over all, each at both edges.
func TestWhoseTurnItIs(t *testing.T) {
	daily := func(handOver v1alpha1.ClockTime, start v1alpha1.Date) v1alpha1.Rotation {
		return v1alpha1.Rotation{Layers: []v1alpha1.RotationLayer{{Name: "daily", Members: []v1alpha1.MemberName{"m0", "m1"}, Start: start, HandOver: handOver, EveryDays: 1}}}
	}
	layered := v1alpha1.Rotation{Layers: []v1alpha1.RotationLayer{
		weekly("m0", "m1"),
		{Name: "nights", Members: []v1alpha1.MemberName{"m2"}, Start: "2026-03-04", Only: nights},
		{Name: "weekends", Members: []v1alpha1.MemberName{"m3", "m4"}, Start: "2026-03-02", End: "2026-03-16", HandOver: "00:00", Only: weekends},
	}, Overrides: []v1alpha1.RotationOverride{override(t, "m5", "2026-03-05T10:00:00+01:00", "2026-03-05T11:00:00+01:00"), override(t, "m0", "2026-03-05T10:30:00+01:00", "2026-03-05T10:40:00+01:00")}}
	const berlin = "Europe/Berlin"
	for _, c := range []struct {
		name string
		rot  v1alpha1.Rotation
		zone string
		at   map[string]string
	}{
		{"the hour does not exist", daily("02:30", "2026-03-28"), berlin, map[string]string{
			"2026-03-28T01:29:59Z": "", "2026-03-28T01:30:00Z": "m0", "2026-03-29T00:59:59Z": "m0", "2026-03-29T01:00:00Z": "m1",
			"2026-03-30T00:29:59Z": "m1", "2026-03-30T00:30:00Z": "m0"}},
		{"the hour comes twice", daily("02:30", "2026-10-24"), berlin, map[string]string{
			"2026-10-25T00:29:59Z": "m0", "2026-10-25T00:30:00Z": "m1", "2026-10-25T01:29:59Z": "m1", "2026-10-25T01:30:00Z": "m1",
			"2026-10-26T01:29:59Z": "m1", "2026-10-26T01:30:00Z": "m0"}},
		{"at the end of the hour that comes twice", daily("03:00", "2026-10-24"), berlin, map[string]string{
			"2026-10-25T01:00:00Z": "m0", "2026-10-25T01:59:59Z": "m0", "2026-10-25T02:00:00Z": "m1"}},
		{"a leap day", daily("09:00", "2028-02-28"), "UTC", map[string]string{
			"2028-02-28T09:00:00Z": "m0", "2028-02-29T09:00:00Z": "m1", "2028-03-01T09:00:00Z": "m0"}},
		{"a day that does not exist", daily("09:00", "2011-12-29"), "Pacific/Apia", map[string]string{
			"2011-12-29T19:00:00Z": "m0", "2011-12-30T09:59:59Z": "m0", "2011-12-30T10:00:00Z": "m1", "2011-12-30T19:00:00Z": "m0"}},
		{"layers", layered, berlin, map[string]string{
			"2026-03-02T07:59:59Z": "", "2026-03-02T08:00:00Z": "m0", "2026-03-03T20:00:00Z": "m0",
			"2026-03-04T16:59:59Z": "m0", "2026-03-04T17:00:00Z": "m2", "2026-03-05T06:59:59Z": "m2", "2026-03-05T07:00:00Z": "m0",
			"2026-03-05T08:59:59Z": "m0", "2026-03-05T09:00:00Z": "m5", "2026-03-05T09:30:00Z": "m0", "2026-03-05T09:40:00Z": "m5", "2026-03-05T10:00:00Z": "m0",
			"2026-03-06T22:59:59Z": "m2", "2026-03-06T23:00:00Z": "m3", "2026-03-08T22:59:59Z": "m3", "2026-03-08T23:00:00Z": "m2",
			"2026-03-14T12:00:00Z": "m4", "2026-03-21T12:00:00Z": "m0", "2026-03-09T07:59:59Z": "m0", "2026-03-09T08:00:00Z": "m1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := desk(watch(c.zone, c.rot))
			for at, want := range c.at {
				got, ok := r.Primary("desk", "watch", instant(t, at))
				if got.Name != want || ok != (want != "") {
					t.Errorf("%s: on call is %q, not %q", at, got.Name, want)
				}
			}
		})
	}
}

// TestWhoIsOnCallIsAskedFirst: the others follow in the order they always had; a deputy steps in for who is away.
func TestWhoIsOnCallIsAskedFirst(t *testing.T) {
	g := NewWithT(t)
	leave := v1alpha1.Absence{From: metav1.NewTime(instant(t, "2026-03-10T00:00:00Z")), To: metav1.NewTime(instant(t, "2026-03-12T00:00:00Z"))}
	spec := watch("UTC", v1alpha1.Rotation{Layers: []v1alpha1.RotationLayer{weekly("m2", "m4")}},
		v1alpha1.Member{Name: "m4", Deputies: []v1alpha1.MemberName{"m5"}, Away: []v1alpha1.Absence{leave}})
	r := desk(spec)
	names := func(at string, q roster.Query) (out []string) {
		q.Team, q.Duty, q.At = "desk", "watch", instant(t, at)
		for _, p := range r.Candidates(q) {
			out = append(out, p.Name)
		}
		return out
	}
	g.Expect(names("2026-03-01T12:00:00Z", roster.Query{})).To(Equal([]string{"m0", "m1", "m2", "m3", "m4", "m5"}), "before it begins")
	g.Expect(names("2026-03-03T12:00:00Z", roster.Query{})).To(Equal([]string{"m2", "m0", "m1", "m3", "m4", "m5"}))
	g.Expect(names("2026-03-09T12:00:00Z", roster.Query{})).To(Equal([]string{"m4", "m0", "m1", "m2", "m3", "m5"}))
	g.Expect(names("2026-03-11T12:00:00Z", roster.Query{})).To(Equal([]string{"m5", "m0", "m1", "m2", "m3"}))
	g.Expect(names("2026-03-09T12:00:00Z", roster.Query{OnCall: instant(t, "2026-03-03T12:00:00Z")})[0]).To(Equal("m2"), "as it was then")
	g.Expect(names("2026-03-03T12:00:00Z", roster.Query{Exclude: func(u v1alpha1.User) bool { return u == "m2" }})[0]).To(Equal("m0"))
	spec.Selection = v1alpha1.SelectionSpread
	g.Expect(names("2026-03-03T12:00:00Z", roster.Query{Seed: "some"})[0]).To(Equal("m2"), "whatever the seed")

	t.Log("a rotation of people who are not there, or in a zone that is not, changes nothing")
	spec.Selection = v1alpha1.SelectionFirst
	spec.Rotations[0].Layers[0].Members = []v1alpha1.MemberName{"ghost"}
	g.Expect(names("2026-03-03T12:00:00Z", roster.Query{})[0]).To(Equal("m0"))
	spec.Rotations[0].Layers[0].Members[0], spec.Rotations[0].TimeZone = "m3", "Nowhere/Land"
	g.Expect(names("2026-03-03T12:00:00Z", roster.Query{})[0]).To(Equal("m0"))
}

// TestTheAgeOfARotationCostsNothing: two hundred thousand hand-overs before or one, it takes the same few steps. Walking
// from the first would take hours here.
func TestTheAgeOfARotationCostsNothing(t *testing.T) {
	g := NewWithT(t)
	for _, start := range []v1alpha1.Date{"1492-10-12", "2026-03-01"} {
		r := desk(watch("Europe/Berlin", v1alpha1.Rotation{Layers: []v1alpha1.RotationLayer{{Name: "daily", Members: []v1alpha1.MemberName{"m0", "m1", "m2"}, Start: start, EveryDays: 1}}}))
		at := instant(t, "2026-06-01T12:00:00Z")
		for range 100_000 {
			at = at.Add(time.Hour)
			if _, ok := r.Primary("desk", "watch", at); !ok {
				t.Fatal(at)
			}
		}
		g.Expect(testing.AllocsPerRun(100, func() { r.Primary("desk", "watch", at) })).To(BeZero())
	}
}

func BenchmarkPrimary(b *testing.B) {
	for _, start := range []v1alpha1.Date{"1992-10-12", "2026-03-01"} {
		b.Run("since "+string(start), func(b *testing.B) {
			nights := v1alpha1.RotationLayer{Name: "nights", Members: []v1alpha1.MemberName{"m3"}, Start: start, Only: nights}
			r := desk(watch("Europe/Berlin", v1alpha1.Rotation{Layers: []v1alpha1.RotationLayer{{Name: "daily", Members: []v1alpha1.MemberName{"m0", "m1", "m2"}, Start: start, EveryDays: 1}, nights}}))
			at := instant(b, "2026-06-01T12:00:00Z")
			b.ReportAllocs()
			for b.Loop() {
				r.Primary("desk", "watch", at)
			}
		})
	}
}
