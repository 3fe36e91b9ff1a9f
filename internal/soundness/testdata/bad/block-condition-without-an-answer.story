Stuck spec.steps[0].repeat.until: the block agree cannot tell whether it is done, because its condition "10 / (run.round - 1) > 1" has no answer where it would divide by 0; ask before whether what it divides by is 0, e.g. n != 0 && 100 / n > 1
  Mon 01 Jun 09:00  the run begins
  Mon 01 Jun 09:01  the handler answers agree/ask with "good"
  Mon 01 Jun 09:01  nothing is left that could move: the block agree cannot tell whether it is done, because its condition "10 / (run.round - 1) > 1" has no answer where it would divide by 0
NeverSatisfied spec.steps[0].repeat.until: the block agree never ends before its last round: "10 / (run.round - 1) > 1" holds at the end of no round; ask for something that a round can bring about
