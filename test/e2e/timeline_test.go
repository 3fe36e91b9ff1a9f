package e2e

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/controllers"
	"tocsin.dev/tocsin/internal/history"
	"tocsin.dev/tocsin/internal/install"
	"tocsin.dev/tocsin/internal/names"
	"tocsin.dev/tocsin/internal/timeline"
)

// checkpoints reads the signed checkpoints of a record from the operator's own namespace, and the key to check them.
func (w *world) checkpoints(uid string) (ed25519.PublicKey, []timeline.Checkpoint) {
	var public corev1.ConfigMap
	w.Expect(admin.Get(w.ctx, client.ObjectKey{Namespace: install.Namespace, Name: controllers.CheckpointPublicKey}, &public)).To(Succeed())
	key, err := base64.StdEncoding.DecodeString(public.Data["publicKey"])
	w.Expect(err).NotTo(HaveOccurred())
	var books corev1.ConfigMapList
	w.Expect(admin.List(w.ctx, &books, client.InNamespace(install.Namespace), client.HasLabels{controllers.CheckpointLabel})).To(Succeed())
	var found []timeline.Checkpoint
	for _, book := range books.Items {
		for line := range strings.SplitSeq(strings.TrimSpace(book.Data["checkpoints"]), "\n") {
			c, err := timeline.DecodeCheckpoint(line)
			w.Expect(err).NotTo(HaveOccurred())
			if c.UID == uid {
				found = append(found, c)
			}
		}
	}
	return key, found
}

// rewritten puts another entry in the place of one, by somebody who knows how entries are made: in itself it is whole.
func rewritten(list []v1alpha1.TimelineEntry, k int) []v1alpha1.TimelineEntry {
	before, e := list[k-1], list[k]
	forged := v1alpha1.Timeline{Head: before.Hash, Length: before.Seq}
	timeline.Append(&forged, e.At.Time, e.Type, e.Step, e.Round, e.Actor, "all well", [16]byte{7})
	list[k] = forged.Entries[0]
	return list
}

