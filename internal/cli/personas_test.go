package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// row is one command as the persona it is made for gives it. TestEveryCommandAsItsPersona runs it as a user of the persona's
// group, who has the rights config/rbac gives that group and no other, and as somebody without any right.
//
// A new command needs a row in personaRows, else the test fails. Its key is the command's path, e.g. "channel test"; the
// namespace is the one deskOfPersonas fills, where ana leads the complaint kettle and may act on the task kettle-work-1. A
// row that needs more makes it in prepare, under names of its own.
type row struct {
	group   string // of config/rbac: tocsin:responders, viewers, auditors, intake, policy-owners; empty: no right is needed
	prepare func(*world)
	args    []string // behind the command's name
	keys    string   // what is typed, of a command that needs a terminal
	// meanwhile is what the manager does while the command runs.
	meanwhile func(*world) error
	says      string // the beginning of what is printed, or a part of it
}

const (
	responders = "tocsin:responders"
	viewers    = "tocsin:viewers"
	auditors   = "tocsin:auditors"
	intakers   = "tocsin:intake"
	owners     = "tocsin:policy-owners"
)

var why = []string{"--reason", "because"}

var personaRows = map[string]row{
	"abort":        {group: responders, prepare: caseOf17("abort", ""), args: append([]string{"r-abort"}, why...), says: "complaint/r-abort asked to abort"},
	"ack":          {group: responders, args: []string{"kettle-work-1"}, says: "responsetask/kettle-work-1 acknowledged"},
	"approve":      {group: responders, prepare: approvalOf("approve"), args: []string{"t-approve"}, says: "responsetask/t-approve approved"},
	"cacao export": {args: []string{"../../playbooks/service-recovery", "--playbook", "serious-recovery"}, says: `"spec_version": "cacao-2.0"`},
	"cacao import": {args: []string{"../cacao/testdata/small.json"}, says: "name: lost-key"},
	"channel test": {group: owners, prepare: (*world).channels, meanwhile: (*world).takeTests, args: []string{"mail", "--to", "duty@example.org"}, says: "noticechannel/mail sent the test message"},
	"comment":      {group: responders, args: append([]string{"complaint/kettle"}, why...), says: "complaint/kettle commented"},
	"completion":   {args: []string{"bash"}, says: "# bash completion V2 for kubectl-tocsin"},
	"decline":      {group: responders, prepare: workOf("decline"), args: append([]string{"t-decline"}, why...), says: "responsetask/t-decline declined"},
	"diff":         {args: []string{"../../playbooks/service-recovery", "../../playbooks/service-recovery"}, says: "no difference"},
	"done":         {group: responders, prepare: workOf("done"), args: []string{"t-done"}, says: "responsetask/t-done done"},
	"draw":         {args: []string{"../../playbooks/service-recovery", "--playbook", "serious-recovery"}, says: "<title>Playbook serious-recovery — "},
	"extend":       {group: responders, prepare: workOf("extend"), args: append([]string{"t-extend", "--by", "4h"}, why...), says: "responsetask/t-extend asked for more time"},
	"handover":     {group: responders, prepare: workOf("handover"), args: append([]string{"t-handover", "--to", "bo"}, why...), says: "responsetask/t-handover asked for a handover"},
	"import":       {group: intakers, args: []string{"CSV", "--mapping", "examples", "-q"}, says: "1 complaint created"},
	"lower":        {group: responders, prepare: caseOf17("lower", ""), args: append([]string{"r-lower", "--level", "general"}, why...), says: "complaint/r-lower asked to lower"},
	"merge":        {group: responders, prepare: caseOf17("merge", ""), args: append([]string{"r-merge", "--into", "kettle"}, why...), says: "complaint/r-merge asked to merge"},
	"mine":         {group: responders, says: "kettle-work-1"},
	"oncall":       {group: viewers, says: "agent"},
	"pause":        {group: responders, prepare: workOf("pause"), args: append([]string{"t-pause"}, why...), says: "responsetask/t-pause asked to stop"},
	"postmortem":   {group: viewers, args: []string{"recall-review"}, says: "# "},
	"raise":        {group: responders, prepare: caseOf17("raise", ""), args: append([]string{"r-raise", "--level", "major"}, why...), says: "complaint/r-raise asked to raise"},
	"reassign":     {group: responders, prepare: workOf("reassign"), args: append([]string{"t-reassign", "--to", "bo"}, why...), says: "responsetask/t-reassign asked to go to bo"},
	"refuse":       {group: responders, prepare: approvalOf("refuse"), args: append([]string{"t-refuse"}, why...), says: "responsetask/t-refuse refused"},
	"release":      {group: auditors, args: append([]string{"kettle"}, why...), says: "complaint/kettle may be deleted"},
	"reopen":       {group: responders, prepare: caseOf17("reopen", v1alpha1.RunCompleted), args: append([]string{"r-reopen"}, why...), says: "complaint/r-reopen asked to open again"},
	"resume": {group: responders, prepare: func(w *world) {
		w.task("t-resume", func(s *v1alpha1.ResponseTaskSpec) {
			s.Assignment.StoppedAt, s.Assignment.StoppedUntil = minutes(-5), minutes(90)
		})
	}, args: []string{"t-resume"}, says: "responsetask/t-resume resumed"},
	"show": {group: responders, args: []string{"kettle-work-1"}, says: "Task "},
	"replay": {args: []string{"--history", "testdata/history.csv", "--mapping", "examples",
		"--before", "../../playbooks/service-recovery", "--after", "../../playbooks/service-recovery"}, says: "The two policies mean the same"},
	"simulate": {args: []string{"../../playbooks/service-recovery", "../../playbooks/service-recovery/examples"}, says: "example-crisis"},
	"skip":     {group: responders, prepare: caseOf17("skip", ""), args: append([]string{"r-skip", "--step", "check"}, why...), says: "complaint/r-skip asked to go on"},
	"status":   {group: viewers, says: "Tocsin · "},
	"task":     {group: responders, args: []string{"kettle", "--to", "bo", "--due", "4h", "Call."}, says: "complaint/kettle asked to give bo this task"},
	"test":     {args: []string{"../../playbooks/service-recovery"}, says: "all as expected in "},
	"timeline": {group: viewers, args: []string{"recall"}, says: "StepStarted"},
	"verify":   {args: []string{"../../config/samples"}, says: "nothing found in 8 files, 9 objects"},
	"watch":    {group: responders, keys: "q", says: "My tasks"},
	"withdraw": {group: responders, prepare: caseOf17("withdraw", ""), args: append([]string{"r-withdraw"}, why...), says: "complaint/r-withdraw asked to withdraw"},
}

