package simulation

import (
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// docket is what a play keeps about an object that takes turns: whether it is to be looked at, when time does something to
// it, and what was written for it.
type docket struct {
	key key
	// complaint is the object itself where it is a complaint, which most are; nil: it is none, or has left the play.
	complaint *v1alpha1.Complaint
	// marked is whether it is to be looked at before time goes on.
	marked bool
	// wake is its next wake-up.
	wake item
	// works and notices are what was written for it, where closed records are forgotten.
	works   []*work
	notices []*v1alpha1.Notice
}

// docket is what is kept about an object.
func (s *Play) docket(k key) *docket {
	d := s.dockets[k]
	if d == nil {
		d = &docket{key: k}
		d.wake.do = func() error { s.look(d); return nil }
		s.dockets[k] = d
	}
	return d
}

// mark has an object looked at before time goes on.
func (s *Play) mark(k key) { s.look(s.docket(k)) }

// look has an object looked at before time goes on.
func (s *Play) look(d *docket) {
	if !d.marked {
		d.marked = true
		s.dirty = append(s.dirty, d)
	}
}

// work is a task, and what people are going to do about it.
type work struct {
	v1alpha1.ResponseTask
	moves []move
}

// move is what somebody is going to do; the item is nil where that is nothing.
type move struct {
	who v1alpha1.User
	*item
}

// isMoved is whether it is settled what somebody is going to do.
func (w *work) isMoved(who v1alpha1.User) bool {
	return slices.ContainsFunc(w.moves, func(m move) bool { return m.who == who })
}

// forget drops what people were going to do about a task.
func (s *Play) forget(w *work) {
	for _, m := range w.moves {
		s.agenda.drop(m.item)
	}
	clear(w.moves)
	w.moves = w.moves[:0]
}

// spare is what is written anew for every record: of those that are forgotten the next ones have the room.
type spare struct {
	works   []*work
	notices []*v1alpha1.Notice
}

// work is an empty task.
func (s *spare) work() *work {
	if last := len(s.works) - 1; last >= 0 {
		w := s.works[last]
		s.works = s.works[:last]
		*w = work{moves: w.moves}
		return w
	}
	return &work{}
}

// notice is an empty notice.
func (s *spare) notice() *v1alpha1.Notice {
	if last := len(s.notices) - 1; last >= 0 {
		n := s.notices[last]
		s.notices = s.notices[:last]
		*n = v1alpha1.Notice{}
		return n
	}
	return &v1alpha1.Notice{}
}

// clear takes out of the world what was written for a record. A notice whose fate is still open may be written to.
func (s *Play) clear(d *docket) {
	for _, w := range d.works {
		s.forget(w)
		delete(s.world.tasks, w.Name)
	}
	for _, n := range d.notices {
		delete(s.world.notices, n.Name)
		if n.Status.State != "" {
			s.spare.notices = append(s.spare.notices, n)
		}
	}
	s.spare.works = append(s.spare.works, d.works...)
	d.works, d.notices = nil, nil
}
