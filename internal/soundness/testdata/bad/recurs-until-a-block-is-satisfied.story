Stuck spec.steps[1].until: step progress recurs until steps.agree.outcome == "satisfied", but agree is done as "exhausted"; let it recur until something that always comes, e.g. steps.<name>.ended
  Mon 01 Jun 09:00  the run begins
  Mon 01 Jun 09:01  the handler answers agree/ask with "bad"
  Mon 01 Jun 09:02  the handler answers agree/ask with "bad"
  Mon 01 Jun 09:02  nothing is left that could move: step progress recurs until steps.agree.outcome == "satisfied", but agree is done as "exhausted"
