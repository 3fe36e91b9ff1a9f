Stuck spec.steps[1].wait.until: step decided waits until incident.steps.confirm.outcome == "confirm", which never comes; wait for something that always comes, e.g. steps.<name>.ended, or end the wait with a deadline (within, and overdue.outcome)
  Mon 01 Jun 09:00  the run begins
  Mon 01 Jun 09:00  the incident is closed
  Mon 01 Jun 09:00  nothing is left that could move: step decided waits until incident.steps.confirm.outcome == "confirm", which never comes
