package demo

import (
	"container/heap"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

// Refusals counts what the API server refused, as it should.
type Refusals struct {
	ForgedName   int `json:"forgedName"`
	Recused      int `json:"recused"`
	SelfApproval int `json:"selfApproval"`
}

// words says what was refused.
func (r Refusals) words() string {
	return fmt.Sprintf("%s, %s, %s", count(r.ForgedName, "forged name"),
		count(r.Recused, "act of a recused person", "acts of recused people"), count(r.SelfApproval, "approval of an own request", "approvals of own requests"))
}

// Cast plays the people: each acts through the API under their own name, when the script says so.
type Cast struct {
	// Clients gives the client of a user.
	Clients func(v1alpha1.User) (client.Client, error)
	// Now is the time of the play.
	Now func() time.Time
	// Office are the hours people keep outside a crisis.
	Office *calendar.Calendar
	// Seed makes the play repeatable.
	Seed uint64

	mu       sync.Mutex
	scripts  map[string]Script
	tasks    map[types.NamespacedName]*seenTask
	due      moves
	refusals Refusals
	refused  []refusal
	accepted []string // forbidden acts the API server took
	acts     int
	errs     []string
}

type seenTask struct {
	task v1alpha1.ResponseTask
	// planned counts the moves that are still ahead, for this assignee.
	planned  int
	assignee v1alpha1.User
	tricked  bool
}

// move is something somebody will do.
type move struct {
	at   time.Time
	name string
	do   func(ctx context.Context) error
}

// moves is a heap, the earliest in front.
type moves []*move

func (h moves) Len() int           { return len(h) }
func (h moves) Less(a, b int) bool { return h[a].at.Before(h[b].at) }
func (h moves) Swap(a, b int)      { h[a], h[b] = h[b], h[a] }

// Push implements heap.Interface.
func (h *moves) Push(x any) { *h = append(*h, x.(*move)) }

// Pop implements heap.Interface.
func (h *moves) Pop() any {
	old := *h
	m := old[len(old)-1]
	*h = old[:len(old)-1]
	return m
}

// Learn gives the cast the script of a case.
func (c *Cast) Learn(record string, s Script) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.scripts == nil {
		c.scripts, c.tasks = map[string]Script{}, map[types.NamespacedName]*seenTask{}
	}
	c.scripts[record] = s
}

// Next is when the cast acts next.
func (c *Cast) Next() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.due) == 0 {
		return time.Time{}, false
	}
	return c.due[0].at, true
}

// Results says what the cast did: how many acts, what was refused, forbidden acts that were taken, and errors.
func (c *Cast) Results() (acts int, refusals Refusals, accepted, errs []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.acts, c.refusals, slices.Clone(c.accepted), slices.Clone(c.errs)
}

// plan puts a move into the book, at about that moment; the lock is held.
func (c *Cast) plan(at time.Time, name string, do func(ctx context.Context) error) {
	c.planAt(onGrid(at, at.Sub(c.Now())), name, do)
}

// planAt puts a move into the book; the lock is held.
func (c *Cast) planAt(at time.Time, name string, do func(ctx context.Context) error) {
	heap.Push(&c.due, &move{at: at, name: name, do: do})
}

// castWorkers is how many people act at the same moment.
const castWorkers = 8

// Act makes all moves that are due and says how many there were.
func (c *Cast) Act(ctx context.Context) int {
	c.mu.Lock()
	var now []*move
	for len(c.due) > 0 && !c.due[0].at.After(c.Now()) {
		now = append(now, heap.Pop(&c.due).(*move))
	}
	c.mu.Unlock()
	var wg sync.WaitGroup
	slots := make(chan struct{}, castWorkers)
	for _, m := range now {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if err := m.do(ctx); err != nil {
				c.mu.Lock()
				c.errs = append(c.errs, m.name+": "+err.Error())
				c.mu.Unlock()
			}
		})
	}
	wg.Wait()
	return len(now)
}

// See takes in a task as the cache shows it and plans who does what about it.
func (c *Cast) See(o client.Object) {
	task, ok := o.(*v1alpha1.ResponseTask)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	key := client.ObjectKeyFromObject(task)
	if !task.IsOpen() {
		delete(c.tasks, key)
		return
	}
	if c.tasks == nil {
		c.scripts, c.tasks = map[string]Script{}, map[types.NamespacedName]*seenTask{}
	}
	seen := c.tasks[key]
	if seen == nil {
		seen = &seenTask{}
		c.tasks[key] = seen
	}
	seen.task = *task.DeepCopy()
	if assignee := task.Spec.Assignment.Assignee; seen.planned == 0 || seen.assignee != assignee {
		if answered(task) && seen.assignee == assignee {
			return
		}
		seen.assignee = assignee
		c.planTask(key, seen)
	}
}

