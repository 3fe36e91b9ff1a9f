package roster_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/roster"
)

var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// option changes a member that member makes.
type option func(*v1alpha1.Member)

// member is a person whose user is their name, who holds the duty agent.
func member(name string, options ...option) v1alpha1.Member {
	m := v1alpha1.Member{Name: name, User: v1alpha1.User(name), Duties: []v1alpha1.Identifier{"agent"}}
	for _, o := range options {
		o(&m)
	}
	return m
}

func duties(d ...v1alpha1.Identifier) option {
	return func(m *v1alpha1.Member) { m.Duties = d }
}

func deputies(d ...v1alpha1.MemberName) option {
	return func(m *v1alpha1.Member) { m.Deputies = d }
}

func user(u v1alpha1.User) option {
	return func(m *v1alpha1.Member) { m.User = u }
}

// away is from an hour before noon to an hour after.
func away(m *v1alpha1.Member) { between(-time.Hour, time.Hour)(m) }

func between(from, to time.Duration) option {
	return func(m *v1alpha1.Member) {
		m.Away = append(m.Away, v1alpha1.Absence{From: metav1.NewTime(noon.Add(from)), To: metav1.NewTime(noon.Add(to))})
	}
}

func team(members ...v1alpha1.Member) *v1alpha1.ResponseTeamSpec {
	return &v1alpha1.ResponseTeamSpec{Members: members}
}

func under(parent string, spec *v1alpha1.ResponseTeamSpec) *v1alpha1.ResponseTeamSpec {
	spec.Parent = v1alpha1.ObjectName(parent)
	return spec
}

func spread(spec *v1alpha1.ResponseTeamSpec) *v1alpha1.ResponseTeamSpec {
	spec.Selection = v1alpha1.SelectionSpread
	return spec
}

type teams = map[string]*v1alpha1.ResponseTeamSpec

func except(users ...v1alpha1.User) func(v1alpha1.User) bool {
	return func(u v1alpha1.User) bool { return slices.Contains(users, u) }
}

// people writes people as team/name.
func people(found []roster.Person) []string {
	out := []string{}
	for _, p := range found {
		out = append(out, p.Team+"/"+p.Name)
	}
	return out
}

