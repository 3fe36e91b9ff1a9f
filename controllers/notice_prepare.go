package controllers

import (
	"context"
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice"
	"tocsin.dev/tocsin/internal/playbook"
)

// noticeContactWait is how long a notice waits for a Secret or team that is not there: intake creates a complaint
// before the Secret it owns.
const noticeContactWait = time.Hour

// readyNotice is a notice that can be sent.
type readyNotice struct {
	channel     *v1alpha1.NoticeChannel
	credentials notice.Credentials
	message     notice.Message
}

// lastChannel is the policy of the channel of the last attempt, nil before the first one and when it is gone.
func (r *NoticeReconciler) lastChannel(ctx context.Context, n *v1alpha1.Notice) (*v1alpha1.NoticeChannelSpec, error) {
	if n.Status.Channel == "" {
		return nil, nil
	}
	ch := &v1alpha1.NoticeChannel{}
	err := r.Get(ctx, types.NamespacedName{Namespace: n.Namespace, Name: string(n.Status.Channel)}, ch)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if n.Spec.Test != nil {
		return &triedOnce(ch).Spec, err
	}
	return &ch.Spec, err
}

// prepare finds recipient, channel and text. A block says what is missing.
func (r *NoticeReconciler) prepare(ctx context.Context, n *v1alpha1.Notice) (readyNotice, *notice.Blocked, error) {
	if n.Spec.Test != nil {
		return r.prepareTest(ctx, n)
	}
	facts, block, err := r.record(ctx, n)
	if block != nil || err != nil {
		return readyNotice{}, block, err
	}
	to, contact, block, err := r.recipient(ctx, n, facts.Complaint)
	if block != nil || err != nil {
		return readyNotice{}, block, err
	}
	route, block, err := r.route(ctx, n, to)
	if block != nil || err != nil {
		return readyNotice{}, block, err
	}
	credentials, block, err := r.channelSecret(ctx, route.Channel)
	if block != nil || err != nil {
		return readyNotice{}, block, err
	}
	facts.Locale = to.Locale
	if facts.Action, err = r.correctiveAction(ctx, n); err != nil {
		return readyNotice{}, nil, err
	}
	text, block, err := r.render(ctx, n, facts, contact)
	if block != nil || err != nil {
		return readyNotice{}, block, err
	}
	return readyNotice{channel: route.Channel, credentials: credentials, message: notice.Message{
		Key: string(n.UID), To: route.Address, Subject: text.Subject, Body: text.Body, At: facts.Now,
		Type: string(n.Spec.Template), Record: string(n.Spec.Record.Kind) + "/" + string(n.Spec.Record.Name),
		Level: facts.Level(), Mode: modeOr(n.Spec.Mode), DueAt: n.Spec.DueAt.Time,
	}}, nil, nil
}

// record reads the complaint or incident.
func (r *NoticeReconciler) record(ctx context.Context, n *v1alpha1.Notice) (notice.Facts, *notice.Blocked, error) {
	f := notice.Facts{Notice: n, Now: r.Clock.Now()}
	key := types.NamespacedName{Namespace: n.Namespace, Name: string(n.Spec.Record.Name)}
	var obj client.Object
	if n.Spec.Record.Kind == v1alpha1.RecordComplaint {
		f.Complaint = &v1alpha1.Complaint{}
		obj = f.Complaint
	} else {
		f.Incident = &v1alpha1.CrisisIncident{}
		obj = f.Incident
	}
	err := r.Get(ctx, key, obj)
	gone := apierrors.IsNotFound(err) || err == nil && n.Spec.Record.UID != "" && n.Spec.Record.UID != string(obj.GetUID())
	if gone {
		return f, r.notYet(n, fmt.Sprintf("%s %q, which the notice is about, does not exist", n.Spec.Record.Kind, n.Spec.Record.Name)), nil
	}
	return f, nil, err
}

// correctiveAction is what the corrective action a notice is about is to achieve; empty for a notice about none.
func (r *NoticeReconciler) correctiveAction(ctx context.Context, n *v1alpha1.Notice) (string, error) {
	if n.Spec.Action == "" {
		return "", nil
	}
	pm := &v1alpha1.PostMortem{}
	if err := r.Get(ctx, types.NamespacedName{Namespace: n.Namespace, Name: string(n.Spec.PostMortem)}, pm); err != nil {
		return "", client.IgnoreNotFound(err)
	}
	for _, a := range pm.Spec.Actions {
		if a.ID == n.Spec.Action {
			return string(a.Text), nil
		}
	}
	return "", nil
}

