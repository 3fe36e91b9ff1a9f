package admission

import (
	"testing"

	. "github.com/onsi/gomega"

	"tocsin.dev/tocsin/api/v1alpha1"
)

const recordActs = "tocsin-record-acts"

// TestRecordActs is every rule on a single act on a complaint. amy leads, bob is a responder, dana, complained about,
// stands among the leads by mistake.
func TestRecordActs(t *testing.T) {
	t.Parallel()
	act := func(verb v1alpha1.RecordVerb, change ...func(*v1alpha1.RecordAct)) v1alpha1.RecordAct {
		a := v1alpha1.RecordAct{ID: "1", Verb: verb, Reason: "because"}
		for _, f := range change {
			f(&a)
		}
		return a
	}
	silent := func(a *v1alpha1.RecordAct) { a.Reason = "" }
	by := func(user v1alpha1.User) func(*v1alpha1.RecordAct) { return func(a *v1alpha1.RecordAct) { a.By = user } }
	l1 := func(a *v1alpha1.RecordAct) { a.Level = "L1" }
	step := func(a *v1alpha1.RecordAct) { a.Step = "followUp" }
	handler := func(a *v1alpha1.RecordAct) { a.Role = "handler" }
	to := func(user v1alpha1.User) func(*v1alpha1.RecordAct) { return func(a *v1alpha1.RecordAct) { a.To = user } }
	within := func(a *v1alpha1.RecordAct) { a.Within = &v1alpha1.Span{Elapsed: "4h"} }
	into := func(name string) func(*v1alpha1.RecordAct) { return func(a *v1alpha1.RecordAct) { a.Into = name } }

	for _, c := range []struct {
		name    string
		user    string
		act     v1alpha1.RecordAct
		refused []string // nil: accepted
	}{
		{"anybody comments", cai, act(v1alpha1.RecordComment), nil},
		{"whom it is about comments", dana, act(v1alpha1.RecordComment), nil},
		{"a comment without words", amy, act(v1alpha1.RecordComment, silent), []string{"the comment goes there"}},
		{"under another's name", bob, act(v1alpha1.RecordComment, by(amy)), []string{"in the name of 'amy', but you are 'bob'"}},
		{"a responder raises", bob, act(v1alpha1.RecordRaise, l1), nil},
		{"a lead raises", amy, act(v1alpha1.RecordRaise, l1), nil},
		{"raises to nowhere", bob, act(v1alpha1.RecordRaise), []string{"needs the new level"}},
		{"raises without a reason", bob, act(v1alpha1.RecordRaise, l1, silent), []string{"(Raise) needs a reason"}},
		{"a stranger raises", cai, act(v1alpha1.RecordRaise, l1), []string{"'cai' may not Raise", "responders and leads"}},
		{"whom it is about raises", dana, act(v1alpha1.RecordRaise, l1), []string{"'dana' is complained about", "not Raise"}},
		{"a lead lowers", amy, act(v1alpha1.RecordLower, l1), nil},
		{"a responder lowers", bob, act(v1alpha1.RecordLower, l1), []string{"'bob' may not Lower", "only its leads may"}},
		{"lowers to nowhere", amy, act(v1alpha1.RecordLower), []string{"needs the new level"}},
		{"a lead aborts", amy, act(v1alpha1.RecordAbort), nil},
		{"a responder aborts", bob, act(v1alpha1.RecordAbort), []string{"'bob' may not Abort"}},
		{"whom it is about aborts", dana, act(v1alpha1.RecordAbort), []string{"'dana' is complained about"}},
		{"a lead skips", amy, act(v1alpha1.RecordSkip, step), nil},
		{"skips nothing", amy, act(v1alpha1.RecordSkip), []string{"needs the step to skip"}},
		{"a responder skips", bob, act(v1alpha1.RecordSkip, step), []string{"'bob' may not Skip"}},
		{"a lead re-opens", amy, act(v1alpha1.RecordReopen), nil},
		{"a responder re-opens", bob, act(v1alpha1.RecordReopen), []string{"'bob' may not Reopen"}},
		{"a responder withdraws", bob, act(v1alpha1.RecordWithdraw), nil},
		{"a stranger withdraws", cai, act(v1alpha1.RecordWithdraw), []string{"'cai' may not Withdraw"}},
		{"a responder merges", bob, act(v1alpha1.RecordMerge, into("other")), nil},
		{"merges into nothing", bob, act(v1alpha1.RecordMerge), []string{"another complaint to merge into"}},
		{"a responder hands over", bob, act(v1alpha1.RecordHandOver, handler, to(cai)), nil},
		{"hands over no role", bob, act(v1alpha1.RecordHandOver, to(cai)), []string{"Set role and to"}},
		{"hands over to nobody", bob, act(v1alpha1.RecordHandOver, handler), []string{"Set role and to"}},
		{"hands over to whom it is about", bob, act(v1alpha1.RecordHandOver, handler, to(dana)),
			[]string{"cannot be handed to 'dana'"}},
		{"a lead reassigns", amy, act(v1alpha1.RecordReassign, step, to(cai)), nil},
		{"a responder reassigns", bob, act(v1alpha1.RecordReassign, step, to(cai)), []string{"'bob' may not Reassign", "only its leads may"}},
		{"reassigns no task", amy, act(v1alpha1.RecordReassign, to(cai)), []string{"needs the step whose task it is"}},
		{"reassigns to nobody", amy, act(v1alpha1.RecordReassign, step), []string{"needs the step whose task it is"}},
		{"reassigns to whom it is about", amy, act(v1alpha1.RecordReassign, step, to(dana)), []string{"the task cannot be given to 'dana'"}},
		{"whom it is about reassigns", dana, act(v1alpha1.RecordReassign, step, to(cai)), []string{"'dana' is complained about"}},
		{"a responder asks for work", bob, act(v1alpha1.RecordAsk, to(cai), within), nil},
		{"a lead asks for work", amy, act(v1alpha1.RecordAsk, to(cai), within), nil},
		{"a stranger asks for work", cai, act(v1alpha1.RecordAsk, to(bob), within), []string{"'cai' may not Ask", "responders and leads"}},
		{"asks nobody", bob, act(v1alpha1.RecordAsk, within), []string{"needs the user who is asked and a deadline"}},
		{"asks without a deadline", bob, act(v1alpha1.RecordAsk, to(cai)), []string{"needs the user who is asked and a deadline"}},
		{"asks for nothing", bob, act(v1alpha1.RecordAsk, to(cai), within, silent), []string{"say there what is to be done"}},
		{"asks at length", bob, act(v1alpha1.RecordAsk, to(cai), within, func(a *v1alpha1.RecordAct) { a.Reason = repeat("x", 1025) }), []string{"at most 1024 characters"}},
		{"asks whom it is about", bob, act(v1alpha1.RecordAsk, to(dana), within), []string{"nothing can be asked of 'dana'"}},
		{"whom it is about asks", dana, act(v1alpha1.RecordAsk, to(cai), within), []string{"'dana' is complained about"}},
		{"a lead releases", amy, act(v1alpha1.RecordRelease), nil},
		{"an auditor releases", audit, act(v1alpha1.RecordRelease), nil},
		{"a responder releases", bob, act(v1alpha1.RecordRelease), []string{"'bob' may not Release", "RBAC verb release"}},
		{"an auditor aborts", audit, act(v1alpha1.RecordAbort), []string{"'audit' may not Abort"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			err := patchActs(t, as(t, c.user), complaint(t, "default"), c.act)
			if c.refused != nil {
				g.Expect(err).To(BeRefusedBy(recordActs, c.refused...))
				return
			}
			g.Expect(err).NotTo(HaveOccurred())
		})
	}
}

