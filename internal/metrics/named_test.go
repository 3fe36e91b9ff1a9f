package metrics

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/util/yaml"
	clocktesting "k8s.io/utils/clock/testing"
)

func newMetrics(leads bool) *Metrics {
	none := func() int { return 0 }
	return New(Of{Clock: clocktesting.NewFakePassiveClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)), Leads: func() bool { return leads }, Wakes: none, Checkpoints: none})
}

var described = regexp.MustCompile(`fqName: "([a-z_]+)", help: "(.*)", constLabels: \{.*\}, variableLabels: \{([a-z,]*)\}`)

// names are the metrics of the manager, each with its labels.
func names(t *testing.T) map[string]string {
	t.Helper()
	ch := make(chan *prometheus.Desc, 100)
	newMetrics(true).Describe(ch)
	close(ch)
	out := map[string]string{}
	for d := range ch {
		found := described.FindStringSubmatch(d.String())
		NewWithT(t).Expect(found).NotTo(BeNil(), d.String())
		out[found[1]] = found[3]
	}
	return out
}

// others are metrics of the libraries that alerts may use.
var others = map[string]string{"controller_runtime_reconcile_errors_total": "controller"}

// word is what may name a metric, a label or a function in an expression; literal is a string.
var (
	word    = regexp.MustCompile(`[a-zA-Z_:][a-zA-Z0-9_:]*`)
	literal = regexp.MustCompile(`"[^"]*"`)
	spans   = regexp.MustCompile(`\b[0-9]+[smhd]\b`)
	spoken  = []string{"absent", "by", "max", "sum", "rate", "increase", "offset"}
)

// Every alert uses metrics that exist, with labels they have.
func TestAlertsUseWhatExists(t *testing.T) {
	g := NewWithT(t)
	known := names(t)
	for name, labels := range others {
		known[name] = labels
	}
	text, err := os.ReadFile("../../config/monitoring/prometheusrule.yaml")
	g.Expect(err).NotTo(HaveOccurred())
	var rule struct {
		Spec struct {
			Groups []struct {
				Rules []struct{ Alert, Expr string }
			}
		}
	}
	g.Expect(yaml.Unmarshal(text, &rule)).To(Succeed())
	docs, err := os.ReadFile("../../docs/operations.md")
	g.Expect(err).NotTo(HaveOccurred())
	alerts := 0
	for _, r := range rule.Spec.Groups[0].Rules {
		alerts++
		g.Expect(string(docs)).To(ContainSubstring("`"+r.Alert+"`"), "the docs say what to do")
		expr := spans.ReplaceAllString(literal.ReplaceAllString(r.Expr, ""), "")
		for _, pair := range []string{"()", "{}", "[]"} {
			g.Expect(strings.Count(expr, pair[:1])).To(Equal(strings.Count(expr, pair[1:])), r.Expr)
		}
		var labels []string
		for _, w := range word.FindAllString(expr, -1) {
			base := strings.TrimSuffix(strings.TrimSuffix(w, "_count"), "_bucket")
			switch {
			case slices.Contains(spoken, w):
			case strings.Contains(w, "_"):
				g.Expect(known).To(HaveKey(base), "%s: %s is no metric", r.Alert, w)
				labels = append(labels, strings.Split(known[base], ",")...)
			}
		}
		for _, w := range word.FindAllString(expr, -1) {
			if !slices.Contains(spoken, w) && !strings.Contains(w, "_") && w != "le" {
				g.Expect(labels).To(ContainElement(w), "%s: label %s", r.Alert, w)
			}
		}
	}
	g.Expect(alerts).To(BeNumerically(">", 5))
}

// The table of the docs is the metrics of the code, with their labels.
func TestDocsListTheMetrics(t *testing.T) {
	g := NewWithT(t)
	docs, err := os.ReadFile("../../docs/operations.md")
	g.Expect(err).NotTo(HaveOccurred())
	listed := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(tocsin_[a-z_]+)` \\|([^|]*)\\|").FindAllSubmatch(docs, -1) {
		listed[string(row[1])] = string(bytes.ReplaceAll(bytes.ReplaceAll(bytes.TrimSpace(row[2]), []byte("`"), nil), []byte(", "), []byte(",")))
	}
	g.Expect(listed).To(Equal(names(t)))
}

// Whoever names levels as they like makes no more series for it.
func TestLevelsAreBounded(t *testing.T) {
	g := NewWithT(t)
	b := newMetrics(true).business
	labels := map[string]bool{}
	for i := range 1000 {
		labels[b.levelled(fmt.Sprintf("level-%d", i%500))] = true
	}
	g.Expect(labels).To(HaveLen(mostLevels + 1))
	g.Expect(labels).To(And(HaveKey("level-0"), HaveKey(otherLevel), Not(HaveKey("level-400"))))
}

// Who stands by tells of itself alone: a sum over the replicas counts each record once.
func TestWhoStandsByTellsNothingOfTheBusiness(t *testing.T) {
	g := NewWithT(t)
	told := func(leads bool) (out []string) {
		registry := prometheus.NewPedanticRegistry()
		g.Expect(registry.Register(newMetrics(leads))).To(Succeed())
		families, err := registry.Gather()
		g.Expect(err).NotTo(HaveOccurred())
		for _, f := range families {
			out = append(out, f.GetName())
		}
		return out
	}
	g.Expect(told(true)).To(ContainElements("tocsin_steps_overdue", "tocsin_leader"))
	g.Expect(told(false)).To(And(ContainElement("tocsin_leader"), Not(ContainElement("tocsin_steps_overdue"))))
}
