package demo

import (
	"fmt"
	"io"
	"time"

	"k8s.io/utils/clock"
)

// teller writes what happens: lines, and one line that redraws itself on a terminal.
type teller struct {
	out      io.Writer
	terminal bool
	clock    clock.PassiveClock
	drawn    bool
	shown    time.Time
}

func newTeller(out io.Writer, terminal bool, machine clock.PassiveClock) *teller {
	return &teller{out: out, terminal: terminal, clock: machine}
}

// line writes a line that stays.
func (t *teller) line(s string) {
	t.end()
	fmt.Fprintln(t.out, "·", s)
}

// between is the time between two progress lines where they cannot be redrawn.
const between = 3 * time.Second

// progress shows where things stand.
func (t *teller) progress(s string) {
	if t.terminal {
		fmt.Fprintf(t.out, "\r\x1b[K  %s", s)
		t.drawn = true
		return
	}
	if now := t.clock.Now(); now.Sub(t.shown) >= between {
		t.shown = now
		fmt.Fprintln(t.out, " ", s)
	}
}

// last shows where things stand at the end, however long ago that was shown last.
func (t *teller) last(s string) {
	t.shown = time.Time{}
	t.progress(s)
	t.end()
}

// end ends the line that redraws itself.
func (t *teller) end() {
	if t.drawn {
		fmt.Fprintln(t.out)
		t.drawn = false
	}
}
