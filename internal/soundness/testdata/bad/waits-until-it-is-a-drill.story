Stuck spec.steps[1].wait.until: step rehearsed waits until incident.drill, which never comes; wait for something that always comes, e.g. steps.<name>.ended, or end the wait with a deadline (within, and overdue.outcome)
  Mon 01 Jun 09:00  the run begins (incident.drill is false)
  Mon 01 Jun 09:01  the handler does work
  Mon 01 Jun 09:01  nothing is left that could move: step rehearsed waits until incident.drill, which never comes
