package playbooks

import (
	"testing"
	"time"

	"github.com/6tail/lunar-go/HolidayUtil"
	cron "github.com/netresearch/go-cron"
)

// publishedDays are the days of a year whose work China's government has ruled on: holiday says which of them are free.
func publishedDays(year int) (holiday, published map[string]bool) {
	holiday, published = map[string]bool{}, map[string]bool{}
	for e := HolidayUtil.GetHolidaysByYear(year).Front(); e != nil; e = e.Next() {
		day, ok := e.Value.(*HolidayUtil.Holiday)
		if !ok {
			continue
		}
		published[day.GetDay()] = true
		holiday[day.GetDay()] = !day.IsWork()
	}
	return holiday, published
}

func shanghai(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// firings are the times a cron line fires in a year.
func firings(t *testing.T, line, zone string, year int) []time.Time {
	t.Helper()
	location, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	schedule, err := cron.ParseStandard(line)
	if err != nil {
		t.Fatal(err)
	}
	var times []time.Time
	for at := schedule.Next(time.Date(year, 1, 1, 0, 0, 0, 0, location)); at.Year() == year; at = schedule.Next(at) {
		times = append(times, at)
	}
	return times
}
