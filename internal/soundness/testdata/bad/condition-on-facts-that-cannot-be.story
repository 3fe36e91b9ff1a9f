NeverHappens spec.steps[0].when: the step work never happens: "complaint.affected > 5 && complaint.affected < 3" holds in no run that comes to it; correct the condition, or take the step out
