package controllers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/conditions"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/names"
	"tocsin.dev/tocsin/internal/report"
)

// The condition of a PostMortem that says whether its document is there, and its reasons. The others are casework's.
const (
	// ConditionWritten: the document exists and tells the record's timeline up to status.timelineHead.
	ConditionWritten = "Written"
	// ReasonWritten: the document is up to date.
	ReasonWritten = "Written"
	// ReasonRunNotEnded: the record is still worked on; the document is written when its run ends.
	ReasonRunNotEnded = "RunNotEnded"
	// ReasonRecordNotFound: the record, or one of its timeline segments, is gone; the message names it.
	ReasonRecordNotFound = "RecordNotFound"
	// ReasonRecordReplaced: a record of that name exists but is another one.
	ReasonRecordReplaced = "RecordReplaced"
	// ReasonNotWritable: the document could not be rendered or stored; the message says why. It is tried again.
	ReasonNotWritable = "NotWritable"
)

// The keys of a document's ConfigMap.
const (
	DocumentMarkdown = "postmortem.md"
	DocumentHTML     = "postmortem.html"
	DocumentTimeline = "timeline.svg"
)

// DocumentLabel marks the ConfigMap of a document, which the manager alone writes.
const DocumentLabel = "crisis.tocsin.dev/document"

// postMortemOwner is the field manager of what this controller applies.
const postMortemOwner = client.FieldOwner("tocsin-postmortem")

// PostMortemReconciler writes the document of a PostMortem once the run of its record has ended, again when there is
// more to tell, and keeps count of the corrective actions.
type PostMortemReconciler struct {
	client.Client
	// Clock tells whether an action is past its date.
	Clock clock.Clock
	// Wake asks for a reconcile at a time, in place of an earlier one; the zero time means never.
	Wake func(types.NamespacedName, time.Time)
}

// +kubebuilder:rbac:groups=crisis.tocsin.dev,resources=postmortems,verbs=get;list;watch
// +kubebuilder:rbac:groups=crisis.tocsin.dev,resources=postmortems/status,verbs=get;update;patch
// +kubebuilder:rbac:groups=crisis.tocsin.dev,resources=crisisincidents;complaints;responsetasks;notices,verbs=get;list;watch
// +kubebuilder:rbac:groups=crisis.tocsin.dev,resources=notices,verbs=create
// +kubebuilder:rbac:groups=crisis.tocsin.dev,resources=responseteams,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=configmaps,verbs=get;list;watch;create;update;patch

// Reconcile takes the post-mortem one turn further, writes the document, tells whoever is to be told, then writes the status
// once.
func (r *PostMortemReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var pm v1alpha1.PostMortem
	if err := r.Get(ctx, req.NamespacedName, &pm); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !pm.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, nil // the document goes with it
	}
	s := postMortemScope{PostMortemReconciler: r, pm: &pm, before: pm.Status.DeepCopy()}
	shell := &Shell{Client: r.Client, APIReader: r.Client}
	review, err := casework.ReviewPostMortem(&clusterWorld{Shell: shell, ctx: ctx, namespace: pm.Namespace}, &pm, r.Clock.Now())
	if err != nil {
		return ctrl.Result{}, err
	}
	err = errors.Join(s.write(ctx, review), review.Tell(func(n engine.SendNotice) error {
		return shell.createOnce(ctx, &v1alpha1.Notice{ObjectMeta: childOf(review.Record, pm.Namespace, n.Name), Spec: n.Spec})
	}))
	r.Wake(client.ObjectKeyFromObject(&pm), review.Wake)
	s.conclude()
	return ctrl.Result{}, errors.Join(err, s.save(ctx))
}

// postMortemScope is one reconcile of one PostMortem.
type postMortemScope struct {
	*PostMortemReconciler
	// pm is the object; its status is changed on the way and written once.
	pm *v1alpha1.PostMortem
	// before is the status as it was read.
	before *v1alpha1.PostMortemStatus
}

// write renders and stores the document when it is time to, and sets Written on every way out.
func (s *postMortemScope) write(ctx context.Context, review *casework.Review) error {
	in, err := gatherReport(ctx, s.Client, s.pm)
	var wait *notYet
	switch {
	case errors.As(err, &wait):
		s.notWritten(wait.reason, wait.message)
		return nil
	case err != nil:
		s.notWritten(ReasonNotWritable, err.Error())
		return err
	}
	for k, a := range in.PostMortem.Actions {
		in.PostMortem.Actions[k].DueAt = review.DueAt(a.ID)
	}
	document := report.Build(in)
	if err := s.store(ctx, document); err != nil {
		s.notWritten(ReasonNotWritable, err.Error())
		return err
	}
	s.pm.Status.Document = v1alpha1.ObjectName(names.Document(s.pm.Name))
	s.pm.Status.TimelineHead = document.Head
	s.set(ConditionWritten, metav1.ConditionTrue, ReasonWritten, "the document is in ConfigMap "+string(s.pm.Status.Document))
	return nil
}

