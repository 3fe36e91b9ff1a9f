package admission

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
)

const taskActs = "tocsin-task-acts"

func withOutcomes(o *v1alpha1.ResponseTask) {
	o.Spec.Outcomes = []v1alpha1.Identifier{"founded", "unfounded"}
}

func asApproval(o *v1alpha1.ResponseTask) {
	o.Spec.Type = v1alpha1.TaskTypeApproval
	o.Spec.Assignment.Digest = "d2"
}

func closed(o *v1alpha1.ResponseTask) { o.Spec.State = v1alpha1.TaskDone }

func unassigned(o *v1alpha1.ResponseTask) { o.Spec.Assignment.MayAct = nil }

// TestTaskActs is every rule on a single act, as a table: who adds which act to which task, and what is said.
func TestTaskActs(t *testing.T) {
	t.Parallel()
	type taskChange = func(*v1alpha1.ResponseTask)
	act := func(verb v1alpha1.TaskVerb, change ...func(*v1alpha1.TaskAct)) v1alpha1.TaskAct {
		a := v1alpha1.TaskAct{ID: "1", Verb: verb}
		for _, f := range change {
			f(&a)
		}
		return a
	}
	because := func(a *v1alpha1.TaskAct) { a.Reason = "because" }
	by := func(user v1alpha1.User) func(*v1alpha1.TaskAct) { return func(a *v1alpha1.TaskAct) { a.By = user } }
	to := func(user v1alpha1.User) func(*v1alpha1.TaskAct) { return func(a *v1alpha1.TaskAct) { a.To = user } }
	about := func(digest string) func(*v1alpha1.TaskAct) { return func(a *v1alpha1.TaskAct) { a.Digest = digest } }
	with := func(outcome v1alpha1.Identifier) func(*v1alpha1.TaskAct) {
		return func(a *v1alpha1.TaskAct) { a.Outcome = outcome }
	}
	by4h := func(a *v1alpha1.TaskAct) { a.Extension = "4h" }

	for _, c := range []struct {
		name    string
		task    []taskChange
		user    string
		act     v1alpha1.TaskAct
		refused []string // nil: accepted
	}{
		{"the assignee completes", nil, amy, act(v1alpha1.TaskComplete), nil},
		{"a deputy completes", nil, bob, act(v1alpha1.TaskComplete), nil},
		{"under their own name", nil, amy, act(v1alpha1.TaskComplete, by(amy)), nil},
		{"under another's name", nil, bob, act(v1alpha1.TaskComplete, by(amy)),
			[]string{"in the name of 'amy', but you are 'bob'", "nobody acts in another's name"}},
		{"a comment under another's name", nil, cai, act(v1alpha1.TaskComment, by(amy), because), []string{"in the name of 'amy'"}},
		{"somebody not asked", nil, cai, act(v1alpha1.TaskAcknowledge),
			[]string{"'cai' may not Acknowledge this task now", "amy and others"}},
		{"nobody is asked yet", []taskChange{unassigned}, amy, act(v1alpha1.TaskAcknowledge), []string{"nobody yet"}},
		{"somebody not asked comments", nil, cai, act(v1alpha1.TaskComment, because), nil},
		{"a comment without words", nil, amy, act(v1alpha1.TaskComment), []string{"needs a reason"}},
		{"somebody recused", nil, dana, act(v1alpha1.TaskComplete),
			[]string{"'dana' may not act on this task: is complained about"}},
		{"somebody recused comments", nil, dana, act(v1alpha1.TaskComment, because), nil},
		{"with an outcome offered", []taskChange{withOutcomes}, amy, act(v1alpha1.TaskComplete, with("founded")), nil},
		{"with an outcome not offered", []taskChange{withOutcomes}, amy, act(v1alpha1.TaskComplete, with("whatever")),
			[]string{"needs one of the outcomes founded, unfounded, not 'whatever'"}},
		{"without the outcome needed", []taskChange{withOutcomes}, amy, act(v1alpha1.TaskComplete), []string{"needs one of the outcomes"}},
		{"with an outcome nobody asked for", nil, amy, act(v1alpha1.TaskComplete, with("founded")), []string{"offers no outcomes"}},
		{"acknowledges with an outcome", []taskChange{withOutcomes}, amy, act(v1alpha1.TaskAcknowledge, with("founded")),
			[]string{"outcome belongs to Complete"}},
		{"acknowledges", nil, amy, act(v1alpha1.TaskAcknowledge), nil},
		{"declines with a reason", nil, amy, act(v1alpha1.TaskDecline, because), nil},
		{"declines without", nil, amy, act(v1alpha1.TaskDecline), []string{"(Decline) needs a reason"}},
		{"pauses with a reason", nil, amy, act(v1alpha1.TaskPause, because), nil},
		{"pauses without", nil, amy, act(v1alpha1.TaskPause), []string{"(Pause) needs a reason"}},
		{"resumes", nil, amy, act(v1alpha1.TaskResume), nil},
		{"hands over", nil, amy, act(v1alpha1.TaskHandOver, to(cai), because), nil},
		{"hands over to nobody", nil, amy, act(v1alpha1.TaskHandOver, because), []string{"needs the user it goes to"}},
		{"hands over without a reason", nil, amy, act(v1alpha1.TaskHandOver, to(cai)), []string{"(HandOver) needs a reason"}},
		{"hands over to somebody recused", nil, amy, act(v1alpha1.TaskHandOver, to(dana), because), []string{"cannot be handed to 'dana'"}},
		{"extends", nil, amy, act(v1alpha1.TaskExtend, by4h, because), nil},
		{"extends by nothing", nil, amy, act(v1alpha1.TaskExtend, because), []string{"Set extension"}},
		{"extends without a reason", nil, amy, act(v1alpha1.TaskExtend, by4h), []string{"(Extend) needs a reason"}},
		{"approves work", nil, amy, act(v1alpha1.TaskApprove), []string{"of type Work: only an Approval can be approved"}},
		{"completes an approval", []taskChange{asApproval}, amy, act(v1alpha1.TaskComplete), []string{"Approve it or Refuse it"}},
		{"approves what is there", []taskChange{asApproval}, amy, act(v1alpha1.TaskApprove, about("d2")), nil},
		{"approves what was there before", []taskChange{asApproval}, amy, act(v1alpha1.TaskApprove, about("d1")),
			[]string{"what you approve has changed since you read it"}},
		{"approves unseen", []taskChange{asApproval}, amy, act(v1alpha1.TaskApprove), []string{"give spec.assignment.digest as digest"}},
		{"refuses", []taskChange{asApproval}, bob, act(v1alpha1.TaskRefuse, about("d2"), because), nil},
		{"refuses without a reason", []taskChange{asApproval}, bob, act(v1alpha1.TaskRefuse, about("d2")), []string{"(Refuse) needs a reason"}},
		{"refuses what was there before", []taskChange{asApproval}, bob, act(v1alpha1.TaskRefuse, about("d1"), because),
			[]string{"what you refuse has changed"}},
		{"answers a closed task", []taskChange{closed}, amy, act(v1alpha1.TaskAcknowledge),
			[]string{"the task is closed (Done): only a Comment can be added to it, not Acknowledge"}},
		{"comments on a closed task", []taskChange{closed}, amy, act(v1alpha1.TaskComment, because), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			after, err := answer(t, as(t, c.user), task(t, "default", c.task...), c.act)
			if c.refused != nil {
				g.Expect(err).To(BeRefusedBy(taskActs, c.refused...))
				return
			}
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(after.Spec.Acts).To(HaveLen(1))
			g.Expect(after.Spec.Acts[0].By).To(BeEquivalentTo(c.user), "filled in where it was left out")
			g.Expect(after.Spec.Acts[0].At.Time).To(BeTemporally("~", time.Now(), time.Minute))
		})
	}
}

