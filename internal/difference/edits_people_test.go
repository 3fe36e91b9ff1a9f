package difference_test

// peopleEdits change who is there, when and how they are reached.
var peopleEdits = map[string]edit{
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
	"days that are so already": {
		pack: "service-recovery", file: "businesscalendar.yaml",
		old: "  - {country: CN}",
		new: "  - {country: CN}\n  workdays: [{date: \"2026-09-20\"}] # is made up for\n  holidays: [{date: \"2026-10-01\"}, {date: \"2026-03-01\"}] # the national day, and a Sunday",
	},
	"a Sunday that is worked": {
		pack: "service-recovery", file: "businesscalendar.yaml",
		old:  "  - {country: CN}",
		new:  "  - {country: CN}\n  workdays: [{date: \"2026-11-15\"}]",
		says: []string{"calendar office-hours: 2026-11-15 is a working day with the hours of Mon now"},
	},
	"more public holidays": {
		pack: "service-recovery", file: "businesscalendar.yaml",
		old: "  publicHolidays:\n  - {country: CN}",
		new: "  publicHolidays:\n  - {country: CN}\n  - {knownUntil: \"2026-12-31\", iCal: \"BEGIN:VCALENDAR\\nBEGIN:VEVENT\\nDTSTART;VALUE=DATE:20261226\\nDTEND;VALUE=DATE:20261230\\nEND:VEVENT\\nEND:VCALENDAR\"}",
		says: []string{
			"calendar office-hours: 2026-12-28 and 2026-12-29 are holidays now", // the 26th and 27th are a weekend
		},
	},
	"a list of weekends": {
		pack: "service-recovery", file: "businesscalendar.yaml",
		old: "  publicHolidays:\n  - {country: CN}",
		new: "  publicHolidays:\n  - {country: CN}\n  - {knownUntil: \"2026-12-31\", iCal: \"BEGIN:VCALENDAR\\nBEGIN:VEVENT\\nDTSTART;VALUE=DATE:20261226\\nEND:VEVENT\\nEND:VCALENDAR\"}",
	},
	"a list that is known for less long": {
		pack: "service-recovery", file: "businesscalendar.yaml",
		old:  "  publicHolidays:\n  - {country: CN}",
		new:  "  publicHolidays:\n  - {country: CN}\n  - {knownUntil: \"2026-11-30\", iCal: \"BEGIN:VCALENDAR\\nBEGIN:VEVENT\\nDTSTART;VALUE=DATE:20260606\\nRRULE:FREQ=WEEKLY;COUNT=20\\nEND:VEVENT\\nEND:VCALENDAR\"}",
		says: []string{"calendar office-hours: 2026-10-10 is no working day any more", "calendar office-hours: its public holidays are known until 2026-11-30, before until 2026-12-31"},
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
	"stakeholder gone": {
		pack: "property-developer", file: "responseteams.yaml",
		old: "  - name: staff\n    locale: zh-CN\n    contacts:\n    - {kind: Email, address: all.staff@example.com}\n",
		new: "",
		says: []string{
			"level L1 of property-developer: L1 no longer reaches staff, which it did after 30 min, if everybody answers within half an hour",
			"team leading-group: staff can no longer be told",
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
}
