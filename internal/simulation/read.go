package simulation

import (
	"fmt"
	"slices"

	"tocsin.dev/tocsin/internal/pack"
)

// page describes the fields of a cast and of a load.
const page = "docs/spec/simulation.md"

// problems are what is wrong with the fields of a file.
type problems []pack.Fault

func (p *problems) note(field, format string, args ...any) {
	*p = append(*p, pack.Fault{Field: field, Message: fmt.Sprintf(format, args...)})
}

// ParseCast reads a cast for the playbooks and people of packs, in YAML; an empty file is the usual one. The error names the file, line and field of
// everything that is wrong, by itself and before these playbooks.
func ParseCast(file string, text []byte, packs ...*pack.Pack) (*Cast, error) {
	c := &Cast{}
	return c, pack.Decode(file, text, c, page, func() []pack.Fault { return slices.Concat(c.Faults(), c.misfits(packs...)) })
}

// ParsePlay reads a cast as ParseCast does, for whoever plays what comes in from a pack: acts are on these records, or on incidents that
// are raised in the play, of which nobody knows the names before.
func ParsePlay(file string, text []byte, p *pack.Pack) (*Cast, error) {
	c := &Cast{}
	return c, pack.Decode(file, text, c, page, func() []pack.Fault {
		return slices.Concat(c.Faults(), c.misfits(p), c.Unplayed(p))
	})
}

// ParseLoadCast reads a cast as ParseCast does, for whoever plays a load: acts are on the complaints that it brings.
func ParseLoadCast(file string, text []byte, p *pack.Pack, l *Load) (*Cast, error) {
	c := &Cast{}
	return c, pack.Decode(file, text, c, page, func() []pack.Fault {
		return slices.Concat(c.Faults(), c.misfits(p), c.unborne(l))
	})
}

// misfits are what a cast says that nothing would come of with these packs.
func (c *Cast) misfits(packs ...*pack.Pack) []pack.Fault {
	if len(packs) == 0 {
		return nil
	}
	return c.Misfits(NamesOf(plansOf(packs), packs...))
}

// ParseLoad reads a load of complaints like those of a pack as ParseCast reads a cast.
func ParseLoad(file string, text []byte, p *pack.Pack) (*Load, error) {
	l := &Load{}
	return l, pack.Decode(file, text, l, page, func() []pack.Fault { return slices.Concat(l.problems(), l.strangers(likes(p)), l.misspelt(p)) })
}
