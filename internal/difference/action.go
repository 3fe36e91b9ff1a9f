package difference

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
)

func itoa(n int) string { return strconv.Itoa(n) }

// action compares what a step does, where both do the same sort of thing.
func (k *book) action(s subject, was, is written) {
	name, a, b := is.head.Name, was.action, is.action
	switch {
	case is.repeat != nil:
		k.repeat(s.at("repeat"), name, was.repeat, is.repeat)
	case b.AssembleTeam != nil:
		k.assemble(s.at("assembleTeam"), name, a.AssembleTeam, b.AssembleTeam)
	case b.AssignRole != nil:
		t := s.at("assignRole")
		t.at("role").value(Decides, role(a.AssignRole.Role), role(b.AssignRole.Role), name+" fills the role of %s, before of %s", "", "")
		t.at("template").value(Words, string(a.AssignRole.Template), string(b.AssignRole.Template), name+" sends the text %s, before %s", "", "")
	case b.Notify != nil:
		k.notify(s.at("notify"), name, a.Notify, b.Notify)
	case b.Task != nil:
		k.task(s.at("task"), name, a.Task, b.Task)
	case b.Approval != nil:
		k.approval(s.at("approval"), name, a.Approval, b.Approval)
	case b.Survey != nil:
		k.survey(s.at("survey"), name, a.Survey, b.Survey)
	case b.Decision != nil:
		t := s.at("decision")
		t.at("by").value(Decides, role(a.Decision.By), role(b.Decision.By), name+" is decided by %s, before by %s", "", "")
		answers(t.at("options"), name, a.Decision.Options, b.Decision.Options)
	case b.Wait != nil:
		t := s.at("wait")
		t.value(Due, span(a.Wait.For), span(b.Wait.For), name+" waits %s, before %s", name+" waits %s", name+" no longer waits %s")
		t.value(Course, yes(a.Wait.Until), yes(b.Wait.Until), name+" waits until %s, before until %s", name+" waits until %s", name+" no longer waits until %s")
	case b.RaiseIncident != nil:
		t := s.at("raiseIncident")
		t.at("playbook").value(Course, a.RaiseIncident.Playbook, b.RaiseIncident.Playbook, name+" raises an incident with the playbook %s, before with %s", "", "")
		t.at("team").value(Told, a.RaiseIncident.Team, b.RaiseIncident.Team, name+" raises an incident for the team %s, before for %s", "", "")
		t.at("level").value(Course, string(a.RaiseIncident.Level), string(b.RaiseIncident.Level), name+" raises an incident of the level %s, before %s",
			name+" raises an incident of the level %s, before of the complaint's", name+" raises an incident of the complaint's level, before %s")
	case b.ScheduleDrill != nil:
		k.drill(s.at("scheduleDrill"), name, a.ScheduleDrill, b.ScheduleDrill)
	case b.PostMortem != nil:
		k.postMortem(s.at("postMortem"), name, a.PostMortem, b.PostMortem)
	case b.Playbook != nil:
		s.at("playbook.name").value(Course, a.Playbook.Name, b.Playbook.Name, name+" carries out the playbook %s, before %s", "", "")
	}
}

func (k *book) repeat(s subject, name string, a, b *v1alpha1.Repeat) {
	s.at("max").value(Course, count(int(a.Max), "time"), count(int(b.Max), "time"), name+" is repeated up to %s, before up to %s", "", "")
	s.at("until").value(Course, yes(a.Until), yes(b.Until), name+" is repeated until %s, before until %s", "", "")
	if a.Climb != b.Climb {
		text := "%s: each further round is now owned one rung higher"
		if b.Climb == v1alpha1.ClimbNone {
			text = "%s: each further round is now owned by the same people, before one rung higher"
		}
		s.at("climb").say(Decides, text, name)
	}
}

