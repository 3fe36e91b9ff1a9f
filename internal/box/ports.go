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

// ports are the two the box listens on. This process holds them for the whole life of the box, bound but not
// listening, and the servers share them (SO_REUSEPORT, possible for the same user only): so nobody can take one between
// its choice and its use, or while its server is stopped for a test.
type ports struct {
	apiServer, etcd port
}

type port struct {
	number int
	socket int
}

// portNumbers is what is kept for the next start.
type portNumbers struct {
	APIServer int `json:"apiServer"`
	Etcd      int `json:"etcd"`
}

// reservePorts takes the ports noted in file where they are still free, others where not, and notes them.
func reservePorts(file string) (*ports, error) {
	var earlier portNumbers
	if content, err := os.ReadFile(file); err == nil {
		_ = json.Unmarshal(content, &earlier) // what cannot be read is chosen anew
	}
	p := &ports{}
	var err error
	if p.apiServer, err = reserve(earlier.APIServer); err != nil {
		return nil, err
	}
	if p.etcd, err = reserve(earlier.Etcd); err != nil {
		return nil, errors.Join(err, p.apiServer.release())
	}
	content, err := json.Marshal(portNumbers{APIServer: p.apiServer.number, Etcd: p.etcd.number})
	if err == nil {
		err = writeFile(file, content)
	}
	if err != nil {
		return nil, errors.Join(err, p.release())
	}
	return p, nil
}

func (p *ports) url() string     { return fmt.Sprintf("https://127.0.0.1:%d", p.apiServer.number) }
func (p *ports) etcdURL() string { return fmt.Sprintf("https://127.0.0.1:%d", p.etcd.number) }
func (p *ports) release() error  { return errors.Join(p.apiServer.release(), p.etcd.release()) }

// reserve holds the wanted port, or one that the kernel chooses when it is taken or none is wanted.
func reserve(wanted int) (port, error) {
	if wanted > 0 && !free(wanted) {
		wanted = 0
	}
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return port{}, fmt.Errorf("reserve a port: %w", err)
	}
	unix.CloseOnExec(socket)
	number, err := bind(socket, wanted)
	if err != nil {
		return port{}, errors.Join(fmt.Errorf("reserve a port: %w", err), unix.Close(socket))
	}
	return port{number: number, socket: socket}, nil
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

func (p port) release() error { return unix.Close(p.socket) }
