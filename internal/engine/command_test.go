package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/roster"
)

// inCrisis are those who could ever command or speak, and some who could not.
var inCrisis = []v1alpha1.User{"gao", "ma", "pei", "ren", "lin"}

// anyCrisis draws the playbook of an incident: command and voice are given, in either order, and the rest asks them for things.
func anyCrisis(t *rapid.T) string {
	text := "\nsteps:\n- {name: command, assignRole: {role: commander}}\n- {name: voice, " +
		rapid.SampledFrom([]string{"", "needs: [command], "}).Draw(t, "after") + "assignRole: {role: spokesperson}}\n"
	names := []string{"command", "voice"}
	for k := range rapid.IntRange(1, 4).Draw(t, "steps") {
		role := rapid.SampledFrom([]string{"commander", "spokesperson"}).Draw(t, "role")
		name := fmt.Sprint("s", k)
		text += "- {name: " + name + ", needs: [" + rapid.SampledFrom(names).Draw(t, "needs") + "], within: {elapsed: 1h}, overdue: {climb: Ladder, every: 1h}, " +
			rapid.SampledFrom([]string{"task: {to: " + role + "}", "approval: {by: [" + role + "]}", "approval: {by: [spokesperson, commander]}", "assembleTeam: {}"}).Draw(t, "does") + "}\n"
		names = append(names, name)
	}
	return text
}

// anyChange draws something that people or the organisation do about who is there and who is what.
func anyChange(t *rapid.T) happening {
	user := rapid.SampledFrom(inCrisis).Draw(t, "who")
	switch rapid.SampledFrom([]string{"hand over", "hand over", "leave", "leave", "leave", "join", "join", "join", "away", "about", "act", "act", "wake"}).Draw(t, "change") {
	case "hand over":
		act := v1alpha1.RecordAct{Verb: v1alpha1.RecordHandOver, By: rapid.SampledFrom(inCrisis).Draw(t, "by"), To: user,
			Role: rapid.SampledFrom([]v1alpha1.Identifier{engine.RoleCommander, engine.RoleSpokesperson}).Draw(t, "handed")}
		return happening{"hand over", func(w *world) { w.recordAct(act) }}
	case "leave":
		return happening{"leave", func(w *world) { w.leaveAll(user) }}
	case "join":
		duty := rapid.SampledFrom([]v1alpha1.Identifier{"commander", "press"}).Draw(t, "duty")
		return happening{"join", func(w *world) {
			if _, known := w.facts.Roster.Find(user); !known {
				w.join("crisis", v1alpha1.Member{Name: string(user), User: user, Duties: []v1alpha1.Identifier{duty}})
			}
		}}
	case "away":
		return happening{"away", func(w *world) {
			if slices.ContainsFunc(w.teams["crisis"].Members, func(m v1alpha1.Member) bool { return m.User == user }) {
				w.away("crisis", string(user), w.now, w.now.Add(5*hour))
			}
		}}
	case "about":
		about := rapid.SampledFrom([][]v1alpha1.User{nil, {user}, {user, "gao"}}).Draw(t, "about")
		return happening{"about", func(w *world) { w.facts.About = &v1alpha1.ComplainedAbout{Users: about} }}
	case "act":
		return anyAct(t)
	}
	return happening{"wake", func(w *world) {
		if !w.wake.IsZero() {
			w.now = w.wake
		}
	}}
}

// leaveAll takes somebody out of every team.
func (w *world) leaveAll(user v1alpha1.User) {
	for _, team := range w.teams {
		team.Members = slices.DeleteFunc(slices.Clone(team.Members), func(m v1alpha1.Member) bool { return m.User == user })
		for k := range team.Members {
			m := &team.Members[k]
			m.Deputies = slices.DeleteFunc(slices.Clone(m.Deputies), func(d v1alpha1.MemberName) bool { return string(d) == string(user) })
		}
	}
	w.facts.Roster = roster.New(w.teams)
}

// TestOneCommanderOneVoice: whatever is handed over, declined, whoever leaves or is complained about: at no time two people
// hold command or voice, nor one both; once given neither is without anybody as long as there is somebody who may; nobody has
// it who may not; and every change of hands is in the timeline.
func TestOneCommanderOneVoice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := tale{head: incidentHead, steps: anyCrisis(t)}.world(t)
		for k := range w.teams["crisis"].Members {
			if m := &w.teams["crisis"].Members[k]; rapid.Bool().Draw(t, "both") { // can command and speak
				m.Duties = []v1alpha1.Identifier{"commander", "press"}
			}
		}
		w.facts.Roster = roster.New(w.teams)
		w.decide()
		w.oneVoice(nil, nil)
		for range rapid.IntRange(5, 40).Draw(t, "length") {
			anyChange(t).do(w)
			w.sleep(minute)
			clear(w.made) // whoever comes back twice was told before
			before := w.run.Roles
			d := w.decide()
			w.oneVoice(before, d.Events)
		}
	})
}

func (w *world) oneVoice(before []v1alpha1.RoleHolder, events []engine.Event) {
	w.t.Helper()
	if w.run.Result != "" {
		return
	}
	user := map[string]v1alpha1.User{}
	for _, h := range w.run.Roles {
		if was, twice := user[h.Name]; twice {
			w.t.Fatalf("%s and %s are both %s\n%s", was, h.User, h.Name, w.story.String())
		}
		user[h.Name] = h.User
		if _, known := w.facts.Roster.Find(h.User); !known || w.isAbout(h.User) {
			w.t.Fatalf("%s is %s and takes no part any more\n%s", h.User, h.Name, w.story.String())
		}
	}
	if u := user[engine.RoleCommander]; u != "" && u == user[engine.RoleSpokesperson] {
		w.t.Fatalf("%s commands and speaks\n%s", u, w.story.String())
	}
	for role, other := range map[string]string{engine.RoleCommander: engine.RoleSpokesperson, engine.RoleSpokesperson: engine.RoleCommander} {
		w.held(role, user[role], user[other])
		var was v1alpha1.User
		for _, h := range before {
			if h.Name == role {
				was = h.User
			}
		}
		told := slices.ContainsFunc(events, func(e engine.Event) bool {
			return slices.Contains([]v1alpha1.EventType{v1alpha1.EventRoleAssigned, v1alpha1.EventRoleHandedOver, v1alpha1.EventRecused}, e.Type) && strings.HasPrefix(e.Text, role+" ")
		})
		if before != nil && was != user[role] && !told {
			w.t.Fatalf("%s went from %q to %q and the timeline does not say so\n%s", role, was, user[role], w.story.String())
		}
	}
}

// held is whether a role that was given has somebody, or there is nobody who may.
func (w *world) held(role string, user, other v1alpha1.User) {
	w.t.Helper()
	given := slices.ContainsFunc(w.run.Steps, func(s v1alpha1.StepState) bool {
		n := w.node(w.index(s.Name))
		return n.Action.AssignRole != nil && string(n.Action.AssignRole.Role) == role && s.State == v1alpha1.StepDone
	})
	if !given || user != "" {
		return
	}
	def := w.plan.Roles[role]
	left := w.facts.Roster.Candidates(roster.Query{Team: w.facts.Team, Duty: string(def.Duty), At: w.now, Exclude: func(u v1alpha1.User) bool { return w.isAbout(u) || u == other }})
	if len(left) > 0 {
		w.t.Fatalf("nobody is %s though %s could be\n%s", role, left[0].User, w.story.String())
	}
}

func (w *world) isAbout(u v1alpha1.User) bool {
	return w.facts.About != nil && slices.Contains(w.facts.About.Users, u)
}
