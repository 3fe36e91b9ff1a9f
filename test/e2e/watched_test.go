package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/operator"
)

// events are the Kubernetes events of the namespace.
func (w *world) events() []eventsv1.Event {
	var list eventsv1.EventList
	w.ExpectWithOffset(1, admin.List(w.ctx, &list, client.InNamespace(w.ns))).To(Succeed())
	return list.Items
}

// freeAddress is an address nobody listens on.
func (w *world) freeAddress() string {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	w.Expect(err).NotTo(HaveOccurred())
	defer l.Close()
	return l.Addr().String()
}

// ask sends a GET with a bearer token, if there is one.
func (w *world) ask(url, token string) (int, []byte) {
	req, err := http.NewRequestWithContext(w.ctx, http.MethodGet, url, nil)
	w.Expect(err).NotTo(HaveOccurred())
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
	answer, err := c.Do(req)
	if err != nil {
		return 0, nil
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	w.Expect(err).NotTo(HaveOccurred())
	return answer.StatusCode, body
}

// token makes a service account and a token of it.
func (w *world) token(name string) string {
	sa := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name}}
	w.create(sa)
	request := &authenticationv1.TokenRequest{}
	w.Expect(admin.SubResource("token").Create(w.ctx, sa, request)).To(Succeed())
	return request.Status.Token
}

// scraped is what a scrape said: the value of each series, by name and labels.
func (w *world) scraped(url, token string) map[string]float64 {
	code, body := w.ask(url, token)
	w.ExpectWithOffset(1, code).To(Equal(http.StatusOK), string(body))
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(body))
	w.Expect(err).NotTo(HaveOccurred())
	out := map[string]float64{}
	for name, f := range families {
		for _, m := range f.Metric {
			key := name
			for _, l := range m.Label {
				key += " " + l.GetValue()
			}
			switch f.GetType() {
			case dto.MetricType_HISTOGRAM:
				out[key] = float64(m.Histogram.GetSampleCount())
			case dto.MetricType_COUNTER:
				out[key] = m.Counter.GetValue()
			default:
				out[key] = m.Gauge.GetValue()
			}
		}
	}
	return out
}

// The metrics of a real manager say what the world is like, to those who may ask.
func TestMetricsSayWhatTheWorldIsLike(t *testing.T) {
	w := newWorld(t)
	address := w.freeAddress()
	life := w.manage(func(o *operator.Options) { o.MetricsAddress = address })
	w.Expect(metrics.Registry.Register(life.Metrics)).To(Succeed())
	t.Cleanup(func() { metrics.Registry.Unregister(life.Metrics) })
	url := "https://" + address + "/metrics"
	w.Eventually(func() int { code, _ := w.ask(url, ""); return code }).Should(Equal(http.StatusUnauthorized))
	stranger, prometheus := w.token("stranger"), w.token("prometheus")
	code, _ := w.ask(url, stranger)
	w.Expect(code).To(Equal(http.StatusForbidden))
	binding := &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "scrapes-" + w.ns},
		RoleRef:  rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "tocsin-metrics-reader"},
		Subjects: []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: w.ns, Name: "prometheus"}}}
	w.Expect(admin.Create(w.ctx, binding)).To(Succeed())
	w.Eventually(func() int { code, _ := w.ask(url, prometheus); return code }).Should(Equal(http.StatusOK))
	look := func() map[string]float64 { return w.scraped(url, prometheus) }
	calm := look()
	w.Expect(calm).To(And(HaveKeyWithValue("tocsin_records_oldest_open_age_seconds Complaint", 0.0), HaveKeyWithValue("tocsin_leader", 1.0)))

	for i := range 3 {
		w.complain(fmt.Sprintf("c%d", i))
	}
	w.raise("exercise", true)
	w.raise("fire", false)
	for i := range 3 {
		w.task(fmt.Sprintf("c%d", i), "checkFacts")
	}
	w.task("exercise", "contain")
	w.task("fire", "contain")
	w.do(w.task("c0", "checkFacts"), amy, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete, Outcome: "founded"})
	w.do(w.task("c0", "settle"), amy, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete})
	w.until("c0", state(v1alpha1.CaseClosed))
	w.told()
	w.clock.SetTime(start.Add(time.Hour))
	sent := 0
	for _, n := range w.notices() {
		if n.Status.State == v1alpha1.NoticeDelivered && n.Spec.Mode != v1alpha1.ModeDrill {
			sent++
		}
	}
	w.Eventually(look).Should(And(
		HaveKeyWithValue("tocsin_records_open Complaint general", 2.0),
		HaveKeyWithValue("tocsin_records_open CrisisIncident crisis", 1.0), // not the exercise
		HaveKeyWithValue("tocsin_records_oldest_open_age_seconds Complaint", 3600.0),
		HaveKeyWithValue("tocsin_tasks_open Work", 3.0),
		HaveKeyWithValue("tocsin_policies Playbook True", 4.0),
		HaveKeyWithValue("tocsin_tasks_overdue Work", 0.0),
		HaveKeyWithValue("tocsin_steps_overdue Complaint", 0.0),
		HaveKeyWithValue("tocsin_notices email Delivered", float64(sent)),
		HaveKeyWithValue("tocsin_deadlines_total Complaint met", 2.0),
		HaveKeyWithValue("tocsin_deadlines_unnoticed Complaint", 0.0),
		HaveKeyWithValue("tocsin_notice_attempts_total webhook Delivered", BeNumerically(">=", 3)), // the exercise's
	))
	w.Expect(look()["tocsin_wakes_pending"]).To(BeNumerically(">=", 3))
	w.Expect(look()["tocsin_decision_duration_seconds Complaint"]).To(BeNumerically(">=", 6))
	w.Expect(look()["tocsin_plans_compiled_total"]).To(BeNumerically(">=", 2))
	w.Expect(look()).To(HaveKey(HavePrefix("workqueue_depth complaint")))
	w.Expect(look()).To(HaveKeyWithValue(HavePrefix("tocsin_build_info"), 1.0))

	t.Log("a day later two deadlines are missed, and the next rung is told")
	w.told()
	w.clock.SetTime(start.Add(25 * time.Hour))
	w.until("c1", state(v1alpha1.CaseOverdue))
	w.until("c2", state(v1alpha1.CaseOverdue))
	w.Eventually(look).Should(And(
		HaveKeyWithValue("tocsin_steps_overdue Complaint", 2.0),
		HaveKeyWithValue("tocsin_tasks_overdue Work", 3.0),
		HaveKeyWithValue("tocsin_deadlines_oldest_overdue_age_seconds Complaint", 3600.0),
		HaveKeyWithValue("tocsin_deadlines_total Complaint missed", 2.0),
		HaveKeyWithValue("tocsin_escalations_total Complaint", 2.0),
		HaveKeyWithValue("tocsin_wake_delay_seconds", BeNumerically(">=", 2)),
	))

	families, err := metrics.Registry.Gather()
	w.Expect(err).NotTo(HaveOccurred())
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	w.Expect(err).NotTo(HaveOccurred())
	for _, p := range problems {
		w.Expect(p.Metric).NotTo(HavePrefix("tocsin_"), p.Text)
	}
}

