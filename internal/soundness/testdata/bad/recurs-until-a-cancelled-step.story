Stuck spec.steps[2].until: step progress recurs until steps.work.done, but work was cancelled; let it recur until something that always comes, e.g. steps.<name>.ended
  Mon 01 Jun 09:00  the run begins
  Mon 01 Jun 09:01  the handler answers check with "bad"; work is stopped by stop: steps.check.outcome == "bad"
  Mon 01 Jun 09:01  nothing is left that could move: step progress recurs until steps.work.done, but work was cancelled
