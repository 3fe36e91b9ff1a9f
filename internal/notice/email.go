package notice

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"regexp"
	"strings"

	"github.com/wneessen/go-mail"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Email sends mail over SMTP and keeps a few connections open for each channel.
type Email struct {
	pool *pool
}

// NewEmail returns a sender without open connections.
func NewEmail() *Email { return &Email{pool: newPool()} }

// Forget closes the connections of a channel.
func (e *Email) Forget(namespace, name string) { e.pool.forget(namespace, name) }

// Send delivers one mail to one address. A connection that was kept open and turns out to be closed is replaced once,
// which is safe: the server had not been given the message.
func (e *Email) Send(ctx context.Context, ch *v1alpha1.NoticeChannel, c Credentials, m Message) Result {
	ctx, cancel := context.WithTimeout(ctx, Timeout(&ch.Spec))
	defer cancel()
	msg, err := compose(ch.Spec.Email.From, m)
	if err != nil {
		return Result{Fate: Refused, Problem: err.Error()}
	}
	for {
		conn, err := e.pool.take(ctx, ch, c)
		if err != nil {
			return connectFailed(err)
		}
		r := conn.deliver(ctx, msg)
		if r.Fate == Delivered {
			e.pool.give(conn)
			return r
		}
		conn.close()
		if stale := conn.used && !conn.answered && r.Fate == NotSent; !stale || ctx.Err() != nil {
			return r
		}
	}
}

// connectFailed judges a failure before a connection was ready: nothing was sent.
func connectFailed(err error) Result {
	code := smtpCode(err)
	switch {
	case code >= 500 && code < 600:
		// A wrong password is put right by people: the notice waits its turn instead of being lost.
		return Result{Fate: NotSent, Receipt: fmt.Sprintf("SMTP %d", code),
			Problem: fmt.Sprintf("the server refused the session with code %d; check username and password in the channel's Secret", code)}
	case code != 0:
		return Result{Fate: NotSent, Receipt: fmt.Sprintf("SMTP %d", code), Problem: fmt.Sprintf("the server put the session off with code %d", code)}
	}
	var setup *setupError
	if errors.As(err, &setup) {
		return Result{Fate: NotSent, Problem: setup.Error()}
	}
	if words := inWords(err); words != connectionFailed {
		return Result{Fate: NotSent, Problem: words}
	}
	return Result{Fate: NotSent, Problem: "no session with the server: " + line(err.Error(), 300)} // no recipient was named yet
}

// smtpCode is the code in an answer of the server; 0 when err is something else.
func smtpCode(err error) int {
	var answer *textproto.Error
	if errors.As(err, &answer) {
		return answer.Code
	}
	return 0
}

// deliver hands one message over and judges by the stage at which it failed.
func (c *smtpConn) deliver(ctx context.Context, msg *mail.Msg) Result {
	release := c.breakOff(ctx)
	err := c.client.SendWithSMTPClient(c.session, msg)
	release()
	if err == nil || msg.IsDelivered() {
		return Result{Fate: Delivered, Receipt: strings.TrimSpace("SMTP 250 " + queueID(msg.ServerResponse()))}
	}
	var failed *mail.SendError
	if !errors.As(err, &failed) {
		return Result{Fate: Unknown, Problem: inWords(err)}
	}
	code := failed.ErrorCode()
	c.answered = code != 0 && code != 421
	receipt := strings.TrimSpace(fmt.Sprintf("SMTP %d %s", code, failed.EnhancedStatusCode()))
	if code == 0 {
		receipt = ""
	}
	switch failed.Reason {
	case mail.ErrSMTPMailFrom, mail.ErrSMTPRcptTo, mail.ErrSMTPData, mail.ErrSMTPDataClose:
		if code >= 500 {
			return Result{Fate: Refused, Receipt: receipt, Problem: fmt.Sprintf("the server refused %s with code %d", stage(failed.Reason), code)}
		}
		if code >= 400 {
			return Result{Fate: NotSent, Receipt: receipt, Problem: fmt.Sprintf("the server put %s off with code %d", stage(failed.Reason), code)}
		}
		if failed.Reason == mail.ErrSMTPDataClose {
			return Result{Fate: Unknown, Problem: "the connection ended after the message was handed over and before the server answered"}
		}
		return Result{Fate: NotSent, Problem: "the connection ended before the message was handed over"}
	case mail.ErrConnCheck:
		return Result{Fate: NotSent, Problem: "the connection was closed by the server"}
	case mail.ErrWriteContent:
		// Without the final dot no server should keep the mail; none is trusted to.
		return Result{Fate: Unknown, Problem: "the connection ended while the message was handed over"}
	case mail.ErrGetSender, mail.ErrGetRcpts, mail.ErrNoUnencoded:
		return Result{Fate: Refused, Problem: "the message could not be put together: " + failed.Reason.String()}
	}
	return Result{Fate: Unknown, Problem: "the mail failed at an unknown stage"}
}

func stage(r mail.SendErrReason) string {
	switch r {
	case mail.ErrSMTPMailFrom:
		return "the sender"
	case mail.ErrSMTPRcptTo:
		return "the recipient"
	}
	return "the message"
}

var queued = regexp.MustCompile(`(?i)\b(?:queued as|queue id|id)\b[ =:]*([A-Za-z0-9._-]{4,64})`)

// queueID finds the server's id of the message in its answer. Nothing else of the answer is kept: it may repeat addresses.
func queueID(answer string) string {
	if m := queued.FindStringSubmatch(answer); m != nil {
		return m[1]
	}
	return ""
}
