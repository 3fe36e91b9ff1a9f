package calendar

import (
	"cmp"
	"fmt"
	"time"

	"tocsin.dev/tocsin/api/v1alpha1"
)

// specialDay is a day that is not like its day of the week: without work, or worked all the same.
type specialDay struct {
	day    int64
	worked bool
}

// source is what was read from a list kept elsewhere.
type source struct {
	days []specialDay
	// knownUntil is the number of the last day the list speaks of; never for one without an end.
	knownUntil int64
}

// addSources takes in the lists of spec.publicHolidays.
func (c *Calendar) addSources(sources []v1alpha1.HolidaySource) error {
	for i, s := range sources {
		field := fmt.Sprintf("spec.publicHolidays[%d]", i)
		read, err := readSource(s, field)
		if err != nil {
			return err
		}
		like, err := c.hoursLike(s.Like, field+".like")
		if err != nil {
			return err
		}
		for _, d := range read.days {
			switch {
			case !d.worked:
				c.setSpecial(d.day, nil)
			case len(like) == 0:
				return fmt.Errorf("%s.like: %s has no opening hours; name a day that has", field, cmp.Or(s.Like, "Mon"))
			default:
				c.setSpecial(d.day, like)
			}
		}
		c.knownUntil = min(c.knownUntil, read.knownUntil)
	}
	c.listed = len(sources) > 0
	return nil
}

// Listed is whether the calendar names any list of public holidays.
func (c *Calendar) Listed() bool { return c.listed }

func readSource(s v1alpha1.HolidaySource, field string) (source, error) {
	switch {
	case s.Country != "" && s.ICal != "":
		return source{}, fmt.Errorf("%s: both country and iCal are given; make two entries of it", field)
	case s.Country == v1alpha1.CountryChina:
		return china(), nil
	case s.Country != "":
		return source{}, fmt.Errorf("%s.country: the holidays of %q are not built in, only those of CN; give them as iCal", field, s.Country)
	case s.ICal == "":
		return source{}, fmt.Errorf("%s: neither country nor iCal is given; write one of them", field)
	}
	read, err := readICal(s.ICal, s.Lists == v1alpha1.SourceWorkdays)
	if err != nil {
		return source{}, fmt.Errorf("%s.iCal: %w", field, err)
	}
	if s.KnownUntil != "" {
		if read.knownUntil, err = dayOf(s.KnownUntil, field+".knownUntil"); err != nil {
			return source{}, err
		}
	}
	return read, nil
}

// KnownUntil is the last day for which the lists of public holidays speak; false when there are none or they have no end.
func (c *Calendar) KnownUntil() (v1alpha1.Date, bool) {
	if c.knownUntil == never {
		return "", false
	}
	return v1alpha1.Date(dateOf(c.knownUntil).Format(time.DateOnly)), true
}

// Knows is whether t lies where the public holidays are known. Working time beyond that counts plain weeks and the
// calendar's own days.
func (c *Calendar) Knows(t time.Time) bool { return t.Before(c.KnownEnd()) }

// KnownEnd is the first moment of which the public holidays are not known; one that nobody will see when they always are.
func (c *Calendar) KnownEnd() time.Time {
	if c.knownUntil == never {
		return time.Unix(1<<40, 0)
	}
	return c.midnightAfter(c.knownUntil)
}

// midnightAfter is the first moment after a day, by its number from 1970-01-01, in the calendar's zone.
func (c *Calendar) midnightAfter(day int64) time.Time {
	hint := c.clock.zone(day * secondsPerDay)
	return time.Unix(c.clock.instant((day+1)*secondsPerDay, &hint), 0).In(c.Location())
}

func dateOf(day int64) time.Time { return time.Unix(day*secondsPerDay, 0).UTC() }
