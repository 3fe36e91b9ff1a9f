package notice_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice"
)

func mailTo(address string) v1alpha1.Contact {
	return v1alpha1.Contact{Kind: v1alpha1.ContactEmail, Address: address}
}

func hookTo(address string) v1alpha1.Contact {
	return v1alpha1.Contact{Kind: v1alpha1.ContactWebhook, Address: address}
}

func TestFindRoute(t *testing.T) {
	channel := func(name string, mode v1alpha1.Mode, priority int32, email bool) v1alpha1.NoticeChannel {
		ch := v1alpha1.NoticeChannel{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: v1alpha1.NoticeChannelSpec{Mode: mode, Priority: priority}}
		if email {
			ch.Spec.Email = &v1alpha1.EmailChannel{Host: "h", From: "a@b"}
		} else {
			ch.Spec.Webhook = &v1alpha1.WebhookChannel{URL: "https://hooks.example.org/" + name, Secret: "s"}
		}
		return ch
	}
	all := []v1alpha1.NoticeChannel{
		channel("z-mail", "", 0, true), channel("b-hook", v1alpha1.ModeLive, 5, false), channel("a-mail", v1alpha1.ModeLive, 5, true),
		channel("drill-hook", v1alpha1.ModeDrill, 0, false),
	}
	for _, tc := range []struct {
		name     string
		spec     v1alpha1.NoticeSpec
		contacts []v1alpha1.Contact
		channels []v1alpha1.NoticeChannel
		channel  string
		address  string
		blocked  string
		final    bool
		says     string
	}{
		{name: "lowest priority number first", contacts: []v1alpha1.Contact{hookTo("channel"), mailTo("li@example.com")}, channels: all, channel: "z-mail", address: "li@example.com"},
		{name: "then by name", contacts: []v1alpha1.Contact{hookTo("channel"), mailTo("li@example.com")}, channels: all[1:], channel: "a-mail", address: "li@example.com"},
		{name: "the kind must fit", contacts: []v1alpha1.Contact{hookTo("channel")}, channels: all, channel: "b-hook", address: "https://hooks.example.org/b-hook"},
		{name: "a webhook of their own", contacts: []v1alpha1.Contact{hookTo("https://li.example.com/in")}, channels: all, channel: "b-hook", address: "https://li.example.com/in"},
		{name: "the channel the notice names", spec: v1alpha1.NoticeSpec{Channel: "a-mail"}, contacts: []v1alpha1.Contact{mailTo("li@example.com")}, channels: all, channel: "a-mail", address: "li@example.com"},
		{name: "a drill uses drill channels", spec: v1alpha1.NoticeSpec{Mode: v1alpha1.ModeDrill}, contacts: []v1alpha1.Contact{mailTo("li@example.com"), hookTo("channel")}, channels: all, channel: "drill-hook", address: "https://hooks.example.org/drill-hook"},
		{name: "a drill uses no live channel, not even a named one", spec: v1alpha1.NoticeSpec{Mode: v1alpha1.ModeDrill, Channel: "a-mail"}, contacts: []v1alpha1.Contact{mailTo("li@example.com")}, channels: all, blocked: notice.ReasonNoChannel, says: "mode Drill"},
		{name: "a live notice uses no drill channel", contacts: []v1alpha1.Contact{hookTo("channel")}, channels: all[3:], blocked: notice.ReasonNoChannel, says: "mode Live"},
		{name: "a display name is left out of the envelope", contacts: []v1alpha1.Contact{mailTo("Li <li@example.com>")}, channels: all, channel: "z-mail", address: "li@example.com"},
		{name: "an unusable contact is passed over", contacts: []v1alpha1.Contact{mailTo("li at example"), hookTo("channel")}, channels: all, channel: "b-hook", address: "https://hooks.example.org/b-hook"},
		{name: "no channel at all", contacts: []v1alpha1.Contact{mailTo("li@example.com")}, blocked: notice.ReasonNoChannel, says: "create one"},
		{name: "the named channel is not there", spec: v1alpha1.NoticeSpec{Channel: "nope"}, contacts: []v1alpha1.Contact{mailTo("li@example.com")}, channels: all, blocked: notice.ReasonNoChannel, says: `"nope"`},
		{name: "no contact", channels: all, blocked: notice.ReasonNoContact, final: true, says: "Team desk is empty"},
		{name: "no usable contact", contacts: []v1alpha1.Contact{mailTo("li@@secret"), hookTo("ftp://secret"), hookTo("https://u:secret@host/")}, channels: all, blocked: notice.ReasonNoContact, final: true, says: "Team desk"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := NewWithT(t)
			route, blocked := notice.FindRoute(&v1alpha1.Notice{Spec: tc.spec}, notice.Recipient{Contacts: tc.contacts, Source: "Team desk"}, tc.channels)
			if tc.blocked != "" {
				g.Expect(blocked).NotTo(BeNil())
				g.Expect(blocked.Reason).To(Equal(tc.blocked))
				g.Expect(blocked.Final).To(Equal(tc.final))
				g.Expect(blocked.Message).To(ContainSubstring(tc.says))
				g.Expect(blocked.Message).NotTo(Or(ContainSubstring("secret"), ContainSubstring("example.com")))
				return
			}
			g.Expect(blocked).To(BeNil())
			g.Expect(route.Channel.Name).To(Equal(tc.channel))
			g.Expect(route.Address).To(Equal(tc.address))
		})
	}
}

