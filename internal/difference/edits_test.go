package difference_test

// edits are changes somebody might make to a shipped pack, and all that is said of them.
var edits = map[string]edit{
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
	"no rung higher": {
		pack: "service-recovery", file: "playbook-serious-recovery.yaml",
		old: "      climb: Ladder\n",
		new: "",
		says: []string{
			"playbook serious-recovery: recover: each further round is now owned by the same people, before one rung higher",
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
			"playbook serious-recovery: settle can now be answered with court",
		},
	},
	"another playbook": {
		pack: "service-recovery", file: "triagepolicy.yaml",
		old: "playbook: serious-recovery",
		new: "playbook: general-recovery",
		says: []string{
			"level serious of service-recovery: serious no longer reaches the department manager, which it did after 1 h, if everybody answers within half an hour",
			"level serious of service-recovery: serious now reaches the supervisor, after 1 h, if everybody answers within half an hour; before it did not",
			"level serious of service-recovery: serious follows the playbook general-recovery, before serious-recovery",
		},
	},
	"threshold": {
		pack: "service-recovery", file: "triagepolicy.yaml",
		old: "complaint.affected >= 100",
		new: "complaint.affected >= 20",
		says: []string{
			"triage policy service-recovery: complaints that affect 20 to 99 people are major, before general",
		},
	},
	"sooner by itself": {
		pack: "service-recovery", file: "triagepolicy.yaml",
		old: "openFor: 10d",
		new: "openFor: 5d",
		says: []string{
			"triage policy service-recovery: complaints open for 5 d or longer are serious, before general",
		},
	},
	"window": {
		pack: "service-recovery", file: "triagepolicy.yaml",
		old: "window: 7d",
		new: "window: 30d",
		says: []string{
			"triage policy service-recovery: complaints of the category product-defect with 5 or more complainants in 30 d (same category and product), fewer than 5 in 7 d, are serious, before general",
		},
	},
	"two facts": {
		pack: "service-recovery", file: "triagepolicy.yaml",
		old: "counts.sameProblem >= 5",
		new: "counts.sameProblem >= 3",
		says: []string{
			"triage policy service-recovery: complaints of the category product-defect with 3 to 4 complainants in 7 d (same category and product) are serious, before general",
		},
	},
	"signal graded": {
		pack: "service-recovery", file: "triagepolicy.yaml",
		old: `when: '"agitated" in complaint.signals'`,
		new: `when: '"agitated" in complaint.signals && complaint.channel != "Email"'`,
		says: []string{
			"triage policy service-recovery: complaints through the channel Email with the signal agitated are general, before serious",
		},
	},
	"default level": {
		pack: "service-recovery", file: "triagepolicy.yaml",
		old: "defaultLevel: general",
		new: "defaultLevel: serious",
		says: []string{
			"triage policy service-recovery: complaints that no rule matches are serious, before general",
		},
	},
	"correlation": {
		pack: "service-recovery", file: "triagepolicy.yaml",
		old: "by: [product, category]\n    levels: [major]",
		new: "by: [product]\n    levels: [major, serious]",
		says: []string{
			"triage policy service-recovery: complaints of major and serious with the same product belong to one incident; before: complaints of major with the same category and product belong to one incident",
		},
	},
	"lawsuit of five": {
		pack: "property-developer", file: "triagepolicy.yaml",
		old: `complaint.affected >= 10 && "litigation"`,
		new: `complaint.affected >= 5 && "litigation"`,
		says: []string{
			"triage policy property-developer: complaints with the signal litigation that affect 5 to 9 people are L1, before L2",
		},
	},
	"three households": {
		pack: "property-developer", file: "triagepolicy.yaml",
		old: "when: counts.households >= 3",
		new: "when: counts.households >= 2",
		says: []string{
			"triage policy property-developer: complaints with 2 complainants in 30 d (same category, place and product) are L2, before L4",
		},
	},
	"rule gone": {
		pack: "property-developer", file: "triagepolicy.yaml",
		old: "  - name: again-after-handling\n    level: L3\n    when: complaint.reopened >= 3\n    reason: The same problem was complained of three times after it was handled.\n",
		new: "",
		says: []string{
			"triage policy property-developer: complaints reopened 3 or more times are L4, before L3",
		},
	},
	"member gone": {
		pack: "service-recovery", file: "responseteams.yaml",
		old: "  - name: qian-bo\n    user: qian.bo@example.com\n    duties: [supervisor]\n    deputies: [sun-li, grace-cole]\n    locale: zh-CN\n    contacts:\n    - {kind: Email, address: qian.bo@example.com}\n",
		new: "",
		says: []string{
			"team service-desk: qian-bo is no longer there, as supervisor",
		},
	},
	"deputies": {
		pack: "service-recovery", file: "responseteams.yaml",
		old: "deputies: [wang-tao, emma-hart]",
		new: "deputies: [emma-hart, wang-tao]",
		says: []string{
			"team service-desk: lin-mei is deputised by emma-hart, then wang-tao, before by wang-tao, then emma-hart",
		},
	},
	"away": {
		pack: "service-recovery", file: "responseteams.yaml",
		old: "    duties: [supervisor]\n    deputies: [grace-cole, qian-bo]",
		new: "    duties: [supervisor, agent]\n    away: [{firstDay: \"2026-08-01\", lastDay: \"2026-08-14\"}]\n    deputies: [grace-cole, qian-bo]",
		says: []string{
			"level serious of service-recovery: serious now reaches the supervisor 3 d earlier: at once, and not after 3 d, if nobody answers and it comes in on a Friday at 17:30",
			"team service-desk: sun-li can now be asked, as agent",
			"team service-desk: sun-li is away from 2026-08-01 to 2026-08-14",
		},
	},
	"hours": {
		pack: "service-recovery", file: "businesscalendar.yaml",
		old: "from: \"13:00\", to: \"18:00\"}",
		new: "from: \"13:00\", to: \"18:00\"}\n  - {days: [Sat], from: \"09:00\", to: \"12:00\"}",
		says: []string{
			"level general of service-recovery: general now reaches the department manager 2 d 5 h 30 min earlier: after 22 h 30 min, and not after 3 d 4 h, if nobody answers and it comes in on a Friday at 17:30",
			"level general of service-recovery: general now reaches the executive 2 d 5 h 30 min earlier: after 1 d 2 h 30 min, and not after 3 d 8 h, if nobody answers and it comes in on a Friday at 17:30",
			"level general of service-recovery: general now reaches the supervisor 2 d 5 h 30 min earlier: after 18 h 30 min, and not after 3 d, if nobody answers and it comes in on a Friday at 17:30",
			"level serious of service-recovery: serious now reaches the department manager 2 d 5 h 30 min earlier: after 22 h 30 min, and not after 3 d 4 h, if nobody answers and it comes in on a Friday at 17:30",
			"level serious of service-recovery: serious now reaches the executive 2 d 5 h 30 min earlier: after 1 d 2 h 30 min, and not after 3 d 8 h, if nobody answers and it comes in on a Friday at 17:30",
			"level serious of service-recovery: serious now reaches the supervisor 2 d 5 h 30 min earlier: after 18 h 30 min, and not after 3 d, if nobody answers and it comes in on a Friday at 17:30",
			"calendar office-hours: Sat: work is 09:00–12:00, before none",
		},
	},
	"no public holidays": {
		pack: "service-recovery", file: "businesscalendar.yaml",
		old: "  publicHolidays:\n  - {country: CN}",
		new: "  holidays:\n  - {date: \"2026-03-02\", name: founding day}",
		says: []string{
			"level general of service-recovery: general now reaches the department manager 1 d later: after 2 d 4 h, and not after 1 d 4 h, if nobody answers",
			"level general of service-recovery: general now reaches the executive 1 d later: after 2 d 8 h, and not after 1 d 8 h, if nobody answers",
			"level general of service-recovery: general now reaches the supervisor 1 d later: after 2 d, and not after 1 d, if nobody answers",
			"level serious of service-recovery: serious now reaches the department manager 1 d later: after 2 d 4 h, and not after 1 d 4 h, if nobody answers",
			"level serious of service-recovery: serious now reaches the executive 1 d later: after 2 d 8 h, and not after 1 d 8 h, if nobody answers",
			"level serious of service-recovery: serious now reaches the supervisor 1 d later: after 2 d, and not after 1 d, if nobody answers",
			"calendar office-hours: the public holidays of CN no longer count",
			"calendar office-hours: 2026-03-02 is a holiday (founding day) now",
		},
	},
	"channel": {
		pack: "service-recovery", file: "noticechannels.yaml",
		old: "onUncertain: Hold # better one message too few than two to a customer",
		new: "onUncertain: Resend",
		says: []string{
			"channel mail: a notice of which nobody knows whether it arrived is sent again, before not sent again",
		},
	},
	"channel elsewhere": {
		pack: "service-recovery", file: "noticechannels.yaml",
		old: "url: https://pager.example.com/tocsin\n",
		new: "url: https://alarm.example.com/tocsin\n",
		says: []string{
			"channel pager: it sends signed requests to https://alarm.example.com/tocsin, before signed requests to https://pager.example.com/tocsin",
		},
	},
	"drill": {
		pack: "service-recovery", file: "drillschedule.yaml",
		old: "0 10 24 3,6,9,12 *",
		new: "0 10 24 6,12 *",
		says: []string{
			"drill quarterly-drill: it takes place 0 10 24 6,12 * in Asia/Shanghai, before 0 10 24 3,6,9,12 * in Asia/Shanghai",
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
			"playbook serious-recovery: it promises acknowledged 12 h after the case came in, before 24 h after the case came in",
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
	"stakeholder gone": {
		pack: "property-developer", file: "responseteams.yaml",
		old: "  - name: staff\n    locale: zh-CN\n    contacts:\n    - {kind: Email, address: all.staff@example.com}\n",
		new: "",
		says: []string{
			"level L1 of property-developer: L1 no longer reaches staff, which it did after 30 min, if everybody answers within half an hour",
			"team leading-group: staff can no longer be told",
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
	"name in clear": {
		pack: "service-recovery", file: "playbook-serious-recovery.yaml",
		old: "  - name: executionReminder\n",
		new: "  - name: executionReminder\n    personalData: Clear\n",
		says: []string{
			"playbook serious-recovery: the text executionReminder shows the complainant's name and contact in clear, before masked",
		},
	},
	"first is asked": {
		pack: "service-recovery", file: "responseteams.yaml",
		old: "  selection: Spread\n  members:\n  # Department managers",
		new: "  members:\n  # Department managers",
		says: []string{
			"team management: of several people with the same duty the first who is there is asked, before cases are spread evenly",
		},
	},
	"rotation": {
		pack: "service-recovery", file: "responseteams.yaml",
		old: "  selection: First\n  members:",
		new: "  selection: First\n  rotations:\n  - {duty: commander, layers: [{name: weekly, members: [tang-yi, helen-ward], start: \"2026-01-05\"}]}\n  members:",
		says: []string{
			"team special-team: there is a rotation for commander now",
		},
	},
	"order of commanders": {
		pack: "service-recovery", file: "responseteams.yaml",
		old: "  - name: chen-guo\n    user: chen.guo@example.com\n    duties: [commander]",
		new: "  - name: tang-yi-too\n    user: tang.yi@example.com\n    duties: [commander]\n    contacts: [{kind: Webhook, address: channel}]\n  - name: chen-guo\n    user: chen.guo@example.com\n    duties: [commander]",
		says: []string{
			"team special-team: tang-yi-too is new, as commander",
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
	"case numbers": {
		pack: "property-developer", file: "triagepolicy.yaml",
		old: "prefix: PD",
		new: "prefix: HH",
		says: []string{
			"triage policy property-developer: case numbers begin with HH, before with PD",
		},
	},
	"a level's words": {
		pack: "property-developer", file: "triagepolicy.yaml",
		old: "description: Everything else.",
		new: "description: All the rest.",
		says: []string{
			"level L4 of property-developer: the description of L4 reads differently",
		},
	},
	"another threat": {
		pack: "property-developer", file: "triagepolicy.yaml",
		old: "  - media-exposure # it is, or may come, in the media\n",
		new: "  - media-exposure\n  - strike\n",
		says: []string{
			"triage policy property-developer: rules may look for the signal strike",
		},
	},
	"pattern": {
		pack: "property-developer", file: "triagepolicy.yaml",
		old: "when: complaint.reopened >= 3",
		new: "when: complaint.product.size() > complaint.place.size()",
		says: []string{
			"triage policy property-developer: complaints reopened 3 or more times are L4, before L3",
			"triage policy property-developer: the rule again-after-handling for L3 asks `complaint.product.size() > complaint.place.size()`, before `complaint.reopened >= 3`",
		},
	},
}
