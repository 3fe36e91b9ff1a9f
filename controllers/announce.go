package controllers

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/utils/clock"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/conditions"
	"tocsin.dev/tocsin/internal/engine"
)

// How many events are written: so many at once, then so many a second. When hundreds of deadlines pass at the same moment
// the first ones say what is going on; each record's own timeline has them all.
const (
	eventsAtOnce    = 25
	eventsPerSecond = 1
)

// Announcer writes Kubernetes events about what somebody who looks at an object with `kubectl describe` should know. The
// usual course of a record writes none: an event is a write. The texts hold words of policy, never those of people. A nil
// Announcer writes nothing.
type Announcer struct {
	recorder events.EventRecorder
	limit    flowcontrol.PassiveRateLimiter
}

// NewAnnouncer makes an announcer.
func NewAnnouncer(recorder events.EventRecorder, c clock.Clock) *Announcer {
	return &Announcer{recorder: recorder, limit: flowcontrol.NewTokenBucketPassiveRateLimiterWithClock(eventsPerSecond, eventsAtOnce, c)}
}

// news is which entries of a timeline become events, and in which words.
var news = []struct {
	what                    v1alpha1.EventType
	severity, reason, words string
}{
	{v1alpha1.EventGraded, corev1.EventTypeNormal, "LevelRaised", "the level was raised by rule"},
	{v1alpha1.EventLevelChanged, corev1.EventTypeNormal, "LevelChanged", "a person changed the level"},
	{v1alpha1.EventDeadlineMissed, corev1.EventTypeWarning, "DeadlineMissed", "a deadline has passed"},
	{v1alpha1.EventEscalated, corev1.EventTypeWarning, "Escalated", "somebody further up was told"},
	{v1alpha1.EventNobody, corev1.EventTypeWarning, "NobodyToAsk", "nobody can be asked, see condition Staffed"},
}

// mostNamed is how many steps an event names.
const mostNamed = 5

// timeline announces what was written into a record's timeline: one event of a kind, whatever the number of steps.
func (a *Announcer) timeline(f *casework.File) {
	if a == nil {
		return
	}
	taken := slices.ContainsFunc(f.Events, func(e engine.Event) bool { return e.Type == v1alpha1.EventReceived })
	for _, n := range news {
		if n.what == v1alpha1.EventGraded && taken {
			continue // its first level
		}
		happened, steps := 0, []string(nil)
		for _, e := range f.Events {
			if e.Type != n.what {
				continue
			}
			happened++
			if e.Step != "" && !slices.Contains(steps, e.Step) {
				steps = append(steps, e.Step)
			}
		}
		if happened > 0 {
			a.say(recordOf(f), nil, n.severity, n.reason, append(steps, "record")[0], n.words+ofSteps(steps))
		}
	}
}

func ofSteps(steps []string) string {
	if len(steps) == 0 {
		return ""
	}
	more := ""
	if len(steps) > mostNamed {
		more = fmt.Sprintf(" and %d more", len(steps)-mostNamed)
		steps = steps[:mostNamed]
	}
	return ": " + strings.Join(steps, ", ") + more
}

// obstructed announces that a record waits for somebody to clear its way.
func (a *Announcer) obstructed(f *casework.File, reason string) {
	a.say(recordOf(f), nil, corev1.EventTypeWarning, reason, "record", "the record waits until somebody clears its way, see condition Obstructed")
}

// notice announces what became of a notice, with the record it is about.
func (a *Announcer) notice(n *v1alpha1.Notice, reason, words string) {
	a.say(reference(n.Namespace, n.Spec.Record), n, corev1.EventTypeWarning, reason, n.Name, words+": "+n.Name)
}

func recordOf(f *casework.File) runtime.Object {
	return reference(f.Record.GetNamespace(), f.Facts.Record)
}

// reference names a record without its version: what happens again to a later version is the same event again.
func reference(namespace string, record v1alpha1.RecordReference) runtime.Object {
	return &corev1.ObjectReference{
		APIVersion: v1alpha1.GroupVersion.String(), Kind: string(record.Kind), Namespace: namespace,
		Name: string(record.Name), UID: types.UID(record.UID),
	}
}

// verdict announces that a policy which was in order, or new, is not.
func (a *Announcer) verdict(policy runtime.Object, was, is []metav1.Condition) {
	if meta.IsStatusConditionFalse(is, conditionVerified) && !meta.IsStatusConditionFalse(was, conditionVerified) {
		a.say(policy, nil, corev1.EventTypeWarning, meta.FindStatusCondition(is, conditionVerified).Reason, "policy", "the policy is not in force as it is, see condition Verified")
	}
}

// mostAction is how long the action of an event may be.
const mostAction = 128

// say writes an event. What has the same reason and concerns the same thing about the same object is counted, not written
// again.
func (a *Announcer) say(about, related runtime.Object, severity, reason, concerns, words string) {
	if a != nil && a.limit.TryAccept() {
		a.recorder.Eventf(about, related, severity, reason, conditions.Shorten(concerns, mostAction), "%s", words)
	}
}
