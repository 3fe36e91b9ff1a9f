package simulation

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/playbooks"
)

// TestNothingIsMissedByLookingOnce plays random casts twice: as it is done, and with a second look after everything that was
// written, as a cluster does.
func TestNothingIsMissedByLookingOnce(t *testing.T) {
	packs := map[string]*pack.Pack{}
	for _, name := range []string{playbooks.ServiceRecovery, playbooks.PropertyDeveloper} {
		packs[name] = load(t, name)
	}
	rapid.Check(t, func(t *rapid.T) {
		p := packs[rapid.SampledFrom([]string{playbooks.ServiceRecovery, playbooks.PropertyDeveloper}).Draw(t, "pack")]
		cast := randomCast(t, p)
		n := rapid.IntRange(1, 5).Draw(t, "complaints")
		g := NewWithT(t)
		g.Expect(played(t, p, cast, n, false)).To(Equal(played(t, p, cast, n, true)))
	})
}

func played(t rapid.TB, p *pack.Pack, cast *Cast, n int, careful bool) []string {
	s := New(p, cast)
	s.careful = careful
	story := s.Tell()
	s.Exercise()
	for i := range n {
		c := p.Complaints[i%len(p.Complaints)].DeepCopy()
		c.Name, c.Spec.ReceivedAt = name(i), at(i)
		if i%3 == 0 {
			c.Spec.Signals = nil
		}
		s.Complain(c, c.Spec.ReceivedAt.Time)
	}
	for _, ci := range p.Incidents {
		s.Alarm(ci.DeepCopy(), s.Now())
	}
	if _, err := s.Run(s.Now().Add(90 * 24 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, l := range *story {
		lines = append(lines, fmt.Sprint(l.Record, l.Entry))
	}
	return lines
}

// TestWhatPeopleDoAtOnceIsLookedAtInTurn has people do two things to a complaint in one second: the second may wait for what the
// first one brings about, another playbook, or a run that begins anew.
func TestWhatPeopleDoAtOnceIsLookedAtInTurn(t *testing.T) {
	p := load(t, playbooks.ServiceRecovery)
	verbs := []v1alpha1.RecordVerb{v1alpha1.RecordComment, v1alpha1.RecordRaise, v1alpha1.RecordAbort, v1alpha1.RecordReopen, v1alpha1.RecordSkip}
	for _, after := range []v1alpha1.Duration{"1h", "40d"} {
		for _, first := range verbs {
			for _, second := range verbs {
				cast := &Cast{}
				for _, verb := range []v1alpha1.RecordVerb{first, second} {
					cast.Acts = append(cast.Acts, RecordAct{name(0), after, v1alpha1.RecordAct{Verb: verb, By: "chen.guo@example.com", Reason: "because", Level: "major", Step: "checkFacts"}})
				}
				once, twice := played(t, p, cast, 1, false), played(t, p, cast, 1, true)
				for k := range max(len(once), len(twice)) {
					if k >= len(once) || k >= len(twice) || once[k] != twice[k] {
						t.Errorf("%s and %s after %s, from line %d on:\n%s\nlooked at again:\n%s", first, second, after, k, strings.Join(once[min(k, len(once)):min(k+5, len(once))], "\n"), strings.Join(twice[min(k, len(twice)):min(k+5, len(twice))], "\n"))
						break
					}
				}
			}
		}
	}
}

// at is so many hours after the usual start.
func at(hours int) metav1.Time {
	return metav1.NewTime(time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC).Add(time.Duration(hours) * time.Hour))
}

func name(i int) string { return fmt.Sprintf("c-%d", i) }

// randomCast is a cast in which much goes wrong.
func randomCast(t *rapid.T, p *pack.Pack) *Cast {
	users := usersOf(p)
	user := rapid.SampledFrom(users)
	hours := rapid.IntRange(0, 400)
	cast := &Cast{Seed: rapid.Uint64().Draw(t, "seed")}
	for range rapid.IntRange(0, 3).Draw(t, "answers") {
		cast.Answers = append(cast.Answers, Answer{
			Users: []v1alpha1.User{user.Draw(t, "user")}, Never: rapid.Bool().Draw(t, "never"), Declines: rapid.SampledFrom([]int{0, 0, 60}).Draw(t, "declines"),
			Outcomes: rapid.SliceOfN(rapid.SampledFrom([]v1alpha1.Identifier{"unfounded", "dissatisfied", "satisfied", "refused", "approved"}), 0, 3).Draw(t, "outcomes"),
		})
	}
	cast.Answers = append(cast.Answers, Answer{After: Delay{Median: "5h", Slow: rapid.SampledFrom([]v1alpha1.Duration{"5h", "60h"}).Draw(t, "slow")}})
	for range rapid.IntRange(0, 3).Draw(t, "away") {
		from := at(hours.Draw(t, "from"))
		to := from
		to.Time = to.Add(100 * time.Hour)
		cast.Away = append(cast.Away, Away{user.Draw(t, "who"), from, to})
	}
	for range rapid.IntRange(0, 4).Draw(t, "acts") {
		act := v1alpha1.RecordAct{
			Verb: rapid.SampledFrom([]v1alpha1.RecordVerb{v1alpha1.RecordComment, v1alpha1.RecordRaise, v1alpha1.RecordLower, v1alpha1.RecordAbort, v1alpha1.RecordReopen, v1alpha1.RecordMerge, v1alpha1.RecordSkip}).Draw(t, "verb"),
			By:   user.Draw(t, "by"), Reason: "because",
			Level: rapid.SampledFrom([]v1alpha1.LevelName{"major", "serious", "general", "L1", "L2"}).Draw(t, "level"),
			Into:  name(rapid.IntRange(0, 3).Draw(t, "into")), Step: rapid.SampledFrom([]string{"acknowledge", "checkFacts"}).Draw(t, "step"),
		}
		cast.Acts = append(cast.Acts, RecordAct{name(rapid.IntRange(0, 3).Draw(t, "record")), v1alpha1.Duration(fmt.Sprintf("%dh", hours.Draw(t, "after"))), act})
	}
	if len(p.Channels) > 0 && rapid.Bool().Draw(t, "outage") {
		from := at(2)
		to := at(60)
		for _, ch := range sorted(p.Channels) {
			cast.Outages = append(cast.Outages, Outage{v1alpha1.ObjectName(ch.Name), from, to})
		}
	}
	return cast
}

func usersOf(p *pack.Pack) (users []v1alpha1.User) {
	for _, team := range p.Teams {
		for i := range team.Spec.Members {
			users = append(users, team.Spec.Members[i].User)
		}
	}
	slices.Sort(users)
	return slices.Compact(users)
}
