package triage

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tocsin.dev/tocsin/api/v1alpha1"
	digest "tocsin.dev/tocsin/internal/names"
)

// maxKey is how many characters the API takes.
const maxKey = 253

// CorrelationKey is what tells which incident a complaint of this level belongs to, e.g.
// "category=safety,product=kettle"; complaints with the same key belong together. Empty when complaints of the level
// are not correlated, or the complaint lacks one of the fields: what is not known is not the same.
func (p *Policy) CorrelationKey(level v1alpha1.LevelName, f Fields) string {
	if p.correlation == nil || !p.correlates(level) {
		return ""
	}
	return p.Matter(f)
}

// Matter is the correlation key that a complaint has, or would have at a level that is correlated.
func (p *Policy) Matter(f Fields) string {
	if p.correlation == nil {
		return ""
	}
	var parts []string
	for _, field := range inOrder(p.correlation.By) {
		value := f.get(field)
		if value == "" {
			return ""
		}
		parts = append(parts, string(field)+"="+plain(value))
	}
	key := strings.Join(parts, ",")
	if utf8.RuneCountInString(key) <= maxKey {
		return key
	}
	tail := "~" + digest.Hash(key)
	return cut(key, maxKey-len(tail)) + tail
}

// Shared is what the complaints of an incident of this level have in common, for its title: the values of the fields it is
// correlated by, in the order in which people say them. A pseudonym says nothing to anybody and is left out. Nil when
// the complaint is not correlated: its level is not, or it lacks one of the fields.
func (p *Policy) Shared(level v1alpha1.LevelName, f Fields) []string {
	if p.CorrelationKey(level, f) == "" {
		return nil
	}
	shared := []string{}
	for _, field := range [...]v1alpha1.CountField{"category", "product", "place", "order", "channel"} {
		if slices.Contains(p.correlation.By, field) {
			shared = append(shared, f.get(field))
		}
	}
	return shared
}

func (p *Policy) correlates(level v1alpha1.LevelName) bool {
	if len(p.correlation.Levels) == 0 {
		return p.Rank(level) == 0
	}
	return slices.Contains(p.correlation.Levels, level)
}

// plain leaves a value as it is unless it could be mistaken for more than one.
func plain(value string) string {
	if strings.ContainsAny(value, `,="\`) || strconv.Quote(value) != `"`+value+`"` {
		return strconv.QuoteToGraphic(value)
	}
	return value
}
