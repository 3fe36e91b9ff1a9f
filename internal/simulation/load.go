package simulation

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
)

// Load says how many complaints come in over a time, when, and of which sort. The same load gives the same complaints.
type Load struct {
	// Seed is what chance is drawn from. Default 0.
	Seed uint64 `json:"seed,omitempty"`
	// Complaints is how many come in, at most a million.
	Complaints int `json:"complaints"`
	// Days is over how many days they come in, from the start of the cast on. Default 365.
	Days *int `json:"days,omitempty"`
	// TimeZone is the zone of hours and weekdays. Default UTC.
	TimeZone string `json:"timeZone,omitempty"`
	// Hours are the weights of the hours of a day, from midnight on, 24 of them. Default: all the same.
	Hours []int `json:"hours,omitempty"`
	// Weekdays are the weights of Monday to Sunday. Default: all the same.
	Weekdays []int `json:"weekdays,omitempty"`
	// Kinds are the sorts of complaints. Default: the complaints of the files, all as often.
	Kinds []Kind `json:"kinds,omitempty"`
}

// Kind is a sort of complaint.
type Kind struct {
	// Like names the complaint of the files that these are like. Default: the first by name.
	Like string `json:"like,omitempty"`
	// Share is its weight among the kinds. Default 1.
	Share *int `json:"share,omitempty"`
	// Channels and Categories give the weight of each way they come in, and of each category. Default: as Like has it.
	Channels   map[v1alpha1.ComplaintChannel]int `json:"channels,omitempty"`
	Categories map[v1alpha1.Identifier]int       `json:"categories,omitempty"`
	// Signals are carried by so many of a hundred, each for itself. Default: as Like has it.
	Signals map[v1alpha1.Identifier]int `json:"signals,omitempty"`
	// Products is over how many products they are spread, numbered behind the name that Like has, and Places over how many
	// places: what is counted as the same problem. Default: all have those of Like.
	Products *int `json:"products,omitempty"`
	Places   *int `json:"places,omitempty"`
	// Complainants is how many different people complain. Default: every complaint is somebody else's.
	Complainants *int `json:"complainants,omitempty"`
}

// mostComplaints and mostDays bound a load.
const (
	mostComplaints = 1_000_000
	mostADay       = 100_000 // all of them are open, and in memory, until the first are answered
	mostDays       = 3660
)

// Over is over how many days the complaints come in.
func (l *Load) Over() int { return given(l.Days, 365) }

// given is a number, or what it is where none is written.
func given(n *int, otherwise int) int {
	if n == nil {
		return otherwise
	}
	return *n
}

// problems says what is wrong with a load, everything at once.
func (l *Load) problems() (wrong problems) {
	if l.Complaints < 1 || l.Complaints > mostComplaints {
		wrong.note("complaints", "say how many come in, from 1 to %d", mostComplaints)
	}
	if l.Over() < 1 || l.Over() > mostDays {
		wrong.note("days", "write 1 to %d, or leave it out for 365", mostDays)
	} else if l.Complaints <= mostComplaints && l.Complaints/l.Over() > mostADay {
		wrong.note("complaints", "%d a day are more than the %d that are held in memory; write fewer, or more days", l.Complaints/l.Over(), mostADay)
	}
	if _, err := time.LoadLocation(l.TimeZone); err != nil || l.TimeZone == "Local" {
		wrong.note("timeZone", "there is no time zone %q; use an IANA name, e.g. Asia/Shanghai", l.TimeZone)
	}
	weights := func(field string, list []int, n int) {
		if len(list) == 0 {
			return
		}
		total := 0
		for _, w := range list {
			if w < 0 || w > mostWeight {
				wrong.note(field, "a weight is a number from 0 to %d", mostWeight)
				return
			}
			total += w
		}
		if len(list) != n || total == 0 {
			wrong.note(field, "write %d weights that are not all 0", n)
		}
	}
	weights("hours", l.Hours, 24)
	weights("weekdays", l.Weekdays, 7)
	total := 0
	for i := range l.Kinds {
		k, at := &l.Kinds[i], fmt.Sprintf("kinds[%d]", i)
		total += k.share()
		if k.share() < 0 || k.share() > mostWeight {
			wrong.note(at+".share", "a weight is a number from 0 to %d", mostWeight)
		}
		weighed(&wrong, at+".channels", k.Channels)
		weighed(&wrong, at+".categories", k.Categories)
		possible(&wrong, at+".channels", "complaint.channel", k.Channels)
		possible(&wrong, at+".categories", "complaint.category", k.Categories)
		for _, signal := range slices.Sorted(maps.Keys(k.Signals)) {
			if n := k.Signals[signal]; n < 0 || n > 100 {
				wrong.note(at+".signals."+string(signal), "%d is no share of a hundred; write 0 to 100", n)
			}
		}
		for field, n := range map[string]*int{".products": k.Products, ".places": k.Places, ".complainants": k.Complainants} {
			if n != nil && (*n < 1 || *n > mostComplaints) {
				wrong.note(at+field, "write 1 to %d, or leave it out", mostComplaints)
			}
		}
	}
	if len(l.Kinds) > 0 && total <= 0 {
		wrong.note("kinds", "their shares add up to nothing")
	}
	return wrong
}

