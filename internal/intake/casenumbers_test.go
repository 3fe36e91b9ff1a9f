package intake

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"
)

// Whatever days are asked for, in whatever order, no number is ever given twice, and the table stays small.
func TestSerialsAreNeverGivenTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := map[string]string{}
		given := map[string]bool{}
		for range rapid.IntRange(1, 150).Draw(t, "steps") {
			day := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 90).Draw(t, "day")).Format("20060102")
			count := rapid.Int64Range(1, 3).Draw(t, "count")
			first, err := advance(table, day, count)
			if err != nil || first < 1 {
				t.Fatalf("day %s: %d, %v", day, first, err)
			}
			for serial := first; serial < first+count; serial++ {
				number := day + "/" + strconv.FormatInt(serial, 10)
				if given[number] {
					t.Fatalf("%s is given twice; table %v", number, table)
				}
				given[number] = true
			}
			if len(table) > keptDays+1 {
				t.Fatalf("%d keys", len(table))
			}
		}
	})
}

func TestDayBeginsAtOneAndOldDaysAreDropped(t *testing.T) {
	g := NewWithT(t)
	table := map[string]string{}
	for i := range keptDays + 2 {
		first, err := advance(table, fmt.Sprintf("2024%04d", i), int64(10+i))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(first).To(BeEquivalentTo(1))
	}
	g.Expect(table).To(HaveKeyWithValue("earlier", "20240001.11"))
	g.Expect(table).NotTo(HaveKey("20240001"))
	g.Expect(table).To(HaveKeyWithValue("20240002", "12"))
	first, err := advance(table, "20240000", 5)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(first).To(BeEquivalentTo(12), "above every serial of the days that were dropped")
}

func TestTableThatSomebodyBroke(t *testing.T) {
	for _, c := range []struct {
		key, value, want string
	}{
		{"20240521", "many", `key 20240521 holds "many" where the last serial given belongs; put a number`},
		{"20240521", "-1", `key 20240521 holds "-1" where`},
		{"earlier", "yes", `key earlier holds "yes"; write the latest day dropped`},
	} {
		t.Run(c.value, func(t *testing.T) {
			_, err := advance(map[string]string{c.key: c.value}, "20240521", 1)
			NewWithT(t).Expect(err).To(MatchError(HavePrefix(c.want)))
		})
	}
}
