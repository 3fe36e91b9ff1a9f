package report

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

var began = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

func at(minutes int) metav1.Time {
	return metav1.NewTime(began.Add(time.Duration(minutes) * time.Minute))
}

// teller writes a timeline.
type teller struct{ entries []v1alpha1.TimelineEntry }

func (s *teller) say(minute int, typ v1alpha1.EventType, step string, round int32, actor v1alpha1.User, text string) {
	s.entries = append(s.entries, v1alpha1.TimelineEntry{
		Seq: int64(len(s.entries) + 1), At: at(minute), Type: typ, Step: step, Round: round, Actor: actor, Text: text,
		Salt: "00112233445566778899aabbccddeeff",
	})
}

// story is a crisis in which one deadline passes, a remedy takes two rounds, and all ends well.
func story() Input {
	var s teller
	s.say(0, v1alpha1.EventReceived, "", 0, "", "Raised from complaint kettle-17")
	s.say(0, v1alpha1.EventRunStarted, "", 0, "", "Playbook product-recall began")
	s.say(0, v1alpha1.EventStepStarted, "assemble", 0, "", "")
	s.say(0, v1alpha1.EventAsked, "assemble", 0, "", "Four people were called")
	s.say(1, v1alpha1.EventNoticeRequested, "assemble", 0, "", "Notice to staff")
	s.say(4, v1alpha1.EventActed, "assemble", 0, "li.wei", "acknowledged")
	s.say(6, v1alpha1.EventRoleAssigned, "assemble", 0, "li.wei", "li.wei took the role commander")
	s.say(7, v1alpha1.EventDeadlineMet, "assemble", 0, "", "")
	s.say(7, v1alpha1.EventStepDone, "assemble", 0, "", "")
	s.say(7, v1alpha1.EventStepStarted, "confirm", 0, "", "")
	s.say(67, v1alpha1.EventDeadlineMissed, "confirm", 0, "", "The deadline passed before an answer came")
	s.say(67, v1alpha1.EventEscalated, "confirm", 0, "", "The head of quality was told")
	s.say(97, v1alpha1.EventEscalated, "confirm", 0, "", "The executive was told")
	s.say(112, v1alpha1.EventActed, "confirm", 0, "zhao.min", "completed: founded | <b>yes</b>")
	s.say(112, v1alpha1.EventStepDone, "confirm", 0, "zhao.min", "founded")
	s.say(113, v1alpha1.EventRoundStarted, "recover", 1, "", "")
	s.say(113, v1alpha1.EventStepStarted, "recover/statement", 1, "", "")
	s.say(150, v1alpha1.EventDeadlineMet, "recover/statement", 1, "", "")
	s.say(150, v1alpha1.EventStepDone, "recover/statement", 1, "ana", "")
	s.say(151, v1alpha1.EventRoundStarted, "recover", 2, "", "")
	s.say(151, v1alpha1.EventStepStarted, "recover/statement", 2, "", "")
	s.say(160, v1alpha1.EventNoticeRequested, "recover/statement", 2, "", "Notice to regulator")
	s.say(200, v1alpha1.EventDeadlineMet, "recover/statement", 2, "", "")
	s.say(200, v1alpha1.EventStepDone, "recover/statement", 2, "ana", "")
	s.say(200, v1alpha1.EventStepStarted, "watch", 0, "", "")
	s.say(230, v1alpha1.EventStepCancelled, "watch", 0, "", "The crisis is over")
	s.say(231, v1alpha1.EventPostMortemOpened, "review", 0, "", "")
	s.say(231, v1alpha1.EventRunEnded, "", 0, "", "Completed")

	incident := &v1alpha1.CrisisIncident{
		ObjectMeta: metav1.ObjectMeta{Name: "kettle-recall", Namespace: "desk"},
		Spec: v1alpha1.CrisisIncidentSpec{
			Title: "Kettles overheat (电水壶过热)", Level: "L1", Playbook: "product-recall", Team: "crisis",
			Acts: []v1alpha1.RecordAct{{ID: "a", Verb: v1alpha1.RecordRaise, By: "li.wei", At: at(20), Level: "L1", Reason: "media"}},
		},
		Status: v1alpha1.CrisisIncidentStatus{Commander: "li.wei", Spokesperson: "ana", Complaints: new(int32(12))},
	}
	incident.Status.Timeline = v1alpha1.Timeline{Head: hex64("ab"), Length: int64(len(s.entries))}
	incident.Status.Run = &v1alpha1.Run{
		Playbook: "product-recall", Revision: v1alpha1.RevisionReference{Name: "product-recall-1f", Digest: hex64("cd")},
		StartedAt: at(0), EndedAt: at(231), Result: v1alpha1.RunCompleted,
		Roles: []v1alpha1.RoleHolder{{Name: "commander", User: "li.wei", Since: at(6)}, {Name: "spokesperson", User: "ana", Since: at(8)}},
		Steps: []v1alpha1.StepState{
			{Name: "assemble", State: v1alpha1.StepDone, StartedAt: at(0), DueAt: at(30), EndedAt: at(7)},
			{Name: "confirm", State: v1alpha1.StepDone, StartedAt: at(7), DueAt: at(67), OverdueAt: at(67), EndedAt: at(112), Rung: 2, Declined: []v1alpha1.User{"wu.tao"}},
			{Name: "recover", State: v1alpha1.StepDone, Round: 2, StartedAt: at(113), EndedAt: at(200)},
			{Name: "recover/statement", State: v1alpha1.StepDone, Round: 2, StartedAt: at(151), DueAt: at(211), EndedAt: at(200)},
			{Name: "watch", State: v1alpha1.StepCancelled, StartedAt: at(200), DueAt: at(400), EndedAt: at(230)},
		},
	}
	return Input{Incident: incident, Entries: s.entries, Tasks: storyTasks(), Notices: storyNotices(), PostMortem: v1alpha1.PostMortemSpec{
		Owner:   "li.wei",
		Summary: "A batch of thermostats switched too late.\n1. Sales stopped.\n# not a heading\n**批次 7。**召回",
		Actions: []v1alpha1.CorrectiveAction{
			{ID: "a", Text: "Test every thermostat batch", Owner: "zhao.min", DueAt: at(60 * 24 * 30)},
			{ID: "b", Text: "Keep a deputy on call for [quality]", State: v1alpha1.CorrectiveVerified, Owner: "li.wei", DueAt: at(60 * 24 * 7)},
			{ID: "c", Text: "Rehearse the first statement", State: v1alpha1.CorrectiveDone},
		},
	}}
}

