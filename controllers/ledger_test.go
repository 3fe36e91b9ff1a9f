package controllers

import (
	"context"
	"crypto/rand"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	testclock "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"tocsin.dev/tocsin/internal/timeline"
)

func TestCheckpointsAreGatheredAndWrittenTogether(t *testing.T) {
	w := newWorld(t)
	var writes atomic.Int32
	counting := interceptor.NewClient(cluster.Admin, interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, obj client.Object, opts ...client.CreateOption) error {
			if _, ok := obj.GetLabels()[CheckpointLabel]; ok {
				writes.Add(1)
			}
			return c.Create(ctx, obj, opts...)
		},
		Update: func(ctx context.Context, c client.WithWatch, obj client.Object, opts ...client.UpdateOption) error {
			writes.Add(1)
			return c.Update(ctx, obj, opts...)
		},
	})
	clock := testclock.NewFakeClock(start)
	ledger := &Ledger{Client: counting, APIReader: cluster.Admin, Namespace: w.ns, Entropy: rand.Reader, Gather: time.Second, Clock: clock}
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- ledger.Start(ctx) }()
	note := func(heads ...string) {
		for _, head := range heads {
			ledger.Note(timeline.Checkpoint{Record: w.ns + "/kettle", UID: "1", Length: 1, Head: head, At: start})
		}
	}
	lines := func() int {
		var books corev1.ConfigMapList
		w.Expect(cluster.Admin.List(t.Context(), &books, client.InNamespace(w.ns), client.HasLabels{CheckpointLabel})).To(Succeed())
		n := 0
		for _, b := range books.Items {
			n += strings.Count(b.Data["checkpoints"], "\n")
		}
		return n
	}

	note("a")
	w.Eventually(clock.HasWaiters).Should(BeTrue(), "the first one waits for others")
	note("b", "c")
	w.Expect(ledger.Waiting()).To(Equal(3))
	w.Expect(writes.Load()).To(BeZero())
	clock.Step(time.Second)
	w.Eventually(ledger.Idle).WithTimeout(10 * time.Second).Should(BeTrue())
	w.Expect(lines()).To(Equal(3))
	w.Expect(writes.Load()).To(BeEquivalentTo(1))

	note("d")
	w.Eventually(clock.HasWaiters).Should(BeTrue())
	end()
	var err error
	w.Eventually(ended).WithTimeout(10 * time.Second).Should(Receive(&err))
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(lines()).To(Equal(4), "a manager that ends waits for no others")
}
