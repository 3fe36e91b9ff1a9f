package demo

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/internal/notice/receivers"
)

// identity is what the channels know the receivers by: addresses, keys and the certificate of the mail server.
type identity struct {
	MailAddr    string `json:"mailAddr"`
	HookAddr    string `json:"hookAddr"`
	Password    string `json:"password"`
	SigningKey  string `json:"signingKey"`
	Certificate []byte `json:"certificate"` // PEM
	Key         []byte `json:"key"`         // PEM
}

const anyPort = "127.0.0.1:0"

// startReceivers starts the receivers as they were known before, and says which Secrets the channels need.
func (s *Stage) startReceivers() ([]*corev1.Secret, error) {
	id, err := s.identity()
	if err != nil {
		return nil, err
	}
	cert, err := tls.X509KeyPair(id.Certificate, id.Key)
	if err != nil {
		return nil, fmt.Errorf("the mail server's certificate: %w", err)
	}
	mail := receivers.SMTPOptions{
		TLS: &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}, Username: "tocsin", Password: id.Password,
		Clock: s.o.Clock, Sink: s.o.MailSink,
	}
	if s.Mail, err = receivers.StartSMTP(id.MailAddr, mail); err != nil { // somebody else has the port now
		s.Mail, err = receivers.StartSMTP(anyPort, mail)
	}
	if err != nil {
		return nil, err
	}
	hook := receivers.WebhookOptions{Clock: s.o.Clock, Sink: s.o.HookSink}
	if s.Hook, err = receivers.StartWebhook(id.HookAddr, id.SigningKey, hook); err != nil {
		s.Hook, err = receivers.StartWebhook(anyPort, id.SigningKey, hook)
	}
	if err != nil {
		return nil, err
	}
	id.MailAddr, id.HookAddr = s.Mail.Addr, s.Hook.Addr
	if err := s.keep(id); err != nil {
		return nil, err
	}
	return []*corev1.Secret{
		{ObjectMeta: metav1.ObjectMeta{Name: "smtp-credentials"}, Data: map[string][]byte{
			"username": []byte("tocsin"), "password": []byte(id.Password), "ca.crt": id.Certificate,
		}},
		{ObjectMeta: metav1.ObjectMeta{Name: "pager-signing-key"}, Data: map[string][]byte{"signingKey": []byte(id.SigningKey)}},
	}, nil
}

// identity is the one that was kept, or a new one where there is none or its certificate ends soon.
func (s *Stage) identity() (identity, error) {
	var id identity
	if s.o.Kept != "" {
		// What cannot be read is made anew, as if it were the first time.
		if content, err := os.ReadFile(s.o.Kept); err == nil && json.Unmarshal(content, &id) == nil && s.usable(id) {
			return id, nil
		}
	}
	id = identity{MailAddr: anyPort, HookAddr: anyPort}
	var err error
	if id.Password, err = random(s.o.Entropy, 18); err != nil {
		return id, err
	}
	if id.SigningKey, err = random(s.o.Entropy, 24); err != nil {
		return id, err
	}
	id.SigningKey = "whsec_" + id.SigningKey
	id.Certificate, id.Key, err = s.certificate()
	return id, err
}

// usable is whether nothing is missing and the certificate is valid for some days yet.
func (s *Stage) usable(id identity) bool {
	pair, err := tls.X509KeyPair(id.Certificate, id.Key)
	if err != nil || id.Password == "" || id.SigningKey == "" || id.MailAddr == "" || id.HookAddr == "" {
		return false
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	return err == nil && leaf.NotAfter.After(s.o.Real.Now().AddDate(0, 0, 7))
}

// keep writes the identity down for the next start, readable by its owner only.
func (s *Stage) keep(id identity) error {
	if s.o.Kept == "" {
		return nil
	}
	content, err := json.Marshal(id)
	if err != nil {
		return err
	}
	fresh := s.o.Kept + ".new"
	if err := os.WriteFile(fresh, content, 0o600); err != nil {
		return err
	}
	return os.Rename(fresh, s.o.Kept)
}

func random(entropy io.Reader, n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(entropy, b); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(b), nil
}

// certificate makes a certificate for the mail server, in PEM; it is its own authority and serves this machine only.
func (s *Stage) certificate() (cert, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), s.o.Entropy)
	if err != nil {
		return nil, nil, err
	}
	now := s.o.Real.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Tocsin mail server of the box"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(5, 0, 0), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(s.o.Entropy, template, template, private.Public(), private)
	if err != nil {
		return nil, nil, err
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded}), nil
}