// The timeline is append-only and chained from its first entry on; older entries move into segments nobody may change;
// checkpoints are signed and kept elsewhere. Whatever is changed, dropped, moved or written anew shows.
func TestInvariant5TimelineChain(t *testing.T) {
	w := newWorld(t)
	w.manage()
	w.complain("c1")
	c := w.until("c1", HaveField("Run", Not(BeNil())))
	for i := range 4 {
		var comments []v1alpha1.RecordAct
		for k := range 20 {
			comments = append(comments, v1alpha1.RecordAct{Verb: v1alpha1.RecordComment, Reason: fmt.Sprintf("call %d", 20*i+k)})
		}
		before := w.complaint("c1").Status.Timeline.Length
		w.decide(c, "c1", amy, comments...)
		w.until("c1", HaveField("Timeline.Length", BeNumerically("==", before+20)))
	}
	w.decide(c, "c1", cleo, v1alpha1.RecordAct{Verb: v1alpha1.RecordAbort, Reason: "a hoax"})
	c = w.until("c1", state(v1alpha1.CaseAborted))
	tl := c.Status.Timeline
	w.Expect(tl.Segments).To(BeNumerically(">=", 2))
	w.Expect(len(tl.Entries)).To(BeNumerically("<", 50))

	read := func() []v1alpha1.TimelineEntry {
		entries, err := history.Read(w.ctx, admin, w.ns, "c1", w.complaint("c1").Status.Timeline)
		w.Expect(err).NotTo(HaveOccurred())
		return entries
	}
	all := read()
	w.Expect(timeline.Verify(all, tl)).To(BeEmpty())
	w.Expect(all).To(HaveLen(int(tl.Length)))
	w.Expect(all[0].Type).To(Equal(v1alpha1.EventReceived))

	t.Log("a changed entry of a segment, a dropped one, two that changed places, a lost end: found")
	for name, spoil := range map[string]func(list []v1alpha1.TimelineEntry) []v1alpha1.TimelineEntry{
		"changed": func(l []v1alpha1.TimelineEntry) []v1alpha1.TimelineEntry { l[2].Text = "nothing of note"; return l },
		"actor":   func(l []v1alpha1.TimelineEntry) []v1alpha1.TimelineEntry { l[30].Actor = bob; return l },
		"time": func(l []v1alpha1.TimelineEntry) []v1alpha1.TimelineEntry {
			l[5].At = metav1.NewTime(start.AddDate(0, 0, -1))
			return l
		},
		"dropped":   func(l []v1alpha1.TimelineEntry) []v1alpha1.TimelineEntry { return slices.Delete(l, 3, 4) },
		"reordered": func(l []v1alpha1.TimelineEntry) []v1alpha1.TimelineEntry { l[3], l[4] = l[4], l[3]; return l },
		"cut":       func(l []v1alpha1.TimelineEntry) []v1alpha1.TimelineEntry { return l[:len(l)-1] },
		"salt":      func(l []v1alpha1.TimelineEntry) []v1alpha1.TimelineEntry { l[7].Salt = l[8].Salt; return l },
		"rewritten": func(l []v1alpha1.TimelineEntry) []v1alpha1.TimelineEntry { return rewritten(l, 20) },
		"last one":  func(l []v1alpha1.TimelineEntry) []v1alpha1.TimelineEntry { return rewritten(l, len(l)-1) },
	} {
		w.Expect(timeline.Verify(spoil(slices.Clone(all)), tl)).NotTo(BeEmpty(), name)
	}

	t.Log("a segment cannot be changed or removed, not even by an administrator")
	var segment corev1.ConfigMap
	w.Expect(admin.Get(w.ctx, client.ObjectKey{Namespace: w.ns, Name: names.Segment("c1", 0)}, &segment)).To(Succeed())
	w.Expect(segment.Immutable).To(HaveValue(BeTrue()))
	w.Expect(apierrors.IsForbidden(admin.Delete(w.ctx, &segment))).To(BeTrue())
	segment.Data = map[string]string{"entries": ""}
	w.Expect(admin.Update(w.ctx, &segment)).NotTo(Succeed())

	t.Log("nor the status; whoever gets hold of the manager's rights is found out")
	forged := c.DeepCopy()
	last := &forged.Status.Timeline.Entries[len(forged.Status.Timeline.Entries)-2]
	last.Text = "all well"
	w.Expect(apierrors.IsForbidden(admin.Status().Update(w.ctx, forged.DeepCopy()))).To(BeTrue())
	thief, err := cluster.As(install.ManagerUser)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(thief.Status().Update(w.ctx, forged)).To(Succeed())
	w.Expect(timeline.Verify(read(), w.complaint("c1").Status.Timeline)).To(ContainElement(HaveField("Seq", last.Seq)))

	t.Log("a chain written anew is whole in itself, but not the one that was signed")
	var anew v1alpha1.Timeline
	for _, e := range all {
		text := strings.Replace(e.Text, "commented", "praised us", 1)
		timeline.Append(&anew, e.At.Time, e.Type, e.Step, e.Round, e.Actor, text, [16]byte{7})
	}
	w.Expect(timeline.Verify(anew.Entries, anew)).To(BeEmpty())
	var key ed25519.PublicKey
	var signed []timeline.Checkpoint
	w.Eventually(func() int { key, signed = w.checkpoints(string(c.UID)); return len(signed) }).Should(BeNumerically(">=", 2))
	w.Expect(signed).To(ContainElement(And(HaveField("Length", tl.Length), HaveField("Head", tl.Head))), "the end is signed")
	for _, s := range signed {
		w.Expect(s.Verify(key)).To(BeTrue())
		w.Expect(s.Check(all)).To(BeEmpty())
		w.Expect(s.Check(anew.Entries)).NotTo(BeEmpty())
		s.Head = anew.Head
		w.Expect(s.Verify(key)).To(BeFalse(), "a checkpoint cannot be made to fit")
	}
}
