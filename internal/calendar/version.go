package calendar

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
)

// Version is the beginning of a digest of all that the calendar counts by: time zone, hours, every special day whatever
// list it comes from, and until when those lists speak. Calendars of equal version count alike.
func (c *Calendar) Version() string { return c.version }

// Stamp is the calendar's name and version, as a deadline records it.
func (c *Calendar) Stamp() string { return c.stamp }

// versionLength is how many characters of the digest make a version.
const versionLength = 12

func (c *Calendar) digest() string {
	h := sha256.New()
	fmt.Fprintln(h, c.clock.location, c.week, c.knownUntil)
	for _, d := range slices.Sorted(maps.Keys(c.special)) {
		fmt.Fprintln(h, d, c.special[d])
	}
	return hex.EncodeToString(h.Sum(nil))[:versionLength]
}
