package difference_test

// gradingEdits change how complaints are graded.
var gradingEdits = map[string]edit{
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
			"triage policy service-recovery: complaints open for 5 d or longer but less than 10 d are serious, before general",
		},
	},
	"later by itself": {
		pack: "service-recovery", file: "triagepolicy.yaml",
		old: "openFor: 10d",
		new: "openFor: 20d",
		says: []string{
			"triage policy service-recovery: complaints open for 10 d or longer but less than 20 d are general, before serious",
		},
	},
	"two numbers": {
		pack: "property-developer", file: "triagepolicy.yaml",
		old: "when: complaint.reopened >= 3",
		new: "when: complaint.reopened >= 3 && complaint.reopened != 5 && complaint.reopened != 8",
		says: []string{
			"triage policy property-developer: complaints reopened 5 or 8 times are L4, before L3",
		},
	},
	"never by itself": {
		pack: "service-recovery", file: "triagepolicy.yaml",
		old: "openFor: 10d",
		new: "when: complaint.affected > 50",
		says: []string{
			"triage policy service-recovery: complaints open for 10 d or longer are general, before serious",
			"triage policy service-recovery: complaints that affect 51 or more people are serious, before general",
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
	"a rule's name": {
		pack: "property-developer", file: "triagepolicy.yaml",
		old: "- name: again-after-handling",
		new: "- name: again",
		says: []string{
			"triage policy property-developer: the rule again-after-handling is now called again",
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
