package box

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

const (
	// stopGrace is how long a program may take to end by itself. Stop waits for two programs one after the other.
	stopGrace = 2 * time.Second
	// killGrace is how long the kernel may take to end a program: milliseconds, but more than a second on a machine that
	// has far too much to do, and giving up then would fail a test that is right.
	killGrace = 10 * time.Second
)

// lazyGC has the programs collect garbage less often than they would by themselves: a box lives shortly, and memory is
// cheaper than the third of the processor that the collector takes under load.
const lazyGC = "GOGC=400"

// softLimit ends the laziness where it would take the machine's memory: with three thousand cases in work the API server
// would otherwise grow to ten gigabytes.
const softLimit = "GOMEMLIMIT=4GiB"

// process is one program of the box: startable, stoppable, startable again.
type process struct {
	name string
	path string
	args []string
	dir  string
	log  string
	try  func(context.Context) error // succeeds once the program serves; nil where nobody waits for that

	mu   sync.Mutex
	run  *run
	runs int
}

// run is one life of a process.
type run struct {
	cmd   *exec.Cmd
	guard io.Closer     // see guarded
	told  bool          // to end
	ended chan struct{} // closed when it is over; err is set by then
	err   error
}

var errNotRunning = errors.New("not running")

// start starts the program. Its output goes to its log, which begins anew with the first start.
func (p *process) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.run != nil && !p.run.over() {
		return fmt.Errorf("%s is running already", p.name)
	}
	mode := os.O_CREATE | os.O_WRONLY | os.O_APPEND
	if p.runs == 0 {
		mode |= os.O_TRUNC
	}
	log, err := os.OpenFile(p.log, mode, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() // the child has its own copy
	// Not the context of the call that starts it: it lives until it is stopped.
	cmd := exec.CommandContext(context.Background(), p.path, p.args...)
	cmd.Env = append(os.Environ(), lazyGC, softLimit)
	cmd.Dir = p.dir
	cmd.Stdout, cmd.Stderr = log, log
	r := &run{cmd: cmd, ended: make(chan struct{})}
	if r.guard, err = startGuarded(cmd); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	p.run = r
	p.runs++
	go func() {
		r.err = cmd.Wait()
		if r.err == nil {
			r.err = errors.New("exit status 0")
		}
		if r.guard != nil {
			_ = r.guard.Close() // a pipe nobody reads any more
		}
		close(r.ended)
	}()
	return nil
}

// ready waits until the program serves.
func (p *process) ready(ctx context.Context) error { return poll(ctx, p, p.name, p.try) }

// stop ends the program and waits for that: with SIGTERM first where it is given time, with SIGKILL after that.
func (p *process) stop(grace time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.run
	if r == nil || r.over() {
		return nil
	}
	r.told = true
	if grace > 0 {
		if err := r.signal(syscall.SIGTERM); err != nil {
			return err
		}
		if r.wait(grace) {
			return nil
		}
	}
	if err := r.signal(syscall.SIGKILL); err != nil {
		return err
	}
	if !r.wait(killGrace) {
		return fmt.Errorf("%s does not end", p.name)
	}
	return nil
}

// life is closed when the run is over; nil where there is none, or where it was told to end.
func (p *process) life() <-chan struct{} {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.run == nil || p.run.told {
		return nil
	}
	return p.run.ended
}

// exited returns an error if the program is not running.
func (p *process) exited() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.run == nil:
		return fmt.Errorf("%s: %w", p.name, errNotRunning)
	case p.run.over():
		return fmt.Errorf("%s: %w: %w", p.name, errNotRunning, p.run.err)
	}
	return nil
}

func (r *run) over() bool {
	select {
	case <-r.ended:
		return true
	default:
		return false
	}
}

func (r *run) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-r.ended:
		return true
	case <-timer.C:
		return r.over()
	}
}

// signal reaches the child and whatever it started: each child leads a process group. That also keeps the terminal's
// Ctrl-C from the children, so that it is this process that ends them, in order.
func (r *run) signal(s syscall.Signal) error {
	if err := syscall.Kill(-r.cmd.Process.Pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}

// logTail is how much of a log an error quotes.
const logTail = 4096

// lastLines quotes the end of the log, where the reason usually stands.
func (p *process) lastLines() string {
	f, err := os.Open(p.log)
	if errors.Is(err, fs.ErrNotExist) {
		return ""
	} else if err != nil {
		return err.Error()
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > logTail {
		if _, err := f.Seek(-logTail, io.SeekEnd); err != nil {
			return err.Error()
		}
	}
	content, err := io.ReadAll(f)
	if err != nil {
		return err.Error()
	}
	return p.log + ":\n" + string(bytes.TrimSpace(content))
}
