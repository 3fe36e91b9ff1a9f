package receivers

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"k8s.io/utils/clock"
)

// SMTPOptions says what kind of server to start. The zero value takes mail from everybody without TLS.
type SMTPOptions struct {
	// TLS is the server's certificate; nil: no TLS.
	TLS *tls.Config
	// Implicit speaks TLS from the first byte on; else STARTTLS is offered.
	Implicit bool
	// Username and Password are asked for when set.
	Username, Password string
	// Clock says when a message was taken. Nil: the wall clock.
	Clock clock.PassiveClock
	// Sink gets a line of JSON a message. Nil: none.
	Sink io.Writer
}

// SMTP is a running mail server.
type SMTP struct {
	Books
	Faults
	// Addr is where it listens, as host:port.
	Addr    string
	options SMTPOptions
	server  *smtp.Server
	done    chan struct{}
	stop    func() error
}

// StartSMTP starts a mail server at addr, e.g. 127.0.0.1:0.
func StartSMTP(addr string, o SMTPOptions) (*SMTP, error) {
	if o.Clock == nil {
		o.Clock = clock.RealClock{}
	}
	l, err := listen(addr)
	if err != nil {
		return nil, err
	}
	s := &SMTP{Addr: l.Addr().String(), options: o}
	s.sink = o.Sink
	s.done = make(chan struct{})
	s.stop = sync.OnceValue(func() error {
		close(s.done)
		err := s.server.Close()
		_ = l.Close() // if the server did not know it yet
		return err
	})
	s.server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{server: s, conn: c.Conn(), authenticated: o.Username == ""}, nil
	}))
	s.server.Domain = "localhost"
	s.server.MaxMessageBytes = 1 << 20
	s.server.TLSConfig = o.TLS
	s.server.ErrorLog = log.New(io.Discard, "", 0)
	s.server.EnableSMTPUTF8 = true
	if o.Implicit {
		l = tls.NewListener(l, o.TLS)
	}
	go func() { _ = s.server.Serve(l) }()
	return s, nil
}

// Close stops the server and ends its connections. It may be called more than once.
func (s *SMTP) Close() error { return s.stop() }

// Host and Port are the two parts of the address.
func (s *SMTP) Host() string { host, _, _ := net.SplitHostPort(s.Addr); return host }

// Port is the port it listens on.
func (s *SMTP) Port() int32 { return portOf(s.Addr) }

// session is one connection.
type session struct {
	server        *SMTP
	conn          net.Conn
	authenticated bool
	to            []string
	fault         Fault
}

func (s *session) Reset()        { s.to = nil }
func (s *session) Logout() error { return nil }

func (s *session) AuthMechanisms() []string {
	if s.server.options.Username == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != s.server.options.Username || password != s.server.options.Password {
			s.server.refuse()
			return smtp.ErrAuthFailed
		}
		s.authenticated = true
		return nil
	}), nil
}

func (s *session) Mail(string, *smtp.MailOptions) error {
	if !s.authenticated {
		s.server.refuse()
		return smtp.ErrAuthRequired
	}
	s.fault = s.server.pop()
	if s.fault.DropBefore {
		_ = s.conn.Close()
	}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.fault.Reply != 0 {
		s.server.refuse()
		return reply(s.fault.Reply)
	}
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.fault.ReplyAfterData != 0 {
		s.server.refuse()
		return reply(s.fault.ReplyAfterData)
	}
	got, err := parseMail(raw)
	if err != nil {
		s.server.refuse()
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "The message cannot be read"}
	}
	got.To = s.to
	got.At = s.server.options.Clock.Now()
	s.server.take(got)
	if s.fault.DropAfter {
		_ = s.conn.Close()
	}
	if s.fault.Hang {
		<-s.server.done
	}
	return nil
}

func reply(code int) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 3, 0}, Message: "As the test asked"}
}

// parseMail reads a message the way a mail program would.
func parseMail(raw []byte) (Received, error) {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Received{}, err
	}
	id := strings.Trim(m.Header.Get("Message-ID"), "<>")
	key, _, ok := strings.Cut(id, "@")
	if !ok {
		return Received{}, errors.New("the message has no Message-ID")
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return Received{}, err
	}
	body, err := plainText(m)
	if err != nil {
		return Received{}, err
	}
	return Received{Key: key, MessageID: id, Subject: subject, Mode: m.Header.Get("X-Tocsin-Mode"), Size: len(body), Header: m.Header, Body: body}, nil
}

func plainText(m *mail.Message) (string, error) {
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(kind, "multipart/") {
		return decode(m.Body, m.Header.Get("Content-Transfer-Encoding"))
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err != nil {
			return "", fmt.Errorf("no plain text in the message: %w", err)
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/plain") {
			return decode(part, part.Header.Get("Content-Transfer-Encoding"))
		}
	}
}

func decode(r io.Reader, encoding string) (string, error) {
	if strings.EqualFold(encoding, "quoted-printable") {
		r = quotedprintable.NewReader(r)
	}
	text, err := io.ReadAll(r)
	return strings.ReplaceAll(string(text), "\r\n", "\n"), err
}
