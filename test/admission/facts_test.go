package admission

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
)

const recordFacts = "tocsin-record-facts"

// TestInvariant1AComplaintIsNeverTurnedAway: no policy asks for anything the manager provides.
func TestInvariant1AComplaintIsNeverTurnedAway(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	hotline := as(t, "hotline", "tocsin:intake")
	g.Expect(hotline.Create(t.Context(), newComplaint("default"))).To(Succeed())
	bare := &v1alpha1.Complaint{ObjectMeta: metav1.ObjectMeta{Namespace: "default", GenerateName: "bare-"}, Spec: v1alpha1.ComplaintSpec{Statement: "!"}}
	g.Expect(hotline.Create(t.Context(), bare)).To(Succeed())
	decided := newComplaint("default")
	decided.Spec.Acts = []v1alpha1.RecordAct{{ID: "1", Verb: v1alpha1.RecordRelease, By: "hotline", Reason: "so that it can be deleted"}}
	g.Expect(hotline.Create(t.Context(), decided)).To(BeRefusedBy("tocsin-record-created", "cannot be created with acts in it"))
	crisis := newIncident("default")
	crisis.Spec.Acts = decided.Spec.Acts
	g.Expect(admin(t).Create(t.Context(), crisis)).To(BeRefusedBy("tocsin-record-created"))
	promoted := newComplaint("default")
	promoted.Status.Leads = []v1alpha1.User{"hotline"}
	g.Expect(hotline.Create(t.Context(), promoted)).To(Succeed())
	g.Expect(promoted.Status.Leads).To(BeEmpty(), "a status cannot be brought along")
}

func TestFactsAreCorrectedByThoseWhoMayUpdate(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	o := complaint(t, "default")
	order := client.RawPatch(types.MergePatchType, []byte(`{"spec":{"order":"4711"}}`))
	g.Expect(as(t, cai).Patch(t.Context(), o.DeepCopy(), order)).To(Succeed())
	g.Expect(as(t, audit).Patch(t.Context(), complaint(t, "default"), order)).
		To(BeRefusedBy(recordFacts, "'audit' may add acts to this record (patch), but changing spec.order needs the RBAC verb update"))
	g.Expect(as(t, audit).Patch(t.Context(), o.DeepCopy(),
		client.RawPatch(types.MergePatchType, []byte(`{"spec":{"acts":[{"id":"1","verb":"Comment","reason":"Seen."}]}}`)))).To(Succeed())
}

// TestInvariant4WhomItIsAboutChangesNothing: they may say something, and that is all, even as a lead.
func TestInvariant4WhomItIsAboutChangesNothing(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	o := complaint(t, "default")
	for field, body := range map[string]string{
		"statement": `{"spec":{"statement":"All was well."}}`,
		"about":     `{"spec":{"about":null}}`,
		"signals":   `{"spec":{"signals":["calm"]}}`,
		"remedy":    `{"spec":{"remedy":{"kinds":["Apology"],"reason":"enough"}}}`,
	} {
		g.Expect(as(t, dana).Patch(t.Context(), o.DeepCopy(), client.RawPatch(types.MergePatchType, []byte(body)))).
			To(BeRefusedBy(recordFacts, "'dana' is complained about", "spec."+field), field)
	}
	g.Expect(o.Status.Leads).To(ContainElement(v1alpha1.User(dana)), "were it not about them they might do all of this")
	for _, verb := range []v1alpha1.RecordVerb{v1alpha1.RecordAbort, v1alpha1.RecordLower, v1alpha1.RecordSkip, v1alpha1.RecordRelease} {
		_, err := decide(t, as(t, dana), o, v1alpha1.RecordAct{ID: "1", Verb: verb, Level: "L1", Step: "checkFacts", Reason: "because"})
		g.Expect(err).To(BeRefusedBy(recordActs, "'dana' is complained about"), string(verb))
	}
	_, err := decide(t, as(t, dana), o, v1alpha1.RecordAct{ID: "1", Verb: v1alpha1.RecordComment, Reason: "It was not so."})
	g.Expect(err).NotTo(HaveOccurred())
}

