package calendar_test

import (
	"regexp"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"tocsin.dev/tocsin/api/v1alpha1"
	"tocsin.dev/tocsin/internal/calendar"
)

func TestParseDuration(t *testing.T) {
	for _, c := range []struct {
		in    v1alpha1.Duration
		days  int
		clock time.Duration
	}{
		{"1d", 1, 0},
		{"4h", 0, 4 * time.Hour},
		{"1h30m", 0, 90 * time.Minute},
		{"90s", 0, 90 * time.Second},
		{"0s", 0, 0},
		{"2d3h4m5s", 2, 3*time.Hour + 4*time.Minute + 5*time.Second},
		{"1d1s", 1, time.Second},
		{"007d", 7, 0},
		{"9999d9999h9999m99999s", 9999, 9999*time.Hour + 9999*time.Minute + 99999*time.Second},
	} {
		t.Run(string(c.in), func(t *testing.T) {
			g := NewWithT(t)
			days, clock, err := calendar.ParseDuration(c.in)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(days).To(Equal(c.days))
			g.Expect(clock).To(Equal(c.clock))
			g.Expect(calendar.Elapsed(c.in)).To(Equal(time.Duration(c.days)*24*time.Hour + c.clock))
		})
	}
}

func TestParseDurationRefuses(t *testing.T) {
	for _, in := range []v1alpha1.Duration{"d", "1", "1x", "1h1d", "1h1h", "-1h", "+1h", "1.5h", "1h ", " 1h", "10000d", "10000h", "10000m", "100000s", "1w", "1D", "1hm", "٣h"} {
		t.Run(string(in), func(t *testing.T) {
			g := NewWithT(t)
			_, _, err := calendar.ParseDuration(in)
			g.Expect(err).To(MatchError(ContainSubstring("is not a duration; write days, hours, minutes, seconds in this order")))
			g.Expect(calendar.Elapsed(in)).To(BeZero())
		})
	}
	g := NewWithT(t)
	_, _, err := calendar.ParseDuration("")
	g.Expect(err).To(MatchError(HavePrefix("the duration is empty")))
	g.Expect(calendar.Elapsed("")).To(BeZero())
}

// What the schema of v1alpha1.Duration takes is what is parsed, and nothing else.
func TestParseDurationTakesWhatTheSchemaTakes(t *testing.T) {
	schema := regexp.MustCompile(`^([0-9]{1,4}d)?([0-9]{1,4}h)?([0-9]{1,4}m)?([0-9]{1,5}s)?$`)
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.OneOf(
			rapid.StringMatching(`([0-9]{0,6}[dhms]){0,5}`),
			rapid.StringMatching(`([0-9]{1,5}d)?([0-9]{1,5}h)?([0-9]{1,5}m)?([0-9]{1,6}s)?`),
			rapid.StringOf(rapid.SampledFrom([]rune("0189dhms -x"))),
		).Draw(t, "duration")
		_, _, err := calendar.ParseDuration(v1alpha1.Duration(in))
		NewWithT(t).Expect(err == nil).To(Equal(schema.MatchString(in) && len(in) >= 2), "%q: %v", in, err)
	})
}
