package notice_test

import (
	"encoding/json"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice"
	"tocsin.dev/tocsin/internal/notice/receivers"
)

const signingKey = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

func credentials() notice.Credentials {
	return notice.Credentials{Version: "1", Data: map[string][]byte{notice.KeySigningKey: []byte(signingKey)}}
}

func webhookChannel(url string) *v1alpha1.NoticeChannel {
	return &v1alpha1.NoticeChannel{
		ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "hook", UID: "ch", Generation: 1},
		Spec:       v1alpha1.NoticeChannelSpec{Timeout: "1s", Webhook: &v1alpha1.WebhookChannel{URL: url, Secret: "hook"}},
	}
}

func startWebhook(t *testing.T) *receivers.Webhook {
	t.Helper()
	w, err := receivers.StartWebhook("127.0.0.1:0", signingKey)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w
}

func TestSignedWebhook(t *testing.T) {
	g := NewWithT(t)
	w := startWebhook(t)

	r := notice.NewWebhook().Send(t.Context(), webhookChannel(w.URL), credentials(), message(w.URL))

	g.Expect(r).To(Equal(notice.Result{Fate: notice.Delivered, Receipt: "HTTP 202 req-1"}))
	got := w.All()
	g.Expect(got).To(HaveLen(1))
	g.Expect(got[0].Header).To(HaveKeyWithValue("Webhook-Timestamp", []string{"1779364800"}))
	var payload map[string]string
	g.Expect(json.Unmarshal([]byte(got[0].Body), &payload)).To(Succeed())
	g.Expect(payload).To(Equal(map[string]string{
		"id": "7d3d2c9e-0001", "type": "tocsin.notice.acknowledgement", "record": "Complaint/c1", "mode": "Live",
		"subject": message("").Subject, "body": message("").Body, "dueAt": "2026-05-21T13:00:00Z"}))
}

func TestWebhookWithAnotherKeyIsRefused(t *testing.T) {
	g := NewWithT(t)
	w := startWebhook(t)
	other := notice.Credentials{Data: map[string][]byte{notice.KeySigningKey: []byte("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")}}

	r := notice.NewWebhook().Send(t.Context(), webhookChannel(w.URL), other, message(w.URL))

	g.Expect(r.Fate).To(Equal(notice.Refused))
	g.Expect(w.Counts()).To(Equal(receivers.Counts{Refused: 1}))
}

func TestWhatFaultsOfAWebhookMean(t *testing.T) {
	for _, tc := range []struct {
		name     string
		fault    receivers.Fault
		fate     notice.Fate
		accepted int
	}{
		{"408", receivers.Fault{Reply: 408}, notice.NotSent, 0},
		{"425", receivers.Fault{Reply: 425}, notice.NotSent, 0},
		{"429", receivers.Fault{Reply: 429}, notice.NotSent, 0},
		{"500", receivers.Fault{Reply: 500}, notice.NotSent, 0},
		{"503", receivers.Fault{Reply: 503}, notice.NotSent, 0},
		{"504", receivers.Fault{Reply: 504}, notice.Unknown, 0},
		{"400", receivers.Fault{Reply: 400}, notice.Refused, 0},
		{"410", receivers.Fault{Reply: 410}, notice.Refused, 0},
		{"redirect", receivers.Fault{Reply: 307, Location: "/elsewhere"}, notice.Refused, 0},
		{"redirect to a GET", receivers.Fault{Reply: 302, Location: "/elsewhere"}, notice.Refused, 0},
		{"closed before the request was looked at", receivers.Fault{DropBefore: true}, notice.Unknown, 0},
		{"closed instead of an answer", receivers.Fault{DropAfter: true}, notice.Unknown, 1},
		{"no answer", receivers.Fault{Hang: true}, notice.Unknown, 1},
	} {
		for _, kept := range []bool{false, true} {
			t.Run(tc.name+map[bool]string{true: ", kept connection"}[kept], func(t *testing.T) {
				g := NewWithT(t)
				w := startWebhook(t)
				sender := notice.NewWebhook()
				ch := webhookChannel(w.URL)
				before := 0
				if kept {
					g.Expect(sender.Send(t.Context(), ch, credentials(), message(w.URL)).Fate).To(Equal(notice.Delivered))
					before = 1
				}
				w.Next(tc.fault)

				r := sender.Send(t.Context(), ch, credentials(), message(w.URL))

				g.Expect(r.Fate).To(Equal(tc.fate), r.Problem)
				g.Expect(w.Counts().Accepted-before).To(Equal(tc.accepted), "a second request nobody asked for")
				g.Expect(w.Counts().Refused).To(BeNumerically("<=", 1), "a redirect was followed")
				g.Expect(r.Problem).NotTo(ContainSubstring("127.0.0.1"))
			})
		}
	}
}

func TestWebhookThatIsNotThere(t *testing.T) {
	g := NewWithT(t)
	w := startWebhook(t)
	g.Expect(w.Close()).To(Succeed())

	r := notice.NewWebhook().Send(t.Context(), webhookChannel(w.URL), credentials(), message(w.URL))

	g.Expect(r).To(Equal(notice.Result{Fate: notice.NotSent, Problem: "the connection was refused"}))
}
