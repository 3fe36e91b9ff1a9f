package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/config"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/operator"
)

// graders is how many complaints are graded for one figure of what grading costs.
const graders = 300

// measureCrowd measures what grading costs among few and among many open complaints, and how much memory many take.
func (s *stage) measureCrowd(ctx context.Context, r *report, o options) (err error) {
	if err := s.furnish(ctx, crowd); err != nil {
		return err
	}
	m, err := s.startManager(o.managerFlags()...)
	if err != nil {
		return err
	}
	stop := m.stop
	defer func() { err = errors.Join(err, stop()) }()
	if err := s.ready(ctx, crowd); err != nil {
		return err
	}
	if _, err := s.grade(ctx, m, "warm", 100); err != nil {
		return err
	}
	few, err := s.grade(ctx, m, "few", graders)
	if err != nil {
		return err
	}
	s.say(fmt.Sprintf("%d open complaints", o.many))
	if _, err := s.grade(ctx, m, "crowd", o.many-graders-100); err != nil {
		return err
	}
	many, err := s.grade(ctx, m, "many", graders)
	if err != nil {
		return err
	}
	r.add(fmt.Sprintf("grading at %d open against 100", o.many), many.Seconds()/few.Seconds(), "", 1.15, lower)
	stop = func() error { return nil }
	if err := m.stop(); err != nil {
		return err
	}
	return s.measureMemory(ctx, r, o)
}

// grade hands in complaints that stay open and returns the manager's processor time for each.
func (s *stage) grade(ctx context.Context, m *manager, prefix string, n int) (time.Duration, error) {
	before, err := m.usage()
	if err != nil {
		return 0, err
	}
	l := &lifecycles{stage: s, ns: crowd, prefix: prefix,
		// A place and a kind have ten complaints, however many there are in all.
		each: func(i int, c *v1alpha1.Complaint) {
			c.Spec.Channel, c.Spec.Place = "Letter", fmt.Sprintf("%s-%d", prefix, i/10)
		},
		until: func(c *v1alpha1.Complaint) bool { return c.Status.Run != nil },
	}
	if err := l.play(ctx, n, n); err != nil {
		return 0, err
	}
	if err := s.settled(ctx, crowd); err != nil {
		return 0, err
	}
	after, err := m.usage()
	return (after.cpu - before.cpu) / time.Duration(n), err
}

// measureMemory compares a manager that has just begun with a cache of the same objects and nothing else.
func (s *stage) measureMemory(ctx context.Context, r *report, o options) (err error) {
	m, err := s.startManager(o.managerFlags()...)
	if err != nil {
		return err
	}
	whole, err := s.resting(ctx, m.cmd.Process.Pid)
	if err := errors.Join(err, m.stop()); err != nil {
		return err
	}
	kubeconfig := filepath.Join(s.dir, "manager.kubeconfig")
	self, err := os.Executable()
	if err != nil {
		return err
	}
	holder := exec.CommandContext(ctx, self, "-cache="+crowd)
	holder.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig)
	holder.Stdout, holder.Stderr = io.Discard, os.Stderr
	holder.Cancel = func() error { return holder.Process.Signal(syscall.SIGTERM) }
	if err := holder.Start(); err != nil {
		return err
	}
	held, err := s.resting(ctx, holder.Process.Pid)
	if err := errors.Join(err, holder.Process.Signal(syscall.SIGTERM), holder.Wait()); err != nil {
		return err
	}
	const mib = 1 << 20
	r.add(fmt.Sprintf("memory with %d open", o.many), float64(whole)/mib, "MiB", 0, lower)
	r.add("memory of a bare cache of the same", float64(held)/mib, "MiB", 0, lower)
	r.add("memory against a bare cache", float64(whole)/float64(held), "", 1.6, lower)
	return nil
}

// resting waits until a process has used next to no processor time for ten seconds, and returns its memory.
func (s *stage) resting(ctx context.Context, pid int) (int64, error) {
	last, still := usage{}, 0
	for still < 10 {
		if err := s.pause(ctx, time.Second); err != nil {
			return 0, err
		}
		now, err := usageOf(pid)
		if err != nil {
			return 0, err
		}
		if now.cpu-last.cpu > 50*time.Millisecond {
			still = 0
		} else {
			still++
		}
		last = now
	}
	return last.rss, nil
}

// holdCache keeps the kinds that the manager watches in a typed cache until it is told to stop.
func holdCache(ctx context.Context, namespace string, out io.Writer) error {
	cfg, err := config.GetConfig()
	if err != nil {
		return err
	}
	cfg.QPS = -1
	c, err := cache.New(cfg, cache.Options{Scheme: operator.Scheme, DefaultNamespaces: map[string]cache.Config{namespace: {}}})
	if err != nil {
		return err
	}
	for _, obj := range []client.Object{
		&v1alpha1.Complaint{}, &v1alpha1.CrisisIncident{}, &v1alpha1.ResponseTask{}, &v1alpha1.Notice{}, &v1alpha1.PostMortem{},
		&v1alpha1.Playbook{}, &v1alpha1.TriagePolicy{}, &v1alpha1.ResponseTeam{}, &v1alpha1.BusinessCalendar{}, &v1alpha1.NoticeChannel{},
		&v1alpha1.DrillSchedule{},
	} {
		if _, err := c.GetInformer(ctx, obj, cache.BlockUntilSynced(false)); err != nil {
			return err
		}
	}
	fmt.Fprintln(out, "holding")
	return c.Start(ctx)
}
