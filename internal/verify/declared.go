package verify

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/playbook"
)

// declared says which levels and signals conditions of playbooks ask for that no matter can have, by the triage policies there
// are. Without one among the files nothing is known of either.
func (s *Subject) declared() {
	if len(s.Pack.Policies) == 0 || s.unread || s.brokenOf("TriagePolicy") {
		return
	}
	w := s.vocabulary()
	books := map[string][]place{}
	leads := map[string][]string{}
	for _, root := range sorted(s.Plans) {
		own := w.leadingTo(s, root)
		for _, p := range slices.Concat(placesOf(root, s.Plans[root]), s.promisedWhen(root)) {
			books[p.book] = append(books[p.book], p)
			leads[p.book] = append(leads[p.book], own...)
		}
	}
	for _, name := range sorted(s.Pack.Playbooks) {
		for field, a := range playbook.Actions(&s.Pack.Playbooks[name].Spec) {
			if a.RaiseIncident != nil && a.RaiseIncident.Level != "" && !slices.Contains(w.levels, string(a.RaiseIncident.Level)) {
				s.find(LevelDeclared, "Playbook", name, field+".raiseIncident.level", fmt.Sprintf("there is no level %q: no TriagePolicy in %s has it", a.RaiseIncident.Level, s.where()),
					playbook.DidYouMean(string(a.RaiseIncident.Level), w.levels)+list("the levels are: ", w.levels))
			}
		}
	}
	for _, book := range sorted(books) {
		for _, p := range books[book] {
			s.undeclared(&w, leads[book], p)
		}
	}
}

// brokenOf is whether an object of a kind is among the files that the API server would not take.
func (s *Subject) brokenOf(kind string) bool {
	return slices.ContainsFunc(sorted(s.broken), func(id string) bool { return strings.HasPrefix(id, kind+"/") })
}

// vocabulary is what triage policies declare.
type vocabulary struct {
	// levels are all levels, bare those without a playbook: a run goes on at them. books are the playbooks of the others.
	levels, bare []string
	books        map[string]string
	// drills are the levels that drills pretend.
	drills  []string
	signals []string
}

func (s *Subject) vocabulary() vocabulary {
	w := vocabulary{books: map[string]string{}, drills: []string{casework.DrillLevel}}
	for _, name := range sorted(s.Pack.Policies) {
		spec := &s.Pack.Policies[name].Spec
		for _, level := range spec.Levels {
			w.levels = append(w.levels, string(level.Name))
			w.books[string(level.Name)] = string(level.Playbook)
			if level.Playbook == "" {
				w.bare = append(w.bare, string(level.Name))
			}
		}
		for _, signal := range spec.Signals {
			w.signals = append(w.signals, string(signal))
		}
	}
	for _, name := range sorted(s.Pack.Drills) {
		w.drills = append(w.drills, string(s.Pack.Drills[name].Spec.Level))
	}
	return w
}

// leadingTo are the levels at which complaints follow a playbook; none where nothing leads to it by itself.
func (w *vocabulary) leadingTo(s *Subject, root string) (levels []string) {
	if s.Plans[root].For != v1alpha1.RecordComplaint {
		return nil
	}
	for _, level := range s.Pack.LevelsOf(root, s.Plans) {
		levels = append(levels, string(level))
	}
	if len(levels) > 0 {
		levels = append(levels, w.bare...)
	}
	return levels
}

// place is a condition and where it is written.
type place struct {
	book, field string
	expr        *playbook.Expr
	record      v1alpha1.RecordKind
}

// placesOf are the conditions of a plan, those of its sub-playbooks too.
func placesOf(root string, plan *playbook.Plan) (out []place) {
	add := func(book, field string, e *playbook.Expr) {
		if e != nil {
			out = append(out, place{cmp.Or(book, root), field, e, plan.For})
		}
	}
	for i := range plan.Nodes {
		n := &plan.Nodes[i]
		until := n.Field + ".until"
		if n.Repeat != nil {
			until = n.Field + ".repeat.until"
		}
		add(n.Book, n.Field+".when", n.When)
		add(n.Book, until, n.Until)
		add(n.Book, n.Field+".wait.until", n.WaitUntil)
	}
	for i := range plan.Regions {
		add(plan.Regions[i].Book, plan.Regions[i].Field+".when", plan.Regions[i].When)
	}
	return out
}

