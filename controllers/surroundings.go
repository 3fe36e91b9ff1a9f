package controllers

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/conditions"
	"tocsin.dev/tocsin/internal/verify"
)

// conditionWorkable is whether a playbook finds around it what it needs: people for each part, somebody who is told in time. It says
// what `kubectl tocsin verify` would say of the namespace. It withdraws no revision.
const conditionWorkable = "Workable"

// conditionCovered is whether any one person can be away, whoever is complained about, without leaving something to nobody. It is the
// part of Workable that people's calendars change.
const conditionCovered = "Covered"

// Reasons of condition Workable.
const (
	// reasonNotLooked: the playbook is new, and nobody has looked yet.
	reasonNotLooked = "BeingJudged"
	// reasonNothingFound: nothing is wrong.
	reasonNothingFound = "NothingFound"
	// reasonWarnings: it works, and somebody should look at something.
	reasonWarnings = "Warnings"
	// reasonErrors: something does not work as written, with the teams and calendars there are.
	reasonErrors = "Errors"
)

// Surroundings is what was found last around the playbooks of each namespace.
type Surroundings struct {
	mu          sync.Mutex
	byNamespace map[string]map[string]around
}

// around is what was found around a playbook. One that was written anew since, or made anew under its name, is another.
type around struct {
	uid        types.UID
	generation int64
	findings   []verify.Finding
	// fault is why nothing is known.
	fault error
}

// of is what was found around a playbook as it is written; false: nobody has looked yet.
func (s *Surroundings) of(pb *v1alpha1.Playbook) (around, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	is, ok := s.byNamespace[pb.Namespace][pb.Name]
	if !ok || is.uid != pb.UID || is.generation != pb.Generation {
		return around{}, false
	}
	return is, true
}

// put notes what was found around the playbooks of a namespace, or why nothing is known of them, and names those of which something
// else is to be told than before.
func (s *Surroundings) put(namespace string, playbooks map[string]*v1alpha1.Playbook, found map[string][]verify.Finding, fault error) (changed []string) {
	is := map[string]around{}
	for name, pb := range playbooks {
		is[name] = around{uid: pb.UID, generation: pb.Generation, findings: found[name], fault: fault}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.byNamespace[namespace]
	for _, name := range slices.Sorted(maps.Keys(is)) {
		if before, known := was[name]; !known || !reflect.DeepEqual(before, is[name]) {
			changed = append(changed, name)
		}
	}
	if s.byNamespace == nil {
		s.byNamespace = map[string]map[string]around{}
	}
	s.byNamespace[namespace] = is
	return changed
}

// covered is what condition Covered says of what was found.
func covered(is around) (status metav1.ConditionStatus, reason, message string) {
	if is.fault != nil {
		return metav1.ConditionUnknown, reasonNotJudged, is.fault.Error()
	}
	absences := slices.DeleteFunc(slices.Clone(is.findings), func(f verify.Finding) bool { return f.Rule != verify.AbsenceCovered })
	if len(absences) == 0 {
		return metav1.ConditionTrue, "DeputiesMayAct", "nobody's absence leaves anything to nobody"
	}
	return metav1.ConditionFalse, "OneAbsenceBlocks", listFindings(absences)
}

// workable is what condition Workable says of what was found.
func workable(is around) (status metav1.ConditionStatus, reason, message string) {
	if is.fault != nil {
		return metav1.ConditionUnknown, reasonNotJudged, is.fault.Error()
	}
	if len(is.findings) == 0 {
		return metav1.ConditionTrue, reasonNothingFound, "everybody it needs is there"
	}
	sorted := slices.Clone(is.findings)
	slices.SortStableFunc(sorted, func(a, b verify.Finding) int { return strings.Compare(string(a.Severity), string(b.Severity)) }) // error, warning
	message = listFindings(sorted)
	if sorted[0].Severity == verify.Error {
		return metav1.ConditionFalse, reasonErrors, message
	}
	return metav1.ConditionTrue, reasonWarnings, message
}

// listFindings writes findings for a condition: all that fit with their stories, and how many more there are.
func listFindings(found []verify.Finding) string {
	var lines []string
	for _, f := range found {
		f.Object = ""
		lines = append(lines, strings.Join(append([]string{string(f.Severity) + ": " + f.Text() + " [" + f.Rule + "]"}, f.Story...), "\n  "))
	}
	return conditions.List(lines, "\n", conditions.MostMessage)
}
