package triage

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
)

var epoch = time.Date(2024, 5, 21, 9, 0, 0, 0, time.UTC)

// scan is what an Index must say, found the plain way: by looking at every complaint.
type scan map[string]placed

type placed struct {
	namespace string
	Fields
}

func (s scan) count(namespace, uid string, spec v1alpha1.Count) int64 {
	self, ok := s[uid]
	if !ok || self.namespace != namespace {
		return 0
	}
	seen := map[string]bool{}
	for other, f := range s {
		if other != uid && (f.namespace != namespace || !same(self.Fields, f.Fields, spec.By)) {
			continue
		}
		age := self.ReceivedAt.Sub(f.ReceivedAt)
		if spec.Signal != "" && !slices.Contains(strings.Fields(f.Signals), string(spec.Signal)) || age < 0 || age >= time.Duration(seconds(spec.Window))*time.Second {
			continue
		}
		if spec.Of == v1alpha1.CountedComplainants && f.Complainant != "" {
			other = "person " + f.Complainant
		}
		seen[other] = true
	}
	return int64(len(seen))
}

// count is one figure.
func count(index *Index, namespace, uid string, spec v1alpha1.Count) int64 {
	return index.Counts(namespace, uid, &Policy{counts: []v1alpha1.Count{spec}}, nil)[0]
}

func same(a, b Fields, by []v1alpha1.CountField) bool {
	for _, field := range by {
		if a.get(field) == "" || a.get(field) != b.get(field) {
			return false
		}
	}
	return true
}

var (
	fieldsDrawn = rapid.Custom(func(t *rapid.T) Fields {
		value := rapid.SampledFrom([]string{"", "a", "b"})
		return Fields{
			Category:    value.Draw(t, "category"),
			Product:     value.Draw(t, "product"),
			Place:       "x",
			Complainant: rapid.SampledFrom([]string{"", "ann", "bob", "eve"}).Draw(t, "complainant"),
			Channel:     "Phone",
			Signals:     rapid.SampledFrom([]string{"", " loud ", " quiet  loud ", " loudest "}).Draw(t, "signals"),
			ReceivedAt:  epoch.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "hour")) * time.Hour),
		}
	})
	countDrawn = rapid.Custom(func(t *rapid.T) v1alpha1.Count {
		by := rapid.SampledFrom([][]v1alpha1.CountField{{"place"}, {"category"}, {"product", "category"}, {"complainant"}, {"channel", "place"}})
		return v1alpha1.Count{
			Name:   "n",
			By:     by.Draw(t, "by"),
			Window: v1alpha1.Duration(strconv.Itoa(rapid.IntRange(1, 20).Draw(t, "window")) + "h"),
			Of:     rapid.SampledFrom([]v1alpha1.Counted{"", v1alpha1.CountedComplaints, v1alpha1.CountedComplainants}).Draw(t, "of"),
			Signal: rapid.SampledFrom([]v1alpha1.Identifier{"", "loud"}).Draw(t, "signal"),
		}
	})
)

// Whatever comes, changes and goes, in whatever order questions are asked, the index says what a scan would.
func TestIndexEqualsScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var index Index
		truth := scan{}
		asked := rapid.SampledFrom(rapid.SliceOfN(countDrawn, 1, 3).Draw(t, "asked"))
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			uid := "c" + strconv.Itoa(rapid.IntRange(0, 14).Draw(t, "uid"))
			if rapid.IntRange(0, 4).Draw(t, "remove") == 0 {
				index.Remove(uid)
				delete(truth, uid)
			} else {
				p := placed{rapid.SampledFrom([]string{"north", "south"}).Draw(t, "namespace"), fieldsDrawn.Draw(t, "fields")}
				changed := index.Upsert(uid, p.namespace, p.Fields)
				if old, ok := truth[uid]; changed != (!ok || old != p) {
					t.Fatalf("Upsert of %s says changed = %v", uid, changed)
				}
				truth[uid] = p
			}
			spec := asked.Draw(t, "count")
			for _, uid := range slices.Sorted(maps.Keys(truth)) {
				for _, namespace := range []string{"north", "south"} {
					if got, want := count(&index, namespace, uid, spec), truth.count(namespace, uid, spec); got != want {
						t.Fatalf("%s in %s, %v by %v in %s: %d, a scan says %d", uid, namespace, spec.Of, spec.By, spec.Window, got, want)
					}
				}
			}
		}
	})
}

