package notice

import (
	"encoding/base64"
	"fmt"
	"net/mail"
	"strings"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// Keys of the Secret of a channel.
const (
	KeyUsername   = "username"
	KeyPassword   = "password"
	KeyCA         = "ca.crt"
	KeySigningKey = "signingKey"
)

// SecretName is the Secret a channel needs; empty for none.
func SecretName(ch *v1alpha1.NoticeChannelSpec) string {
	switch {
	case ch.Email != nil:
		return string(ch.Email.Secret)
	case ch.Webhook != nil:
		return string(ch.Webhook.Secret)
	}
	return ""
}

// CheckSender says what is wrong with the address a channel sends from; empty: nothing.
func CheckSender(ch *v1alpha1.NoticeChannelSpec) string {
	if ch.Email == nil {
		return ""
	}
	if _, err := mail.ParseAddress(ch.Email.From); err != nil {
		return "spec.email.from is not an e-mail address; write name@host or Name <name@host>"
	}
	return ""
}

// CheckSecret says what a channel's Secret lacks, naming the key and never its value; empty: nothing.
// Only an Opaque Secret is a channel's: those of other types are for something else, and whoever may write channels could
// otherwise have their content sent to a server of their choice.
func CheckSecret(ch *v1alpha1.NoticeChannelSpec, c Credentials) string {
	data := c.Data
	name := SecretName(ch)
	if name == "" {
		return ""
	}
	if c.Type != "" && c.Type != "Opaque" {
		return fmt.Sprintf("Secret %q has the type %s, so it is not for channels; make one of type Opaque", name, c.Type)
	}
	if ca := data[KeyCA]; len(ca) > 0 {
		if _, err := transportTLS("", ca); err != nil {
			return fmt.Sprintf("Secret %q: %s", name, err)
		}
	}
	if ch.Webhook != nil {
		return checkSigningKey(name, string(data[KeySigningKey]))
	}
	user, password := len(data[KeyUsername]) > 0, len(data[KeyPassword]) > 0
	switch {
	case user && !password:
		return fmt.Sprintf("Secret %q has key %s and no key %s; add it", name, KeyUsername, KeyPassword)
	case password && !user:
		return fmt.Sprintf("Secret %q has key %s and no key %s; add it", name, KeyPassword, KeyUsername)
	case !user && len(data[KeyCA]) == 0:
		return fmt.Sprintf("Secret %q has none of the keys %s, %s and %s; add them, or leave spec.email.secret out", name, KeyUsername, KeyPassword, KeyCA)
	}
	return ""
}

func checkSigningKey(name, key string) string {
	const form = "whsec_ and 24 to 64 random bytes in base64"
	encoded, prefixed := strings.CutPrefix(key, "whsec_")
	switch {
	case key == "":
		return fmt.Sprintf("Secret %q has no key %s; add it: %s", name, KeySigningKey, form)
	case !prefixed:
		return fmt.Sprintf("Secret %q: key %s does not begin with whsec_; it is %s", name, KeySigningKey, form)
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(raw) < 24 || len(raw) > 64 {
		return fmt.Sprintf("Secret %q: key %s is not %s", name, KeySigningKey, form)
	}
	return ""
}
