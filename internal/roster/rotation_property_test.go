package roster_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/roster"
)

// zones and the days around which they are looked at: clocks that go forward, back, by half an hour, over midnight, never.
var turnsOfClocks = map[string][]string{
	"UTC": {"2026-03-29", "2028-02-29"}, "Asia/Shanghai": {"2026-10-01"}, "Europe/Berlin": {"2026-03-29", "2026-10-25"},
	"Europe/London": {"2026-03-29", "2026-10-25"}, "America/New_York": {"2026-03-08", "2026-11-01"}, "America/St_Johns": {"2026-03-08", "2026-11-01"},
	"Asia/Beirut": {"2026-03-29", "2026-10-25"}, "America/Santiago": {"2026-04-05", "2026-09-06"},
	"Australia/Lord_Howe": {"2026-04-05", "2026-10-04"}, "Pacific/Auckland": {"2026-04-05", "2026-09-27"},
}

func anyClock(t *rapid.T, name string, last int) v1alpha1.ClockTime {
	quarter := rapid.IntRange(0, last).Draw(t, name)
	return v1alpha1.ClockTime(fmt.Sprintf("%02d:%02d", quarter/4, quarter%4*15))
}

func anyWeekTimes(t *rapid.T, name string) (out []v1alpha1.WeekTime) {
	for range rapid.IntRange(0, 2).Draw(t, name) {
		days := rapid.SliceOfNDistinct(rapid.SampledFrom([]v1alpha1.Weekday{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}), 1, 7, rapid.ID).Draw(t, name+" days")
		out = append(out, v1alpha1.WeekTime{Days: days, From: anyClock(t, name+" from", 95), To: anyClock(t, name+" to", 96)})
	}
	return out
}

// anyRotation draws a rotation whose layers and overrides begin or hand over around a day.
func anyRotation(t *rapid.T, around time.Time) v1alpha1.Rotation {
	rot := v1alpha1.Rotation{Unstaffed: anyWeekTimes(t, "unstaffed")}
	someone := rapid.SampledFrom([]v1alpha1.MemberName{"m0", "m1", "m2", "m3", "m4", "m5"})
	for i := range rapid.IntRange(1, 4).Draw(t, "layers") {
		l := v1alpha1.RotationLayer{
			Name: v1alpha1.Identifier(fmt.Sprintf("l%d", i)), Members: rapid.SliceOfN(someone, 1, 4).Draw(t, "members"),
			Start:    v1alpha1.Date(around.AddDate(0, 0, rapid.IntRange(-40, 2).Draw(t, "start")).Format(time.DateOnly)),
			HandOver: anyClock(t, "hand over", 95), EveryDays: int32(rapid.SampledFrom([]int{1, 1, 2, 7}).Draw(t, "every")), Only: anyWeekTimes(t, "only"),
		}
		if rapid.IntRange(0, 3).Draw(t, "ends") == 0 {
			l.End = v1alpha1.Date(around.AddDate(0, 0, rapid.IntRange(-1, 3).Draw(t, "end")).Format(time.DateOnly))
		}
		rot.Layers = append(rot.Layers, l)
	}
	for range rapid.IntRange(0, 3).Draw(t, "overrides") {
		from := around.Add(time.Duration(rapid.IntRange(-24*60, 48*60).Draw(t, "from")) * time.Minute)
		to := from.Add(time.Duration(rapid.IntRange(1, 24*60).Draw(t, "minutes")) * time.Minute)
		rot.Overrides = append(rot.Overrides, v1alpha1.RotationOverride{Member: someone.Draw(t, "member"), From: metav1.NewTime(from), To: metav1.NewTime(to)})
	}
	return rot
}

// walker is the slow and plain way: it watches a clock on the wall minute by minute and counts hand-overs one by one. A
// clock that is put back stands still for it until it has caught up.
type walker struct {
	rot   v1alpha1.Rotation
	zone  *time.Location
	shows time.Time // as if the wall were in UTC
	turns []int
	next  []time.Time
}

func (w *walker) begin(at time.Time) {
	for _, l := range w.rot.Layers {
		first, _ := time.Parse(time.DateOnly+" 15:04", string(l.Start)+" "+string(l.HandOver))
		w.turns, w.next = append(w.turns, -1), append(w.next, first)
	}
	for m := at.Add(-3 * 24 * time.Hour); m.Before(at); m = m.Add(time.Minute) {
		w.look(m)
	}
}

