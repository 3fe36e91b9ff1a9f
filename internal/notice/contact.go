package notice

import (
	"net/mail"
	"net/url"
	"strings"
	"unicode/utf8"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// ChannelAddress is the address of a Webhook contact that stands for the channel's own URL.
const ChannelAddress = "channel"

// Keys of the Secret that holds a complainant's contacts, each optional.
const (
	KeyName  = "name"
	KeyEmail = "email"
	KeyPhone = "phone"
)

// Recipient is who gets a notice. It holds personal data: never log it.
type Recipient struct {
	// Locale is the language to write in.
	Locale v1alpha1.Locale
	// Contacts are the addresses, best first.
	Contacts []v1alpha1.Contact
	// Source names the object and field the contacts come from, e.g. "ResponseTeam desk: spec.members[li].contacts".
	Source string
}

// FromSecret makes the contacts of a complainant out of the data of their Secret: their e-mail address. Intake writes that
// Secret with what anybody told it, so an URL in it is never called: the manager would post there in the organisation's name.
func FromSecret(data map[string][]byte) []v1alpha1.Contact {
	address := strings.TrimSpace(string(data[KeyEmail]))
	if address == "" {
		return nil
	}
	return []v1alpha1.Contact{{Kind: v1alpha1.ContactEmail, Address: address}}
}

// Usable says whether a message can be sent to the contact as it is written.
func Usable(c v1alpha1.Contact) bool {
	switch c.Kind {
	case v1alpha1.ContactEmail:
		_, err := parseAddress(c.Address)
		return err == nil
	case v1alpha1.ContactWebhook:
		return c.Address == ChannelAddress || usableURL(c.Address)
	}
	return false
}

// parseAddress reads one e-mail address without a display name in front.
func parseAddress(s string) (string, error) {
	a, err := mail.ParseAddress(s)
	switch {
	case err != nil:
		return "", err
	case strings.ContainsFunc(a.Address, func(r rune) bool { return r <= ' ' || r == 0x7f }), !utf8.ValidString(a.Address):
		return "", mail.ErrHeaderNotPresent
	}
	return a.Address, nil
}

func usableURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil
}