func storyTasks() []v1alpha1.ResponseTask {
	task := func(name, step string, round int32, due int, acts ...v1alpha1.TaskAct) v1alpha1.ResponseTask {
		return v1alpha1.ResponseTask{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: v1alpha1.ResponseTaskSpec{
			Step: step, Round: round, Assignment: v1alpha1.Assignment{DueAt: at(due)}, Acts: acts,
		}}
	}
	return []v1alpha1.ResponseTask{
		task("t3", "recover/statement", 1, 173, v1alpha1.TaskAct{ID: "1", Verb: v1alpha1.TaskComplete, By: "ana", At: at(150)}),
		task("t1", "assemble", 0, 30, v1alpha1.TaskAct{ID: "1", Verb: v1alpha1.TaskAcknowledge, By: "li.wei", At: at(4)},
			v1alpha1.TaskAct{ID: "2", Verb: v1alpha1.TaskAcknowledge, By: "ana", At: at(7)}),
		task("t2", "confirm", 0, 67, v1alpha1.TaskAct{ID: "1", Verb: v1alpha1.TaskDecline, By: "wu.tao", At: at(10), Reason: "on leave"},
			v1alpha1.TaskAct{ID: "2", Verb: v1alpha1.TaskComplete, By: "zhao.min", At: at(112), Outcome: "founded"}),
		task("t4", "recover/statement", 2, 211, v1alpha1.TaskAct{ID: "1", Verb: v1alpha1.TaskComplete, By: "ana", At: at(200)}),
		// Two acts at the same moment: only the names of the tasks tell which comes first.
		task("t5", "logbook", 0, 240, v1alpha1.TaskAct{ID: "1", Verb: v1alpha1.TaskComment, By: "ana", At: at(201)}),
		task("t6", "watch", 0, 400, v1alpha1.TaskAct{ID: "1", Verb: v1alpha1.TaskComment, By: "ana", At: at(201)}),
	}
}

func storyNotices() []v1alpha1.Notice {
	notice := func(to v1alpha1.NoticeRecipient, state v1alpha1.NoticeState) v1alpha1.Notice {
		return v1alpha1.Notice{Spec: v1alpha1.NoticeSpec{To: to}, Status: v1alpha1.NoticeStatus{State: state}}
	}
	member := v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientMember, Team: "crisis", Name: "ana"}
	regulator := v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientStakeholder, Team: "crisis", Name: "regulator"}
	return []v1alpha1.Notice{
		notice(regulator, v1alpha1.NoticeUncertain),
		notice(member, v1alpha1.NoticeDelivered),
		notice(member, v1alpha1.NoticeDelivered),
		notice(v1alpha1.NoticeRecipient{Kind: v1alpha1.RecipientComplainant}, v1alpha1.NoticeDelivered),
	}
}

func hex64(pair string) string {
	s := ""
	for range 32 {
		s += pair
	}
	return s
}
