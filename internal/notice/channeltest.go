package notice

import (
	"fmt"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// TestAddress is where the test of a channel goes. A block says what is wrong with the address, without the address.
func TestAddress(test *v1alpha1.ChannelTest, ch *v1alpha1.NoticeChannelSpec) (string, *Blocked) {
	kind, form := v1alpha1.ContactEmail, "an e-mail address like name@host"
	if ch.Webhook != nil {
		kind, form = v1alpha1.ContactWebhook, `an http or https URL, or "channel" for the channel's own`
	}
	contact := v1alpha1.Contact{Kind: kind, Address: test.Address}
	if Usable(contact) {
		if address, ok := reaches(ch, contact); ok {
			return address, nil
		}
	}
	return "", &Blocked{Reason: ReasonNoContact, Final: true, Message: "spec.test.address is none that this channel can write to: it needs " + form}
}

// TestText is the text of the test of a channel, in the language it asks for.
func TestText(n *v1alpha1.Notice, now time.Time) Text {
	subject, body := "Test of the channel %s", `This is a test of the notice channel %s in namespace %s, sent at %s.

Nothing has happened, and there is nothing for you to do.
`
	locale := localeOr(n.Spec.Test.Locale)
	if locale == v1alpha1.LocaleChinese {
		subject, body = "通知渠道测试：%s", `这是对通知渠道 %s（命名空间 %s）的一次测试，发送时间：%s。

没有发生任何事情，您无需处理。
`
	}
	at := Facts{}.written(now, locale)
	return Text{
		Subject: line(fmt.Sprintf(subject, n.Spec.Channel), MaxSubject),
		Body:    paragraphs(fmt.Sprintf(body, n.Spec.Channel, n.Namespace, at)),
	}
}
