package cli

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/history"
	"tocsin.dev/tocsin/internal/names"
	"tocsin.dev/tocsin/internal/timeline"
)

// signer signs the checkpoints of all tests.
var signer = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))

// told makes an incident with a history of six entries, the first three in a segment, and a signed checkpoint of them.
func (w *world) told(name string) *v1alpha1.CrisisIncident {
	w.t.Helper()
	i := w.incident(name, v1alpha1.CrisisIncidentSpec{Title: "Kettles overheat", Level: "L1"}, v1alpha1.CrisisIncidentStatus{})
	t := &i.Status.Timeline
	for n, e := range []struct {
		typ   v1alpha1.EventType
		step  string
		round int32
		actor v1alpha1.User
		text  string
	}{
		{v1alpha1.EventReceived, "", 0, "", "Raised from complaint kettle-17"},
		{v1alpha1.EventStepStarted, "assemble", 0, "", "The team is called"},
		{v1alpha1.EventActed, "assemble", 0, "li.wei", "acknowledged"},
		{v1alpha1.EventStepDone, "assemble", 0, "", "Enough people are there"},
		{v1alpha1.EventDeadlineMissed, "recover/statement", 2, "", "The deadline passed before an answer came"},
		{v1alpha1.EventRunEnded, "", 0, "", "通报完毕"},
	} {
		if n == 3 {
			data, err := history.Encode(timeline.Spill(t, 0, 2))
			w.Expect(err).NotTo(HaveOccurred())
			w.Expect(w.manager.Create(w.ctx, &corev1.ConfigMap{
				ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: names.Segment(name, 0)}, Data: data,
			})).To(Succeed())
			w.checkpoint(timeline.Sign(signer, timeline.Checkpoint{Record: name, UID: string(i.UID), Length: t.Length, Head: t.Head, At: noon}))
		}
		timeline.Append(t, minutes(n).Time, e.typ, e.step, e.round, e.actor, e.text, [16]byte{byte(n)})
	}
	w.Expect(w.manager.Status().Update(w.ctx, i)).To(Succeed())
	return i
}

// checkpoint stores checkpoints the way the manager does.
func (w *world) checkpoint(points ...timeline.Checkpoint) {
	w.t.Helper()
	public := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: systemNamespace, Name: checkpointPublicKey},
		Data:       map[string]string{"publicKey": base64.StdEncoding.EncodeToString(signer.Public().(ed25519.PublicKey))},
	}
	w.Expect(client.IgnoreAlreadyExists(w.admin.Create(w.ctx, public))).To(Succeed())
	text := ""
	for _, p := range points {
		line, err := timeline.EncodeCheckpoint(p)
		w.Expect(err).NotTo(HaveOccurred())
		text += line
	}
	book := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: systemNamespace, GenerateName: "tocsin-checkpoints-20260302-", Labels: map[string]string{checkpointLabel: "true"}},
		Data:       map[string]string{"checkpoints": text},
	}
	w.Expect(w.admin.Create(w.ctx, book)).To(Succeed())
}

// auditor runs a command as somebody who may read ConfigMaps as well.
func (w *world) auditor(args ...string) result {
	w.t.Helper()
	return w.run(w.ctx, w.kubeconfig("auditor", "tocsin:auditors"), args...)
}

func TestTimelineTellsTheStory(t *testing.T) {
	w := newWorld(t)
	i := w.told("recall")
	r := w.auditor("timeline", "recall", "--verify", "--story")
	w.Expect(r.Code).To(Equal(exitOK), r.Out)
	w.golden("timeline.golden", r.Out)
	verdict := w.auditor("timeline", "recall", "--verify")
	w.Expect(verdict.Out).To(MatchRegexp("^crisisincident/recall: unchanged, 6 entries, head [0-9a-f]{64}, 1 signed checkpoint agrees\n$"))
	w.Expect(r.Out).To(HaveSuffix("\n" + verdict.Out))

	r = w.auditor("timeline", "ci/recall", "-o", "json")
	var told struct {
		Name     string
		Head     string
		Verified bool
		Entries  []v1alpha1.TimelineEntry
	}
	w.Expect(json.Unmarshal([]byte(r.Out), &told)).To(Succeed())
	w.Expect(told.Entries).To(HaveLen(6))
	w.Expect(told.Head).To(Equal(i.Status.Timeline.Head))
	w.Expect(told.Verified).To(BeFalse(), "nothing was verified because nobody asked for it")
}

func TestTimelineFindsTheRecord(t *testing.T) {
	w := newWorld(t)
	w.told("recall")
	w.complaint("recall", v1alpha1.ComplaintStatus{})
	w.complaint("kettle-17", v1alpha1.ComplaintStatus{})
	for _, c := range []struct {
		args []string
		code int
	}{
		{[]string{"recall"}, exitRefused}, {[]string{"recall", "--incident"}, exitOK}, {[]string{"crisisincident/recall"}, exitOK},
		{[]string{"recall", "--complaint"}, exitOK}, {[]string{"kettle-17"}, exitOK}, {[]string{"kettle-17", "--incident"}, exitRefused},
		{[]string{"toaster"}, exitRefused}, {[]string{"recall", "--incident", "--complaint"}, exitUsage}, {[]string{"recall", "-o", "xml"}, exitUsage},
	} {
		r := w.auditor(append([]string{"timeline"}, c.args...)...)
		w.Expect(r.Code).To(Equal(c.code), "%v: %s", c.args, r.Err)
	}
	w.Expect(w.auditor("timeline", "recall").Err).To(ContainSubstring("both a complaint and an incident"))
	w.Expect(w.auditor("timeline", "toaster").Err).To(ContainSubstring("no complaint and no incident"))
}