// Whoever describes a record learns what went wrong; a record that takes its usual course writes nothing.
func TestEvents(t *testing.T) {
	w := newWorld(t)
	w.manage(func(o *operator.Options) { o.Announce = true })
	w.complain("usual")
	w.complain("late")
	w.complain("worse")
	w.task("late", "checkFacts")
	w.do(w.task("usual", "checkFacts"), amy, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete, Outcome: "founded"})
	w.do(w.task("usual", "settle"), amy, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete})
	w.until("usual", state(v1alpha1.CaseClosed))
	worse := w.until("worse", HaveField("Run", Not(BeNil())))
	w.decide(worse, "worse", amy, v1alpha1.RecordAct{Verb: v1alpha1.RecordRaise, Level: "serious", Reason: personal["statement"]})
	w.until("worse", HaveField("Run.Playbook", "serious-case"))
	w.decide(worse, "worse", cleo, v1alpha1.RecordAct{Verb: v1alpha1.RecordLower, Level: "general", Reason: "a mistake"})
	w.until("worse", HaveField("Run.Playbook", "general-case"))
	w.task("worse", "checkFacts")
	w.told()
	w.clock.Step(25 * time.Hour)
	w.until("late", state(v1alpha1.CaseOverdue))
	w.until("worse", state(v1alpha1.CaseOverdue))
	w.apply("kind: TriagePolicy\nmetadata: {name: wrong}\nspec: {levels: [{name: a}], defaultLevel: a, rules: [{name: r, level: a, when: nonsense, reason: none}]}")
	told := func(name string) (out []string) {
		for _, e := range w.events() {
			if e.Regarding.Name == name {
				out = append(out, e.Type+" "+e.Reason+" "+e.Note)
			}
		}
		return out
	}
	w.Eventually(told).WithArguments("late").Should(ConsistOf(
		"Warning DeadlineMissed a deadline has passed: checkFacts", "Warning Escalated somebody further up was told: checkFacts"))
	w.Eventually(told).WithArguments("worse").Should(ContainElement("Normal LevelChanged a person changed the level"))
	w.Eventually(w.events).Should(ContainElement(And(HaveField("Reason", "LevelChanged"), HaveField("Series", HaveField("Count", BeEquivalentTo(2))))),
		"the same again is no second event")
	w.Eventually(told).WithArguments("wrong").Should(ConsistOf("Warning DoesNotCompile the policy is not in force as it is, see condition Verified"))
	w.Expect(told("usual")).To(BeEmpty())
	w.Expect(len(w.events())).To(BeNumerically("<=", 7))
}

// The probes of a real manager, whether it leads or stands by.
func TestProbes(t *testing.T) {
	w := newWorld(t)
	probes := map[string]string{}
	for _, name := range []string{"first", "second"} {
		address := w.freeAddress()
		probes[name] = "http://" + address
		life := w.manage(func(o *operator.Options) { o.LeaderElection, o.ProbeAddress = true, address })
		if name == "first" {
			<-life.Elected()
		}
	}
	for _, address := range probes {
		for _, path := range []string{"/healthz", "/readyz"} {
			w.Eventually(func() string { code, body := w.ask(address+path, ""); return fmt.Sprint(code, " ", string(body)) }).Should(Equal("200 ok"))
		}
	}
}
