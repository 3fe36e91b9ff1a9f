package difference

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/simulation"
)

// course is a case that is played under both policies: a level of a triage policy, or a crisis raised by hand, at a moment,
// with people who behave in one way.
type course struct {
	policy string // of a level; empty for a crisis
	name   string // of the level, or of the playbook of the crisis
	team   string // of the crisis
	start  int    // of starts
	cast   int    // of casts
}

// starts are when cases come in.
var starts = []struct {
	at   time.Time
	says string
}{
	{time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC), ""},
	{time.Date(2026, time.March, 6, 17, 30, 0, 0, time.UTC), " and it comes in on a Friday at 17:30"},
}

// casts are how people behave. What is told by people who answer at once is looked at where silence tells nothing.
var casts = []struct {
	cast simulation.Cast
	says string
}{
	{simulation.Cast{Answers: []simulation.Answer{{Never: true}}}, ", if nobody answers"},
	{simulation.Cast{}, ", if everybody answers within half an hour"},
}

// playedFor is how long a case is played.
const playedFor = 60 * 24 * time.Hour

// tellings are, for each course, after how long each rank and each audience was told for the first time.
type tellings map[course]map[string]time.Duration

// told compares who is told when.
func (d *differ) told() {
	if asJSON(played(d.a.pack)) == asJSON(played(d.b.pack)) {
		return
	}
	before, after := d.a.play(d, d.a.pack), d.b.play(d, aligned(d.b.pack, d.a.pack))
	said := map[string]bool{}
	for _, c := range courses(before) {
		c.cast, c.start = 0, 0
		if _, both := after[c]; !both || d.broken(c) {
			continue // what came, went or cannot be carried out is told of as such
		}
		s := subject{differ: d, kind: "Playbook", group: "playbook " + c.name, name: c.name, nameA: c.name, fieldA: "spec.steps", fieldB: "spec.steps"}
		if c.policy != "" {
			s.kind, s.group, s.name, s.nameA = kindLevel, fmt.Sprintf("level %s of %s", c.name, c.policy), c.policy, c.policy
			s.fieldA, s.fieldB = levelField(d.a, c), levelField(d.b, c)
		}
		s.reached(c, before, after, said)
	}
}

// broken is whether what a case follows does not compile on one side.
func (d *differ) broken(c course) bool {
	for _, s := range []*Side{d.a, d.b} {
		name := c.name
		if c.policy != "" {
			levels := s.pack.Policies[c.policy].Spec.Levels
			name = string(levels[slices.Index(levelNames(levels), v1alpha1.LevelName(c.name))].Playbook)
		}
		if s.pack.Playbooks[name] != nil && s.fault(name) != "" {
			return true
		}
	}
	return false
}

// courses are the cases of a telling, each once, in order.
func courses(t tellings) []course {
	var out []course
	for c := range t {
		if c.cast == 0 && c.start == 0 {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b course) int {
		return cmp.Or(cmp.Compare(b.policy, a.policy), cmp.Compare(a.name, b.name), cmp.Compare(a.team, b.team))
	})
	return out
}

func levelField(s *Side, c course) string {
	tp := s.pack.Policies[c.policy]
	if tp == nil {
		return ""
	}
	return fmt.Sprintf("spec.levels[%d]", slices.Index(levelNames(tp.Spec.Levels), v1alpha1.LevelName(c.name)))
}

// reached says of one case who is told earlier, later, no longer or for the first time. Of the ways to play it the first one
// that shows a difference for somebody is told.
//
// What was said of a level is not said again of the crisis it raises.
func (s subject) reached(c course, before, after tellings, ofLevels map[string]bool) {
	what := c.name
	if c.policy == "" {
		what = "a crisis by " + c.name + " with the team " + c.team
	}
	said := map[string]bool{}
	for cast := range casts {
		for start := range starts {
			c.cast, c.start = cast, start
			was, is := before[c], after[c]
			for _, who := range slices.Sorted(maps.Keys(both(was, is))) {
				a, told := was[who]
				b, tells := is[who]
				if said[who] || told && tells && a == b {
					continue
				}
				said[who] = true
				same := fmt.Sprint(who, told, tells, a-b)
				if c.policy == "" && ofLevels[same] {
					continue
				}
				ofLevels[same] = true
				when := casts[cast].says + starts[start].says
				switch {
				case !told:
					s.say(Told, "%s now reaches %s, %s%s; before it did not", what, who, soon(b), when)
				case !tells:
					s.say(Told, "%s no longer reaches %s, which it did %s%s", what, who, soon(a), when)
				case b < a:
					s.say(Told, "%s now reaches %s %s earlier: %s, and not %s%s", what, who, length(a-b), soon(b), soon(a), when)
				default:
					s.say(Told, "%s now reaches %s %s later: %s, and not %s%s", what, who, length(b-a), soon(b), soon(a), when)
				}
			}
		}
	}
}

func soon(d time.Duration) string {
	if d == 0 {
		return "at once"
	}
	return "after " + length(d)
}

// played is what a pack says about who is told when: all but texts.
func played(p *pack.Pack) any {
	bare := pack.New()
	for name, pb := range p.Playbooks {
		spec := normal(&pb.Spec)
		spec.Description, spec.Assertions = "", nil
		for _, w := range stepsOf(spec) {
			w.head.Description = ""
		}
		for i := range spec.Templates {
			spec.Templates[i].Texts = nil
		}
		bare.Playbooks[name] = &v1alpha1.Playbook{Spec: *spec}
	}
	for name, tp := range p.Policies {
		bare.Policies[name] = &v1alpha1.TriagePolicy{Spec: v1alpha1.TriagePolicySpec{Levels: tp.Spec.Levels}}
	}
	return []any{bare.Playbooks, bare.Policies, specs(p.Teams, func(t *v1alpha1.ResponseTeam) any { return t.Spec }),
		specs(p.Calendars, func(c *v1alpha1.BusinessCalendar) any { return c.Spec }), specs(p.Channels, func(c *v1alpha1.NoticeChannel) any { return c.Spec })}
}

func specs[T any](objects map[string]T, spec func(T) any) map[string]any {
	out := map[string]any{}
	for name, o := range objects {
		out[name] = spec(o)
	}
	return out
}
