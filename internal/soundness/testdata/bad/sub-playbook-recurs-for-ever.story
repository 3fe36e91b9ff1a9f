Stuck playbook sub: spec.steps[1].until: step run/progress recurs until steps.check.outcome == "good", but check is done as "bad"; let it recur until something that always comes, e.g. steps.<name>.ended
  Mon 01 Jun 09:00  the run begins
  Mon 01 Jun 09:01  the handler answers run/check with "bad"
  Mon 01 Jun 09:01  nothing is left that could move: step run/progress recurs until steps.check.outcome == "good", but check is done as "bad"
