Stuck spec.steps[2].wait.until: step go waits until [steps.one, steps.two].all(s, s.outcome == "approved"), but one is done as "approved", and two is done as "refused"; wait for something that always comes, e.g. steps.<name>.ended, or end the wait with a deadline (within, and overdue.outcome)
  Mon 01 Jun 09:00  the run begins
  Mon 01 Jun 09:01  the manager approves one
  Mon 01 Jun 09:02  the handler refuses two
  Mon 01 Jun 09:02  nothing is left that could move: step go waits until [steps.one, steps.two].all(s, s.outcome == "approved"), but one is done as "approved", and two is done as "refused"
