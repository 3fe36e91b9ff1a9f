// Package policytest reads and plays PolicyTests: files beside a policy pack that say what must come of some facts and some
// people's conduct. The stories are played by internal/simulation; what somebody may not do is asked of the admission
// policies (internal/gate); the form of the files is judged by a schema that is made from the types (internal/schema). It
// is pure.
//
// +groupName=test.tocsin.dev
// +versionName=v1alpha1
package policytest
