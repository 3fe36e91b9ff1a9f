package servingcert

import (
	"context"
	"errors"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

// cluster is an API server with a webhook configuration, and two replicas.
type cluster struct {
	*GomegaWithT
	client.Client
	clock           *clocktesting.FakeClock
	leader, standby *Keeper
	// mute keeps the API server from being told whom to trust; writes counts what the leader wrote.
	mute   error
	writes int
}

func newCluster(t *testing.T) *cluster {
	c := &cluster{GomegaWithT: NewWithT(t), clock: clocktesting.NewFakeClock(begin)}
	config := &admissionv1.ValidatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: "tocsin-policies"},
		Webhooks: []admissionv1.ValidatingWebhook{{Name: "a"}, {Name: "b"}}}
	c.Client = fake.NewClientBuilder().WithScheme(clientgoscheme.Scheme).WithObjects(config).WithInterceptorFuncs(interceptor.Funcs{
		Patch: func(ctx context.Context, w client.WithWatch, o client.Object, p client.Patch, opts ...client.PatchOption) error {
			c.writes++
			if c.mute != nil {
				return c.mute
			}
			return w.Patch(ctx, o, p, opts...)
		},
		Update: func(ctx context.Context, w client.WithWatch, o client.Object, opts ...client.UpdateOption) error {
			c.writes++
			return w.Update(ctx, o, opts...)
		},
	}).Build()
	replica := func(leads bool) *Keeper {
		return &Keeper{Client: c.Client, Clock: c.clock, Secret: types.NamespacedName{Namespace: "tocsin-system", Name: "certificate"},
			Configuration: config.Name, Names: names, Leads: func() bool { return leads }}
	}
	c.leader, c.standby = replica(true), replica(false)
	return c
}

func (c *cluster) trusted() []byte {
	var config admissionv1.ValidatingWebhookConfiguration
	c.Expect(c.Get(context.Background(), client.ObjectKey{Name: "tocsin-policies"}, &config)).To(Succeed())
	c.Expect(config.Webhooks[0].ClientConfig.CABundle).To(Equal(config.Webhooks[1].ClientConfig.CABundle))
	return config.Webhooks[0].ClientConfig.CABundle
}

func (c *cluster) secret() *corev1.Secret {
	var s corev1.Secret
	c.Expect(c.Get(context.Background(), c.leader.Secret, &s)).To(Succeed())
	return &s
}

// The replica that leads makes the certificate and tells whom to trust; the other shows the same one, and writes nothing.
func TestReplicasShareACertificate(t *testing.T) {
	c := newCluster(t)
	ctx := t.Context()
	c.Expect(c.standby.tend(ctx)).To(MatchError(ContainSubstring("the replica that leads makes one")))
	c.Expect(c.standby.Ready(nil)).NotTo(Succeed())
	c.Expect(c.leader.tend(ctx)).To(Succeed())
	c.Expect(c.standby.tend(ctx)).To(Succeed())
	c.Expect(c.standby.Ready(nil)).To(Succeed())
	one, err := c.leader.Certificate(nil)
	c.Expect(err).NotTo(HaveOccurred())
	two, err := c.standby.Certificate(nil)
	c.Expect(err).NotTo(HaveOccurred())
	c.Expect(one.Certificate).To(Equal(two.Certificate))
	c.Expect(c.trusted()).To(Equal(c.secret().Data[keyRoots]))
	c.Expect(c.secret().Type).To(Equal(corev1.SecretTypeTLS))
	before := c.writes
	c.Expect(c.leader.tend(ctx)).To(Succeed())
	c.Expect(c.writes).To(Equal(before), "nothing to do, nothing written")
}

