Stuck spec.steps[1].wait.until: step ours waits until steps.raise.outcome == "raised", but raise is done as "joined"; wait for something that always comes, e.g. steps.<name>.ended, or end the wait with a deadline (within, and overdue.outcome)
  Mon 01 Jun 09:00  the run begins (an incident of the same matter is open)
  Mon 01 Jun 09:00  nothing is left that could move: step ours waits until steps.raise.outcome == "raised", but raise is done as "joined"
