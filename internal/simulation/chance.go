package simulation

import (
	"cmp"
	"hash/fnv"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// usualDelay is how long an answer takes about which the cast says nothing.
const usualDelay = 30 * time.Minute

// chance is a source of numbers that depends on the seed and on what they are for alone, so that a case goes the same way
// whatever other cases there are.
func (c *Cast) chance(record, step string, round int32, what string) *rand.Rand {
	h := fnv.New64a()
	for _, word := range []string{record, step, strconv.Itoa(int(round)), what} {
		_, _ = h.Write([]byte(word))
		_, _ = h.Write([]byte{0})
	}
	return rand.New(rand.NewPCG(c.Seed, h.Sum64()))
}

// ninth is how many standard deviations lie between the median of a normal distribution and what nine of ten stay below.
const ninth = 1.2815515655446004

func (d Delay) median() time.Duration {
	if d.Median == "" {
		return usualDelay
	}
	return calendar.Elapsed(d.Median)
}

// longest is the longest delay that is drawn: where median and slow lie far apart, chance knows no end.
const longest = 9999 * 24 * time.Hour

// draw is one delay, in whole seconds.
func (d Delay) draw(r *rand.Rand) time.Duration {
	median, slow := d.median(), calendar.Elapsed(d.Slow)
	if slow <= median || median <= 0 {
		return median
	}
	sigma := math.Log(float64(slow)/float64(median)) / ninth
	return time.Duration(min(float64(median)*math.Exp(sigma*r.NormFloat64()), float64(longest))).Round(time.Second)
}

// outcome is the answer to a task in one of its rounds; empty: the cast does not say.
func (a *Answer) outcome(round int32, r *rand.Rand) v1alpha1.Identifier {
	if len(a.Outcomes) > 0 {
		return a.Outcomes[min(max(int(round), 1), len(a.Outcomes))-1]
	}
	total := 0
	for _, share := range a.Shares {
		total += share
	}
	if total == 0 {
		return ""
	}
	left := r.IntN(total)
	for _, outcome := range slices.SortedFunc(maps.Keys(a.Shares), cmp.Compare[v1alpha1.Identifier]) {
		if left -= a.Shares[outcome]; left < 0 {
			return outcome
		}
	}
	return ""
}
