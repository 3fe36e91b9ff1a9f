package receivers

import (
	"context"
	"fmt"
	"net"
	"sync"
)

// Fault is what a receiver does wrong with a message.
type Fault struct {
	// Reply answers with this code instead of taking the message: an SMTP code at the recipient, or an HTTP status.
	Reply int
	// ReplyAfterData answers with this SMTP code after the message was read, and does not take it.
	ReplyAfterData int
	// DropBefore closes the connection before the message is read.
	DropBefore bool
	// DropAfter takes the message, then closes the connection instead of answering.
	DropAfter bool
	// Hang takes the message and never answers.
	Hang bool
	// Location is sent along with a Reply that redirects.
	Location string
}

// Faults says what goes wrong, message by message.
type Faults struct {
	mu     sync.Mutex
	next   []Fault
	always *Fault
}

// Next makes the next messages go wrong, one after the other; after that all is well.
func (f *Faults) Next(faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next = append(f.next, faults...)
}

// Always makes every message go wrong that Next says nothing about; nil: none.
func (f *Faults) Always(fault *Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.always = fault
}

func (f *Faults) pop() Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case len(f.next) > 0:
		fault := f.next[0]
		f.next = f.next[1:]
		return fault
	case f.always != nil:
		return *f.always
	}
	return Fault{}
}

// listen opens a port on the loopback address and nowhere else.
func listen(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", addr, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("address %q: receivers listen on the loopback address only; write 127.0.0.1:port", addr)
	}
	return new(net.ListenConfig).Listen(context.Background(), "tcp", addr)
}
