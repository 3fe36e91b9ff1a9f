package controllers

import (
	"context"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/conditions"
)

// conditionOnCall is the condition that says whether every duty of a team has somebody at any time soon.
const conditionOnCall = "OnCall"

// onCallAhead is how far ahead holes are looked for. The look is taken anew at half of it, so that a hole is told four
// weeks before it comes.
const onCallAhead = 56 * 24 * time.Hour

// judgeOnCall says where a duty will have nobody, and has the team judged again when that changes. Leave that another team
// of the namespace writes down for the same person counts, too.
func (r *ResponseTeamReconciler) judgeOnCall(ctx context.Context, team *v1alpha1.ResponseTeam, now time.Time) error {
	teams, err := r.teams(ctx, team.Namespace)
	if err != nil {
		return err
	}
	holes, next := teams.Holes(team.Name, now, now.Add(onCallAhead))
	var lines []string
	for _, h := range holes {
		lines = append(lines, h.Text(now))
		if h.From.After(now) {
			next = sooner(next, h.From)
		} else {
			next = sooner(next, h.To)
		}
	}
	if !next.IsZero() {
		next = sooner(next, now.Add(onCallAhead/2))
	}
	r.wakeAt(KindResponseTeam, team, next)
	if len(lines) > 0 {
		conditions.Set(&team.Status.Conditions, now, team.Generation, conditionOnCall, metav1.ConditionFalse, "Hole", conditions.Lines(lines))
	} else {
		conditions.Set(&team.Status.Conditions, now, team.Generation, conditionOnCall, metav1.ConditionTrue, "NoHole", "every duty has somebody at any time of the next weeks")
	}
	return nil
}

func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// sharing enqueues the teams that have a member in common with a team: who is away in one is away in all.
func (r *ResponseTeamReconciler) sharing(ctx context.Context, o client.Object) []reconcile.Request {
	changed, ok := o.(*v1alpha1.ResponseTeam)
	if !ok {
		return nil
	}
	var list v1alpha1.ResponseTeamList
	if err := r.List(ctx, &list, client.InNamespace(o.GetNamespace()), client.UnsafeDisableDeepCopy); err != nil {
		return nil
	}
	users := map[v1alpha1.User]bool{}
	for i := range changed.Spec.Members {
		users[changed.Spec.Members[i].User] = true
	}
	var out []reconcile.Request
	for i := range list.Items {
		team := &list.Items[i]
		if team.Name != changed.Name && slices.ContainsFunc(team.Spec.Members, func(m v1alpha1.Member) bool { return users[m.User] }) {
			out = append(out, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(team)})
		}
	}
	return out
}
