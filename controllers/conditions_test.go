package controllers

import (
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// states is a matcher of a condition that was brought up to date for a generation.
func states(status metav1.ConditionStatus, reason string, generation int64) OmegaMatcher {
	return And(HaveField("Status", status), HaveField("Reason", reason), HaveField("ObservedGeneration", generation))
}