// TestInvariant4AdmissionHoldsEverybody: nobody answers for somebody else, system:masters and the manager included.
func TestInvariant4AdmissionHoldsEverybody(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	o := task(t, "default")
	forged := v1alpha1.TaskAct{ID: "1", Verb: v1alpha1.TaskComplete, By: amy}
	own := v1alpha1.TaskAct{ID: "1", Verb: v1alpha1.TaskComplete}

	_, err := answer(t, admin(t), o, forged)
	g.Expect(err).To(BeRefusedBy(taskActs, "in the name of 'amy', but you are 'admin'"))
	_, err = answer(t, admin(t), o, own)
	g.Expect(err).To(BeRefusedBy(taskActs, "'admin' may not Complete"))
	_, err = answer(t, manager(t), o, forged)
	g.Expect(err).To(BeRefusedBy(taskActs, "in the name of 'amy'"))
	_, err = answer(t, manager(t), o, own)
	g.Expect(err).To(BeRefusedBy(taskActs, "may not Complete"))
}

// TestInvariant4WhoIsRecusedDoesNotAct, even where they are still listed among those who may.
func TestInvariant4WhoIsRecusedDoesNotAct(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	listed := func(o *v1alpha1.ResponseTask) { o.Spec.Assignment.MayAct = append(o.Spec.Assignment.MayAct, dana) }
	_, err := answer(t, as(t, dana), task(t, "default", listed), v1alpha1.TaskAct{ID: "1", Verb: v1alpha1.TaskComplete})
	g.Expect(err).To(BeRefusedBy(taskActs, "'dana' may not act on this task: is complained about"))
	_, err = answer(t, as(t, dana), task(t, "default", asApproval, listed), v1alpha1.TaskAct{ID: "1", Verb: v1alpha1.TaskApprove, Digest: "d2"})
	g.Expect(err).To(BeRefusedBy(taskActs, "'dana' may not act on this task: is complained about"))
	_, err = answer(t, as(t, dana), task(t, "default", listed), v1alpha1.TaskAct{ID: "1", Verb: v1alpha1.TaskComment, Reason: "It was not so."})
	g.Expect(err).NotTo(HaveOccurred())
}

