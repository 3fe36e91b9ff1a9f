package verify

import (
	"fmt"
	"strings"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/casework"
	"tocsin.dev/tocsin/internal/drill"
	"tocsin.dev/tocsin/internal/engine"
	"tocsin.dev/tocsin/internal/judge"
	"tocsin.dev/tocsin/internal/playbook"
	"tocsin.dev/tocsin/internal/roster"
	"tocsin.dev/tocsin/internal/soundness"
	"tocsin.dev/tocsin/internal/triage"
)

// checks look at all files together, in this order: what a later one needs an earlier one has made.
var checks = []func(*Subject){
	(*Subject).calendars,
	(*Subject).teams,
	(*Subject).playbooks,
	(*Subject).leads,
	(*Subject).incidents,
	(*Subject).vain,
	(*Subject).ladders,
	(*Subject).soundness,
	(*Subject).staffing,
	(*Subject).voice,
	(*Subject).languages,
	(*Subject).templates,
	(*Subject).policies,
	(*Subject).declared,
	(*Subject).times,
	(*Subject).channels,
	(*Subject).recipients,
	(*Subject).drills,
}

func (s *Subject) calendars() {
	for _, name := range sorted(s.Pack.Calendars) {
		made, err := judge.Calendar(s.Pack.Calendars[name].Spec, s.Now)
		if err != nil {
			s.say(CalendarUsable, "BusinessCalendar", name, err.Error())
			continue
		}
		if holidays := judge.Holidays(made, s.Now); !holidays.Known {
			s.find(HolidaysAreKnown, "BusinessCalendar", name, "spec.publicHolidays", holidays.Message, "")
		}
	}
}

// ahead is how far on call is looked at.
const ahead = 56 * 24 * time.Hour

func (s *Subject) teams() {
	parents := map[string]string{}
	for name, team := range s.Pack.Teams {
		parents[name] = string(team.Spec.Parent)
	}
	for _, name := range sorted(s.Pack.Teams) {
		team := s.Pack.Teams[name]
		_, wrong := judge.Team(team, parents, s.where())
		for _, sentence := range wrong {
			if parent := string(team.Spec.Parent); s.Pack.Teams[parent] == nil && s.among("ResponseTeam", parent) && strings.HasPrefix(sentence, "spec.parent") {
				continue // the parent is there, and what is wrong with it is told
			}
			s.say(TeamComplete, "ResponseTeam", name, sentence)
		}
		for _, duty := range roster.Uncovered(&team.Spec) {
			s.find(DutyTwice, "ResponseTeam", name, dutyField(&team.Spec, duty), "only one person can take "+duty, "add a deputy or a second member with the duty")
		}
		holes, _ := s.Teams.Holes(name, s.Now, s.Now.Add(ahead))
		for _, h := range holes {
			s.find(OnCall, "ResponseTeam", name, dutyField(&team.Spec, h.Duty), h.Text(s.Now), "")
		}
	}
}

// dutyField is where a team says who has a duty: its rotation, else the first member with it.
func dutyField(team *v1alpha1.ResponseTeamSpec, duty string) string {
	for i, rot := range team.Rotations {
		if string(rot.Duty) == duty {
			return fmt.Sprintf("spec.rotations[%d]", i)
		}
	}
	for i, m := range team.Members {
		for _, d := range m.Duties {
			if string(d) == duty {
				return fmt.Sprintf("spec.members[%d]", i)
			}
		}
	}
	return "spec.members"
}

func (s *Subject) playbooks() {
	for _, name := range sorted(s.Pack.Playbooks) {
		plan, problems := playbook.Compile(s.Pack.Closure(name))
		for _, p := range problems {
			s.problem(PlaybookCompiles, "Playbook", name, p)
		}
		if plan == nil {
			continue
		}
		s.Plans[name] = plan
		for _, p := range plan.Climbless {
			s.problem(DeadlineClimbs, "Playbook", name, p)
		}
		for _, p := range engine.Unheard(plan, s.Teams) {
			s.problem(NoticeHeard, "Playbook", name, p)
		}
	}
}

func (s *Subject) policies() {
	for _, name := range sorted(s.Pack.Policies) {
		policy := s.Pack.Policies[name]
		compiled, problems := triage.Compile(name, 1, policy.Spec)
		for _, p := range problems {
			s.problem(GradingCompiles, "TriagePolicy", name, p)
		}
		if compiled != nil && !s.around {
			s.decides(name, compiled)
		}
		s.followed(name, &policy.Spec)
	}
}

// decides says which rules of a policy that compiles never decide, or may have no answer.
func (s *Subject) decides(name string, policy *triage.Policy) {
	for _, d := range soundness.Grading(policy) {
		rule := RuleDecides
		if d.Unanswered {
			rule = ConditionAnswered
		}
		s.find(rule, "TriagePolicy", name, d.Field(), d.Message, d.Advice)
	}
}

// begins says why no run of a playbook that a field names could begin; what is wrong with the playbook itself is told there.
func (s *Subject) begins(rule, kind, name, field, pb string, record v1alpha1.RecordKind) {
	found := s.Pack.Playbooks[pb]
	if found == nil && s.among("Playbook", pb) {
		return
	}
	if found != nil {
		compiled := *found
		compiled.Status.Revision = &v1alpha1.RevisionReference{Name: pb}
		found = &compiled
	}
	if why := casework.Unready(found, s.where(), pb, record); why != "" {
		message, advice, _ := strings.Cut(why, "; ")
		if found == nil {
			advice = playbook.DidYouMean(pb, sorted(s.Pack.Playbooks)) + advice
		}
		s.find(rule, kind, name, field, message, advice)
	}
}

func (s *Subject) drills() {
	for _, name := range sorted(s.Pack.Drills) {
		ds := *s.Pack.Drills[name]
		ds.CreationTimestamp.Time = s.Now // applied now
		if _, _, wrong := drill.Times(&ds, s.Now); wrong != nil {
			s.say(DrillTakesPlace, "DrillSchedule", name, wrong.Message)
		}
		s.begins(DrillTakesPlace, "DrillSchedule", name, "spec.playbook", string(ds.Spec.Playbook), v1alpha1.RecordCrisisIncident)
		s.hasTeam(DrillTakesPlace, "DrillSchedule", name, "spec.team", string(ds.Spec.Team))
	}
}
