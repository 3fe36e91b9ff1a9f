// Package triage decides how serious a complaint is and what follows from it.
//
// A [Policy] is a compiled TriagePolicy: [Policy.Grade] gives a level, the reason with the figures that counted, and
// the moment at which time alone could raise the level. The figures over other complaints come from an [Index], which
// answers each question in logarithmic time and never looks at every complaint. An [Allocator] gives case numbers.
//
// Nothing here reads a clock, talks to a server or depends on the order of a map: the same facts at the same moment
// give the same result.
package triage
