package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/prometheus/common/expfmt"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/install"
	"tocsin.dev/tocsin/internal/notice"
	"tocsin.dev/tocsin/internal/notice/receivers"
	"tocsin.dev/tocsin/internal/operator"
)

// personal is what must stay where it was received.
var personal = map[string]string{
	notice.KeyName:  "Wilhelmina Quistgaard",
	notice.KeyEmail: "wilhelmina@quistgaard.example",
	notice.KeyPhone: "+4915735559876",
	"statement":     "the spout came off and scalded my left hand",
}

// written is what people write into every other field that takes free text. It is where they put it, in what is made of it,
// and in timelines; never in logs, metrics, events and names.
var written = map[string]string{
	"place":                "behind the Quistgaard house",
	"evidence":             "photo-of-quistgaard.jpg",
	"where evidence lies":  "https://share.example/wilhelmina",
	"department":           "counter of Mr Brightwater",
	"reason of an act":     "because Wilhelmina cried",
	"comment on a task":    "her sister Ottilie called",
	"remedy":               "a kettle for Wilhelmina",
	"title of an incident": "The scalding of W.Q.",
}

// everything is the text of all objects of a namespace but Secrets; complaints without their own statement.
func (w *world) everything(namespace string) map[string]string {
	found := map[string]string{}
	d, err := discovery.NewDiscoveryClientForConfig(cluster.Config())
	w.Expect(err).NotTo(HaveOccurred())
	lists, err := d.ServerPreferredNamespacedResources()
	w.Expect(err).NotTo(HaveOccurred())
	for _, list := range lists {
		gv, err := schema.ParseGroupVersion(list.GroupVersion)
		w.Expect(err).NotTo(HaveOccurred())
		for _, resource := range list.APIResources {
			if resource.Kind == "Secret" || !bytes.Contains([]byte(resource.Verbs.String()), []byte("list")) {
				continue
			}
			objects := &unstructured.UnstructuredList{}
			objects.SetGroupVersionKind(gv.WithKind(resource.Kind + "List"))
			err := admin.List(w.ctx, objects, client.InNamespace(namespace))
			if apierrors.IsMethodNotSupported(err) {
				continue
			}
			w.Expect(err).NotTo(HaveOccurred())
			for i := range objects.Items {
				o := &objects.Items[i]
				if resource.Kind == "Complaint" {
					unstructured.RemoveNestedField(o.Object, "spec", "statement")
				}
				o.SetManagedFields(nil)
				text, err := json.Marshal(o)
				w.Expect(err).NotTo(HaveOccurred())
				found[resource.Kind+" "+o.GetName()] = string(text)
			}
		}
	}
	return found
}

// exposed is the text of the metrics, as /metrics serves it.
func (w *world) exposed() string {
	families, err := metrics.Registry.Gather()
	w.Expect(err).NotTo(HaveOccurred())
	var text bytes.Buffer
	for _, f := range families {
		_, err := expfmt.MetricFamilyToText(&text, f)
		w.Expect(err).NotTo(HaveOccurred())
	}
	return text.String()
}

// everyVersion collects every version of the notices of the namespace until the returned function is called: what was in
// a status for a moment was seen by whoever watched, and is in the backups.
func (w *world) everyVersion() func() map[string]string {
	ctx, cancel := context.WithCancel(w.ctx)
	watcher, err := admin.Watch(ctx, &v1alpha1.NoticeList{}, client.InNamespace(w.ns))
	w.Expect(err).NotTo(HaveOccurred())
	seen := map[string]string{}
	var done sync.WaitGroup
	done.Go(func() {
		for e := range watcher.ResultChan() {
			if n, ok := e.Object.(*v1alpha1.Notice); ok {
				text, _ := json.Marshal(n)
				seen["Notice "+n.Name+" as version "+n.ResourceVersion] = string(text)
			}
		}
	})
	return func() map[string]string {
		watcher.Stop()
		cancel()
		done.Wait()
		return seen
	}
}

