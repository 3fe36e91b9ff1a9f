Stuck spec.steps[1].until: step progress recurs until steps.progress.ended, but progress is that step itself; let it recur until something that always comes, e.g. steps.<name>.ended
  Mon 01 Jun 09:00  the run begins
  Mon 01 Jun 09:01  the handler does work
  Mon 01 Jun 09:01  nothing is left that could move: step progress recurs until steps.progress.ended, but progress is that step itself
