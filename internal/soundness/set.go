package soundness

import (
	"iter"
	"math/bits"
)

// set is a set of small numbers, of which the largest is known when it is made.
type set []uint64

func newSet(n int) set { return make(set, (n+63)/64) }

func (s set) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }

func (s set) add(i int) { s[i/64] |= 1 << (i % 64) }

// addAll adds what is in another set and says whether anything was new.
func (s set) addAll(of set) bool {
	grown := false
	for k, w := range of {
		grown = grown || w&^s[k] != 0
		s[k] |= w
	}
	return grown
}

func (s set) meets(other set) bool {
	for k, w := range other {
		if s[k]&w != 0 {
			return true
		}
	}
	return false
}

func (s set) len() int {
	n := 0
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// each goes through a set in order.
func (s set) each() iter.Seq[int] {
	return func(yield func(int) bool) {
		for k, w := range s {
			for ; w != 0; w &= w - 1 {
				if !yield(k*64 + bits.TrailingZeros64(w)) {
					return
				}
			}
		}
	}
}

// addCommon adds what is in both of two sets.
func (s set) addCommon(a, b set) {
	for k, w := range b {
		s[k] |= a[k] & w
	}
}
