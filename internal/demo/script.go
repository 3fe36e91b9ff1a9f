package demo

import (
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Speed is how soon the people of a case answer.
type Speed string

// How soon the people of a case answer.
const (
	Prompt   Speed = "prompt"   // within the hour or two, in time
	Late     Speed = "late"     // some deadlines pass before they answer
	VeryLate Speed = "veryLate" // the ladder is climbed and somebody above answers
	Stalled  Speed = "stalled"  // nobody answers for a month, until a level that rises by itself calls others
)

// stalledFor is how long nobody answers a stalled case.
const stalledFor = 31 * 24 * time.Hour

// Special is what else happens in a case.
type Special string

// What else happens in a case; see the README of the pack.
const (
	SpecialDecline     Special = "decline"
	SpecialRecused     Special = "recused"
	SpecialForge       Special = "forge"
	SpecialSelfApprove Special = "selfApprove"
	SpecialRefuse      Special = "refuse"
	SpecialHandOver    Special = "handOver"
	SpecialExtend      Special = "extend"
	SpecialPause       Special = "pause"
	SpecialWithdraw    Special = "withdraw"
	SpecialMerge       Special = "merge"
	SpecialReopen      Special = "reopen"
)

// Script is how the cast plays a case.
type Script struct {
	// Founded is the outcome of the checks.
	Founded string
	// Satisfaction is the answer to each follow-up; the last one is given again.
	Satisfaction []string
	Speed        Speed
	// SilentUntil is when the people of a stalled case begin to answer.
	SilentUntil time.Time
	Special     Special
	// Into is the complaint to merge into.
	Into string
	// Remedy are the kinds offered in each round; the last one is offered again.
	Remedy [][]string
	// AmountCents is the worth of the offer.
	AmountCents int64
	Currency    string
}

// ReadScript reads what an import mapping noted beside a complaint. What it does not say is drawn from the seed.
func ReadScript(notes map[string]string, seed uint64, name string) Script {
	r := draw(seed, name)
	s := Script{
		Founded: notes["founded"], Satisfaction: split(notes["satisfaction"], ">"), Speed: Speed(notes["speed"]),
		Special: Special(notes["special"]), Into: notes["into"], Currency: "CNY",
	}
	if s.Founded == "" {
		s.Founded = "founded"
		if r.IntN(8) == 0 {
			s.Founded = "unfounded"
		}
	}
	if len(s.Satisfaction) == 0 {
		s.Satisfaction = []string{"satisfied"}
		if r.IntN(10) == 0 {
			s.Satisfaction = []string{"dissatisfied", "basicallySatisfied"}
		}
	}
	if s.Speed == "" {
		s.Speed = []Speed{Prompt, Prompt, Prompt, Prompt, Prompt, Prompt, Prompt, Prompt, Late, VeryLate}[r.IntN(10)]
	}
	for _, round := range split(notes["remedy"], ">") {
		s.Remedy = append(s.Remedy, split(round, ";"))
	}
	if len(s.Remedy) == 0 {
		s.Remedy = [][]string{{"Explanation", "Apology"}}
	}
	if amount, err := strconv.ParseFloat(notes["amount"], 64); err == nil {
		s.AmountCents = int64(amount*100 + 0.5)
	}
	return s
}

func split(s, sep string) []string {
	var out []string
	for part := range strings.SplitSeq(s, sep) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// draw is a source of chance that depends on seed and name alone.
func draw(seed uint64, name string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// The cast's moments are rounded up, so that several things happen at the same one: to the hour where there is time to
// answer, to half an hour where there is less, to five minutes where there is little. Complaints come in every two hours.
const (
	intakeGrid = 2 * time.Hour
	grid       = time.Hour
	middleGrid = 30 * time.Minute
	shortGrid  = 5 * time.Minute
	middleTime = 5 * time.Hour
	shortTime  = 40 * time.Minute
	noHurry    = 24 * time.Hour
)

// onGrid rounds a moment up; left is how much time there is.
func onGrid(t time.Time, left time.Duration) time.Time {
	step := grid
	switch {
	case left <= shortTime:
		step = shortGrid
	case left <= middleTime:
		step = middleGrid
	}
	return upTo(t, step)
}

// upTo rounds a moment up to a multiple of step.
func upTo(t time.Time, step time.Duration) time.Time {
	if r := t.Truncate(step); r.Before(t) {
		return r.Add(step)
	}
	return t
}

func pick[T any](list []T, i int) T { return list[min(i, len(list)-1)] }
