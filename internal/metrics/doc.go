// Package metrics tells Prometheus how the operator works and how the business it carries out stands.
//
// What happens is counted where it happens. How records, tasks and notices stand is kept up to date by the events of the
// caches, a few additions each: nothing is polled, and a scrape costs a look at the open records. Labels hold words of this
// program and the names of levels, of which there are [mostLevels] at most; never a name of a person, a case or a
// namespace. Exercises are left out of everything that tells how the business stands.
package metrics
