NeverFires spec.cancel[0].when: the cancel region stop never stops anything: "steps.thank.done" holds in no run while one of its steps is open; correct the condition, or take the region out
