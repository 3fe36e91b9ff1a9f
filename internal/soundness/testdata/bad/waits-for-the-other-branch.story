Stuck spec.steps[3].wait.until: step both waits until steps.mend.done && steps.explain.done, but mend is done already, and explain was skipped; wait for something that always comes, e.g. steps.<name>.ended, or end the wait with a deadline (within, and overdue.outcome)
  Mon 01 Jun 09:00  the run begins
  Mon 01 Jun 09:01  the handler answers check with "good"; explain is skipped, because steps.check.outcome == "bad" does not hold
  Mon 01 Jun 09:02  the handler does mend
  Mon 01 Jun 09:02  nothing is left that could move: step both waits until steps.mend.done && steps.explain.done, but mend is done already, and explain was skipped
