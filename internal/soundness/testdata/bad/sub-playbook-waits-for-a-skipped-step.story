Stuck playbook sub: spec.steps[2].wait.until: step run/thank waits until steps.repair.done, but repair was skipped; wait for something that always comes, e.g. steps.<name>.ended, or end the wait with a deadline (within, and overdue.outcome)
  Mon 01 Jun 09:00  the run begins
  Mon 01 Jun 09:01  the handler does before
  Mon 01 Jun 09:02  the handler answers run/check with "bad"; run/repair is skipped, because steps.check.outcome == "good" does not hold
  Mon 01 Jun 09:02  nothing is left that could move: step run/thank waits until steps.repair.done, but repair was skipped
