package simulation

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/names"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
	"tocsin.dev/tocsin/internal/triage"
)

// world is a namespace in memory. It implements casework.World; objects are changed in place, between turns.
type world struct {
	namespace string
	pack      *pack.Pack
	teams     *roster.Roster
	channels  []v1alpha1.NoticeChannel
	hours     *calendar.Calendar // that people keep; nil: day and night
	policies  map[string]casework.Policy
	playbooks map[string]*v1alpha1.Playbook
	plans     map[string]*playbook.Plan
	calendars map[string]*calendar.Calendar // of the plans
	index     *triage.Index
	numbers   map[string]int64

	complaints  map[string]*v1alpha1.Complaint
	incidents   map[string]*v1alpha1.CrisisIncident
	tasks       map[string]*work
	notices     map[string]*v1alpha1.Notice
	drills      map[string]*v1alpha1.DrillSchedule
	postMortems map[string]*v1alpha1.PostMortem

	// byKey are the incidents with a correlation key, partOf the complaints of an incident, mergedFrom those merged into a
	// complaint, matters the open complaints of a matter whose policy looks for incidents; all by name.
	byKey      map[string][]*v1alpha1.CrisisIncident
	partOf     map[string][]string
	mergedFrom map[string][]string
	matters    map[string][]string
	byUID      map[string]string
	// matterOf is the matter of a complaint that stands in matters.
	matterOf map[string]string
	// reviews are the post-mortems about a record, by name.
	reviews map[key][]string
	// counts are what the policies count, longest is how far back any of them does.
	counts  []v1alpha1.Count
	longest time.Duration
	// routes are the ways that notices were found to take.
	routes map[destination]way
}

var _ casework.World = (*world)(nil)

func newWorld(p *pack.Pack, cast *Cast) *world {
	w := &world{
		namespace: "simulation", pack: p, index: &triage.Index{}, numbers: map[string]int64{},
		policies: map[string]casework.Policy{}, playbooks: map[string]*v1alpha1.Playbook{}, plans: map[string]*playbook.Plan{},
		calendars:  map[string]*calendar.Calendar{},
		complaints: map[string]*v1alpha1.Complaint{}, incidents: map[string]*v1alpha1.CrisisIncident{}, tasks: map[string]*work{},
		notices: map[string]*v1alpha1.Notice{}, drills: map[string]*v1alpha1.DrillSchedule{}, postMortems: map[string]*v1alpha1.PostMortem{},
		byKey: map[string][]*v1alpha1.CrisisIncident{}, partOf: map[string][]string{}, mergedFrom: map[string][]string{},
		matters: map[string][]string{}, byUID: map[string]string{},
		matterOf: map[string]string{}, reviews: map[key][]string{}, routes: map[destination]way{},
	}
	w.teams = roster.New(teamsWith(p, cast.Away))
	for _, name := range slices.Sorted(maps.Keys(p.Channels)) {
		w.channels = append(w.channels, *p.Channels[name])
	}
	if hours := p.Calendars[string(cast.Hours)]; hours != nil {
		w.hours, _ = calendar.New(hours.Spec)
	}
	for name := range p.Playbooks {
		w.verify(name)
	}
	var all []v1alpha1.TriagePolicy
	for name, tp := range p.Policies {
		w.policies[name] = grading(tp)
		all = append(all, *tp)
	}
	slices.SortFunc(all, func(a, b v1alpha1.TriagePolicy) int { return cmp.Compare(a.Name, b.Name) })
	if tp := casework.ForUnnamed(all); tp != nil {
		w.policies[""] = w.policies[tp.Name]
	} else {
		w.policies[""] = casework.BuiltIn("the pack has no TriagePolicy; add one")
	}
	for _, tp := range all {
		for count := range w.policies[tp.Name].Counts() {
			w.counts, w.longest = append(w.counts, count), max(w.longest, calendar.Elapsed(count.Window))
		}
	}
	return w
}

// grading compiles a triage policy as it would serve in a cluster where it was applied first.
func grading(tp *v1alpha1.TriagePolicy) casework.Policy {
	policy, problems := triage.Compile(tp.Name, max(tp.Generation, 1), tp.Spec)
	if len(problems) > 0 {
		return casework.BuiltIn(fmt.Sprintf("TriagePolicy %q does not compile: %s", tp.Name, problems[0]))
	}
	return casework.Policy{Policy: policy}
}

// verify compiles a playbook and, if it does, pins its revision as the controller does.
func (w *world) verify(name string) {
	pb := *w.pack.Playbooks[name]
	pb.Status = v1alpha1.PlaybookStatus{}
	closure := w.pack.Closure(name)
	if plan, problems := playbook.Compile(closure); len(problems) == 0 {
		if _, digest, err := closure.Encode(); err == nil {
			pb.Status.Revision = &v1alpha1.RevisionReference{Name: names.Revision(name, digest), Digest: digest}
			w.plans[pb.Status.Revision.Name] = plan
			w.calendars[pb.Status.Revision.Name] = closure.Calendar()
		}
	}
	w.playbooks[name] = &pb
}

