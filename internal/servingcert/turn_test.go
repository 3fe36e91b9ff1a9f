package servingcert

import (
	"crypto/x509"
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"
)

var (
	begin = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	names = []string{"tocsin-webhook.tocsin-system.svc", "127.0.0.1"}
)

// GomegaString keeps what a failed test prints short.
func (m *material) GomegaString() string {
	return fmt.Sprintf("%d authorities, shown since %s, next: %t, since %s", len(m.roots), m.current.made(), m.next != nil, m.since)
}

// accepted is whether an API server that trusts some roots takes a certificate.
func accepted(p *pair, roots []*x509.Certificate, now time.Time) error {
	return serves(p.leaf, roots, names, now)
}

// Whatever the moments at which the leader looks, and however old what a replica shows and what an API server trusts are, within
// an overlap: who calls is never turned away.
func TestNobodyIsTurnedAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := NewWithT(t)
		type moment struct {
			at time.Time
			*material
		}
		now := begin
		m, err := newMaterial(names, now)
		g.Expect(err).NotTo(HaveOccurred())
		history := []moment{{now, m}}
		trusted := m.roots // what the webhook configuration says
		for range rapid.IntRange(20, 60).Draw(t, "looks") {
			now = now.Add(time.Duration(rapid.SampledFrom([]int{1, 30, 45, 61, 60 * 24, 60 * 24 * 20}).Draw(t, "minutes")) * time.Minute)
			if m.usable(names, now) != nil {
				return // nobody looked for a month: it is made anew, and the API server lets policies in meanwhile
			}
			told := len(trusted) == len(m.roots) && trusted[len(trusted)-1].Equal(m.roots[len(m.roots)-1])
			next, err := m.turn(names, now, told)
			g.Expect(err).NotTo(HaveOccurred())
			m = next
			if rapid.IntRange(0, 3).Draw(t, "told") > 0 { // else the API server could not be told this time
				trusted = m.roots
			}
			history = append(history, moment{now, m})
			g.Expect(accepted(m.current, trusted, now)).To(Succeed(), "what is shown now")
			for _, past := range history {
				if now.Sub(past.at) < overlap && past.current.leaf.NotAfter.After(now) {
					g.Expect(accepted(past.current, trusted, now)).To(Succeed(), "what a replica shows that has not looked for %s", now.Sub(past.at))
				}
			}
			read, err := read(m.write())
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(read.since.Equal(m.since)).To(BeTrue())
			g.Expect(read.usable(names, now)).To(Succeed())
		}
	})
}

// The steps of a renewal, in their order and not before their time.
func TestRenewal(t *testing.T) {
	g := NewWithT(t)
	m, err := newMaterial(names, begin)
	g.Expect(err).NotTo(HaveOccurred())
	turn := func(after time.Duration, announced bool) *material {
		out, err := m.turn(names, begin.Add(after), announced)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(out.usable(names, begin.Add(after))).To(Succeed())
		return out
	}
	g.Expect(turn(renewAfter-time.Second, true)).To(BeIdenticalTo(m))
	m = turn(renewAfter, true)
	g.Expect(m.next).NotTo(BeNil())
	g.Expect(m.roots).To(HaveLen(2))
	g.Expect(m.since).To(BeZero())
	g.Expect(turn(renewAfter+48*time.Hour, false)).To(BeIdenticalTo(m), "the API server could not be told")
	m = turn(renewAfter+48*time.Hour, true)
	g.Expect(m.since).To(Equal(begin.Add(renewAfter + 48*time.Hour)))
	g.Expect(turn(renewAfter+48*time.Hour+overlap-time.Second, true)).To(BeIdenticalTo(m))
	g.Expect(turn(renewAfter+49*time.Hour, false)).To(BeIdenticalTo(m), "somebody took the authority out of the configuration")
	next := m.next
	m = turn(renewAfter+49*time.Hour, true)
	g.Expect(m.current.leaf).To(BeIdenticalTo(next.leaf))
	g.Expect(m.roots).To(HaveLen(2))
	g.Expect(turn(renewAfter+50*time.Hour-time.Second, true)).To(BeIdenticalTo(m))
	m = turn(renewAfter+50*time.Hour, true)
	g.Expect(m.roots).To(HaveLen(1))
	g.Expect(turn(renewAfter+59*24*time.Hour, true)).To(BeIdenticalTo(m))
}

// What somebody else wrote into the Secret is not shown.
func TestWhatCannotBeShown(t *testing.T) {
	g := NewWithT(t)
	m, err := newMaterial(names, begin)
	g.Expect(err).NotTo(HaveOccurred())
	other, err := newMaterial(names, begin)
	g.Expect(err).NotTo(HaveOccurred())
	elsewhere, err := newMaterial([]string{"elsewhere"}, begin)
	g.Expect(err).NotTo(HaveOccurred())
	good := func() map[string][]byte { return m.write() }
	judge := func(data map[string][]byte, after time.Duration) error {
		found, err := read(data)
		if err != nil {
			return err
		}
		return found.usable(names, begin.Add(after))
	}
	g.Expect(judge(good(), 0)).To(Succeed())
	for what, change := range map[string]func(map[string][]byte){
		"no authority":        func(d map[string][]byte) { delete(d, keyRoots) },
		"no certificate":      func(d map[string][]byte) { delete(d, keyCert) },
		"another's authority": func(d map[string][]byte) { d[keyRoots] = other.write()[keyRoots] },
		"another's key":       func(d map[string][]byte) { d[keyKey] = other.write()[keyKey] },
		"another's pair":      func(d map[string][]byte) { d[keyCert], d[keyKey] = other.write()[keyCert], other.write()[keyKey] },
		"no PEM":              func(d map[string][]byte) { d[keyCert] = []byte("nonsense") },
		"half a next one":     func(d map[string][]byte) { d[keyNextCert] = other.write()[keyCert] },
		"another's next one": func(d map[string][]byte) {
			d[keyNextCert], d[keyNextKey] = other.write()[keyCert], other.write()[keyKey]
		},
		"a time that is none": func(d map[string][]byte) { d[keySince] = []byte("yesterday") },
		"other names": func(d map[string][]byte) {
			clear(d)
			for k, v := range elsewhere.write() {
				d[k] = v
			}
		},
		"nothing at all": func(d map[string][]byte) { clear(d) },
	} {
		data := good()
		change(data)
		g.Expect(judge(data, 0)).NotTo(Succeed(), what)
	}
	g.Expect(judge(good(), life)).To(Succeed())
	g.Expect(judge(good(), life+time.Second)).NotTo(Succeed(), "it has ended")
	g.Expect(judge(good(), -2*time.Hour)).NotTo(Succeed(), "it has not begun")
}
