Stuck spec.steps[2].wait.until: step thank waits until steps.repair.done, but repair was skipped; wait for something that always comes, e.g. steps.<name>.ended, or end the wait with a deadline (within, and overdue.outcome)
  Mon 01 Jun 09:00  the run begins
  Mon 01 Jun 09:01  the handler answers check with "bad"; repair is skipped, because steps.check.outcome == "good" does not hold
  Mon 01 Jun 09:01  nothing is left that could move: step thank waits until steps.repair.done, but repair was skipped
