package soundness

import "slices"

// forget takes out of a state how steps have ended that nothing can look at any more, so that what was answered long ago
// does not keep two runs apart that can only become the same. A step nothing refers to any more counts as skipped. So does it with
// the facts that a run began with and keeps, when nothing asks for them, or for what depends on them, any more.
func (s *search) forget(st state) state {
	seen, settles := slices.Clone(s.handed), false
	for k := range s.exprs {
		if c := &s.exprs[k]; s.read(c, st) {
			for _, i := range c.steps {
				seen[i] = true
			}
			settles = settles || slices.ContainsFunc(c.facts, depends)
		}
	}
	out := []byte(st)
	if !settles { // the other facts can be in the first world what they can be in any
		putWorld(out[len(s.Nodes)*stepBytes:], 0)
	}
	for i := range s.Nodes {
		if seen[i] || !s.over(i, st) {
			continue
		}
		b := out[i*stepBytes : (i+1)*stepBytes]
		b[0], b[1], b[2], b[3] = b[0]&phaseBits, 0, 0, 0
		referred := false
		for _, k := range s.Nodes[i].NeededBy {
			referred = referred || !s.over(k, st)
		}
		if !referred {
			b[0] = phaseSkipped
		}
	}
	return state(out)
}

// over is whether a step has ended for good: it never begins anew, or what it is inside does not.
func (s *search) over(i int, st state) bool {
	if st[i*stepBytes]&phaseBits <= 1 {
		return false
	}
	p := s.Nodes[i].Parent
	return s.fixed[i] || p >= 0 && s.over(p, st)
}
