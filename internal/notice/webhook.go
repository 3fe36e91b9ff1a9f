package notice

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// maxAnswer is how much of a receiver's answer is read, so that the connection can be used again, and thrown away.
const maxAnswer = 16 << 10

// Webhook posts notices as JSON, signed as the Standard Webhooks specification says.
type Webhook struct {
	mu      sync.Mutex
	clients map[channelKey]*http.Client
}

// NewWebhook returns a sender without open connections.
func NewWebhook() *Webhook { return &Webhook{clients: map[channelKey]*http.Client{}} }

// Payload is the JSON that is posted.
type Payload struct {
	// ID is the Notice's UID, the same for every attempt.
	ID string `json:"id"`
	// Type is the name of the template after "tocsin.notice.".
	Type string `json:"type"`
	// Record is the record's kind and name, with a slash between.
	Record string `json:"record"`
	// Level is the record's level.
	Level string `json:"level,omitempty"`
	// Subject and Body are the text.
	Subject string `json:"subject"`
	Body    string `json:"body"`
	// Mode is Live or Drill.
	Mode string `json:"mode"`
	// DueAt is the deadline the notice speaks of, RFC 3339.
	DueAt string `json:"dueAt,omitempty"`
}

// Send posts one notice. Redirects are not followed: the text goes to the address that was reviewed and to no other.
func (w *Webhook) Send(ctx context.Context, ch *v1alpha1.NoticeChannel, c Credentials, m Message) Result {
	ctx, cancel := context.WithTimeout(ctx, Timeout(&ch.Spec))
	defer cancel()
	client, err := w.client(ch, c)
	if err != nil {
		return Result{Fate: NotSent, Problem: err.Error()}
	}
	var handedOver atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { handedOver.Store(true) },
	})
	req, err := request(ctx, c.Data[KeySigningKey], m)
	if err != nil {
		return Result{Fate: Refused, Problem: err.Error()}
	}
	resp, err := client.Do(req)
	if err != nil {
		return broken(err, handedOver.Load())
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer)
	return judge(resp)
}

// broken judges an attempt without an answer: once there was a connection, the request may have been read.
func broken(err error, handedOver bool) Result {
	if u, ok := err.(*url.Error); ok { //nolint:errorlint // the outermost error repeats the address
		err = u.Err
	}
	if handedOver {
		return Result{Fate: Unknown, Problem: inWords(err)}
	}
	return Result{Fate: NotSent, Problem: inWords(err)}
}

// judge reads the status. 504 means that somebody in between passed the request on and heard nothing.
func judge(resp *http.Response) Result {
	code := resp.StatusCode
	r := Result{Receipt: strings.TrimSpace("HTTP " + strconv.Itoa(code) + " " + requestID(resp.Header))}
	switch {
	case code >= 200 && code < 300:
		r.Fate = Delivered
	case code == http.StatusGatewayTimeout:
		r.Fate, r.Problem = Unknown, "a gateway answered 504: the receiver may or may not have taken it"
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests, code >= 500:
		r.Fate, r.Problem = NotSent, fmt.Sprintf("the receiver answered %d", code)
	case code >= 300 && code < 400:
		r.Fate, r.Problem = Refused, fmt.Sprintf("the receiver answered %d, a redirect, which is not followed; put the final address into the channel or contact", code)
	default:
		r.Fate, r.Problem = Refused, fmt.Sprintf("the receiver refused it with %d", code)
	}
	return r
}

var plainID = regexp.MustCompile(`^[A-Za-z0-9._:-]{4,80}$`)

// requestID is the receiver's id of the request, where it gives one in a common header.
func requestID(h http.Header) string {
	for _, name := range []string{"X-Request-Id", "X-Correlation-Id"} {
		if id := h.Get(name); plainID.MatchString(id) {
			return id
		}
	}
	return ""
}

func request(ctx context.Context, key []byte, m Message) (*http.Request, error) {
	payload := Payload{ID: m.Key, Type: "tocsin.notice." + m.Type, Record: m.Record, Level: m.Level,
		Subject: line(m.Subject, MaxSubject), Body: m.Body, Mode: string(m.Mode)}
	if !m.DueAt.IsZero() {
		payload.DueAt = m.DueAt.UTC().Format(time.RFC3339)
	}
	body, err := json.Marshal(payload)
	if err != nil {
		return nil, fmt.Errorf("the message could not be put together: %w", err)
	}
	signer, err := standardwebhooks.NewWebhook(string(key))
	if err != nil {
		return nil, fmt.Errorf("key %s of the channel's Secret is not base64", KeySigningKey)
	}
	signature, err := signer.Sign(m.Key, m.At, body)
	if err != nil {
		return nil, fmt.Errorf("the message could not be signed: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.To, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("the recipient's address is not a URL")
	}
	// A request with an idempotency key and a body that can be had again is sent again by net/http itself when a kept
	// connection breaks. That would be a duplicate nobody counts.
	req.GetBody = nil
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "tocsin")
	req.Header.Set("Idempotency-Key", m.Key)
	req.Header.Set(standardwebhooks.HeaderWebhookID, m.Key)
	req.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(m.At.Unix(), 10))
	req.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	return req, nil
}

// client returns the channel's HTTP client; it keeps connections as long as channel and Secret stay what they are.
func (w *Webhook) client(ch *v1alpha1.NoticeChannel, c Credentials) (*http.Client, error) {
	key := keyOf(ch, c)
	w.mu.Lock()
	defer w.mu.Unlock()
	if client, ok := w.clients[key]; ok {
		return client, nil
	}
	cfg, err := transportTLS("", c.Data[KeyCA])
	if err != nil {
		return nil, err
	}
	w.forget(ch.Namespace, ch.Name)
	client := &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, TLSClientConfig: cfg, DisableCompression: true,
			MaxIdleConnsPerHost: maxIdle, IdleConnTimeout: idleTime, MaxResponseHeaderBytes: maxAnswer,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	w.clients[key] = client
	return client, nil
}

// Forget closes the connections of a channel.
func (w *Webhook) Forget(namespace, name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forget(namespace, name)
}

func (w *Webhook) forget(namespace, name string) {
	for key, client := range w.clients {
		if key.namespace == namespace && key.name == name {
			client.CloseIdleConnections()
			delete(w.clients, key)
		}
	}
}
