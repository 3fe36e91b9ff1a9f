package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/install"
	"tocsin.dev/tocsin/internal/operator"
)

// certificateSecret and configuration are what config/webhook calls them.
var (
	certificateSecret = client.ObjectKey{Namespace: install.Namespace, Name: "tocsin-webhook-certificate"}
	configuration     = client.ObjectKey{Name: "tocsin-policies"}
)

// refusing has the API server ask a webhook at an address about the policies of the namespace.
func (w *world) refusing(address string) {
	w.t.Helper()
	w.Expect(install.Webhook(w.ctx, cluster.Config(), install.WebhookOptions{URL: "https://" + address, Namespaces: []string{w.ns}})).To(Succeed())
	w.t.Cleanup(func() {
		ctx := context.Background()
		w.Expect(admin.Delete(ctx, &admissionv1.ValidatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: configuration.Name}})).To(Succeed())
		w.Expect(client.IgnoreNotFound(admin.Delete(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: certificateSecret.Namespace, Name: certificateSecret.Name}}))).To(Succeed())
	})
}

// serving is a manager that serves the webhook at an address. Its clock stands at the machine's time, because that is what the API
// server holds certificates against.
func serving(address string) func(*operator.Options) {
	return func(o *operator.Options) {
		o.WebhookAddress, o.WebhookNames, o.Clock = address, []string{"127.0.0.1"}, clocktesting.NewFakeClock(machineTime())
	}
}

func machineTime() time.Time {
	return time.Now()
}

