package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// wouldBeLeftOut says why the operator would leave an act out, as far as what was read tells; nil: it may take effect.
// A record with acts that the operator has not taken in yet may stand differently by then, so nothing is said of it.
func (c *cluster) wouldBeLeftOut(ctx context.Context, r *record, act v1alpha1.RecordAct) error {
	switch act.Verb {
	case v1alpha1.RecordRaise, v1alpha1.RecordLower:
		if err := r.runLeavesOut(act); err != nil {
			return err
		}
		return c.levelLeftOut(ctx, r, act)
	case v1alpha1.RecordMerge:
		return c.mergeLeftOut(ctx, r, act.Into)
	case v1alpha1.RecordComment, v1alpha1.RecordRelease:
		return nil
	case v1alpha1.RecordAsk:
		if err := r.runLeavesOut(act); err != nil {
			return err
		}
		return c.askLeftOut(ctx, r, act)
	}
	return r.runLeavesOut(act)
}

// runLeavesOut says why an act changes nothing as the run stands; nil: it may.
func (r *record) runLeavesOut(act v1alpha1.RecordAct) error {
	run := r.status.Run
	if run == nil || !r.upToDate() {
		return nil
	}
	switch ended := run.Result != ""; {
	case act.Verb == v1alpha1.RecordReopen && !ended:
		return fmt.Errorf("%s is open: there is nothing to reopen", r)
	case act.Verb != v1alpha1.RecordReopen && ended:
		return r.isClosedFor(act.Verb)
	case act.Verb == v1alpha1.RecordSkip:
		return r.skipLeftOut(run, act.Step)
	case act.Verb == v1alpha1.RecordHandOver:
		return r.handOverLeftOut(run, string(act.Role), act.To)
	}
	return nil
}

// isClosedFor says that a record is closed, and what there is to do for whoever wanted to go on with it.
func (r *record) isClosedFor(verb v1alpha1.RecordVerb) error {
	how := strings.ToLower(string(r.status.Run.Result))
	if verb == v1alpha1.RecordAbort || verb == v1alpha1.RecordWithdraw || verb == v1alpha1.RecordMerge {
		return fmt.Errorf("%s is closed already (%s): there is nothing to %s", r, how, strings.ToLower(string(verb)))
	}
	return fmt.Errorf("%s is closed (%s): open it again first, with `kubectl tocsin reopen %s`", r, how, r)
}

// skipLeftOut says that a step cannot be skipped: only one that waits, or that cannot begin, can.
func (r *record) skipLeftOut(run *v1alpha1.Run, step string) error {
	var waiting []string
	state := v1alpha1.StepPhase("")
	for _, s := range run.Steps {
		waits := s.State == v1alpha1.StepWaiting || s.Problem != ""
		switch {
		case s.Name == step && waits:
			return nil
		case s.Name == step:
			state = s.State
		case waits:
			waiting = append(waiting, s.Name)
		}
	}
	now := "no step waits now"
	if len(waiting) > 0 {
		now = "what waits now: " + printable(strings.Join(waiting, ", "))
	}
	if state == "" {
		return fmt.Errorf("%s has no step %q; %s", r, step, now)
	}
	return fmt.Errorf("step %s of %s does not wait (it is %s); %s", step, r, strings.ToLower(string(state)), now)
}

// handOverLeftOut says that nobody holds the role that is to be handed over, or that it is held by whom it is to go to.
func (r *record) handOverLeftOut(run *v1alpha1.Run, role string, to v1alpha1.User) error {
	held := make([]string, len(run.Roles))
	for k, h := range run.Roles {
		if held[k] = h.Name; h.Name != role {
			continue
		}
		if h.User == to {
			return fmt.Errorf("%s is %s of %s already", to, role, r)
		}
		return nil
	}
	return fmt.Errorf("nobody holds the role %q of %s; roles that are held: %s", role, r, cmp.Or(printable(strings.Join(held, ", ")), "none"))
}

// upToDate is whether the operator has taken in all acts on the record.
func (r *record) upToDate() bool {
	return r.status.Run == nil || int(r.status.Run.ActsSeen) == len(r.acts())
}

// levelLeftOut says that no TriagePolicy of the namespace would change the level as the act asks: it is none of theirs, or
// not above (below) the one in force. Which of them serves the record is the operator's to know.
func (c *cluster) levelLeftOut(ctx context.Context, r *record, act v1alpha1.RecordAct) error {
	if len(r.acts()) > 0 && int(r.status.LevelActsSeen) != len(r.acts()) {
		return nil
	}
	var policies v1alpha1.TriagePolicyList
	if err := c.List(ctx, &policies, client.InNamespace(c.namespace)); err != nil {
		if apierrors.IsForbidden(err) {
			return nil
		}
		return err
	}
	var names []string
	known := false
	for _, p := range policies.Items {
		verified := apimeta.FindStatusCondition(p.Status.Conditions, "Verified")
		if verified == nil || verified.Status != metav1.ConditionTrue || verified.ObservedGeneration != p.Generation {
			return nil // an earlier version of it may be in force, with levels of its own
		}
		to, from := levelIn(p.Spec.Levels, act.Level), levelIn(p.Spec.Levels, r.level())
		known = known || to >= 0
		raises := act.Verb == v1alpha1.RecordRaise && (from < 0 || to < from)
		lowers := act.Verb == v1alpha1.RecordLower && from >= 0 && to > from
		if to >= 0 && (raises || lowers) {
			return nil
		}
		for _, l := range p.Spec.Levels {
			if !slices.Contains(names, string(l.Name)) {
				names = append(names, string(l.Name))
			}
		}
	}
	switch levels := printable(strings.Join(names, ", ")); {
	case len(policies.Items) == 0:
		return fmt.Errorf("namespace %s has no TriagePolicy, so there is no level to change to; apply one", c.namespace)
	case !known:
		return fmt.Errorf("no TriagePolicy of namespace %s has the level %q; its levels, the highest first: %s", c.namespace, act.Level, levels)
	case act.Verb == v1alpha1.RecordRaise:
		return fmt.Errorf("%s is not above %s, the level of %s; the levels, the highest first: %s", act.Level, orNone(r.level()), r, levels)
	default:
		return fmt.Errorf("%s is not below %s, the level of %s; the levels, the highest first: %s", act.Level, orNone(r.level()), r, levels)
	}
}

// levelIn is the place of a level among those of a policy, 0 for the highest; -1: it is none of them.
func levelIn(levels []v1alpha1.Level, name v1alpha1.LevelName) int {
	return slices.IndexFunc(levels, func(l v1alpha1.Level) bool { return l.Name == name })
}

func orNone(level v1alpha1.LevelName) string {
	return cmp.Or(string(level), "none")
}

// level is the one in force; empty: none yet.
func (r *record) level() v1alpha1.LevelName {
	switch o := r.object.(type) {
	case *v1alpha1.Complaint:
		if o.Status.Grading != nil {
			return o.Status.Grading.Level
		}
	case *v1alpha1.CrisisIncident:
		return o.LevelInForce()
	}
	return ""
}