func TestCandidates(t *testing.T) {
	for _, c := range []struct {
		name    string
		teams   teams
		exclude func(v1alpha1.User) bool
		want    []string
	}{
		{"in list order, those with the duty", teams{
			"desk": team(member("li"), member("wu", duties("driver")), member("zhao", duties("driver", "agent"))),
		}, nil, []string{"desk/li", "desk/zhao"}},
		{"nobody has the duty", teams{"desk": team(member("wu", duties("driver")))}, nil, []string{}},
		{"no such team", teams{"shop": team(member("li"))}, nil, []string{}},
		{"a deputy takes the place of who is away", teams{
			"desk": team(member("li", away, deputies("wu")), member("zhao"), member("wu", duties("driver"))),
		}, nil, []string{"desk/wu", "desk/zhao"}},
		{"deputies in the order they are named", teams{
			"desk": team(member("li", away, deputies("wu", "zhao")), member("zhao", duties("driver")), member("wu", duties("driver"))),
		}, nil, []string{"desk/wu", "desk/zhao"}},
		{"a deputy who is away is left out, and who is no member too", teams{
			"desk": team(member("li", away, deputies("wu", "nobody", "zhao")), member("wu", away, duties("driver")), member("zhao", duties("driver"))),
		}, nil, []string{"desk/zhao"}},
		{"no deputies of deputies", teams{
			"desk": team(member("li", away, deputies("wu")), member("wu", away, duties("driver"), deputies("zhao")), member("zhao", duties("driver"))),
		}, nil, []string{}},
		{"a deputy of who is there comes after the other holders", teams{
			"desk": team(member("li", deputies("wu")), member("zhao"), member("wu", duties("driver"))),
		}, nil, []string{"desk/li", "desk/zhao", "desk/wu"}},
		{"a deputy of who is excluded comes after the other holders", teams{
			"desk": team(member("li", deputies("wu")), member("zhao"), member("wu", duties("driver"))),
		}, except("li"), []string{"desk/zhao", "desk/wu"}},
		{"a deputy fills in where the only holder is excluded", teams{
			"desk": team(member("li", deputies("wu")), member("wu", duties("driver"))),
		}, except("li"), []string{"desk/wu"}},
		{"an excluded deputy is left out", teams{
			"desk": team(member("li", away, deputies("wu", "zhao")), member("wu", duties("driver")), member("zhao", duties("driver"))),
		}, except("wu"), []string{"desk/zhao"}},
		{"a deputy who holds the duty is listed once, in the earlier place", teams{
			"desk": team(member("li", away, deputies("zhao")), member("wu"), member("zhao")),
		}, nil, []string{"desk/zhao", "desk/wu"}},
		{"the parent's people come last", teams{
			"desk": under("office", team(member("li", deputies("wu")), member("wu", duties("driver")))),
			"office": under("head", team(member("chen", away, deputies("sun")), member("sun", duties("driver")),
				member("he"))),
			"head": team(member("ma"), member("deng", duties("driver"))),
		}, nil, []string{"desk/li", "desk/wu", "office/sun", "office/he", "head/ma"}},
		{"who is in the parent team too is listed once", teams{
			"desk":   under("office", team(member("li"))),
			"office": team(member("boss", user("li")), member("he")),
		}, nil, []string{"desk/li", "office/he"}},
		{"exclusion reaches the parent", teams{
			"desk":   under("office", team(member("li"))),
			"office": team(member("boss", user("li")), member("he")),
		}, except("li"), []string{"office/he"}},
		{"who is away in one team is away in all", teams{
			"desk":   under("office", team(member("li", away))),
			"office": team(member("boss", user("li")), member("he")),
		}, nil, []string{"office/he"}},
		{"no such parent", teams{"desk": under("office", team(member("li")))}, nil, []string{"desk/li"}},
		{"its own parent", teams{"desk": under("desk", team(member("li")))}, nil, []string{"desk/li"}},
		{"each other's parents", teams{
			"desk":   under("office", team(member("li"))),
			"office": under("desk", team(member("he"))),
		}, nil, []string{"desk/li", "office/he"}},
		{"a member without a user is nobody", teams{"desk": team(member("li", user("")))}, nil, []string{}},
		{"a team without a spec", teams{"desk": nil}, nil, []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			found := roster.New(c.teams).Candidates(roster.Query{Team: "desk", Duty: "agent", At: noon, Exclude: c.exclude})
			g.Expect(people(found)).To(Equal(c.want))
		})
	}
}

func TestAbsenceAtBothEdges(t *testing.T) {
	for _, c := range []struct {
		name   string
		absent option
		there  bool
	}{
		{"a second before it begins", between(time.Second, time.Hour), true},
		{"as it begins", between(0, time.Hour), false},
		{"a second before it ends", between(-time.Hour, time.Second), false},
		{"as it ends", between(-time.Hour, 0), true},
		{"between two", func(m *v1alpha1.Member) { between(-2*time.Hour, -time.Hour)(m); between(time.Hour, 2*time.Hour)(m) }, true},
		{"in the second of two", func(m *v1alpha1.Member) { between(-2*time.Hour, -time.Hour)(m); away(m) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			r := roster.New(teams{"desk": team(member("li", c.absent))})
			g.Expect(r.Candidates(roster.Query{Team: "desk", Duty: "agent", At: noon})).To(HaveLen(map[bool]int{true: 1}[c.there]))
		})
	}
}