// Name, address, number and words of a complainant are in the Secret, in the complaint's own statement and in the mail to
// them; in no other object, no event, no log line and no metric, also when things go wrong.
func TestInvariant6NoPersonalData(t *testing.T) {
	w := newWorld(t)
	life := w.manage(func(o *operator.Options) { o.Announce = true })
	w.Expect(metrics.Registry.Register(life.Metrics)).To(Succeed())
	t.Cleanup(func() { metrics.Registry.Unregister(life.Metrics) })
	w.Expect(install.WaitForFilling(w.ctx, cluster.Config())).To(Succeed()) // remedies have an author
	versions := w.everyVersion()
	w.mail.Always(&receivers.Fault{Reply: 451}) // the server's answers name the recipient
	concerned := func(name, product string) {
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name + "-contact"}, StringData: map[string]string{}}
		for _, key := range []string{notice.KeyName, notice.KeyEmail, notice.KeyPhone} {
			secret.StringData[key] = personal[key]
		}
		w.create(secret)
		w.complain(name, func(s *v1alpha1.ComplaintSpec) {
			s.Statement, s.Product = "I say: "+personal["statement"], product
			s.Complainant.ContactSecret = name + "-contact"
			s.Place, s.About = written["place"], &v1alpha1.ComplainedAbout{Department: written["department"]}
			s.Evidence = []v1alpha1.Evidence{{Name: written["evidence"], Location: written["where evidence lies"]}}
			s.Remedy = &v1alpha1.Remedy{Kinds: []v1alpha1.RemedyKind{"Exchange"}, Reason: written["remedy"], By: "hotline"}
		})
	}
	concerned("c1", "kettle")
	w.Eventually(w.notices).Should(ContainElement(And(HaveField("Spec.To.Kind", v1alpha1.RecipientComplainant), HaveField("Status.State", v1alpha1.NoticePending), HaveField("Status.Attempts", BeNumerically(">", 0)))))
	w.mail.Always(nil)
	w.mail.Next(receivers.Fault{DropBefore: true})
	w.do(w.task("c1", "checkFacts"), amy, v1alpha1.TaskAct{Verb: v1alpha1.TaskComment, Reason: written["comment on a task"]})
	w.do(w.task("c1", "checkFacts"), amy, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete, Outcome: "founded"})
	w.decide(w.complaint("c1"), "c1", amy, v1alpha1.RecordAct{Verb: v1alpha1.RecordHandOver, Role: "handler", To: bob, Reason: written["reason of an act"]},
		v1alpha1.RecordAct{Verb: v1alpha1.RecordHandOver, Role: "handler", To: gil, Reason: written["reason of an act"]})
	w.create(&v1alpha1.CrisisIncident{ObjectMeta: metav1.ObjectMeta{Name: "byhand"}, Spec: v1alpha1.CrisisIncidentSpec{
		Title: written["title of an incident"], Level: "crisis", Playbook: "crisis-response", Team: "crisis"}})
	w.clock.Step(time.Minute)
	w.until("c1", HaveField("Run", HaveValue(HaveField("Steps", ContainElement(And(HaveField("Name", "settle"), HaveField("State", v1alpha1.StepWaiting)))))))
	w.clock.Step(50 * time.Hour) // overdue, escalated
	w.until("c1", state(v1alpha1.CaseOverdue))
	w.told()
	w.mail.Always(&receivers.Fault{Reply: 550}) // refused for good
	concerned("c2", "lamp")
	w.until("c2", HaveField("Run", Not(BeNil())))
	w.Eventually(func(g Gomega) { // retries wait for the clock
		w.clock.Step(time.Minute)
		for _, n := range w.notices() {
			g.Expect(n.Status.EndedAt.IsZero()).To(BeFalse(), n.Name)
		}
	}).Should(Succeed())
	w.mail.Always(nil)
	w.raiseWith("c3", "") // nothing but the words says what it is about

	t.Log("they did reach the complainant")
	w.Expect(w.mail.All()).To(ContainElement(And(HaveField("To", ContainElement(personal[notice.KeyEmail])), HaveField("Body", ContainSubstring(personal[notice.KeyName])))))

	t.Log("and nobody else; staff who are told of them see as much as tells people apart")
	w.Expect(w.mail.All()).To(ContainElement(HaveField("Body", ContainSubstring("W**, "))))
	texts := w.everything(w.ns)
	w.Expect(texts).To(HaveKey("Complaint c1"))
	w.Expect(len(texts)).To(BeNumerically(">", 15))
	for name, text := range w.everything(install.Namespace) {
		texts[install.Namespace+" "+name] = text
	}
	texts["the log"] = logged.String()
	texts["the metrics"] = w.exposed()
	w.Expect(texts["the log"]).To(ContainSubstring(w.ns), "the log is the one of these managers")
	w.Expect(texts["the metrics"]).To(And(ContainSubstring("controller_runtime_reconcile_total"), ContainSubstring("tocsin_notice_attempts_total")))
	maps.Copy(texts, versions())
	for where, text := range texts {
		for what, secret := range personal {
			w.Expect(linesWith(text, secret)).To(BeEmpty(), "%s is in %s", what, where)
		}
	}
	t.Log("nor does what people write elsewhere get where everybody looks")
	w.Expect(w.events()).NotTo(BeEmpty())
	for where, text := range texts {
		if where != "the log" && where != "the metrics" && !strings.Contains(where, "Event ") {
			text = where
		}
		for what, words := range written {
			w.Expect(linesWith(text, words)).To(BeEmpty(), "%s is in %s", what, where)
		}
	}
	for _, m := range w.mail.All() {
		if len(m.To) == 1 && m.To[0] != personal[notice.KeyEmail] {
			for what, secret := range personal {
				w.Expect(m.Body+m.Subject).NotTo(ContainSubstring(secret), "%s was sent to %s", what, m.To[0])
			}
		}
	}
}

// raiseWith makes a complaint of the same person a crisis and carries it through to its post-mortem.
func (w *world) raiseWith(name, product string) {
	w.complain(name, hazard(product), func(s *v1alpha1.ComplaintSpec) {
		s.Statement, s.Complainant.ContactSecret = personal["statement"], "c1-contact"
	})
	c := w.until(name, HaveField("Incident", Not(BeNil())))
	crisis := string(c.Status.Incident.Name)
	w.do(w.task(crisis, "contain"), eve, v1alpha1.TaskAct{Verb: v1alpha1.TaskComplete})
	ci := w.untilIncident(crisis, state(v1alpha1.CaseClosed))
	w.Eventually(func() v1alpha1.ObjectName {
		return get(w, string(ci.Status.PostMortem), &v1alpha1.PostMortem{}).Status.Document
	}).ShouldNot(BeEmpty())
}

// linesWith are the lines of a text that hold a word: one of them says more than the whole of a log.
func linesWith(text, word string) (lines []string) {
	for line := range strings.Lines(text) {
		if strings.Contains(line, word) {
			lines = append(lines, line)
		}
	}
	return lines
}
