package receivers

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"k8s.io/utils/clock"
)

// WebhookOptions says more about the receiver. The zero value is right for most tests.
type WebhookOptions struct {
	// Clock says when a message was taken. Nil: the wall clock.
	Clock clock.PassiveClock
	// Sink gets a line of JSON a message. Nil: none.
	Sink io.Writer
}

// Webhook is a running receiver.
type Webhook struct {
	Books
	Faults
	// Addr is where it listens, as host:port; URL is what to put into a channel.
	Addr, URL string
	verifier  *standardwebhooks.Webhook
	clock     clock.PassiveClock
	server    *http.Server
	done      chan struct{}
	stop      func() error
}

// StartWebhook starts a receiver at addr, e.g. 127.0.0.1:0, that takes what is signed with signingKey (whsec_…). The
// age of a signature is not judged, because senders may live in another time than the wall clock's.
func StartWebhook(addr, signingKey string, options ...WebhookOptions) (*Webhook, error) {
	verifier, err := standardwebhooks.NewWebhook(signingKey)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	l, err := listen(addr)
	if err != nil {
		return nil, err
	}
	w := &Webhook{Addr: l.Addr().String(), URL: "http://" + l.Addr().String() + "/notices", verifier: verifier, clock: clock.RealClock{}}
	for _, o := range options {
		w.sink = o.Sink
		if o.Clock != nil {
			w.clock = o.Clock
		}
	}
	w.done = make(chan struct{})
	w.stop = sync.OnceValue(func() error {
		close(w.done)
		err := w.server.Close()
		_ = l.Close() // if the server did not know it yet
		return err
	})
	w.server = &http.Server{Handler: w, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = w.server.Serve(l) }()
	return w, nil
}

// Close stops the receiver and ends its connections. It may be called more than once.
func (w *Webhook) Close() error { return w.stop() }

// ServeHTTP takes one notice.
func (w *Webhook) ServeHTTP(out http.ResponseWriter, req *http.Request) {
	fault := w.pop()
	if fault.DropBefore {
		hangUp(out)
		return
	}
	if fault.Reply != 0 {
		w.refuse()
		if fault.Location != "" {
			out.Header().Set("Location", fault.Location)
		}
		out.WriteHeader(fault.Reply)
		return
	}
	got, status := w.read(req)
	if status != http.StatusOK {
		w.refuse()
		out.WriteHeader(status)
		return
	}
	w.take(got)
	switch {
	case fault.DropAfter:
		hangUp(out)
		return
	case fault.Hang:
		<-w.done
		return
	}
	out.Header().Set("X-Request-Id", "req-"+strconv.Itoa(w.Counts().Accepted))
	out.WriteHeader(http.StatusAccepted)
}

func (w *Webhook) read(req *http.Request) (Received, int) {
	body, err := io.ReadAll(io.LimitReader(req.Body, 1<<20))
	if err != nil {
		return Received{}, http.StatusBadRequest
	}
	if err := w.verifier.VerifyIgnoringTimestamp(body, req.Header); err != nil {
		return Received{}, http.StatusUnauthorized
	}
	var payload struct{ ID, Subject, Body, Mode string }
	if err := json.Unmarshal(body, &payload); err != nil || payload.ID == "" || payload.ID != req.Header.Get("Idempotency-Key") {
		return Received{}, http.StatusBadRequest
	}
	return Received{Key: payload.ID, To: []string{req.URL.Path}, Subject: payload.Subject, Mode: payload.Mode,
		Size: len(payload.Body), Header: req.Header, Body: string(body), At: w.clock.Now()}, http.StatusOK
}

// hangUp closes the connection without an answer.
func hangUp(out http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(out).Hijack(); err == nil {
		_ = conn.Close()
	}
}

func portOf(addr string) int32 {
	_, port, _ := net.SplitHostPort(addr)
	n, _ := strconv.ParseInt(port, 10, 32)
	return int32(n)
}
