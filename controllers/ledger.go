package controllers

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/retry"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"tocsin.dev/tocsin/internal/timeline"
)

// Where the checkpoints are kept: in the operator's own namespace, out of reach of whoever may write records.
const (
	// CheckpointLabel marks the ConfigMaps that hold signed checkpoints.
	CheckpointLabel = "crisis.tocsin.dev/checkpoints"
	// CheckpointKeySecret holds the signing key under `ed25519`.
	CheckpointKeySecret = "tocsin-checkpoint-key"
	// CheckpointPublicKey is the ConfigMap that holds the public key under `publicKey`, base64.
	CheckpointPublicKey = "tocsin-checkpoint-public-key"
)

// mostCheckpoints is how many checkpoints a ConfigMap holds: few, because each new one writes it whole.
const mostCheckpoints = 100

// Ledger signs the heads of timelines and keeps them. Checkpoints are gathered, for a while and while a write is under way,
// and written together. It is a manager.Runnable.
type Ledger struct {
	Client    client.Client
	APIReader client.Reader
	// Namespace is the operator's own.
	Namespace string
	// Entropy makes the signing key at the first start.
	Entropy io.Reader
	// Gather is how long a checkpoint waits for others to be written with it: each write reads and writes the whole book.
	// Default 0: it waits for none.
	Gather time.Duration
	// Clock measures Gather.
	Clock clock.Clock

	mu      sync.Mutex
	waiting []timeline.Checkpoint
	// noted are the heads that were handed over or are in the books already.
	noted map[string]bool
	// volume is the volume of the day that was written last.
	volume map[string]int
	poked  chan struct{}
	once   sync.Once
}

func (l *Ledger) init() {
	l.once.Do(func() { l.poked, l.noted = make(chan struct{}, 1), map[string]bool{} })
}

// headOf is what a checkpoint is about: an entry of a timeline, whose hash no other has.
func headOf(c timeline.Checkpoint) string { return c.UID + " " + c.Head }

// Note takes a checkpoint; it is written soon. One of the same entry was written or is about to be, so that a record may
// hand over its end each time it is looked at: the process that closed it may have died before it was written.
func (l *Ledger) Note(c timeline.Checkpoint) {
	l.init()
	l.mu.Lock()
	known := l.noted[headOf(c)]
	if !known {
		l.noted[headOf(c)] = true
		l.waiting = append(l.waiting, c)
	}
	l.mu.Unlock()
	if known {
		return
	}
	select {
	case l.poked <- struct{}{}:
	default:
	}
}

// Idle says whether everything noted was written.
func (l *Ledger) Idle() bool { return l.Waiting() == 0 }

// Waiting is how many heads of timelines were noted and not written yet.
func (l *Ledger) Waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting)
}

// Start writes checkpoints until the context ends, and then what is still waiting. What cannot be written after several
// tries is tried again with the next one.
func (l *Ledger) Start(ctx context.Context) error {
	l.init()
	key, err := l.key(ctx)
	if err != nil {
		return err
	}
	if err := l.read(ctx); err != nil {
		return err
	}
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-l.poked:
			l.gather(ctx)
			l.flush(ctx, key)
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWrite)
	defer cancel()
	l.flush(last, key)
	return nil
}

// gather waits for further checkpoints; no longer than until the manager ends.
func (l *Ledger) gather(ctx context.Context) {
	if l.Gather == 0 {
		return
	}
	select {
	case <-ctx.Done():
	case <-l.Clock.After(l.Gather):
	}
}

// mostBooks is how many books are read at a time.
const mostBooks = 50

