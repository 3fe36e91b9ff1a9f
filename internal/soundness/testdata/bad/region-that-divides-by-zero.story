Unanswered spec.cancel[0].when: the condition "1000 / (complaint.affected - 1) > 100" has no answer where it would divide by 0; ask before whether what it divides by is 0, e.g. n != 0 && 100 / n > 1
  Mon 01 Jun 09:00  the run begins (complaint.affected is 1)
  Mon 01 Jun 09:00  the cancel region small stops nothing, and says so (condition Staffed), until its condition has an answer
