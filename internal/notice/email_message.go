package notice

import (
	"bytes"
	"errors"
	"strings"

	"github.com/wneessen/go-mail"
	"github.com/yuin/goldmark"
)

// compose builds the mail: text and HTML, an id that is the same for every attempt, nothing that says where it was made.
func compose(from string, m Message) (*mail.Msg, error) {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent(), mail.WithCharset(mail.CharsetUTF8))
	if err := msg.From(from); err != nil {
		return nil, errors.New("spec.email.from of the channel is not an e-mail address; write it as name@host")
	}
	if err := msg.To(m.To); err != nil {
		return nil, errors.New("the recipient's address is not an e-mail address")
	}
	msg.Subject(line(m.Subject, MaxSubject))
	msg.SetMessageIDWithValue(MessageID(m.Key, from))
	msg.SetDateWithValue(m.At.UTC())
	// Asks machines not to answer a machine.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Tocsin-Mode", line(string(m.Mode), 16))
	msg.SetBodyString(mail.TypeTextPlain, m.Body)
	var html bytes.Buffer
	if err := goldmark.Convert([]byte(m.Body), &html); err == nil { // raw HTML in the text is left out by goldmark
		msg.AddAlternativeString(mail.TypeTextHTML, html.String())
	}
	return msg, nil
}

// MessageID is the Message-ID, without angle brackets, of the mail of a notice with this UID from this sender.
func MessageID(uid, from string) string {
	host := "tocsin.invalid"
	if address, err := parseAddress(from); err == nil {
		host = address[strings.LastIndexByte(address, '@')+1:]
	}
	return uid + "@" + host
}
