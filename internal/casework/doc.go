// Package casework takes a record one turn further in memory: it grades a complaint, chooses the playbook of its level,
// finds the incident it belongs to, weighs merges, lets the engine decide, and says in the status what came of it.
//
// [Complaint] and [Incident] change the status of the record they are given, which the caller owns, and return a [File]:
// the effects to apply, the events for the timeline, the next wake-up. The caller applies the effects first, then appends
// the events, then writes the status; if it dies in between, the next turn asks for the same effects again.
//
// What lies around the record is asked of a [World], and only when it is needed. There is no client, no clock and nothing
// random in here; nothing that the World gives is changed, and what is returned may share memory with it.
package casework
