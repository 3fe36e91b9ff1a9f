// Package engine carries out a compiled playbook: given the plan, the state of the run, what is known of the world and
// the time, Decide says what the run's state is now, what has to be done to the world, what goes into the timeline,
// and when to ask again.
//
// The contract:
//
//   - Same input, same output. There is no clock, no client, no random source and no map order in here.
//   - Effects are objects whose names follow from the record's UID, the run, the step, the round, the attempt and the
//     slot, never from who is on duty. The caller applies the effects first and writes the run after; if it dies in
//     between, the same effects are asked for again and find their objects there.
//   - Time is whole seconds, as it is written into the run. A deadline is kept by an act at the very second it falls
//     due and missed one second later.
//   - Acts are taken in before deadlines are looked at, with the time they were written at: what people did while
//     nobody called Decide is not late.
//   - A deadline fires once; what is late because nobody called Decide says by how much.
//
// How a turn goes: Decide takes in the acts on the record, then advances every step until nothing moves any more
// (advance.go), asks the cancel regions, and ends the run when every top-level step has ended. Steps begin in begin.go;
// each action has a file of its own; people.go fills roles; deadline.go reminds, escalates and moves deadlines.
package engine
