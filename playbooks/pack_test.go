package playbooks

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
	"tocsin.dev/tocsin/internal/triage"
)

// pack is a policy pack, decoded.
type pack struct {
	name      string
	calendars map[string]v1alpha1.BusinessCalendarSpec
	policies  map[string]v1alpha1.TriagePolicySpec
	playbooks map[string]v1alpha1.PlaybookSpec
	teams     map[string]*v1alpha1.ResponseTeamSpec
	channels  map[string]v1alpha1.NoticeChannelSpec
	drills    map[string]v1alpha1.DrillScheduleSpec
}

// decode reads a document into the type of its kind; a field the type does not have is an error.
func decode(t *testing.T, d Document) metav1.Object {
	t.Helper()
	var meta metav1.TypeMeta
	if err := yaml.Unmarshal(d.YAML, &meta); err != nil {
		t.Fatalf("%s: %v", d.File, err)
	}
	kinds := map[string]metav1.Object{
		"BusinessCalendar": &v1alpha1.BusinessCalendar{}, "TriagePolicy": &v1alpha1.TriagePolicy{},
		"Playbook": &v1alpha1.Playbook{}, "ResponseTeam": &v1alpha1.ResponseTeam{},
		"NoticeChannel": &v1alpha1.NoticeChannel{}, "DrillSchedule": &v1alpha1.DrillSchedule{},
		"Complaint": &v1alpha1.Complaint{}, "CrisisIncident": &v1alpha1.CrisisIncident{}, "Secret": &corev1.Secret{},
	}
	object, ok := kinds[meta.Kind]
	if !ok {
		t.Fatalf("%s: a pack holds no %q", d.File, meta.Kind)
	}
	if err := yaml.UnmarshalStrict(d.YAML, object); err != nil {
		t.Fatalf("%s: %v", d.File, err)
	}
	want := v1alpha1.GroupVersion.String()
	if meta.Kind == "Secret" {
		want = "v1"
	}
	if meta.APIVersion != want || object.GetName() == "" {
		t.Fatalf("%s: %s %q has apiVersion %q, want %q and a name", d.File, meta.Kind, object.GetName(), meta.APIVersion, want)
	}
	return object
}

func load(t *testing.T, name string) *pack {
	t.Helper()
	documents, err := Documents(name)
	if err != nil {
		t.Fatal(err)
	}
	p := &pack{
		name:      name,
		calendars: map[string]v1alpha1.BusinessCalendarSpec{}, policies: map[string]v1alpha1.TriagePolicySpec{},
		playbooks: map[string]v1alpha1.PlaybookSpec{}, teams: map[string]*v1alpha1.ResponseTeamSpec{},
		channels: map[string]v1alpha1.NoticeChannelSpec{}, drills: map[string]v1alpha1.DrillScheduleSpec{},
	}
	for _, d := range documents {
		switch o := decode(t, d).(type) {
		case *v1alpha1.BusinessCalendar:
			p.calendars[o.Name] = o.Spec
		case *v1alpha1.TriagePolicy:
			p.policies[o.Name] = o.Spec
		case *v1alpha1.Playbook:
			p.playbooks[o.Name] = o.Spec
		case *v1alpha1.ResponseTeam:
			p.teams[o.Name] = &o.Spec
		case *v1alpha1.NoticeChannel:
			p.channels[o.Name] = o.Spec
		case *v1alpha1.DrillSchedule:
			p.drills[o.Name] = o.Spec
		default:
			t.Fatalf("%s: a %T does not belong among the policies of a pack", d.File, o)
		}
	}
	return p
}

// compile compiles a playbook of the pack with everything the pack has.
func (p *pack) compile(t *testing.T, name string) *playbook.Plan {
	t.Helper()
	raised := map[string]playbook.Endings{}
	for other, spec := range p.playbooks {
		raised[other] = playbook.EndingsOf(spec)
	}
	plan, problems := playbook.Compile(playbook.Closure{
		Name: name, Playbook: p.playbooks[name], Subs: p.playbooks, Calendars: p.calendars, Raised: raised,
	})
	for _, problem := range problems {
		t.Errorf("playbook %s: %v", name, problem)
	}
	if plan != nil {
		for _, problem := range plan.Climbless {
			t.Errorf("playbook %s: %v", name, problem)
		}
	}
	return plan
}

// levelOf is the level whose complaints follow a playbook; the highest for one that none follows.
func (p *pack) levelOf(playbook string) string {
	policy := p.policies[p.name]
	for _, level := range policy.Levels {
		if string(level.Playbook) == playbook {
			return string(level.Name)
		}
	}
	return string(policy.Levels[0].Name)
}

func (p *pack) policy(t *testing.T, name string) *triage.Policy {
	t.Helper()
	policy, problems := triage.Compile(name, 1, p.policies[name])
	for _, problem := range problems {
		t.Errorf("triage policy %s: %v", name, problem)
	}
	return policy
}

