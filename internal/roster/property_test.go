package roster_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/roster"
)

var (
	teamNames = []string{"a", "b", "c", "d"}
	someDuty  = rapid.SampledFrom([]v1alpha1.Identifier{"agent", "driver", "cook"})
	someName  = rapid.SampledFrom([]v1alpha1.MemberName{"m0", "m1", "m2", "m3", "m4", "m5"})
	someUser  = rapid.SampledFrom([]v1alpha1.User{"u0", "u1", "u2", "u3", "u4", "u5", "u6"})
	someHour  = rapid.IntRange(-5, 5)
)

// anyTeams draws teams that point at each other as they like, with members who share users across and within teams.
var anyTeams = rapid.Custom(func(t *rapid.T) teams {
	out := teams{}
	for _, name := range teamNames {
		if rapid.Bool().Draw(t, "no team "+name) {
			continue
		}
		spec := &v1alpha1.ResponseTeamSpec{
			Parent:    v1alpha1.ObjectName(rapid.SampledFrom(append(teamNames, "", "x")).Draw(t, "parent")),
			Selection: rapid.SampledFrom([]v1alpha1.Selection{"", v1alpha1.SelectionFirst, v1alpha1.SelectionSpread}).Draw(t, "selection"),
		}
		for i := range rapid.IntRange(1, 6).Draw(t, "members") {
			m := v1alpha1.Member{
				Name:     fmt.Sprintf("m%d", i),
				User:     someUser.Draw(t, "user"),
				Duties:   rapid.SliceOfNDistinct(someDuty, 1, 3, rapid.ID).Draw(t, "duties"),
				Deputies: rapid.SliceOfN(someName, 0, 3).Draw(t, "deputies"),
			}
			if rapid.Bool().Draw(t, "absent") {
				from := someHour.Draw(t, "from")
				to := from + rapid.IntRange(1, 5).Draw(t, "hours")
				m.Away = []v1alpha1.Absence{{From: metav1.NewTime(hour(from)), To: metav1.NewTime(hour(to))}}
			}
			spec.Members = append(spec.Members, m)
		}
		out[name] = spec
	}
	return out
})

func hour(n int) time.Time { return noon.Add(time.Duration(n) * time.Hour) }

func TestCandidatesHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := NewWithT(t)
		specs := anyTeams.Draw(t, "teams")
		excluded := rapid.SliceOfN(someUser, 0, 3).Draw(t, "excluded")
		q := roster.Query{
			Team: rapid.SampledFrom(teamNames).Draw(t, "team"), Duty: string(someDuty.Draw(t, "duty")),
			At: hour(someHour.Draw(t, "at")), Seed: rapid.String().Draw(t, "seed"), Exclude: except(excluded...),
		}
		found := roster.New(specs).Candidates(q)
		g.Expect(roster.New(specs).Candidates(q)).To(Equal(found), "asked again")

		seen := map[v1alpha1.User]bool{}
		for _, p := range found {
			g.Expect(excluded).NotTo(ContainElement(p.User))
			g.Expect(seen).NotTo(HaveKey(p.User))
			seen[p.User] = true
			g.Expect(isAway(specs, p.User, q.At)).To(BeFalse(), "%s is away", p.User)
			m := memberOf(specs, p)
			g.Expect(m).NotTo(BeNil())
			g.Expect(m.User).To(Equal(p.User))
			g.Expect(slices.Contains(m.Duties, v1alpha1.Identifier(q.Duty)) || isDeputyOfHolder(specs[p.Team], m.Name, q.Duty)).
				To(BeTrue(), "%s neither holds %s nor stands in for who does", p.Name, q.Duty)
		}
		for _, m := range membersOf(specs[q.Team]) {
			able := slices.Contains(m.Duties, v1alpha1.Identifier(q.Duty)) || isDeputyOfHolder(specs[q.Team], m.Name, q.Duty)
			if able && !isAway(specs, m.User, q.At) && !slices.Contains(excluded, m.User) {
				g.Expect(seen).To(HaveKey(m.User), "%s could be asked and is not", m.Name)
			}
		}
	})
}

func TestDeputiesHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := NewWithT(t)
		specs := anyTeams.Draw(t, "teams")
		excluded := rapid.SliceOfN(someUser, 0, 3).Draw(t, "excluded")
		at := hour(someHour.Draw(t, "at"))
		r := roster.New(specs)
		for _, name := range teamNames {
			for _, p := range r.Members(name, nil) {
				seen := map[v1alpha1.User]bool{p.User: true}
				for _, d := range r.Deputies(p, at, except(excluded...)) {
					g.Expect(excluded).NotTo(ContainElement(d.User))
					g.Expect(seen).NotTo(HaveKey(d.User))
					seen[d.User] = true
					g.Expect(isAway(specs, d.User, at)).To(BeFalse())
					g.Expect(memberOf(specs, p).Deputies).To(ContainElement(v1alpha1.MemberName(d.Name)))
				}
			}
		}
	})
}

func membersOf(spec *v1alpha1.ResponseTeamSpec) []v1alpha1.Member {
	if spec == nil {
		return nil
	}
	return spec.Members
}

func memberOf(specs teams, p roster.Person) *v1alpha1.Member {
	for _, m := range membersOf(specs[p.Team]) {
		if m.Name == p.Name {
			return &m
		}
	}
	return nil
}

func isDeputyOfHolder(spec *v1alpha1.ResponseTeamSpec, name, duty string) bool {
	for _, m := range membersOf(spec) {
		if slices.Contains(m.Duties, v1alpha1.Identifier(duty)) && slices.Contains(m.Deputies, v1alpha1.MemberName(name)) {
			return true
		}
	}
	return false
}

func isAway(specs teams, user v1alpha1.User, at time.Time) bool {
	for _, spec := range specs {
		for _, m := range membersOf(spec) {
			for _, a := range m.Away {
				if m.User == user && a.From.Unix() <= at.Unix() && at.Unix() < a.To.Unix() {
					return true
				}
			}
		}
	}
	return false
}
