package intake

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// DefaultParallel is how many complaints a Writer creates at once when it is told nothing else.
const DefaultParallel = 8

// Writer creates the objects of items in a cluster. It may be stopped at any time: what it created it finds there the
// next time and passes over.
type Writer struct {
	// Client writes; it needs to create Complaints and Secrets in the namespace and to read a Complaint by name, nothing else.
	Client client.Client
	// Namespace is where the complaints go.
	Namespace string
	// Parallel is how many are created at once. Default: DefaultParallel.
	Parallel int
	// Total is how many rows there will be, for Progress; 0 when unknown.
	Total int
	// Progress, when set, is called after each row, by one goroutine at a time.
	Progress func(Progress)
}

// Progress is how far a Writer has come.
type Progress struct {
	// Total is how many rows there will be; 0 when unknown.
	Total int
	// Done is how many rows were dealt with, in whatever way: the sum of the figures below.
	Done int
	// Created is how many complaints were created.
	Created int
	// Skipped is how many were there already, from an earlier import.
	Skipped int
	// Duplicates is how many rows were the same record as an earlier row.
	Duplicates int
	// Broken is how many rows could not be used.
	Broken int
	// Last is the row dealt with last.
	Last Outcome
}

// Outcome is what became of a row.
type Outcome struct {
	// Line is the line of the row.
	Line int
	// Name is the name of the complaint; empty for a broken row.
	Name string
	// Err is why there is none, a *RowError; nil for one that is there now.
	Err error
	// Notes are those of the item.
	Notes []string
}

// Write creates what items gives, in no particular order. Rows that cannot be used are counted and passed over. The
// error, a *FileError, the context's or the server's, says why it stopped before the end; called again with the same
// items it goes on where it stopped.
func (w *Writer) Write(ctx context.Context, items iter.Seq2[Item, error]) (Progress, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	t := tally{progress: Progress{Total: w.Total}, report: w.Progress}
	parallel := w.Parallel
	if parallel <= 0 {
		parallel = DefaultParallel
	}
	work := make(chan Item)
	var workers sync.WaitGroup
	for range parallel {
		workers.Go(func() {
			for item := range work {
				// After a stop the rest is drained, so that the sender below never waits for nobody.
				if ctx.Err() == nil {
					if err := w.create(ctx, item, &t); err != nil {
						cancel(err)
					}
				}
			}
		})
	}
	for item, err := range items {
		row := (*RowError)(nil)
		switch {
		case ctx.Err() != nil:
		case errors.As(err, &row):
			t.broken(Outcome{Line: row.Line, Err: row}, row.Duplicate)
		case err != nil:
			cancel(err)
		default:
			work <- item
		}
		if ctx.Err() != nil {
			break
		}
	}
	close(work)
	workers.Wait()
	return t.progress, context.Cause(ctx)
}

// create puts a complaint into the cluster, then its contacts, which belong to it and go with it: a notice waits for them.
func (w *Writer) create(ctx context.Context, item Item, t *tally) error {
	complaint := item.Complaint.DeepCopy()
	complaint.Namespace = w.Namespace
	outcome := Outcome{Line: item.Line, Name: complaint.Name, Notes: item.Notes}
	source := complaint.Annotations[SourceAnnotation]
	err := w.Client.Create(ctx, complaint)
	there := apierrors.IsAlreadyExists(err)
	if err != nil && !there {
		return w.refused(ctx, err, "Complaint", outcome, source, t)
	}
	if item.Secret != nil {
		if there { // an import that was stopped may have come as far as the complaint
			if err := w.Client.Get(ctx, client.ObjectKeyFromObject(complaint), complaint); err != nil {
				return fmt.Errorf("read the Complaint of line %d in namespace %s: %w", outcome.Line, w.Namespace, err)
			}
		}
		if err := w.createContacts(ctx, complaint, item.Secret); err != nil {
			stop := w.refused(ctx, err, "contact Secret", outcome, source, t)
			if stop != nil && !there { // the complaint is there; its contacts come when the import is run again
				t.created(outcome)
			}
			return stop
		}
	}
	if there {
		t.skipped(outcome)
		return nil
	}
	t.created(outcome)
	return nil
}

// createContacts creates the Secret that a complaint names; a complaint that names it no more, because the person was
// erased, gets none.
func (w *Writer) createContacts(ctx context.Context, complaint *v1alpha1.Complaint, contacts *corev1.Secret) error {
	if complaint.Spec.Complainant == nil || complaint.Spec.Complainant.ContactSecret != contacts.Name {
		return nil
	}
	err := w.Client.Create(ctx, ContactsOf(complaint, contacts))
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// ContactsOf is the Secret with the contacts of a complaint that is there, so that it goes with the complaint: in its
// namespace, and owned by it.
func ContactsOf(complaint *v1alpha1.Complaint, contacts *corev1.Secret) *corev1.Secret {
	secret := contacts.DeepCopy()
	secret.Namespace = complaint.Namespace
	secret.OwnerReferences = []metav1.OwnerReference{{
		APIVersion: v1alpha1.GroupVersion.String(), Kind: "Complaint", Name: complaint.Name, UID: complaint.UID,
	}}
	return secret
}

// refused tells a row the server does not take, which is the row's fault, from a server that takes none.
func (w *Writer) refused(ctx context.Context, err error, kind string, outcome Outcome, source string, t *tally) error {
	var status apierrors.APIStatus
	if apierrors.IsInvalid(err) && errors.As(err, &status) && status.Status().Details != nil {
		file := strings.TrimSuffix(source, fmt.Sprint("#", outcome.Line))
		var reasons []string
		for _, cause := range status.Status().Details.Causes {
			if cause.Field != "<nil>" { // says only that other rules were not looked at
				reasons = append(reasons, reason(cause))
			}
		}
		outcome.Err = &RowError{File: file, Line: outcome.Line, Message: "the server refuses the " + kind + ": " + strings.Join(reasons, ", ")}
		t.broken(outcome, false)
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	err = fmt.Errorf("create the %s of line %d in namespace %s: %w", kind, outcome.Line, w.Namespace, err)
	if apierrors.IsForbidden(err) {
		return fmt.Errorf("%w. To import takes the ClusterRole tocsin-intake: run it again as somebody who has it; what is there already is passed over, and contacts that are missing are added", err)
	}
	return err
}

// reason says why a row is refused. What a schema says of a field may quote what the row holds, so that the field and
// the kind of mistake must do; an admission policy names no field, and its words are its own.
func reason(cause metav1.StatusCause) string {
	if cause.Field != "" || cause.Type != "" {
		return strings.TrimSpace(cause.Field + " " + string(cause.Type))
	}
	_, said, found := strings.Cut(cause.Message, "denied request: ")
	if !found {
		return cause.Message
	}
	return said
}

// tally counts what becomes of the rows.
type tally struct {
	mu       sync.Mutex
	progress Progress
	report   func(Progress)
}

func (t *tally) created(o Outcome) { t.count(o, func(p *Progress) { p.Created++ }) }
func (t *tally) skipped(o Outcome) { t.count(o, func(p *Progress) { p.Skipped++ }) }

func (t *tally) broken(o Outcome, duplicate bool) {
	t.count(o, func(p *Progress) {
		if duplicate {
			p.Duplicates++
		} else {
			p.Broken++
		}
	})
}

func (t *tally) count(o Outcome, add func(*Progress)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	add(&t.progress)
	t.progress.Done++
	t.progress.Last = o
	if t.report != nil {
		t.report(t.progress)
	}
}
