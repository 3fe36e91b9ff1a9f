// Package soundness proves of a compiled playbook that a run of it cannot get stuck: from every state it can come to it
// can finish, nothing is left running when it has, and every step can happen. It moves a run through engine.Decide, as
// the controllers do; nothing of the engine is modelled a second time. docs/spec/soundness.md says what a state is, what a
// move is, what is left out and why.
//
// How it goes: lean.go takes out of the plan what only tells people, facts.go finds the facts that conditions look at,
// state.go writes a run as a few bytes a step and back, and moves.go says what can happen next. cascade.go says what one move
// can change in its turn, races.go whose order with whose matters for that, and enough.go which moves of a state need no
// other order. explore.go searches, dive.go where that alone would not come far; succession.go
// works out what a run may begin with that takes over from one of another playbook; story.go tells what was found.
package soundness