// workOf is a task of its own for a command.
func workOf(command string) func(*world) {
	return func(w *world) {
		w.task("t-"+command, func(s *v1alpha1.ResponseTaskSpec) { s.Record.Name = "kettle" })
	}
}

func approvalOf(command string) func(*world) {
	return func(w *world) {
		w.task("t-"+command, func(s *v1alpha1.ResponseTaskSpec) { s.Type, s.Assignment.Digest = v1alpha1.TaskTypeApproval, "d1" })
	}
}

// caseOf17 is a complaint of its own for a command, led by ana.
func caseOf17(command string, result v1alpha1.RunResult) func(*world) {
	return func(w *world) { w.running("r-"+command, result) }
}

// takeTests delivers the first test of a channel there is.
func (w *world) takeTests() error {
	return wait.PollUntilContextTimeout(w.ctx, 10*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		var list v1alpha1.NoticeList
		if err := w.admin.List(ctx, &list, client.InNamespace(w.namespace)); err != nil || len(list.Items) == 0 {
			return false, err
		}
		n := &list.Items[0]
		n.Status = v1alpha1.NoticeStatus{State: v1alpha1.NoticeDelivered, Attempts: 1, Conditions: delivery(metav1.ConditionTrue, "Delivered", "the receiver took it")}
		return true, w.manager.Status().Update(ctx, n)
	})
}

