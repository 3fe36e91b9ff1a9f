// Package drill says when the drills of a schedule are due, and what is wrong with a schedule. It is pure: the schedule and
// the time go in, times come out.
package drill
