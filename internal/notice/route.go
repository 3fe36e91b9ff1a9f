package notice

import (
	"cmp"
	"fmt"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Route is the way a notice takes.
type Route struct {
	// Channel is the channel to use.
	Channel *v1alpha1.NoticeChannel
	// Address is where the message goes: an e-mail address or a URL.
	Address string
}

// Blocked is why there is no way. Final blocks end the notice, others go away when channels change.
type Blocked struct {
	// Reason is ReasonNoChannel or ReasonNoContact.
	Reason string
	// Message names the object and field, never the address.
	Message string
	// Final says that waiting does not help.
	Final bool
}

// FindRoute picks the channel: the one the notice names, else the first by priority and name that has the notice's mode
// and reaches one of the recipient's contacts. channels are those of the notice's namespace.
func FindRoute(n *v1alpha1.Notice, to Recipient, channels []v1alpha1.NoticeChannel) (Route, *Blocked) {
	usable, block := usableContacts(to)
	if block != nil {
		return Route{}, block
	}
	candidates := make([]*v1alpha1.NoticeChannel, 0, len(channels))
	for i := range channels {
		ch := &channels[i]
		if n.Spec.Channel != "" && string(n.Spec.Channel) != ch.Name {
			continue
		}
		if sameMode(n.Spec.Mode, ch.Spec.Mode) && ch.DeletionTimestamp.IsZero() {
			candidates = append(candidates, ch)
		}
	}
	slices.SortFunc(candidates, func(a, b *v1alpha1.NoticeChannel) int {
		return cmp.Or(cmp.Compare(a.Spec.Priority, b.Spec.Priority), cmp.Compare(a.Name, b.Name))
	})
	for _, ch := range candidates {
		for _, c := range usable {
			if address, ok := reaches(&ch.Spec, c); ok {
				return Route{Channel: ch, Address: address}, nil
			}
		}
	}
	return Route{}, noChannel(n, to, candidates)
}

func usableContacts(to Recipient) ([]v1alpha1.Contact, *Blocked) {
	if len(to.Contacts) == 0 {
		return nil, &Blocked{Reason: ReasonNoContact, Final: true,
			Message: to.Source + " is empty: there is no address to write to; add an e-mail address or webhook"}
	}
	var usable []v1alpha1.Contact
	for _, c := range to.Contacts {
		if Usable(c) {
			usable = append(usable, c)
		}
	}
	if len(usable) == 0 {
		return nil, &Blocked{Reason: ReasonNoContact, Final: true,
			Message: to.Source + " holds no usable address: an e-mail address looks like name@host, a webhook is an http or https URL"}
	}
	return usable, nil
}

func noChannel(n *v1alpha1.Notice, to Recipient, candidates []*v1alpha1.NoticeChannel) *Blocked {
	mode := cmp.Or(n.Spec.Mode, v1alpha1.ModeLive)
	switch {
	case n.Spec.Channel != "" && len(candidates) == 0:
		return &Blocked{Reason: ReasonNoChannel,
			Message: fmt.Sprintf("there is no NoticeChannel %q with mode %s, which spec.channel names; create it", n.Spec.Channel, mode)}
	case n.Spec.Channel != "":
		return &Blocked{Reason: ReasonNoChannel,
			Message: fmt.Sprintf("NoticeChannel %q, which spec.channel names, fits no address in %s; add one of its kind", n.Spec.Channel, to.Source)}
	case len(candidates) == 0:
		return &Blocked{Reason: ReasonNoChannel,
			Message: fmt.Sprintf("there is no NoticeChannel with mode %s in the namespace; create one", mode)}
	}
	return &Blocked{Reason: ReasonNoChannel,
		Message: fmt.Sprintf("no NoticeChannel with mode %s fits an address in %s; create one of its kind", mode, to.Source)}
}

func reaches(ch *v1alpha1.NoticeChannelSpec, c v1alpha1.Contact) (address string, ok bool) {
	switch {
	case ch.Email != nil && c.Kind == v1alpha1.ContactEmail:
		address, err := parseAddress(c.Address)
		return address, err == nil
	case ch.Webhook != nil && c.Kind == v1alpha1.ContactWebhook:
		if c.Address == ChannelAddress {
			return ch.Webhook.URL, true
		}
		return c.Address, true
	}
	return "", false
}

func sameMode(a, b v1alpha1.Mode) bool {
	return cmp.Or(a, v1alpha1.ModeLive) == cmp.Or(b, v1alpha1.ModeLive)
}
