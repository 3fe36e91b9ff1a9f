package verify

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/notice"
	"tocsin.dev/tocsin/internal/pack"
	"tocsin.dev/tocsin/internal/playbook"
)

// channels judges channels and the credentials that are among the files; those in no file are somebody else's to keep.
func (s *Subject) channels() {
	for _, name := range sorted(s.Pack.Channels) {
		spec := &s.Pack.Channels[name].Spec
		if wrong := notice.CheckSender(spec); wrong != "" {
			s.say(ChannelUsable, "NoticeChannel", name, wrong)
		}
		secret := s.Pack.Secrets[notice.SecretName(spec)]
		if secret == nil {
			continue
		}
		data := map[string][]byte{}
		for key, value := range secret.Data {
			data[key] = value
		}
		for key, value := range secret.StringData {
			data[key] = []byte(value)
		}
		if lack := notice.CheckSecret(spec, notice.Credentials{Type: string(secret.Type), Data: data}); lack != "" {
			field := "spec.email.secret"
			if spec.Webhook != nil {
				field = "spec.webhook.secret"
			}
			s.find(ChannelUsable, "NoticeChannel", name, field, lack, "")
		}
	}
}

// somebody is a member or stakeholder who may be written to.
type somebody struct {
	team, field, name string
	recipient         notice.Recipient
}

func everybody(p *pack.Pack) []somebody {
	var out []somebody
	for _, team := range sorted(p.Teams) {
		spec := &p.Teams[team].Spec
		for i, m := range spec.Members {
			out = append(out, somebody{team, fmt.Sprintf("spec.members[%d]", i), m.Name, notice.Recipient{Locale: m.Locale, Contacts: m.Contacts, Source: "the list of contacts"}})
		}
		for i, st := range spec.Stakeholders {
			out = append(out, somebody{team, fmt.Sprintf("spec.stakeholders[%d]", i), string(st.Name), notice.Recipient{Locale: st.Locale, Contacts: st.Contacts, Source: "the list of contacts"}})
		}
	}
	return out
}

// recipients says whom no channel reaches, and which channels reach nobody.
func (s *Subject) recipients() {
	modes := []v1alpha1.Mode{v1alpha1.ModeLive}
	if len(s.Pack.Drills) > 0 {
		modes = append(modes, v1alpha1.ModeDrill)
	}
	var channels []v1alpha1.NoticeChannel
	for _, name := range sorted(s.Pack.Channels) {
		channels = append(channels, *s.Pack.Channels[name])
	}
	s.liveChannel(channels)
	people := s.people
	used := map[string]bool{}
	for _, mode := range modes {
		has := slices.ContainsFunc(channels, func(ch v1alpha1.NoticeChannel) bool { return cmp.Or(ch.Spec.Mode, v1alpha1.ModeLive) == mode })
		n := &v1alpha1.Notice{Spec: v1alpha1.NoticeSpec{Mode: mode}}
		for _, who := range people {
			s.reach(n, who, channels, used, has)
		}
	}
	if len(people) == 0 {
		return
	}
	// A complainant's address is an e-mail address, and complainants are in no file.
	for _, ch := range channels {
		if !used[ch.Name] && ch.Spec.Email == nil {
			s.find(ChannelUsed, "NoticeChannel", ch.Name, "spec", "no contact of anybody in these files is reached by this channel", "give somebody a contact of its kind, or take the channel out")
		}
	}
}

// liveChannel says that channels are among the files and none of them is for real matters, though playbooks send notices. Where
// there are none at all they are kept elsewhere.
func (s *Subject) liveChannel(channels []v1alpha1.NoticeChannel) {
	live := func(ch v1alpha1.NoticeChannel) bool {
		return cmp.Or(ch.Spec.Mode, v1alpha1.ModeLive) == v1alpha1.ModeLive
	}
	if len(channels) == 0 || slices.ContainsFunc(channels, live) || s.unread || s.brokenOf("NoticeChannel") {
		return
	}
	notifies := func(n playbook.Node) bool { return n.Action.Notify != nil }
	if slices.ContainsFunc(sorted(s.Plans), func(name string) bool { return slices.ContainsFunc(s.Plans[name].Nodes, notifies) }) {
		s.find(RecipientReached, "NoticeChannel", channels[0].Name, "spec.mode", "no notice of a real matter is sent: every NoticeChannel in "+s.where()+" has mode Drill",
			"add one with mode Live")
	}
}

