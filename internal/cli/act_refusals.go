package cli

import (
	"fmt"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// clockLeavesAsIs says that a clock that is to stop stands still already, or one that is to run on runs; nil: the act may
// change something. Who may not act, or on a closed task, is told so by the API server.
func clockLeavesAsIs(task *v1alpha1.ResponseTask, what *v1alpha1.TaskAct) error {
	if !task.IsOpen() || !slices.Contains(task.Spec.Assignment.MayAct, what.By) {
		return nil
	}
	as, stopped := &task.Spec.Assignment, !task.Spec.Assignment.StoppedAt.IsZero()
	asked := v1alpha1.TaskVerb("") // the newest about the clock, which the operator may not have taken in yet
	for _, act := range task.Spec.Acts {
		if act.Verb == v1alpha1.TaskPause || act.Verb == v1alpha1.TaskResume {
			asked = act.Verb
		}
	}
	switch {
	case what.Verb == v1alpha1.TaskPause && stopped && asked != v1alpha1.TaskResume:
		return fmt.Errorf("the clock of task %s stands still already, until %s at most", task.Name, as.StoppedUntil.UTC().Format(minute))
	case what.Verb == v1alpha1.TaskResume && !stopped && asked != v1alpha1.TaskPause:
		return fmt.Errorf("the clock of task %s runs already: there is nothing to resume", task.Name)
	}
	return nil
}

// fewestOfDigest is how many characters of a digest tell it from others.
const fewestOfDigest = 8

// anotherDigest says that what a task asks to decide about is not what somebody has read; nil: it is, or they do not say.
func anotherDigest(task *v1alpha1.ResponseTask, read string) error {
	is := task.Spec.Assignment.Digest
	switch {
	case read == "" || strings.HasPrefix(is, read) && len(read) >= min(fewestOfDigest, len(is)):
		return nil
	case is == "":
		return fmt.Errorf("task %s is bound to no digest: leave out --digest", task.Name)
	case strings.HasPrefix(is, read):
		return usagef("--digest %q is too short to tell one version from another: give at least %d characters of it", read, fewestOfDigest)
	}
	return fmt.Errorf("what task %s asks you to decide about has changed since you read it: read it again with `kubectl tocsin show %s`, then decide", task.Name, task.Name)
}

// shortDigest is as much of a digest as a command needs.
func shortDigest(digest string) string {
	const shown = 12
	return digest[:min(shown, len(digest))]
}