// The neighbours of a complaint are exactly those whose count changes when it goes.
func TestNeighboursAreThoseWhoseCountChanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var index Index
		truth := scan{}
		for i := range rapid.IntRange(10, 25).Draw(t, "complaints") {
			p := placed{"north", fieldsDrawn.Draw(t, "fields")}
			truth[fmt.Sprint("c", i)] = p
			index.Upsert(fmt.Sprint("c", i), "north", p.Fields)
		}
		spec := countDrawn.Draw(t, "count")
		for _, uid := range slices.Sorted(maps.Keys(truth)) {
			got := index.Neighbours("north", uid, spec)
			without := maps.Clone(truth)
			delete(without, uid)
			var want []string
			for _, other := range slices.Sorted(maps.Keys(without)) {
				if truth.count("north", other, spec) != without.count("north", other, spec) {
					want = append(want, other)
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Fatalf("%s: neighbours %v, the counts of %v change", uid, got, want)
			}
		}
	})
}

func TestNeighboursAreBoundedAndNearestFirst(t *testing.T) {
	g := NewWithT(t)
	var index Index
	for i := range 2 * MaxNeighbours {
		index.Upsert(fmt.Sprintf("c%04d", i), "north", Fields{Category: "a", ReceivedAt: epoch.Add(time.Duration(i) * time.Second)})
	}
	found := index.Neighbours("north", "c0000", v1alpha1.Count{By: []v1alpha1.CountField{"category"}, Window: "1d"})
	g.Expect(found).To(HaveLen(MaxNeighbours))
	g.Expect(found[0]).To(Equal("c0001"))
	g.Expect(found[MaxNeighbours-1]).To(Equal(fmt.Sprintf("c%04d", MaxNeighbours)))
}

// (receivedAt-window, receivedAt]: a complaint exactly a window older is out, one a second younger is in.
func TestWindowAtBothEdges(t *testing.T) {
	spec := v1alpha1.Count{By: []v1alpha1.CountField{"category"}, Window: "30d"}
	for _, c := range []struct {
		name    string
		earlier time.Duration
		want    int64
	}{
		{"exactly a window before", 30 * 24 * time.Hour, 1},
		{"a second less", 30*24*time.Hour - time.Second, 2},
		{"at the same moment", 0, 2},
		{"a second later", -time.Second, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, of := range []v1alpha1.Counted{v1alpha1.CountedComplaints, v1alpha1.CountedComplainants} {
				g := NewWithT(t)
				var index Index
				spec.Of = of
				index.Upsert("this", "north", Fields{Category: "a", ReceivedAt: epoch})
				index.Upsert("other", "north", Fields{Category: "a", ReceivedAt: epoch.Add(-c.earlier)})
				g.Expect(count(&index, "north", "this", spec)).To(Equal(c.want), string(of))
			}
		})
	}
}

func TestEmptyNamespaceIsForgotten(t *testing.T) {
	g := NewWithT(t)
	var index Index
	index.Upsert("c", "north", Fields{Category: "a", ReceivedAt: epoch})
	g.Expect(count(&index, "north", "c", v1alpha1.Count{By: []v1alpha1.CountField{"category"}, Window: "1d", Of: v1alpha1.CountedComplainants})).To(BeEquivalentTo(1))
	index.Remove("c")
	g.Expect(index.spaces).To(BeEmpty())
	g.Expect(index.complaints).To(BeEmpty())
}

// The time of a question does not grow with the number of complaints.
func BenchmarkCount(b *testing.B) {
	for _, complaints := range []int{100, 10_000, 100_000} {
		for _, of := range []v1alpha1.Counted{v1alpha1.CountedComplaints, v1alpha1.CountedComplainants} {
			b.Run(fmt.Sprintf("%s/%d", of, complaints), func(b *testing.B) {
				var index Index
				for i := range complaints {
					index.Upsert(strconv.Itoa(i), "north", Fields{
						Category: "a", Complainant: "p" + strconv.Itoa(i%(complaints/3)), ReceivedAt: epoch.Add(time.Duration(i) * time.Minute),
					})
				}
				spec := v1alpha1.Count{By: []v1alpha1.CountField{"category"}, Of: of}
				last := strconv.Itoa(complaints - 1)
				for b.Loop() {
					for _, spec.Window = range []v1alpha1.Duration{"30d", "29d"} { // what was asked last is remembered
						count(&index, "north", last, spec)
					}
				}
			})
		}
	}
}
