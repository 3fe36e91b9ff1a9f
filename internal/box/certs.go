package box

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"k8s.io/utils/clock"
)

const (
	adminUser  = "admin"
	adminGroup = "system:masters"

	authorityLife = 10 * 365 * 24 * time.Hour
	leafLife      = 365 * 24 * time.Hour
	// renewBefore is how long a certificate must still be good when a box starts; a box may run for weeks.
	renewBefore = 90 * 24 * time.Hour
	// backdate forgives a clock that was set back a little since.
	backdate = time.Hour
)

// authority is the box's own certificate authority, with the files its programs read.
type authority struct {
	dir   string
	clock clock.PassiveClock
	ca    pair
}

// pair is a certificate and its key.
type pair struct {
	cert    *x509.Certificate
	key     crypto.Signer
	certPEM []byte
	keyPEM  []byte
}

// openAuthority reads the authority kept in dir or makes one, and sees to it that the server's certificate and the
// key of service-account tokens are there.
func openAuthority(dir string, clk clock.PassiveClock) (*authority, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	a := &authority{dir: dir, clock: clk}
	kept := true
	var err error
	if a.ca, err = a.load("ca"); err != nil {
		kept = false
		if a.ca, err = a.issue(&x509.Certificate{
			Subject:               pkix.Name{CommonName: "tocsin box"},
			IsCA:                  true,
			BasicConstraintsValid: true,
			KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		}, authorityLife); err != nil {
			return nil, err
		}
		if err := a.save("ca", a.ca); err != nil {
			return nil, err
		}
	}
	// Both servers show this one; the API server shows it to etcd as its client, too.
	if _, err := a.load("server"); err != nil || !kept {
		server, err := a.issue(&x509.Certificate{
			Subject:     pkix.Name{CommonName: "tocsin box server"},
			KeyUsage:    x509.KeyUsageDigitalSignature,
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
			IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), serviceIP},
			DNSNames:    []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"},
		}, leafLife)
		if err != nil {
			return nil, err
		}
		if err := a.save("server", server); err != nil {
			return nil, err
		}
	}
	if _, err := os.Stat(a.file("sa.key")); errors.Is(err, fs.ErrNotExist) {
		keyPEM, err := newTokenKey()
		if err != nil {
			return nil, err
		}
		return a, writeFile(a.file("sa.key"), keyPEM)
	} else if err != nil {
		return nil, err
	}
	return a, nil
}

// client makes a certificate that the API server takes as this user in these groups.
func (a *authority) client(user string, groups []string) (pair, error) {
	return a.issue(&x509.Certificate{
		Subject:     pkix.Name{CommonName: user, Organization: groups},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, leafLife)
}

// tlsConfig lets this process ask etcd whether it is well.
func (a *authority) tlsConfig() (*tls.Config, error) {
	server, err := tls.LoadX509KeyPair(a.file("server.crt"), a.file("server.key"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(a.ca.cert)
	return &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{server}, MinVersion: tls.VersionTLS13}, nil
}

// issue signs the template: by the authority or, for the authority's own certificate, by itself.
func (a *authority) issue(template *x509.Certificate, life time.Duration) (pair, error) {
	newSigner := func() (crypto.Signer, error) { return newKey() }
	if template.IsCA {
		newSigner = newAuthorityKey
	}
	key, err := newSigner()
	if err != nil {
		return pair{}, err
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)); err != nil {
		return pair{}, err
	}
	now := a.clock.Now()
	template.NotBefore, template.NotAfter = now.Add(-backdate).UTC(), now.Add(life).UTC()
	parent, signer := template, key
	if !template.IsCA {
		parent, signer = a.ca.cert, a.ca.key
		if template.NotAfter.After(parent.NotAfter) {
			template.NotAfter = parent.NotAfter
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return pair{}, err
	}
	keyPEM, err := encodeKey(key)
	if err != nil {
		return pair{}, err
	}
	return decodePair(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), keyPEM)
}

// load reads a pair; one that is about to expire counts as absent.
func (a *authority) load(name string) (pair, error) {
	certPEM, err := os.ReadFile(a.file(name + ".crt"))
	if err != nil {
		return pair{}, err
	}
	keyPEM, err := os.ReadFile(a.file(name + ".key"))
	if err != nil {
		return pair{}, err
	}
	p, err := decodePair(certPEM, keyPEM)
	if err != nil {
		return pair{}, err
	}
	if now := a.clock.Now(); now.Add(renewBefore).After(p.cert.NotAfter) || now.Before(p.cert.NotBefore) {
		return pair{}, fmt.Errorf("certificate %s is not valid for long enough", name)
	}
	return p, nil
}

func (a *authority) save(name string, p pair) error {
	if err := writeFile(a.file(name+".key"), p.keyPEM); err != nil {
		return err
	}
	return writeFile(a.file(name+".crt"), p.certPEM)
}

func (a *authority) file(name string) string { return filepath.Join(a.dir, name) }

func newKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

// newTokenKey is a key for service-account tokens, in the form in which the API server finds the public key in it.
func newTokenKey() ([]byte, error) {
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), nil
}

// newAuthorityKey is an RSA key: the API server checks the authority's signature with every request, and of RSA's that
// takes the least.
func newAuthorityKey() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, 2048) }

func encodeKey(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

func decodePair(certPEM, keyPEM []byte) (pair, error) {
	both, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return pair{}, err
	}
	signer, ok := both.PrivateKey.(crypto.Signer)
	if !ok {
		return pair{}, fmt.Errorf("a %T cannot sign", both.PrivateKey)
	}
	return pair{cert: both.Leaf, key: signer, certPEM: certPEM, keyPEM: keyPEM}, nil
}

// writeFile puts a file in place whole, readable by its owner only.
func writeFile(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