func (k *book) assemble(s subject, name string, a, b *v1alpha1.AssembleTeam) {
	s.at("team").value(Told, team(a.Team), team(b.Team), name+" calls %s, before %s", "", "")
	duties := func(x *v1alpha1.AssembleTeam) string {
		if len(x.Duties) == 0 {
			return "everybody"
		}
		return roles(x.Duties)
	}
	s.at("duties").value(Told, duties(a), duties(b), name+" calls %s, before %s", "", "")
	enough := func(x *v1alpha1.AssembleTeam) string {
		if x.Quorum == 0 {
			return "all"
		}
		return strconv.Itoa(int(x.Quorum))
	}
	s.at("quorum").value(Course, enough(a), enough(b), name+" waits for %s of those it calls, before for %s", "", "")
	s.at("template").value(Words, string(a.Template), string(b.Template), name+" sends the text %s, before %s", "", "")
}

func (k *book) notify(s subject, name string, a, b *v1alpha1.Notify) {
	if less := without(a.To, b.To); len(less) > 0 {
		s.at("to").say(Told, "%s no longer tells %s", name, roles(less))
	}
	if more := without(b.To, a.To); len(more) > 0 {
		s.at("to").say(Told, "%s now tells %s", name, roles(more))
	}
	s.at("template").value(Words, string(a.Template), string(b.Template), name+" sends the text %s, before %s", "", "")
	s.at("channel").value(People, a.Channel, b.Channel, name+" goes through the channel %s, before %s", name+" goes through the channel %s, before through any", name+" goes through any channel, before %s")
}

func (k *book) task(s subject, name string, a, b *v1alpha1.Task) {
	s.at("to").value(Decides, role(a.To), role(b.To), name+" is asked of %s, before of %s", "", "")
	answers(s.at("outcomes"), name, a.Outcomes, b.Outcomes)
	s.at("writes").value(Course, string(a.Writes), string(b.Writes), "", name+" can now only be completed once the %s was written", name+" can now be completed without the %s")
	s.at("acknowledgeWithin").value(Told, duration(a.AcknowledgeWithin), duration(b.AcknowledgeWithin),
		"the deputies are told of "+name+" where no sign came within %s, before within %s",
		"the deputies are now told of "+name+" where no sign came within %s", "the deputies are no longer told of "+name+" where no sign came, before within %s")
}

// answers compares what somebody may answer.
func answers(s subject, name string, a, b []v1alpha1.Identifier) {
	if more := without(b, a); len(more) > 0 {
		s.say(Course, "%s can now be answered with %s", name, and(more))
	}
	if less := without(a, b); len(less) > 0 {
		s.say(Course, "%s can no longer be answered with %s", name, and(less))
	}
}

func (k *book) survey(s subject, name string, a, b *v1alpha1.Survey) {
	s.at("asks").value(Decides, role(a.Asks), role(b.Asks), name+" is asked by %s, before by %s", "", "")
	means := map[v1alpha1.SurveyMeans]string{v1alpha1.SurveyPhone: "by phone", v1alpha1.SurveyForm: "with a form"}
	s.at("by").value(Course, means[a.By], means[b.By], name+" is put %s, before %s", "", "")
	answers(s.at("scale"), name, a.Scale, b.Scale)
	if !slices.Equal(a.Scale, b.Scale) && len(without(a.Scale, b.Scale))+len(without(b.Scale, a.Scale)) == 0 {
		s.at("scale").say(Course, "the answers to %s have another order: %s", name, and(b.Scale))
	}
	s.at("template").value(Words, string(a.Template), string(b.Template), name+" sends the text %s, before %s", name+" sends the text %s", name+" no longer sends the text %s")
}

