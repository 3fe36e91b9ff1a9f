package cli

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

func TestActsAreWrittenInOnesOwnNameAtTheClocksTime(t *testing.T) {
	w := newWorld(t)
	w.task("kettle-17-check-facts-1", func(s *v1alpha1.ResponseTaskSpec) {
		s.Outcomes = []v1alpha1.Identifier{"founded", "unfounded"}
	})
	w.Expect(w.as("ana", "ack", "kettle-17-check-facts-1")).To(Equal(result{Out: "responsetask/kettle-17-check-facts-1 acknowledged\n"}))
	w.clock.SetTime(minutes(5).Time)
	w.Expect(w.as("ana", "done", "rt/kettle-17-c", "--outcome", "founded", "--reason", "seen it")).To(Equal(result{Out: "responsetask/kettle-17-check-facts-1 done (founded)\n"}))
	acts := w.acts("kettle-17-check-facts-1")
	w.Expect(acts).To(HaveLen(2))
	w.Expect(acts[0]).To(And(HaveField("Verb", v1alpha1.TaskAcknowledge), HaveField("By", v1alpha1.User("ana")), HaveField("ID", MatchRegexp(`^[0-9a-f]{8}$`))))
	w.Expect(acts[0].At.Time).To(BeTemporally("==", noon))
	w.Expect(acts[1]).To(And(HaveField("Verb", v1alpha1.TaskComplete), HaveField("Outcome", v1alpha1.Identifier("founded")), HaveField("Reason", "seen it")))
	w.Expect(acts[1].At.Time).To(BeTemporally("==", minutes(5).Time))
}

func TestTheBeginningOfANameIsEnoughWhenOneOpenTaskHasIt(t *testing.T) {
	w := newWorld(t)
	w.close(w.task("kettle-17-check-facts-1", nil))
	w.task("kettle-17-check-facts-2", nil)
	w.Expect(w.as("ana", "ack", "kettle-17-check")).To(Equal(result{Out: "responsetask/kettle-17-check-facts-2 acknowledged\n"}))
	w.Expect(w.as("ana", "comment", "kettle-17-check-facts-1", "--reason", "for the record")).To(HaveField("Code", exitOK), "a whole name is that task, open or not")
}

// Of several open tasks that begin so the caller's own is meant.
func TestOnesOwnTaskIsMeant(t *testing.T) {
	w := newWorld(t)
	for i, user := range []v1alpha1.User{"bo", "ana", "cy"} {
		w.task(fmt.Sprint("recall-call-", i), func(s *v1alpha1.ResponseTaskSpec) {
			s.Assignment.Assignee, s.Assignment.MayAct = user, []v1alpha1.User{user}
		})
	}
	w.Expect(w.as("ana", "ack", "recall-call")).To(Equal(result{Out: "responsetask/recall-call-1 acknowledged\n"}))
	w.Expect(w.as("dan", "ack", "recall-call").Err).To(ContainSubstring(`3 open tasks begin with "recall-call": recall-call-0, recall-call-1, recall-call-2; give more`))
	w.task("recall-call-3", nil)
	w.Expect(w.as("ana", "ack", "recall-call").Err).To(ContainSubstring(`2 open tasks begin with "recall-call": recall-call-1, recall-call-3; give more`))
}

// Who is called to a team may also act on the calls of whoever they stand in for; their own is meant.
func TestOnesOwnCallIsMeantBeforeThoseOneStandsInFor(t *testing.T) {
	w := newWorld(t)
	for i, user := range []v1alpha1.User{"bo", "ana", "cy"} {
		w.task(fmt.Sprint("recall-call-", i), func(s *v1alpha1.ResponseTaskSpec) {
			s.Assignment.Assignee, s.Assignment.MayAct = user, []v1alpha1.User{"ana", "bo", "cy", "dan"}
		})
	}
	w.Expect(w.as("ana", "ack", "recall-call")).To(Equal(result{Out: "responsetask/recall-call-1 acknowledged\n"}))
	w.Expect(w.as("dan", "ack", "recall-call").Err).To(ContainSubstring(`3 open tasks begin with "recall-call"`), "none is dan's")
	w.task("recall-clean-0", func(s *v1alpha1.ResponseTaskSpec) {
		s.Step, s.Assignment.Assignee, s.Assignment.MayAct = "clean", "bo", []v1alpha1.User{"bo", "ana"}
	})
	w.Expect(w.as("ana", "ack", "recall-c").Err).To(ContainSubstring(`4 open tasks begin with "recall-c"`), "of several steps none is guessed")
}

