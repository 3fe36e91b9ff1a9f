package difference_test

// courseEdits change what a playbook does, by when, and in which words.
var courseEdits = map[string]edit{
	"earlier acknowledgement": {
		pack: "service-recovery", file: "playbook-serious-recovery.yaml",
		old: "within: {elapsed: 24h, of: received}",
		new: "within: {elapsed: 2h, of: received}",
		says: []string{
			"playbook serious-recovery: acknowledge is due 22 h earlier: 2 h after the case came in, before 24 h after the case came in",
		},
	},
	"working day shorter": {
		pack: "service-recovery", file: "playbook-serious-recovery.yaml",
		old: "within: {working: 1d} # regime\n    remind: [4h]",
		new: "within: {working: 4h}\n    remind: [1h]",
		says: []string{
			"level serious of service-recovery: serious now reaches the department manager 19 h earlier: after 9 h, and not after 1 d 4 h, if nobody answers",
			"level serious of service-recovery: serious now reaches the executive 19 h earlier: after 13 h, and not after 1 d 8 h, if nobody answers",
			"level serious of service-recovery: serious now reaches the supervisor 19 h earlier: after 5 h, and not after 1 d, if nobody answers",
			"playbook serious-recovery: checkFacts is due 4 h of working time after it starts, before 1 d of working time after it starts",
			"playbook serious-recovery: checkFacts is reminded of 1 h before it is due, before 4 h",
		},
	},
	"regulator later": {
		pack: "service-recovery", file: "playbook-major-incident.yaml",
		old: "    needs: [confirm]\n    when: steps.confirm.outcome == \"confirm\"\n    notify: {to: [regulator]",
		new: "    needs: [confirm, contain]\n    when: steps.confirm.outcome == \"confirm\"\n    notify: {to: [regulator]",
		says: []string{
			"level major of service-recovery: major now reaches the regulator 1 h later: after 1 h 30 min, and not after 30 min, if everybody answers within half an hour",
			"playbook major-incident: tellRegulator now waits for contain",
		},
	},
	"step renamed": {
		pack: "service-recovery", file: "playbook-major-incident.yaml",
		old: "answerRumours",
		new: "counterRumours",
		says: []string{
			"playbook major-incident: the step answerRumours is now called counterRumours",
		},
	},
	"step added": {
		pack: "service-recovery", file: "playbook-serious-recovery.yaml",
		old: "  - name: settle\n",
		new: "  - name: tellChief\n    needs: [checkFacts]\n    notify: {to: [executive], template: archiveNote}\n\n  - name: settle\n",
		says: []string{
			"level serious of service-recovery: serious now reaches the executive, after 30 min, if everybody answers within half an hour; before it did not",
			"playbook serious-recovery: there is a new step tellChief: it tells the executive, after checkFacts",
		},
	},
	"fewer rounds": {
		pack: "service-recovery", file: "playbook-serious-recovery.yaml",
		old: "max: 4",
		new: "max: 2",
		says: []string{
			"playbook serious-recovery: recover is repeated up to 2 times, before up to 4 times",
		},
	},
	"another condition": {
		pack: "service-recovery", file: "playbook-serious-recovery.yaml",
		old: `when: complaint.category == "product-defect" || "on-site" in complaint.signals`,
		new: `when: complaint.category == "product-defect"`,
		says: []string{
			"playbook serious-recovery: onSiteCheck happens only if `complaint.category == \"product-defect\"`, before if `complaint.category == \"product-defect\" || \"on-site\" in complaint.signals`",
		},
	},
	"progress rarer": {
		pack: "service-recovery", file: "playbook-serious-recovery.yaml",
		old: "every: {elapsed: 24h} # regime",
		new: "every: {elapsed: 2d}",
		says: []string{
			"playbook serious-recovery: progress recurs every 2 d, before every 24 h",
		},
	},
	"another text": {
		pack: "service-recovery", file: "playbook-serious-recovery.yaml",
		old: "we have your complaint",
		new: "your complaint arrived",
		says: []string{
			"playbook serious-recovery: the text acknowledgement reads differently in en (acknowledge sends it to the complainant)",
		},
	},
	"another answer": {
		pack: "service-recovery", file: "playbook-serious-recovery.yaml",
		old: "outcomes: [agreed, partedWays]",
		new: "outcomes: [agreed, partedWays, court]",
		says: []string{
			"playbook general-recovery: settle does not stay done where it ended with court when general-recovery takes over from serious-recovery",
			"playbook major-recovery: settle does not stay done where it ended with court when major-recovery takes over from serious-recovery",
			"playbook serious-recovery: settle can now be answered with court",
		},
	},
	"broken": {
		pack: "service-recovery", file: "playbook-serious-recovery.yaml",
		old: "task: {to: executive, outcomes: [agreed, partedWays]}",
		new: "task: {to: nobody, outcomes: [agreed, partedWays]}",
		says: []string{
			"playbook serious-recovery: it no longer compiles: spec.steps[5].task.to: there is no role \"nobody\"; define it under spec.roles; the roles are: departmentManager, executive, handler, inspector, supervisor",
			"playbook serious-recovery: settle is asked of the nobody, before of the executive",
		},
	},
	"sub-playbook": {
		pack: "property-developer", file: "playbook-l2-serious.yaml",
		old: "playbook: {name: household-unfounded}",
		new: "playbook: {name: household-remedy}",
		says: []string{
			"playbook l2-serious: explain carries out the playbook household-remedy, before household-unfounded",
		},
	},
	"needs": {
		pack: "property-developer", file: "playbook-l2-serious.yaml",
		old: "  - name: explain\n    needs: [checkFacts, acknowledge, assessRisk, meetHouseholds]",
		new: "  - name: explain\n    needs: [checkFacts, acknowledge]",
		says: []string{
			"playbook l2-serious: explain no longer waits for assessRisk and meetHouseholds",
		},
	},
	"promise": {
		pack: "service-recovery", file: "playbook-serious-recovery.yaml",
		old: "within: {elapsed: 24h} # regime\n",
		new: "within: {elapsed: 12h}\n",
		says: []string{
			"playbook serious-recovery: it promises acknowledged more strictly: the complainant is told within 12h; before: the complainant is told within 24h",
		},
	},
	"name in clear": {
		pack: "service-recovery", file: "playbook-serious-recovery.yaml",
		old: "  - name: executionReminder\n",
		new: "  - name: executionReminder\n    personalData: Clear\n",
		says: []string{
			"playbook serious-recovery: the text executionReminder shows the complainant's name and contact in clear, before masked",
		},
	},
	"waits longer": {
		pack: "service-recovery", file: "playbook-serious-recovery.yaml",
		old: "pause: {atMost: 3d}",
		new: "pause: {atMost: 5d}",
		says: []string{
			"playbook serious-recovery: the clock of explainFindings can be stopped for 5 d, before for 3 d",
		},
	},
	"quarters": {
		pack: "service-recovery", file: "playbook-serious-recovery.yaml",
		old: "    task: {to: inspector, outcomes: [founded, unfounded]}\n    within: {working: 2d} # regime",
		new: "    task: {to: inspector, outcomes: [founded, unfounded]}\n    within: {working: 16h, of: received}",
		says: []string{
			"playbook serious-recovery: onSiteCheck is due 16 h of working time after the case came in, before 2 d of working time after it starts",
		},
	},
	"until settled": {
		pack: "service-recovery", file: "playbook-serious-recovery.yaml",
		old: "until: steps.recover.ended",
		new: "until: steps.recover.ended || steps.explainFindings.ended",
		says: []string{
			"playbook serious-recovery: progress recurs until `steps.recover.ended || steps.explainFindings.ended`, before until `steps.recover.ended`",
		},
	},
	"comment": {
		pack: "service-recovery", file: "playbook-serious-recovery.yaml",
		old: "# regime",
		new: "# the regime says so",
	},
}
