package controllers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/conditions"
	"tocsin.dev/tocsin/internal/soundness"
	"tocsin.dev/tocsin/internal/triage"
)

// TriagePolicyReconciler compiles triage policies and keeps a revision of what compiled.
type TriagePolicyReconciler struct {
	Shell
}

// Reconcile judges one policy.
func (r *TriagePolicyReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var tp v1alpha1.TriagePolicy
	if err := r.Get(ctx, req.NamespacedName, &tp); err != nil {
		if apierrors.IsNotFound(err) {
			return ctrl.Result{}, r.collect(ctx, req.NamespacedName, "")
		}
		return ctrl.Result{}, err
	}
	was := tp.Status.DeepCopy()
	if err := r.judge(ctx, &tp); err != nil {
		return ctrl.Result{}, err
	}
	if !equality.Semantic.DeepEqual(was, &tp.Status) {
		if err := r.Status().Update(ctx, &tp); err != nil {
			return settleWrite(err)
		}
		r.Announce.verdict(&tp, was.Conditions, tp.Status.Conditions)
	}
	return ctrl.Result{}, r.collect(ctx, req.NamespacedName, tp.Status.Revision.GetName())
}

// collect removes the revisions that the policy does not name any more: complaints are graded by the last one alone.
func (r *TriagePolicyReconciler) collect(ctx context.Context, key types.NamespacedName, current string) error {
	old, err := r.retired(ctx, policyTriage, key, current)
	if err != nil {
		return err
	}
	for _, rev := range old {
		if err := r.removeRevision(ctx, rev); err != nil {
			return err
		}
	}
	return nil
}

func (r *TriagePolicyReconciler) judge(ctx context.Context, tp *v1alpha1.TriagePolicy) error {
	now, st := r.Clock.Now(), &tp.Status
	st.ObservedGeneration = tp.Generation
	policy, problems := triage.Compile(tp.Name, tp.Generation, tp.Spec)
	if len(problems) > 0 {
		conditions.Set(&st.Conditions, now, tp.Generation, conditionVerified, metav1.ConditionFalse, reasonDoesNotCompile, listProblems(problems))
		goesOn := "until it is mended, complaints it would grade are graded by the built-in default: those that name it, and where it is the policy of all others, those too"
		if st.Revision != nil {
			goesOn = "complaints are graded by the last verified revision " + st.Revision.Name
		}
		conditions.Set(&st.Conditions, now, tp.Generation, "Ready", metav1.ConditionFalse, reasonDoesNotCompile, goesOn)
		return nil
	}
	data, err := json.Marshal(tp.Spec)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	rev, err := r.storeRevision(ctx, tp, policyTriage, data, hex.EncodeToString(sum[:]))
	if err != nil {
		return err
	}
	st.Revision = rev
	conditions.Set(&st.Conditions, now, tp.Generation, conditionVerified, metav1.ConditionTrue, "Compiled",
		conditions.Lines(append([]string{fmt.Sprintf("%d rules", len(tp.Spec.Rules))}, gradingDoubts(policy)...)))
	lacking, err := r.lackingPlaybooks(ctx, tp)
	if err != nil {
		return err
	}
	if len(lacking) > 0 {
		conditions.Set(&st.Conditions, now, tp.Generation, "Ready", metav1.ConditionFalse, "PlaybookNotReady",
			conditions.List(append([]string{"complaints of these levels are graded and then wait"}, lacking...), "\n", conditions.MostMessage))
	} else {
		conditions.Set(&st.Conditions, now, tp.Generation, "Ready", metav1.ConditionTrue, "Compiled", "")
	}
	return nil
}

// gradingDoubts are what somebody should mend of a policy that compiles, a sentence each.
func gradingDoubts(policy *triage.Policy) []string {
	var out []string
	for _, d := range soundness.Grading(policy) {
		out = append(out, d.String())
	}
	return out
}

// lackingPlaybooks says of each level whose playbook cannot begin why.
func (s *Shell) lackingPlaybooks(ctx context.Context, tp *v1alpha1.TriagePolicy) ([]string, error) {
	var out []string
	for i, level := range tp.Spec.Levels {
		if level.Playbook == "" {
			continue
		}
		problem, err := s.unready(ctx, tp.Namespace, string(level.Playbook), v1alpha1.RecordComplaint)
		if err != nil {
			return nil, err
		}
		if problem != "" {
			out = append(out, fmt.Sprintf("spec.levels[%d].playbook (level %s): %s", i, level.Name, problem))
		}
	}
	return out, nil
}

// SetupWithManager registers the controller. A policy is judged again when a playbook of one of its levels comes, goes or
// gets its first revision.
func (r *TriagePolicyReconciler) SetupWithManager(mgr ctrl.Manager, opts controller.Options) error {
	naming := handler.EnqueueRequestsFromMapFunc(func(ctx context.Context, o client.Object) []reconcile.Request {
		var found v1alpha1.TriagePolicyList
		if err := r.List(ctx, &found, client.InNamespace(o.GetNamespace()), client.UnsafeDisableDeepCopy); err != nil {
			return nil
		}
		found.Items = slices.DeleteFunc(slices.Clone(found.Items), func(tp v1alpha1.TriagePolicy) bool {
			return !slices.ContainsFunc(tp.Spec.Levels, func(l v1alpha1.Level) bool { return string(l.Playbook) == o.GetName() })
		})
		return requests(&found)
	})
	return ctrl.NewControllerManagedBy(mgr).Named(KindTriagePolicy).WithOptions(opts).
		Watches(&v1alpha1.TriagePolicy{}, &handler.EnqueueRequestForObject{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&v1alpha1.Playbook{}, naming, builder.WithPredicates(usableChanged)).
		Complete(r)
}