func TestAComplaintIsNotMergedIntoItself(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	o := complaint(t, "default")
	_, err := decide(t, as(t, bob), o, v1alpha1.RecordAct{ID: "1", Verb: v1alpha1.RecordMerge, Into: o.Name, Reason: "the same"})
	g.Expect(err).To(BeRefusedBy(recordActs, "another complaint to merge into"))
}

// TestIncidentActs: incidents know the same acts, but nobody withdraws or merges a crisis.
func TestIncidentActs(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	act := func(user string, verb v1alpha1.RecordVerb) error {
		o := incident(t, "default")
		o.Spec.Acts = append(o.Spec.Acts, v1alpha1.RecordAct{ID: "1", Verb: verb, Level: "L1", Into: "other", Reason: "because"})
		return as(t, user).Update(t.Context(), o)
	}
	g.Expect(act(bob, v1alpha1.RecordRaise)).To(Succeed())
	g.Expect(act(amy, v1alpha1.RecordAbort)).To(Succeed())
	g.Expect(act(bob, v1alpha1.RecordAbort)).To(BeRefusedBy(recordActs, "'bob' may not Abort"))
	g.Expect(act(amy, v1alpha1.RecordWithdraw)).To(BeRefusedBy(recordActs, "Withdraw is for complaints"))
	g.Expect(act(amy, v1alpha1.RecordMerge)).To(BeRefusedBy(recordActs, "Merge is for complaints"))
}

