package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// open opens a file, or standard input (-), to be read until ctx is over: a pipe on which nothing comes and a device without
// end hold nobody up. What can be read again from its beginning is an io.Seeker.
func (a *app) open(ctx context.Context, name string) (io.ReadCloser, error) {
	if name == "-" {
		if a.inTaken {
			return nil, errors.New("standard input (-) can be read only once; write one of the two into a file")
		}
		a.inTaken = true
		return io.NopCloser(&stoppable{ctx: ctx, in: a.In}), nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, notThere(name, err)
	}
	if info.IsDir() {
		return nil, fmt.Errorf("%s is a folder; name a file in it", printable(name))
	}
	file, err := await(ctx, func() (*os.File, error) { return os.Open(name) }) // of a pipe, this waits for the other end
	if err != nil {
		return nil, notThere(name, err)
	}
	in := &stoppable{ctx: ctx, in: file}
	if info.Mode().IsRegular() {
		return seekable{in, file, file}, nil
	}
	return readCloser{in, file}, nil
}

// readCloser is a stream, seekable a file, that can be read again.
type (
	readCloser struct {
		io.Reader
		io.Closer
	}
	seekable struct {
		io.Reader
		io.Seeker
		io.Closer
	}
)

// stoppable is a stream that is read until ctx is over.
type stoppable struct {
	ctx    context.Context
	in     io.Reader
	buffer []byte
}

// Read reads on, unless stopped. A read that is under way then is left to itself, with the buffer it fills.
func (s *stoppable) Read(p []byte) (int, error) {
	if len(s.buffer) < len(p) {
		s.buffer = make([]byte, len(p))
	}
	buffer := s.buffer[:len(p)]
	n, err := await(s.ctx, func() (int, error) { return s.in.Read(buffer) })
	return copy(p, buffer[:n]), err
}

// await does what may take for ever, until ctx is over.
func await[T any](ctx context.Context, work func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	ended := make(chan result, 1)
	go func() {
		value, err := work()
		ended <- result{value, err}
	}()
	select {
	case r := <-ended:
		return r.value, r.err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// readText reads a file of at most so many bytes; tooLong says what a longer one is and what to do.
func (a *app) readText(ctx context.Context, name string, most int64, tooLong string) ([]byte, error) {
	in, err := a.open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, most+1))
	if err != nil {
		return nil, notThere(name, err)
	}
	if int64(len(text)) > most {
		return nil, fmt.Errorf("%s: %s", printable(name), tooLong)
	}
	return text, nil
}

// notThere says why a file cannot be read.
func notThere(name string, err error) error {
	var failed *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no file or folder %s", printable(name))
	case errors.As(err, &failed): // which names the file as well
		err = failed.Err
	}
	return fmt.Errorf("%s cannot be read: %w", printable(name), err)
}