func TestReceivedAtStays(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	o := complaint(t, "default")
	later := o.DeepCopy()
	later.Spec.ReceivedAt = metav1.NewTime(later.Spec.ReceivedAt.Add(48 * time.Hour))
	g.Expect(as(t, amy).Update(t.Context(), later)).To(BeRefusedBy(recordFacts, "receivedAt cannot be changed once it is set"))
	g.Expect(admin(t).Update(t.Context(), later)).To(BeRefusedBy(recordFacts, "receivedAt cannot be changed"))
	none := o.DeepCopy()
	none.Spec.ReceivedAt = metav1.Time{}
	g.Expect(as(t, amy).Update(t.Context(), none)).To(BeRefusedBy(recordFacts, "receivedAt cannot be changed"))

	unset := complaint(t, "default", func(o *v1alpha1.Complaint) { o.Spec.ReceivedAt = metav1.Time{} })
	unset.Spec.ReceivedAt = metav1.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	g.Expect(as(t, cai).Update(t.Context(), unset)).To(Succeed())
}

func TestTheRemedyIsWrittenByThoseWhoWorkOnIt(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	remedy := client.RawPatch(types.MergePatchType, []byte(`{"spec":{"remedy":{"kinds":["Exchange"],"reason":"A new kettle."}}}`))
	o := complaint(t, "default")
	g.Expect(as(t, cai).Patch(t.Context(), o.DeepCopy(), remedy)).To(BeRefusedBy(recordFacts, "the remedy is written by those who work on the complaint only"))
	g.Expect(admin(t).Patch(t.Context(), o.DeepCopy(), remedy)).To(BeRefusedBy(recordFacts, "the remedy"))
	g.Expect(as(t, bob).Patch(t.Context(), o.DeepCopy(), remedy)).To(Succeed())
	g.Expect(as(t, amy).Patch(t.Context(), complaint(t, "default"), remedy)).To(Succeed())
	g.Expect(o.Spec.Remedy).To(BeNil())
	offered := newComplaint("default")
	offered.Spec.Remedy = &v1alpha1.Remedy{Kinds: []v1alpha1.RemedyKind{"Apology"}, Reason: "Said at the counter."}
	g.Expect(as(t, "hotline", "tocsin:intake").Create(t.Context(), offered)).To(Succeed(), "what was offered when it was taken")
}

func remedyPatch(body string) client.Patch {
	return client.RawPatch(types.MergePatchType, []byte(`{"spec":{"remedy":`+body+`}}`))
}

// TestInvariant4ARemedyKnowsWhoWroteIt: whoever changes its words is its author, whoever leaves them is not, and nobody
// writes one in another's name.
func TestInvariant4ARemedyKnowsWhoWroteIt(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	o := complaint(t, "default")
	write := func(user, body string) error { return as(t, user).Patch(t.Context(), o, remedyPatch(body)) }
	g.Expect(write(bob, `{"kinds":["Exchange"],"reason":"A new kettle."}`)).To(Succeed())
	g.Expect(o.Spec.Remedy.By).To(BeEquivalentTo(bob))
	g.Expect(write(amy, `{"amountCents":900,"currency":"EUR"}`)).To(Succeed())
	g.Expect(o.Spec.Remedy.By).To(BeEquivalentTo(amy), "whose name stood there before is not who wrote this")
	g.Expect(write(bob, `{"reason":"A new kettle, and a gift.","by":"amy"}`)).To(Succeed(), "sent along as it was read")
	g.Expect(o.Spec.Remedy.By).To(BeEquivalentTo(bob))
	g.Expect(write(amy, `{"reason":"A new kettle.","by":"cai"}`)).To(BeRefusedBy(recordFacts, "spec.remedy.by is 'cai', but you are 'amy'"))
	g.Expect(write(amy, `{"by":"amy"}`)).To(Succeed())
	g.Expect(o.Spec.Remedy.By).To(BeEquivalentTo(bob), "the same words are whose they were")
	g.Expect(write(amy, `{"by":null}`)).To(Succeed())
	g.Expect(o.Spec.Remedy.By).To(BeEquivalentTo(bob))
	g.Expect(write(amy, `null`)).To(Succeed(), "it can be taken back")
	g.Expect(o.Spec.Remedy).To(BeNil())

	offered := func(by v1alpha1.User) *v1alpha1.Complaint {
		c := newComplaint("default")
		c.Spec.Remedy = &v1alpha1.Remedy{Kinds: []v1alpha1.RemedyKind{"Apology"}, Reason: "Said at the counter.", By: by}
		return c
	}
	hotline, taken := as(t, "hotline", "tocsin:intake"), offered("")
	g.Expect(hotline.Create(t.Context(), taken)).To(Succeed())
	g.Expect(taken.Spec.Remedy.By).To(BeEquivalentTo("hotline"))
	g.Expect(hotline.Create(t.Context(), offered("hotline"))).To(Succeed())
	g.Expect(hotline.Create(t.Context(), offered(amy))).To(BeRefusedBy("tocsin-record-created", "spec.remedy.by is 'amy', but you are 'hotline'"))
}

