// Package timing proves how late things can be: by when somebody in a role knows, by when a step has ended, whatever people
// do, whenever a matter comes in, over calendars, holidays, leave and changes of the clocks. docs/spec/timing.md says what is
// proved and what is taken for granted.
//
// How late a step begins and ends follows from its deadline and its ladder for every start at once (moment). What is said to
// be broken is then played through with engine.Decide, which tells the story; what cannot be played is never called broken.
package timing
