NeverHappens spec.steps[2].when: the step explain never happens: "steps.mend.done && steps.check.outcome == \"bad\"" holds in no run that comes to it; correct the condition, or take the step out
