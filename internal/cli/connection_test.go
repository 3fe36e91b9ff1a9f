package cli

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/spf13/cobra"
)

// certificate signs itself and is valid until a moment; both halves as files.
func (w *world) certificate(until time.Time) (cert, key string) {
	w.t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	w.Expect(err).NotTo(HaveOccurred())
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ana"}, NotBefore: noon.AddDate(-1, 0, 0), NotAfter: until,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	w.Expect(err).NotTo(HaveOccurred())
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	w.Expect(err).NotTo(HaveOccurred())
	dir := w.t.TempDir()
	cert, key = filepath.Join(dir, "crt.pem"), filepath.Join(dir, "key.pem")
	w.Expect(os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600)).To(Succeed())
	w.Expect(os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600)).To(Succeed())
	return cert, key
}

// serve answers requests over TLS with a certificate.
func (w *world) serve(cert, key string, answer http.HandlerFunc) string {
	w.t.Helper()
	pair, err := tls.LoadX509KeyPair(cert, key)
	w.Expect(err).NotTo(HaveOccurred())
	s := httptest.NewUnstartedServer(answer)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	s.StartTLS()
	w.t.Cleanup(s.Close)
	return s.URL
}

// Whatever is wrong between here and the cluster is told in one sentence that says what to do, with exit code 2.
func TestWhatIsWrongWithTheConnectionIsOneSentence(t *testing.T) {
	w := newWorld(t)
	oldCert, oldKey := w.certificate(noon.AddDate(0, 0, -1))
	cert, key := w.certificate(noon.AddDate(100, 0, 0))
	unknown := func(rw http.ResponseWriter, _ *http.Request) {
		http.Error(rw, "404 page not found", http.StatusNotFound)
	}
	other := w.serve(cert, key, unknown)
	silent := w.serve(cert, key, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	for name, c := range map[string]struct {
		flags []string
		says  string
	}{
		"the caller's certificate has expired": {[]string{"--client-certificate", oldCert, "--client-key", oldKey}, "your client certificate for the API server at https://127.0.0.1:\\d+ expired on 2026-03-01 12:00 UTC; have it renewed, or check --context"},
		"a certificate nobody knows":           {[]string{"--client-certificate", cert, "--client-key", key}, "the API server at \\S+ does not accept your credentials; log in again or check --context"},
		"the server's certificate has expired": {[]string{"--server", w.serve(oldCert, oldKey, unknown), "--certificate-authority", oldCert}, "the certificate of the API server at \\S+ has expired, or this machine's clock is wrong: .*"},
		"the server is another one":            {[]string{"--server", other}, "the certificate of the API server at \\S+ is signed by nobody your kubeconfig knows: check --context and --certificate-authority"},
		"the kinds are not installed":          {[]string{"--server", other, "--certificate-authority", cert}, "the cluster at \\S+ does not know Tocsin's kinds; install them, or check --context"},
		"the server does not answer":           {[]string{"--server", silent, "--certificate-authority", cert, "--request-timeout", "300ms"}, "the API server at \\S+ did not answer in time; raise --request-timeout, or check the network"},
		"a time that is none":                  {[]string{"--request-timeout", "soon"}, "--request-timeout \"soon\" is no length of time: write e.g. 5s or 1m"},
	} {
		for _, command := range [][]string{{"status"}, {"show", "kettle"}, {"timeline", "kettle"}} {
			r := w.as("ana", append(command, c.flags...)...)
			w.Expect(r.Code).To(Equal(exitUsage), "%s: %s", name, r.Err)
			w.Expect(r.Err).To(MatchRegexp("^error: "+c.says+"\n$"), name)
			w.Expect(r.Out).To(BeEmpty())
		}
	}
}

func TestTheNearestFlagIsSuggested(t *testing.T) {
	w := newWorld(t)
	for want, args := range map[string][]string{
		"unknown flag: --wath; did you mean --watch?":      {"status", "--wath"},
		"unknown flag: --out; did you mean --outcome?":     {"done", "x", "--out", "founded"},
		"unknown flag: --namespce; did you mean -":         {"mine", "--namespce", "x"},
		"unknown flag: --loud":                             {"ack", "x", "--loud"},
		`unknown command "mien" for "kubectl tocsin"; did`: {"mien"},
	} {
		r := w.as("ana", args...)
		w.Expect(r.Code).To(Equal(exitUsage))
		w.Expect(r.Err).To(And(HavePrefix("error: "+want), MatchRegexp("\nSee 'kubectl tocsin( "+args[0]+")? --help'.\n$")))
		w.Expect(strings.Count(r.Err, "\n")).To(Equal(2), r.Err)
	}
}

// A command that only holds others says which, and what it does not know.
func TestACommandThatHoldsOthers(t *testing.T) {
	g := NewWithT(t)
	root := &cobra.Command{Use: "kubectl-tocsin", SilenceErrors: true, SilenceUsage: true}
	group := &cobra.Command{Use: "channel"}
	group.AddCommand(&cobra.Command{Use: "test", RunE: func(*cobra.Command, []string) error { return nil }})
	root.AddCommand(group)
	knowsItsCommands(root)
	for want, args := range map[string][]string{
		"channel needs one of its commands: test":                                 {"channel"},
		`unknown command "tset" for "kubectl-tocsin channel"; did you mean test?`: {"channel", "tset"},
		`unknown command "delete" for "kubectl-tocsin channel"`:                   {"channel", "delete"},
	} {
		root.SetArgs(args)
		g.Expect(root.Execute()).To(MatchError(want))
	}
	root.SetArgs([]string{"channel", "test"})
	g.Expect(root.Execute()).To(Succeed())
}

// Every command says what it is for and shows how it is given, with flags it has.
func TestEveryCommandHasHelpAndExamples(t *testing.T) {
	g := NewWithT(t)
	for path, cmd := range commandsOf(tree()) {
		g.Expect(cmd.Short).NotTo(BeEmpty(), path)
		shown := 0
		for line := range strings.Lines(cmd.Example) {
			g.Expect(line).To(HavePrefix("  "), "%s: examples are indented by two", path)
			_, rest, ours := strings.Cut(line, "kubectl tocsin ")
			if !ours {
				continue
			}
			shown++
			rest, _, _ = strings.Cut(rest, ")")
			found, args, err := tree().Find(words(rest))
			g.Expect(err).NotTo(HaveOccurred(), line)
			g.Expect(found.CommandPath()).To(Equal("kubectl tocsin "+path), line)
			g.Expect(found.ParseFlags(args)).To(Succeed(), line)
			g.Expect(found.ValidateArgs(found.Flags().Args())).To(Succeed(), line)
		}
		g.Expect(shown).To(BeNumerically(">", 0), "%s has no example; see examples.go", path)
	}
}
