NeverHappens spec.steps[0].when: the step first never happens: "steps.second.done" holds in no run that comes to it; correct the condition, or take the step out
