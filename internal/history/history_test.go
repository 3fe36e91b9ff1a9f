package history_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/history"
)

func entry(seq int64) v1alpha1.TimelineEntry {
	return v1alpha1.TimelineEntry{Seq: seq, At: metav1.NewTime(time.Unix(1_700_000_000+seq, 0)), Type: v1alpha1.EventCommented, Text: "say \"so\"\nin two lines"}
}

func entries(from, to int64) []v1alpha1.TimelineEntry {
	var list []v1alpha1.TimelineEntry
	for seq := from; seq <= to; seq++ {
		list = append(list, entry(seq))
	}
	return list
}

func segment(t *testing.T, name string, list []v1alpha1.TimelineEntry) *corev1.ConfigMap {
	t.Helper()
	data, err := history.Encode(list)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "desk", Name: name}, Data: data}
}

func TestSegmentsComeFirst(t *testing.T) {
	g := NewWithT(t)
	c := fake.NewClientBuilder().WithObjects(
		segment(t, "kettle-timeline-0", entries(1, 3)), segment(t, "kettle-timeline-1", entries(4, 5)),
	).Build()
	all, err := history.Read(t.Context(), c, "desk", "kettle", v1alpha1.Timeline{Segments: 2, Entries: entries(6, 7)})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(all).To(HaveLen(7))
	for i, e := range all {
		g.Expect(e.Seq).To(Equal(int64(i + 1)))
		g.Expect(e.Text).To(Equal(entry(1).Text))
		g.Expect(e.At.Time).To(BeTemporally("==", entry(e.Seq).At.Time))
	}
}

func TestWhatIsMissingOrBrokenIsNamed(t *testing.T) {
	g := NewWithT(t)
	broken := segment(t, "kettle-timeline-1", nil)
	broken.Data["entries"] = "{oops"
	c := fake.NewClientBuilder().WithObjects(segment(t, "kettle-timeline-0", entries(1, 3)), broken).Build()
	_, err := history.Read(t.Context(), c, "desk", "kettle", v1alpha1.Timeline{Segments: 2})
	g.Expect(err).To(MatchError(And(ContainSubstring("desk/kettle-timeline-1: key entries"), ContainSubstring("line 1"))))

	g.Expect(c.Delete(t.Context(), broken)).To(Succeed())
	_, err = history.Read(t.Context(), c, "desk", "kettle", v1alpha1.Timeline{Segments: 2})
	g.Expect(apierrors.IsNotFound(err)).To(BeTrue())
	g.Expect(err).To(MatchError(ContainSubstring("desk/kettle-timeline-1")))
}
