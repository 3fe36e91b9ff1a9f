// Package engine carries out a compiled playbook: given the plan, the state of the run, what is known of the world and
// the time, Decide says what the run's state is now, what has to be done to the world, what goes into the timeline,
// and when to ask again.
//
// The contract:
//
//   - Same input, same output. There is no clock, no client, no random source and no map order in here.
//   - Effects are objects whose names follow from the record's UID, the run, the step, the rounds and attempts of it and of
//     all it is inside, and the slot, never from who is on duty. The caller applies the effects first and writes the run
//     after; if it dies in between, the same effects are asked for again and find their objects there.
//   - Time is whole seconds, as it is written into the run. A deadline is kept by an act at the very second it falls
//     due and missed one second later.
//   - Time has its say after people and conditions, and acts count from when they were written: what was done while nobody
//     called Decide is not late, nor is what it made superfluous.
//   - A deadline fires once; what is late because nobody called Decide says by how much.
//   - Deciding again at the same moment, or before Wake, changes nothing.
//   - Acts are taken in by their number: they are only ever added at the end of their list, which admission sees to.
//
// How a turn goes (decide.go): the acts on the record (record.go), then every step until nothing moves any more
// (advance.go, end.go), the cancel regions, then time (deadline.go, escalate.go, leeway.go). Each action has a file of its
// own; people.go and roles.go fill roles, ask.go puts questions, answer.go and handover.go take in what became of them,
// approval.go and seats.go those of several people. docs/spec/run.md says the same to people who use it, and testdata
// holds stories of it.
package engine
