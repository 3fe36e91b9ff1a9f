Stuck spec.steps[1].wait.until: step late waits until steps.work.rung > 0, but work is done already; wait for something that always comes, e.g. steps.<name>.ended, or end the wait with a deadline (within, and overdue.outcome)
  Mon 01 Jun 09:00  the run begins
  Mon 01 Jun 09:01  the handler does work
  Mon 01 Jun 09:01  nothing is left that could move: step late waits until steps.work.rung > 0, but work is done already
