// Package judge says what is wrong with teams, calendars and channels: the judgements that conditions tell in a
// cluster and `kubectl tocsin verify` tells of files, each made in one place. Playbooks and triage policies have compilers of
// their own. It does no I/O and knows no clock.
package judge
