// Package calendar counts time: elapsed time, and the working time of an organisation.
//
// # Working time
//
// A Calendar is a time zone, opening hours for each day of the week, holidays, and make-up days that are worked with
// the hours of another day of the week. A stretch of work is open from its first second up to, not including, its last:
// with hours 09:00 to 18:00 the calendar is open at 09:00 and closed at 18:00. Stretches that overlap or touch are
// one. A day that has any working time is a working day; a shift over midnight belongs to two days.
//
// Add counts a Duration from a moment:
//
//   - A moment outside opening hours first moves to the next opening.
//   - Days come first. "1d" is the same time of day on the next working day. Where that day is not open then, the time
//     moves to the next opening of the same day (it falls into a break, or before the day begins), or back to the day's
//     last closing (the day ends earlier).
//   - Hours, minutes and seconds follow. "4h" is four opening hours, spread over as many days as it takes.
//
// So a deadline of one working day that starts on Friday at 20:00 counts from Monday 09:00 and is due on Tuesday at
// 09:00: who is asked out of hours is not given a day less, nor the hours of an evening more. Time that runs out just as
// work ends is due at that closing, not at the next opening.
//
// Moments are whole seconds, as the API stores them; a fraction of a second is dropped.
//
// # Clock changes
//
// Hours are wall-clock time, days are counted one by one, and each opening and closing is looked up for its own day, so
// a day on which the clocks change has the working time that people really work. An opening or closing at a time that
// the clocks jump over is at the jump. One at a time that comes twice is at the first of the two. For "1d", a start in
// the second pass of a repeated hour counts as the end of that hour, so that a later start is never due earlier.
//
// # Bounds
//
// Where no working time is found within Horizon days, Add returns an error and Next says no: a calendar that closes
// for ever must not keep anybody searching.
package calendar
