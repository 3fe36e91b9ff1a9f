Stuck spec.steps[0].until: step progress recurs until steps.close.ended, but close cannot begin before progress has ended; let it recur until something that always comes, e.g. steps.<name>.ended
  Mon 01 Jun 09:00  the run begins
  Mon 01 Jun 09:00  nothing is left that could move: step progress recurs until steps.close.ended, but close cannot begin before progress has ended
NeverHappens spec.steps[1].needs: the step close never happens: what it needs is never done; correct what it needs, or take the step out
