// Package demo plays the main job on a real control plane in time-lapse: complaints come in, are graded, worked by a
// scripted cast under deadlines, one matter becomes a crisis, a drill is run, a post-mortem written.
//
// The clock stands still while anything moves. Once the queues, the outbox and the cast are idle (Gauge), it jumps to
// the next moment at which anything happens: a wake-up of the operator, an act of the cast, the next complaint. All
// writes go through the API server under the name of who makes them; the operator is the one that runs in a cluster,
// with another clock. At the end Check looks at the world and the receivers' books, from outside.
package demo
