// Package replay carries recorded cases out once more under two policies and says what is different: it takes a history
// and two packs and gives a [Report]. What people did is taken from the record; where the record does not say, a cast
// stands in, and the report says how often. It is pure: the same history and packs give the same report.
package replay
