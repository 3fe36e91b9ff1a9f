package controllers

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/metrics"
	"tocsin.dev/tocsin/internal/wake"
)

// Names of the controllers, in logs, metrics and the wheel.
const (
	KindComplaint        = "complaint"
	KindCrisisIncident   = "crisisincident"
	KindPlaybook         = "playbook"
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
func (s *Shell) wrote(f *caseFile) {
	for _, e := range f.events {
		s.Metrics.Happened(string(f.facts.Record.Kind), f.facts.Mode == v1alpha1.ModeDrill, e.Type)
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

// setCondition sets a condition with the injected clock's time; it changes nothing when status, reason and message are
// as they were.
func setCondition(conditions *[]metav1.Condition, now time.Time, generation int64, typ string, status metav1.ConditionStatus, reason, message string) {
	was := meta.FindStatusCondition(*conditions, typ)
	since := metav1.NewTime(now.UTC().Truncate(time.Second))
	if was != nil && was.Status == status {
		since = was.LastTransitionTime
	}
	meta.SetStatusCondition(conditions, metav1.Condition{
		Type: typ, Status: status, Reason: reason, Message: shorten(message, mostMessage), ObservedGeneration: generation, LastTransitionTime: since,
	})
}

const (
	// mostMessage is how long the message of a condition gets, in bytes: what the schema of conditions allows, in characters.
	mostMessage = 32768
	// mostOfRecord is how long lists in the conditions of records get; there are many of them, written often.
	mostOfRecord = 1024
)

// listWithin puts as many of the items as fit into room bytes, sep between them, and says how many more there are.
func listWithin(items []string, sep string, room int) string { return listUpTo(items, sep, "", room) }

// listLines is a list of faults for the message of a condition, a line each.
func listLines(items []string) string {
	return listUpTo(items, "\n", ", which are named once these are mended", mostMessage)
}

func listUpTo(items []string, sep, after string, room int) string {
	whole := strings.Join(items, sep)
	if len(whole) <= room || len(items) == 1 {
		return shorten(whole, room)
	}
	rest := func(n int) string { return fmt.Sprintf("%sand %d more%s", sep, n, after) }
	text := shorten(items[0], room-len(rest(len(items))))
	for i, item := range items[1:] {
		if left := len(items) - 1 - i; len(text)+len(sep)+len(item)+len(rest(left)) > room {
			return text + rest(left)
		}
		text += sep + item
	}
	return text
}

func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n-3], "") + "…"
}

func conditionStatus(ok bool) metav1.ConditionStatus {
	if ok {
		return metav1.ConditionTrue
	}
	return metav1.ConditionFalse
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
	return &obstruction{reasonNameTaken, fmt.Sprintf("%s %s/%s does not belong to %s %s and has a name that is needed for it; delete it or give it another name, then the record goes on by itself",
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
