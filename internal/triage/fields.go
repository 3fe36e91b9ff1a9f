package triage

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Fields is what complaints can have in common, and when one was received (to the second).
type Fields struct {
	Category, Product, Place, Order, Complainant, Channel string
	// Signals are the words of spec.signals, each between spaces.
	Signals    string
	ReceivedAt time.Time
}

// FieldsOf reads the fields of a complaint; one without receivedAt counts from its creation.
func FieldsOf(c *v1alpha1.Complaint) Fields {
	f := Fields{
		Category:   string(c.Spec.Category),
		Product:    c.Spec.Product,
		Place:      c.Spec.Place,
		Order:      c.Spec.Order,
		Channel:    string(c.Spec.Channel),
		ReceivedAt: c.Spec.ReceivedAt.Time,
	}
	for _, s := range c.Spec.Signals {
		f.Signals += " " + string(s) + " "
	}
	if c.Spec.Complainant != nil {
		f.Complainant = c.Spec.Complainant.Pseudonym
	}
	if f.ReceivedAt.IsZero() {
		f.ReceivedAt = c.CreationTimestamp.Time
	}
	return f
}

// countable are the fields complaints can be compared by.
var countable = []v1alpha1.CountField{"category", "product", "place", "order", "complainant", "channel"}

// countFields are these as people read them.
func countFields() string {
	return joined(countable, func(f v1alpha1.CountField) string { return string(f) })
}

// get is the value of a field; empty for one it does not know.
func (f *Fields) get(field v1alpha1.CountField) string {
	switch field {
	case "category":
		return f.Category
	case "product":
		return f.Product
	case "place":
		return f.Place
	case "order":
		return f.Order
	case "complainant":
		return f.Complainant
	case "channel":
		return f.Channel
	}
	return ""
}

// fieldSet is a set of fields, whatever the order and however often they are named: bit k is field k of countable.
type fieldSet uint8

// unknownField is in a set with a field that there is none of.
const unknownField fieldSet = 1 << 7

func setOf(by []v1alpha1.CountField) (set fieldSet) {
	for _, field := range by {
		k := slices.Index(countable, field)
		if k < 0 {
			set |= unknownField
			continue
		}
		set |= 1 << k
	}
	return set
}

// carries is whether a signal is there; every complaint carries the empty one.
func (f *Fields) carries(signal v1alpha1.Identifier) bool {
	return signal == "" || strings.Contains(f.Signals, " "+string(signal)+" ")
}

// shared spells the values of some fields so that two complaints have the same spelling exactly when they have the
// same values. A complaint that lacks one of them shares nothing with anybody: what is not known is not the same.
func (f *Fields) shared(by fieldSet) (spelling string, ok bool) {
	if by&unknownField != 0 {
		return "", false
	}
	var b strings.Builder
	for k, field := range countable {
		if by&(1<<k) == 0 {
			continue
		}
		value := f.get(field)
		if value == "" {
			return "", false
		}
		b.WriteString(strconv.Itoa(len(value)))
		b.WriteByte(':')
		b.WriteString(value)
	}
	return b.String(), by != 0
}

// inOrder is the same set of fields in one order, without repeats.
func inOrder(by []v1alpha1.CountField) []v1alpha1.CountField {
	by = slices.Clone(by)
	slices.Sort(by)
	return slices.Compact(by)
}
