package simulation

import (
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"io/fs"

	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/playbooks"
)

func load(t testing.TB, name string) *pack.Pack {
	t.Helper()
	p := pack.New()
	for _, pattern := range []string{name + "/*.yaml", name + "/examples/*.yaml"} {
		files, err := fs.Glob(playbooks.FS, pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text, err := fs.ReadFile(playbooks.FS, f)
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Add(f, text); err != nil {
				t.Fatal(err)
			}
		}
	}
	return p
}

func TestTheExamplesOfThePacksArePlayed(t *testing.T) {
	for _, name := range []string{playbooks.ServiceRecovery, playbooks.PropertyDeveloper} {
		g := NewWithT(t)
		p := load(t, name)
		s := New(p, &Cast{})
		s.Told = func(r casework.Record, e engine.Event) {
			fmt.Printf("%s %-20s %-18s %-28s %-10s %s\n", e.At.Format("01-02 15:04:05"), r.GetName(), e.Type, e.Step, e.Actor, e.Text)
		}
		for _, c := range p.Complaints {
			s.Complain(c.DeepCopy(), s.Now())
		}
		for _, ci := range p.Incidents {
			s.Alarm(ci.DeepCopy(), s.Now())
		}
		more, err := s.Run(s.Now().Add(60 * 24 * time.Hour))
		g.Expect(err).NotTo(HaveOccurred())
		fmt.Println(name, "more", more, "turns", s.Turns(), "at", s.Now())
	}
}