// read takes in what the books hold, and lets go of what was handed over meanwhile and is in them.
func (l *Ledger) read(ctx context.Context) error {
	var books corev1.ConfigMapList
	for more := true; more; more = books.Continue != "" {
		err := l.APIReader.List(ctx, &books, client.InNamespace(l.Namespace), client.HasLabels{CheckpointLabel}, client.Limit(mostBooks), client.Continue(books.Continue))
		if err != nil {
			return fmt.Errorf("read the checkpoints: %w", err)
		}
		for i := range books.Items {
			if err := l.know(&books.Items[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *Ledger) know(book *corev1.ConfigMap) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(book.Data["checkpoints"]) {
		c, err := timeline.DecodeCheckpoint(line)
		if err != nil {
			return fmt.Errorf("ConfigMap %s/%s: %w", book.Namespace, book.Name, err)
		}
		head := headOf(c)
		l.noted[head] = true
		l.waiting = slices.DeleteFunc(l.waiting, func(w timeline.Checkpoint) bool { return headOf(w) == head })
	}
	return nil
}

// lastWrite is how long the last write may take when the manager stops.
const lastWrite = 5 * time.Second

// patience is how a write is tried again: for about three seconds.
var patience = wait.Backoff{Steps: 10, Duration: 20 * time.Millisecond, Factor: 2, Jitter: 0.2, Cap: 2 * time.Second}

// flush writes what is waiting.
func (l *Ledger) flush(ctx context.Context, key ed25519.PrivateKey) {
	l.mu.Lock()
	batch := l.waiting
	l.mu.Unlock()
	if len(batch) == 0 {
		return
	}
	if err := l.write(ctx, key, batch); err != nil {
		if ctx.Err() != nil {
			return // the manager ends: they are written last of all, or when their records are looked at again
		}
		log.FromContext(ctx).Error(err, "Timeline checkpoints were not written; they are tried again with the next one", "checkpoints", len(batch))
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = l.waiting[len(batch):]
}

// NeedLeaderElection makes the leader alone write checkpoints.
func (l *Ledger) NeedLeaderElection() bool { return true }

// write appends signed checkpoints to the book of their day.
func (l *Ledger) write(ctx context.Context, key ed25519.PrivateKey, batch []timeline.Checkpoint) error {
	byDay := map[string][]string{}
	var days []string
	for _, c := range batch {
		line, err := timeline.EncodeCheckpoint(timeline.Sign(key, c))
		if err != nil {
			return err
		}
		day := c.At.UTC().Format("20060102")
		if byDay[day] == nil {
			days = append(days, day)
		}
		byDay[day] = append(byDay[day], strings.TrimRight(line, "\n"))
	}
	for _, day := range days {
		if err := l.append(ctx, day, byDay[day]); err != nil {
			return err
		}
	}
	return nil
}

func (l *Ledger) append(ctx context.Context, day string, lines []string) error {
	if l.volume == nil {
		l.volume = map[string]int{}
	}
	for volume := max(l.volume[day], 1); len(lines) > 0; volume++ {
		l.volume[day] = volume
		name := fmt.Sprintf("tocsin-checkpoints-%s-%03d", day, volume)
		rest := lines
		again := func(error) bool { return ctx.Err() == nil }
		err := retry.OnError(patience, again, func() error {
			book := &corev1.ConfigMap{}
			err := l.APIReader.Get(ctx, client.ObjectKey{Namespace: l.Namespace, Name: name}, book)
			if client.IgnoreNotFound(err) != nil {
				return err
			}
			missing := apierrors.IsNotFound(err)
			// A write whose answer was lost may have arrived.
			missed := slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return strings.Contains(book.Data["checkpoints"], line+"\n") })
			have := strings.Count(book.Data["checkpoints"], "\n")
			n := min(len(missed), mostCheckpoints-have)
			rest = missed[max(n, 0):]
			if n <= 0 {
				return nil
			}
			text := book.Data["checkpoints"] + strings.Join(missed[:n], "\n") + "\n"
			if missing {
				book = &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: l.Namespace, Name: name, Labels: map[string]string{CheckpointLabel: "true", ManagedByLabel: ManagedBy}}}
				book.Data = map[string]string{"checkpoints": text}
				return l.Client.Create(ctx, book)
			}
			book.Data = map[string]string{"checkpoints": text}
			return l.Client.Update(ctx, book)
		})
		if err != nil {
			return fmt.Errorf("write checkpoints to %s: %w", name, err)
		}
		lines = rest
	}
	return nil
}

// key reads the signing key, or makes one at the first start and publishes its public half.
func (l *Ledger) key(ctx context.Context) (ed25519.PrivateKey, error) {
	var secret corev1.Secret
	err := l.APIReader.Get(ctx, client.ObjectKey{Namespace: l.Namespace, Name: CheckpointKeySecret}, &secret)
	if client.IgnoreNotFound(err) != nil {
		return nil, fmt.Errorf("read the checkpoint key: %w", err)
	}
	seed := secret.Data["ed25519"]
	if apierrors.IsNotFound(err) {
		seed = make([]byte, ed25519.SeedSize)
		if _, err := io.ReadFull(l.Entropy, seed); err != nil {
			return nil, err
		}
		fresh := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: l.Namespace, Name: CheckpointKeySecret}, Data: map[string][]byte{"ed25519": seed}}
		if err := l.Client.Create(ctx, fresh); err != nil {
			return nil, fmt.Errorf("store the checkpoint key: %w", err)
		}
	}
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("secret %s/%s: key ed25519 must hold %d bytes, it holds %d", l.Namespace, CheckpointKeySecret, ed25519.SeedSize, len(seed))
	}
	key := ed25519.NewKeyFromSeed(seed)
	public := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: l.Namespace, Name: CheckpointPublicKey},
		Data:       map[string]string{"publicKey": base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey))},
	}
	if err := l.Client.Create(ctx, public); err != nil && !apierrors.IsAlreadyExists(err) {
		return nil, fmt.Errorf("publish the checkpoint key: %w", err)
	}
	return key, nil
}
