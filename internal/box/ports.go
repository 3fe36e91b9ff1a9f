package box

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// port is the one the box listens on. This process holds it for the whole life of the box, bound but not listening, and
// the API server shares it (SO_REUSEPORT, possible for the same user only): so nobody can take it between its choice and
// its use, or while the server is stopped for a test.
type port struct {
	number int
	socket int
}

// portNumber is what is kept for the next start.
type portNumber struct {
	APIServer int `json:"apiServer"`
}

// reservePort takes the port noted in file where it is still free, another one where not, and notes it.
func reservePort(file string) (*port, error) {
	var earlier portNumber
	if content, err := os.ReadFile(file); err == nil {
		_ = json.Unmarshal(content, &earlier) // what cannot be read is chosen anew
	}
	p, err := reserve(earlier.APIServer)
	if err != nil {
		return nil, err
	}
	content, err := json.Marshal(portNumber{APIServer: p.number})
	if err == nil {
		err = writeFile(file, content)
	}
	if err != nil {
		return nil, errors.Join(err, p.release())
	}
	return p, nil
}

func (p *port) url() string { return fmt.Sprintf("https://127.0.0.1:%d", p.number) }

// reserve holds the wanted port, or one that the kernel chooses when it is taken or none is wanted.
func reserve(wanted int) (*port, error) {
	if wanted > 0 && !free(wanted) {
		wanted = 0
	}
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return nil, fmt.Errorf("reserve a port: %w", err)
	}
	unix.CloseOnExec(socket)
	number, err := bind(socket, wanted)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reserve a port: %w", err), unix.Close(socket))
	}
	return &port{number: number, socket: socket}, nil
}

func bind(socket, wanted int) (int, error) {
	if err := unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1); err != nil {
		return 0, err
	}
	if err := unix.Bind(socket, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}, Port: wanted}); err != nil {
		return 0, err
	}
	name, err := unix.Getsockname(socket)
	if err != nil {
		return 0, err
	}
	address, ok := name.(*unix.SockaddrInet4)
	if !ok {
		return 0, fmt.Errorf("bound to a %T", name)
	}
	return address.Port, nil
}

// free tells whether anybody, another box included, has the port; sharing must not make two boxes one.
func free(number int) bool {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp4", fmt.Sprintf("127.0.0.1:%d", number))
	if err != nil {
		return false
	}
	return listener.Close() == nil
}

func (p *port) release() error { return unix.Close(p.socket) }
