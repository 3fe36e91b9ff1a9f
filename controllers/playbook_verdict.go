package controllers

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/conditions"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/soundness"
	"tocsin.dev/tocsin/internal/version"
)

// conditionVerified is whether a policy as it is written may be put in force. It is about the text alone: whatever changes around
// it, what was verified once stays in force.
const conditionVerified = "Verified"

// Reasons of condition Verified.
const (
	// reasonDoesNotCompile: the text cannot be carried out.
	reasonDoesNotCompile = "DoesNotCompile"
	// reasonNotSound: it can be carried out, and a run of it can get stuck, or something in it never happens.
	reasonNotSound = "NotSound"
	// reasonSound: no run of it can get stuck.
	reasonSound = "Sound"
	// reasonSoundWithinBounds: nothing is wrong as far as was looked, and not everything was looked at. New runs take it: what
	// is too large to be proved is not wrong, and the mistakes people make show in the first thousands of states.
	reasonSoundWithinBounds = "SoundWithinBounds"
	// reasonBeingProved: it compiles, and the proof takes a while. New runs take the revision before it.
	reasonBeingProved = "BeingProved"
)

// verify proves a playbook that compiles and, once it is proved, keeps its revision. What was proved before is not proved again.
func (r *PlaybookReconciler) verify(ctx context.Context, pb *v1alpha1.Playbook, closure playbook.Closure, plan *playbook.Plan) error {
	now, st := r.Clock.Now(), &pb.Status
	data, digest, err := closure.Encode()
	if err != nil {
		return err
	}
	proof, err := proofOf(closure)
	if err != nil {
		return err
	}
	say := func(status metav1.ConditionStatus, reason, message string) {
		conditions.Set(&st.Conditions, now, pb.Generation, conditionVerified, status, reason, message)
	}
	verified := meta.FindStatusCondition(st.Conditions, conditionVerified)
	if st.Proof != nil && *st.Proof == proof && verified != nil {
		say(verified.Status, verified.Reason, verified.Message)
	} else if v, ok := r.Proofs.Now(ctx, proof.Digest, plan); ok {
		st.Proof = &proof
		if v.Broken {
			st.Proof = nil // the next process tries it again
		}
		status, reason, message := settled(v, plan)
		say(status, reason, message)
	} else {
		r.wakeAt(KindProof, pb, now)
		// A new release looks again at what an older one has let in; until it has, the older one's word holds.
		if known := verified != nil && (st.Proof != nil && st.Proof.Digest == proof.Digest ||
			verified.Status == metav1.ConditionTrue && st.Revision != nil && st.Revision.Digest == digest); known {
			say(verified.Status, verified.Reason, verified.Message)
		} else {
			st.Proof = nil
			say(metav1.ConditionUnknown, reasonBeingProved, "the playbook compiles; whether a run of it can get stuck is being worked out")
		}
	}
	if !meta.IsStatusConditionTrue(st.Conditions, conditionVerified) {
		return nil
	}
	rev, err := r.storeRevision(ctx, pb, policyPlaybook, data, digest)
	if err != nil {
		return err
	}
	st.Revision, st.Steps = rev, int32(len(plan.Nodes))
	return nil
}

// takenByNewRuns says what new runs take.
func takenByNewRuns(st *v1alpha1.PlaybookStatus, closure playbook.Closure) (string, error) {
	if st.Revision == nil {
		return "", nil
	}
	text := "new runs take revision " + st.Revision.Name
	if meta.IsStatusConditionFalse(st.Conditions, conditionVerified) {
		_, digest, err := closure.Encode()
		if err != nil {
			return "", err
		}
		if digest == st.Revision.Digest {
			return text + ", which is the playbook as it is now: an earlier release let it in without the proof that it lacks", nil
		}
		return text + ", the last that was verified", nil
	}
	return text, nil
}

// proofOf says what a proof of a playbook is about.
func proofOf(closure playbook.Closure) (v1alpha1.Proof, error) {
	closure.Calendars = nil
	_, digest, err := closure.Encode()
	return v1alpha1.Proof{Digest: digest, Release: version.Version}, err
}

// settled is what condition Verified says of a verdict.
func settled(v Proved, plan *playbook.Plan) (status metav1.ConditionStatus, reason, message string) {
	switch {
	case v.Broken:
		return metav1.ConditionUnknown, reasonNotJudged, errFault.Error()
	case len(v.Findings) > 0:
		return metav1.ConditionFalse, reasonNotSound, soundness.Tell(v.Findings, conditions.MostMessage)
	case len(v.Bounds) > 0:
		reason = reasonSoundWithinBounds
	default:
		reason = reasonSound
	}
	message = fmt.Sprintf("%d steps, %s", len(plan.Nodes), v.InShort())
	if doubts := v.Unsure(); len(doubts) > 0 {
		message += "\n" + soundness.Tell(doubts, conditions.MostMessage-len(message)-1)
	}
	return metav1.ConditionTrue, reason, message
}
