// Package intake turns exports of other systems into complaints.
//
// A [Mapping] is read from a YAML file and says, in CEL over the columns of a CSV file, what each row means; it is
// explained in docs/spec/import.md. [Mapping.Read] turns a file into complaints one by one, tells what is wrong with
// a row by its line, and goes on. A [Writer] creates the complaints in a cluster; it may be stopped and started again
// at any time, because the same row always gives the same object name. [CaseNumbers] keeps the serials of case
// numbers in the cluster.
//
// What a row says about a person is never part of a message: errors and notes name the file, line and field only.
package intake
