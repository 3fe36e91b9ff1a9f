Unanswered spec.steps[0].wait.until: the condition "complaint.signals[1] == \"safety-hazard\"" has no answer where there is nothing at that place; ask before how long the list is, e.g. size(complaint.signals) > 1 && …, or ask with in
  Mon 01 Jun 09:00  the run begins (complaint.signals is nothing)
  Mon 01 Jun 09:00  second waits, and says so (condition Staffed), until the condition has an answer or a lead skips it