// recipient looks the addresses up; for a complainant also the data they come from.
func (r *NoticeReconciler) recipient(ctx context.Context, n *v1alpha1.Notice, c *v1alpha1.Complaint) (notice.Recipient, map[string][]byte, *notice.Blocked, error) {
	if n.Spec.To.Kind != v1alpha1.RecipientComplainant {
		to, block, err := r.teamRecipient(ctx, n)
		return to, nil, block, err
	}
	if c == nil || c.Spec.Complainant == nil || c.Spec.Complainant.ContactSecret == "" {
		return notice.Recipient{}, nil, noContact(fmt.Sprintf("%s %q: spec.complainant.contactSecret is empty, so nobody can be written to; name the Secret that holds the contact",
			n.Spec.Record.Kind, n.Spec.Record.Name)), nil
	}
	data, err := r.contact(ctx, c)
	switch {
	case err != nil:
		return notice.Recipient{}, nil, nil, err
	case data == nil:
		return notice.Recipient{}, nil, r.notYet(n, fmt.Sprintf("Complaint %q: there is no Secret %q, which spec.complainant.contactSecret names; create it",
			c.Name, c.Spec.Complainant.ContactSecret)), nil
	}
	contacts := notice.FromSecret(data)
	if len(contacts) == 0 {
		return notice.Recipient{}, nil, noContact(fmt.Sprintf("Secret %q of Complaint %q has no key %s, so nobody can be written to: a complainant is reached by e-mail only, a webhook in their Secret is never called",
			c.Spec.Complainant.ContactSecret, c.Name, notice.KeyEmail)), nil
	}
	source := fmt.Sprintf("Secret %q (key %s)", c.Spec.Complainant.ContactSecret, notice.KeyEmail)
	return notice.Recipient{Locale: c.Spec.Complainant.Locale, Contacts: contacts, Source: source}, data, nil, nil
}

func (r *NoticeReconciler) teamRecipient(ctx context.Context, n *v1alpha1.Notice) (notice.Recipient, *notice.Blocked, error) {
	to, team := n.Spec.To, &v1alpha1.ResponseTeam{}
	err := r.Get(ctx, types.NamespacedName{Namespace: n.Namespace, Name: string(to.Team)}, team)
	if apierrors.IsNotFound(err) {
		return notice.Recipient{}, r.notYet(n, fmt.Sprintf("there is no ResponseTeam %q, which lists the recipient; create it", to.Team)), nil
	} else if err != nil {
		return notice.Recipient{}, nil, err
	}
	list := "members"
	if to.Kind == v1alpha1.RecipientStakeholder {
		list = "stakeholders"
		for _, s := range team.Spec.Stakeholders {
			if string(s.Name) == to.Name {
				return notice.Recipient{Locale: s.Locale, Contacts: s.Contacts, Source: contactField(to, list)}, nil, nil
			}
		}
	}
	for _, m := range team.Spec.Members {
		if m.Name == to.Name && list == "members" {
			return notice.Recipient{Locale: m.Locale, Contacts: m.Contacts, Source: contactField(to, list)}, nil, nil
		}
	}
	return notice.Recipient{}, noContact(fmt.Sprintf("ResponseTeam %q: spec.%s has nobody named %q any more", to.Team, list, to.Name)), nil
}

func contactField(to v1alpha1.NoticeRecipient, list string) string {
	return fmt.Sprintf("ResponseTeam %q: spec.%s[name=%s].contacts", to.Team, list, to.Name)
}

// contact reads a complainant's Secret past the cache, at the moment it is needed; nil when there is none.
func (r *NoticeReconciler) contact(ctx context.Context, c *v1alpha1.Complaint) (map[string][]byte, error) {
	if c == nil || c.Spec.Complainant == nil || c.Spec.Complainant.ContactSecret == "" {
		return nil, nil
	}
	secret := &corev1.Secret{}
	err := r.APIReader.Get(ctx, types.NamespacedName{Namespace: c.Namespace, Name: c.Spec.Complainant.ContactSecret}, secret)
	switch {
	case apierrors.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, err
	case secret.Data == nil:
		return map[string][]byte{}, nil
	}
	return secret.Data, nil
}

