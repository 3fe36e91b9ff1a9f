package replay

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
)

// Reach is how often somebody was told and asked at a step, where that changed.
type Reach struct {
	// Playbook and Step say where.
	Playbook string `json:"playbook"`
	Step     string `json:"step"`
	// Who are the duties of whoever it was, the complainant, or the name of a stakeholder.
	Who string `json:"who"`
	// Told are the notices that reached them, Asked the tasks they were asked to do.
	ToldBefore  int `json:"toldBefore"`
	ToldAfter   int `json:"toldAfter"`
	AskedBefore int `json:"askedBefore"`
	AskedAfter  int `json:"askedAfter"`
	// Reworded are the notices that would have read otherwise.
	Reworded int `json:"reworded"`
}

func (r *Reach) moved() int {
	return max(r.ToldAfter-r.ToldBefore, r.ToldBefore-r.ToldAfter) + max(r.AskedAfter-r.AskedBefore, r.AskedBefore-r.AskedAfter)
}

// audience counts who is told and asked at which step under one policy.
type audience struct {
	pack *pack.Pack
	// follows says which playbook a record follows; empty: not known any more.
	follows func(v1alpha1.RecordReference) string
	// books is the playbook that each record followed when it was last asked for.
	books map[record]string
	// told and asked count by step and who; worded counts the notices by their text.
	told, asked map[at]int
	worded      map[at]map[string]int
	texts       map[[2]string]string
}

// record is a record by kind and name.
type record struct {
	kind v1alpha1.RecordKind
	name string
}

// at is somebody at a step.
type at struct{ playbook, step, who string }

func newAudience(p *pack.Pack, follows func(v1alpha1.RecordReference) string) *audience {
	return &audience{pack: p, follows: follows, books: map[record]string{}, told: map[at]int{}, asked: map[at]int{}, worded: map[at]map[string]int{}, texts: map[[2]string]string{}}
}

// book is the playbook that a record follows: a closed one, which may have left the play, what it followed last.
func (a *audience) book(of v1alpha1.RecordReference) string {
	k := record{of.Kind, string(of.Name)}
	a.books[k] = cmp.Or(a.follows(of), a.books[k])
	return a.books[k]
}

// sent counts a notice that reached somebody.
func (a *audience) sent(n *v1alpha1.Notice) {
	if n.Status.State != v1alpha1.NoticeDelivered {
		return
	}
	book := a.book(n.Spec.Record)
	k := at{book, n.Spec.Step, a.recipient(n.Spec.To)}
	a.told[k]++
	if a.worded[k] == nil {
		a.worded[k] = map[string]int{}
	}
	a.worded[k][a.text(book, n.Spec.Template)]++
}

// wants counts a task that somebody is asked to do.
func (a *audience) wants(task *v1alpha1.ResponseTask, who v1alpha1.User) {
	a.asked[at{a.book(task.Spec.Record), task.Spec.Step, a.user(who)}]++
}

func (a *audience) recipient(to v1alpha1.NoticeRecipient) string {
	switch to.Kind {
	case v1alpha1.RecipientComplainant:
		return "the complainant"
	case v1alpha1.RecipientMember:
		if t := a.pack.Teams[string(to.Team)]; t != nil {
			for i := range t.Spec.Members {
				if m := &t.Spec.Members[i]; m.Name == to.Name {
					return duties(m)
				}
			}
		}
	}
	return to.Name
}

// user is whoever acts as a user, in the first team that has them.
func (a *audience) user(who v1alpha1.User) string {
	for _, name := range sortedKeys(a.pack.Teams) {
		members := a.pack.Teams[name].Spec.Members
		for i := range members {
			if members[i].User == who {
				return duties(&members[i])
			}
		}
	}
	return string(who)
}

func duties(m *v1alpha1.Member) string {
	list := make([]string, len(m.Duties))
	for i, d := range m.Duties {
		list[i] = string(d)
	}
	return cmp.Or(strings.Join(list, ", "), m.Name)
}

// text is what a template of a playbook says in all languages; of one that is built in as well.
func (a *audience) text(book string, name v1alpha1.Identifier) string {
	k := [2]string{book, string(name)}
	if text, known := a.texts[k]; known {
		return text
	}
	var closure *playbook.Closure
	if a.pack.Playbooks[book] != nil {
		c := a.pack.Closure(book)
		closure = &c
	}
	template, _ := notice.Template(closure, name)
	said, _ := json.Marshal([]any{template.Texts, template.PersonalData}) // they were read from JSON
	text := string(said)
	a.texts[k] = text
	return text
}

// reach is who is told and asked more or less often, or otherwise, at which step; what moved most comes first.
func reach(was, is *audience) (out []Reach) {
	all := map[at]bool{}
	for _, counts := range []map[at]int{was.told, is.told, was.asked, is.asked} {
		for k := range counts {
			all[k] = true
		}
	}
	for k := range maps.Keys(all) {
		r := Reach{Playbook: k.playbook, Step: k.step, Who: k.who, ToldBefore: was.told[k], ToldAfter: is.told[k], AskedBefore: was.asked[k], AskedAfter: is.asked[k]}
		for text, n := range is.worded[k] {
			if r.ToldBefore > 0 && was.worded[k][text] == 0 {
				r.Reworded += n
			}
		}
		if r.moved()+r.Reworded > 0 {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b Reach) int {
		return cmp.Or(-cmp.Compare(a.moved(), b.moved()), cmp.Compare(a.Playbook, b.Playbook), cmp.Compare(a.Step, b.Step), cmp.Compare(a.Who, b.Who))
	})
	return out
}
