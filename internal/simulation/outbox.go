package simulation

import (
	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice"
)

// destination is what the way of a notice depends on. A complainant without a Secret of their own is as good as any other.
type destination struct {
	mode    v1alpha1.Mode
	channel v1alpha1.ObjectName
	to      v1alpha1.NoticeRecipient
	secret  string
}

// way is how a notice fares on its way while every channel works, and the channel it takes.
type way struct {
	state   v1alpha1.NoticeState
	channel string
}

// fate is what becomes of a notice: a drill tells nobody outside, a channel that is down fails, a recipient without an
// address is not reached, one without a channel waits.
func (s *Play) fate(n *v1alpha1.Notice) v1alpha1.NoticeState {
	if n.Spec.Mode == v1alpha1.ModeDrill && n.Spec.To.Kind != v1alpha1.RecipientMember {
		return v1alpha1.NoticeSuppressed
	}
	way := s.world.wayOf(n)
	for _, o := range s.cast.Outages {
		if string(o.Channel) == way.channel && !s.now.Before(o.From.Time) && s.now.Before(o.To.Time) {
			return v1alpha1.NoticeFailed
		}
	}
	return way.state
}

// wayOf is the way of a notice, worked out once for each destination.
func (w *world) wayOf(n *v1alpha1.Notice) way {
	d := destination{mode: n.Spec.Mode, channel: n.Spec.Channel, to: n.Spec.To}
	if n.Spec.To.Kind == v1alpha1.RecipientComplainant {
		c := w.complaints[string(n.Spec.Record.Name)]
		if c == nil || c.Spec.Complainant == nil || c.Spec.Complainant.ContactSecret == "" {
			return way{state: v1alpha1.NoticeFailed}
		}
		if w.pack.Secrets[c.Spec.Complainant.ContactSecret] != nil {
			d.secret = c.Spec.Complainant.ContactSecret
		}
	}
	found, known := w.routes[d]
	if !known {
		found = w.findWay(n, d.secret)
		w.routes[d] = found
	}
	return found
}

func (w *world) findWay(n *v1alpha1.Notice, secret string) way {
	to, known := w.recipient(n, secret)
	if !known {
		return way{state: v1alpha1.NoticeFailed}
	}
	route, block := notice.FindRoute(n, to, w.channels)
	switch {
	case block != nil && block.Final:
		return way{state: v1alpha1.NoticeFailed}
	case block != nil:
		return way{state: v1alpha1.NoticePending}
	}
	return way{v1alpha1.NoticeDelivered, route.Channel.Name}
}

// somewhere stands for the address of a complainant whose Secret the pack does not hold.
var somewhere = []v1alpha1.Contact{{Kind: v1alpha1.ContactEmail, Address: "somebody@example.com"}}

// recipient looks up whom a notice goes to; known is false where nobody of that name is there.
func (w *world) recipient(n *v1alpha1.Notice, secret string) (to notice.Recipient, known bool) {
	if n.Spec.To.Kind == v1alpha1.RecipientComplainant {
		return notice.Recipient{Contacts: w.contacts(secret)}, true
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

// contacts are what a Secret of the pack holds; somewhere without one.
func (w *world) contacts(secret string) []v1alpha1.Contact {
	held := w.pack.Secrets[secret]
	if held == nil {
		return somewhere
	}
	data := map[string][]byte{}
	for k, v := range held.Data {
		data[k] = v
	}
	for k, v := range held.StringData {
		data[k] = []byte(v)
	}
	return notice.FromSecret(data)
}
