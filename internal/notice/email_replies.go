package notice

import (
	"errors"
	"net"
	"sync/atomic"
)

// mostReply is how many bytes a mail server may send, certificates included, before it is spoken to again. What it says is
// read into memory line by line, and a line has no end of its own.
const mostReply = 256 << 10

var errLongReply = errors.New("the server's answer does not end")

// replies is a connection to a server that may answer, but not without end.
type replies struct {
	net.Conn
	left atomic.Int64
}

func shortReplies(c net.Conn) *replies {
	r := &replies{Conn: c}
	r.left.Store(mostReply)
	return r
}

// Read implements net.Conn.
func (r *replies) Read(p []byte) (int, error) {
	left := r.left.Load()
	if left <= 0 {
		return 0, errLongReply
	}
	n, err := r.Conn.Read(p[:min(int64(len(p)), left)])
	r.left.Add(int64(-n))
	return n, err
}

// Write implements net.Conn: the server is spoken to, and may answer again.
func (r *replies) Write(p []byte) (int, error) {
	r.left.Store(mostReply)
	return r.Conn.Write(p)
}
