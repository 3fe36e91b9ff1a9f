NeverSatisfied spec.steps[0].repeat.until: the block agree never ends before its last round: "run.round > 5" holds at the end of no round; ask for something that a round can bring about
