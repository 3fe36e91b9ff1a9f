package cli

import (
	tea "charm.land/bubbletea/v2"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// deskKeys are the keys that act on the chosen task, in the order they are shown.
var deskKeys = []struct{ key, verb, does string }{
	{"a", "ack", "acknowledge: I have seen it"},
	{"d", "done", "done: choose the outcome"},
	{"y", "approve", "approve: shows exactly what, then asks"},
	{"n", "refuse", "refuse: shows exactly what, then asks why"},
	{"x", "decline", "decline: the next person is asked"},
	{"e", "extend", "extend: ask for more time"},
	{"c", "comment", "comment"},
}

// otherKeys are the keys that look around.
var otherKeys = [][2]string{
	{"enter", "open what the task is about; esc closes it"},
	{"s", "there: what the complainant wrote"},
	{"p", "there: name and contacts of the complainant"},
	{"↑ ↓ j k", "choose another task; pgup, pgdn, home, end"},
	{"/", "show only what holds a word; esc shows all"},
	{"?", "these keys"},
	{"q", "quit"},
}

// press is what a key does.
func (d desk) press(k tea.KeyPressMsg) (desk, request) {
	switch d.page {
	case pageFilter:
		return d.pressFilter(k), request{}
	case pageDraft:
		return d.pressDraft(k)
	case pageHelp:
		d.page = pageDesk
		return d, request{quit: k.String() == "q"}
	case pageCard:
		return d.pressCard(k)
	}
	return d.pressDesk(k)
}

func (d desk) pressDesk(k tea.KeyPressMsg) (desk, request) {
	d.said = ""
	rows := d.rows()
	step := map[string]int{"up": -1, "k": -1, "down": 1, "j": 1, "pgup": -10, "pgdown": 10, "home": -len(rows), "g": -len(rows), "end": len(rows), "G": len(rows)}
	switch key := k.String(); key {
	case "q":
		return d, request{quit: true}
	case "?":
		d.page = pageHelp
	case "/":
		d.page = pageFilter
		d.filter.CursorEnd()
	case "esc":
		d.filter.Reset()
		d.keepChosen()
	case "up", "k", "down", "j", "pgup", "pgdown", "home", "g", "end", "G":
		d.choose(rows, min(max(d.place+step[key], 0), len(rows)-1))
	case "enter":
		if d.chosen.Name == "" {
			return d.without()
		}
		return d.read(reading{of: d.chosen})
	default:
		return d.begin(key)
	}
	return d, request{}
}

func (d desk) pressCard(k tea.KeyPressMsg) (desk, request) {
	d.said = ""
	switch key := k.String(); key {
	case "q":
		return d, request{quit: true}
	case "esc", "enter":
		d.page = pageDesk
	case "s", "p":
		more := d.card.reading
		more.with.statement = more.with.statement || key == "s"
		more.with.contacts = more.with.contacts || key == "p"
		return d.read(more)
	case "up", "k", "down", "j", "pgup", "pgdown", "home", "g", "end", "G":
		d.card.scroll = scrolled(d.card.scroll, key, d.cardRoom(), d.cardOverflow())
	default:
		return d.begin(key)
	}
	return d, request{}
}

// scrolled is where a text stands after a key: so many of its lines are on the screen, so many are not.
func scrolled(at int, key string, room, most int) int {
	step := map[string]int{"up": -1, "k": -1, "down": 1, "j": 1, "pgup": -room, "pgdown": room, "home": -most, "g": -most, "end": most, "G": most}
	return min(max(at+step[key], 0), most)
}

func (d desk) pressFilter(k tea.KeyPressMsg) desk {
	switch k.String() {
	case "enter":
		d.page = pageDesk
	case "esc":
		d.page = pageDesk
		d.filter.Reset()
	default:
		return d.typed(k)
	}
	d.keepChosen()
	return d
}

// typed gives a key or what was pasted to the line that is being typed.
func (d desk) typed(msg tea.Msg) desk {
	switch d.page {
	case pageFilter:
		d.filter, _ = d.filter.Update(msg)
		d.keepChosen()
	case pageDraft:
		d.draft.input, _ = d.draft.input.Update(msg)
	case pageDesk, pageHelp, pageCard: // nothing is being typed
	}
	return d
}

// begin starts what a key does with the chosen task: with the one that is open where one is.
func (d desk) begin(key string) (desk, request) {
	name := ""
	for _, k := range deskKeys {
		if k.key == key {
			name = k.verb
		}
	}
	if name == "" {
		return d, request{}
	}
	at := d.chosen
	if d.page == pageCard {
		at = d.card.reading.of
	}
	task, open := d.open[at]
	if !open {
		return d.without()
	}
	v := verbNamed(name)
	decides := v.act == v1alpha1.TaskApprove || v.act == v1alpha1.TaskRefuse
	switch {
	case decides && task.Spec.Type == v1alpha1.TaskTypeApproval:
		return d.read(reading{of: at, verb: name})
	case decides:
		d.said, d.bad = "task "+task.Name+" asks for no approval: d says that it is done, x declines it", true
		return d, request{}
	}
	d.draft, d.page = newDraft(v, &task, ""), pageDraft
	return d.next()
}

func (d desk) without() (desk, request) {
	d.said, d.bad = "no open task is chosen; ↑ and ↓ choose one", true
	return d, request{}
}

// read asks for a card.
func (d desk) read(what reading) (desk, request) {
	d.busy = "reading " + what.of.Name + " …"
	return d, request{read: &what}
}

// ask asks for an act. One at a time: the second key waits for the answer to the first.
func (d desk) ask(what acting) (desk, request) {
	if d.busy != "" {
		return d, request{}
	}
	d.busy = what.verb.name + " " + what.task.Name + " …"
	return d, request{act: &what}
}