// promisedWhen are the conditions of what a playbook promises; that one cannot be read is told where it is proved.
func (s *Subject) promisedWhen(root string) (out []place) {
	for i, a := range s.Pack.Playbooks[root].Spec.Assertions {
		if e, _, _ := s.Plans[root].Condition(a.When); e != nil {
			out = append(out, place{root, fmt.Sprintf("%s[%d].when", assertions, i), e, s.Plans[root].For})
		}
	}
	return out
}

// undeclared notes what a condition asks for in vain. own are the levels at which its playbook runs; none: it may be any.
func (s *Subject) undeclared(w *vocabulary, own []string, p place) {
	named := p.expr.Looks().Named
	for _, path := range sorted(named) {
		for _, word := range named[path] {
			switch {
			case strings.HasSuffix(path, ".signals") && !slices.Contains(w.signals, word):
				s.find(SignalDeclared, "Playbook", p.book, p.field, fmt.Sprintf("no TriagePolicy in %s declares the signal %q", s.where(), word),
					playbook.DidYouMean(word, w.signals)+"add it to spec.signals of the policy"+list(", or use one of: ", w.signals))
			case strings.HasSuffix(path, ".level") && word != "":
				s.undeclaredLevel(w, own, p, path, word)
			}
		}
	}
	for _, a := range p.expr.Atoms() {
		for _, path := range sorted(a.Texts) {
			if strings.HasSuffix(path, ".signals") {
				w.inNone(a.Texts[path], func(how, piece string) {
					s.find(SignalDeclared, "Playbook", p.book, p.field, fmt.Sprintf("no signal that a TriagePolicy in %s declares %s %q", s.where(), how, piece),
						"correct it"+list(", the signals are: ", w.signals))
				})
			}
		}
	}
}

func (s *Subject) undeclaredLevel(w *vocabulary, own []string, p place, path, word string) {
	message, advice := "", playbook.DidYouMean(word, w.levels)+list("the levels are: ", w.levels)
	known := slices.Contains(w.levels, word)
	switch {
	case path == "incident.level" || p.record == v1alpha1.RecordCrisisIncident:
		if !known && !slices.Contains(w.drills, word) && !s.around { // a namespace is judged without its drills
			message = fmt.Sprintf("%s is never %q: neither a TriagePolicy nor a DrillSchedule in %s has that level", path, word, s.where())
		}
	case !known:
		message = fmt.Sprintf("%s is never %q: no TriagePolicy in %s has that level", path, word, s.where())
	case len(own) > 0 && !slices.Contains(own, word):
		message = fmt.Sprintf("%s is never %q here: the playbook of that level is %s", path, word, w.books[word])
		advice = list("this one runs at: ", own)
	}
	if message != "" {
		s.find(LevelDeclared, "Playbook", p.book, p.field, message, advice)
	}
}

// inNone tells which pieces that signals are searched for are in none.
func (w *vocabulary) inNone(t playbook.Texts, tell func(how, piece string)) {
	for _, of := range []struct {
		how    string
		pieces []string
		has    func(text, piece string) bool
	}{{"begins with", t.Starts, strings.HasPrefix}, {"ends with", t.Ends, strings.HasSuffix}, {"contains", t.Parts, strings.Contains}} {
		for _, piece := range of.pieces {
			if !slices.ContainsFunc(w.signals, func(signal string) bool { return of.has(signal, piece) }) {
				tell(of.how, piece)
			}
		}
	}
}

// list names some words, each once and in order; nothing for none.
func list(before string, words []string) string {
	words = slices.Compact(slices.Sorted(slices.Values(words)))
	if len(words) == 0 {
		return ""
	}
	if more := len(words) - mostListed; more > 0 {
		words = append(words[:mostListed], "and "+strconv.Itoa(more)+" more")
	}
	return before + strings.Join(words, ", ")
}

// mostListed is how many words a sentence lists.
const mostListed = 20