// Acknowledging again writes nothing, unless the task was passed on since or another sign is waited for.
func TestAcknowledgingTwiceIsOnce(t *testing.T) {
	w := newWorld(t)
	w.task("kettle-17-check-1", func(s *v1alpha1.ResponseTaskSpec) { s.Assignment.MayAct = []v1alpha1.User{"ana", "bo"} })
	again := result{Out: "responsetask/kettle-17-check-1 already acknowledged\n"}
	w.Expect(w.as("ana", "ack", "kettle-17-check-1")).To(HaveField("Code", exitOK))
	w.Expect(w.as("ana", "ack", "kettle-17-check-1")).To(Equal(again), "there is no such record, which nobody waits for")
	w.Expect(w.as("bo", "ack", "kettle-17-check-1").Out).To(HaveSuffix(" acknowledged\n"))
	w.Expect(w.acts("kettle-17-check-1")).To(HaveLen(2), "each once")
	w.Expect(w.as("bo", "handover", "kettle-17-check-1", "--to", "ana", "--reason", "hers")).To(HaveField("Code", exitOK))
	w.Expect(w.as("ana", "ack", "kettle-17-check-1").Out).To(Equal("responsetask/kettle-17-check-1 acknowledged\n"))
	w.Expect(w.as("ana", "ack", "kettle-17-check-1")).To(Equal(again))

	step := v1alpha1.StepState{Name: "checkFacts", State: v1alpha1.StepWaiting, AcknowledgeBy: minutes(30), ActsSeen: 3}
	status := v1alpha1.ComplaintStatus{CaseStatus: v1alpha1.CaseStatus{Run: &v1alpha1.Run{Version: v1alpha1.RunVersion, ID: 1, Playbook: "p",
		Revision: v1alpha1.RevisionReference{Name: "p-1", Digest: strings.Repeat("d", 64)}, StartedAt: minutes(-80), Steps: []v1alpha1.StepState{step}}}}
	w.complaint("kettle-17", status)
	w.Expect(w.as("ana", "ack", "kettle-17-check-1")).To(Equal(again), "the operator has not seen the fourth act yet")
	var c v1alpha1.Complaint
	w.Expect(w.admin.Get(w.ctx, client.ObjectKey{Namespace: w.namespace, Name: "kettle-17"}, &c)).To(Succeed())
	c.Status.Run.Steps[0].ActsSeen = 4
	w.Expect(w.manager.Status().Update(w.ctx, &c)).To(Succeed())
	w.Expect(w.as("ana", "ack", "kettle-17-check-1").Out).To(HaveSuffix("1 acknowledged\n"), "it has, and waits for a sign all the same")
}

func TestApprovalsCarryTheDigest(t *testing.T) {
	w := newWorld(t)
	w.task("kettle-17-approve-1", func(s *v1alpha1.ResponseTaskSpec) {
		s.Type, s.Assignment.Digest, s.Assignment.MayAct = v1alpha1.TaskTypeApproval, "d1", []v1alpha1.User{"zhao", "ana"}
	})
	w.Expect(w.as("zhao", "approve", "kettle-17-approve")).To(HaveField("Code", exitOK))
	w.Expect(w.as("ana", "refuse", "kettle-17-approve", "--reason", "too much")).To(HaveField("Code", exitOK))
	acts := w.acts("kettle-17-approve-1")
	w.Expect(acts[0]).To(And(HaveField("Verb", v1alpha1.TaskApprove), HaveField("Digest", "d1")))
	w.Expect(acts[1]).To(And(HaveField("Verb", v1alpha1.TaskRefuse), HaveField("Digest", "d1"), HaveField("Reason", "too much")))
}

