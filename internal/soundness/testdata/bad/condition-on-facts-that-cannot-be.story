NeverHappens spec.steps[0].when: the step work never happens: "complaint.affected < 1" holds in no run that comes to it; correct the condition, or take the step out
