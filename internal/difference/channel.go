package difference

import (
	"cmp"
	"fmt"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

func (d *differ) channels() {
	objects(d, "NoticeChannel", "channel", d.a.pack.Channels, d.b.pack.Channels, People, func(c *v1alpha1.NoticeChannel) string { return ", " + through(&c.Spec) },
		func(s subject, x, y *v1alpha1.NoticeChannel) {
			a, b := &x.Spec, &y.Spec
			mode := map[v1alpha1.Mode]string{"": "real cases", v1alpha1.ModeLive: "real cases", v1alpha1.ModeDrill: "drills"}
			s.field("spec.mode", Told, mode[a.Mode], mode[b.Mode], "it is for %s, before for %s", "", "")
			s.field("spec", People, through(a), through(b), "it sends %s, before %s", "", "")
			s.field("spec.priority", People, itoa(int(a.Priority)), itoa(int(b.Priority)), "its priority is %s, before %s: the lowest that reaches somebody is used", "", "")
			unsure := map[v1alpha1.OnUncertain]string{"": "not sent again", v1alpha1.OnUncertainHold: "not sent again", v1alpha1.OnUncertainResend: "sent again"}
			s.field("spec.onUncertain", Told, unsure[a.OnUncertain], unsure[b.OnUncertain], "a notice of which nobody knows whether it arrived is %s, before %s", "", "")
			tries := func(c *v1alpha1.NoticeChannelSpec) string {
				return fmt.Sprintf("%s, the second after %s, each for %s at most", count(int(cmp.Or(c.MaxAttempts, 6)), "time"), duration(cmp.Or(spelled(c.Backoff), "30s")), duration(cmp.Or(spelled(c.Timeout), "20s")))
			}
			s.field("spec.maxAttempts", Told, tries(a), tries(b), "it tries %s, before %s", "", "")
			s.field("spec.email.secret", People, secret(a), secret(b), "its credentials are in the Secret %s, before in %s", "its credentials are in the Secret %s", "it has no credentials any more, before those in the Secret %s")
		})
}

// through is how a channel sends.
func through(c *v1alpha1.NoticeChannelSpec) string {
	switch {
	case c.Email != nil:
		protected := map[v1alpha1.TLSMode]string{v1alpha1.TLSImplicit: "TLS", v1alpha1.TLSStart: "StartTLS", v1alpha1.TLSNone: "no protection"}[cmp.Or(c.Email.TLS, v1alpha1.TLSStart)]
		return fmt.Sprintf("mail from %s over %s:%d with %s", c.Email.From, c.Email.Host, cmp.Or(c.Email.Port, 587), protected)
	case c.Webhook != nil:
		return "signed requests to " + c.Webhook.URL
	}
	return "nothing"
}

func secret(c *v1alpha1.NoticeChannelSpec) string {
	switch {
	case c.Email != nil:
		return string(c.Email.Secret)
	case c.Webhook != nil:
		return string(c.Webhook.Secret)
	}
	return ""
}

func (d *differ) drills() {
	objects(d, "DrillSchedule", "drill", d.a.pack.Drills, d.b.pack.Drills, Course, func(x *v1alpha1.DrillSchedule) string { return ", of " + string(x.Spec.Playbook) },
		func(s subject, x, y *v1alpha1.DrillSchedule) {
			a, b := &x.Spec, &y.Spec
			s.field("spec.playbook", Course, string(a.Playbook), string(b.Playbook), "it exercises the playbook %s, before %s", "", "")
			s.field("spec.team", Course, string(a.Team), string(b.Team), "the team %s exercises, before %s", "", "")
			s.field("spec.level", Course, string(cmp.Or(a.Level, "drill")), string(cmp.Or(b.Level, "drill")), "it pretends the level %s, before %s", "", "")
			when := func(c *v1alpha1.DrillScheduleSpec) string {
				if c.Cron == "" {
					return "on " + c.At.UTC().Format(time.RFC3339)
				}
				return words(c.Cron) + " in " + zone(c.TimeZone)
			}
			s.field("spec.cron", Course, when(a), when(b), "it takes place %s, before %s", "", "")
			if (a.Suspend == v1alpha1.SuspendYes) != (b.Suspend == v1alpha1.SuspendYes) {
				text := "it takes place again; it was suspended"
				if b.Suspend == v1alpha1.SuspendYes {
					text = "it is suspended"
				}
				s.at("spec.suspend").say(Course, "%s", text)
			}
		})
}
