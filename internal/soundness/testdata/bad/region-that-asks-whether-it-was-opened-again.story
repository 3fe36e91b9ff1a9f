NeverFires spec.cancel[0].when: the cancel region again never stops anything: "complaint.reopened > 0" holds in no run while one of its steps is open; correct the condition, or take the region out
