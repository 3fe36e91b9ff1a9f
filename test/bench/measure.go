package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// options says how much is measured.
type options struct {
	n, many, year int
	file, profile string
	// watch is the only namespace of the manager; empty: all.
	watch string
}

func (o options) managerFlags() []string {
	var flags []string
	if o.watch != "" {
		flags = append(flags, "--watch-namespaces="+o.watch)
	}
	if o.profile != "" {
		flags = append(flags, "--pprof-bind-address="+o.profile)
	}
	return flags
}

// Namespaces: live is the manager's, bare belongs to the bare client, crowd holds the many open complaints.
const (
	live  = "live"
	bare  = "bare"
	crowd = "crowd"
)

func (s *stage) measure(ctx context.Context, r *report, o options) error {
	of, notices, elapsed, err := s.measureLive(ctx, r, o)
	if err != nil {
		return err
	}
	s.say(fmt.Sprintf("the same writes for %d complaints by a bare client", o.n))
	if err := s.furnish(ctx, bare); err != nil {
		return err
	}
	before, err := usageOf(os.Getpid())
	if err != nil {
		return err
	}
	alone, err := s.bare(ctx, bare, o.n, of, notices)
	if err != nil {
		return err
	}
	after, err := usageOf(os.Getpid())
	if err != nil {
		return err
	}
	r.add("CPU of a bare client a lifecycle", (after.cpu-before.cpu).Seconds()*1000/float64(o.n), "ms", 0, lower)
	r.add("lifecycles of a bare client", float64(o.n)/alone.Seconds(), "1/s", 0, higher)
	r.add("share of a bare client", alone.Seconds()/elapsed.Seconds(), "", 0.6, higher)
	if o.many == 0 {
		return nil
	}
	o.watch = crowd
	return s.measureCrowd(ctx, r, o)
}

// measureLive is all that is measured on whole lives of complaints. It returns what was written for one of them, and how
// long those at once took.
func (s *stage) measureLive(ctx context.Context, r *report, o options) (of sample, notices []v1alpha1.Notice, elapsed time.Duration, err error) {
	if err = s.furnish(ctx, live); err != nil {
		return
	}
	m, err := s.startManager(o.managerFlags()...)
	if err != nil {
		return
	}
	defer func() { err = errors.Join(err, m.stop()) }()
	if err = s.ready(ctx, live); err != nil {
		return
	}
	s.say("warming up")
	warm := &lifecycles{stage: s, ns: live, prefix: "warm"}
	if err = warm.play(ctx, 20, 4); err != nil {
		return
	}
	of = warm.sample
	if notices, err = s.noticesOf(ctx, live, "warm-0"); err != nil {
		return
	}
	if err = s.measureQuiet(ctx, r); err != nil {
		return
	}
	few, err := s.timed(ctx, r, "few", o.n*3/10)
	if err != nil {
		return
	}
	elapsed, err = s.measureBurst(ctx, r, m, o.n)
	if err != nil {
		return
	}
	many, err := s.timed(ctx, r, "many", o.n*3)
	if err != nil {
		return
	}
	r.add(fmt.Sprintf("cost a lifecycle at %d against %d", o.n*3, o.n*3/10), (many.Seconds()/float64(o.n*3))/(few.Seconds()/float64(o.n*3/10)), "", 1.15, lower)
	return of, notices, elapsed, nil
}

// ready waits until the manager has taken in the policy.
func (s *stage) ready(ctx context.Context, namespace string) error {
	return wait.PollUntilContextTimeout(ctx, 200*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		var books v1alpha1.PlaybookList
		if err := s.admin.List(ctx, &books, client.InNamespace(namespace)); err != nil {
			return false, err
		}
		for i := range books.Items {
			if books.Items[i].Status.Revision == nil {
				return false, nil
			}
		}
		return len(books.Items) > 0, nil
	})
}

