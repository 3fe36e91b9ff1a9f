package notice_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice"
	"tocsin.dev/tocsin/internal/notice/receivers"
)

var noon = time.Date(2026, 5, 21, 12, 0, 0, 0, time.UTC)

func message(to string) notice.Message {
	return notice.Message{
		Key: "7d3d2c9e-0001", To: to, Subject: "投诉 TS20260521001 已受理", Body: "您好，我们已收到。\n\n**谢谢**\n.\nend\n",
		At: noon, Type: "acknowledgement", Record: "Complaint/c1", Mode: v1alpha1.ModeLive, DueAt: noon.Add(time.Hour),
	}
}

func emailChannel(s *receivers.SMTP, mode v1alpha1.TLSMode) *v1alpha1.NoticeChannel {
	return &v1alpha1.NoticeChannel{
		ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "mail", UID: "ch", Generation: 1},
		Spec: v1alpha1.NoticeChannelSpec{Timeout: "2s", Email: &v1alpha1.EmailChannel{
			Host: s.Host(), Port: s.Port(), From: "Tocsin <tocsin@example.org>", TLS: mode, Secret: "mail"}},
	}
}

func startSMTP(t *testing.T, o receivers.SMTPOptions) *receivers.SMTP {
	t.Helper()
	s, err := receivers.StartSMTP("127.0.0.1:0", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// certificate makes a server certificate for the loopback address and the authority to trust.
func certificate(t *testing.T) (*tls.Config, []byte) {
	t.Helper()
	g := NewWithT(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	g.Expect(err).NotTo(HaveOccurred())
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	g.Expect(err).NotTo(HaveOccurred())
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12},
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func TestMailWithoutTLS(t *testing.T) {
	g := NewWithT(t)
	s := startSMTP(t, receivers.SMTPOptions{})
	e := notice.NewEmail()

	r := e.Send(t.Context(), emailChannel(s, v1alpha1.TLSNone), notice.Credentials{}, message("li@example.com"))

	g.Expect(r.Fate).To(Equal(notice.Delivered), r.Problem)
	g.Expect(r.Receipt).To(HavePrefix("SMTP 250"))
	got := s.All()
	g.Expect(got).To(HaveLen(1))
	g.Expect(got[0].Key).To(Equal("7d3d2c9e-0001"))
	g.Expect(got[0].MessageID).To(Equal("7d3d2c9e-0001@example.org"))
	g.Expect(got[0].To).To(Equal([]string{"li@example.com"}))
	g.Expect(got[0].Subject).To(Equal("投诉 TS20260521001 已受理"))
	g.Expect(got[0].Body).To(Equal(message("").Body))
	g.Expect(got[0].Header).To(HaveKeyWithValue("Date", []string{"Thu, 21 May 2026 12:00:00 +0000"}))
	g.Expect(got[0].Header).To(HaveKeyWithValue("Auto-Submitted", []string{"auto-generated"}))
	g.Expect(got[0].Header["Content-Type"][0]).To(HavePrefix("multipart/alternative"))
	g.Expect(got[0].Mode).To(Equal("Live"))
}

func TestMailWithTLSAndLogin(t *testing.T) {
	server, ca := certificate(t)
	good := map[string][]byte{"username": []byte("tocsin"), "password": []byte("s3cret"), "ca.crt": ca}
	for _, tc := range []struct {
		name     string
		implicit bool
		mode     v1alpha1.TLSMode
		data     map[string][]byte
		fate     notice.Fate
		problem  string
	}{
		{"STARTTLS", false, v1alpha1.TLSStart, good, notice.Delivered, ""},
		{"implicit", true, v1alpha1.TLSImplicit, good, notice.Delivered, ""},
		{"wrong password", false, v1alpha1.TLSStart, map[string][]byte{"username": []byte("tocsin"), "password": []byte("no"), "ca.crt": ca}, notice.NotSent, "check username and password"},
		{"authority not trusted", false, v1alpha1.TLSStart, map[string][]byte{"username": []byte("tocsin"), "password": []byte("s3cret")}, notice.NotSent, "not trusted"},
		{"authority not trusted, implicit", true, v1alpha1.TLSImplicit, map[string][]byte{}, notice.NotSent, "not trusted"},
		{"ca.crt is not PEM", false, v1alpha1.TLSStart, map[string][]byte{"ca.crt": []byte("x")}, notice.NotSent, "ca.crt"},
		{"login missing", false, v1alpha1.TLSStart, map[string][]byte{"ca.crt": ca}, notice.Refused, "502"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := NewWithT(t)
			s := startSMTP(t, receivers.SMTPOptions{TLS: server, Implicit: tc.implicit, Username: "tocsin", Password: "s3cret"})
			r := notice.NewEmail().Send(t.Context(), emailChannel(s, tc.mode), notice.Credentials{Version: "1", Data: tc.data}, message("li@example.com"))
			g.Expect(r.Fate).To(Equal(tc.fate), r.Problem)
			g.Expect(r.Problem).To(ContainSubstring(tc.problem))
			g.Expect(s.Counts().Accepted).To(Equal(map[bool]int{true: 1}[tc.fate == notice.Delivered]))
		})
	}
	t.Run("no TLS where it is asked for", func(t *testing.T) {
		g := NewWithT(t)
		s := startSMTP(t, receivers.SMTPOptions{})
		r := notice.NewEmail().Send(t.Context(), emailChannel(s, v1alpha1.TLSStart), notice.Credentials{}, message("li@example.com"))
		g.Expect(r.Fate).To(Equal(notice.NotSent))
		g.Expect(r.Problem).To(ContainSubstring("STARTTLS"))
		g.Expect(s.Counts().Accepted).To(BeZero())
	})
}

func TestWhatFaultsOfAMailServerMean(t *testing.T) {
	for _, tc := range []struct {
		name     string
		fault    receivers.Fault
		fate     notice.Fate
		receipt  string
		accepted int
	}{
		{"busy", receivers.Fault{Reply: 451}, notice.NotSent, "SMTP 451 4.3.0", 0},
		{"no such mailbox", receivers.Fault{Reply: 550}, notice.Refused, "SMTP 550 5.3.0", 0},
		{"put off after the data", receivers.Fault{ReplyAfterData: 452}, notice.NotSent, "SMTP 452 4.3.0", 0},
		{"refused after the data", receivers.Fault{ReplyAfterData: 554}, notice.Refused, "SMTP 554 5.3.0", 0},
		{"closed before the data", receivers.Fault{DropBefore: true}, notice.NotSent, "", 0},
		{"closed after the data", receivers.Fault{DropAfter: true}, notice.Unknown, "", 1},
		{"no answer after the data", receivers.Fault{Hang: true}, notice.Unknown, "", 1},
	} {
		for _, kept := range []bool{false, true} {
			t.Run(tc.name+map[bool]string{true: ", kept connection"}[kept], func(t *testing.T) {
				g := NewWithT(t)
				s := startSMTP(t, receivers.SMTPOptions{})
				e := notice.NewEmail()
				ch := emailChannel(s, v1alpha1.TLSNone)
				ch.Spec.Timeout = "1s"
				before := 0
				if kept {
					g.Expect(e.Send(t.Context(), ch, notice.Credentials{}, message("first@example.com")).Fate).To(Equal(notice.Delivered))
					before = 1
				}
				if tc.fault.DropBefore { // a kept connection is replaced once, and that is refused as well
					s.Always(&tc.fault)
				} else {
					s.Next(tc.fault)
				}

				r := e.Send(t.Context(), ch, notice.Credentials{}, message("li@example.com"))

				g.Expect(r.Fate).To(Equal(tc.fate), r.Problem)
				g.Expect(r.Receipt).To(Equal(tc.receipt))
				g.Expect(r.Problem).NotTo(ContainSubstring("example.com"))
				g.Expect(s.Counts().Accepted - before).To(Equal(tc.accepted))
			})
		}
	}
}

func TestMailServerThatIsNotThere(t *testing.T) {
	g := NewWithT(t)
	s := startSMTP(t, receivers.SMTPOptions{})
	ch := emailChannel(s, v1alpha1.TLSNone)
	e := notice.NewEmail()
	g.Expect(e.Send(t.Context(), ch, notice.Credentials{}, message("li@example.com")).Fate).To(Equal(notice.Delivered))
	g.Expect(s.Close()).To(Succeed())

	r := e.Send(t.Context(), ch, notice.Credentials{}, message("li@example.com"))

	g.Expect(r).To(Equal(notice.Result{Fate: notice.NotSent, Problem: "the connection was refused"}))
}

func TestKeptConnectionThatTheServerClosedIsReplaced(t *testing.T) {
	g := NewWithT(t)
	s := startSMTP(t, receivers.SMTPOptions{})
	e := notice.NewEmail()
	ch := emailChannel(s, v1alpha1.TLSNone)
	for i := range 5 {
		if i > 0 {
			s.Next(receivers.Fault{DropBefore: true})
		}
		r := e.Send(t.Context(), ch, notice.Credentials{}, message("li@example.com"))
		g.Expect(r.Fate).To(Equal(notice.Delivered), r.Problem)
	}
	g.Expect(s.Counts().Accepted).To(Equal(5))
}

func TestNobodyWritesHeadersThroughASubjectOrAddress(t *testing.T) {
	g := NewWithT(t)
	s := startSMTP(t, receivers.SMTPOptions{})
	e := notice.NewEmail()
	ch := emailChannel(s, v1alpha1.TLSNone)
	for _, evil := range []string{"hi\r\nBcc: victim@example.com\r\n\r\nbody", "hi\nX-Evil: 1", "hi\rX-Evil: 1", "hi\u2028X-Evil: 1", "hi\x00\x0bX-Evil: 1",
		"你好\r\nX-Evil: 1", "=?utf-8?q?hi=0D=0AX-Evil:_1?="} {
		m := message("li@example.com")
		m.Subject = evil
		g.Expect(e.Send(t.Context(), ch, notice.Credentials{}, m).Fate).To(Equal(notice.Delivered))
		got := s.All()[len(s.All())-1]
		g.Expect(got.To).To(Equal([]string{"li@example.com"}))
		g.Expect(got.Header).NotTo(Or(HaveKey("X-Evil"), HaveKey("Bcc")))
		g.Expect(strings.ContainsAny(got.Header["Subject"][0], "\r\n\x00\x0b")).To(BeFalse())
	}
	before := s.Counts().Accepted
	for _, evil := range []string{"li@example.com\r\nBcc: v@example.com", "li@example.com, v@example.com", "<li@example.com> RCPT TO:<v@example.com>", "li"} {
		g.Expect(e.Send(t.Context(), ch, notice.Credentials{}, message(evil)).Fate).To(Equal(notice.Refused), evil)
		g.Expect(notice.Usable(v1alpha1.Contact{Kind: v1alpha1.ContactEmail, Address: evil})).To(BeFalse(), evil)
	}
	g.Expect(s.Counts().Accepted).To(Equal(before))
}
