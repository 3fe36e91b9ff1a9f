// Package playbook turns playbooks into plans.
//
// A [Closure] is a playbook with everything it refers to; [Compile] gives the [Plan] the engine carries out, or every
// [Problem] with the object, the field and what to do. An [Expr] is a CEL expression of a playbook; its cost is bounded
// before it runs, and while it runs where the estimate is high. An [Env] is the facts an expression sees.
//
// Nothing here reads a clock, talks to a server or depends on the order of a map: the same closure always gives the same
// plan.
package playbook
