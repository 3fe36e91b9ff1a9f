package notice

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Message is a notice that was filled in. It holds personal data: never log it.
type Message struct {
	// Key is the idempotency key, the same for every attempt: the Notice's UID.
	Key string
	// To is the e-mail address or URL.
	To string
	// Subject is one line.
	Subject string
	// Body is plain text with Markdown allowed, lines ending in \n.
	Body string
	// At is the time of the attempt.
	At time.Time
	// Type is the name of the template.
	Type string
	// Record is the record's kind and name, e.g. Complaint/hotline-4711.
	Record string
	// Level is the record's level; may be empty.
	Level string
	// Mode is Live or Drill.
	Mode v1alpha1.Mode
	// DueAt is the deadline the notice speaks of; may be zero.
	DueAt time.Time
}

// Credentials are the content of a channel's Secret.
type Credentials struct {
	// Version changes when the content does; senders keep connections for as long as it stays.
	Version string
	// Type is the type of the Secret; empty stands for Opaque.
	Type string
	// Data is the content.
	Data map[string][]byte
}

// Sender makes attempts over channels of one kind. It bounds an attempt by the channel's timeout, never tries twice once
// a message may have been handed over, and is safe for concurrent use.
type Sender interface {
	Send(ctx context.Context, ch *v1alpha1.NoticeChannel, c Credentials, m Message) Result
	// Forget closes what is kept for a channel that changed or is gone.
	Forget(namespace, name string)
}

// Senders has the sender of each kind of channel.
type Senders struct {
	Email   Sender
	Webhook Sender
}

// NewSenders returns senders for SMTP and signed webhooks.
func NewSenders() Senders { return Senders{Email: NewEmail(), Webhook: NewWebhook()} }

// Send makes an attempt with the sender of the channel's kind.
func (s Senders) Send(ctx context.Context, ch *v1alpha1.NoticeChannel, c Credentials, m Message) Result {
	if ch.Spec.Email != nil {
		return s.Email.Send(ctx, ch, c, m)
	}
	return s.Webhook.Send(ctx, ch, c, m)
}

// Forget closes what is kept for a channel that changed or is gone.
func (s Senders) Forget(namespace, name string) {
	s.Email.Forget(namespace, name)
	s.Webhook.Forget(namespace, name)
}

// transportTLS is the client side of TLS for a host, trusting ca in place of the system's roots where there is one.
func transportTLS(host string, ca []byte) (*tls.Config, error) {
	cfg := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if len(ca) > 0 {
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(ca) {
			return nil, errors.New("ca.crt holds no certificate in PEM")
		}
	}
	return cfg, nil
}

// inWords says what broke without the addresses that errors of the network carry.
func inWords(err error) string {
	var dns *net.DNSError
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var invalid x509.CertificateInvalidError
	var timeout net.Error
	switch {
	case errors.As(err, &authority):
		return "the server's certificate is signed by an authority that is not trusted; put it into ca.crt of the channel's Secret"
	case errors.As(err, &hostname):
		return "the server's certificate is for another host"
	case errors.As(err, &invalid):
		return "the server's certificate is not valid"
	case errors.As(err, &dns):
		return "the host name was not found"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "no answer within the channel's timeout"
	case errors.Is(err, context.Canceled):
		return "the attempt was broken off"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed):
		return "the connection broke"
	case strings.HasPrefix(err.Error(), "tls: "), errors.As(err, new(tls.RecordHeaderError)):
		return "the TLS handshake failed"
	}
	return connectionFailed
}

const connectionFailed = "the connection failed"
