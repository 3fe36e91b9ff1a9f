Stuck spec.steps[2].wait.until: step close waits until steps.work.done, but work was cancelled; wait for something that always comes, e.g. steps.<name>.ended, or end the wait with a deadline (within, and overdue.outcome)
  Mon 01 Jun 09:00  the run begins
  Mon 01 Jun 09:01  the handler answers check with "bad"; work is stopped by stop: steps.check.outcome == "bad"
  Mon 01 Jun 09:01  nothing is left that could move: step close waits until steps.work.done, but work was cancelled
