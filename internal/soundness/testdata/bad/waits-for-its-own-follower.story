Stuck spec.steps[0].wait.until: step first waits until steps.second.done, but second cannot begin before first has ended; wait for something that always comes, e.g. steps.<name>.ended, or end the wait with a deadline (within, and overdue.outcome)
  Mon 01 Jun 09:00  the run begins
  Mon 01 Jun 09:00  nothing is left that could move: step first waits until steps.second.done, but second cannot begin before first has ended
NeverHappens spec.steps[1].needs: the step second never happens: what it needs is never done; correct what it needs, or take the step out
