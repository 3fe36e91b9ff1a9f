package controllers

import (
	"context"
	"fmt"
	"io"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/metrics"
	"tocsin.dev/tocsin/internal/wake"
)

// Names of the controllers, in logs, metrics and the wheel.
const (
	KindComplaint        = "complaint"
	KindCrisisIncident   = "crisisincident"
	KindPlaybook         = "playbook"
	KindProof            = "proof"
	KindSurroundings     = "surroundings"
	KindTriagePolicy     = "triagepolicy"
	KindResponseTeam     = "responseteam"
	KindBusinessCalendar = "businesscalendar"
	KindDrillSchedule    = "drillschedule"
	KindNotice           = "notice"
	KindNoticeChannel    = "noticechannel"
	KindPostMortem       = "postmortem"
)

// RecordLabel is the label of everything that belongs to a record; its value is the record's UID.
const RecordLabel = "crisis.tocsin.dev/record"

// ManagedByLabel marks what the manager made.
const (
	ManagedByLabel = "app.kubernetes.io/managed-by"
	ManagedBy      = "tocsin"
)

// Shell is what the reconcilers have in common.
type Shell struct {
	client.Client
	// APIReader reads past the cache: Secrets, and what the cache may not show yet.
	APIReader client.Reader
	// Clock is the only source of time.
	Clock clock.Clock
	// Wheel wakes objects.
	Wheel *wake.Wheel
	// Entropy gives the salts of the timelines.
	Entropy io.Reader
	// Plans holds compiled revisions.
	Plans *Plans
	// Proofs proves playbooks.
	Proofs *Proofs
	// Surroundings is what was found around playbooks.
	Surroundings *Surroundings
	// Fresh keeps a reconcile from working on what it has overwritten itself.
	Fresh *Fresh
	// Ledger takes the heads of timelines for the signed checkpoints; may be nil.
	Ledger *Ledger
	// Metrics counts what happens; may be nil.
	Metrics *metrics.Metrics
	// Announce writes events; may be nil.
	Announce *Announcer
}

func (s *Shell) wakeAt(kind string, obj client.Object, at time.Time) {
	if s.Wheel != nil {
		s.Wheel.At(kind, client.ObjectKeyFromObject(obj), at)
	}
}

// wrote notes what a status write that succeeded says.
func (s *Shell) wrote(f *casework.File) {
	for _, e := range f.Events {
		s.Metrics.Happened(string(f.Facts.Record.Kind), f.Facts.Mode == v1alpha1.ModeDrill, e.Type)
	}
	s.Announce.timeline(f)
}

// settleWrite turns the outcome of a status write into the outcome of the reconcile: a lost race and a vanished object
// are no errors.
func settleWrite(err error) (ctrl.Result, error) {
	if err == nil || apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
		return ctrl.Result{}, nil
	}
	return ctrl.Result{}, err
}

// ownedBy makes the owner reference of what belongs to a record.
func ownedBy(ref v1alpha1.RecordReference) metav1.OwnerReference {
	yes, no := true, false
	return metav1.OwnerReference{
		APIVersion: v1alpha1.GroupVersion.String(), Kind: string(ref.Kind), Name: string(ref.Name), UID: types.UID(ref.UID),
		Controller: &yes, BlockOwnerDeletion: &no,
	}
}

// taken says that an object which is not the record's has a name the record needs.
func (s *Shell) taken(obj client.Object, owner *metav1.OwnerReference) error {
	kind := fmt.Sprintf("%T", obj)
	if gvk, err := s.GroupVersionKindFor(obj); err == nil {
		kind = gvk.Kind
	}
	return &casework.Obstruction{Reason: reasonNameTaken, Message: fmt.Sprintf("%s %s/%s does not belong to %s %s and has a name that is needed for it; delete it or give it another name, then the record goes on by itself",
		kind, obj.GetNamespace(), obj.GetName(), owner.Kind, owner.Name)}
}

// createOnce creates an object whose name says what it is. One that exists already is the same one if it belongs to the
// same record; anything else has taken its name.
func (s *Shell) createOnce(ctx context.Context, obj client.Object) error {
	err := s.Create(ctx, obj)
	if !apierrors.IsAlreadyExists(err) {
		return err
	}
	found := obj.DeepCopyObject().(client.Object)
	if err := s.APIReader.Get(ctx, client.ObjectKeyFromObject(obj), found); err != nil {
		return fmt.Errorf("read %T %s to see whose it is: %w", obj, obj.GetName(), err)
	}
	if owner := metav1.GetControllerOf(obj); owner != nil {
		if is := metav1.GetControllerOf(found); is == nil || is.UID != owner.UID {
			return s.taken(obj, owner)
		}
	}
	return nil
}
