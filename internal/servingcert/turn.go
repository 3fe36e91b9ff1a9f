package servingcert

import (
	"crypto/x509"
	"fmt"
	"slices"
	"time"
)

const (
	// life is how long a certificate is good, renewAfter how old it gets before the next one is made. Between the two is a month
	// for whoever has to mend what keeps it from being renewed.
	life       = 90 * 24 * time.Hour
	renewAfter = 60 * 24 * time.Hour
	// overlap is how long an authority is trusted before its certificate is shown, and after another one is.
	overlap = time.Hour
)

// The keys of the Secret.
const (
	keyRoots    = "ca.crt"
	keyCert     = "tls.crt"
	keyKey      = "tls.key"
	keyNextCert = "next.crt"
	keyNextKey  = "next.key"
	keySince    = "since"
)

// material is what the Secret holds: whom to trust, the oldest first; what is shown now; and what will be shown, once it is
// trusted everywhere.
type material struct {
	roots         []*x509.Certificate
	current, next *pair
	// since is when the API server was seen to trust the next one or, once there is no next one, when the current one took its
	// place; zero: not yet, or nothing was replaced.
	since time.Time
}

// newMaterial begins anew.
func newMaterial(names []string, now time.Time) (*material, error) {
	current, root, err := newPair(names, now, life)
	if err != nil {
		return nil, err
	}
	return &material{roots: []*x509.Certificate{root}, current: current}, nil
}

// read reads what a Secret holds. An error says that it is of no use.
func read(data map[string][]byte) (*material, error) {
	roots, err := readRoots(data[keyRoots])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", keyRoots, err)
	}
	m := &material{roots: roots}
	if m.current, err = readPair(data[keyCert], data[keyKey]); err != nil {
		return nil, fmt.Errorf("%s: %w", keyCert, err)
	}
	if text := string(data[keySince]); text != "" {
		if m.since, err = time.Parse(time.RFC3339, text); err != nil {
			return nil, fmt.Errorf("%s: %w", keySince, err)
		}
	}
	if len(data[keyNextCert]) == 0 {
		return m, nil
	}
	if m.next, err = readPair(data[keyNextCert], data[keyNextKey]); err != nil {
		return nil, fmt.Errorf("%s: %w", keyNextCert, err)
	}
	return m, nil
}

func (m *material) write() map[string][]byte {
	data := map[string][]byte{keyRoots: encodeRoots(m.roots), keyCert: m.current.cert, keyKey: m.current.key}
	if m.next != nil {
		data[keyNextCert], data[keyNextKey] = m.next.cert, m.next.key
	}
	if !m.since.IsZero() {
		data[keySince] = []byte(m.since.UTC().Format(time.RFC3339))
	}
	return data
}

// usable says why what the Secret holds cannot be shown; nil: it can.
func (m *material) usable(names []string, now time.Time) error {
	if m.next != nil {
		if err := serves(m.next.leaf, m.roots, names, now); err != nil {
			return err
		}
	}
	return serves(m.current.leaf, m.roots, names, now)
}

// turn is what comes after m at a time; m itself where nothing does. announced is whether the API server was told to trust all of
// m's authorities. It takes one step at a time:
//
//	current                      → when that is old: the next one is made, and its authority is to be trusted
//	current, next                → once its authority is trusted: since when is noted
//	current, next, since         → an overlap later: the next one is shown
//	current, former authority    → an overlap later: the former authority is trusted no more
func (m *material) turn(names []string, now time.Time, announced bool) (*material, error) {
	ripe := !m.since.IsZero() && !now.Before(m.since.Add(overlap))
	switch {
	case m.next == nil && len(m.roots) > 1 && (ripe || m.since.IsZero()):
		return &material{roots: m.rootsOf(m.current), current: m.current}, nil
	case m.next == nil && len(m.roots) == 1 && !now.Before(m.current.made().Add(renewAfter)):
		next, root, err := newPair(names, now, life)
		if err != nil {
			return nil, err
		}
		return &material{roots: append(slices.Clone(m.roots), root), current: m.current, next: next}, nil
	case m.next != nil && announced && m.since.IsZero():
		return &material{roots: m.roots, current: m.current, next: m.next, since: now.Truncate(time.Second)}, nil
	case m.next != nil && announced && ripe:
		return &material{roots: m.roots, current: m.next, since: now.Truncate(time.Second)}, nil
	}
	return m, nil
}

// rootsOf are the authorities that signed a certificate: one.
func (m *material) rootsOf(p *pair) []*x509.Certificate {
	return slices.DeleteFunc(slices.Clone(m.roots), func(root *x509.Certificate) bool { return p.leaf.CheckSignatureFrom(root) != nil })
}
