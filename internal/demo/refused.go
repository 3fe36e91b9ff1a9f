package demo

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// refusal is an act that the API server did not take, as it should not.
type refusal struct {
	at   time.Time
	who  v1alpha1.User
	act  v1alpha1.TaskAct
	task string
	// said is the reason in the API server's words; they name staff, never who complains.
	said string
}

// inItsWords is what an admission policy says, without what the API server puts in front of it.
func inItsWords(err error) string {
	text := err.Error()
	if _, said, found := strings.Cut(text, "denied request: "); found {
		text = said
	}
	return strings.Join(strings.Fields(text), " ")
}

func (r refusal) tried() string {
	text := string(r.act.Verb)
	if r.act.Outcome != "" {
		text += " (" + string(r.act.Outcome) + ")"
	}
	text += " on " + r.task
	if r.act.By != "" && r.act.By != r.who {
		text += " in the name of " + string(r.act.By)
	}
	return text
}

// refusedActs are the acts that were refused, in order of time.
func (c *Cast) refusedActs() []refusal {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := slices.Clone(c.refused)
	slices.SortStableFunc(list, func(a, b refusal) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.task, b.task)) })
	return list
}

// showRefused prints who tried what and what the API server said.
func (p *play) showRefused() {
	list := p.cast.refusedActs()
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(p.o.Out, "\nThe API server refused %s; nothing of them is in any record:\n", count(len(list), "act"))
	for _, r := range list {
		fmt.Fprintf(p.o.Out, "  %s  %s tried %s\n      %s\n", r.at.In(p.start.Location()).Format(moments), r.who, r.tried(), r.said)
	}
}
