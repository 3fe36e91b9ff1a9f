package soundness

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"tocsin.dev/tocsin/internal/playbook"
)

// wanted is what conditions look for in a fact.
type wanted struct {
	domain  *playbook.Domain
	words   []string
	numbers []int64
	texts   playbook.Texts
	// loose is whether some condition does more with it than compare it with what is written beside it.
	loose bool
}

// wanted gathers it from all conditions.
func (l *lean) wanted(fact string) wanted {
	w := wanted{domain: playbook.DomainOf(fact)}
	for _, c := range l.exprs {
		looks := c.expr.Looks()
		for _, path := range looks.Paths {
			if l.sameAs(path) == fact {
				w.words = append(w.words, looks.Words[path]...)
				w.numbers = append(w.numbers, looks.Numbers...)
			}
		}
	}
	for _, a := range l.atomsOn(fact) {
		w.loose = w.loose || l.looksAt(a.Loose, fact)
		for path, t := range a.Texts {
			if l.sameAs(path) == fact {
				w.texts.Starts, w.texts.Ends = append(w.texts.Starts, t.Starts...), append(w.texts.Ends, t.Ends...)
				w.texts.Parts, w.texts.Patterns = append(w.texts.Parts, t.Parts...), append(w.texts.Patterns, t.Patterns...)
			}
		}
	}
	for _, list := range []*[]string{&w.words, &w.texts.Starts, &w.texts.Ends, &w.texts.Parts} {
		*list = distinctWords(*list)
	}
	slices.Sort(w.numbers)
	w.numbers = slices.Compact(w.numbers)
	return w
}

// atomsOn are the different parts of conditions that look at a fact.
func (l *lean) atomsOn(fact string) []*playbook.Atom {
	var out []*playbook.Atom
	for _, c := range l.exprs {
		for _, a := range c.expr.Atoms() {
			if l.looksAt(a.Paths, fact) && !slices.ContainsFunc(out, func(b *playbook.Atom) bool { return a.Source == b.Source }) {
				out = append(out, a)
			}
		}
	}
	return out
}

// distinctWords sorts words and leaves out the empty one.
func distinctWords(list []string) []string {
	slices.Sort(list)
	return slices.DeleteFunc(slices.Compact(list), func(w string) bool { return w == "" })
}

// candidates are values of a fact: texts, lists of texts or numbers.
type candidates struct {
	list []any
	// whole is whether they stand for all there are, as far as conditions only compare.
	whole bool
}

func (w *wanted) candidates() candidates {
	var c candidates
	switch {
	case w.domain.Most > 0:
		c.whole = true
		for _, n := range w.countable() {
			c.list = append(c.list, n)
		}
	case w.domain.Items > 0:
		lists, whole := w.lists()
		c.whole = whole
		for _, words := range lists {
			c.list = append(c.list, words)
		}
	default:
		texts, whole := w.spellings()
		c.whole = whole
		texts = append(w.others(1), texts...)
		if !w.domain.Given {
			texts = slices.Insert(texts, min(1, len(texts)), "")
		}
		for _, text := range texts {
			c.list = append(c.list, text)
		}
	}
	return c
}

// countable are the numbers around those that are named, and of a fact that is reckoned with some that could come of it.
func (w *wanted) countable() []int64 {
	near := []int64{w.domain.Least}
	for _, n := range w.numbers {
		near = append(near, n-1, n, n+1)
	}
	if w.loose {
		near = append(near, w.domain.Most)
		for _, a := range w.numbers {
			for _, b := range w.numbers {
				near = append(near, a+b, a-b)
				if b != 0 && a < math.MaxInt32 && b < math.MaxInt32 {
					near = append(near, a*b-1, a*b, a*b+1, (a+1)*b, a/b)
				}
			}
		}
	}
	slices.Sort(near)
	return slices.DeleteFunc(slices.Compact(near), func(n int64) bool { return n < w.domain.Least || n > w.domain.Most })
}

// mostSubsets is of how many words every subset is tried; of more each alone, none and all.
const mostSubsets = 10

// lists are sets of the words that could matter, with as many others as the sizes that are named ask for.
func (w *wanted) lists() (out [][]string, whole bool) {
	words, whole := w.spellings()
	others := w.others(w.domain.Items)
	for _, set := range subsets(words) {
		sizes := []int64{int64(len(set)), int64(len(set)) + 1}
		for _, n := range w.numbers {
			sizes = append(sizes, n-1, n, n+1)
		}
		slices.Sort(sizes)
		for _, size := range slices.Compact(sizes) {
			if more := size - int64(len(set)); more >= 0 && more <= int64(len(others)) && size <= int64(w.domain.Items) {
				out = append(out, slices.Concat(set, others[:more]))
				if w.loose && more > 0 { // it may ask for the first of them
					out = append(out, slices.Concat(others[:more], set))
				}
			}
		}
	}
	return out, whole && len(words) <= mostSubsets
}

