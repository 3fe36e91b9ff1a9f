package simulation

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/playbooks"
)

// busy is a load in which much happens: crises, counts over days, people who answer late or not at all.
func busy() (*Load, *Cast) {
	none := 0
	return &Load{Seed: 3, Complaints: 400, Days: new(40), TimeZone: "Asia/Shanghai", Hours: slices.Concat(make([]int, 8), []int{3, 4}, make([]int, 14)), Kinds: []Kind{
			{Like: "example-lamp", Products: new(30), Categories: map[v1alpha1.Identifier]int{"quality": 60, "delivery": 40}},
			{Like: "example-hotline", Products: new(5), Complainants: new(20), Signals: map[v1alpha1.Identifier]int{"agitated": 30, "safety-hazard": 3}},
			{Like: "example-lamp", Share: &none},
		}}, &Cast{Answers: []Answer{
			{Steps: []string{"followUp"}, Outcomes: []v1alpha1.Identifier{"dissatisfied", "satisfied"}},
			{Declines: 5, After: Delay{Median: "3h", Slow: "60h"}},
		}}
}

func TestAYearIsCountedAsItWasPlayed(t *testing.T) {
	g := NewWithT(t)
	p := load(t, playbooks.ServiceRecovery)
	load, cast := busy()
	var stories [][]string
	count := func(forget bool) (Summary, *Play, []Case) {
		s := New(p, cast)
		s.Forget = forget
		tally := s.Count()
		var cases []Case
		tally.Ended = func(c Case) { cases = append(cases, c) }
		var lines []string
		told := s.Told
		s.Told = func(record casework.Record, e engine.Event) {
			told(record, e)
			lines = append(lines, fmt.Sprint(record.GetName(), e))
		}
		g.Expect(s.Bear(load)).To(Succeed())
		_, err := s.Run(s.Now().Add(200 * 24 * time.Hour))
		g.Expect(err).NotTo(HaveOccurred())
		stories = append(stories, lines)
		return tally.Sum(), s, cases
	}
	all, kept, cases := count(false)
	lean, left, same := count(true)
	g.Expect(asJSON(t, lean)).To(Equal(asJSON(t, all)), "forgetting changes no figure")
	g.Expect(slices.Equal(stories[0], stories[1])).To(BeTrue(), "nor a line of any story")
	g.Expect(same).To(Equal(cases))
	g.Expect(kept.Complaints()).To(HaveLen(400))
	g.Expect(left.Complaints()).To(BeEmpty())
	g.Expect(left.world.tasks).To(BeEmpty())
	g.Expect(left.world.notices).To(BeEmpty())
	for k, d := range left.dockets {
		g.Expect(k.kind).NotTo(Equal(v1alpha1.RecordComplaint), "nothing is kept of a complaint")
		g.Expect(d.works).To(BeEmpty())
		g.Expect(d.notices).To(BeEmpty())
		g.Expect(d.wake.place).To(BeZero())
	}

	g.Expect(all.Complaints).To(Equal(400))
	g.Expect(all.Incidents).To(BeNumerically(">", 0))
	g.Expect(all.Missed).To(BeNumerically(">", 10))
	g.Expect(cases).To(HaveLen(400 + all.Incidents))
	delivered, missed, answered := 0, 0, 0
	for _, n := range kept.world.notices {
		if n.Status.State == v1alpha1.NoticeDelivered {
			delivered++
		}
	}
	for _, c := range cases {
		missed += c.Missed
	}
	for _, person := range all.People {
		answered += person.Tasks
	}
	acts := 0
	for _, task := range kept.world.tasks {
		acts += len(task.Spec.Acts)
	}
	for _, pm := range kept.PostMortems() {
		for _, a := range pm.Spec.Actions {
			g.Expect(a.State).To(Equal(v1alpha1.CorrectiveVerified))
			acts += 2 // carried out, and verified
		}
	}
	g.Expect(kept.PostMortems()).To(HaveLen(all.Incidents))
	g.Expect(all.Notices).To(Equal(delivered))
	g.Expect(all.Missed).To(Equal(missed))
	g.Expect(answered).To(Equal(acts))

	zone := zoneOf("Asia/Shanghai")
	for _, c := range kept.Complaints() {
		g.Expect(c.Spec.ReceivedAt.In(zone).Hour()).To(Or(Equal(8), Equal(9)))
	}
}

// Drills are borne by people, and stand in no figure about complaints.
func TestDrillsOfAYearAreBorneByPeopleAlone(t *testing.T) {
	g := NewWithT(t)
	p := load(t, playbooks.ServiceRecovery)
	load, cast := busy()
	count := func(drills bool) Summary {
		s := New(p, cast)
		s.Forget = true
		tally := s.Count()
		if drills {
			s.Exercise()
		}
		g.Expect(s.Bear(load)).To(Succeed())
		_, err := s.Run(s.Now().Add(200 * 24 * time.Hour))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(s.PostMortems()).To(HaveEach(HaveField("Status.OpenActions", BeZero())))
		return tally.Sum()
	}
	without, with := count(false), count(true)
	g.Expect(with.Drills).To(BeNumerically(">", 3), "those of the schedule, and one after each crisis")
	tasks := func(s Summary) (n int) {
		for _, person := range s.People {
			n += person.Tasks
		}
		return n
	}
	g.Expect(tasks(with)).To(BeNumerically(">", tasks(without)))
	with.Drills, with.People, with.To = without.Drills, without.People, without.To
	g.Expect(with).To(Equal(without))
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestALoadIsLikeWhatTheFilesHold(t *testing.T) {
	g := NewWithT(t)
	p := load(t, playbooks.ServiceRecovery)
	g.Expect(New(p, &Cast{}).Bear(&Load{Complaints: 1, Kinds: []Kind{{Like: "kettle"}}})).To(MatchError(ContainSubstring(`kinds[0].like: the files hold no complaint "kettle"; there are example-hotline, example-lamp`)))
	p.Complaints = nil
	g.Expect(New(p, &Cast{}).Bear(&Load{Complaints: 1})).To(MatchError(ContainSubstring("hold no complaint")))
}

func TestTheZoneOfAPersonIsTheirs(t *testing.T) {
	g := NewWithT(t)
	g.Expect(zoneOf("", "Europe/Berlin").String()).To(Equal("Europe/Berlin"))
	g.Expect(zoneOf("Mars", "").String()).To(Equal("UTC"))
}