// planted is what no command may print unless it is asked for: names, numbers and words of a complainant.
var planted = []string{"陈佳", "13800001234", "chen.jia@example.net", "漏电烫伤了手", "C-4711", "ORD-998877", "scan-of-passport"}

// deskOfPersonas is a namespace with a bit of everything, and personal data wherever the API keeps any.
func deskOfPersonas(t *testing.T) *world {
	w := newWorld(t)
	w.Expect(w.admin.Create(w.ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "kettle-contact"},
		StringData: map[string]string{"name": "陈佳", "phone": "13800001234", "email": "chen.jia@example.net"}})).To(Succeed())
	spec := v1alpha1.ComplaintSpec{
		Statement: "我叫陈佳，电话 13800001234：水壶漏电烫伤了手", ReceivedAt: minutes(-90), Product: "Kettle", Order: "ORD-998877",
		Complainant: &v1alpha1.Complainant{Pseudonym: "C-4711", ContactSecret: "kettle-contact"}, Evidence: []v1alpha1.Evidence{{Name: "scan-of-passport"}},
	}
	applied, err := json.Marshal(spec)
	w.Expect(err).NotTo(HaveOccurred())
	kettle := &v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "kettle", Annotations: map[string]string{corev1.LastAppliedConfigAnnotation: string(applied)}}, Spec: spec}
	w.Expect(w.admin.Create(w.ctx, kettle)).To(Succeed())
	kettle.Status = v1alpha1.ComplaintStatus{CaseNumber: "TS20260302001", Handler: "ana", CaseStatus: v1alpha1.CaseStatus{Leads: []v1alpha1.User{"ana"}, Overdue: 1, NextDeadline: minutes(5)}}
	w.Expect(w.manager.Status().Update(w.ctx, kettle)).To(Succeed())
	w.levels("major", "serious", "general")
	w.team("desk", "ana", "bo")
	w.task("kettle-work-1", func(s *v1alpha1.ResponseTaskSpec) {
		s.Record.Name, s.Outcomes = "kettle", []v1alpha1.Identifier{"founded"}
	})
	recall := w.told("recall")
	recall.Status.PostMortem = "recall-review"
	w.Expect(w.manager.Status().Update(w.ctx, recall)).To(Succeed())
	w.review("recall-review", "recall", "recall-review-document")
	return w
}

// commandsOf are the commands of the program by their paths, without those that only hold others.
func commandsOf(cmd *cobra.Command) map[string]*cobra.Command {
	all := map[string]*cobra.Command{}
	for _, sub := range cmd.Commands() {
		_, path, _ := strings.Cut(sub.CommandPath(), "kubectl tocsin ")
		if !sub.HasSubCommands() {
			all[path] = sub
		}
		maps.Copy(all, commandsOf(sub))
	}
	return all
}

func tree() *cobra.Command {
	return (&app{flags: genericclioptions.NewConfigFlags(true)}).root()
}

// give runs a row in somebody's name.
func (w *world) give(kubeconfig string, r row, line ...string) result {
	w.t.Helper()
	var out, errs bytes.Buffer
	env := w.env(&out, &errs)
	env.Terminal, env.Keys, env.In = r.keys != "", r.keys != "", strings.NewReader(r.keys)
	ctx, cancel := context.WithCancel(w.ctx)
	defer cancel()
	got := result{Code: Run(ctx, env, append([]string{"--kubeconfig", kubeconfig, "-n", w.namespace}, line...))}
	got.Out, got.Err = out.String(), errs.String()
	w.said.WriteString(got.Out + got.Err)
	return got
}