// measureQuiet is one complaint and one incident after the other, nothing beside it.
func (s *stage) measureQuiet(ctx context.Context, r *report) error {
	s.say("one at a time")
	one := &lifecycles{stage: s, ns: live, prefix: "quiet"}
	if err := one.play(ctx, 60, 1); err != nil {
		return err
	}
	r.latencies("create to graded, quiet", one.toGraded, 300*time.Millisecond)
	r.latencies("act to next step, quiet", one.toNext, 300*time.Millisecond)
	alarms := &alarms{stage: s, prefix: "quiet"}
	if err := alarms.ring(ctx, 40, 50*time.Millisecond); err != nil {
		return err
	}
	r.latencies("incident to first notice, quiet", alarms.told(), 300*time.Millisecond)
	return nil
}

func (s *stage) timed(ctx context.Context, r *report, prefix string, n int) (time.Duration, error) {
	s.say(fmt.Sprintf("%d at once", n))
	l := &lifecycles{stage: s, ns: live, prefix: prefix}
	if err := l.play(ctx, n, n); err != nil {
		return 0, err
	}
	r.add(fmt.Sprintf("lifecycles, %d at once", n), float64(n)/l.elapsed.Seconds(), "1/s", 0, higher)
	return l.elapsed, s.settled(ctx, live)
}

// measureBurst is n complaints at once, with a few incidents in between.
func (s *stage) measureBurst(ctx context.Context, r *report, m *manager, n int) (time.Duration, error) {
	s.say(fmt.Sprintf("%d at once", n))
	if err := s.settled(ctx, live); err != nil {
		return 0, err
	}
	before, err := s.writes(live)
	if err != nil {
		return 0, err
	}
	noticesBefore, err := s.noticesOf(ctx, live, "")
	if err != nil {
		return 0, err
	}
	used, err := m.usage()
	if err != nil {
		return 0, err
	}
	l := &lifecycles{stage: s, ns: live, prefix: "burst"}
	alarms := &alarms{stage: s, prefix: "burst"}
	ringing := make(chan error, 1)
	go func() { ringing <- alarms.ring(ctx, 20, 500*time.Millisecond) }()
	if err := l.play(ctx, n, n); err != nil {
		return 0, err
	}
	if err := errors.Join(<-ringing, s.settled(ctx, live)); err != nil {
		return 0, err
	}
	after, err := m.usage()
	if err != nil {
		return 0, err
	}
	counts, err := s.writes(live)
	if err != nil {
		return 0, err
	}
	for what, n := range before {
		counts[what] -= n
	}
	alarms.takeAway(counts)
	notices, err := s.noticesOf(ctx, live, "")
	if err != nil {
		return 0, err
	}
	r.add(fmt.Sprintf("lifecycles, %d at once", n), float64(n)/l.elapsed.Seconds(), "1/s", 0, higher)
	r.addWrites(counts, n, len(notices)-len(noticesBefore))
	r.add("manager CPU a lifecycle", (after.cpu-used.cpu).Seconds()*1000/float64(n), "ms", 5, lower)
	r.latencies("create to graded, in the burst", l.toGraded, time.Second)
	r.latencies("act to next step, in the burst", l.toNext, time.Second)
	r.latencies("incident to first notice, in the burst", alarms.told(), time.Second)
	return l.elapsed, nil
}

// noticesOf are the notices of a record; of all where no record is named.
func (s *stage) noticesOf(ctx context.Context, namespace, record string) ([]v1alpha1.Notice, error) {
	var list v1alpha1.NoticeList
	if err := s.admin.List(ctx, &list, client.InNamespace(namespace)); err != nil {
		return nil, err
	}
	var out []v1alpha1.Notice
	for _, n := range list.Items {
		if record == "" || string(n.Spec.Record.Name) == record {
			out = append(out, n)
		}
	}
	return out, nil
}

// settled waits until every notice was delivered.
func (s *stage) settled(ctx context.Context, namespace string) error {
	return wait.PollUntilContextTimeout(ctx, 500*time.Millisecond, 5*time.Minute, true, func(ctx context.Context) (bool, error) {
		notices, err := s.noticesOf(ctx, namespace, "")
		if err != nil {
			return false, err
		}
		for i := range notices {
			if notices[i].Status.EndedAt.IsZero() {
				return false, nil
			}
		}
		return true, nil
	})
}