// answered says whether everybody asked has answered and only the operator is to take note.
func answered(task *v1alpha1.ResponseTask) bool {
	given := 0
	for _, a := range task.Spec.Acts {
		switch a.Verb {
		case v1alpha1.TaskComplete, v1alpha1.TaskRefuse:
			return true
		case v1alpha1.TaskApprove:
			given++
		case v1alpha1.TaskAcknowledge:
			if task.Spec.Type == v1alpha1.TaskTypeAcknowledgement {
				return true
			}
		}
	}
	return given > 0 && given >= len(task.Spec.Assignment.Seats)
}

// script is the script of a record; one the cast was not told about is played straight.
func (c *Cast) script(record string) Script {
	if s, ok := c.scripts[record]; ok {
		return s
	}
	return ReadScript(map[string]string{"speed": string(Prompt), "founded": "founded", "satisfaction": "satisfied"}, c.Seed, record)
}

// planTask plans the answer to a task, and what comes before it; the lock is held.
func (c *Cast) planTask(key types.NamespacedName, seen *seenTask) {
	task := &seen.task
	if len(task.Spec.Assignment.MayAct) == 0 {
		return
	}
	s := c.script(string(task.Spec.Record.Name))
	now := c.Now()
	left := noHurry
	if due := task.Spec.Assignment.DueAt; !due.IsZero() {
		left = due.Sub(now)
	}
	at := c.answerAt(task, s, now)
	if !seen.tricked {
		seen.tricked = true
		if c.planSpecial(key, seen, s, &at) {
			return
		}
	}
	switch task.Spec.Type {
	case v1alpha1.TaskTypeApproval:
		seats := len(task.Spec.Assignment.Seats)
		for k := range seats {
			seen.planned++
			// One after the other, so that each sees which seats are taken.
			c.planAt(onGrid(at, left).Add(time.Duration(k)*shortGrid), "approve "+key.Name, func(ctx context.Context) error { return c.approve(ctx, key) })
		}
	default:
		seen.planned++
		c.planAt(onGrid(at, left), "answer "+key.Name, func(ctx context.Context) error { return c.answer(ctx, key) })
	}
}

// answerAt is when the answer to a task comes.
func (c *Cast) answerAt(task *v1alpha1.ResponseTask, s Script, now time.Time) time.Time {
	// Not from the task's name, part of which is different in every play.
	r := draw(c.Seed, fmt.Sprint(task.Spec.Record.Name, task.Spec.Step, task.Spec.Round, task.Spec.Assignment.Rung))
	due := task.Spec.Assignment.DueAt.Time
	first := task.Spec.Round <= 1
	switch {
	case now.Before(s.SilentUntil):
		return s.SilentUntil
	case s.Speed == Late && first && !due.IsZero() && task.Spec.Type == v1alpha1.TaskTypeWork && r.IntN(2) == 0:
		return due.Add(time.Duration(30+r.IntN(150)) * time.Minute)
	case s.Speed == VeryLate && first && !due.IsZero() && task.Spec.Step == "checkFacts":
		return due.Add(9 * time.Hour)
	}
	// Otherwise people take a part of the time they have: at once when it is short, in office hours when it is long.
	left := due.Sub(now)
	if due.IsZero() {
		left = 4 * time.Hour
	}
	part := 0.15 + 0.35*r.Float64()
	if task.Spec.Record.Kind == v1alpha1.RecordComplaint && left > middleTime {
		part = 0.01 + 0.02*r.Float64()
	}
	at := now.Add(time.Duration(float64(left) * part))
	if left <= middleTime {
		return at
	}
	if open, ok := c.Office.Next(at); ok && (due.IsZero() || open.Before(due.Add(-grid))) {
		return open
	}
	return at
}

// current is a task as it was seen last; false when it is closed.
func (c *Cast) current(key types.NamespacedName) (v1alpha1.ResponseTask, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	seen, ok := c.tasks[key]
	if !ok {
		return v1alpha1.ResponseTask{}, false
	}
	seen.planned--
	return seen.task, true
}
