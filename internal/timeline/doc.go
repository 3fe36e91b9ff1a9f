// Package timeline keeps the history of a record so that tampering shows.
//
// # The chain
//
// Entries are numbered from 1. Each has two digests, SHA-256 in lower-case hex, over fields that each stand behind their
// length in bytes (8 bytes, big endian), so that no two contents read the same:
//
//	commitment = SHA-256("tocsin/timeline/commitment/v1", salt, step, round, actor, text)
//	hash       = SHA-256("tocsin/timeline/entry/v1", hash before, seq, at, type, step, round, commitment)
//
// Numbers are written in decimal, at as RFC 3339 in UTC with whole seconds, the salt as its 16 bytes; the hash before
// the first entry is empty. The Timeline's head is the hash of the newest entry and its length is how many there are.
//
// # Erasure
//
// What people wrote and who did it can be erased: Erase drops text, actor and salt. The commitment stays and with it the
// chain; without the salt nobody can find out by guessing what it stood for. Step, round, time and type stay readable
// and remain under the hash.
//
// # What Verify can find, and what not
//
// Verify finds an entry that was changed, dropped, moved or replaced, and an end that was cut off. It cannot find that
// somebody who may write everything wrote the whole chain anew. Checkpoints are against that: the head and length at a
// moment, signed, kept somewhere else. Checkpoint.Check compares a chain with one.
package timeline
