package main

import (
	"testing"

	"tocsin.dev/tocsin/internal/verify"
)

// The policies that are measured are right by themselves: a rule that verify gains would otherwise end the measurement.
func TestMeasuredPoliciesAreRight(t *testing.T) {
	for name, book := range map[string]string{"long": longBook(20, 1), "wide": wideBook(30)} {
		t.Run(name, func(t *testing.T) {
			if _, err := verified(t.Context(), []verify.File{{Name: name + ".yaml", Text: []byte(measuredTeam + book)}}); err != nil {
				t.Error(err)
			}
		})
	}
}
