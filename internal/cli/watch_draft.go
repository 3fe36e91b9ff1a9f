package cli

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// draft is an act that is being composed: some questions, asked one after the other.
type draft struct {
	verb verb
	// task is what the act is about, as it was read when the draft began; card is what it says where that is decided about.
	task   *v1alpha1.ResponseTask
	card   string
	void   bool // the remedy was changed since the task asked to approve it, which the card then says
	scroll int

	questions []question
	input     textinput.Model // the answer to the first question, where it is typed
	choice    int             // and where it is chosen

	act   v1alpha1.TaskAct
	offer remedyFlags
}

// question is one thing a draft still needs.
type question struct {
	text     string
	choices  []string // to choose from; none: it is typed
	optional bool
	take     func(*draft, string)
}

// maxReason is as long as the API lets a reason be.
const maxReason = 2048

// newDraft begins an act. The card is what is to be decided about.
func newDraft(v verb, task *v1alpha1.ResponseTask, card string) draft {
	f := draft{verb: v, task: task, card: card, act: v1alpha1.TaskAct{Verb: v.act}}
	f.questions = questionsOf(v, task)
	f.input = newInput("> ", maxReason)
	return f
}

// questionsOf are what a verb asks before it is carried out.
func questionsOf(v verb, task *v1alpha1.ResponseTask) []question {
	reason := question{text: "Why, in a sentence", take: func(f *draft, s string) { f.act.Reason = s }}
	switch v.act {
	case v1alpha1.TaskAcknowledge:
		return nil
	case v1alpha1.TaskApprove:
		return []question{{text: "Approve exactly this?", choices: []string{"approve"}, take: func(*draft, string) {}}}
	case v1alpha1.TaskExtend:
		return []question{{text: "By how much, e.g. 4h or 1d", take: func(f *draft, s string) { f.act.Extension = v1alpha1.Duration(s) }}, reason}
	case v1alpha1.TaskComment:
		reason.text = "Comment"
		return []question{reason}
	case v1alpha1.TaskComplete:
		return append(remedyQuestions(task), outcomeQuestion(task)...)
	default:
		return []question{reason}
	}
}

func outcomeQuestion(task *v1alpha1.ResponseTask) []question {
	q := question{text: "Done with which outcome?", take: func(f *draft, s string) { f.act.Outcome = v1alpha1.Identifier(s) }}
	for _, o := range task.Spec.Outcomes {
		q.choices = append(q.choices, string(o))
	}
	if len(q.choices) == 0 {
		return []question{{text: "Is it done?", choices: []string{"done"}, take: func(*draft, string) {}}}
	}
	return []question{q}
}

// remedyQuestions are asked where a task is to write what is offered.
func remedyQuestions(task *v1alpha1.ResponseTask) []question {
	if task.Spec.Writes != v1alpha1.WritesRemedy {
		return nil
	}
	return []question{
		{text: "Remedy: its kinds, e.g. Refund,Apology; empty leaves what is written already", optional: true, take: func(f *draft, s string) {
			if s == "" { // then there is nothing to say of the rest either
				f.questions = f.questions[2:]
				return
			}
			for kind := range strings.SplitSeq(s, ",") {
				f.offer.kinds = append(f.offer.kinds, strings.TrimSpace(kind))
			}
		}},
		{text: "Its worth, e.g. 100.00 CNY; empty: none", optional: true, take: func(f *draft, s string) {
			f.offer.amount, f.offer.currency, _ = strings.Cut(s, " ")
			f.offer.currency = strings.TrimSpace(f.offer.currency)
		}},
		{text: "What is offered and why", take: func(f *draft, s string) { f.offer.reason = s }},
	}
}

// outdated is whether what is being decided about is no longer what the task asks.
func (f *draft) outdated(now outlook) bool {
	if f.card == "" {
		return false
	}
	task, open := now.open[client.ObjectKeyFromObject(f.task)]
	return !open || task.Spec.Assignment.Digest != f.task.Spec.Assignment.Digest
}

func (d desk) pressDraft(k tea.KeyPressMsg) (desk, request) {
	f := &d.draft
	key := k.String()
	d.said = ""
	choosing := len(f.questions[0].choices) > 0
	room, _ := d.draftRoom()
	more := d.draftOverflow()
	switch {
	case key == "esc":
		d.page, d.said, d.bad = pageDesk, f.verb.name+" "+f.task.Name+": left, nothing was written", false
	case key == "pgup", key == "pgdown":
		f.scroll = scrolled(f.scroll, key, room, more)
	case key == "enter" && f.scroll < more:
		f.scroll = scrolled(f.scroll, "pgdown", room, more) // nothing is decided about what was not on the screen
	case choosing && (key == "up" || key == "k"):
		f.choice = max(f.choice-1, 0)
	case choosing && (key == "down" || key == "j"):
		f.choice = min(f.choice+1, len(f.questions[0].choices)-1)
	case key == "enter":
		return d.answer()
	case !choosing:
		return d.typed(k), request{}
	}
	return d, request{}
}

// answer takes the answer to the first question and goes on.
func (d desk) answer() (desk, request) {
	f := &d.draft
	if f.void {
		d.said, d.bad = "nothing can be decided: "+remedyChanged, true
		return d, request{}
	}
	q := f.questions[0]
	said := strings.TrimSpace(f.input.Value())
	if len(q.choices) > 0 {
		said = q.choices[f.choice]
	}
	if said == "" && !q.optional {
		d.said, d.bad = fmt.Sprintf("%s needs an answer; esc leaves it", f.verb.name), true
		return d, request{}
	}
	f.questions = f.questions[1:]
	q.take(f, said)
	f.choice = 0
	f.input.Reset()
	return d.next()
}

// next asks the next question, or carries out the act when there is none left.
func (d desk) next() (desk, request) {
	if len(d.draft.questions) > 0 {
		return d, request{}
	}
	d.page = pageDesk
	return d.ask(acting{verb: d.draft.verb, task: d.draft.task, act: d.draft.act, offer: d.draft.offer})
}