func TestCheckSecret(t *testing.T) {
	_, ca := certificate(t)
	email := &v1alpha1.NoticeChannelSpec{Email: &v1alpha1.EmailChannel{Secret: "s"}}
	hook := &v1alpha1.NoticeChannelSpec{Webhook: &v1alpha1.WebhookChannel{Secret: "s"}}
	for _, tc := range []struct {
		name string
		ch   *v1alpha1.NoticeChannelSpec
		data string
		says string
		typ  string
	}{
		{"mail with login", email, "username=u password=p", "", ""},
		{"mail with an authority only", email, "ca.crt=" + string(ca), "", ""},
		{"mail without password", email, "username=u", "password", ""},
		{"mail without user name", email, "password=p", "username", ""},
		{"mail with nothing", email, "", "none of the keys", ""},
		{"mail with a broken authority", email, "username=u password=p ca.crt=x", "ca.crt", ""},
		{"mail without a Secret", &v1alpha1.NoticeChannelSpec{Email: &v1alpha1.EmailChannel{}}, "", "", ""},
		{"hook", hook, "signingKey=" + signingKey, "", ""},
		{"mail with an Opaque Secret", email, "username=u password=p", "", "Opaque"},
		{"mail with somebody else's Secret", email, "username=u password=hunter2", "not for channels", "kubernetes.io/basic-auth"},
		{"hook without key", hook, "", "no key signingKey", ""},
		{"hook with a key of another form", hook, "signingKey=hunter2", "whsec_", ""},
		{"hook with a short key", hook, "signingKey=whsec_c2hvcnQ=", "base64", ""},
		{"hook with a key that is not base64", hook, "signingKey=whsec_!!!", "base64", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := NewWithT(t)
			data := map[string][]byte{}
			for _, pair := range strings.Split(tc.data, " ") {
				if key, value, ok := strings.Cut(pair, "="); ok {
					data[key] = []byte(value)
				}
			}
			if strings.Contains(tc.data, "BEGIN") { // PEM holds blanks
				data = map[string][]byte{notice.KeyCA: ca}
			}
			lack := notice.CheckSecret(tc.ch, notice.Credentials{Type: tc.typ, Data: data})
			if tc.says == "" {
				g.Expect(lack).To(BeEmpty())
				return
			}
			g.Expect(lack).To(ContainSubstring(tc.says))
			g.Expect(lack).NotTo(ContainSubstring("hunter2"))
		})
	}
}

// TestAComplainantNamesNoWebhook: what anybody told intake is not called with the organisation's key.
func TestAComplainantNamesNoWebhook(t *testing.T) {
	g := NewWithT(t)
	g.Expect(notice.FromSecret(map[string][]byte{"webhook": []byte("https://attacker.example/")})).To(BeEmpty())
	g.Expect(notice.FromSecret(map[string][]byte{"webhook": []byte("channel"), "email": []byte(" li@example.com\n")})).
		To(ConsistOf(v1alpha1.Contact{Kind: v1alpha1.ContactEmail, Address: "li@example.com"}))
}
