package engine_test

import (
	"testing"

	. "github.com/onsi/gomega"
)

// TestNoDeadlineBeyondTheEndOfTime: the API takes no date after 2199, and a status with a later one could not be written.
func TestNoDeadlineBeyondTheEndOfTime(t *testing.T) {
	g := NewWithT(t)
	w := tale{steps: `
steps:
- {name: check, task: {to: handler}, within: {elapsed: 9999d}}
`}.world(t)
	w.now = at(t, "2190-06-01T09:00:00Z")
	w.begin(1)
	w.decide()
	g.Expect(w.step("check").DueAt.UTC()).To(Equal(at(t, "2199-12-31T23:59:59Z")))
}
