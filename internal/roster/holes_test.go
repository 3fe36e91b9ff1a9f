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

// TestHolesAreTold: the first hole of a duty, from when to when, and what is missing.
func TestHolesAreTold(t *testing.T) {
	leave := func(from, to string) []v1alpha1.Absence {
		return []v1alpha1.Absence{{From: metav1.NewTime(instant(t, from)), To: metav1.NewTime(instant(t, to))}}
	}
	from, until := instant(t, "2026-03-02T12:00:00Z"), instant(t, "2026-04-27T12:00:00Z")
	always := v1alpha1.Rotation{Layers: []v1alpha1.RotationLayer{weekly("m0", "m1")}}
	begins := func(rot v1alpha1.Rotation, start v1alpha1.Date) v1alpha1.Rotation {
		layer := rot.Layers[0]
		layer.Start = start
		rot.Layers = []v1alpha1.RotationLayer{layer}
		return rot
	}
	onlyNights := v1alpha1.Rotation{Layers: []v1alpha1.RotationLayer{{Name: "nights", Members: []v1alpha1.MemberName{"m0"}, Start: "2026-03-01", Only: nights}}}
	for name, c := range map[string]struct {
		spec           *v1alpha1.ResponseTeamSpec
		from, to, says string // from empty: no hole
	}{
		"none": {watch("UTC", always), "", "", ""},
		"it begins later": {watch("UTC", begins(always, "2026-03-05")), "2026-03-02T12:00:00Z", "2026-03-05T09:00:00Z",
			"it is nobody's turn; add a layer or an override, or list the time under unstaffed"},
		"it ends": {watch("UTC", func() v1alpha1.Rotation {
			rot := begins(always, "2026-03-02")
			rot.Layers[0].End = "2026-03-20"
			return rot
		}()), "2026-03-20T09:00:00Z", "", "it is nobody's turn"},
		"by day nobody": {watch("UTC", onlyNights), "2026-03-02T12:00:00Z", "2026-03-02T18:00:00Z", "it is nobody's turn"},
		"by day nobody needs to be": {watch("UTC", func() v1alpha1.Rotation {
			rot := onlyNights
			rot.Unstaffed = []v1alpha1.WeekTime{{Days: nights[0].Days, From: "08:00", To: "18:00"}}
			return rot
		}()), "", "", ""},
		"away without a deputy": {watch("UTC", always, v1alpha1.Member{Name: "m1", Away: leave("2026-03-08T00:00:00Z", "2026-03-11T00:00:00Z")}),
			"2026-03-09T09:00:00Z", "2026-03-11T00:00:00Z", "m1 is on call and away, and no deputy is there; name another deputy, or write an override"},
		"away with one": {watch("UTC", always, v1alpha1.Member{Name: "m1", Deputies: []v1alpha1.MemberName{"m2"}, Away: leave("2026-03-08T00:00:00Z", "2026-03-11T00:00:00Z")}), "", "", ""},
		"two deputies for each other are both away": {watch("UTC", always,
			v1alpha1.Member{Name: "m0", Deputies: []v1alpha1.MemberName{"m1"}, Away: leave("2026-03-03T00:00:00Z", "2026-03-06T00:00:00Z")},
			v1alpha1.Member{Name: "m1", Deputies: []v1alpha1.MemberName{"m0"}, Away: leave("2026-03-05T00:00:00Z", "2026-03-07T00:00:00Z")}),
			"2026-03-05T00:00:00Z", "2026-03-06T00:00:00Z", "m0 is on call and away, and no deputy is there"},
		"an override fills it": {watch("UTC", func() v1alpha1.Rotation {
			rot := begins(always, "2026-03-05")
			rot.Overrides = []v1alpha1.RotationOverride{override(t, "m4", "2026-03-01T00:00:00Z", "2026-03-05T09:00:00Z")}
			return rot
		}()), "", "", ""},
		"a stranger's turn": {watch("UTC", v1alpha1.Rotation{Layers: []v1alpha1.RotationLayer{weekly("m0", "ghost")}}),
			"2026-03-09T09:00:00Z", "2026-03-16T09:00:00Z", `it is the turn of "ghost", who is no member with that duty`},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			holes, next := desk(c.spec).Holes("desk", from, until)
			if c.from == "" {
				g.Expect(holes).To(BeEmpty())
				g.Expect(next).To(BeTemporally(">=", until))
				return
			}
			g.Expect(holes).To(HaveLen(1))
			g.Expect(holes[0].Duty).To(Equal("watch"))
			g.Expect(holes[0].From).To(BeTemporally("==", instant(t, c.from)))
			g.Expect(holes[0].Why).To(ContainSubstring(c.says))
			if c.to == "" {
				g.Expect(holes[0].To).To(BeZero())
			} else {
				g.Expect(holes[0].To).To(BeTemporally("==", instant(t, c.to)))
			}
		})
	}
}

