Stuck spec.steps[0].wait.until: step never waits until complaint.affected > 5 && complaint.affected < 3, which never comes; wait for something that always comes, e.g. steps.<name>.ended, or end the wait with a deadline (within, and overdue.outcome)
  Mon 01 Jun 09:00  the run begins
  Mon 01 Jun 09:00  nothing is left that could move: step never waits until complaint.affected > 5 && complaint.affected < 3, which never comes