func (w *walker) look(at time.Time) {
	local := at.In(w.zone)
	wall := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), 0, 0, time.UTC)
	if wall.After(w.shows) {
		w.shows = wall
	}
	for i, l := range w.rot.Layers {
		for !w.next[i].After(w.shows) {
			w.turns[i]++
			w.next[i] = w.next[i].AddDate(0, 0, int(l.EveryDays))
		}
	}
}

func (w *walker) onCall(at time.Time) v1alpha1.MemberName {
	for _, o := range slices.Backward(w.rot.Overrides) {
		if !at.Before(o.From.Time) && at.Before(o.To.Time) {
			return o.Member
		}
	}
	for i, l := range slices.Backward(w.rot.Layers) {
		over := l.End != "" && w.shows.Format(time.DateOnly+" 15:04") >= string(l.End)+" "+string(l.HandOver)
		if w.turns[i] >= 0 && !over && (len(l.Only) == 0 || w.inWeek(l.Only)) {
			return l.Members[w.turns[i]%len(l.Members)]
		}
	}
	return ""
}

func (w *walker) inWeek(times []v1alpha1.WeekTime) bool {
	clock, today, yesterday := v1alpha1.ClockTime(w.shows.Format("15:04")), w.shows.Format("Mon"), w.shows.AddDate(0, 0, -1).Format("Mon")
	return slices.ContainsFunc(times, func(t v1alpha1.WeekTime) bool {
		overnight := t.To <= t.From
		return slices.Contains(t.Days, v1alpha1.Weekday(today)) && clock >= t.From && (overnight || clock < t.To) ||
			slices.Contains(t.Days, v1alpha1.Weekday(yesterday)) && overnight && clock < t.To
	})
}

// TestRotationsAgainstAWatchedClock: at every minute of three days around a change of clocks exactly the one is on call, or
// nobody, whom somebody who watches the clock would name; turns end when it says; the first hole is the first minute that
// nobody has, unless it is declared.
func TestRotationsAgainstAWatchedClock(t *testing.T) {
	var zones []string
	for zone := range turnsOfClocks {
		zones = append(zones, zone)
	}
	slices.Sort(zones)
	rapid.Check(t, func(t *rapid.T) {
		g := NewWithT(t)
		name := rapid.SampledFrom(zones).Draw(t, "zone")
		zone, err := time.LoadLocation(name)
		g.Expect(err).NotTo(HaveOccurred())
		around, err := time.ParseInLocation(time.DateOnly, rapid.SampledFrom(turnsOfClocks[name]).Draw(t, "day"), zone)
		g.Expect(err).NotTo(HaveOccurred())
		around = around.UTC().Truncate(time.Hour)
		rot := anyRotation(t, around)
		r := desk(watch(name, rot))
		w := &walker{rot: rot, zone: zone}
		from, until := around.Add(-24*time.Hour), around.Add(48*time.Hour)
		w.begin(from)

		turn, _ := r.OnCall("desk", "watch", from)
		var hole time.Time
		for at := from; at.Before(until); at = at.Add(time.Minute) {
			w.look(at)
			want := w.onCall(at)
			declared := want == "" && w.inWeek(rot.Unstaffed)
			p, ok := r.Primary("desk", "watch", at)
			if p.Name != string(want) || ok != (want != "") {
				t.Fatalf("%s: on call is %q, the clock says %q", at.In(zone), p.Name, want)
			}
			if ok && r.Candidates(roster.Query{Team: "desk", Duty: "watch", At: at})[0] != p {
				t.Fatalf("%s: %s is not asked first", at.In(zone), p.Name)
			}
			if changed := turn.Person.Name != string(want) || turn.Unstaffed != declared; changed != at.Equal(turn.Until) {
				t.Fatalf("%s: the turn of %q is said to end at %s", at.In(zone), turn.Person.Name, turn.Until.In(zone))
			} else if changed {
				turn, _ = r.OnCall("desk", "watch", at)
			}
			if hole.IsZero() && want == "" && !declared {
				hole = at
			}
		}
		holes, next := r.Holes("desk", from, until)
		if hole.IsZero() {
			g.Expect(holes).To(BeEmpty())
			g.Expect(next).To(Or(BeZero(), BeTemporally(">=", until)))
			return
		}
		g.Expect(holes).To(HaveLen(1))
		g.Expect(holes[0].From).To(BeTemporally("==", hole))
		g.Expect(holes[0].Why).To(ContainSubstring("it is nobody's turn"))
		if end := holes[0].To; !end.IsZero() {
			is, _ := r.OnCall("desk", "watch", end)
			was, _ := r.OnCall("desk", "watch", end.Add(-time.Second))
			g.Expect([]bool{was.Hole(), is.Hole()}).To(Equal([]bool{true, false}))
		}
	})
}