// TestADutyWithoutARotationHasHolesToo: everybody who has it is away, and so are their deputies.
func TestADutyWithoutARotationHasHolesToo(t *testing.T) {
	g := NewWithT(t)
	r := desk(team(member("lin", deputies("wang"), between(10*time.Hour, 30*time.Hour)), member("wang", deputies("lin"), between(20*time.Hour, 40*time.Hour))))
	holes, _ := r.Holes("desk", noon, noon.Add(100*time.Hour))
	g.Expect(holes).To(HaveLen(1))
	g.Expect(holes[0].From).To(BeTemporally("==", noon.Add(20*time.Hour)))
	g.Expect(holes[0].To).To(BeTemporally("==", noon.Add(30*time.Hour)))
	g.Expect(holes[0].Why).To(Equal("everybody with the duty is away, and so are their deputies; name another deputy"))

	_, next := r.Holes("desk", noon, noon.Add(time.Hour))
	g.Expect(next).To(BeTemporally("==", noon.Add(10*time.Hour)), "nothing changes before")
	holes, next = r.Holes("desk", noon.Add(50*time.Hour), noon.Add(100*time.Hour))
	g.Expect(holes).To(BeEmpty())
	g.Expect(next).To(BeZero())
}

// TestLeaveInWholeDays: both days belong to it, from midnight to midnight where the person is, or the team, or in UTC.
func TestLeaveInWholeDays(t *testing.T) {
	for name, c := range map[string]struct {
		person, team, from, to string
		last                   v1alpha1.Date
	}{
		"in UTC":                  {"", "", "2026-03-28T00:00:00Z", "2026-03-30T00:00:00Z", "2026-03-29"},
		"where the team is":       {"", "Europe/Berlin", "2026-03-27T23:00:00Z", "2026-03-29T22:00:00Z", "2026-03-29"},
		"where the person is":     {"Asia/Shanghai", "Europe/Berlin", "2026-03-27T16:00:00Z", "2026-03-29T16:00:00Z", "2026-03-29"},
		"one day":                 {"Asia/Shanghai", "", "2026-03-27T16:00:00Z", "2026-03-28T16:00:00Z", ""},
		"a zone that is nowhere":  {"Nowhere/Land", "", "2026-03-28T00:00:00Z", "2026-03-29T00:00:00Z", ""},
		"midnight does not exist": {"Africa/Cairo", "", "2026-03-27T22:00:00Z", "2026-04-24T21:00:00Z", "2026-04-24"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			m := member("lin", func(m *v1alpha1.Member) {
				m.TimeZone, m.Away = c.person, []v1alpha1.Absence{{FirstDay: "2026-03-28", LastDay: c.last}}
			})
			spec := team(m, member("wang"))
			spec.TimeZone = c.team
			r := desk(spec)
			from, to := instant(t, c.from), instant(t, c.to)
			for at, away := range map[time.Time]bool{from.Add(-time.Second): false, from: true, to.Add(-time.Second): true, to: false} {
				g.Expect(r.Away("lin", at)).To(Equal(away), at.String())
			}
			g.Expect(r.NextReturn(from)).To(BeTemporally("==", to))
			g.Expect(r.Back("lin", from)).To(BeTemporally("==", to))
			g.Expect(r.Back("lin", to)).To(BeZero())
			g.Expect(r.Candidates(roster.Query{Team: "desk", Duty: "agent", At: from})[0].Name).To(Equal("wang"))
		})
	}
}