// mostWeight is the greatest weight, so that their sum is a number however many they are.
const mostWeight = 1_000_000

func weighed[K ~string](wrong *problems, field string, weights map[K]int) {
	total := 0
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		if n := weights[name]; n < 0 || n > mostWeight {
			wrong.note(field+"."+string(name), "%d is no weight; write a number from 0 to %d", n, mostWeight)
			return
		}
		total += weights[name]
	}
	if len(weights) > 0 && total == 0 {
		wrong.note(field, "the weights are all 0; write e.g. founded: 80, unfounded: 20")
	}
}

// possible notes names that no complaint of a cluster could have there.
func possible[K ~string](wrong *problems, field, fact string, weights map[K]int) {
	domain := playbook.DomainOf(fact)
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		if domain.Admits(string(name)) {
			continue
		}
		f := pack.Fault{Field: field + "." + string(name), Message: fmt.Sprintf("%s is never %q", fact, name), Advice: "write a small letter, then letters, digits and hyphens, 40 at most"}
		if domain.Words != nil {
			f.Advice = playbook.OneOf(string(name), domain.Words)
		}
		*wrong = append(*wrong, f)
	}
}

func (k *Kind) share() int {
	return given(k.Share, 1)
}

// Bear has the complaints of a load come in, one after the other. It is an error where a kind is like no complaint of the
// pack.
func (s *Play) Bear(l *Load) error {
	stream := &stream{play: s, load: l, chance: rand.New(rand.NewPCG(l.Seed, 0x70c5))}
	if err := stream.models(); err != nil {
		return err
	}
	stream.draw()
	stream.next(0)
	return nil
}

// stream is a load that comes in.
type stream struct {
	play   *Play
	load   *Load
	chance *rand.Rand
	kinds  []Kind
	likes  []*v1alpha1.Complaint
	shares []int
	times  []int64 // when each comes in, in seconds since 1970
}

func (t *stream) models() error {
	known := map[string]*v1alpha1.Complaint{}
	for _, c := range t.play.world.pack.Complaints {
		known[c.Name] = c
	}
	there := likes(t.play.world.pack)
	if len(there) == 0 {
		return fmt.Errorf("the files hold no complaint that those of the load could be like; name a file with one as well, e.g. the folder examples of a pack")
	}
	t.kinds = t.load.Kinds
	if len(t.kinds) == 0 {
		for _, name := range there {
			t.kinds = append(t.kinds, Kind{Like: name})
		}
	}
	if wrong := t.load.strangers(there); len(wrong) > 0 {
		return fmt.Errorf("%s: %s", wrong[0].Field, wrong[0].Message)
	}
	total := 0
	for i := range t.kinds {
		like := known[cmp.Or(t.kinds[i].Like, there[0])]
		total += t.kinds[i].share()
		t.likes, t.shares = append(t.likes, like), append(t.shares, total)
	}
	return nil
}

// likes are the complaints of a pack that others can be like.
func likes(p *pack.Pack) (out []string) {
	for _, c := range p.Complaints {
		out = append(out, c.Name)
	}
	slices.Sort(out)
	return out
}

// strangers are the kinds that are like no complaint there is.
func (l *Load) strangers(there []string) (wrong problems) {
	for i, k := range l.Kinds {
		if k.Like != "" && !slices.Contains(there, k.Like) {
			wrong.note(fmt.Sprintf("kinds[%d].like", i), "the files hold no complaint %q; %sthere are %s", k.Like, playbook.DidYouMean(k.Like, there), list(there))
		}
	}
	return wrong
}

// misspelt are the signals that no triage policy declares, while one that looks like them is: no rule would see them.
func (l *Load) misspelt(p *pack.Pack) (wrong problems) {
	var known []string
	for _, policy := range p.Policies {
		for _, signal := range policy.Spec.Signals {
			known = append(known, string(signal))
		}
	}
	for _, c := range p.Complaints {
		for _, signal := range c.Spec.Signals {
			known = append(known, string(signal))
		}
	}
	slices.Sort(known)
	for i := range l.Kinds {
		for _, signal := range slices.Sorted(maps.Keys(l.Kinds[i].Signals)) {
			if guess := playbook.DidYouMean(string(signal), known); guess != "" && !slices.Contains(known, string(signal)) {
				wrong = append(wrong, pack.Fault{Field: fmt.Sprintf("kinds[%d].signals.%s", i, signal), Message: fmt.Sprintf("no TriagePolicy declares the signal %q", signal), Advice: strings.TrimSpace(guess)})
			}
		}
	}
	return wrong
}

