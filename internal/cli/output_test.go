package cli

import (
	"bytes"
	"errors"
	"testing"

	. "github.com/onsi/gomega"
)

// full is a disk that has room for some bytes more.
type full struct{ room int }

func (f *full) Write(b []byte) (int, error) {
	if len(b) > f.room {
		return 0, errors.New("no space left on device")
	}
	f.room -= len(b)
	return len(b), nil
}

// Half a story in a file is not taken for the whole.
func TestAFullDiskIsSaid(t *testing.T) {
	w := newWorld(t)
	ana := w.kubeconfig("ana", "tocsin:responders")
	for name, args := range map[string][]string{"help": {"--help"}, "a screen": {"status"}} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			var said bytes.Buffer
			g.Expect(Run(w.ctx, w.env(&full{room: 40}, &said), append([]string{"--kubeconfig", ana, "-n", w.namespace}, args...))).To(Equal(exitUsage))
			g.Expect(said.String()).To(Equal("error: not everything could be written to standard output: no space left on device\n"))
		})
	}
}
