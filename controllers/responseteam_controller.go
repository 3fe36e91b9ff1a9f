package controllers

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"
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
	"tocsin.dev/tocsin/internal/notice"
	"tocsin.dev/tocsin/internal/roster"
)

// ResponseTeamReconciler says whether teams can do their work: that references resolve and nobody's day off leaves a
// duty without anybody.
type ResponseTeamReconciler struct {
	Shell
}

// Reconcile judges one team.
func (r *ResponseTeamReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var team v1alpha1.ResponseTeam
	if err := r.Get(ctx, req.NamespacedName, &team); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	was, now, st := team.Status.DeepCopy(), r.Clock.Now(), &team.Status
	st.ObservedGeneration = team.Generation
	st.Members = int32(len(team.Spec.Members))
	parents, err := r.parents(ctx, team.Namespace)
	if err != nil {
		return ctrl.Result{}, err
	}
	if reason, wrong := teamDefects(&team, parents); len(wrong) > 0 {
		conditions.Set(&st.Conditions, now, team.Generation, "Ready", metav1.ConditionFalse, reason, conditions.Lines(wrong))
	} else {
		conditions.Set(&st.Conditions, now, team.Generation, "Ready", metav1.ConditionTrue, "Complete", "")
	}
	if single := roster.Uncovered(&team.Spec); len(single) > 0 {
		conditions.Set(&st.Conditions, now, team.Generation, "Covered", metav1.ConditionFalse, "SinglePerson",
			"only one person can take: "+conditions.List(single, ", ", conditions.MostMessage-128)+"; add a deputy or a second member with the duty")
	} else {
		conditions.Set(&st.Conditions, now, team.Generation, "Covered", metav1.ConditionTrue, "EveryDutyTwice",
			"every duty has two people; whether two roles that exclude each other hang on the same two says condition Covered of each Playbook")
	}
	if err := r.judgeOnCall(ctx, &team, now); err != nil {
		return ctrl.Result{}, err
	}
	if equality.Semantic.DeepEqual(was, st) {
		return ctrl.Result{}, nil
	}
	return settleWrite(r.Status().Update(ctx, &team))
}

// teamDefects is all that keeps a team from being ready; the reason is that of the first. parents are the parents of all
// teams of the namespace, "" for none.
func teamDefects(team *v1alpha1.ResponseTeam, parents map[string]string) (reason string, wrong []string) {
	for _, found := range []struct {
		reason string
		wrong  []string
	}{
		{"UnknownMember", append(roster.Dangling(&team.Spec), roster.Strangers(&team.Spec)...)},
		{"OwnDeputy", roster.OwnDeputies(&team.Spec)},
		{"UnusableRotation", roster.RotationDefects(&team.Spec)},
		{"UnusableContact", unusableContacts(&team.Spec)},
		{"UnknownParent", orphan(team, parents)},
		{"ParentCircle", parentCircle(team, parents)},
	} {
		if len(found.wrong) > 0 && reason == "" {
			reason = found.reason
		}
		wrong = append(wrong, found.wrong...)
	}
	return reason, wrong
}

// unusableContacts lists the contact points no channel could ever use. It does not quote them.
func unusableContacts(team *v1alpha1.ResponseTeamSpec) []string {
	var out []string
	look := func(field, name string, contacts []v1alpha1.Contact) {
		for i, c := range contacts {
			if notice.Usable(c) {
				continue
			}
			form := "write name@host"
			if c.Kind == v1alpha1.ContactWebhook {
				form = "write an http or https URL, or channel for the channel's own"
			}
			out = append(out, fmt.Sprintf("%s.contacts[%d] of %s is no address of kind %s; %s", field, i, name, c.Kind, form))
		}
	}
	for i, m := range team.Members {
		look(fmt.Sprintf("spec.members[%d]", i), m.Name, m.Contacts)
	}
	for i, s := range team.Stakeholders {
		look(fmt.Sprintf("spec.stakeholders[%d]", i), string(s.Name), s.Contacts)
	}
	return out
}

// parents is the parent of each team of a namespace, "" for a team without one.
func (r *ResponseTeamReconciler) parents(ctx context.Context, namespace string) (map[string]string, error) {
	var list v1alpha1.ResponseTeamList
	if err := r.List(ctx, &list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return nil, err
	}
	parents := make(map[string]string, len(list.Items))
	for i := range list.Items {
		parents[list.Items[i].Name] = string(list.Items[i].Spec.Parent)
	}
	return parents, nil
}

// orphan says that the parent of a team is missing; nothing when it is there or there is to be none.
func orphan(team *v1alpha1.ResponseTeam, parents map[string]string) []string {
	parent := string(team.Spec.Parent)
	if _, known := parents[parent]; known || parent == "" {
		return nil
	}
	return []string{fmt.Sprintf("spec.parent: there is no ResponseTeam %q in namespace %s; apply it or name another one", parent, team.Namespace)}
}

// parentCircle says that the parents of a team never end: who is asked further up would be asked for ever.
func parentCircle(team *v1alpha1.ResponseTeam, parents map[string]string) []string {
	way := roster.Circle(parents, team.Name)
	if way == nil {
		return nil
	}
	return []string{"spec.parent: the teams above lead into a circle: " + conditions.List(way, " → ", conditions.MostMessage-128) + "; take one of these parents away"}
}

// below enqueues the teams that have a team above them, however far up.
func (r *ResponseTeamReconciler) below(ctx context.Context, o client.Object) []reconcile.Request {
	parents, err := r.parents(ctx, o.GetNamespace())
	if err != nil {
		return nil
	}
	var found []reconcile.Request
	for _, name := range roster.Below(parents, o.GetName()) {
		found = append(found, reconcile.Request{NamespacedName: types.NamespacedName{Namespace: o.GetNamespace(), Name: name}})
	}
	return found
}

// SetupWithManager registers the controller. A team is judged again when a team above it comes, changes or goes.
func (r *ResponseTeamReconciler) SetupWithManager(mgr ctrl.Manager, opts controller.Options) error {
	changed := builder.WithPredicates(predicate.GenerationChangedPredicate{})
	return ctrl.NewControllerManagedBy(mgr).Named(KindResponseTeam).WithOptions(opts).
		Watches(&v1alpha1.ResponseTeam{}, &handler.EnqueueRequestForObject{}, changed).
		Watches(&v1alpha1.ResponseTeam{}, handler.EnqueueRequestsFromMapFunc(r.below), changed).
		Watches(&v1alpha1.ResponseTeam{}, handler.EnqueueRequestsFromMapFunc(r.sharing), changed).
		WatchesRawSource(r.Wheel.Source(KindResponseTeam)).
		Complete(r)
}