func TestTimelineVerifyFindsTampering(t *testing.T) {
	w := newWorld(t)
	segment := func(name string, change func(*corev1.ConfigMap)) {
		var cm corev1.ConfigMap
		w.Expect(w.admin.Get(w.ctx, client.ObjectKey{Namespace: w.namespace, Name: names.Segment(name, 0)}, &cm)).To(Succeed())
		change(&cm)
		w.Expect(w.admin.Update(w.ctx, &cm)).To(Succeed())
	}
	for name, c := range map[string]struct {
		tamper func(*v1alpha1.CrisisIncident)
		says   string
	}{
		"text": {func(i *v1alpha1.CrisisIncident) {
			i.Status.Timeline.Entries[1].Text = "The answer came in time"
			w.Expect(w.manager.Status().Update(w.ctx, i)).To(Succeed())
		}, "entry 5 does not fit the chain"},
		"dropped": {func(i *v1alpha1.CrisisIncident) {
			i.Status.Timeline.Entries = i.Status.Timeline.Entries[:2]
			w.Expect(w.manager.Status().Update(w.ctx, i)).To(Succeed())
		}, "the timeline has 6 entries, but the newest one found is entry 5"},
		"segment": {func(*v1alpha1.CrisisIncident) {
			segment("segment", func(cm *corev1.ConfigMap) {
				for k := range cm.Data {
					entries, err := timeline.DecodeSegment(cm.Data[k])
					w.Expect(err).NotTo(HaveOccurred())
					entries[2].Actor = "bo"
					cm.Data[k], err = timeline.EncodeSegment(entries)
					w.Expect(err).NotTo(HaveOccurred())
				}
			})
		}, "entry 3 does not fit the chain"},
		"gone": {func(*v1alpha1.CrisisIncident) {
			w.Expect(w.admin.Delete(w.ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: names.Segment("gone", 0)}})).To(Succeed())
		}, "ConfigMap " + w.namespace + "/gone-timeline-0"},
		"rewritten": {func(i *v1alpha1.CrisisIncident) {
			// The whole chain anew, consistent in itself: only the checkpoint knows.
			fresh := &v1alpha1.Timeline{}
			for n := range 6 {
				timeline.Append(fresh, minutes(n).Time, v1alpha1.EventCommented, "", 0, "", "all was well", [16]byte{1})
			}
			i.Status.Timeline = *fresh
			w.Expect(w.manager.Status().Update(w.ctx, i)).To(Succeed())
		}, "checkpoint: entry 3 is not the one that was signed at 2026-03-02T12:00:00Z"},
		"forged": {func(i *v1alpha1.CrisisIncident) {
			other := ed25519.NewKeyFromSeed([]byte("another key of thirty-two bytes!"))
			w.checkpoint(timeline.Sign(other, timeline.Checkpoint{Record: i.Name, UID: string(i.UID), Length: 1, Head: i.Status.Timeline.Head, At: noon}))
		}, "the checkpoint of entry 1 is not signed with the published key"},
	} {
		i := w.told(name)
		w.Expect(w.auditor("timeline", name, "--verify")).To(HaveField("Code", exitOK), name)
		c.tamper(i)
		r := w.auditor("timeline", name, "--verify")
		w.Expect(r.Code).To(Equal(exitRefused), name)
		w.Expect(r.Out).To(And(ContainSubstring("finding: "), ContainSubstring(c.says), ContainSubstring("NOT as it was written")), name)
		w.Expect(r.Err).To(BeEmpty())
		again := w.auditor("timeline", name, "--verify", "-o", "json")
		w.Expect(again).To(And(HaveField("Code", exitRefused), HaveField("Out", ContainSubstring(`"verified": false`))), name)
	}
}

// Somebody who may read records but no ConfigMaps sees the newest entries and is told what is missing.
func TestTimelineWithoutTheRightToReadSegments(t *testing.T) {
	w := newWorld(t)
	w.told("recall")
	w.grant("reader", rbacv1.PolicyRule{APIGroups: []string{v1alpha1.Group}, Resources: []string{"*"}, Verbs: []string{"get", "list"}})
	reader := w.kubeconfig("reader")
	r := w.run(w.ctx, reader, "timeline", "recall")
	w.Expect(r.Code).To(Equal(exitOK), r.Err)
	w.Expect(r.Out).To(And(ContainSubstring("note: the older entries are in ConfigMaps you may not read"), ContainSubstring("通报完毕")))
	r = w.run(w.ctx, reader, "timeline", "recall", "--verify")
	w.Expect(r).To(And(HaveField("Code", exitRefused), HaveField("Err", ContainSubstring("cannot get resource"))), "what was not read is not verified")

	// The chain alone can be verified without the checkpoints; it says so.
	w.grant("reader", rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"get"}})
	r = w.run(w.ctx, reader, "timeline", "recall", "--verify")
	w.Expect(r.Code).To(Equal(exitOK), r.Err)
	w.Expect(r.Out).To(And(ContainSubstring("note: checkpoints were not compared"), ContainSubstring("its own chain holds; the signed checkpoints could not be read"), Not(ContainSubstring("there is no")), Not(ContainSubstring("agree"))))
}
