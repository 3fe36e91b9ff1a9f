Stuck spec.steps[1].wait.until: step told waits until steps.tell.outcome == "sent", but tell is done as "failed"; wait for something that always comes, e.g. steps.<name>.ended, or end the wait with a deadline (within, and overdue.outcome)
  Mon 01 Jun 09:00  the run begins (the complainant left no contact)
  Mon 01 Jun 09:00  nothing is left that could move: step told waits until steps.tell.outcome == "sent", but tell is done as "failed"