// store applies the ConfigMap where it does not hold that document already: most of what calls for a reconcile, the status
// of the last one among it, changes nothing that the document tells.
func (s *postMortemScope) store(ctx context.Context, document report.Report) error {
	page, err := document.HTML()
	if err != nil {
		return err
	}
	data := map[string]string{
		DocumentMarkdown: document.Markdown(),
		DocumentHTML:     page,
		DocumentTimeline: document.TimelineSVG(),
	}
	name := names.Document(s.pm.Name)
	var stored corev1.ConfigMap
	if err := s.Get(ctx, client.ObjectKey{Namespace: s.pm.Namespace, Name: name}, &stored); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("read ConfigMap %s, which holds the document: %w", name, err)
	}
	if metav1.IsControlledBy(&stored, s.pm) && maps.Equal(stored.Data, data) {
		return nil
	}
	owner := metav1ac.OwnerReference().WithAPIVersion(v1alpha1.GroupVersion.String()).WithKind("PostMortem").
		WithName(s.pm.Name).WithUID(s.pm.UID).WithController(true)
	cm := corev1ac.ConfigMap(name, s.pm.Namespace).
		WithOwnerReferences(owner).
		WithLabels(map[string]string{ManagedByLabel: ManagedBy, DocumentLabel: "true"}).
		WithData(data)
	if err := s.Apply(ctx, cm, postMortemOwner, client.ForceOwnership); err != nil {
		return fmt.Errorf("store the document in ConfigMap %s: %w", name, err)
	}
	return nil
}

// conclude derives Ready: the document is there. Open actions are people's business and do not make it less ready.
func (s *postMortemScope) conclude() {
	written := meta.FindStatusCondition(s.pm.Status.Conditions, ConditionWritten)
	s.set("Ready", written.Status, written.Reason, written.Message)
	s.pm.Status.ObservedGeneration = s.pm.Generation
}

func (s *postMortemScope) notWritten(reason, message string) {
	s.set(ConditionWritten, metav1.ConditionFalse, reason, message)
}

func (s *postMortemScope) set(typ string, status metav1.ConditionStatus, reason, message string) {
	conditions.Set(&s.pm.Status.Conditions, s.Clock.Now(), s.pm.Generation, typ, status, reason, message)
}

// save writes the status if it changed.
func (s *postMortemScope) save(ctx context.Context) error {
	if equality.Semantic.DeepEqual(*s.before, s.pm.Status) {
		return nil
	}
	_, err := settleWrite(s.Status().Update(ctx, s.pm))
	return err
}

// byRecord is the index of PostMortems by the record they are about, as kind/name.
const byRecord = "spec.incident"

// SetupWithManager has the manager call Reconcile when the PostMortem, its record or the fate of a notice about it
// changes, and on what the given sources say: the wake-ups asked for.
func (r *PostMortemReconciler) SetupWithManager(mgr ctrl.Manager, o controller.Options, wake ...source.Source) error {
	err := mgr.GetFieldIndexer().IndexField(context.Background(), &v1alpha1.PostMortem{}, byRecord, func(o client.Object) []string {
		ref := o.(*v1alpha1.PostMortem).Spec.Incident
		return []string{recordKey(ref.Kind, string(ref.Name))}
	})
	if err != nil {
		return fmt.Errorf("index PostMortems by record: %w", err)
	}
	b := ctrl.NewControllerManagedBy(mgr).Named("postmortem").WithOptions(o).
		For(&v1alpha1.PostMortem{}).
		Watches(&v1alpha1.CrisisIncident{}, r.about(func(o client.Object) string {
			return recordKey(v1alpha1.RecordCrisisIncident, o.GetName())
		})).
		Watches(&v1alpha1.Complaint{}, r.about(func(o client.Object) string {
			return recordKey(v1alpha1.RecordComplaint, o.GetName())
		})).
		Watches(&v1alpha1.Notice{}, r.about(func(o client.Object) string {
			ref := o.(*v1alpha1.Notice).Spec.Record
			return recordKey(ref.Kind, string(ref.Name))
		}), builder.WithPredicates(noticeSettled())).
		Watches(&v1alpha1.ResponseTeam{}, handler.EnqueueRequestsFromMapFunc(r.inNamespace), builder.WithPredicates(predicate.GenerationChangedPredicate{}))
	for _, s := range wake {
		b = b.WatchesRawSource(s)
	}
	return b.Complete(r)
}

// about maps an object to the PostMortems of the record it belongs to.
func (r *PostMortemReconciler) about(record func(client.Object) string) handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(ctx context.Context, o client.Object) []ctrl.Request {
		var list v1alpha1.PostMortemList
		err := r.List(ctx, &list, client.InNamespace(o.GetNamespace()), client.MatchingFields{byRecord: record(o)})
		if err != nil {
			ctrl.LoggerFrom(ctx).Error(err, "find the post-mortems of a record", "record", klog.KObj(o))
		}
		requests := make([]ctrl.Request, len(list.Items))
		for i := range list.Items {
			requests[i].NamespacedName = client.ObjectKeyFromObject(&list.Items[i])
		}
		return requests
	})
}

// inNamespace are the PostMortems beside a team that changed: an owner may be in it now.
func (r *PostMortemReconciler) inNamespace(ctx context.Context, o client.Object) []ctrl.Request {
	var list v1alpha1.PostMortemList
	if err := r.List(ctx, &list, client.InNamespace(o.GetNamespace())); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "find the post-mortems beside a team", "team", klog.KObj(o))
	}
	return requests(&list)
}

// noticeSettled lets through the moment a notice's state changes: a document written before tells an older one.
func noticeSettled() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(event.CreateEvent) bool { return false },
		DeleteFunc: func(event.DeleteEvent) bool { return false },
		UpdateFunc: func(e event.UpdateEvent) bool {
			return e.ObjectOld.(*v1alpha1.Notice).Status.State != e.ObjectNew.(*v1alpha1.Notice).Status.State
		},
	}
}

func recordKey(kind v1alpha1.RecordKind, name string) string { return string(kind) + "/" + name }
