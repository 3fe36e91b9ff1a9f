package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"log"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
)

func TestLogs(t *testing.T) {
	g := NewWithT(t)
	var out bytes.Buffer
	g.Expect((&logging{format: "json", verbosity: 1}).set(&out)).To(Succeed())
	ctrl.Log.WithValues("name", "c1").Error(errors.New("no way"), "It failed", "record", klog.KRef("cases", "c1"))
	ctrl.Log.V(1).Info("attempt")
	ctrl.Log.V(2).Info("too much")
	klog.Background().V(2).Info("too much")
	klog.Background().V(1).Info("library")
	lines := bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n"))
	g.Expect(lines).To(HaveLen(3), out.String())
	var line map[string]any
	g.Expect(json.Unmarshal(lines[0], &line)).To(Succeed())
	g.Expect(string(lines[1])).To(ContainSubstring(`"level":"DEBUG"`))
	g.Expect(line).To(And(HaveKeyWithValue("level", "ERROR"), HaveKeyWithValue("msg", "It failed"), HaveKeyWithValue("err", "no way"),
		HaveKeyWithValue("name", "c1"), HaveKeyWithValue("record", map[string]any{"name": "c1", "namespace": "cases"})))

	out.Reset()
	g.Expect((&logging{format: "text"}).set(&out)).To(Succeed())
	klog.Background().Info("Hello", "name", "c1")
	klog.Background().V(1).Info("attempt")
	log.Print("http: TLS handshake error")
	g.Expect(out.String()).NotTo(ContainSubstring("handshake"))
	g.Expect(out.String()).To(And(ContainSubstring(`"Hello" name="c1"`), Not(ContainSubstring("attempt"))))
}

// What the standard library says is a line like every other, and not one that somebody has to look at.
func TestLogsOfTheStandardLibrary(t *testing.T) {
	g := NewWithT(t)
	var out bytes.Buffer
	g.Expect((&logging{format: "json", verbosity: 4}).set(&out)).To(Succeed())
	log.Print("http: TLS handshake error")
	var line map[string]any
	g.Expect(json.Unmarshal(out.Bytes(), &line)).To(Succeed(), out.String())
	g.Expect(line).To(HaveKeyWithValue("says", "http: TLS handshake error"))
}

// Whole requests would hold what complainants said.
func TestLogsNeverWriteWholeRequests(t *testing.T) {
	g := NewWithT(t)
	var out bytes.Buffer
	g.Expect((&logging{format: "json", verbosity: 7}).set(&out)).To(MatchError("--v=7: give a number from 0 to 6"))
	g.Expect((&logging{format: "json", verbosity: -1}).set(&out)).NotTo(Succeed())
	g.Expect((&logging{format: "yaml"}).set(&out)).To(MatchError("--log-format=yaml: give json or text"))
}