// teamsWith are the teams of the pack with the absences of a cast.
func teamsWith(p *pack.Pack, away []Away) map[string]*v1alpha1.ResponseTeamSpec {
	teams := map[string]*v1alpha1.ResponseTeamSpec{}
	for name, team := range p.Teams {
		spec := team.Spec.DeepCopy()
		for i := range spec.Members {
			for _, a := range away {
				if a.User == spec.Members[i].User {
					spec.Members[i].Away = append(spec.Members[i].Away, v1alpha1.Absence{From: a.From, To: a.To})
				}
			}
		}
		teams[name] = spec
	}
	return teams
}

func (w *world) addIncident(ci *v1alpha1.CrisisIncident) {
	w.incidents[ci.Name] = ci
	if k := ci.Spec.CorrelationKey; k != "" {
		w.byKey[k] = append(w.byKey[k], ci)
	}
}

// joined keeps the lists of who belongs to what up to date.
func (w *world) joined(c *v1alpha1.Complaint, incident *v1alpha1.RecordReference, into v1alpha1.ObjectName) {
	move := func(lists map[string][]string, from, to string) {
		if from == to {
			return
		}
		if from != "" {
			lists[from] = slices.DeleteFunc(slices.Clone(lists[from]), func(name string) bool { return name == c.Name })
		}
		if to != "" {
			lists[to] = append(lists[to], c.Name)
		}
	}
	named := func(ref *v1alpha1.RecordReference) string {
		if ref == nil {
			return ""
		}
		return string(ref.Name)
	}
	move(w.partOf, named(incident), named(c.Status.Incident))
	move(w.mergedFrom, string(into), string(c.Status.MergedInto))
}

// openOf are the open complaints of a matter that look whether there is an incident of it.
func (w *world) openOf(matter string) []string {
	var open []string
	for _, name := range w.matters[matter] {
		if c := w.complaints[name]; c.Status.ClosedAt.IsZero() && c.Status.Incident == nil {
			open = append(open, name)
		}
	}
	return open
}

func (w *world) Policy(name string) (casework.Policy, error) {
	if policy, ok := w.policies[name]; ok {
		return policy, nil
	}
	return casework.BuiltIn(fmt.Sprintf("there is no TriagePolicy %q in the pack; add it, or correct spec.policy", name)), nil
}

func (w *world) Counts(c *v1alpha1.Complaint, p *triage.Policy, figures []int64) []int64 {
	return w.index.Counts(w.namespace, string(c.UID), p, figures)
}

func (w *world) CaseNumber(_ *v1alpha1.Complaint, prefix string, zone *time.Location, at time.Time) (string, error) {
	prefix = cmp.Or(prefix, triage.DefaultPrefix)
	first := triage.CaseNumber(prefix, zone, at, 0)
	w.numbers[first]++
	return triage.CaseNumber(prefix, zone, at, w.numbers[first]), nil
}

func (w *world) Teams() (*roster.Roster, error) { return w.teams, nil }

func (w *world) Playbook(name string) (*v1alpha1.Playbook, error) { return w.playbooks[name], nil }

func (w *world) Plan(revision v1alpha1.RevisionReference) (*playbook.Plan, error) {
	if plan := w.plans[revision.Name]; plan != nil {
		return plan, nil
	}
	return nil, fmt.Errorf("the pack has no revision %s", revision.Name)
}

func (w *world) Calendar(revision string) (*calendar.Calendar, error) {
	return w.calendars[revision], nil
}

func (w *world) Task(name string) (*v1alpha1.ResponseTask, error) {
	if task := w.tasks[name]; task != nil {
		return &task.ResponseTask, nil
	}
	return nil, nil
}

func (w *world) Notice(name string) (*v1alpha1.Notice, error) { return w.notices[name], nil }

func (w *world) Complaint(name string) (*v1alpha1.Complaint, error) { return w.complaints[name], nil }

func (w *world) NewestComplaint(name string) (*v1alpha1.Complaint, error) {
	return w.complaints[name], nil
}

func (w *world) MergedInto(complaint string) ([]*v1alpha1.Complaint, error) {
	return w.named(w.mergedFrom[complaint]), nil
}

func (w *world) Incident(name string) (*v1alpha1.CrisisIncident, error) {
	return w.incidents[name], nil
}

func (w *world) IncidentsOf(key string) ([]*v1alpha1.CrisisIncident, error) { return w.byKey[key], nil }

func (w *world) ComplaintsOf(incident string) ([]*v1alpha1.Complaint, error) {
	return w.named(w.partOf[incident]), nil
}

func (w *world) named(list []string) []*v1alpha1.Complaint {
	out := make([]*v1alpha1.Complaint, len(list))
	for i, name := range list {
		out[i] = w.complaints[name]
	}
	return out
}
