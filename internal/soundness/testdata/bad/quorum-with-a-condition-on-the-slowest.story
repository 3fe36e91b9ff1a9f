NeverHappens spec.steps[2].when: the step c never happens: "steps.b.done" holds in no run that comes to it; correct the condition, or take the step out