func TestEveryVerb(t *testing.T) {
	w := newWorld(t)
	for _, args := range [][]string{
		{"decline", "--reason", "on leave"}, {"comment", "--reason", "called the shop"}, {"pause", "--reason", "customer away"}, {"resume"},
		{"extend", "--by", "4h", "--reason", "parts are late"}, {"handover", "--to", "bo", "--reason", "knows the shop"},
	} {
		name := "kettle-17-" + args[0]
		w.task(name, func(s *v1alpha1.ResponseTaskSpec) {
			if args[0] == "resume" {
				s.Assignment.StoppedAt, s.Assignment.StoppedUntil = minutes(-5), minutes(60)
			}
		})
		r := w.as("ana", append([]string{args[0], name}, args[1:]...)...)
		w.Expect(r).To(HaveField("Code", exitOK), "%v: %s", args, r.Err)
		w.Expect(w.acts(name)).To(HaveLen(1))
	}
	w.Expect(w.acts("kettle-17-extend")[0].Extension).To(Equal(v1alpha1.Duration("4h")))
	w.Expect(w.acts("kettle-17-handover")[0].To).To(Equal(v1alpha1.User("bo")))
}

// Many write to the same task at once: each act is there in the end, none twice.
func TestActsOfManyAtOnce(t *testing.T) {
	w := newWorld(t)
	w.task("kettle-17-talk", nil)
	kubeconfig := w.kubeconfig("ana", "tocsin:responders")
	var everybody sync.WaitGroup
	results := make([]result, 4)
	for i := range results {
		everybody.Go(func() {
			results[i] = w.run(w.ctx, kubeconfig, "comment", "kettle-17-talk", "--reason", fmt.Sprint("comment ", i))
		})
	}
	everybody.Wait()
	landed := 0
	for _, r := range results {
		if r.Code == exitOK {
			landed++
		}
	}
	w.Expect(landed).To(Equal(len(results)))
	seen := map[string]bool{}
	for _, act := range w.acts("kettle-17-talk") {
		seen[act.Reason] = true
	}
	w.Expect(seen).To(HaveLen(len(results)))
}

func TestRefusals(t *testing.T) {
	w := newWorld(t)
	w.task("kettle-17-check-1", func(s *v1alpha1.ResponseTaskSpec) {
		s.Outcomes = []v1alpha1.Identifier{"founded", "unfounded"}
		s.Assignment.Recused = []v1alpha1.Recusal{{User: "cy", Reason: "is complained about"}}
	})
	w.task("kettle-17-check-2", nil)
	w.task("kettle-17-agree", func(s *v1alpha1.ResponseTaskSpec) { s.Type = v1alpha1.TaskTypeApproval })
	closed := w.task("kettle-17-old", nil)
	w.close(closed)
	for _, c := range []struct {
		user string
		args []string
		code int
		says string
	}{
		{"bo", []string{"ack", "kettle-17-check-1"}, exitRefused, "error: refused: 'bo' may not Acknowledge this task now: `kubectl tocsin show` lists who may (ana)"},
		{"cy", []string{"done", "kettle-17-check-1", "--outcome", "unfounded"}, exitRefused, "error: refused: 'cy' may not act on this task: is complained about."},
		{"ana", []string{"done", "kettle-17-check-1"}, exitUsage, "error: done needs --outcome founded or unfounded\n"},
		{"ana", []string{"done", "kettle-17-check-1", "--outcome", "fonded"}, exitUsage, "error: task kettle-17-check-1 has no outcome \"fonded\": done needs --outcome founded or unfounded\n"},
		{"ana", []string{"approve", "kettle-17-check-1"}, exitRefused, "only an Approval can be approved or refused. Use `done` or `decline`"},
		{"ana", []string{"done", "kettle-17-agree"}, exitRefused, "an approval is not completed. Use `approve` or `refuse`"},
		{"ana", []string{"done", "kettle-17-old"}, exitRefused, "the task is closed (Done)"},
		{"ana", []string{"ack", "kettle-17-check"}, exitRefused, `2 open tasks begin with "kettle-17-check": kettle-17-check-1, kettle-17-check-2`},
		{"ana", []string{"ack", "toaster"}, exitRefused, `no task "toaster" in namespace`},
		{"ana", []string{"refuse", "kettle-17-check-1"}, exitUsage, "refuse needs --reason"},
		{"ana", []string{"handover", "kettle-17-check-1", "--reason", "x"}, exitUsage, "handover needs --to"},
		{"ana", []string{"done", "kettle-17-check-2", "--amount", "10", "--currency", "CNY"}, exitUsage, "a remedy needs --remedy-kind"},
		{"ana", []string{"done", "kettle-17-check-2", "--remedy-kind", "Gift", "--remedy-reason", "x"}, exitUsage, "does not write a remedy"},
		{"ana", []string{"done"}, exitUsage, "done needs TASK, the name of a ResponseTask"},
		{"ana", []string{"dance"}, exitUsage, `unknown command "dance"`},
		{"ana", []string{"ack", "x", "--loud"}, exitUsage, "unknown flag: --loud"},
	} {
		r := w.as(c.user, c.args...)
		w.Expect(r.Code).To(Equal(c.code), "%v: %s", c.args, r.Err)
		w.Expect(r.Err).To(ContainSubstring(c.says), "%v", c.args)
		w.Expect(r.Out).To(BeEmpty())
	}
	for _, name := range []string{"kettle-17-check-1", "kettle-17-check-2", "kettle-17-old"} {
		w.Expect(w.acts(name)).To(BeEmpty())
	}
	// Somebody without any right is told so by the API server.
	stranger := w.run(w.ctx, w.kubeconfig("stranger"), "ack", "kettle-17-check-1")
	w.Expect(stranger).To(And(HaveField("Code", exitRefused), HaveField("Err", ContainSubstring(`User "stranger" cannot get resource`))))
}

