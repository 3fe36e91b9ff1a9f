Stuck spec.steps[0].when: the step work cannot begin, because its condition "1000 / complaint.reopened > 3" has no answer where it would divide by 0; ask before whether what it divides by is 0, e.g. n != 0 && 100 / n > 1
  Mon 01 Jun 09:00  the run begins (complaint.reopened is 0)
  Mon 01 Jun 09:00  nothing is left that could move: the step work cannot begin, because its condition "1000 / complaint.reopened > 3" has no answer where it would divide by 0
