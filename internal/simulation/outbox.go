package simulation

import (
	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice"
)

// fate is what becomes of a notice: a drill tells nobody outside, a channel that is down fails, a recipient without an
// address is not reached, one without a channel waits.
func (s *Play) fate(n *v1alpha1.Notice) v1alpha1.NoticeState {
	if n.Spec.Mode == v1alpha1.ModeDrill && n.Spec.To.Kind != v1alpha1.RecipientMember {
		return v1alpha1.NoticeSuppressed
	}
	to, known := s.world.recipient(n)
	if !known {
		return v1alpha1.NoticeFailed
	}
	route, block := notice.FindRoute(n, to, s.world.channels)
	switch {
	case block != nil && block.Final:
		return v1alpha1.NoticeFailed
	case block != nil:
		return v1alpha1.NoticePending
	}
	for _, o := range s.cast.Outages {
		if string(o.Channel) == route.Channel.Name && !s.now.Before(o.From.Time) && s.now.Before(o.To.Time) {
			return v1alpha1.NoticeFailed
		}
	}
	return v1alpha1.NoticeDelivered
}

// somewhere stands for the address of a complainant whose Secret the pack does not hold.
var somewhere = []v1alpha1.Contact{{Kind: v1alpha1.ContactEmail, Address: "somebody@example.com"}}

// recipient looks up whom a notice goes to; known is false where nobody of that name is there.
func (w *world) recipient(n *v1alpha1.Notice) (to notice.Recipient, known bool) {
	if n.Spec.To.Kind == v1alpha1.RecipientComplainant {
		return w.complainant(string(n.Spec.Record.Name))
	}
	team := w.pack.Teams[string(n.Spec.To.Team)]
	if team == nil {
		return to, false
	}
	if n.Spec.To.Kind == v1alpha1.RecipientStakeholder {
		for _, s := range team.Spec.Stakeholders {
			if string(s.Name) == n.Spec.To.Name {
				return notice.Recipient{Locale: s.Locale, Contacts: s.Contacts}, true
			}
		}
		return to, false
	}
	for _, m := range team.Spec.Members {
		if m.Name == n.Spec.To.Name {
			return notice.Recipient{Locale: m.Locale, Contacts: m.Contacts}, true
		}
	}
	return to, false
}

func (w *world) complainant(complaint string) (to notice.Recipient, known bool) {
	c := w.complaints[complaint]
	if c == nil || c.Spec.Complainant == nil || c.Spec.Complainant.ContactSecret == "" {
		return to, false
	}
	contacts := somewhere
	if secret := w.pack.Secrets[c.Spec.Complainant.ContactSecret]; secret != nil {
		data := secret.Data
		for k, v := range secret.StringData {
			if data == nil {
				data = map[string][]byte{}
			}
			data[k] = []byte(v)
		}
		contacts = notice.FromSecret(data)
	}
	return notice.Recipient{Locale: c.Spec.Complainant.Locale, Contacts: contacts}, true
}
