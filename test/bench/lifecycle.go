package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/operator"
)

// workers is how many complaints are handed in, and how many tasks answered, at the same time; the bare client writes with
// twice as many, because it has no others beside it.
const workers = 8

// lifecycles is a number of complaints from their creation to their end, with people who answer at once.
type lifecycles struct {
	stage  *stage
	ns     string
	prefix string
	// each changes a complaint before it is created; nil: nothing.
	each func(i int, c *v1alpha1.Complaint)
	// until says when a complaint has come as far as it is to come; nil: closed.
	until func(*v1alpha1.Complaint) bool

	mu      sync.Mutex
	created map[string]time.Time
	graded  map[string]bool
	over    map[string]bool
	acted   map[string]time.Time // by complaint: when the last act on a task of it was taken
	tasks   map[string]bool
	ended   chan string

	toGraded, toNext []time.Duration
	elapsed          time.Duration
	sample           sample
}

// sample is what was written for one complaint, for the bare client to write again.
type sample struct {
	complaint *v1alpha1.Complaint
	statuses  []v1alpha1.ComplaintStatus
	tasks     []v1alpha1.ResponseTaskSpec
	acts      [][]byte
}

// play hands in n complaints, at most inFlight of which are open at a time, and returns when all have ended.
func (l *lifecycles) play(ctx context.Context, n, inFlight int) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l.created, l.graded, l.over = map[string]time.Time{}, map[string]bool{}, map[string]bool{}
	l.acted, l.tasks, l.ended = map[string]time.Time{}, map[string]bool{}, make(chan string, n)
	people, err := l.people()
	if err != nil {
		return err
	}
	open := make(chan *v1alpha1.ResponseTask, 8*n)
	seen, err := cache.New(l.stage.box.Config(), cache.Options{Scheme: operator.Scheme, DefaultNamespaces: map[string]cache.Config{l.ns: {}}})
	if err != nil {
		return err
	}
	err = errors.Join(
		follow(ctx, seen, &v1alpha1.Complaint{}, func(o any) { l.sawComplaint(o.(*v1alpha1.Complaint)) }),
		follow(ctx, seen, &v1alpha1.ResponseTask{}, func(o any) {
			if t := o.(*v1alpha1.ResponseTask); l.sawTask(t) {
				open <- t
			}
		}))
	if err != nil {
		return err
	}
	var following errgroup.Group
	following.Go(func() error { return seen.Start(ctx) })
	defer func() { cancel(); err = errors.Join(err, following.Wait()) }()
	if !seen.WaitForCacheSync(ctx) {
		return ctx.Err()
	}
	answers, answering := errgroup.WithContext(ctx)
	for range workers {
		answers.Go(func() error {
			for {
				select {
				case <-answering.Done():
					return nil
				case t := <-open:
					if err := l.answer(answering, people, t); err != nil {
						cancel()
						return err
					}
				}
			}
		})
	}
	begin := l.stage.clock.Now()
	if err := l.handIn(ctx, n, inFlight); err != nil {
		cancel()
		return firstOf(answers.Wait(), err)
	}
	l.elapsed = l.stage.clock.Since(begin)
	cancel()
	return answers.Wait()
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// follow hands every version of the objects of a kind on. A watch that the API server breaks off, because whoever listens
// was too slow for a moment, goes on where it was.
func follow(ctx context.Context, c cache.Cache, kind client.Object, saw func(any)) error {
	informer, err := c.GetInformer(ctx, kind, cache.BlockUntilSynced(false))
	if err != nil {
		return err
	}
	_, err = informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{AddFunc: saw, UpdateFunc: func(_, o any) { saw(o) }})
	return err
}

// people are the clients of those who answer.
func (l *lifecycles) people() (map[v1alpha1.User]client.Client, error) {
	people := map[v1alpha1.User]client.Client{}
	for _, user := range []string{"amy", "bob", "cai", "dan"} {
		c, err := l.stage.as(user, "tocsin:responders")
		if err != nil {
			return nil, err
		}
		people[v1alpha1.User(user)] = c
	}
	return people, nil
}

