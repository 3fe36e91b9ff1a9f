Unanswered spec.steps[0].when: the condition "100000 / complaint.remedy.amountCents > 3" has no answer where it would divide by 0; ask before whether what it divides by is 0, e.g. n != 0 && 100 / n > 1
  Mon 01 Jun 09:00  the run begins (complaint.remedy.amountCents is 0)
  Mon 01 Jun 09:00  work waits, and says so (condition Staffed), until the condition has an answer or a lead skips it