func TestSpread(t *testing.T) {
	g := NewWithT(t)
	r := roster.New(teams{"desk": spread(team(member("a"), member("x", duties("driver")), member("b"), member("c")))})
	first := map[string]int{}
	for i := range 3000 {
		found := people(r.Candidates(roster.Query{Team: "desk", Duty: "agent", At: noon, Seed: "case-" + strconv.Itoa(i)}))
		g.Expect(found).To(Or(
			Equal([]string{"desk/a", "desk/b", "desk/c"}),
			Equal([]string{"desk/b", "desk/c", "desk/a"}),
			Equal([]string{"desk/c", "desk/a", "desk/b"})), "the list is turned, not shuffled")
		first[found[0]]++
	}
	for _, who := range []string{"desk/a", "desk/b", "desk/c"} {
		g.Expect(first[who]).To(BeNumerically("~", 1000, 100), who)
	}
}

// While somebody is on leave, only their own cases go to somebody else.
func TestSpreadStaysWhenSomebodyLeaves(t *testing.T) {
	g := NewWithT(t)
	there := roster.New(teams{"desk": spread(team(member("a"), member("b"), member("c")))})
	gone := roster.New(teams{"desk": spread(team(member("a"), member("b", away, deputies("a")), member("c")))})
	moved := map[string]bool{}
	for i := range 100 {
		q := roster.Query{Team: "desk", Duty: "agent", At: noon, Seed: strconv.Itoa(i)}
		before, after := there.Candidates(q)[0].Name, gone.Candidates(q)[0].Name
		if before == after {
			continue
		}
		moved[before+" to "+after] = true
	}
	g.Expect(moved).To(Equal(map[string]bool{"b to a": true}))
}

// A seed begins at the same person in every version of the product, or cases would change hands at an upgrade.
func TestSpreadNeverChanges(t *testing.T) {
	g := NewWithT(t)
	r := roster.New(teams{"desk": spread(team(member("a"), member("b"), member("c"), member("d"), member("e")))})
	first := ""
	for _, seed := range []string{"", "1", "2", "3", "4", "5"} {
		first += r.Candidates(roster.Query{Team: "desk", Duty: "agent", At: noon, Seed: seed})[0].Name
	}
	g.Expect(first).To(Equal("cdbded"))
}

func TestDeputies(t *testing.T) {
	r := roster.New(teams{"desk": team(
		member("li", deputies("wu", "nobody", "zhao", "again", "li")),
		member("wu", duties("driver")), member("zhao", away), member("again", user("wu")), member("other", user("li"), deputies("li", "wu")),
	)})
	li, _ := r.Find("li")
	for _, c := range []struct {
		name    string
		who     roster.Person
		at      time.Time
		exclude func(v1alpha1.User) bool
		want    []string
	}{
		{"those who are there", li, noon, nil, []string{"desk/wu"}},
		{"those who are back", li, noon.Add(time.Hour), nil, []string{"desk/wu", "desk/zhao"}},
		{"not the excluded", li, noon.Add(time.Hour), except("wu"), []string{"desk/zhao"}},
		{"never oneself under another name", roster.Person{Team: "desk", Name: "other", User: "li"}, noon, nil, []string{"desk/wu"}},
		{"not a member any more", roster.Person{Team: "desk", Name: "gone"}, noon, nil, []string{}},
		{"no such team", roster.Person{Team: "shop", Name: "li"}, noon, nil, []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			NewWithT(t).Expect(people(r.Deputies(c.who, c.at, c.exclude))).To(Equal(c.want))
		})
	}
}

func TestMembers(t *testing.T) {
	g := NewWithT(t)
	r := roster.New(teams{"desk": team(member("li", away), member("wu", duties("driver")), member("zhao", duties("cook")), member("again", user("li")))})
	g.Expect(people(r.Members("desk", []string{"driver", "agent"}))).To(Equal([]string{"desk/li", "desk/wu", "desk/again"}))
	g.Expect(people(r.Members("desk", nil))).To(Equal([]string{"desk/li", "desk/wu", "desk/zhao", "desk/again"}))
	g.Expect(r.Members("desk", []string{"pilot"})).To(BeEmpty())
	g.Expect(r.Members("shop", nil)).To(BeEmpty())
	g.Expect(r.TeamUsers("desk")).To(Equal([]v1alpha1.User{"li", "wu", "zhao"}))
	g.Expect(r.TeamUsers("shop")).To(BeEmpty())
}