func TestRemedyIsWrittenBeforeTheTaskIsDone(t *testing.T) {
	w := newWorld(t)
	w.complaint("kettle-17", v1alpha1.ComplaintStatus{CaseStatus: v1alpha1.CaseStatus{Responders: []v1alpha1.User{"ana", "bo"}}})
	plan := func(s *v1alpha1.ResponseTaskSpec) { s.Writes = v1alpha1.WritesRemedy }
	w.task("kettle-17-plan-1", plan)
	w.task("kettle-17-plan-2", plan)
	w.task("kettle-17-plan-3", plan)
	remedy := func() *v1alpha1.Remedy {
		var c v1alpha1.Complaint
		w.Expect(w.admin.Get(w.ctx, client.ObjectKey{Namespace: w.namespace, Name: "kettle-17"}, &c)).To(Succeed())
		return c.Spec.Remedy
	}
	offer := []string{"--remedy-kind", "Refund,Apology", "--amount", "100.5", "--currency", "CNY", "--remedy-reason", "the full price"}
	w.Expect(w.as("ana", "done", "kettle-17-plan-1", "--remedy-kind", "Hug", "--remedy-reason", "because").Err).To(And(
		ContainSubstring(`"Hug": supported values: "Refund", `), Not(ContainSubstring("not checked"))), "what there is to do, and nothing else")

	w.Expect(w.as("ana", "done", "kettle-17-plan-1")).To(And(HaveField("Code", exitUsage), HaveField("Err", ContainSubstring("complaint kettle-17 has none yet"))))
	w.Expect(w.as("bo", append([]string{"done", "kettle-17-plan-1"}, offer...)...)).To(HaveField("Code", exitRefused))
	w.Expect(remedy()).To(BeNil(), "who may not complete the task writes no remedy either")

	w.Expect(w.as("ana", append([]string{"done", "kettle-17-plan-1"}, offer...)...)).To(Equal(result{Out: "responsetask/kettle-17-plan-1 done\n"}))
	w.Expect(remedy()).To(Equal(&v1alpha1.Remedy{Kinds: []v1alpha1.RemedyKind{"Refund", "Apology"}, AmountCents: 10050, Currency: "CNY", Reason: "the full price", By: "ana"}))
	w.Expect(w.acts("kettle-17-plan-1")).To(HaveLen(1))
	w.Expect(w.as("ana", append([]string{"done", "kettle-17-plan-3"}, offer...)...)).To(HaveField("Code", exitOK))
	w.Expect(remedy().By).To(BeEquivalentTo("ana"), "the same words stay whose they were")
	w.Expect(w.as("ana", "done", "kettle-17-plan-2")).To(HaveField("Code", exitOK), "the remedy there is may stay")
}

func TestCents(t *testing.T) {
	g := NewWithT(t)
	for amount, want := range map[string]int64{"100.00": 10000, "0.5": 50, "7": 700, "12.34": 1234} {
		got, err := cents(amount)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(got).To(Equal(want))
	}
	for _, amount := range []string{"1.234", "-5", "1,000", "", ".", "1.", "ten", "99999999999999999999", "+1", "1e3"} {
		_, err := cents(amount)
		g.Expect(err).To(HaveOccurred(), amount)
	}
}