// TestInvariant4EachPersonApprovesOnce: n approvals are n different people, and one is bound to what was approved.
func TestInvariant4EachPersonApprovesOnce(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	approve := func(id, digest string) v1alpha1.TaskAct {
		return v1alpha1.TaskAct{ID: id, Verb: v1alpha1.TaskApprove, Digest: digest}
	}
	o, err := answer(t, as(t, amy), task(t, "default", asApproval), approve("1", "d2"))
	g.Expect(err).NotTo(HaveOccurred())
	_, err = answer(t, as(t, amy), o, approve("2", "d2"))
	g.Expect(err).To(BeRefusedBy(taskActs, "you have decided about this already"))
	_, err = answer(t, as(t, amy), o, v1alpha1.TaskAct{ID: "2", Verb: v1alpha1.TaskRefuse, Digest: "d2", Reason: "after all"})
	g.Expect(err).To(BeRefusedBy(taskActs, "you have decided about this already"))
	_, err = answer(t, as(t, bob), task(t, "default", asApproval), approve("1", "d2"), approve("2", "d2"))
	g.Expect(err).To(BeRefusedBy(taskActs, "you have decided about this already"))
	o, err = answer(t, as(t, bob), o, approve("2", "d2"))
	g.Expect(err).NotTo(HaveOccurred())

	o.Spec.Assignment.Digest = "d3"
	g.Expect(manager(t).Update(t.Context(), o)).To(Succeed(), "what is to be approved changes")
	_, err = answer(t, as(t, amy), o, approve("3", "d2"))
	g.Expect(err).To(BeRefusedBy(taskActs, "has changed since you read it"))
	_, err = answer(t, as(t, amy), o, approve("3", "d3"))
	g.Expect(err).NotTo(HaveOccurred())
}

// TestTaskActsOnlyGrow: what was written stays, in its place, whoever writes and by whatever kind of write.
func TestTaskActsOnlyGrow(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	first := v1alpha1.TaskAct{ID: "1", Verb: v1alpha1.TaskAcknowledge}
	second := v1alpha1.TaskAct{ID: "2", Verb: v1alpha1.TaskComment, Reason: "On it."}
	o, err := answer(t, as(t, amy), task(t, "default"), first, second)
	g.Expect(err).NotTo(HaveOccurred())

	for who, c := range map[string]func() error{
		"amy":     func() error { return as(t, amy).Update(t.Context(), without(o, "1")) },
		"admin":   func() error { return admin(t).Update(t.Context(), without(o, "1")) },
		"manager": func() error { return manager(t).Update(t.Context(), without(o, "1")) },
	} {
		g.Expect(c()).To(BeRefusedBy(taskActs, "act '1' is missing", "acts are never removed"), who)
	}
	g.Expect(as(t, amy).Update(t.Context(), without(o, "1", "2"))).To(BeRefusedBy(taskActs, "acts are never removed"))

	changed := o.DeepCopy()
	changed.Spec.Acts[1].Reason = "Not on it."
	g.Expect(as(t, amy).Update(t.Context(), changed)).To(BeRefusedBy(taskActs, "act '2' was changed"))
	g.Expect(manager(t).Update(t.Context(), changed)).To(BeRefusedBy(taskActs, "act '2' was changed"))
	backdated := o.DeepCopy()
	backdated.Spec.Acts[0].At = metav1.NewTime(o.Spec.Acts[0].At.Add(-time.Second))
	g.Expect(as(t, amy).Update(t.Context(), backdated)).To(BeRefusedBy(taskActs, "act '1' was changed"))

	swapped := o.DeepCopy()
	swapped.Spec.Acts[0], swapped.Spec.Acts[1] = swapped.Spec.Acts[1], swapped.Spec.Acts[0]
	g.Expect(as(t, amy).Update(t.Context(), swapped)).To(BeRefusedBy(taskActs, "New acts go to the end"))

	o, err = answer(t, as(t, bob), o, v1alpha1.TaskAct{ID: "3", Verb: v1alpha1.TaskComplete})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(o.Spec.Acts).To(HaveLen(3))
}

func without(o *v1alpha1.ResponseTask, ids ...string) *v1alpha1.ResponseTask {
	o = o.DeepCopy()
	var kept []v1alpha1.TaskAct
	for _, a := range o.Spec.Acts {
		drop := false
		for _, id := range ids {
			drop = drop || a.ID == id
		}
		if !drop {
			kept = append(kept, a)
		}
	}
	o.Spec.Acts = kept
	return o
}
