Stuck spec.steps[2].until: step progress recurs until steps.repair.done, but repair was skipped; let it recur until something that always comes, e.g. steps.<name>.ended
  Mon 01 Jun 09:00  the run begins
  Mon 01 Jun 09:01  the handler answers check with "bad"; repair is skipped, because steps.check.outcome == "good" does not hold
  Mon 01 Jun 09:01  nothing is left that could move: step progress recurs until steps.repair.done, but repair was skipped
