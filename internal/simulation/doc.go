// Package simulation carries cases out in virtual time, without a cluster: the same turns that the controllers take
// (internal/casework, internal/engine), over a world in memory, with a cast that says how people behave. It is pure: the
// same pack, cast and cases give the same story, second by second.
package simulation
