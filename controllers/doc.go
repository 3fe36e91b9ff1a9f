// Package controllers is the thin shell around the pure core: one reconciler a kind, all of one shape. A reconciler
// reads what there is, asks the core, applies the effects, and writes the status once, fenced by the resourceVersion it
// read. Losing that race is silent: the write that won brings the object back.
package controllers
