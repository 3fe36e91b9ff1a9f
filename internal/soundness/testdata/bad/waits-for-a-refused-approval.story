Stuck spec.steps[2].wait.until: step go waits until steps.agree.outcome == "approved", but agree is done as "refused"; wait for something that always comes, e.g. steps.<name>.ended, or end the wait with a deadline (within, and overdue.outcome)
  Mon 01 Jun 09:00  the run begins
  Mon 01 Jun 09:01  the handler does plan
  Mon 01 Jun 09:02  the manager refuses agree
  Mon 01 Jun 09:02  nothing is left that could move: step go waits until steps.agree.outcome == "approved", but agree is done as "refused"
