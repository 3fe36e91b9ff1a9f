package triage

import (
	"encoding/binary"
	"slices"
	"sync"

	"tocsin.dev/tocsin/internal/playbook"
)

// judgement is what the rules of a policy say about some facts. It is shared and never changed.
type judgement struct {
	matching []*rule
	failed   []RuleFailure
}

// mostJudged bounds what a policy remembers; then it begins anew.
const mostJudged = 4096

// judged remembers judgements by the key of their facts. The zero value is empty; nil remembers nothing.
type judged struct {
	mu    sync.Mutex
	known map[string]judgement
}

func (j *judged) get(key []byte) (judgement, bool) {
	if j == nil || key == nil {
		return judgement{}, false
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	found, ok := j.known[string(key)]
	return found, ok
}

func (j *judged) put(key []byte, is judgement) {
	if j == nil || key == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.known == nil || len(j.known) >= mostJudged {
		j.known = map[string]judgement{}
	}
	j.known[string(key)] = is
}

// looks are the fields of a complaint that any rule of a policy looks at.
type looks struct{ fields []string }

// looksOf collects what the rules look at.
func looksOf(rules []rule) (l looks) {
	for i := range rules {
		for _, field := range rules[i].when.Fields {
			if !slices.Contains(l.fields, field) {
				l.fields = append(l.fields, field)
			}
		}
	}
	return l
}

// key spells what the rules look at, so that the same spelling gives the same judgement; nil where a rule looks at a field
// that is not spelt here. It is appended to key.
func (l looks) key(f *Facts, key []byte) []byte {
	text := func(s string) {
		key = binary.AppendUvarint(key, uint64(len(s)))
		key = append(key, s...)
	}
	list := func(words []string) {
		key = binary.AppendUvarint(key, uint64(len(words)))
		for _, w := range words {
			text(w)
		}
	}
	c := &f.Complaint
	for _, field := range l.fields {
		switch field {
		case "channel":
			text(c.Channel)
		case "category":
			text(c.Category)
		case "product":
			text(c.Product)
		case "place":
			text(c.Place)
		case "order":
			text(c.Order)
		case "class":
			text(c.Class)
		case "expectation":
			list(c.Expectation)
		case "signals":
			list(c.Signals)
		case "affected":
			key = binary.AppendVarint(key, c.Affected)
		case "reopened":
			key = binary.AppendVarint(key, c.Reopened)
		case "remedy":
			list(c.Remedy.Kinds)
			key = binary.AppendVarint(key, c.Remedy.AmountCents)
			text(c.Remedy.Currency)
		default:
			return nil
		}
	}
	key = binary.AppendUvarint(key, uint64(len(f.Counts)))
	for _, n := range f.Counts {
		key = binary.AppendVarint(key, n)
	}
	text(string(f.Overruled))
	return append(key, exists(f.Incident))
}

// exists is all that rules see of an incident.
func exists(incident *playbook.IncidentFacts) byte {
	if incident != nil && incident.Exists {
		return 1
	}
	return 0
}