// list is at most ten names.
func list(names []string) string {
	text := ""
	for i, name := range names {
		if i == 10 {
			return text + " and others"
		}
		if i > 0 {
			text += ", "
		}
		text += name
	}
	return text
}

// draw draws when the complaints come in.
func (t *stream) draw() {
	zone := zoneOf(t.load.TimeZone)
	start := t.play.now.In(zone)
	midnight := time.Date(start.Year(), start.Month(), start.Day(), 0, 0, 0, 0, zone)
	var hours []time.Time
	var sums []int
	sum := 0
	end := start.AddDate(0, 0, t.load.Over())
	for d := range t.load.Over() + 1 {
		day := midnight.AddDate(0, 0, d)
		for h := range 24 {
			at := time.Date(day.Year(), day.Month(), day.Day(), h, 0, 0, 0, zone)
			if at.Before(start) || !at.Before(end) {
				continue
			}
			sum += weight(t.load.Hours, h) * weight(t.load.Weekdays, (int(day.Weekday())+6)%7)
			hours, sums = append(hours, at), append(sums, sum)
		}
	}
	t.times = make([]int64, t.load.Complaints)
	for i := range t.times {
		at := hours[0]
		if sum > 0 {
			at = hours[sort.SearchInts(sums, t.chance.IntN(sum)+1)]
		}
		t.times[i] = at.Unix() + t.chance.Int64N(3600)
	}
	slices.Sort(t.times)
}

// weight is one of some weights; without any all are the same.
func weight(list []int, i int) int {
	if len(list) == 0 {
		return 1
	}
	return list[i]
}

// next has the complaint after so many come in, and then those behind it.
func (t *stream) next(i int) {
	if i == len(t.times) {
		return
	}
	at := time.Unix(t.times[i], 0).UTC()
	t.play.agenda.plan(t.play.notBefore(at), func() error {
		t.next(i + 1)
		t.play.comeIn(t.complaint(i, at))
		return nil
	})
}

// loaded is how the names of the complaints of a load begin.
const loaded = "load-"

func loadName(i int) string { return fmt.Sprintf(loaded+"%07d", i+1) }

// complaint is one of them.
func (t *stream) complaint(i int, at time.Time) *v1alpha1.Complaint {
	n := 0
	if total := t.shares[len(t.shares)-1]; total > 0 {
		n = sort.SearchInts(t.shares, t.chance.IntN(total)+1)
	}
	k, like := &t.kinds[n], t.likes[n]
	c := &v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Name: loadName(i)}, Spec: like.Spec}
	c.Spec.ReceivedAt = metav1.NewTime(at)
	if channel := drawn(k.Channels, t.chance); channel != "" {
		c.Spec.Channel = channel
	}
	if category := drawn(k.Categories, t.chance); category != "" {
		c.Spec.Category = category
	}
	if k.Signals != nil {
		c.Spec.Signals = nil
		for _, signal := range slices.Sorted(maps.Keys(k.Signals)) {
			if t.chance.IntN(100) < k.Signals[signal] {
				c.Spec.Signals = append(c.Spec.Signals, signal)
			}
		}
	}
	if k.Products != nil {
		c.Spec.Product = fmt.Sprintf("%s %d", cmp.Or(like.Spec.Product, "product"), t.chance.IntN(*k.Products)+1)
	}
	if k.Places != nil {
		c.Spec.Place = fmt.Sprintf("%s %d", cmp.Or(like.Spec.Place, "place"), t.chance.IntN(*k.Places)+1)
	}
	complainant := v1alpha1.Complainant{}
	if like.Spec.Complainant != nil {
		complainant = *like.Spec.Complainant
	}
	who := i
	if k.Complainants != nil {
		who = t.chance.IntN(*k.Complainants)
	}
	complainant.Pseudonym = fmt.Sprintf("p-%d-%07d", n+1, who+1)
	c.Spec.Complainant = &complainant
	return c
}

// drawn is one of some words by their weights; empty without any.
func drawn[K ~string](weights map[K]int, chance *rand.Rand) K {
	total := 0
	for _, n := range weights {
		total += n
	}
	if total == 0 {
		return ""
	}
	left := chance.IntN(total)
	for _, word := range slices.Sorted(maps.Keys(weights)) {
		if left -= weights[word]; left < 0 {
			return word
		}
	}
	return ""
}
