package controllers

import (
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// states is a matcher of a condition that was brought up to date for a generation.
func states(status metav1.ConditionStatus, reason string, generation int64) OmegaMatcher {
	return And(HaveField("Status", status), HaveField("Reason", reason), HaveField("ObservedGeneration", generation))
}

func TestTheNumberOfLateSteps(t *testing.T) {
	g := NewWithT(t)
	g.Expect(pastDeadline(1)).To(Equal("1 waiting step is past its deadline"))
	g.Expect(pastDeadline(2)).To(Equal("2 waiting steps are past their deadline"))
}
