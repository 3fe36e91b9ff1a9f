package engine

import (
	"cmp"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// takeRecordActs takes in what people did to the record as a whole since the last turn. Changes of level and
// re-openings are the caller's; here they only reach the timeline.
func (t *turn) takeRecordActs() {
	acts := t.f.Acts
	if len(acts) <= int(t.run.ActsSeen) {
		return
	}
	acts = slices.Clone(acts)
	slices.SortStableFunc(acts, func(a, b v1alpha1.RecordAct) int { return a.At.Compare(b.At.Time) })
	for _, act := range acts[t.run.ActsSeen:] {
		t.takeRecordAct(act)
	}
	t.run.ActsSeen = int32(len(acts))
}

func (t *turn) takeRecordAct(act v1alpha1.RecordAct) {
	switch act.Verb {
	case v1alpha1.RecordComment:
		t.event(v1alpha1.EventCommented, -1, act.By, "commented")
		return
	case v1alpha1.RecordRaise, v1alpha1.RecordLower:
		t.event(v1alpha1.EventLevelChanged, -1, act.By, "level "+string(act.Level)+": "+cut(act.Reason, 512))
		return
	case v1alpha1.RecordRelease:
		t.event(v1alpha1.EventCommented, -1, act.By, "released the record for deletion: "+cut(act.Reason, 512))
		return
	case v1alpha1.RecordReopen:
		t.event(v1alpha1.EventReopened, -1, act.By, cut(act.Reason, 512))
		return
	}
	if t.run.Result != "" {
		t.event(v1alpha1.EventActIgnored, -1, act.By, string(act.Verb)+" was left out: the record is closed; re-open it first")
		return
	}
	switch act.Verb {
	case v1alpha1.RecordAbort:
		t.endRun(v1alpha1.RunAborted, act.By, cut(act.Reason, 512))
	case v1alpha1.RecordWithdraw:
		t.endRun(v1alpha1.RunWithdrawn, act.By, cut(act.Reason, 512))
	case v1alpha1.RecordMerge:
		t.endRun(v1alpha1.RunMerged, act.By, "merged into "+act.Into)
	case v1alpha1.RecordSkip:
		t.skipStep(act)
	case v1alpha1.RecordHandOver:
		t.handOverRole(act)
	}
}

func (t *turn) skipStep(act v1alpha1.RecordAct) {
	i := slices.IndexFunc(t.run.Steps, func(s v1alpha1.StepState) bool { return s.Name == act.Step })
	switch {
	case i < 0:
		t.event(v1alpha1.EventActIgnored, -1, act.By, "Skip was left out: there is no step "+cut(act.Step, 100))
	case t.run.Steps[i].State != v1alpha1.StepWaiting:
		t.event(v1alpha1.EventActIgnored, i, act.By, "Skip was left out: the step does not wait")
	default:
		t.skip(i, act.By, "skipped: "+cut(act.Reason, 512))
	}
}

// handOverRole gives a role to somebody else, and with it the tasks the old holder was asked in that role.
func (t *turn) handOverRole(act v1alpha1.RecordAct) {
	k := t.findRole(string(act.Role))
	p, known := t.f.Roster.Find(act.To)
	var why string
	switch {
	case k < 0:
		why = "nobody holds the role " + string(act.Role) + " yet"
	case !known:
		why = "the person it was to go to is in no team"
	case isRecused(t.recused, act.To):
		why = "the person it was to go to may take no part"
	case t.excludedFrom(t.plan.Roles[string(act.Role)], act.To):
		why = "the person it was to go to holds a role that excludes it"
	}
	if why != "" {
		t.event(v1alpha1.EventActIgnored, -1, act.By, "HandOver was left out: "+why)
		return
	}
	from := t.run.Roles[k]
	t.run.Roles[k] = v1alpha1.RoleHolder{Name: from.Name, Team: p.Team, Person: p.Name, User: p.User, Since: stamp(t.now)}
	t.event(v1alpha1.EventRoleHandedOver, -1, act.By, cmp.Or(from.Name, "role")+" goes from "+from.Person+" to "+p.Name)
	for i := range t.run.Steps {
		s := &t.run.Steps[i]
		if s.State == v1alpha1.StepWaiting && s.Assignee == from.User && slices.Contains(askedRolesNow(t, i), from.Name) {
			s.Assignee = p.User
			t.reassign(i)
			t.tellPerson(i, "handover"+act.ID, p, "taskAssigned", t.firstTask(i))
		}
	}
}