func packs(t *testing.T) []string {
	t.Helper()
	entries, err := fs.ReadDir(FS, ".")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestEveryManifestIsListedAndEveryExampleDecodes(t *testing.T) {
	for _, name := range packs(t) {
		g := NewWithT(t)
		documents, err := Documents(name)
		g.Expect(err).NotTo(HaveOccurred())
		listed := map[string]bool{path.Join(name, "kustomization.yaml"): true}
		for _, d := range documents {
			listed[d.File] = true
		}
		files, err := fs.Glob(FS, name+"/*.yaml")
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(files).To(ConsistOf(slices.Collect(maps.Keys(listed))))

		examples, err := fs.Glob(FS, name+"/examples/*.yaml")
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(examples).NotTo(BeEmpty())
		for _, file := range examples {
			documents, err := Read(file)
			g.Expect(err).NotTo(HaveOccurred())
			for _, d := range documents {
				decode(t, d)
			}
		}
	}
}

func TestEveryPlaybookCompiles(t *testing.T) {
	for _, name := range packs(t) {
		p := load(t, name)
		NewWithT(t).Expect(p.playbooks).NotTo(BeEmpty())
		for _, playbook := range slices.Sorted(maps.Keys(p.playbooks)) {
			p.compile(t, playbook)
		}
	}
}

func TestEveryReferenceResolves(t *testing.T) {
	for _, name := range packs(t) {
		g := NewWithT(t)
		p := load(t, name)
		people := roster.New(p.teams)
		for policy, spec := range p.policies {
			p.policy(t, policy)
			for _, level := range spec.Levels {
				g.Expect(p.playbooks).To(HaveKey(string(level.Playbook)), "level %s", level.Name)
				g.Expect(p.playbooks[string(level.Playbook)].For).To(Equal(v1alpha1.RecordComplaint), "level %s", level.Name)
			}
		}
		for team, spec := range p.teams {
			if spec.Parent != "" {
				g.Expect(p.teams).To(HaveKey(string(spec.Parent)), "parent of %s", team)
			}
		}
		for drill, spec := range p.drills {
			g.Expect(p.teams).To(HaveKey(string(spec.Team)), "drill %s", drill)
			g.Expect(p.playbooks[string(spec.Playbook)].For).To(Equal(v1alpha1.RecordCrisisIncident), "drill %s", drill)
		}
		for playbook := range p.playbooks {
			for _, node := range p.compile(t, playbook).Nodes {
				where := playbook + " " + node.Path
				if raise := node.Action.RaiseIncident; raise != nil {
					g.Expect(p.teams).To(HaveKey(raise.Team), where)
					g.Expect(p.playbooks[raise.Playbook].For).To(Equal(v1alpha1.RecordCrisisIncident), where)
				}
				if node.Action.Notify == nil {
					continue
				}
				for _, to := range node.Action.Notify.To {
					_, stakeholder := people.StakeholderTeam(string(to))
					_, role := p.compile(t, playbook).Roles[string(to)]
					g.Expect(stakeholder || role || to == "complainant" || to == "team").To(BeTrue(), "%s tells %s, whom nobody knows", where, to)
				}
			}
		}
	}
}

// hours is the one calendar of the pack.
func (p *pack) hours(t *testing.T) *calendar.Calendar {
	t.Helper()
	names := slices.Collect(maps.Keys(p.calendars))
	if len(names) != 1 {
		t.Fatalf("pack %s has the calendars %v, not one", p.name, names)
	}
	c, err := calendar.New(p.calendars[names[0]])
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheCalendarIsTheOnePublishedForChina(t *testing.T) {
	holiday, published := publishedDays(2026)
	for _, name := range packs(t) {
		g := NewWithT(t)
		c := load(t, name).hours(t)
		g.Expect(published).To(HaveLen(39))
		for day := time.Date(2026, 1, 1, 10, 0, 0, 0, shanghai(t)); day.Year() == 2026; day = day.AddDate(0, 0, 1) {
			weekend := day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
			open := !weekend
			if published[day.Format(time.DateOnly)] {
				open = !holiday[day.Format(time.DateOnly)]
			}
			g.Expect(c.Open(day)).To(Equal(open), "%s %s", name, day.Format(time.DateOnly))
			g.Expect(c.Open(day.Add(150*time.Minute))).To(BeFalse(), "%s %s at half past twelve", name, day.Format(time.DateOnly))
		}
		until, _ := c.KnownUntil()
		g.Expect(string(until) >= "2026-12-31").To(BeTrue(), "%s: known until %s", name, until)
	}
}

func TestDrillsFallIntoWorkingTime(t *testing.T) {
	for _, name := range packs(t) {
		g := NewWithT(t)
		p := load(t, name)
		c := p.hours(t)
		g.Expect(p.drills).NotTo(BeEmpty(), name)
		for drill, spec := range p.drills {
			times := firings(t, spec.Cron, spec.TimeZone, 2026)
			g.Expect(len(times)).To(BeNumerically(">=", 2), drill)
			for _, at := range times {
				g.Expect(c.Open(at)).To(BeTrue(), "%s %s", drill, at)
			}
		}
	}
}

func TestDrillsHaveChannelsOfTheirOwn(t *testing.T) {
	for _, name := range packs(t) {
		g := NewWithT(t)
		kinds := map[v1alpha1.Mode][]string{}
		for _, spec := range load(t, name).channels {
			mode := spec.Mode
			if mode == "" {
				mode = v1alpha1.ModeLive
			}
			if spec.Email != nil {
				kinds[mode] = append(kinds[mode], "email")
			}
			if spec.Webhook != nil {
				kinds[mode] = append(kinds[mode], "webhook")
			}
		}
		g.Expect(kinds[v1alpha1.ModeLive]).To(ConsistOf("email", "webhook"))
		g.Expect(kinds[v1alpha1.ModeDrill]).To(ConsistOf("email", "webhook"))
	}
}