// Every command works for whom it is made with the rights config/rbac gives them, refuses everybody else in one sentence,
// and prints nothing of a complainant in any format.
func TestEveryCommandAsItsPersona(t *testing.T) {
	w := deskOfPersonas(t)
	csv := w.csv(csvRow("A1", "2026-03-01T09:00:00+08:00"))
	commands := commandsOf(tree())
	w.Expect(slices.Sorted(maps.Keys(personaRows))).To(Equal(slices.Sorted(maps.Keys(commands))), "every command has a row in personaRows, and no other has")
	stranger := w.kubeconfig("stranger")
	for _, path := range slices.Sorted(maps.Keys(personaRows)) {
		r := personaRows[path]
		t.Run(path, func(t *testing.T) {
			g := NewWithT(t)
			if r.prepare != nil {
				r.prepare(w)
			}
			line := append(strings.Fields(path), r.args...)
			for i := range line {
				line[i] = strings.ReplaceAll(line[i], "CSV", csv)
			}
			if r.group != "" {
				refused := w.give(stranger, r, line...)
				g.Expect(refused.Code).To(Equal(exitRefused), refused.Err)
				g.Expect(refused.Err).To(And(HavePrefix("error: "), ContainSubstring("stranger"), WithTransform(lines, Equal(1))), "who may not is told so in one sentence")
			}
			kubeconfig := stranger
			if r.group != "" {
				kubeconfig = w.kubeconfig("ana", r.group)
			}
			managed := make(chan error, 1)
			go func() {
				if r.meanwhile == nil {
					managed <- nil
					return
				}
				managed <- r.meanwhile(w)
			}()
			done := w.give(kubeconfig, r, line...)
			g.Expect(<-managed).To(Succeed())
			g.Expect(done.Code).To(Equal(exitOK), done.Err)
			g.Expect(done.Out).To(ContainSubstring(r.says))
			g.Expect(done.Err).To(BeEmpty(), "data goes to stdout")
			for _, format := range formatsOf(commands[path]) {
				printed := w.give(kubeconfig, r, append(slices.Clone(line), "-o", format)...)
				g.Expect(printed.Code).To(Equal(exitOK), "-o %s: %s", format, printed.Err)
				g.Expect(printed.Out).NotTo(BeEmpty(), "-o %s", format)
			}
		})
	}
	for _, words := range [][]string{{"show", ""}, {"timeline", ""}, {"merge", "kettle", "--into", ""}, {"done", "kettle-work-1", "--outcome", ""}, {"status", "-o", ""}} {
		w.give(w.kubeconfig("ana", responders), row{}, append([]string{cobra.ShellCompRequestCmd}, words...)...)
	}
	for _, private := range planted {
		w.Expect(w.said.String()).NotTo(ContainSubstring(private))
	}
}

func lines(s string) int { return strings.Count(s, "\n") }

// formatsOf are the values of -o a command has.
func formatsOf(cmd *cobra.Command) []string {
	f := cmd.Flags().Lookup("output")
	if f == nil {
		return nil
	}
	_, values, _ := strings.Cut(f.Usage, ": ")
	return strings.FieldsFunc(strings.ReplaceAll(values, " or ", ","), func(r rune) bool { return r == ',' || r == ' ' })
}

