Stuck spec.steps[1].when: the step share cannot begin, because its condition "100 / steps.check.round > 1" has no answer where it would divide by 0; ask before whether what it divides by is 0, e.g. n != 0 && 100 / n > 1
  Mon 01 Jun 09:00  the run begins
  Mon 01 Jun 09:01  the handler answers check with "good"
  Mon 01 Jun 09:01  nothing is left that could move: the step share cannot begin, because its condition "100 / steps.check.round > 1" has no answer where it would divide by 0
NeverHappens spec.steps[1].when: the step share never happens: "100 / steps.check.round > 1" holds in no run that comes to it; correct the condition, or take the step out
