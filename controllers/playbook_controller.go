package controllers

import (
	"context"
	"encoding/json"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/conditions"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/names"
	"tocsin.dev/tocsin/internal/playbook"
)

// PolicyLabel is the label of a revision; its value tells playbooks from triage policies. PolicyNameLabel tells whose
// revision it is; its value is a digest of the name, which can be longer than a label.
const (
	PolicyLabel     = "crisis.tocsin.dev/policy"
	PolicyNameLabel = "crisis.tocsin.dev/policy-name"
)

// What revisions are of.
const (
	policyPlaybook = "playbook"
	policyTriage   = "triagepolicy"
)

// conditionEscalates is whether every deadline that is said to climb the ladder has somebody to climb to.
const conditionEscalates = "Escalates"

// PlaybookReconciler compiles playbooks and keeps a revision of what compiled: the playbook with everything it refers
// to. Revisions belong to nobody, because runs outlive playbooks; one that no playbook names and no run executes is
// collected.
type PlaybookReconciler struct {
	Shell
}

// Reconcile judges one playbook.
func (r *PlaybookReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var pb v1alpha1.Playbook
	if err := r.Get(ctx, req.NamespacedName, &pb); err != nil {
		if apierrors.IsNotFound(err) {
			return ctrl.Result{}, r.collect(ctx, req.NamespacedName, "")
		}
		return ctrl.Result{}, err
	}
	was := pb.Status.DeepCopy()
	closure, err := r.closureOf(ctx, &pb)
	if err != nil {
		return ctrl.Result{}, err
	}
	if err := r.judge(ctx, &pb, closure); err != nil {
		return ctrl.Result{}, err
	}
	if !equality.Semantic.DeepEqual(was, &pb.Status) {
		if err := r.Status().Update(ctx, &pb); err != nil {
			return settleWrite(err)
		}
		r.Announce.verdict(&pb, was.Conditions, pb.Status.Conditions)
	}
	return ctrl.Result{}, r.collect(ctx, req.NamespacedName, pb.Status.Revision.GetName())
}

// closureOf gathers a playbook and everything it refers to. with are playbooks that count as they are given here.
func (s *Shell) closureOf(ctx context.Context, pb *v1alpha1.Playbook, with ...*v1alpha1.Playbook) (playbook.Closure, error) {
	return playbook.Gather(pb.Name, pb.Spec, playbook.Finder{
		Playbook: func(name string) (*v1alpha1.PlaybookSpec, error) {
			for _, given := range with {
				if given.Name == name {
					return &given.Spec, nil
				}
			}
			var found v1alpha1.Playbook
			ok, err := s.lookUp(ctx, pb.Namespace, name, &found)
			return pointer(ok, &found.Spec), err
		},
		Calendar: func(name string) (*v1alpha1.BusinessCalendarSpec, error) {
			var found v1alpha1.BusinessCalendar
			ok, err := s.lookUp(ctx, pb.Namespace, name, &found)
			return pointer(ok, &found.Spec), err
		},
	})
}

// pointer is p where there is something behind it.
func pointer[T any](ok bool, p *T) *T {
	if !ok {
		return nil
	}
	return p
}

func (s *Shell) lookUp(ctx context.Context, namespace, name string, into client.Object) (bool, error) {
	err := s.Get(ctx, types.NamespacedName{Namespace: namespace, Name: name}, into)
	return err == nil, client.IgnoreNotFound(err)
}

// judge says whether the playbook compiles, is sound and fits the teams there are.
func (r *PlaybookReconciler) judge(ctx context.Context, pb *v1alpha1.Playbook, closure playbook.Closure) error {
	now, st := r.Clock.Now(), &pb.Status
	st.ObservedGeneration = pb.Generation
	plan, problems := playbook.Compile(closure)
	if len(problems) > 0 {
		st.Proof = nil
		conditions.Set(&st.Conditions, now, pb.Generation, conditionVerified, metav1.ConditionFalse, reasonDoesNotCompile, listProblems(problems))
		meta.RemoveStatusCondition(&st.Conditions, conditionEscalates)
	} else {
		if err := r.verify(ctx, pb, closure, plan); err != nil {
			return err
		}
		if len(plan.Climbless) > 0 {
			conditions.Set(&st.Conditions, now, pb.Generation, conditionEscalates, metav1.ConditionFalse, "NobodyAbove", listProblems(plan.Climbless))
		} else {
			conditions.Set(&st.Conditions, now, pb.Generation, conditionEscalates, metav1.ConditionTrue, "SomebodyAbove", "every deadline that climbs the ladder has a rung above")
		}
	}
	return r.judgeTeams(ctx, pb, closure, plan)
}

