NeverHappens spec.steps[1]: the step other never happens: it is stopped before it can begin; correct the cancel region, or take the step out
