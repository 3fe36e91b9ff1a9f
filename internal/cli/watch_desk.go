package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// desk is the terminal view of `kubectl tocsin watch`: what it shows, and what its user is about to do. It is a value
// that knows neither clock nor terminal nor API server: [desk.update] makes the next one of a message and says what is to
// be asked of the world, [desk.view] draws it.
type desk struct {
	me        v1alpha1.User
	namespace string // empty: all
	now       time.Time
	width     int
	height    int
	paint     func(colour, s string) string

	outlook
	lost   time.Time // since when the outlook is not up to date
	page   page
	filter textinput.Model
	// chosen is the task that keys act on, at the place it was seen at last.
	chosen client.ObjectKey
	place  int

	card  card
	draft draft

	// said is what came of the last key that did something; bad: it was refused.
	said string
	bad  bool
	// busy is what is being asked of the API server.
	busy string
}

// page is what fills the screen.
type page int

const (
	pageDesk page = iota
	pageFilter
	pageHelp
	pageCard
	pageDraft
)

// card is the text about a task, as `kubectl tocsin show` tells it.
type card struct {
	reading reading
	text    string
	scroll  int
}

// What happens to a desk, besides keys and the size of the terminal.
type (
	// ticked is that a second has passed.
	ticked time.Time
	// looked is that something changed in the cluster.
	looked outlook
	// wasRead is a task and the card about it, or why they cannot be had.
	wasRead struct {
		reading
		task    *v1alpha1.ResponseTask
		text    string
		void    bool // what is to be decided about is not what was asked
		problem string
	}
	// wasSaid is what an act came to.
	wasSaid struct {
		text string
		bad  bool
	}
)

// What a desk asks of the world; at most one of them is set.
type request struct {
	quit bool
	read *reading
	act  *acting
}

type (
	// reading asks for the card of a task, to show it or, with a verb, to decide about it.
	reading struct {
		of   client.ObjectKey
		verb string
		with privacy
	}
	// acting asks to carry out a verb on a task as it was read.
	acting struct {
		verb  verb
		task  *v1alpha1.ResponseTask
		act   v1alpha1.TaskAct
		offer remedyFlags
	}
)

func newDesk(me v1alpha1.User, namespace string, now time.Time, paint func(colour, s string) string) desk {
	return desk{me: me, namespace: namespace, now: now, width: 80, height: 24, paint: paint, filter: newInput("/", 64)}
}

// newInput is a line to type into.
func newInput(prompt string, limit int) textinput.Model {
	in := textinput.New()
	in.Prompt, in.CharLimit = prompt, limit
	in.SetVirtualCursor(false) // the terminal's own blinks without us
	in.SetStyles(textinput.Styles{})
	in.Focus()
	return in
}

// update is the desk after a message, and what is to be done about it.
func (d desk) update(msg tea.Msg) (desk, request) {
	switch m := msg.(type) {
	case ticked:
		d.now = time.Time(m)
	case tea.WindowSizeMsg:
		d.width, d.height = max(m.Width, 20), max(m.Height, 5)
	case looked:
		return d.look(outlook(m))
	case wasRead:
		return d.show(m), request{}
	case wasSaid:
		d.busy, d.said, d.bad = "", m.text, m.bad
	case tea.KeyPressMsg:
		if m.String() == "ctrl+c" {
			return d, request{quit: true}
		}
		return d.press(m)
	case tea.PasteMsg:
		return d.typed(m), request{}
	}
	return d, request{}
}

// look takes in what is known of the cluster now.
func (d desk) look(o outlook) (desk, request) {
	switch {
	case o.trouble == "":
		d.lost = time.Time{}
	case d.trouble == "":
		d.lost = d.now
	}
	before := d.outlook
	d.outlook = o
	d.keepChosen()
	if d.page == pageDraft && d.draft.outdated(o) {
		d.page, d.said, d.bad = pageDesk, fmt.Sprintf("what task %s asks you to decide about changed at this moment: read it again, then decide", d.draft.task.Name), true
	}
	if key := d.card.reading.of; d.page == pageCard && before.open[key].ResourceVersion != o.open[key].ResourceVersion {
		again := d.card.reading
		return d, request{read: &again}
	}
	return d, request{}
}

// show takes in what was read.
func (d desk) show(m wasRead) desk {
	d.busy = ""
	switch {
	case m.problem != "":
		d.said, d.bad = m.problem, true
	case m.verb != "":
		d.draft, d.page = newDraft(verbNamed(m.verb), m.task, m.text), pageDraft
		d.draft.void = m.void
	default:
		scroll := 0
		if d.page == pageCard && d.card.reading.of == m.of {
			scroll = d.card.scroll
		}
		d.card, d.page = card{reading: m.reading, text: m.text, scroll: scroll}, pageCard
	}
	return d
}

// rows are the user's tasks that match the filter.
func (d desk) rows() []v1alpha1.ResponseTask {
	return slices.DeleteFunc(slices.Clone(d.mine), func(t v1alpha1.ResponseTask) bool {
		return !d.matches(t.Namespace, t.Name, string(t.Spec.Record.Name), asksFor(&t), t.Spec.Step, assigned(&t, d.me))
	})
}

// matches is whether one of the words holds what is filtered for.
func (d desk) matches(words ...string) bool {
	wanted := strings.ToLower(strings.TrimSpace(d.filter.Value()))
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(strings.ToLower(w), wanted) })
}

// keepChosen keeps the chosen task where it still is, else takes the one that is in its place now.
func (d *desk) keepChosen() {
	rows := d.rows()
	at := slices.IndexFunc(rows, func(t v1alpha1.ResponseTask) bool { return client.ObjectKeyFromObject(&t) == d.chosen })
	if at < 0 {
		at = min(d.place, len(rows)-1)
	}
	d.choose(rows, at)
}

func (d *desk) choose(rows []v1alpha1.ResponseTask, at int) {
	d.place, d.chosen = max(at, 0), client.ObjectKey{}
	if len(rows) > 0 {
		d.place = min(d.place, len(rows)-1)
		d.chosen = client.ObjectKeyFromObject(&rows[d.place])
	}
}
