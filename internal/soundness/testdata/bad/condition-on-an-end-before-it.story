NeverHappens spec.steps[1].when: the step again never happens: "steps.work.ended" holds in no run that comes to it; correct the condition, or take the step out