// As long as the API server cannot be told, what it does not trust is not shown.
func TestTheNextCertificateWaitsUntilItIsTrusted(t *testing.T) {
	c := newCluster(t)
	ctx := t.Context()
	c.Expect(c.leader.tend(ctx)).To(Succeed())
	first := c.secret().Data[keyCert]
	c.mute = apierrors.NewForbidden(admissionv1.Resource("validatingwebhookconfigurations"), "tocsin-policies", errors.New("no right"))
	c.clock.Step(renewAfter)
	for range 5 {
		c.Expect(c.leader.tend(ctx)).To(MatchError(ContainSubstring("tell the API server in ValidatingWebhookConfiguration tocsin-policies whom to trust")))
		c.clock.Step(2 * overlap)
	}
	c.Expect(c.secret().Data[keyCert]).To(Equal(first))
	c.Expect(c.secret().Data).To(HaveKey(keyNextCert))
	c.mute = nil
	for range 4 {
		c.Expect(c.leader.tend(ctx)).To(Succeed())
		c.clock.Step(overlap)
	}
	c.Expect(c.secret().Data[keyCert]).NotTo(Equal(first))
	shown, err := c.leader.Certificate(nil)
	c.Expect(err).NotTo(HaveOccurred())
	roots, err := readRoots(c.trusted())
	c.Expect(err).NotTo(HaveOccurred())
	c.Expect(serves(shown.Leaf, roots, names, c.clock.Now())).To(Succeed())
}

// What somebody wrote over the certificate or the authorities is put right.
func TestWhatSomebodyChangedIsPutRight(t *testing.T) {
	c := newCluster(t)
	ctx := t.Context()
	c.Expect(c.leader.tend(ctx)).To(Succeed())
	forged, err := newMaterial(names, begin)
	c.Expect(err).NotTo(HaveOccurred())
	s := c.secret()
	s.Data[keyCert], s.Data[keyKey] = forged.current.cert, forged.current.key
	c.Expect(c.Update(ctx, s)).To(Succeed())
	c.Expect(c.standby.tend(ctx)).NotTo(Succeed())
	c.Expect(c.standby.Ready(nil)).NotTo(Succeed(), "a certificate that nobody trusts is not shown")
	c.Expect(c.leader.tend(ctx)).To(Succeed())
	c.Expect(c.standby.tend(ctx)).To(Succeed())
	c.Expect(c.secret().Data[keyCert]).NotTo(Equal(forged.current.cert))
	c.Expect(c.trusted()).To(Equal(c.secret().Data[keyRoots]))

	var config admissionv1.ValidatingWebhookConfiguration
	c.Expect(c.Get(ctx, client.ObjectKey{Name: "tocsin-policies"}, &config)).To(Succeed())
	config.Webhooks[1].ClientConfig.CABundle = nil
	c.Expect(c.Update(ctx, &config)).To(Succeed())
	c.Expect(c.leader.tend(ctx)).To(Succeed())
	c.Expect(c.trusted()).To(Equal(c.secret().Data[keyRoots]))

	t.Log("without the configuration nobody asks, and what is shown stays")
	c.Expect(c.Delete(ctx, &config)).To(Succeed())
	c.Expect(c.leader.tend(ctx)).To(MatchError(ContainSubstring("read ValidatingWebhookConfiguration tocsin-policies")))
	c.Expect(c.leader.Ready(nil)).To(Succeed())
}

// It looks again and again, and at once when the replica begins to lead.
func TestItLooksAgain(t *testing.T) {
	c := newCluster(t)
	elected := make(chan struct{})
	leads := false
	k := c.leader
	k.Elected, k.Leads = elected, func() bool { return leads }
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- k.Start(ctx) }()
	c.Eventually(c.clock.HasWaiters).Should(BeTrue())
	c.Expect(k.Ready(nil)).NotTo(Succeed())
	leads = true
	close(elected)
	c.Eventually(func() error { return k.Ready(nil) }).Should(Succeed())
	s := c.secret()
	c.Expect(c.Delete(ctx, s)).To(Succeed())
	c.Eventually(c.clock.HasWaiters).Should(BeTrue())
	c.Eventually(func() error {
		c.clock.Step(lookEvery)
		return c.Get(ctx, client.ObjectKeyFromObject(s), &corev1.Secret{})
	}).WithTimeout(10 * time.Second).Should(Succeed())
	stop()
	c.Expect(<-ended).To(Succeed())
}