// route picks the channel; after an attempt of unknown fate the same one, because only its receiver knows the key.
func (r *NoticeReconciler) route(ctx context.Context, n *v1alpha1.Notice, to notice.Recipient) (notice.Route, *notice.Blocked, error) {
	channels := &v1alpha1.NoticeChannelList{}
	if err := r.List(ctx, channels, client.InNamespace(n.Namespace)); err != nil {
		return notice.Route{}, nil, err
	}
	if state := n.Status.State; state == v1alpha1.NoticeSending || state == v1alpha1.NoticeUncertain {
		again := n.DeepCopy()
		again.Spec.Channel = n.Status.Channel
		if route, block := notice.FindRoute(again, to, channels.Items); block == nil {
			return route, nil, nil
		}
	}
	route, block := notice.FindRoute(n, to, channels.Items)
	return route, block, nil
}

// render fills the text in.
func (r *NoticeReconciler) render(ctx context.Context, n *v1alpha1.Notice, f notice.Facts, contact map[string][]byte) (notice.Text, *notice.Blocked, error) {
	closure, err := r.revision(ctx, n)
	if apierrors.IsNotFound(err) {
		return notice.Text{}, r.notYet(n, fmt.Sprintf("there is no ControllerRevision %q, which holds the text", n.Spec.Revision)), nil
	} else if err != nil {
		return notice.Text{}, nil, err
	}
	template, ok := notice.Template(closure, n.Spec.Template)
	if !ok {
		return notice.Text{}, invalidTemplate(fmt.Sprintf("revision %q has no template %q and none is built in", n.Spec.Revision, n.Spec.Template)), nil
	}
	if contact == nil && mentionsComplainant(template) {
		if contact, err = r.contact(ctx, f.Complaint); err != nil {
			return notice.Text{}, nil, err
		}
	}
	f.Name, f.Email, f.Phone = string(contact[notice.KeyName]), string(contact[notice.KeyEmail]), string(contact[notice.KeyPhone])
	f.Zone, f.StepTitle = notice.Zone(closure), notice.StepTitle(closure, n.Spec.Step)
	if r.Link != nil {
		f.Link = r.Link(n.Namespace, n.Spec.Record, string(n.Spec.Task))
	}
	text, err := notice.Render(template, f)
	if err != nil {
		return notice.Text{}, invalidTemplate(err.Error() + "; correct it in the playbook"), nil
	}
	return text, nil, nil
}

// revision reads the pinned playbook; nil when the notice names none.
func (r *NoticeReconciler) revision(ctx context.Context, n *v1alpha1.Notice) (*playbook.Closure, error) {
	if n.Spec.Revision == "" {
		return nil, nil
	}
	key := types.NamespacedName{Namespace: n.Namespace, Name: string(n.Spec.Revision)}
	return r.revisions.Get(key.String(), func() ([]byte, error) {
		revision := &appsv1.ControllerRevision{}
		err := r.APIReader.Get(ctx, key, revision)
		return revision.Data.Raw, err
	})
}

// notYet blocks a notice for a while, then for good.
func (r *NoticeReconciler) notYet(n *v1alpha1.Notice, message string) *notice.Blocked {
	final := r.Clock.Now().After(n.Spec.RequestedAt.Add(noticeContactWait))
	return &notice.Blocked{Reason: notice.ReasonNoContact, Message: message, Final: final}
}

func noContact(message string) *notice.Blocked {
	return &notice.Blocked{Reason: notice.ReasonNoContact, Message: message, Final: true}
}

func invalidTemplate(message string) *notice.Blocked {
	return &notice.Blocked{Reason: notice.ReasonTemplateInvalid, Message: message, Final: true}
}

// mentionsComplainant says whether a text needs the complainant's name or contact.
func mentionsComplainant(t v1alpha1.Template) bool {
	for _, text := range t.Texts {
		if s := text.Subject + text.Body; strings.Contains(s, ".Complainant") || strings.Contains(s, ".Contact") {
			return true
		}
	}
	return false
}

func modeOr(m v1alpha1.Mode) v1alpha1.Mode {
	if m == "" {
		return v1alpha1.ModeLive
	}
	return m
}
