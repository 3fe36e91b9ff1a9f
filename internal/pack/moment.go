package pack

import (
	"fmt"
	"time"
)

// Stories are told in these years. Time is reckoned in nanoseconds since 1970 in 64 bits, which end in 2262; what people
// promise and play is shorter than the rest.
const firstYear, lastYear = 1970, 2199

// Unplayable says why a moment is none that a story is told of; empty: it is one, or there is none.
func Unplayable(at time.Time) string {
	if year := at.UTC().Year(); at.IsZero() || year >= firstYear && year <= lastYear {
		return ""
	}
	return fmt.Sprintf("%s is not in the years %d to %d, of which stories are told", at.UTC().Format(time.RFC3339), firstYear, lastYear)
}
