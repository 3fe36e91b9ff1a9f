Stuck spec.steps[0].wait.until: step a waits until steps.b.ended, but b waits itself; wait for something that always comes, e.g. steps.<name>.ended, or end the wait with a deadline (within, and overdue.outcome)
  Mon 01 Jun 09:00  the run begins
  Mon 01 Jun 09:00  nothing is left that could move: step a waits until steps.b.ended, but b waits itself
Stuck spec.steps[1].wait.until: step b waits until steps.a.ended, but a waits itself; wait for something that always comes, e.g. steps.<name>.ended, or end the wait with a deadline (within, and overdue.outcome)
  Mon 01 Jun 09:00  the run begins
  Mon 01 Jun 09:00  nothing is left that could move: step b waits until steps.a.ended, but a waits itself
