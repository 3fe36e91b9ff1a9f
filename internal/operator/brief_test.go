package operator

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/box"
	"tocsin.dev/tocsin/internal/install"
)

// heard keeps the last answer of an API server.
type heard struct {
	http.RoundTripper
	body []byte
}

func (h *heard) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := h.RoundTripper.RoundTrip(r)
	if err != nil {
		return resp, err
	}
	h.body, err = io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(h.body))
	return resp, err
}

func TestABriefClientWritesAsTheWholeOneAndIsAnsweredBriefly(t *testing.T) {
	g := NewWithT(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	b, err := box.Start(ctx, box.Options{})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { _ = b.Stop() })
	g.Expect(install.Install(ctx, b.Config(), install.Options{})).To(Succeed())
	last := &heard{}
	config, err := b.User(install.ManagerUser, "system:masters") // admission lets the manager alone write a status
	g.Expect(err).NotTo(HaveOccurred())
	config.Wrap(func(rt http.RoundTripper) http.RoundTripper { last.RoundTripper = rt; return last })
	options := client.Options{Scheme: Scheme}
	whole, err := client.NewWithWatch(config, options)
	g.Expect(err).NotTo(HaveOccurred())
	brief, err := newBriefClient(whole, config, options)
	g.Expect(err).NotTo(HaveOccurred())
	metadataAlone := Not(Or(ContainSubstring(`"spec":`), ContainSubstring(`"status":`)))

	g.Expect(brief.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "brief"}})).To(Succeed(), "a kind that is not Tocsin's")
	c := &v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Namespace: "brief", GenerateName: "c-"},
		Spec: v1alpha1.ComplaintSpec{Channel: "Phone", Statement: "It rains in.", Product: "flat"}}
	g.Expect(brief.Create(ctx, c, client.DryRunAll)).To(Succeed())
	g.Expect(whole.Get(ctx, client.ObjectKeyFromObject(c), &v1alpha1.Complaint{})).To(Satisfy(apierrors.IsNotFound), "options are passed on")
	c.SetName("")
	c.SetUID("")
	c.SetResourceVersion("")
	g.Expect(brief.Create(ctx, c)).To(Succeed())
	g.Expect(string(last.body)).To(metadataAlone)
	g.Expect(c.Spec.Product).To(BeEquivalentTo("flat"), "the rest stays as it was sent")

	var there v1alpha1.Complaint
	g.Expect(whole.Get(ctx, client.ObjectKeyFromObject(c), &there)).To(Succeed(), "the name was made up by the API server")
	g.Expect(c.UID).To(Equal(there.UID))
	g.Expect(c.ResourceVersion).To(Equal(there.ResourceVersion))
	g.Expect(c.CreationTimestamp).To(Equal(there.CreationTimestamp))
	g.Expect(c.Generation).To(Equal(there.Generation))

	stale := c.DeepCopy()
	for _, number := range []string{"2026-000001", "2026-000002"} {
		c.Status.CaseNumber = number
		g.Expect(brief.Status().Update(ctx, c)).To(Succeed(), "each answer carries the version that the next write needs")
		g.Expect(string(last.body)).To(metadataAlone)
	}
	g.Expect(whole.Get(ctx, client.ObjectKeyFromObject(c), &there)).To(Succeed())
	g.Expect(there.Status.CaseNumber).To(Equal("2026-000002"))
	g.Expect(c.ResourceVersion).To(Equal(there.ResourceVersion))
	g.Expect(brief.Status().Update(ctx, stale)).To(Satisfy(apierrors.IsConflict), "a lost race is known as one")
	g.Expect(brief.Create(ctx, &v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Namespace: "brief", Name: c.Name}, Spec: c.Spec})).
		To(Satisfy(apierrors.IsAlreadyExists))
	c.Status.CaseNumber = "2026-0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	g.Expect(brief.Status().Update(ctx, c)).To(Satisfy(apierrors.IsInvalid), "what the schema forbids is said")
}
