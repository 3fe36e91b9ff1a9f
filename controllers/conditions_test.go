package controllers

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// states is a matcher of a condition that was brought up to date for a generation.
func states(status metav1.ConditionStatus, reason string, generation int64) OmegaMatcher {
	return And(HaveField("Status", status), HaveField("Reason", reason), HaveField("ObservedGeneration", generation))
}

func TestListsOfConditionsSayHowManyMore(t *testing.T) {
	g := NewWithT(t)
	g.Expect(listLines([]string{"one", "two"})).To(Equal("one\ntwo"))
	faults := func(n int) (many []string) {
		for i := range n {
			many = append(many, fmt.Sprintf("spec.steps[%d]: this is not as it should be", i))
		}
		return many
	}
	g.Expect(strings.Split(listLines(faults(100)), "\n")).To(HaveLen(100), "all there is room for")
	text := listLines(faults(1000))
	g.Expect(len(text)).To(And(BeNumerically("<=", mostMessage), BeNumerically(">", mostMessage-100)))
	shown := strings.Count(text, "as it should be")
	g.Expect(text).To(HaveSuffix(fmt.Sprintf("\nand %d more, which are named once these are mended", 1000-shown)))
	g.Expect(listWithin([]string{strings.Repeat("x", 80), "y", "z"}, ", ", 40)).To(HaveSuffix("…, and 2 more"))
	g.Expect(len(listWithin([]string{strings.Repeat("x", 80), "y"}, ", ", 40))).To(BeNumerically("<=", 40))
	g.Expect(len(listLines([]string{strings.Repeat("x", 40_000)}))).To(BeNumerically("<=", mostMessage))
}

func TestTheNumberOfLateSteps(t *testing.T) {
	g := NewWithT(t)
	g.Expect(pastDeadline(1)).To(Equal("1 waiting step is past its deadline"))
	g.Expect(pastDeadline(2)).To(Equal("2 waiting steps are past their deadline"))
}
