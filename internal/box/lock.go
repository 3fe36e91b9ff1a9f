package box

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// ErrRunning says that a directory is another living box's.
var ErrRunning = errors.New("a box is running in it already")

// lockFile makes the file this process's own until it is closed or the process ends, however that happens.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = ErrRunning
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