func TestFind(t *testing.T) {
	g := NewWithT(t)
	ma := member("ma", user("li"))
	ma.Locale = v1alpha1.LocaleChinese
	r := roster.New(teams{"b": team(member("li")), "a": team(member("wu"), member("vacant", user("")), ma, member("later", user("li"))), "c": nil})
	found, ok := r.Find("li")
	g.Expect(ok).To(BeTrue())
	g.Expect(found).To(Equal(roster.Person{Team: "a", Name: "ma", User: "li", Locale: "zh-CN"}))
	found, ok = r.Find("wu")
	g.Expect(ok).To(BeTrue())
	g.Expect(found.Locale).To(Equal(v1alpha1.LocaleEnglish))
	for _, u := range []v1alpha1.User{"nobody", ""} {
		_, ok = r.Find(u)
		g.Expect(ok).To(BeFalse())
	}
}

func TestStakeholders(t *testing.T) {
	g := NewWithT(t)
	with := func(names ...v1alpha1.Identifier) *v1alpha1.ResponseTeamSpec {
		spec := team(member("li"))
		for _, n := range names {
			spec.Stakeholders = append(spec.Stakeholders, v1alpha1.Stakeholder{Name: n})
		}
		return spec
	}
	r := roster.New(teams{"c": with("media"), "b": with("media", "regulator"), "a": with()})
	g.Expect(r.Stakeholder("b", "regulator")).To(BeTrue())
	g.Expect(r.Stakeholder("c", "regulator")).To(BeFalse())
	g.Expect(r.Stakeholder("d", "regulator")).To(BeFalse())

	for _, c := range []struct {
		name   string
		prefer []string
		want   string
	}{
		{"media", nil, "b"},
		{"media", []string{"c"}, "c"},
		{"media", []string{"a", "none", "c", "b"}, "c"},
		{"regulator", []string{"c"}, "b"},
		{"staff", []string{"c"}, ""},
	} {
		team, ok := r.StakeholderTeam(c.name, c.prefer...)
		g.Expect(team).To(Equal(c.want), c.name)
		g.Expect(ok).To(Equal(c.want != ""), c.name)
	}
}

func TestNoRosterHasNobody(t *testing.T) {
	var none *roster.Roster
	for _, r := range []*roster.Roster{none, roster.New(nil), new(roster.Roster)} {
		g := NewWithT(t)
		g.Expect(r.Candidates(roster.Query{Team: "desk", Duty: "agent"})).To(BeEmpty())
		g.Expect(r.Deputies(roster.Person{Team: "desk", Name: "li"}, noon, nil)).To(BeEmpty())
		g.Expect(r.Members("desk", nil)).To(BeEmpty())
		g.Expect(r.TeamUsers("desk")).To(BeEmpty())
		g.Expect(r.Stakeholder("desk", "media")).To(BeFalse())
		_, ok := r.Find("li")
		g.Expect(ok).To(BeFalse())
		_, ok = r.StakeholderTeam("media", "desk")
		g.Expect(ok).To(BeFalse())
	}
}

func TestLeft(t *testing.T) {
	g := NewWithT(t)
	r := roster.New(map[string]*v1alpha1.ResponseTeamSpec{
		"desk":  {Members: []v1alpha1.Member{{Name: "lin", User: "lin"}}},
		"night": {Members: []v1alpha1.Member{{Name: "wang", User: "wang"}}},
	})
	g.Expect(r.Left("lin", "desk")).To(BeFalse())
	g.Expect(r.Left("wang", "desk")).To(BeFalse(), "who changed the team has not left")
	g.Expect(r.Left("amy", "desk")).To(BeTrue())
	g.Expect(r.Left("amy", "gone")).To(BeFalse(), "the team is missing, not its people")
	g.Expect(r.Left("", "desk")).To(BeFalse())
}