// others are up to n texts that nothing looks for.
func (w *wanted) others(n int) []string {
	var out []string
	offer := func(word string) {
		if len(out) < n && w.domain.Admits(word) && !slices.Contains(w.words, word) {
			out = append(out, word)
		}
	}
	for _, word := range w.domain.Words {
		offer(word)
	}
	offer(otherWord)
	for _, letter := range letters {
		offer(strings.Repeat(string(letter), 3)) // a currency has three letters
	}
	return out
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

func subsets(words []string) [][]string {
	if len(words) > mostSubsets {
		out := [][]string{nil, words}
		for i := range words {
			out = append(out, words[i:i+1])
		}
		return out
	}
	var out [][]string
	for set := range 1 << len(words) {
		var some []string
		for i, w := range words {
			if set&(1<<i) != 0 {
				some = append(some, w)
			}
		}
		out = append(out, some)
	}
	return out
}

// mostSpellings is how many texts are made of the pieces that a text is searched for.
const mostSpellings = 256

// spellings are the texts that conditions could tell apart from those that nothing looks for, and whether there are no more, as
// far as conditions only compare.
func (w *wanted) spellings() (out []string, whole bool) {
	pieced := len(w.texts.Starts)+len(w.texts.Ends)+len(w.texts.Parts) > 0
	if w.domain.Words != nil && (w.loose || pieced) {
		return w.domain.Words, true
	}
	whole = true
	add := func(text string) bool {
		if text == "" || !w.domain.Admits(text) {
			return false
		}
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
		return true
	}
	for _, word := range w.words {
		add(word)
	}
	if pieced {
		for _, text := range w.pieced() {
			whole = add(text) && whole
		}
		whole = whole && len(out) < mostSpellings
	}
	if w.loose {
		for _, text := range w.likely() {
			add(text)
		}
	}
	return out, whole
}

// pieced are texts that begin with, hold and end with every choice of the pieces that texts are searched for. A letter that is in none
// of them parts them, so that none comes about where they meet: every other text does as one of these does.
func (w *wanted) pieced() []string {
	all := strings.Join(slices.Concat(w.words, w.texts.Starts, w.texts.Ends, w.texts.Parts), "")
	at := strings.IndexFunc(letters, func(r rune) bool { return !strings.ContainsRune(all, r) })
	if at < 0 {
		return []string{""} // none can be made, which counts as one that cannot be
	}
	between := letters[at : at+1]
	var out []string
	for _, start := range append([]string{""}, w.texts.Starts...) {
		for _, end := range append([]string{""}, w.texts.Ends...) {
			for _, parts := range subsets(w.texts.Parts) {
				if len(out) == mostSpellings {
					return append(out, "")
				}
				out = append(out, start+between+strings.Join(append(parts, ""), between)+end)
			}
		}
	}
	return out
}

// mostTold is of how many parts of conditions that do more than compare it is asked whether every choice of them can hold.
const mostTold = 6

// telling leaves of the values of a fact one for each way in which the parts of conditions answer, and says why those are not all
// ways. Where a part does more than compare, they are all if every choice of the parts was seen to hold.
func (l *lean) telling(fact string, choices []func(*values), whole bool) (out []func(*values), why string) {
	atoms := l.atomsOn(fact)
	loose := slices.IndexFunc(atoms, func(a *playbook.Atom) bool { return l.looksAt(a.Loose, fact) })
	alone := !slices.ContainsFunc(atoms, func(a *playbook.Atom) bool {
		return slices.ContainsFunc(a.Paths, func(path string) bool { return l.sameAs(path) != fact })
	})
	if alone {
		seen, answered := map[string]bool{}, 0
		for _, choose := range choices {
			v := values{level: otherWord}
			v.complaint.Affected, v.incident.Exists = 1, true
			choose(&v)
			key, answers := "", true
			for _, a := range atoms {
				holds, err := a.Holds(&playbook.Env{Complaint: &v.complaint, Incident: &v.incident, Level: v.level})
				key, answers = key+truthText(holds, err), answers && err == nil
			}
			if !seen[key] {
				seen[key] = true
				out = append(out, choose)
				if answers {
					answered++
				}
			}
		}
		choices = out
		if loose >= 0 && len(atoms) <= mostTold && answered == 1<<len(atoms) {
			return choices, ""
		}
	}
	switch d := playbook.DomainOf(fact); {
	case loose >= 0 && (d.Words == nil || d.Items > 0):
		return choices, notAll(fact, atoms[loose])
	case !whole:
		return choices, tooMany
	}
	return choices, ""
}

// notAll says why not all values of a fact were tried.
func notAll(fact string, a *playbook.Atom) string {
	return fmt.Sprintf("not every value of %s was tried, because %q does more than compare it", fact, a.Source)
}

// set gives a fact a value.
func (v *values) set(path string, value any) {
	text, _ := value.(string)
	words, _ := value.([]string)
	number, _ := value.(int64)
	c, in := &v.complaint, &v.incident
	switch path {
	case "complaint.channel":
		c.Channel = text
	case "complaint.category":
		c.Category = text
	case "complaint.product":
		c.Product = text
	case "complaint.place":
		c.Place = text
	case "complaint.order":
		c.Order = text
	case "complaint.class":
		c.Class = text
	case "complaint.level":
		c.Level = text
	case "complaint.expectation":
		c.Expectation = words
	case "complaint.signals":
		c.Signals = words
	case "complaint.affected":
		c.Affected = number
	case "complaint.reopened":
		c.Reopened = number
	case "complaint.remedy.kinds":
		c.Remedy.Kinds = words
	case "complaint.remedy.amountCents":
		c.Remedy.AmountCents = number
	case "complaint.remedy.currency":
		c.Remedy.Currency = text
	case "incident.level":
		in.Level = text
	case "incident.signals":
		in.Signals = words
	case "incident.complaints":
		in.Complaints = number
	}
}
