package triage

import (
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/playbook"
)

// Facts is what a level follows from.
type Facts struct {
	// Complaint is the complaint itself; its level is not looked at.
	Complaint playbook.ComplaintFacts
	// ReceivedAt is when it was received; time criteria count from it.
	ReceivedAt time.Time
	// Open is whether it is still being worked on; time criteria hold for open complaints only.
	Open bool
	// Incident is the open incident that the complaint is part of, or that has its matter; nil: there is none.
	Incident *playbook.IncidentFacts
	// Counts are the figures of Policy.Counts, in that order; a missing one is 0.
	Counts []int64
	// Current is the level in force; empty when it was never graded. A level the policy does not have counts as none.
	Current v1alpha1.LevelName
	// Overruled is the level that rules had given when a person lowered it; empty when nobody did. Rules of that level
	// and below raise it no more, because a person has judged them; a rule of a higher level still does.
	Overruled v1alpha1.LevelName
}

// Result is a level and why.
type Result struct {
	// Level is the level that follows; never lower than Facts.Current.
	Level v1alpha1.LevelName
	// Rule is the rule that gives it; empty when none does (default level, or a level kept).
	Rule string
	// Reason says why in a sentence, with the figures that counted; at most 1,024 characters.
	Reason string
	// Playbook names the playbook of the level; empty: none.
	Playbook string
	// NextAt is when time alone may raise the level; zero: never.
	NextAt time.Time
	// Policy is the policy and its generation, as name@generation; BuiltInName without one.
	Policy string
	// Kept is true when the rules alone would give a lower level than the one in force, which stays.
	Kept bool
	// Failed lists rules that could not be carried out on these facts (a division by zero, say); they count as not
	// matching.
	Failed []RuleFailure
}

// RuleFailure is a rule that could not be carried out.
type RuleFailure struct {
	// Rule is its name.
	Rule string
	// Message says what went wrong.
	Message string
}

// Grade gives the level at a moment: the highest of the rules that match, among equals the first, else the default.
// Levels only ever rise here; lowering one is a person's decision.
func (p *Policy) Grade(f Facts, now time.Time) Result {
	result := Result{Policy: p.title}
	matching, failed := p.matching(&f)
	result.Failed = failed

	var best *rule
	for _, r := range matching {
		if r.due(&f, now) && (best == nil || r.rank < best.rank) {
			best = r
		}
	}
	rank := p.settle(&f, best, &result)
	for _, r := range matching {
		if at, ahead := r.ahead(&f, now); ahead && r.rank < rank && (result.NextAt.IsZero() || at.Before(result.NextAt)) {
			result.NextAt = at
		}
	}
	result.Level, result.Playbook = p.levels[rank].Name, string(p.levels[rank].Playbook)
	if doubt := p.misspelt(f.Complaint.Signals); doubt != "" {
		result.Reason = cut(result.Reason+"; "+doubt, maxReason)
	}
	return result
}

// matching is the rules whose condition holds, whether or not their time has come. Rules a person has overruled are
// left out. It is remembered by what the rules look at: a record is graded at every turn, and hardly ever otherwise than
// before.
func (p *Policy) matching(f *Facts) (matching []*rule, failed []RuleFailure) {
	var room [128]byte
	key := p.looksAt.key(f, room[:0])
	if known, ok := p.judged.get(key); ok {
		return known.matching, known.failed
	}
	matching, failed = p.judge(f)
	p.judged.put(key, judgement{matching, failed})
	return matching, failed
}

func (p *Policy) judge(f *Facts) (matching []*rule, failed []RuleFailure) {
	limit := p.Rank(f.Overruled)
	for i := range p.rules {
		r := &p.rules[i]
		if limit >= 0 && r.rank >= limit {
			continue
		}
		holds, err := r.when.Holds(&f.Complaint, f.Incident, f.Counts)
		if err != nil {
			failed = append(failed, RuleFailure{r.name, err.Error()})
		}
		if holds {
			matching = append(matching, r)
		}
	}
	return matching, failed
}

// settle weighs what the rules say against the level in force, and says why.
func (p *Policy) settle(f *Facts, best *rule, result *Result) (rank int) {
	current, byRules := p.Rank(f.Current), p.Rank(p.defaultLevel)
	if best != nil {
		byRules = best.rank
	}
	switch {
	case current >= 0 && p.Rank(f.Overruled) >= 0 && (best == nil || current < byRules):
		result.Reason = "a person lowered the level; no rule above " + string(f.Overruled) + " matches"
		return current
	case current >= 0 && current < byRules:
		result.Kept = true
		result.Reason = "the level stays until a person lowers it; the rules alone would give " + string(p.levels[byRules].Name)
		return current
	case best == nil && p.title == BuiltInName:
		result.Reason = "no TriagePolicy grades it, so it has neither a level of the organisation nor a playbook"
		return byRules
	case best == nil:
		result.Reason = "no rule matches; this is the default level"
		return byRules
	}
	result.Rule, result.Reason = best.name, p.reason(best, f)
	return byRules
}

// due is whether the time of a rule has come.
func (r *rule) due(f *Facts, now time.Time) bool {
	return !r.timed || f.Open && !now.Before(f.ReceivedAt.Add(r.openFor))
}

// ahead is when the time of a rule comes, if it is still to come.
func (r *rule) ahead(f *Facts, now time.Time) (at time.Time, ahead bool) {
	at = f.ReceivedAt.Add(r.openFor)
	return at, r.timed && f.Open && now.Before(at)
}
