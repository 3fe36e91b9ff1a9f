NeverHappens spec.steps[1].when: the step work never happens: "steps.other.done" holds in no run that comes to it; correct the condition, or take the step out