// TestTheRemedyOfAClosedComplaintStays, whoever asks.
func TestTheRemedyOfAClosedComplaintStays(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	o := complaint(t, "default", func(o *v1alpha1.Complaint) { o.Status.ClosedAt = metav1.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC) })
	apology := remedyPatch(`{"kinds":["Apology"],"reason":"enough"}`)
	g.Expect(as(t, bob).Patch(t.Context(), o.DeepCopy(), apology)).To(BeRefusedBy(recordFacts, "the complaint is closed", "Reopen"))
	g.Expect(as(t, amy).Patch(t.Context(), o.DeepCopy(), apology)).To(BeRefusedBy(recordFacts, "the complaint is closed"))
	g.Expect(as(t, amy).Patch(t.Context(), o, client.RawPatch(types.MergePatchType, []byte(`{"spec":{"order":"4711"}}`)))).To(Succeed())
}

// TestARunningIncidentStaysWhatItIs: what was decided when it was raised changes by acts or not at all.
func TestARunningIncidentStaysWhatItIs(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	o := incident(t, "default")
	write := func(body string) error {
		return as(t, amy).Patch(t.Context(), o.DeepCopy(), client.RawPatch(types.MergePatchType, []byte(`{"spec":`+body+`}`)))
	}
	g.Expect(write(`{"playbook":"crisis-2"}`)).To(Succeed(), "a wrong name can be corrected until the playbook has begun")
	g.Expect(manager(t).Get(t.Context(), client.ObjectKeyFromObject(o), o)).To(Succeed())
	o.Status.Run = &v1alpha1.Run{Version: 1, ID: 1, Playbook: "crisis-2", Revision: v1alpha1.RevisionReference{Name: "r", Digest: repeat("0", 64)},
		StartedAt: metav1.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	g.Expect(manager(t).Status().Update(t.Context(), o)).To(Succeed())
	for field, body := range map[string]string{
		"level": `{"level":"minor"}`, "playbook": `{"playbook":"crisis-3"}`, "team": `{"team":"others"}`,
		"correlationKey": `{"correlationKey":"lamps"}`, "raisedBy": `{"raisedBy":{"kind":"Complaint","name":"c"}}`,
	} {
		g.Expect(write(body)).To(BeRefusedBy(recordFacts, "spec."+field+" of an incident stays once its playbook has begun"), field)
	}
	g.Expect(write(`{"level":"minor"}`)).To(BeRefusedBy(recordFacts, "Raise or a Lower"))
	g.Expect(write(`{"title":"Kettles, 2026"}`)).To(Succeed())
}

// TestInvariant4WhoSaysWhomItIsAbout: whoever could name anybody could send everybody home, the commander included.
func TestInvariant4WhoSaysWhomItIsAbout(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	o, ci := complaint(t, "default"), incident(t, "default")
	about := func(body string) client.Patch {
		return client.RawPatch(types.MergePatchType, []byte(`{"spec":{"about":`+body+`}}`))
	}
	more, teams := about(`{"users":["dana","amy"]}`), about(`{"teams":["desk"]}`)
	for _, user := range []string{bob, cai} {
		g.Expect(as(t, user).Patch(t.Context(), o.DeepCopy(), more)).To(BeRefusedBy(recordFacts, "'"+user+"' may not change whether this record is about 'amy'", "RBAC verb recuse"))
		g.Expect(as(t, user).Patch(t.Context(), o.DeepCopy(), teams)).To(BeRefusedBy(recordFacts, "about 'desk'"))
		g.Expect(as(t, user).Patch(t.Context(), o.DeepCopy(), about(`{"users":null}`))).To(BeRefusedBy(recordFacts, "about 'dana'"))
		g.Expect(as(t, user).Patch(t.Context(), ci.DeepCopy(), teams)).To(BeRefusedBy(recordFacts, "about 'desk'"))
		g.Expect(as(t, user).Patch(t.Context(), o.DeepCopy(), about(`{"department":"Kitchenware"}`))).To(Succeed())
	}
	g.Expect(as(t, amy).Patch(t.Context(), o.DeepCopy(), about(`{"users":["dana","bob"]}`))).To(Succeed())
	g.Expect(as(t, amy).Patch(t.Context(), ci.DeepCopy(), teams)).To(Succeed())
	owner := as(t, "legal", "tocsin:policy-owners")
	g.Expect(owner.Patch(t.Context(), ci.DeepCopy(), about(`null`))).To(Succeed())
	g.Expect(owner.Patch(t.Context(), ci.DeepCopy(), client.RawPatch(types.MergePatchType, []byte(`{"spec":{"title":"Lamps"}}`)))).
		To(BeRefusedBy(recordFacts, "needs the RBAC verb update"))
	g.Expect(owner.Patch(t.Context(), o.DeepCopy(), client.RawPatch(types.MergePatchType, []byte(`{"spec":{"about":{"teams":["desk"]},"order":"1"}}`)))).
		To(BeRefusedBy(recordFacts, "needs the RBAC verb update"))
}

// TestWhoChangedAFactIsFilledIn, and is never somebody else.
func TestWhoChangedAFactIsFilledIn(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	changed := func(user, product, by string, o *v1alpha1.Complaint) (*v1alpha1.Complaint, error) {
		o = o.DeepCopy()
		o.Spec.Product, o.Spec.ChangedBy = product, v1alpha1.User(by)
		return o, as(t, user).Update(t.Context(), o)
	}
	o, err := changed(cai, "kettle", "", complaint(t, "default"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(o.Spec.ChangedBy).To(BeEquivalentTo(cai))
	o, err = decide(t, as(t, bob), o, v1alpha1.RecordAct{ID: "1", Verb: v1alpha1.RecordComment, Reason: "Hello."})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(o.Spec.ChangedBy).To(BeEquivalentTo(cai), "an act is no fact")
	o, err = changed(bob, "pot", cai, o)
	g.Expect(err).NotTo(HaveOccurred(), "as kubectl edit sends it back")
	g.Expect(o.Spec.ChangedBy).To(BeEquivalentTo(bob))
	_, err = changed(cai, "lid", amy, o)
	g.Expect(err).To(BeRefusedBy(recordFacts, "spec.changedBy is 'amy', but you are 'cai'"))
	_, err = changed(cai, "pot", amy, o)
	g.Expect(err).To(BeRefusedBy(recordFacts, "spec.changedBy is 'amy', but you are 'cai'"))

	i := incident(t, "default")
	i.Spec.Signals = []v1alpha1.Identifier{"fire"}
	g.Expect(as(t, cai).Update(t.Context(), i)).To(Succeed())
	g.Expect(i.Spec.ChangedBy).To(BeEquivalentTo(cai))
	forged := newComplaint("default")
	forged.Spec.ChangedBy = amy
	g.Expect(as(t, "hotline", "tocsin:intake").Create(t.Context(), forged)).To(BeRefusedBy("tocsin-record-created", "spec.changedBy"))
}