func (k *book) drill(s subject, name string, a, b *v1alpha1.ScheduleDrill) {
	s.at("playbook").value(Course, a.Playbook, b.Playbook, name+" plans a drill of %s, before of %s", name+" plans a drill of %s, before of its own playbook", name+" plans a drill of its own playbook, before of %s")
	s.at("team").value(Course, team(a.Team), team(b.Team), name+" plans a drill for %s, before for %s", "", "")
	s.at("after").value(Due, span(&a.After), span(&b.After), name+" plans a drill in %s, before in %s", "", "")
}

func (k *book) postMortem(s subject, name string, a, b *v1alpha1.PostMortemAction) {
	s.at("owner").value(Decides, role(a.Owner), role(b.Owner), "the post-mortem of "+name+" is owned by %s, before by %s", "", "")
	s.at("due").value(Due, span(&a.Due), span(&b.Due), "corrective actions of "+name+" are due in %s, before in %s", "", "")
	for _, text := range without(b.Actions, a.Actions) {
		s.at("actions").say(Course, "%s begins with a new corrective action: %s", name, quoted(string(text)))
	}
	for _, text := range without(a.Actions, b.Actions) {
		s.at("actions").say(Course, "%s no longer begins with the corrective action %s", name, quoted(string(text)))
	}
}

// approvers are who approves: all of them, or so many.
func approvers(a *v1alpha1.Approval) string {
	if int(a.Quorum) < len(a.By) {
		return fmt.Sprintf("%d of %s", a.Quorum, roles(a.By))
	}
	return roles(a.By)
}

func (k *book) approval(s subject, name string, a, b *v1alpha1.Approval) {
	lost, won := fewer(a.By, b.By), fewer(b.By, a.By)
	sorted := func(by []v1alpha1.Identifier) []v1alpha1.Identifier { return slices.Sorted(slices.Values(by)) }
	t := s.at("by")
	switch {
	case slices.Equal(sorted(a.By), sorted(b.By)):
	case len(lost) == 1 && len(won) == 0:
		t.say(Decides, "%s lost its %s approver, %s%s", name, ordinal(lost[0]), role(a.By[lost[0]]), k.released(name))
	case len(won) == 1 && len(lost) == 0:
		t.say(Decides, "%s has a %s approver now, %s%s", name, ordinal(won[0]), role(b.By[won[0]]), k.released(name))
	default:
		t.say(Decides, "%s is approved by %s, before by %s%s", name, approvers(b), approvers(a), k.released(name))
	}
	partly := func(x *v1alpha1.Approval) string {
		if int(x.Quorum) == len(x.By) {
			return "all"
		}
		return fmt.Sprintf("%d", x.Quorum)
	}
	s.at("quorum").value(Decides, partly(a), partly(b), name+" needs %s of its "+count(len(b.By), "approver")+", before %s", "", "")
	s.at("of").value(Decides, string(a.Of), string(b.Of), "", name+" is now void when the %s changes afterwards", name+" stays now when the %s changes afterwards")
}

// fewer are the places in a list of what another has not, or not as often.
func fewer(list, than []v1alpha1.Identifier) []int {
	left := slices.Clone(than)
	var out []int
	for i, x := range list {
		if j := slices.Index(left, x); j >= 0 {
			left = slices.Delete(left, j, j+1)
		} else {
			out = append(out, i)
		}
	}
	return out
}

// released names the notices that an approval lets out: those that need it or its block, or ask how it ended.
func (k *book) released(name string) string {
	gates := []string{name}
	if w := named(k.is, name); w != nil && w.block != "" {
		gates = append(gates, w.block)
	}
	var out []string
	for _, w := range k.is {
		if w.action.Notify == nil {
			continue
		}
		for _, gate := range gates {
			if slices.Contains(texts(w.head.Needs), gate) || strings.Contains(string(w.head.When), "steps."+gate+".") {
				out = append(out, w.head.Name+" to "+roles(w.action.Notify.To))
				break
			}
		}
	}
	switch len(out) {
	case 0:
		return ""
	case 1:
		return "; it lets out the notice " + out[0]
	}
	return "; it lets out the notices " + and(out)
}
