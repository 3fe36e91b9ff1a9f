NeverHappens spec.steps[0].repeat.steps[1].when: the step agree/extra never happens: "run.round > 3" holds in no run that comes to it; correct the condition, or take the step out
