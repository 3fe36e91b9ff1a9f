package triage

import (
	"math"
	"slices"
	"strconv"
	"testing"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"
)

// A tree says what a sorted list would, and stays balanced whatever comes and goes.
func TestTreeEqualsSortedList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := NewWithT(t)
		var tree tree
		list := []mark{}
		for range rapid.IntRange(0, 120).Draw(t, "steps") {
			m := mark{rapid.Int64Range(0, 30).Draw(t, "at"), strconv.Itoa(rapid.IntRange(0, 3).Draw(t, "uid"))}
			at, found := slices.BinarySearchFunc(list, m, mark.compare)
			if rapid.IntRange(0, 2).Draw(t, "remove") == 0 {
				tree.remove(m)
				if found {
					list = slices.Delete(list, at, at+1)
				}
			} else {
				tree.add(m)
				if !found {
					list = slices.Insert(list, at, m)
				}
			}
			checkBalance(t, tree.root)
		}
		walked := []mark{}
		tree.from(math.MinInt64, func(m mark) bool { walked = append(walked, m); return true })
		g.Expect(walked).To(Equal(list))

		at := rapid.Int64Range(-1, 31).Draw(t, "upTo")
		upTo, _ := slices.BinarySearchFunc(list, at+1, func(m mark, at int64) int { return m.compare(mark{at, ""}) })
		g.Expect(tree.upTo(at)).To(Equal(upTo))
	})
}

func checkBalance(t *rapid.T, n *node) {
	if n == nil {
		return
	}
	l, r := n.left.count()+1, n.right.count()+1
	if l > weight*r || r > weight*l || n.size != l+r-1 {
		t.Fatalf("out of balance: %d against %d marks, size %d", l-1, r-1, n.size)
	}
	checkBalance(t, n.left)
	checkBalance(t, n.right)
}
