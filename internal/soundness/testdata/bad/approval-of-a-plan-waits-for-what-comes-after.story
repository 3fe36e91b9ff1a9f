Stuck spec.steps[2].wait.until: step carried waits until steps.done.done, but done cannot begin before carried has ended; wait for something that always comes, e.g. steps.<name>.ended, or end the wait with a deadline (within, and overdue.outcome)
  Mon 01 Jun 09:00  the run begins
  Mon 01 Jun 09:01  the handler does plan
  Mon 01 Jun 09:02  the manager approves agree
  Mon 01 Jun 09:02  nothing is left that could move: step carried waits until steps.done.done, but done cannot begin before carried has ended
NeverHappens spec.steps[3].needs: the step done never happens: what it needs is never done; correct what it needs, or take the step out
