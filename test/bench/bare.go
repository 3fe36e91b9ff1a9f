package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// bare writes for n complaints what was written for the sample: the same objects with the same content, by the same users,
// in the same order, with no controller. It returns how long that takes.
func (s *stage) bare(ctx context.Context, ns string, n int, of sample, notices []v1alpha1.Notice) (time.Duration, error) {
	manager, err := s.asManager()
	if err != nil {
		return 0, err
	}
	intake, err := s.as("hotline", "tocsin:intake")
	if err != nil {
		return 0, err
	}
	l := &lifecycles{stage: s, ns: ns}
	people, err := l.people()
	if err != nil {
		return 0, err
	}
	g, ctx := errgroup.WithContext(ctx)
	next := make(chan int)
	g.Go(func() error {
		defer close(next)
		for i := range n {
			select {
			case next <- i:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	begin := s.clock.Now()
	for range 2 * workers {
		g.Go(func() error {
			for i := range next {
				b := bareCase{manager, intake, people, of, notices, l}
				if err := b.write(ctx, fmt.Sprintf("bare-%d", i), i); err != nil {
					return fmt.Errorf("bare client: %w", err)
				}
			}
			return nil
		})
	}
	err = g.Wait()
	return s.clock.Since(begin), err
}

// bareCase writes one complaint.
type bareCase struct {
	manager, intake client.Client
	people          map[v1alpha1.User]client.Client
	of              sample
	notices         []v1alpha1.Notice
	l               *lifecycles
}

func (b *bareCase) write(ctx context.Context, name string, i int) error {
	c := newComplaint(b.l.ns, name, i)
	if err := b.intake.Create(ctx, c); err != nil {
		return err
	}
	owner := []metav1.OwnerReference{{APIVersion: v1alpha1.GroupVersion.String(), Kind: "Complaint", Name: c.Name, UID: c.UID}}
	for k := range b.of.tasks {
		task := &v1alpha1.ResponseTask{Spec: *b.of.tasks[k].DeepCopy()}
		task.Namespace, task.Name, task.OwnerReferences = c.Namespace, fmt.Sprintf("%s-%d", name, k), owner
		task.Spec.Record.Name, task.Spec.Record.UID = v1alpha1.ObjectName(name), string(c.UID)
		if err := b.manager.Create(ctx, task); err != nil {
			return err
		}
		if k < len(b.notices) {
			if err := b.notify(ctx, &b.notices[k], fmt.Sprintf("%s-%d", name, k), owner); err != nil {
				return err
			}
		}
		if err := b.status(ctx, c, k); err != nil {
			return err
		}
		if err := b.answer(ctx, task); err != nil {
			return err
		}
	}
	for k := len(b.of.tasks); k < len(b.of.statuses); k++ {
		if err := b.status(ctx, c, k); err != nil {
			return err
		}
	}
	return nil
}

func (b *bareCase) status(ctx context.Context, c *v1alpha1.Complaint, k int) error {
	if k >= len(b.of.statuses) {
		return nil
	}
	c.Status = *b.of.statuses[k].DeepCopy()
	return b.manager.Status().Update(ctx, c)
}

func (b *bareCase) notify(ctx context.Context, of *v1alpha1.Notice, name string, owner []metav1.OwnerReference) error {
	n := &v1alpha1.Notice{Spec: *of.Spec.DeepCopy()}
	n.Namespace, n.Name, n.OwnerReferences = b.l.ns, name, owner
	if err := b.manager.Create(ctx, n); err != nil {
		return err
	}
	for range 2 { // the claim and the receipt
		n.Status = *of.Status.DeepCopy()
		if err := b.manager.Status().Update(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

func (b *bareCase) answer(ctx context.Context, task *v1alpha1.ResponseTask) error {
	user, patch, err := b.l.answerTo(task)
	if err != nil {
		return err
	}
	return b.people[user].Patch(ctx, task, client.RawPatch(types.JSONPatchType, patch))
}
