Stuck spec.steps[2].wait.until: step close waits until steps.repair.skipped, but repair is done already; wait for something that always comes, e.g. steps.<name>.ended, or end the wait with a deadline (within, and overdue.outcome)
  Mon 01 Jun 09:00  the run begins
  Mon 01 Jun 09:01  the handler answers check with "good"
  Mon 01 Jun 09:02  the handler does repair
  Mon 01 Jun 09:02  nothing is left that could move: step close waits until steps.repair.skipped, but repair is done already
