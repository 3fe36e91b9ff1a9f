// Package receivers holds a real SMTP server and a real webhook receiver for loopback use. They write down what they
// got and fail on demand. Tests, the demo and `make run` send to them.
package receivers

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"
)

// Received is one message that was taken.
type Received struct {
	// Key is the idempotency key: the Notice's UID, from the Message-ID of a mail.
	Key string `json:"key"`
	// MessageID is the whole Message-ID of a mail.
	MessageID string `json:"messageID,omitempty"`
	// To are the addresses of a mail's envelope, or the path of the URL.
	To []string `json:"to"`
	// Subject is the subject, decoded.
	Subject string `json:"subject"`
	// Mode is Live or Drill, as the message says.
	Mode string `json:"mode,omitempty"`
	// Size is the size of the body in bytes.
	Size int `json:"size"`
	// Header holds the header fields, mail or HTTP.
	Header map[string][]string `json:"header,omitempty"`
	// Body is the plain text of a mail, or the JSON. Not written to the sink.
	Body string `json:"-"`
	// At is when it was taken.
	At time.Time `json:"at"`
}

// Counts is a summary of the books.
type Counts struct {
	// Accepted is how many messages were taken, Keys how many different ones.
	Accepted, Keys int
	// Duplicates is Accepted less Keys.
	Duplicates int
	// Refused is how many were turned away: by a fault, a wrong signature, a missing login.
	Refused int
}

// Books are what a receiver got. The zero value is ready and safe for concurrent use.
type Books struct {
	mu       sync.Mutex
	received []Received
	byKey    map[string]int
	refused  int
	sink     io.Writer
	sinkErr  error
}

// Books returns the receiver's books.
func (b *Books) Books() *Books { return b }

// All returns a copy of what was taken, in order.
func (b *Books) All() []Received {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.received)
}

// Counts returns the summary.
func (b *Books) Counts() Counts {
	b.mu.Lock()
	defer b.mu.Unlock()
	return Counts{Accepted: len(b.received), Keys: len(b.byKey), Duplicates: len(b.received) - len(b.byKey), Refused: b.refused}
}

// Duplicates returns how many times more than once each key was taken, only those that were.
func (b *Books) Duplicates() map[string]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	more := maps.Clone(b.byKey)
	for key, n := range more {
		if more[key] = n - 1; n < 2 {
			delete(more, key)
		}
	}
	return more
}

// SinkError returns the first error of writing to the sink.
func (b *Books) SinkError() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sinkErr
}

func (b *Books) take(r Received) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.byKey == nil {
		b.byKey = map[string]int{}
	}
	b.received = append(b.received, r)
	b.byKey[r.Key]++
	if b.sink == nil || b.sinkErr != nil {
		return
	}
	if err := json.NewEncoder(b.sink).Encode(r); err != nil {
		b.sinkErr = fmt.Errorf("write what was received: %w", err)
	}
}

func (b *Books) refuse() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refused++
}