// judgeTeams says whether there is somebody for everything, in the teams there are. It withdraws no revision: people come and
// go, and a case that waits for somebody is better than none.
func (r *PlaybookReconciler) judgeTeams(ctx context.Context, pb *v1alpha1.Playbook, closure playbook.Closure, plan *playbook.Plan) error {
	now, st := r.Clock.Now(), &pb.Status
	teams, err := r.teams(ctx, pb.Namespace)
	if err != nil {
		return err
	}
	is, looked := r.Surroundings.of(pb)
	for _, of := range []struct {
		condition string
		says      func(around) (metav1.ConditionStatus, string, string)
	}{{conditionWorkable, workable}, {conditionCovered, covered}} {
		switch status, reason, message := of.says(is); {
		case looked:
			conditions.Set(&st.Conditions, now, pb.Generation, of.condition, status, reason, message)
		case meta.FindStatusCondition(st.Conditions, of.condition) == nil: // of one that was edited, the word about the text before stays, as such
			conditions.Set(&st.Conditions, now, pb.Generation, of.condition, metav1.ConditionUnknown, reasonNotLooked, "what it needs of teams, calendars and channels is being worked out")
		}
	}
	taken, err := takenByNewRuns(st, closure)
	if err != nil {
		return err
	}
	switch unfilled, unheard := teams.Unfilled(pb.Spec.Roles), texts(engine.Unheard(plan, teams)); {
	case st.Revision == nil:
		conditions.Set(&st.Conditions, now, pb.Generation, "Ready", metav1.ConditionFalse, "NeverVerified", "no run can begin before condition Verified is True; mend what it says")
	case len(unfilled) > 0:
		conditions.Set(&st.Conditions, now, pb.Generation, "Ready", metav1.ConditionFalse, "NobodyForRole",
			conditions.List(append([]string{taken + " and wait where they need these roles"}, unfilled...), "\n", conditions.MostMessage))
	case len(unheard) > 0:
		conditions.Set(&st.Conditions, now, pb.Generation, "Ready", metav1.ConditionFalse, "NobodyToTell",
			conditions.List(append([]string{taken + ", and these notices reach nobody"}, unheard...), "\n", conditions.MostMessage))
	default:
		conditions.Set(&st.Conditions, now, pb.Generation, "Ready", metav1.ConditionTrue, "RevisionReady", taken)
	}
	return nil
}

// listProblems writes problems for a condition: all that fit, and how many more there are.
func listProblems(problems []playbook.Problem) string { return conditions.Lines(texts(problems)) }

func texts(problems []playbook.Problem) []string {
	list := make([]string, len(problems))
	for i, p := range problems {
		list[i] = p.String()
	}
	return list
}

// storeRevision keeps an immutable revision under a name made from its content.
func (s *Shell) storeRevision(ctx context.Context, owner client.Object, kind string, data []byte, digest string) (*v1alpha1.RevisionReference, error) {
	name := owner.GetName()
	if kind == policyTriage {
		name += "-triage"
	}
	rev := &appsv1.ControllerRevision{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: owner.GetNamespace(),
			Name:      names.Revision(name, digest),
			Labels:    map[string]string{ManagedByLabel: ManagedBy, PolicyLabel: kind, PolicyNameLabel: names.Hash(owner.GetName())},
		},
		Data:     runtime.RawExtension{Raw: data},
		Revision: owner.GetGeneration(),
	}
	err := s.Create(ctx, rev)
	if apierrors.IsAlreadyExists(err) {
		var found appsv1.ControllerRevision
		if err := s.APIReader.Get(ctx, client.ObjectKeyFromObject(rev), &found); err != nil {
			return nil, err
		}
		if !sameJSON(found.Data.Raw, data) {
			return nil, fmt.Errorf("the name %s is taken by a ControllerRevision with other content; delete it", rev.Name)
		}
	} else if err != nil {
		return nil, fmt.Errorf("store revision %s: %w", rev.Name, err)
	}
	return &v1alpha1.RevisionReference{Name: rev.Name, Digest: digest}, nil
}

// sameJSON says whether two JSON texts say the same.
func sameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && equality.Semantic.DeepEqual(x, y)
}

