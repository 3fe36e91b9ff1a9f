package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// progress reads what `go build -v` prints, one package a line as it is compiled, and tells a person how far each
// program is. On a terminal it is one line that changes; elsewhere a line every so often.
type progress struct {
	out      io.Writer
	dir      string // where the programs appear
	terminal bool
	began    time.Time
	done     chan struct{}
	ended    sync.WaitGroup

	mu       sync.Mutex
	partial  []byte
	waiting  map[string]struct{} // packages still to be compiled
	total    int
	needs    map[string][]string // program name → the packages it still needed at the start
	messages []string            // everything that is not the name of a package: the compiler's complaints
}

// newProgress asks the go command what is not in its cache yet, downloading sources first where they are missing.
func newProgress(ctx context.Context, out *os.File, dir string, v versions) (*progress, error) {
	fmt.Fprintf(out, "Building a control plane from source: Kubernetes %s, etcd %s.\n", v.kubernetes, v.etcd)
	args := []string{"list", "-deps", "-trimpath", "-buildvcs=false", "-f", `{{.ImportPath}} {{.Stale}} {{join .Deps " "}}`}
	for _, prog := range programs {
		args = append(args, prog.pkg)
	}
	cmd := goCommand(ctx, args...)
	cmd.Stderr = out
	listing, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	p := &progress{out: out, dir: dir, done: make(chan struct{}), waiting: map[string]struct{}{}, needs: map[string][]string{}}
	if info, err := out.Stat(); err == nil {
		p.terminal = info.Mode()&os.ModeCharDevice != 0
	}
	deps := map[string][]string{}
	for line := range strings.Lines(string(listing)) {
		fields := strings.Fields(line)
		path, stale := fields[0], fields[1] == "true"
		deps[path] = fields[2:]
		if stale {
			p.waiting[path] = struct{}{}
		}
	}
	p.total = len(p.waiting)
	if p.total > 1000 {
		fmt.Fprintln(out, "That takes 5 to 20 minutes on two cores, once; the result is kept.")
	}
	for _, prog := range programs {
		for _, path := range append(deps[prog.pkg], prog.pkg) {
			if _, ok := p.waiting[path]; ok {
				p.needs[prog.name] = append(p.needs[prog.name], path)
			}
		}
	}
	return p, nil
}

// Write takes the go command's standard error.
func (p *progress) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.partial = append(p.partial, b...)
	for {
		line, rest, found := bytes.Cut(p.partial, []byte("\n"))
		if !found {
			return len(b), nil
		}
		p.partial = rest
		text := string(line)
		if _, ok := p.waiting[text]; ok {
			delete(p.waiting, text)
		} else if strings.ContainsAny(text, " #") { // not the name of a package that was thought to be compiled
			p.messages = append(p.messages, text)
		}
	}
}

func (p *progress) complaints() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.messages, "\n")
}

func (p *progress) start() {
	p.began = time.Now()
	interval := 15 * time.Second
	if p.terminal {
		interval = time.Second
	}
	p.ended.Go(func() {
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			p.show()
			select {
			case <-p.done:
				return
			case <-tick.C:
			}
		}
	})
}

func (p *progress) stop() {
	close(p.done)
	p.ended.Wait()
	p.show()
	if p.terminal {
		fmt.Fprintln(p.out)
	}
}

func (p *progress) show() {
	line := p.line()
	if p.terminal {
		fmt.Fprintf(p.out, "\r\033[K%s", line)
	} else {
		fmt.Fprintln(p.out, line)
	}
}

func (p *progress) line() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	elapsed := time.Since(p.began).Round(time.Second)
	parts := []string{fmt.Sprintf("%6s  %d of %d packages:", elapsed, p.total-len(p.waiting), p.total)}
	for _, prog := range programs {
		left := 0
		for _, path := range p.needs[prog.name] {
			if _, ok := p.waiting[path]; ok {
				left++
			}
		}
		state := "linking"
		switch {
		case holds(p.dir, prog.output):
			state = "done"
		case left > 0:
			state = fmt.Sprintf("%d%%", 100*(len(p.needs[prog.name])-left)/len(p.needs[prog.name]))
		}
		parts = append(parts, strings.TrimPrefix(prog.name, "kube-")+" "+state)
	}
	return strings.Join(parts, "  ")
}
