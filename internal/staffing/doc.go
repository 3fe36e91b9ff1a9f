// Package staffing proves that the people are there for what a playbook asks: whoever is complained about and whoever is away,
// every role, task, approval and rung of a ladder finds somebody who may. It asks engine.Staff, which goes the way Decide
// goes; who deputises, who is excluded and who approves is decided there and nowhere else. docs/spec/staffing.md says what
// is looked at and what is left out.
//
// How it goes: asks.go lists what a playbook asks, and what certainly comes before each of it; tight.go finds the roles that
// could run out of people at all; people.go who takes part in that; search.go tries who is out and in which order roles are
// filled; story.go tells what was found.
package staffing
