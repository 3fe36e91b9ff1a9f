package simulation

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/playbooks"
)

func load(t testing.TB, name string) *pack.Pack {
	t.Helper()
	p := pack.New()
	files, err := playbooks.Texts(name, "examples")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if err := p.Add(f.Name, f.Text); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func TestTheExamplesOfThePacksArePlayed(t *testing.T) {
	for _, name := range []string{playbooks.ServiceRecovery, playbooks.PropertyDeveloper} {
		g := NewWithT(t)
		p := load(t, name)
		s := New(p, &Cast{})
		story := s.Tell()
		for _, c := range p.Complaints {
			s.Complain(c.DeepCopy(), s.Now())
		}
		for _, ci := range p.Incidents {
			s.Alarm(ci.DeepCopy(), s.Now())
		}
		_, err := s.Run(s.Now().Add(60 * 24 * time.Hour))
		g.Expect(err).NotTo(HaveOccurred())
		for _, r := range s.Results(*story) {
			g.Expect(r).To(And(HaveField("State", v1alpha1.CaseClosed), HaveField("Notices", BeNumerically(">", 3))), r.Record)
		}
	}
}
