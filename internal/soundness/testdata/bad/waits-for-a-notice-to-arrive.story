Stuck spec.steps[1].wait.until: step told waits until steps.tell.outcome == "delivered", but tell is done as "failed"; wait for something that always comes, e.g. steps.<name>.ended, or end the wait with a deadline (within, and overdue.outcome)
  Mon 01 Jun 09:00  the run begins
  Mon 01 Jun 09:00  the notice of tell never arrives
  Mon 01 Jun 13:00  the deadline of tell passes
  Mon 01 Jun 13:00  nothing is left that could move: step told waits until steps.tell.outcome == "delivered", but tell is done as "failed"