// TestWhatARotationGetsWrongIsNamed: with the field and what to do.
func TestWhatARotationGetsWrongIsNamed(t *testing.T) {
	g := NewWithT(t)
	spec := watch("Europe/Berlin", v1alpha1.Rotation{
		Layers:    []v1alpha1.RotationLayer{weekly("m0", "ghost", "m1"), {Name: "b", Members: []v1alpha1.MemberName{"m0"}, Start: "2026-02-30"}, {Name: "c", Start: "2026-02-03"}},
		Overrides: []v1alpha1.RotationOverride{override(t, "shade", "2026-03-01T00:00:00Z", "2026-03-05T09:00:00Z")},
	})
	g.Expect(roster.Strangers(spec)).To(ConsistOf(
		`spec.rotations[0].layers[0].members[1]: there is no member "ghost" in the team; name a member or add one`,
		`spec.rotations[0].overrides[0].member: there is no member "shade" in the team; name a member or add one`))
	spec.TimeZone, spec.Rotations[0].TimeZone, spec.Members[2].TimeZone = "Mars", "Moon/Base", "Local"
	spec.Members[1].Duties[0] = "cook"
	spec.Members[3].Away = []v1alpha1.Absence{{FirstDay: "2026-02-28", LastDay: "2026-02-29"}}
	g.Expect(roster.RotationDefects(spec)).To(ConsistOf(
		`spec.timeZone: "Mars" is no time zone; write an IANA name, e.g. Asia/Shanghai`,
		`spec.members[2].timeZone: "Local" is no time zone; write an IANA name, e.g. Asia/Shanghai`,
		`spec.members[3].away[0]: 2026-02-28 to 2026-02-29 are no days; write YYYY-MM-DD, days that exist`,
		`spec.rotations[0].timeZone: "Moon/Base" is no time zone; write an IANA name, e.g. Asia/Shanghai`,
		ContainSubstring("spec.rotations[0].layers[1]: start, end or handOver does not exist"),
		ContainSubstring("spec.rotations[0].layers[2]: start, end or handOver does not exist, or there are no members"),
		"spec.rotations[0].layers[0].members[2]: m1 does not have the duty watch; add it to their duties, or name somebody else"))
	g.Expect(roster.RotationDefects(watch("Europe/Berlin", v1alpha1.Rotation{Layers: []v1alpha1.RotationLayer{weekly("m0")}}))).To(BeEmpty())
}

// What it costs to look weeks ahead grows with what is written down about a duty, not with its square: one team that is
// large must not keep the others waiting.
func TestALargeTeamIsJudgedAtOnce(t *testing.T) {
	now := time.Date(2026, time.November, 22, 14, 0, 0, 0, time.UTC)
	large := &v1alpha1.ResponseTeamSpec{}
	for i := range 80 {
		m := v1alpha1.Member{Name: fmt.Sprintf("m%d", i), User: v1alpha1.User(fmt.Sprintf("u%d", i)), Deputies: []v1alpha1.MemberName{v1alpha1.MemberName(fmt.Sprintf("m%d", (i+1)%80))}}
		for d := range 16 {
			m.Duties = append(m.Duties, v1alpha1.Identifier(fmt.Sprintf("d%dof%d", i, d)))
			from := now.Add(time.Duration(d*60+i) * time.Hour)
			m.Away = append(m.Away, v1alpha1.Absence{From: metav1.NewTime(from), To: metav1.NewTime(from.Add(30 * time.Minute))},
				v1alpha1.Absence{From: metav1.NewTime(from.Add(30 * time.Minute)), To: metav1.NewTime(from.Add(time.Hour))})
		}
		large.Members = append(large.Members, m)
	}
	turns := v1alpha1.Rotation{Duty: "d0of0"}
	for l := range 8 {
		layer := v1alpha1.RotationLayer{Name: v1alpha1.Identifier(fmt.Sprintf("l%d", l)), Members: []v1alpha1.MemberName{"nobody"}, Start: "2020-01-01", EveryDays: 1}
		for o := range 16 {
			at := v1alpha1.ClockTime(fmt.Sprintf("%02d:%02d", o, l*7+o))
			layer.Only = append(layer.Only, v1alpha1.WeekTime{Days: []v1alpha1.Weekday{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}, From: at, To: at})
		}
		turns.Layers = append(turns.Layers, layer)
	}
	large.Rotations = []v1alpha1.Rotation{turns}
	g := NewWithT(t)
	begun := time.Now()
	holes, _ := roster.New(map[string]*v1alpha1.ResponseTeamSpec{"large": large}).Holes("large", now, now.Add(56*24*time.Hour))
	took := time.Since(begun)
	g.Expect(holes).To(ConsistOf(And(HaveField("Duty", "d0of0"), HaveField("From", now), HaveField("To", time.Time{}))))
	g.Expect(took).To(BeNumerically("<", 5*time.Second), "it was more than a minute")
}
