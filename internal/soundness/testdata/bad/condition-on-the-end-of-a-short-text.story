Unanswered spec.steps[0].when: the condition "complaint.order.substring(5) == \"x\"" has no answer where the text is too short; ask before how long the text is, e.g. size(complaint.order) > 5 && …, or ask with startsWith, endsWith or contains
  Mon 01 Jun 09:00  the run begins (complaint.order is not given)
  Mon 01 Jun 09:00  work waits, and says so (condition Staffed), until the condition has an answer or a lead skips it