// TestInvariant4RecordActsHoldEverybody: nobody decides for somebody else, system:masters and the manager included.
func TestInvariant4RecordActsHoldEverybody(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	o := complaint(t, "default")
	abort := v1alpha1.RecordAct{ID: "1", Verb: v1alpha1.RecordAbort, Reason: "because"}
	_, err := decide(t, admin(t), o, abort)
	g.Expect(err).To(BeRefusedBy(recordActs, "'admin' may not Abort"))
	_, err = decide(t, manager(t), o, abort)
	g.Expect(err).To(HaveOccurred(), "the manager cannot even write the complaint")
	abort.By = amy
	_, err = decide(t, admin(t), o, abort)
	g.Expect(err).To(BeRefusedBy(recordActs, "in the name of 'amy'"))
}

func TestRecordActsOnlyGrow(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	comment := func(id string) v1alpha1.RecordAct {
		return v1alpha1.RecordAct{ID: id, Verb: v1alpha1.RecordComment, Reason: "Called back."}
	}
	o, err := decide(t, as(t, amy), complaint(t, "default"), comment("1"), comment("2"))
	g.Expect(err).NotTo(HaveOccurred())

	removed := o.DeepCopy()
	removed.Spec.Acts = removed.Spec.Acts[1:]
	g.Expect(as(t, amy).Update(t.Context(), removed)).To(BeRefusedBy(recordActs, "act '1' is missing"))
	g.Expect(admin(t).Update(t.Context(), removed)).To(BeRefusedBy(recordActs, "act '1' is missing"))
	changed := o.DeepCopy()
	changed.Spec.Acts[0].Reason = "Wrote back."
	g.Expect(as(t, amy).Update(t.Context(), changed)).To(BeRefusedBy(recordActs, "act '1' was changed"))
	swapped := o.DeepCopy()
	swapped.Spec.Acts[0], swapped.Spec.Acts[1] = swapped.Spec.Acts[1], swapped.Spec.Acts[0]
	g.Expect(as(t, amy).Update(t.Context(), swapped)).To(BeRefusedBy(recordActs, "New acts go to the end"))
	_, err = decide(t, as(t, bob), o, comment("3"))
	g.Expect(err).NotTo(HaveOccurred())
}

// TestALongListOfActsIsNotTooDear: the cost limit of expressions leaves room for a full list of the longest reasons.
func TestALongListOfActsIsNotTooDear(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	o := complaint(t, "default")
	o.Spec.Statement = repeat("x", 32<<10)
	g.Expect(as(t, amy).Update(t.Context(), o)).To(Succeed())
	long := make([]v1alpha1.RecordAct, 96)
	for i := range long {
		long[i] = v1alpha1.RecordAct{ID: repeat("i", 61) + serial(i), Verb: v1alpha1.RecordComment, Reason: repeat("r", 170)}
	}
	o, err := decide(t, as(t, amy), o, long...)
	g.Expect(err).NotTo(HaveOccurred())
	_, err = decide(t, as(t, amy), o, v1alpha1.RecordAct{ID: "talk", Verb: v1alpha1.RecordComment, Reason: "and on"})
	g.Expect(err).To(MatchError(ContainSubstring("kept for decisions")), "nobody can talk a case to a standstill")
	_, err = decide(t, as(t, bob), o, v1alpha1.RecordAct{ID: "last", Verb: v1alpha1.RecordRaise, Level: "L1", Reason: "enough"})
	g.Expect(err).NotTo(HaveOccurred())

	w := task(t, "default")
	acts := make([]v1alpha1.TaskAct, 48)
	for i := range acts {
		acts[i] = v1alpha1.TaskAct{ID: repeat("i", 61) + serial(i), Verb: v1alpha1.TaskComment, Reason: repeat("r", 2048)}
	}
	w, err = answer(t, as(t, amy), w, acts...)
	g.Expect(err).NotTo(HaveOccurred())
	_, err = answer(t, as(t, amy), w, v1alpha1.TaskAct{ID: "talk", Verb: v1alpha1.TaskComment, Reason: "and on"})
	g.Expect(err).To(MatchError(ContainSubstring("kept for decisions")))
	_, err = answer(t, as(t, bob), w, v1alpha1.TaskAct{ID: "last", Verb: v1alpha1.TaskComplete})
	g.Expect(err).NotTo(HaveOccurred())
}