// What somebody asks for by name and may read, they get; without the right they get a sentence.
func TestPersonalDataIsShownWhenAskedForAndAllowed(t *testing.T) {
	w := deskOfPersonas(t)
	responder := w.kubeconfig("ana", responders)
	trusted := w.kubeconfig("bo", responders, "system:masters")
	show := func(kubeconfig string, flags ...string) result {
		return w.give(kubeconfig, row{}, append([]string{"show", "kettle-work-1"}, flags...)...)
	}
	w.Expect(show(responder).Out).NotTo(ContainSubstring("漏电"))
	w.Expect(show(responder, "--statement").Out).To(ContainSubstring("\nPersonal data\n我叫陈佳，电话 13800001234：水壶漏电烫伤了手\n"))
	w.Expect(show(responder, "--contacts")).To(Equal(result{Code: exitRefused, Err: "error: you may not read who complained: name and contacts are in Secret kettle-contact, and RBAC gives you no right to it\n"}))
	w.Expect(show(trusted, "--contacts").Out).To(And(MatchRegexp("Name +陈佳\nPhone +13800001234\nEmail +chen.jia@example.net\n"), Not(ContainSubstring("漏电"))))
	w.Expect(show(responder, "--contacts", "-o", "yaml").Code).To(Equal(exitUsage))

	hidden := w.give(responder, row{}, "status", "-o", "yaml")
	w.Expect(hidden.Err).To(Equal("note: what complainants wrote, handed in and are known by is left out; --statement prints it, too\n"))
	w.Expect(hidden.Out).To(And(ContainSubstring("product: Kettle"), Not(ContainSubstring("陈佳"))))
	shown := w.give(responder, row{}, "status", "-o", "yaml", "--statement")
	w.Expect(shown.Err).To(BeEmpty())
	w.Expect(shown.Out).To(And(ContainSubstring("水壶漏电烫伤了手"), ContainSubstring("ORD-998877")))
	w.task("recall-work", func(s *v1alpha1.ResponseTaskSpec) {
		s.Record = v1alpha1.RecordReference{Kind: v1alpha1.RecordCrisisIncident, Name: "recall"}
	})
	w.Expect(w.give(responder, row{}, "show", "recall-work", "--statement").Err).To(Equal("error: crisisincident/recall has no complainant of its own: its complaints have\n"))
}

// -o prints what kubectl prints.
func TestObjectsArePrintedAsKubectlPrintsThem(t *testing.T) {
	w := deskOfPersonas(t)
	w.task("kettle-work-2", func(s *v1alpha1.ResponseTaskSpec) { s.Assignment.DueAt = minutes(900) })
	ana := w.kubeconfig("ana", responders)
	for _, format := range formats {
		w.Expect(w.give(ana, row{}, "mine", "-o", format).Out).To(Equal(w.kubectl(ana, "get", "responsetasks", "-o", format)), format)
		w.Expect(w.give(ana, row{}, "show", "kettle-work-2", "-o", format).Out).To(Equal(w.kubectl(ana, "get", "responsetask", "kettle-work-2", "-o", format)), format)
		w.Expect(w.give(ana, row{}, "postmortem", "recall", "-o", format).Out).To(Equal(w.kubectl(ana, "get", "postmortem", "recall-review", "-o", format)), format)
		w.Expect(w.give(ana, row{}, "status", "--statement", "-o", format).Out).To(Equal(w.kubectl(ana, "get", "crisisincident/recall", "complaint/kettle", "-o", format)), format)
	}
	w.Expect(w.give(ana, row{}, "mine", "-o", "wide").Out).To(And(MatchRegexp(`^TASK .* DUE AT +STEP +ROUND +RUNG\n`), ContainSubstring("2026-03-03T03:00:00Z")))
	w.Expect(w.give(ana, row{}, "timeline", "recall", "-o", "yaml").Out).To(And(ContainSubstring("kind: CrisisIncident\n"), ContainSubstring("\nentries:\n")))
	for _, args := range [][]string{{"mine", "-o", "table"}, {"mine", "-w", "-o", "json"}, {"postmortem", "recall", "-o", "pdf"}, {"timeline", "recall", "-o", "name"}} {
		refused := w.give(ana, row{}, args...)
		w.Expect(refused.Code).To(Equal(exitUsage), "%v", args)
		w.Expect(refused.Out).To(BeEmpty())
	}
	var list v1alpha1.ResponseTaskList
	w.Expect(w.admin.List(w.ctx, &list, client.InNamespace(w.namespace))).To(Succeed())
	w.Expect(list.Items).To(HaveLen(2), "else the lists above prove less")
}
