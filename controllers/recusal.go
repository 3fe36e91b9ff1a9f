package controllers

import "tocsin.dev/tocsin/internal/engine"

// reasonNobodyLeft is the reason of condition Staffed when recusals, or holidays, leave nobody who leads.
const reasonNobodyLeft = "NobodyLeft"

// nobodyLeft says what nobody is left for although somebody must be: a role that was given to somebody, or leading a
// record that is about people. Empty: there is somebody for everything.
func (f *caseFile) nobodyLeft() string {
	run := f.status.Run
	if f.plan == nil || run == nil || run.Result != "" {
		return ""
	}
	if vacant := engine.Vacant(f.plan, run); len(vacant) > 0 {
		return "nobody is left to be " + vacant[0] + ": everybody with that duty is away or may take no part (spec.about, here or of complaints that joined or were merged into it); add somebody to the team, or let a lead or a user with the RBAC verb recuse narrow spec.about"
	}
	if about := f.facts.About; about != nil && len(about.Users)+len(about.Teams) > 0 && len(f.status.Leads) == 0 {
		return "spec.about (here or of complaints that joined or were merged into it) leaves nobody who may lead this record: nobody can lower its level, skip a step or abort it; add somebody to the team, or let a user with the RBAC verb recuse narrow spec.about"
	}
	return ""
}
