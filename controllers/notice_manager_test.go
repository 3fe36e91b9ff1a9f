package controllers

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/go-logr/logr"
	. "github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/install"
	"tocsin.dev/tocsin/internal/notice"
	"tocsin.dev/tocsin/internal/notice/receivers"
	"tocsin.dev/tocsin/internal/wake"
)

// noticesWithManager runs both controllers as they run in production: caches, watches, several workers, a wheel.
func noticesWithManager(t *testing.T) {
	w := newNoticeWorld(t)
	w.create(&rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: "watch-secrets"}, Rules: []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"secrets"}, Verbs: []string{"list", "watch"}}}})
	w.create(&rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "watch-secrets"}, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "watch-secrets"},
		Subjects: []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: install.ManagerUser}}})
	user, err := cluster.User(install.ManagerUser)
	w.Expect(err).NotTo(HaveOccurred())
	mgr, err := ctrl.NewManager(user, ctrl.Options{Scheme: cluster.Admin.Scheme(), Metrics: server.Options{BindAddress: "0"}, Logger: logr.Discard(),
		Cache: cache.Options{DefaultNamespaces: map[string]cache.Config{w.ns: {}}}})
	w.Expect(err).NotTo(HaveOccurred())
	wheel := wake.New(clock.RealClock{})
	w.Expect(mgr.Add(wheel)).To(Succeed())
	senders := notice.NewSenders()
	nr := &NoticeReconciler{Client: mgr.GetClient(), APIReader: mgr.GetAPIReader(), Clock: clock.RealClock{}, Process: "managed", Senders: senders, WatchSecrets: true,
		Wake: func(key types.NamespacedName, at time.Time) { wheel.At(KindNotice, key, at) }}
	w.Expect(nr.SetupWithManager(mgr, controller.Options{MaxConcurrentReconciles: 8}, wheel.Source(KindNotice))).To(Succeed())
	cr := &NoticeChannelReconciler{Client: mgr.GetClient(), APIReader: mgr.GetAPIReader(), Clock: clock.RealClock{}, WatchSecrets: true, Forget: senders.Forget,
		Wake: func(key types.NamespacedName, at time.Time) { wheel.At(KindNoticeChannel, key, at) }}
	w.Expect(cr.SetupWithManager(mgr, controller.Options{}, wheel.Source(KindNoticeChannel))).To(Succeed())
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- mgr.Start(ctx) }()
	t.Cleanup(func() { cancel(); w.Expect(<-done).To(Succeed()) })

	const many = 60
	now := clock.RealClock{}.Now()
	for i := range many {
		w.notice(fmt.Sprintf("n-%d", i), toLin, func(s *v1alpha1.NoticeSpec) { s.RequestedAt = metav1.NewTime(now) })
	}
	counts := func(want map[string]int) func(g Gomega) {
		return func(g Gomega) {
			list := &v1alpha1.NoticeList{}
			g.Expect(w.admin.List(w.ctx, list, client.InNamespace(w.ns))).To(Succeed())
			got := map[string]int{}
			for i := range list.Items {
				got[reasonOf(&list.Items[i])]++
			}
			g.Expect(got).To(Equal(want))
		}
	}
	w.Eventually(counts(map[string]int{notice.ReasonNoChannel: many}), "20s").Should(Succeed())
	w.hookChannel("hook", v1alpha1.NoticeChannelSpec{})
	w.Eventually(counts(map[string]int{notice.ReasonChannelNotReady: many}), "20s").Should(Succeed())
	w.hookSecret() // and on they go by themselves
	w.Eventually(counts(map[string]int{notice.ReasonDelivered: many}), "20s").Should(Succeed())
	w.Expect(w.hook.Counts().Accepted).To(Equal(many))
	w.Expect(w.hook.Counts().Duplicates).To(BeZero())

	w.emailChannel("a-mail", v1alpha1.NoticeChannelSpec{Backoff: "1s"})
	w.mail.Next(receivers.Fault{Reply: 451}, receivers.Fault{Reply: 421}, receivers.Fault{ReplyAfterData: 452})
	for i := range many {
		w.notice(fmt.Sprintf("m-%d", i), toRegulator, func(s *v1alpha1.NoticeSpec) { s.RequestedAt = metav1.NewTime(now) })
	}
	w.Eventually(counts(map[string]int{notice.ReasonDelivered: 2 * many}), "20s").Should(Succeed(), "some wait for the wheel")
	w.Expect(w.mail.Counts().Accepted).To(Equal(many))
	w.Expect(w.mail.Counts().Duplicates).To(BeZero())
}