// reach looks for the ways to somebody; has is whether there is any channel of the mode.
func (s *Subject) reach(n *v1alpha1.Notice, who somebody, channels []v1alpha1.NoticeChannel, used map[string]bool, has bool) {
	for _, contact := range who.recipient.Contacts {
		for i := range channels {
			alone := who.recipient
			alone.Contacts = []v1alpha1.Contact{contact}
			if _, blocked := notice.FindRoute(n, alone, channels[i:i+1]); blocked == nil {
				used[channels[i].Name] = true
			}
		}
	}
	if len(who.recipient.Contacts) > 0 && (!has || !slices.ContainsFunc(who.recipient.Contacts, notice.Usable)) {
		return // the channels of that mode are kept elsewhere, or what is wrong with each address is told already
	}
	if _, blocked := notice.FindRoute(n, who.recipient, channels); blocked != nil {
		s.find(RecipientReached, "ResponseTeam", who.team, who.field+".contacts", who.name+" is not reached: "+blocked.Message, "")
	}
}

// languages says which texts are missing in the language of somebody who gets them.
func (s *Subject) languages() {
	for _, name := range sorted(s.Pack.Playbooks) {
		pb := &s.Pack.Playbooks[name].Spec
		for i, t := range pb.Templates {
			has := map[v1alpha1.Locale]bool{}
			for _, text := range t.Texts {
				has[text.Locale] = true
			}
			lacking := map[v1alpha1.Locale][]string{}
			for _, who := range s.readers(pb, t.Name) {
				if l := cmp.Or(who.recipient.Locale, v1alpha1.LocaleEnglish); !has[l] && !slices.Contains(lacking[l], who.name) {
					lacking[l] = append(lacking[l], who.name)
				}
			}
			for _, l := range slices.Sorted(maps.Keys(lacking)) {
				s.find(TemplateLocale, "Playbook", name, fmt.Sprintf("spec.templates[%d].texts", i),
					fmt.Sprintf("the template %s has no text in %s, the language of %s", t.Name, l, few(lacking[l])), "write one; until then they get the first text")
			}
		}
	}
}

// readers are those in the teams whom a playbook sends a template to. One that no step names is the playbook's own wording of
// a built-in one, which anybody may get who has a role.
func (s *Subject) readers(pb *v1alpha1.PlaybookSpec, template v1alpha1.Identifier) []somebody {
	_, builtIn := playbook.BuiltinTemplate(string(template))
	audiences := map[v1alpha1.Identifier]bool{}
	for _, a := range playbook.Actions(pb) {
		if a.Notify != nil && a.Notify.Template == template {
			for _, to := range a.Notify.To {
				audiences[to] = true
			}
		}
	}
	var out []somebody
	for _, who := range s.people {
		for _, role := range pb.Roles {
			if (builtIn || audiences[role.Name]) && role.Team == who.team && s.has(who, role.Duty) {
				out = append(out, who)
			}
		}
		if spec := s.Pack.Teams[who.team].Spec; audiences[v1alpha1.Identifier(who.name)] && slices.ContainsFunc(spec.Stakeholders, func(st v1alpha1.Stakeholder) bool { return string(st.Name) == who.name }) {
			out = append(out, who)
		}
	}
	return out
}

// has is whether a member has a duty.
func (s *Subject) has(who somebody, duty v1alpha1.Identifier) bool {
	return slices.ContainsFunc(s.Pack.Teams[who.team].Spec.Members, func(m v1alpha1.Member) bool {
		return m.Name == who.name && slices.Contains(m.Duties, duty)
	})
}

// few names some people and counts the others.
func few(names []string) string {
	if len(names) > 3 {
		return fmt.Sprintf("%s, %s and %d others", names[0], names[1], len(names)-2)
	}
	text := names[0]
	for _, n := range names[1:] {
		text += ", " + n
	}
	return text
}
