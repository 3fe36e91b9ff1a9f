Stuck spec.steps[0].repeat.steps[0].wait.until: step agree/ask waits until steps.close.done, but close cannot begin before agree/ask has ended; wait for something that always comes, e.g. steps.<name>.ended, or end the wait with a deadline (within, and overdue.outcome)
  Mon 01 Jun 09:00  the run begins
  Mon 01 Jun 09:00  nothing is left that could move: step agree/ask waits until steps.close.done, but close cannot begin before agree/ask has ended
NeverSatisfied spec.steps[0].repeat.until: the block agree never ends before its last round: "steps.ask.ended" holds at the end of no round; ask for something that a round can bring about
NeverHappens spec.steps[1].needs: the step close never happens: what it needs is never done; correct what it needs, or take the step out
