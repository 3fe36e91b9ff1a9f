package notice

import (
	"context"
	"crypto/tls"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
	"k8s.io/utils/clock"

	"tocsin.dev/tocsin/api/v1alpha1"
)

const (
	// maxIdle is how many connections are kept open for a channel.
	maxIdle = 16
	// idleTime is how long a connection is kept open without use; servers close theirs after minutes.
	idleTime = 30 * time.Second
)

// pool keeps connections that are open and not in use.
type pool struct {
	mu   sync.Mutex
	idle map[channelKey][]*smtpConn
	// clock is the machine's: how long a connection idles has nothing to do with the time of the cases.
	clock clock.WithDelayedExecution
}

// channelKey tells connections of one channel with one content from all others.
type channelKey struct {
	namespace, name, uid string
	generation           int64
	credentials          string
}

func keyOf(ch *v1alpha1.NoticeChannel, c Credentials) channelKey {
	return channelKey{ch.Namespace, ch.Name, string(ch.UID), ch.Generation, c.Version}
}

func newPool() *pool { return &pool{idle: map[channelKey][]*smtpConn{}, clock: clock.RealClock{}} }

// take returns a kept connection, the youngest first, or opens one.
func (p *pool) take(ctx context.Context, ch *v1alpha1.NoticeChannel, c Credentials) (*smtpConn, error) {
	key := keyOf(ch, c)
	for {
		conn := p.pop(key)
		if conn == nil {
			return dial(ctx, key, ch.Spec.Email, c.Data, Timeout(&ch.Spec))
		}
		if conn.closer.Stop() { // else the timer is closing it just now
			conn.used = true
			return conn, nil
		}
	}
}

func (p *pool) pop(key channelKey) *smtpConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	conns := p.idle[key]
	if len(conns) == 0 {
		return nil
	}
	conn := conns[len(conns)-1]
	p.idle[key] = conns[:len(conns)-1]
	return conn
}

func (p *pool) give(conn *smtpConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle[conn.key]) >= maxIdle {
		go conn.close()
		return
	}
	p.idle[conn.key] = append(p.idle[conn.key], conn)
	conn.closer = p.clock.AfterFunc(idleTime, func() { p.drop(conn) })
}

func (p *pool) drop(conn *smtpConn) {
	p.mu.Lock()
	conns := p.idle[conn.key]
	for i := range conns {
		if conns[i] == conn {
			p.idle[conn.key] = append(conns[:i:i], conns[i+1:]...)
			break
		}
	}
	if len(p.idle[conn.key]) == 0 {
		delete(p.idle, conn.key)
	}
	p.mu.Unlock()
	conn.close()
}

func (p *pool) forget(namespace, name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, conns := range p.idle {
		if key.namespace != namespace || key.name != name {
			continue
		}
		for _, conn := range conns {
			if conn.closer.Stop() {
				go conn.close()
			}
		}
		delete(p.idle, key)
	}
}

// smtpConn is one authenticated session.
type smtpConn struct {
	key     channelKey
	client  *mail.Client
	session *smtp.Client
	raw     net.Conn
	closer  clock.Timer
	// used is whether a message went over it before.
	used bool
	// answered is whether the server refused the last message in words of its own, not by closing.
	answered bool
}

// setupError is a fault in the channel or its Secret.
type setupError struct{ error }

// dial opens a session. Each has a mail.Client of its own, because dialling writes to it.
func dial(ctx context.Context, key channelKey, spec *v1alpha1.EmailChannel, secret map[string][]byte, timeout time.Duration) (*smtpConn, error) {
	cfg, err := transportTLS(spec.Host, secret[KeyCA])
	if err != nil {
		return nil, &setupError{err}
	}
	conn := &smtpConn{key: key}
	options := []mail.Option{
		mail.WithTimeout(timeout),
		mail.WithPort(int(spec.Port)),
		mail.WithTLSConfig(cfg),
		mail.WithoutRset(),
		mail.WithDialContextFunc(conn.dialer(spec, cfg)),
	}
	if spec.TLS == v1alpha1.TLSStart || spec.TLS == "" {
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	} else {
		options = append(options, mail.WithTLSPolicy(mail.NoTLS)) // Implicit: the dialler has done it
	}
	if len(secret[KeyUsername]) > 0 {
		options = append(options,
			mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlain, mail.SMTPAuthLogin),
			mail.WithUsername(string(secret[KeyUsername])), mail.WithPassword(string(secret[KeyPassword])))
	}
	if conn.client, err = mail.NewClient(spec.Host, options...); err != nil {
		return nil, &setupError{err}
	}
	if conn.session, err = conn.client.DialToSMTPClientWithContext(ctx); err != nil {
		if conn.raw != nil {
			_ = conn.raw.Close()
		}
		return nil, err
	}
	return conn, nil
}

// dialer connects, with TLS at once if asked for, and remembers the connection so that it can be broken off.
func (c *smtpConn) dialer(spec *v1alpha1.EmailChannel, cfg *tls.Config) mail.DialContextFunc {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		conn, err := d.DialContext(ctx, network, net.JoinHostPort(spec.Host, strconv.Itoa(int(spec.Port))))
		if err != nil {
			return nil, err
		}
		c.raw = shortReplies(conn)
		if spec.TLS != v1alpha1.TLSImplicit {
			return c.raw, nil
		}
		secure := tls.Client(c.raw, cfg)
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = c.raw.Close()
			c.raw = nil
			return nil, err
		}
		c.raw = secure
		return c.raw, nil
	}
}

// breakOff makes every read and write fail as soon as ctx ends, until the returned function is called.
func (c *smtpConn) breakOff(ctx context.Context) (release func()) {
	stop := context.AfterFunc(ctx, func() { _ = c.raw.Close() })
	return func() { stop() }
}

// close says goodbye where the connection still works; a server that does not answer is left after a second.
func (c *smtpConn) close() {
	_ = c.session.UpdateDeadline(time.Second)
	_ = c.client.CloseWithSMTPClient(c.session)
	_ = c.raw.Close()
}
