package e2e

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// The test of a channel is sent, and is gone a week later, also where the manager was started anew in between.
func TestTheTestOfAChannelIsClearedAway(t *testing.T) {
	w := bareWorld(t)
	var channel v1alpha1.NoticeChannel
	w.Expect(admin.Get(w.ctx, client.ObjectKey{Namespace: w.ns, Name: "mail"}, &channel)).To(Succeed())
	n := &v1alpha1.Notice{
		ObjectMeta: metav1.ObjectMeta{Name: "channel-test", OwnerReferences: []metav1.OwnerReference{{
			APIVersion: v1alpha1.GroupVersion.String(), Kind: "NoticeChannel", Name: channel.Name, UID: channel.UID}}},
		Spec: v1alpha1.NoticeSpec{Test: &v1alpha1.ChannelTest{Address: "duty@example.org"}, Channel: "mail",
			Template: v1alpha1.TemplateChannelTest, RequestedAt: metav1.NewTime(w.clock.Now())},
	}
	w.create(n)
	key := client.ObjectKeyFromObject(n)
	first := w.manage()
	w.Eventually(func(g Gomega) {
		g.Expect(admin.Get(w.ctx, key, n)).To(Succeed())
		g.Expect(n.Status.State).To(Equal(v1alpha1.NoticeDelivered))
	}).Should(Succeed())
	first.stop()
	second := w.manage()
	w.Eventually(func() time.Time { at, _ := second.Wheel.Next(); return at }).Should(BeTemporally("==", n.Status.EndedAt.Add(7*24*time.Hour)))
	w.clock.Step(7 * 24 * time.Hour)
	w.Eventually(func() error { return admin.Get(w.ctx, key, n) }).Should(MatchError(apierrors.IsNotFound, "is gone"))
}