// handIn creates the complaints and waits for the end of each.
func (l *lifecycles) handIn(ctx context.Context, n, inFlight int) error {
	intake, err := l.stage.as("hotline", "tocsin:intake")
	if err != nil {
		return err
	}
	room := make(chan struct{}, inFlight)
	next := make(chan int)
	creators, creating := errgroup.WithContext(ctx)
	for range min(workers, inFlight) {
		creators.Go(func() error {
			for i := range next {
				if err := l.create(creating, intake, i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	creators.Go(func() error {
		defer close(next)
		for i := range n {
			select {
			case room <- struct{}{}:
			case <-creating.Done():
				return creating.Err()
			}
			select {
			case next <- i:
			case <-creating.Done():
				return creating.Err()
			}
		}
		return nil
	})
	for range n {
		select {
		case <-l.ended:
			<-room
		case <-creating.Done():
			if err := creators.Wait(); err != nil {
				return err
			}
			select {
			case <-l.ended:
				<-room
			case <-ctx.Done():
				return fmt.Errorf("%d of %d complaints in %s have ended: %w", len(l.over), n, l.ns, ctx.Err())
			}
		}
	}
	return creators.Wait()
}

func (l *lifecycles) create(ctx context.Context, intake client.Client, i int) error {
	c := newComplaint(l.ns, fmt.Sprintf("%s-%d", l.prefix, i), i)
	if l.each != nil {
		l.each(i, c)
	}
	if err := intake.Create(ctx, c); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.graded[c.Name] {
		l.created[c.Name] = l.stage.clock.Now()
	}
	return nil
}

func newComplaint(ns, name string, i int) *v1alpha1.Complaint {
	c := &v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name}}
	c.Spec.Channel = "Phone"
	c.Spec.Statement = "The kettle I bought last week lost its handle while it was full. Nobody was hurt, but the floor is stained and I would like to know what you are going to do about it."
	c.Spec.Category, c.Spec.Product = "product-defect", "kettle"
	c.Spec.Place = fmt.Sprintf("shop-%d", i%200)
	c.Spec.Complainant = &v1alpha1.Complainant{Pseudonym: fmt.Sprintf("customer-%d", i)}
	return c
}

// sawComplaint takes in a complaint as it is now.
func (l *lifecycles) sawComplaint(c *v1alpha1.Complaint) {
	now := l.stage.clock.Now()
	if !l.mine(c.Name) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.Status.Grading != nil && !l.graded[c.Name] {
		l.graded[c.Name] = true
		if at, ok := l.created[c.Name]; ok {
			l.toGraded = append(l.toGraded, now.Sub(at))
		} else {
			l.toGraded = append(l.toGraded, 0) // seen before the answer to its creation
		}
	}
	if c.Name == l.prefix+"-0" && c.Status.Grading != nil {
		l.sample.complaint = c
		l.sample.statuses = append(l.sample.statuses, c.Status)
	}
	over := !c.Status.ClosedAt.IsZero()
	if l.until != nil {
		over = l.until(c)
	}
	if over {
		l.end(c.Name)
	}
}

// mine is whether a complaint is one of these, not of those before.
func (l *lifecycles) mine(name string) bool { return strings.HasPrefix(name, l.prefix+"-") }

func (l *lifecycles) end(name string) {
	if !l.over[name] {
		l.over[name] = true
		l.ended <- name
	}
}

// sawTask is whether a task was not seen before.
func (l *lifecycles) sawTask(t *v1alpha1.ResponseTask) bool {
	now := l.stage.clock.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tasks[t.Name] || l.until != nil || !t.IsOpen() || !l.mine(string(t.Spec.Record.Name)) {
		return false
	}
	l.tasks[t.Name] = true
	if at, ok := l.acted[string(t.Spec.Record.Name)]; ok {
		l.toNext = append(l.toNext, now.Sub(at))
	} else if t.Spec.Step != "check" {
		l.toNext = append(l.toNext, 0) // seen before the answer to the act
	}
	delete(l.acted, string(t.Spec.Record.Name))
	if string(t.Spec.Record.Name) == l.prefix+"-0" {
		l.sample.tasks = append(l.sample.tasks, t.Spec)
	}
	return true
}

// answer completes or approves a task as whoever is asked.
func (l *lifecycles) answer(ctx context.Context, people map[v1alpha1.User]client.Client, t *v1alpha1.ResponseTask) error {
	user, patch, err := l.answerTo(t)
	if err != nil {
		return err
	}
	if err := people[user].Patch(ctx, t.DeepCopy(), client.RawPatch(types.JSONPatchType, patch)); err != nil {
		return fmt.Errorf("answer %s: %w", t.Name, err)
	}
	now := l.stage.clock.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	record := string(t.Spec.Record.Name)
	if record == l.prefix+"-0" {
		l.sample.acts = append(l.sample.acts, patch)
	}
	l.acted[record] = now
	return nil
}

// answerTo is what is written to answer a task, as the command line writes it, and who writes it.
func (l *lifecycles) answerTo(t *v1alpha1.ResponseTask) (v1alpha1.User, []byte, error) {
	user := t.Spec.Assignment.Assignee
	if user == "" {
		user = t.Spec.Assignment.MayAct[0]
	}
	act := v1alpha1.TaskAct{ID: "a1", Verb: v1alpha1.TaskComplete, By: user, At: metav1.NewTime(l.stage.clock.Now().UTC().Truncate(time.Second))}
	type op struct {
		Op    string `json:"op"`
		Path  string `json:"path"`
		Value any    `json:"value"`
	}
	if t.Spec.Type == v1alpha1.TaskTypeApproval {
		act.Verb, act.Digest = v1alpha1.TaskApprove, t.Spec.Assignment.Digest
	} else if len(t.Spec.Outcomes) > 0 {
		act.Outcome = t.Spec.Outcomes[0]
	}
	ops := []op{{"add", "/spec/acts", []v1alpha1.TaskAct{act}}}
	if outcome, closes := t.Spec.Closes(&act); closes {
		ops = append(ops, op{"add", "/spec/state", v1alpha1.TaskDone})
		if outcome != "" {
			ops = append(ops, op{"add", "/spec/outcome", outcome})
		}
	}
	patch, err := json.Marshal(ops)
	return user, patch, err
}