// kubectl runs kubectl as an administrator in the namespace, with a text on its standard input.
func (w *world) kubectl(input string, args ...string) (string, error) {
	cmd := exec.CommandContext(w.ctx, cluster.Program("kubectl"), append([]string{"--kubeconfig", cluster.Kubeconfig(), "-n", w.ns}, args...)...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// generalPlaybook is the general playbook of the policy under another name, with other steps after checkFacts.
func generalPlaybook(name, steps string) string {
	return `apiVersion: crisis.tocsin.dev/v1alpha1
kind: Playbook
metadata: {name: ` + name + `}
spec:
  for: Complaint
  roles: [{name: handler, team: desk, duty: agent}]
  steps:
  - {name: checkFacts, noDeadline: None., task: {to: handler, outcomes: [founded, unfounded]}}
` + steps
}

const (
	soundSteps = "  - {name: settle, needs: [checkFacts], noDeadline: None., task: {to: handler}}\n"
	stuckSteps = "  - {name: agreed, needs: [checkFacts], noDeadline: None., wait: {until: 'steps.checkFacts.outcome == \"founded\"'}}\n"
)

// refusedNow is whether an unsound playbook is refused when it is only tried.
func (w *world) refusedNow() bool {
	out, err := w.kubectl(generalPlaybook("tried", stuckSteps), "apply", "--dry-run=server", "-f", "-")
	return err != nil && strings.Contains(out, "denied the request")
}

// `kubectl apply` refuses what is not sound and tells how it gets stuck; what is sound passes; what others lack is a warning.
func TestWebhookRefusesWhatIsNotSound(t *testing.T) {
	w := newWorld(t)
	address := w.freeAddress()
	w.refusing(address)
	w.manage(serving(address))
	w.Eventually(w.refusedNow).Should(BeTrue())

	out, err := w.kubectl(generalPlaybook("agreed-first", stuckSteps), "apply", "-f", "-")
	w.Expect(err).To(HaveOccurred(), out)
	w.Expect(out).To(And(ContainSubstring(`admission webhook "playbooks.crisis.tocsin.dev" denied the request: spec.steps[1].wait.until: step agreed waits until`),
		ContainSubstring("How agreed comes to this:\n- Mon 01 Jun 09:00  the run begins"), ContainSubstring(`answers checkFacts with "unfounded"`)))
	w.Expect(apierrors.IsNotFound(admin.Get(w.ctx, client.ObjectKey{Namespace: w.ns, Name: "agreed-first"}, &v1alpha1.Playbook{}))).To(BeTrue())

	out, err = w.kubectl(generalPlaybook("agreed-first", soundSteps), "apply", "-f", "-")
	w.Expect(err).NotTo(HaveOccurred(), out)
	w.Expect(out).NotTo(ContainSubstring("Warning"))
	out, err = w.kubectl(generalPlaybook("agreed-first", stuckSteps), "apply", "-f", "-")
	w.Expect(err).To(HaveOccurred(), out)
	out, err = w.kubectl("", "label", "playbook", "agreed-first", "season=autumn")
	w.Expect(err).NotTo(HaveOccurred(), out)

	out, err = w.kubectl(generalPlaybook("misspelt", strings.Replace(soundSteps, "needs: [checkFacts]", "needs: [checkFact]", 1)), "apply", "-f", "-")
	w.Expect(err).To(HaveOccurred())
	w.Expect(out).To(ContainSubstring("spec.steps[1].needs[0]"))
	out, err = w.kubectl(generalPlaybook("early", "  - {name: other, needs: [checkFacts], playbook: {name: later}}\n"), "apply", "-f", "-")
	w.Expect(err).NotTo(HaveOccurred(), out)
	w.Expect(out).To(ContainSubstring(`Warning: there is no Playbook "later" yet`))

	const wrong = "apiVersion: crisis.tocsin.dev/v1alpha1\nkind: TriagePolicy\nmetadata: {name: wrong}\nspec: {levels: [{name: a}], defaultLevel: b}"
	out, err = w.kubectl(wrong, "apply", "-f", "-")
	w.Expect(err).To(HaveOccurred())
	w.Expect(out).To(And(ContainSubstring(`admission webhook "triagepolicies.crisis.tocsin.dev" denied the request`), ContainSubstring("spec.defaultLevel")))
	out, err = w.kubectl(strings.Replace(strings.Replace(wrong, "defaultLevel: b", "defaultLevel: a", 1), "{name: a}", "{name: a, playbook: later}", 1), "apply", "-f", "-")
	w.Expect(err).NotTo(HaveOccurred(), out)
	w.Expect(out).To(ContainSubstring(`Warning: spec.levels[0].playbook (level a): there is no Playbook "later"`))
}

// manyHands is a playbook with so many hands at once: with eight a thousand states, with 28 more than can be looked at while
// somebody waits.
func manyHands(n int, more string) string {
	var steps strings.Builder
	for i := range n {
		fmt.Fprintf(&steps, "  - {name: ask%d, noDeadline: None., task: {to: handler, outcomes: [good, bad]}}\n", i)
		fmt.Fprintf(&steps, "  - {name: do%d, needs: [ask%d], when: 'steps.ask%d.outcome == \"good\"', noDeadline: None., task: {to: handler}}\n", i, i, (i+1)%n)
	}
	return generalPlaybook("many", steps.String()+more)
}

// A large playbook is judged within the time the API server waits; one that is too large is let in, and says so.
func TestWebhookAnswersInTime(t *testing.T) {
	w := newWorld(t)
	address := w.freeAddress()
	w.refusing(address)
	w.manage(serving(address))
	w.Eventually(w.refusedNow).Should(BeTrue())
	out, err := w.kubectl(manyHands(8, stuckSteps), "apply", "-f", "-")
	w.Expect(err).To(HaveOccurred(), out)
	w.Expect(out).To(ContainSubstring("step agreed waits until"))

	out, err = w.kubectl(manyHands(28, soundSteps), "apply", "-f", "-")
	w.Expect(err).NotTo(HaveOccurred(), out)
	w.Expect(out).To(And(ContainSubstring("Warning: not proved beyond"), ContainSubstring("condition Verified will tell")))
	w.Expect(w.failedOpen("many")).To(BeFalse(), "the API server did not give up on the webhook")
}

// failedOpen is whether the API server notes that it took a playbook without asking.
func (w *world) failedOpen(name string) bool {
	text, err := os.ReadFile(cluster.AuditLog())
	w.Expect(err).NotTo(HaveOccurred())
	for _, line := range strings.Split(string(text), "\n") {
		if strings.Contains(line, `"namespace":"`+w.ns+`"`) && strings.Contains(line, `"name":"`+name+`"`) && strings.Contains(line, "failed-open.validating.webhook") {
			return true
		}
	}
	return false
}

// Without a manager to ask, or with somebody else in its place, policies are let in, and the audit log says so. The condition tells
// what is wrong once a manager is back.
func TestWebhookThatIsAwayOrForged(t *testing.T) {
	w := newWorld(t)
	address := w.freeAddress()
	w.refusing(address)
	life := w.manage(serving(address))
	w.Eventually(w.refusedNow).Should(BeTrue())
	life.stop()
	out, err := w.kubectl(generalPlaybook("unasked", stuckSteps), "apply", "-f", "-")
	w.Expect(err).NotTo(HaveOccurred(), out)
	w.Eventually(w.failedOpen).WithArguments("unasked").Should(BeTrue())

	t.Log("somebody else serves there: nothing is told to them")
	var asked atomic.Int32
	forged := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	forged.Config.ErrorLog = nil
	var err2 error
	forged.Listener, err2 = (&net.ListenConfig{}).Listen(w.ctx, "tcp", address)
	w.Expect(err2).NotTo(HaveOccurred())
	forged.StartTLS()
	out, err = w.kubectl(generalPlaybook("forged", soundSteps), "apply", "-f", "-")
	w.Expect(err).NotTo(HaveOccurred(), out)
	w.Eventually(w.failedOpen).WithArguments("forged").Should(BeTrue())
	w.Expect(asked.Load()).To(BeZero())
	forged.Close()

	t.Log("what is in the Secret is no certificate of the webhook: it is made anew")
	var secret corev1.Secret
	w.Expect(admin.Get(w.ctx, certificateSecret, &secret)).To(Succeed())
	before := secret.Data["tls.crt"]
	secret.Data["ca.crt"] = []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
	w.Expect(admin.Update(w.ctx, &secret)).To(Succeed())
	w.manage(serving(address))
	w.Eventually(w.refusedNow).Should(BeTrue())
	w.Expect(admin.Get(w.ctx, certificateSecret, &secret)).To(Succeed())
	w.Expect(secret.Data["tls.crt"]).NotTo(Equal(before))
	w.Eventually(func() bool {
		pb := get(w, "unasked", &v1alpha1.Playbook{})
		return meta.IsStatusConditionFalse(pb.Status.Conditions, "Verified") && pb.Status.Revision == nil
	}).Should(BeTrue())
}

// balancer hands connections to servers in turn.
func (w *world) balancer(servers ...string) string {
	l, err := (&net.ListenConfig{}).Listen(w.ctx, "tcp", "127.0.0.1:0")
	w.Expect(err).NotTo(HaveOccurred())
	w.t.Cleanup(func() { _ = l.Close() })
	go func() {
		for i := 0; ; i++ {
			in, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer in.Close()
				out, err := (&net.Dialer{}).DialContext(w.ctx, "tcp", servers[i%len(servers)])
				if err != nil {
					return
				}
				defer out.Close()
				go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
				_, _ = io.Copy(in, out)
			}()
		}
	}()
	return l.Addr().String()
}

// The certificate is renewed while two replicas serve and policies are written: no call fails, on whichever replica it lands, and
// whoever begins to talk to one of them finds that it is trusted.
func TestCertificateIsRenewedUnderLoad(t *testing.T) {
	w := newWorld(t)
	// The API server holds certificates against the machine's clock, so the renewal has to be over by now.
	clk := clocktesting.NewFakeClock(machineTime().Add(-62 * 24 * time.Hour))
	replicas := []string{w.freeAddress(), w.freeAddress()}
	w.refusing(w.balancer(replicas...))
	strict := &admissionv1.ValidatingWebhookConfiguration{}
	w.Expect(admin.Get(w.ctx, configuration, strict)).To(Succeed())
	fail := admissionv1.Fail
	for i := range strict.Webhooks {
		strict.Webhooks[i].FailurePolicy = &fail
	}
	w.Expect(admin.Update(w.ctx, strict)).To(Succeed())
	for _, address := range replicas {
		w.manage(serving(address), func(o *operator.Options) { o.LeaderElection, o.Clock = true, clk })
	}
	secret := func() map[string][]byte {
		var s corev1.Secret
		w.Expect(client.IgnoreNotFound(admin.Get(w.ctx, certificateSecret, &s))).To(Succeed())
		return s.Data
	}
	shown := func() error { return errors.Join(w.trusted(replicas[0]), w.trusted(replicas[1])) }
	look := func() { clk.Step(31 * time.Second) }
	w.Eventually(func() error { look(); return shown() }).WithPolling(200 * time.Millisecond).Should(Succeed())
	w.Eventually(w.refusedNow).Should(BeTrue())
	first := secret()

	ctx, stop := context.WithCancel(w.ctx)
	var calls, failed atomic.Int32
	var busy sync.WaitGroup
	say := func(err error) {
		if err != nil && ctx.Err() == nil && failed.Add(1) < 4 {
			t.Errorf("a call failed: %v", err)
		}
	}
	busy.Go(func() {
		for ctx.Err() == nil {
			pb := &v1alpha1.Playbook{ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: "load"}}
			pb.Spec = get(w, "general-case", &v1alpha1.Playbook{}).Spec
			say(client.IgnoreAlreadyExists(admin.Create(ctx, pb, client.DryRunAll)))
			calls.Add(1)
		}
	})
	busy.Go(func() {
		for ctx.Err() == nil {
			say(shown())
			calls.Add(1)
		}
	})
	stage := func(what string, step time.Duration, done func(map[string][]byte) bool) {
		t.Log(what)
		clk.Step(step)
		w.Eventually(func() bool { look(); return done(secret()) }).WithPolling(200*time.Millisecond).Should(BeTrue(), what)
		so := calls.Load()
		w.Eventually(calls.Load).Should(BeNumerically(">", so+20), what)
	}
	stage("the next certificate is made, and its authority trusted", 60*24*time.Hour, func(d map[string][]byte) bool { return len(d["next.crt"]) > 0 && len(d["since"]) > 0 })
	next := secret()["next.crt"]
	w.Expect(secret()["tls.crt"]).To(Equal(first["tls.crt"]))
	stage("it is shown", time.Hour, func(d map[string][]byte) bool { return string(d["tls.crt"]) == string(next) })
	stage("the former authority is trusted no more", time.Hour, func(d map[string][]byte) bool {
		return strings.Count(string(d["ca.crt"]), "BEGIN") == 1 && string(d["ca.crt"]) != string(first["ca.crt"])
	})
	stop()
	busy.Wait()
	w.Expect(failed.Load()).To(BeZero())
	t.Logf("%d calls", calls.Load())
	w.Eventually(w.refusedNow).Should(BeTrue())
	w.Expect(clk.Now()).To(BeTemporally("<", machineTime()))
}

// trusted begins to talk to a replica as an API server would that was told just now whom to trust.
func (w *world) trusted(address string) error {
	var config admissionv1.ValidatingWebhookConfiguration
	if err := admin.Get(w.ctx, configuration, &config); err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(config.Webhooks[0].ClientConfig.CABundle)
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}}
	conn, err := dialer.DialContext(w.ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("replica %s: %w", address, err)
	}
	return conn.Close()
}
