package calendar

import (
	"sync"
	"time"

	"github.com/6tail/lunar-go/HolidayUtil"
)

// china is what China's government has published, as far as this release knows it: days off, and the weekend days worked
// in exchange. A year counts as published when it has its National Day.
var china = sync.OnceValue(func() source {
	read := source{knownUntil: always}
	for year := firstOfChina; ; year++ {
		days := HolidayUtil.GetHolidaysByYear(year)
		if days.Len() == 0 && year > firstOfChina {
			return read
		}
		for e := days.Front(); e != nil; e = e.Next() {
			h, ok := e.Value.(*HolidayUtil.Holiday)
			if !ok {
				continue
			}
			t, err := time.Parse(time.DateOnly, h.GetDay())
			if err != nil {
				continue // the table is the library's own, and read whole by a test
			}
			read.days = append(read.days, specialDay{floorDiv(t.Unix(), secondsPerDay), h.IsWork()})
			if t.Month() == time.October {
				read.knownUntil = lastDayOf(year)
			}
		}
	}
})

// firstOfChina is the first year the library has days of.
const firstOfChina = 2001