// retired lists the revisions of a policy that it does not name any more.
func (s *Shell) retired(ctx context.Context, kind string, key types.NamespacedName, current string) ([]*appsv1.ControllerRevision, error) {
	var revisions appsv1.ControllerRevisionList
	err := s.APIReader.List(ctx, &revisions, client.InNamespace(key.Namespace), client.MatchingLabels{PolicyLabel: kind, PolicyNameLabel: names.Hash(key.Name)})
	if err != nil {
		return nil, fmt.Errorf("list the revisions of %s %s: %w", kind, key.Name, err)
	}
	var out []*appsv1.ControllerRevision
	for i := range revisions.Items {
		if revisions.Items[i].Name != current {
			out = append(out, &revisions.Items[i])
		}
	}
	return out, nil
}

// removeRevision removes a revision, unless it was replaced in the meantime.
func (s *Shell) removeRevision(ctx context.Context, rev *appsv1.ControllerRevision) error {
	return client.IgnoreNotFound(s.Delete(ctx, rev, client.Preconditions{UID: &rev.UID}))
}

// collect removes the revisions of a playbook that it does not name and no run executes.
func (r *PlaybookReconciler) collect(ctx context.Context, key types.NamespacedName, current string) error {
	old, err := r.retired(ctx, policyPlaybook, key, current)
	if err != nil || len(old) == 0 {
		return err
	}
	used, err := r.inUse(ctx, key.Namespace)
	if err != nil {
		return err
	}
	for _, rev := range old {
		if used[rev.Name] {
			continue
		}
		if err := r.removeRevision(ctx, rev); err != nil {
			return err
		}
		r.Plans.Forget(client.ObjectKeyFromObject(rev))
	}
	return nil
}

// inUse names the revisions that records of the namespace executed or execute: a closed case can be re-opened, and its
// notices still need their templates. It reads past the cache, which may not show a run that has just begun.
func (r *PlaybookReconciler) inUse(ctx context.Context, namespace string) (map[string]bool, error) {
	used := map[string]bool{}
	note := func(run *v1alpha1.Run) {
		if run != nil {
			used[run.Revision.Name] = true
		}
	}
	var complaints v1alpha1.ComplaintList
	if err := r.APIReader.List(ctx, &complaints, client.InNamespace(namespace)); err != nil {
		return nil, err
	}
	for i := range complaints.Items {
		note(complaints.Items[i].Status.Run)
	}
	var incidents v1alpha1.CrisisIncidentList
	if err := r.APIReader.List(ctx, &incidents, client.InNamespace(namespace)); err != nil {
		return nil, err
	}
	for i := range incidents.Items {
		note(incidents.Items[i].Status.Run)
	}
	return used, nil
}

// SetupWithManager registers the controller. Playbooks are judged again when a calendar, a team or another playbook
// of the namespace changes, because they may refer to it; and when a record is gone, because it may have been the last one that
// needed a revision; and when a proof is there.
func (r *PlaybookReconciler) SetupWithManager(mgr ctrl.Manager, opts controller.Options) error {
	changed := builder.WithPredicates(predicate.GenerationChangedPredicate{})
	all := handler.EnqueueRequestsFromMapFunc(func(ctx context.Context, o client.Object) []reconcile.Request {
		var list v1alpha1.PlaybookList
		if err := r.List(ctx, &list, client.InNamespace(o.GetNamespace())); err != nil {
			return nil
		}
		return requests(&list)
	})
	return ctrl.NewControllerManagedBy(mgr).Named(KindPlaybook).WithOptions(opts).
		Watches(&v1alpha1.Playbook{}, all, changed).
		Watches(&v1alpha1.Playbook{}, &handler.EnqueueRequestForObject{}, changed).
		Watches(&v1alpha1.BusinessCalendar{}, all, changed).
		Watches(&v1alpha1.ResponseTeam{}, all, changed).
		Watches(&v1alpha1.Complaint{}, handler.EnqueueRequestsFromMapFunc(executed), builder.WithPredicates(gone)).
		Watches(&v1alpha1.CrisisIncident{}, handler.EnqueueRequestsFromMapFunc(executed), builder.WithPredicates(gone)).
		WatchesRawSource(r.Wheel.Source(KindPlaybook)).
		Complete(r)
}

var gone = predicate.Funcs{
	CreateFunc:  func(event.CreateEvent) bool { return false },
	UpdateFunc:  func(event.UpdateEvent) bool { return false },
	GenericFunc: func(event.GenericEvent) bool { return false },
}

// executed is the playbook that a record executed last.
func executed(_ context.Context, o client.Object) []reconcile.Request {
	var run *v1alpha1.Run
	switch record := o.(type) {
	case *v1alpha1.Complaint:
		run = record.Status.Run
	case *v1alpha1.CrisisIncident:
		run = record.Status.Run
	}
	if run == nil {
		return nil
	}
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: o.GetNamespace(), Name: run.Playbook}}}
}
