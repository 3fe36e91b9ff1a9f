package difference

import (
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
)

// Side is one of the two policies: all its files together, as one namespace.
type Side struct {
	pack      *pack.Pack
	documents map[string]pack.Document // by kind/name
	tellings  map[bool]tellings        // once they were played, without channels on either side or with
	compiled  map[string]compiled      // playbooks, once they were asked for
}

type compiled struct {
	plan     *playbook.Plan
	problems []playbook.Problem
}

// New is a side: what files hold, and where it is written there.
func New(p *pack.Pack, documents []pack.Document) *Side {
	s := &Side{pack: p, documents: map[string]pack.Document{}, tellings: map[bool]tellings{}, compiled: map[string]compiled{}}
	for _, d := range documents {
		s.documents[d.Kind+"/"+d.Name] = d
	}
	return s
}

// place is where a field is written, or what would hold it; nil where there is no such object.
func (s *Side) place(kind, name, field string) *Place {
	if kind == kindLevel {
		kind = "TriagePolicy"
	}
	d, is := s.documents[kind+"/"+name]
	if !is {
		return nil
	}
	return &Place{File: d.File, Line: d.LineOf(field)}
}

// compile compiles a playbook that the side has.
func (s *Side) compile(name string) compiled {
	c, done := s.compiled[name]
	if !done {
		c.plan, c.problems = playbook.Compile(s.pack.Closure(name))
		s.compiled[name] = c
	}
	return c
}

// fault is why a playbook does not compile; empty where it does.
func (s *Side) fault(name string) string {
	if problems := s.compile(name).problems; len(problems) > 0 {
		return problems[0].String()
	}
	return ""
}

// plan is a playbook that the side has and that compiles; nil where there is none.
func (s *Side) plan(name string) *playbook.Plan {
	if s.pack.Playbooks[name] == nil || s.fault(name) != "" {
		return nil
	}
	return s.compile(name).plan
}
