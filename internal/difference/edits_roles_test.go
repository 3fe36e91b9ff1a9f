package difference_test

// roleEdits change who of a playbook is told, asked and decides.
var roleEdits = map[string]edit{
	"no ladder": {
		pack: "service-recovery", file: "playbook-general-recovery.yaml",
		old: "ladder: [handler, supervisor, departmentManager, executive]",
		new: "ladder: [handler, departmentManager, executive]",
		says: []string{
			"level general of service-recovery: general now reaches the department manager 4 h earlier: after 1 d, and not after 1 d 4 h, if nobody answers",
			"level general of service-recovery: general now reaches the executive 4 h earlier: after 1 d 4 h, and not after 1 d 8 h, if nobody answers",
			"level general of service-recovery: general no longer reaches the supervisor, which it did after 1 d, if nobody answers",
			"playbook general-recovery: the ladder lost a rung, the supervisor: it is now handler → department manager → executive",
		},
	},
	"climbs faster": {
		pack: "service-recovery", file: "playbook-serious-recovery.yaml",
		old: "    overdue: {climb: Ladder, every: 4h}\n    extend: {max: 1, atMost: 1d}",
		new: "    overdue: {climb: Ladder, every: 1h}\n    extend: {max: 1, atMost: 1d}",
		says: []string{
			"level serious of service-recovery: serious now reaches the department manager 3 h earlier: after 1 d 1 h, and not after 1 d 4 h, if nobody answers",
			"level serious of service-recovery: serious now reaches the executive 6 h earlier: after 1 d 2 h, and not after 1 d 8 h, if nobody answers",
			"playbook serious-recovery: checkFacts climbs a rung every 1 h when it is overdue, before a rung every 4 h",
		},
	},
	"climbs no more": {
		pack: "service-recovery", file: "playbook-serious-recovery.yaml",
		old: "    overdue: {climb: Ladder, every: 4h}\n    extend: {max: 1, atMost: 1d}",
		new: "    extend: {max: 2, atMost: 1d}",
		says: []string{
			"level serious of service-recovery: serious now reaches the department manager 4 h earlier: after 1 d, and not after 1 d 4 h, if nobody answers",
			"level serious of service-recovery: serious now reaches the executive 8 h earlier: after 1 d, and not after 1 d 8 h, if nobody answers",
			"playbook serious-recovery: checkFacts no longer climbs the ladder when it is overdue, before a rung every 4 h",
			"playbook serious-recovery: the deadline of checkFacts can be moved 2 times by 24 h at most, before 1 time by 24 h at most",
		},
	},
	"second approver lost": {
		pack: "service-recovery", file: "playbook-major-incident.yaml",
		old: "by: [commander, legal]",
		new: "by: [commander]",
		says: []string{
			"playbook major-incident: approveStatement lost its second approver, legal; it lets out the notice firstStatement to customers and media",
		},
	},
	"third approver": {
		pack: "service-recovery", file: "playbook-major-incident.yaml",
		old: "by: [executive, legal]",
		new: "by: [executive, legal, spokesperson]",
		says: []string{
			"playbook major-incident: approveRemedy has a third approver now, the spokesperson",
		},
	},
	"quorum": {
		pack: "service-recovery", file: "playbook-major-incident.yaml",
		old: "by: [executive, legal]",
		new: "by: [executive, legal], quorum: 1",
		says: []string{
			"playbook major-incident: approveRemedy needs 1 of its 2 approvers, before all",
		},
	},
	"other approver": {
		pack: "service-recovery", file: "playbook-serious-recovery.yaml",
		old: "approval: {by: [departmentManager], of: remedy}",
		new: "approval: {by: [executive]}",
		says: []string{
			"level serious of service-recovery: serious no longer reaches the department manager, which it did after 1 h, if everybody answers within half an hour",
			"level serious of service-recovery: serious now reaches the executive, after 1 h, if everybody answers within half an hour; before it did not",
			"playbook serious-recovery: approveRemedy is approved by the executive, before by the department manager; it lets out the notices offerRemedy to the complainant and closeCase to the complainant",
			"playbook serious-recovery: approveRemedy stays now when the remedy changes afterwards",
		},
	},
	"may be the same": {
		pack: "service-recovery", file: "playbook-serious-recovery.yaml",
		old: "duty: department-manager, not: [handler, supervisor]",
		new: "duty: department-manager, not: [handler]",
		says: []string{
			"playbook serious-recovery: the department manager may now be the same person as the supervisor",
		},
	},
	"role from elsewhere": {
		pack: "service-recovery", file: "playbook-serious-recovery.yaml",
		old: "{name: inspector, team: service-desk, duty: inspector}",
		new: "{name: inspector, team: special-team, duty: technical}",
		says: []string{
			"playbook serious-recovery: the inspector is now somebody of the team special-team with the duty technical, before somebody of the team service-desk with the duty inspector",
		},
	},
	"regulator not told": {
		pack: "service-recovery", file: "playbook-major-incident.yaml",
		old: "to: [customers, media, regulator, staff]",
		new: "to: [staff, customers, media]",
		says: []string{
			"playbook major-incident: tellRecovered no longer tells the regulator",
		},
	},
	"statement to staff": {
		pack: "service-recovery", file: "playbook-major-incident.yaml",
		old: "to: [customers, media], template: statementFirst",
		new: "to: [customers, media, staff], template: statementFirst",
		says: []string{
			"playbook major-incident: firstStatement now tells staff",
		},
	},
	"no rung higher": {
		pack: "service-recovery", file: "playbook-serious-recovery.yaml",
		old: "      climb: Ladder\n",
		new: "",
		says: []string{
			"playbook serious-recovery: recover: each further round is now owned by the same people, before one rung higher",
		},
	},
	"management told": {
		pack: "property-developer", file: "playbook-l2-serious.yaml",
		old: "to: [generalManager, legal, press]",
		new: "to: [legal]",
		says: []string{
			"level L2 of property-developer: L2 now reaches the general manager 1 d 12 h later: after 1 d 12 h, and not at once, if nobody answers",
			"level L2 of property-developer: L2 no longer reaches the spokesperson, which it did at once, if nobody answers",
			"playbook l2-serious: tellManagement no longer tells the general manager and press",
		},
	},
	"a task becomes a decision": {
		pack: "property-developer", file: "playbook-l2-serious.yaml",
		old: "task: {to: legal, outcomes: [contained, mayGrow]}",
		new: "decision: {by: legal, options: [contained, mayGrow]}",
		says: []string{
			"playbook l2-serious: assessRisk now lets legal decide: contained or mayGrow, before it asked legal to do it",
		},
	},
	"role renamed": {
		pack: "service-recovery", file: "playbook-serious-recovery.yaml",
		old: "departmentManager",
		new: "headOfDepartment",
		says: []string{
			"playbook serious-recovery: the role departmentManager is now called headOfDepartment",
		},
	},
	"deputies told sooner": {
		pack: "service-recovery", file: "playbook-major-recovery.yaml",
		old: "outcomes: [founded, unfounded], acknowledgeWithin: 30m",
		new: "outcomes: [founded, unfounded], acknowledgeWithin: 10m",
		says: []string{
			"playbook major-recovery: the deputies are told of checkFacts where no sign came within 10 min, before within 30 min",
		},
	},
	"by form": {
		pack: "service-recovery", file: "playbook-serious-recovery.yaml",
		old: "survey: {asks: handler, by: Phone, scale: [satisfied, basicallySatisfied, dissatisfied]}",
		new: "survey: {asks: supervisor, by: Form, scale: [satisfied, basicallySatisfied, dissatisfied], template: closing}",
		says: []string{
			"level serious of service-recovery: serious now reaches the supervisor, after 2 h 30 min, if everybody answers within half an hour; before it did not",
			"playbook serious-recovery: followUp is asked by the supervisor, before by the handler",
			"playbook serious-recovery: followUp is put with a form, before by phone",
			"playbook serious-recovery: followUp sends the text closing",
		},
	},
	"another crisis team": {
		pack: "service-recovery", file: "playbook-major-recovery.yaml",
		old: "raiseIncident: {playbook: major-incident, team: special-team}",
		new: "raiseIncident: {playbook: major-incident, team: special-team, level: major}",
		says: []string{
			"playbook major-recovery: raiseCrisis raises an incident of the level major, before of the complaint's",
		},
	},
	"decided by another": {
		pack: "service-recovery", file: "playbook-major-incident.yaml",
		old: "decision: {by: executive, options: [release, holdBack]}",
		new: "decision: {by: commander, options: [release, holdBack]}",
		says: []string{
			"playbook major-incident: settleStatement is decided by the commander, before by the executive",
		},
	},
	"team gathers": {
		pack: "service-recovery", file: "playbook-major-incident.yaml",
		old: "quorum: 6",
		new: "quorum: 3",
		says: []string{
			"playbook major-incident: assemble waits for 3 of those it calls, before for 6",
		},
	},
}
