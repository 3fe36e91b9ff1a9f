package operator

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/utils/clock"
)

// A leader renews its lease twice within a second, then dies. Who stands by looks every now and then, and leads when the
// lease is over that was renewed last, not the one before.
func TestNobodyLeadsBeforeALeaseIsOverThatWasRenewedTwiceInASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		const length = 5 * time.Second
		objects := fake.NewClientset()
		lock := func(name string) *calmLock {
			return &calmLock{clock: clock.RealClock{}, every: length / 10, lease: length, Interface: &resourcelock.LeaseLock{
				LeaseMeta: metav1.ObjectMeta{Namespace: "system", Name: LeaseName}, Client: objects.CoordinationV1(),
				LockConfig: resourcelock.ResourceLockConfig{Identity: name},
			}}
		}
		led := make(chan time.Time, 1)
		stand := func() {
			elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
				Lock: lock("next"), LeaseDuration: length, RenewDeadline: length / 2, RetryPeriod: leaseGlance,
				Callbacks: leaderelection.LeaderCallbacks{
					OnStartedLeading: func(context.Context) { led <- time.Now() }, OnStoppedLeading: func() {},
				},
			})
			g.Expect(err).NotTo(HaveOccurred())
			elector.Run(ctx)
		}

		<-time.After(100 * time.Millisecond) // the first renewal is a tenth into a second
		first := lock("first")
		record := func() resourcelock.LeaderElectionRecord {
			now := metav1.Now()
			return resourcelock.LeaderElectionRecord{HolderIdentity: "first", LeaseDurationSeconds: int(length / time.Second), AcquireTime: now, RenewTime: now}
		}
		g.Expect(first.Create(ctx, record())).To(Succeed())
		go stand()
		<-time.After(length/10 + leaseGlance)
		_, _, err := first.Get(ctx)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(first.Update(ctx, record())).To(Succeed())
		renewed := time.Now()
		lease, err := objects.CoordinationV1().Leases("system").Get(ctx, LeaseName, metav1.GetOptions{})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(lease.Spec).To(HaveField("RenewTime.Time", BeTemporally("~", renewed, time.Microsecond)), "it was written")

		g.Expect((<-led).Sub(renewed)).To(And(BeNumerically(">=", length), BeNumerically("<", length+time.Second)))
	})
}
